import Cryptography
package import Documents
package import Foundation
package import Groundwork
package import Postgres

/// A command waiting for decisions.
package struct Proposal: Sendable {
    package enum State: String, Sendable { case open, executed, rejected, withdrawn }

    package var id: ID<Proposal>
    package var kind: String
    package var subject: Subject?
    package var baseVersion: Int?
    package var command: JSON
    package var terms: JSON
    package var evidence: JSON?
    package var reason: String
    package var approvalsNeeded: Int
    package var approvals: Int
    package var state: State
    package var proposedBy: ActorID
    package var proposedAt: Date
    package var executed: CommandID?
}

/// Puts commands up for decision and carries them out once, with the last approval, in its transaction.
package struct Proposals: Sendable {
    let registrar: Registrar
    var context: RegistryContext { registrar.context }

    package init(registrar: Registrar) {
        self.registrar = registrar
    }

    /// Puts a command up for decision.
    ///
    /// The version of its subject is noted, for a merge that of both sides: when one has changed by the last approval, the
    /// execution is a conflict.
    ///
    /// - Parameter others: people whom the proposer was told of and holds to be others than those to be registered.
    /// - Throws: `.suspected` when somebody to be registered may be on record already.
    package func propose(
        _ command: Command, observedOn: CalendarDate, assurance: Assurance, reason: String, evidence: JSON?,
        others: Set<UUID> = [], in tx: borrowing Transaction
    ) async throws(RegistryFault) -> ID<Proposal> {
        let id = ID<Proposal>()
        if let watch = registrar.watch, !command.newcomers.isEmpty {
            _ = try await watch.admit(command.newcomers, others: others, in: tx)
        }
        var version: Int32?
        if let subject = command.subject { version = try await Self.version(of: subject, in: tx) }
        let needed = context.approvals[command.kind] ?? context.approvals["default"] ?? 1
        var body: JSONObject = [
            "command": command.json, "observed_on": .string(observedOn.description),
            "assurance": .string(assurance.rawValue),
        ]
        if let other = command.otherSubject {
            body["other_version"] = .number(JSONNumber(Int(try await Self.version(of: other, in: tx))))
        }
        if !others.isEmpty { body["not_duplicates"] = .array(others.map(\.lowercased).sorted().map { .string($0) }) }
        let sealed = context.keys.seal(JSON.object(body).serialized(), context: "proposal")
        let proof = evidence.map { context.keys.seal($0.serialized(), context: "proposal") }
        _ = try await query(
            """
            INSERT INTO registry.proposal (
                id, kind, subject_kind, subject_id, base_version, command_sealed, evidence_sealed, reason,
                approvals_needed, proposed_by)
            VALUES (
                \(id), \(command.kind), \(command.subject?.kind.rawValue ?? "household"), \(command.subject?.id),
                \(version), \(sealed), \(proof), \(reason), \(Int32(needed)), \(tx.mandate.actor))
            """, in: tx)
        return id
    }

    private static func version(of subject: Subject, in tx: borrowing Transaction) async throws(RegistryFault) -> Int32
    {
        let sql: SQL =
            switch subject.kind {
            case .person: "SELECT version FROM registry.person WHERE id = \(subject.id)"
            case .household: "SELECT version FROM registry.household WHERE id = \(subject.id)"
            }
        let rows = try await query(sql, in: tx)
        guard let row = rows.first else { throw subject.kind == .person ? .personNotFound : .householdNotFound }
        do {
            return try row.get(0)
        } catch {
            throw .store(error)
        }
    }

    /// Approves or rejects; with the last approval needed the command is carried out.
    ///
    /// - Parameter others: people whom the approver was told of and holds to be others than those to be registered.
    /// - Returns: what the command did, when it was carried out.
    package func decide(
        _ id: ID<Proposal>, approve: Bool, reason: String?, others: Set<UUID> = [], in tx: borrowing Transaction
    ) async throws(RegistryFault) -> Outcome? {
        let proposal = try await find(id, lock: true, in: tx)
        guard proposal.state == .open else { throw .proposalClosed }
        guard proposal.proposedBy != tx.mandate.actor else { throw .ownProposal }
        let earlier = try await query(
            """
            SELECT 1 FROM registry.proposal_decision
            WHERE proposal_id = \(id) AND actor_id = \(tx.mandate.actor)
            """, in: tx)
        guard earlier.isEmpty else { throw .alreadyDecided }
        _ = try await query(
            """
            INSERT INTO registry.proposal_decision (proposal_id, actor_id, proposed_by, decision, reason)
            VALUES (\(id), \(tx.mandate.actor), \(proposal.proposedBy), \(approve ? "approve" : "reject"), \(reason))
            """, in: tx)
        if !approve {
            try await close(id, .rejected, executed: nil, in: tx)
            return nil
        }
        guard proposal.approvals + 1 >= proposal.approvalsNeeded else { return nil }
        let outcome = try await execute(proposal, others: others, in: tx)
        try await close(id, .executed, executed: outcome.command, in: tx)
        return outcome
    }

    private func execute(
        _ proposal: Proposal, others: Set<UUID>, in tx: borrowing Transaction
    ) async throws(RegistryFault) -> Outcome {
        if proposal.kind == Self.manyKind {
            // Its items are too many for the transaction of a decision; they follow from here on, each exactly once.
            let begin = try await CommandLog.note(
                "correction.begin", outcome: ["main": .string(proposal.id.description)], key: nil, hash: [], in: tx)
            return Outcome(command: begin, main: proposal.id.rawValue, touched: [], findings: [], isRepeat: false)
        }
        var findings: [Finding] = []
        guard let command = Command(json: proposal.command, findings: &findings) else { throw .invalid(findings) }
        var terms = CommandTerms(
            observedOn: proposal.terms["observed_on"]?.string.flatMap { CalendarDate($0) } ?? registrar.today(),
            assurance: proposal.terms["assurance"]?.string.flatMap(Assurance.init(rawValue:)) ?? .declared)
        if let subject = proposal.subject, let version = proposal.baseVersion { terms.expected[subject] = version }
        if let other = command.otherSubject, let version = proposal.terms["other_version"]?.int {
            terms.expected[other] = version
        }
        let told = (proposal.terms["not_duplicates"]?.array ?? []).compactMap {
            $0.string.flatMap(UUID.init(uuidString:))
        }
        terms.notDuplicates = others.union(told)
        return try await registrar.perform(command, terms, in: tx)
    }

    private func close(
        _ id: ID<Proposal>, _ state: Proposal.State, executed: CommandID?, in tx: borrowing Transaction
    ) async throws(RegistryFault) {
        _ = try await query(
            """
            UPDATE registry.proposal
            SET state = \(state.rawValue), closed_at = now(), executed_command = \(executed)
            WHERE id = \(id)
            """, in: tx)
    }

    /// The proposer takes it back.
    package func withdraw(_ id: ID<Proposal>, in tx: borrowing Transaction) async throws(RegistryFault) {
        let proposal = try await find(id, lock: true, in: tx)
        guard proposal.state == .open else { throw .proposalClosed }
        guard proposal.proposedBy == tx.mandate.actor else { throw .proposalNotFound }
        try await close(id, .withdrawn, executed: nil, in: tx)
    }

    package func find(
        _ id: ID<Proposal>, lock: Bool = false, in tx: borrowing Transaction
    ) async throws(RegistryFault) -> Proposal {
        let locking: SQL = lock ? "FOR UPDATE OF p" : ""
        let rows = try await query(
            "\(fragment: Self.selection) WHERE p.id = \(id) \(fragment: locking)", in: tx)
        guard let row = rows.first else { throw .proposalNotFound }
        return try decode(row)
    }

    /// Open proposals, oldest first, after the one given.
    package func open(
        after: ID<Proposal>?, limit: Int, in tx: borrowing Transaction
    ) async throws(RegistryFault) -> [Proposal] {
        let later: SQL =
            after.map {
                "AND (p.proposed_at, p.id) > (SELECT proposed_at, id FROM registry.proposal WHERE id = \($0))"
            } ?? ""
        let rows = try await query(
            """
            \(fragment: Self.selection)
            WHERE p.state = 'open' \(fragment: later)
            ORDER BY p.proposed_at, p.id
            LIMIT \(max(1, min(limit, 200)))
            """, in: tx)
        var result: [Proposal] = []
        for row in rows { result.append(try decode(row)) }
        return result
    }

    private static let selection: SQL = """
        SELECT p.id, p.kind, p.subject_kind, p.subject_id, p.base_version, p.command_sealed, p.evidence_sealed,
            p.reason, p.approvals_needed, p.state, p.proposed_by, p.proposed_at, p.executed_command,
            (SELECT count(*) FROM registry.proposal_decision AS d
             WHERE d.proposal_id = p.id AND d.decision = 'approve')
        FROM registry.proposal AS p
        """

    private func decode(_ row: Row) throws(RegistryFault) -> Proposal {
        do {
            let kind = SubjectKind(rawValue: try row.get(2))
            let subjectID: UUID? = try row.get(3)
            let base: Int32? = try row.get(4)
            let body = try JSON.parse(try context.keys.open(try row.get(5), context: "proposal"))
            let sealedEvidence: [UInt8]? = try row.get(6)
            let evidence = try sealedEvidence.map { try JSON.parse(try context.keys.open($0, context: "proposal")) }
            let executed: UUID? = try row.get(12)
            return Proposal(
                id: ID(try row.get(0, as: UUID.self)), kind: try row.get(1),
                subject: kind.flatMap { kind in subjectID.map { Subject(kind, $0) } }, baseVersion: base.map(Int.init),
                command: body["command"] ?? .null, terms: body, evidence: evidence, reason: try row.get(7),
                approvalsNeeded: Int(try row.get(8, as: Int32.self)),
                approvals: Int(try row.get(13, as: Int64.self)),
                state: Proposal.State(rawValue: try row.get(9)) ?? .open,
                proposedBy: ID(try row.get(10, as: UUID.self)), proposedAt: try row.get(11),
                executed: executed.map { ID($0) })
        } catch {
            throw .defect("a stored proposal cannot be read")
        }
    }
}
