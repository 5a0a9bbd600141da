import Documents
import Foundation
package import Groundwork
package import Postgres
package import Registry
import Search

/// Changes many records alike, by one proposal that others decide on, item by item if they like.
///
/// Approved items are carried out in the background, some hundred in one command each, by the ordinary way in which the
/// record changes: statements of the desk, versions, events, undo.
package struct Corrections: Sendable {
    let database: Database
    let registrar: Registrar
    let searcher: Searcher
    let today: @Sendable () -> CalendarDate

    private var context: RegistryContext { registrar.context }
    var proposals: Proposals { Proposals(registrar: registrar) }

    /// Records that one correction may touch, and those changed by one command.
    package static let mostItems: Int = 20_000
    package static let commandSize: Int = 200

    package init(
        database: Database, registrar: Registrar, today: @escaping @Sendable () -> CalendarDate
    ) {
        (self.database, self.registrar, self.today) = (database, registrar, today)
        searcher = Searcher(context: registrar.context)
    }

    // MARK: Proposing

    /// Checks attribute and values as a single change would.
    ///
    /// - Returns: the draft with the values in their recorded form.
    package func checked(_ draft: CorrectionDraft) throws(QualityFault) -> CorrectionDraft {
        var findings: [Finding] = []
        var draft = draft
        guard let attribute = context.dictionary.attributes[draft.subject]?[draft.attribute], !attribute.isDerived
        else {
            throw .invalid([
                Finding(
                    "attribute", code: "attribute.unknown",
                    "There is no such attribute of a \(draft.subject.rawValue) that could be stated.")
            ])
        }
        if attribute.kind == .area {
            findings.append(
                Finding(
                    "attribute", code: "correction.area",
                    "An area changes by moving the household, because its address does not hold elsewhere."))
        }
        func checked(_ value: JSON, at path: FieldPath) -> JSON {
            var found: [Finding] = []
            let clean = context.dictionary.checked(
                [draft.attribute: value], of: draft.subject, areas: context.areas.index, today: today(), at: .root,
                findings: &found)
            findings += found.map { Finding(path, code: $0.code, $0.summary) }
            return clean[draft.attribute] ?? .null
        }
        switch draft.change {
        case .set(let value): draft.change = .set(checked(value, at: "set"))
        case .replace(let pairs):
            let isPlain = [.text, .code, .integer, .boolean].contains(attribute.kind)
            if !isPlain {
                findings.append(
                    Finding("replace", code: "correction.kind", "Values of this kind cannot be looked up; use set."))
            }
            draft.change = .replace(
                pairs.enumerated().map { place, pair in
                    let path = FieldPath(["replace", String(place)])
                    return (
                        from: checked(pair.from, at: path.appending("from")),
                        to: checked(pair.to, at: path.appending("to"))
                    )
                })
        }
        if draft.observedOn > today() {
            findings.append(Finding("observed_on", code: "date.future", "The day of observation lies in the future."))
        }
        guard findings.isEmpty else { throw .invalid(findings) }
        return draft
    }

    /// How many records a checked draft means; nothing is changed.
    package func count(_ draft: CorrectionDraft, as mandate: Mandate) async throws(QualityFault) -> CorrectionCount {
        do {
            let questions = [try counting(.everything, draft), try counting(changing(draft), draft)]
            let rows = try await database.read(as: mandate) { (tx: borrowing Transaction) async throws -> [Rows] in
                try await tx.query(all: questions)
            }
            return CorrectionCount(
                fits: try rows[0].first?.get(0, as: Int.self) ?? 0,
                changes: try rows[1].first?.get(0, as: Int.self) ?? 0)
        } catch {
            throw QualityFault(any: error)
        }
    }

    /// Makes a checked draft a proposal, in the caller's transaction.
    package func propose(
        _ draft: CorrectionDraft, in tx: borrowing Transaction
    ) async throws(QualityFault) -> ID<Proposal> {
        do {
            let condition = try condition(changing(draft), draft)
            let table = draft.subject.rawValue
            let items: SQL = """
                SELECT s.id, s.version FROM registry.\(unchecked: table) AS s
                WHERE s.status <> 'merged' AND \(fragment: condition)
                LIMIT \(Self.mostItems + 1)
                """
            var change = CorrectionPlan(draft.attribute, draft.change).document
            change["subject"] = .string(draft.subject == .person ? "people" : "households")
            change["filter"] = draft.filterDocument
            let (id, count) = try await proposals.proposeMany(
                draft.subject, change: change, items: items, observedOn: draft.observedOn,
                assurance: draft.assurance, reason: draft.reason, evidence: draft.evidence, in: tx)
            guard count > 0 else { throw QualityFault.nothing }
            guard count <= Self.mostItems else { throw QualityFault.tooMany(limit: Self.mostItems) }
            return id
        } catch {
            throw QualityFault(any: error)
        }
    }

    private func counting(_ query: RegistryQuery, _ draft: CorrectionDraft) throws(QualityFault) -> SQL {
        """
        SELECT count(*) FROM registry.\(unchecked: draft.subject.rawValue) AS s
        WHERE s.status <> 'merged' AND \(fragment: try condition(query, draft))
        """
    }

    private func condition(_ query: RegistryQuery, _ draft: CorrectionDraft) throws(QualityFault) -> SQL {
        do {
            return try searcher.condition(draft.filter.and(query), of: draft.subject, row: "s", today: today())
        } catch {
            throw .registry(error)
        }
    }

    /// Who has a value that the change would change.
    private func changing(_ draft: CorrectionDraft) throws(QualityFault) -> RegistryQuery {
        let checker = QueryChecker(context: context)
        var findings: [Finding] = []
        let query: RegistryQuery?
        switch draft.change {
        case .set(let value):
            // What has no one value to compare with is compared when it is carried out.
            let plain = value["date"] ?? value
            query =
                value.array != nil
                ? .everything
                : checker.condition(
                    draft.attribute, .eq, plain, of: draft.subject, at: "set", findings: &findings
                ).map { .not($0) }
        case .replace(let pairs):
            let values = pairs.map(\.from).filter { !$0.isNull }
            var parts: [RegistryQuery] = []
            if !values.isEmpty,
                let known = checker.condition(
                    draft.attribute, .isIn, .array(values), of: draft.subject, at: "replace", findings: &findings)
            {
                parts.append(known)
            }
            if values.count < pairs.count,
                let missing = checker.condition(
                    draft.attribute, .eq, .null, of: draft.subject, at: "replace", findings: &findings)
            {
                parts.append(missing)
            }
            query = .or(parts)
        }
        guard findings.isEmpty, let query else { throw .invalid(findings) }
        return query
    }

    // MARK: Looking

    package func sight(_ id: ID<Proposal>, as mandate: Mandate) async throws(QualityFault) -> CorrectionSight {
        do {
            return try await database.read(as: mandate) {
                (tx: borrowing Transaction) async throws -> CorrectionSight in
                let proposal = try await proposals.find(id, in: tx)
                guard proposal.kind == Proposals.manyKind else { throw QualityFault.correctionNotFound }
                return CorrectionSight(
                    proposal: proposal, counts: try await proposals.counts(of: id, in: tx),
                    undo: try await proposals.undo(of: id, in: tx))
            }
        } catch RegistryFault.proposalNotFound {
            throw .correctionNotFound
        } catch {
            throw QualityFault(any: error)
        }
    }

    package func items(
        of id: ID<Proposal>, state: ProposalItem.State?, after: Int, limit: Int, as mandate: Mandate
    ) async throws(QualityFault) -> [ProposalItem] {
        do {
            return try await database.read(as: mandate) {
                (tx: borrowing Transaction) async throws -> [ProposalItem] in
                try await proposals.items(of: id, state: state, after: after, limit: limit, in: tx)
            }
        } catch {
            throw QualityFault(any: error)
        }
    }

    // MARK: Carrying out

    /// Carries out the next items of the approved correction that waits longest, else undoes the next command of one that
    /// is to be undone; false when nothing waits that another run has not in hand.
    package func step(as worker: Mandate) async throws(QualityFault) -> Bool {
        if try await stepForward(as: worker) { return true }
        return try await stepBack(as: worker)
    }

    private func stepForward(as worker: Mandate) async throws(QualityFault) -> Bool {
        do {
            let waiting = try await database.read(as: worker) {
                (tx: borrowing Transaction) async throws -> (id: ID<Proposal>, approvedBy: ActorID)? in
                try await proposals.waiting(in: tx)
            }
            guard let (id, approver) = waiting else { return false }
            let mandate = Mandate(actor: approver, purpose: .maintenance, trace: worker.trace)
            return try await database.write(as: mandate) { (tx: borrowing Transaction) async throws -> Bool in
                try await carryOut(id, in: tx)
            }
        } catch {
            throw QualityFault(any: error)
        }
    }

    /// False when another run has the correction in hand.
    private func carryOut(_ id: ID<Proposal>, in tx: borrowing Transaction) async throws -> Bool {
        guard try await proposals.hold(id, in: tx) else { return false }
        let proposal = try await proposals.find(id, in: tx)
        guard let plan = CorrectionPlan(proposal.command) else {
            throw RegistryFault.defect("a stored correction cannot be read")
        }
        let items = try await proposals.items(of: id, state: .open, after: 0, limit: Self.commandSize, in: tx)
        guard !items.isEmpty else { return true }
        let terms = CommandTerms(
            observedOn: proposal.terms["observed_on"]?.string.flatMap { CalendarDate($0) } ?? today(),
            assurance: proposal.terms["assurance"]?.string.flatMap(Assurance.init(rawValue:)) ?? .declared)
        let (command, ends) = try await registrar.correct(
            items.map { Correctable($0.subject, version: $0.baseVersion) }, terms, change: plan.claims, in: tx)
        try await proposals.note(zip(items, ends).map { ($0.number, $1) }, by: command, of: id, in: tx)
        return true
    }
}
