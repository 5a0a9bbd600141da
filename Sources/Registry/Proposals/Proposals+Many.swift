import Cryptography
package import Documents
import Foundation
package import Groundwork
package import Postgres

/// One record of a proposal about many.
package struct ProposalItem: Sendable {
    package enum State: String, Sendable, CaseIterable {
        case open, rejected, executed, stale, refused, undone
    }

    package var number: Int
    package var subject: Subject
    package var baseVersion: Int
    package var state: State
    package var command: CommandID?
    package var reason: String?
}

extension Proposals {
    /// Kind of the proposals that change many records alike.
    package static let manyKind: String = "correction.apply"

    /// Puts one change of many records up for decision.
    ///
    /// - Parameters:
    ///   - change: what is to be done, as a document with the `kind`; kept sealed.
    ///   - items: a statement that selects id and version of the records; each becomes an item.
    /// - Returns: the proposal and how many items it has.
    package func proposeMany(
        _ subject: SubjectKind, change: JSONObject, items: SQL, observedOn: CalendarDate, assurance: Assurance,
        reason: String, evidence: JSON?, in tx: borrowing Transaction
    ) async throws(RegistryFault) -> (id: ID<Proposal>, count: Int) {
        let id = ID<Proposal>()
        let kind = Self.manyKind
        let needed = context.approvals[kind] ?? context.approvals["default"] ?? 1
        var command = change
        command["kind"] = .string(kind)
        let body: JSON = .object([
            "command": .object(command), "observed_on": .string(observedOn.description),
            "assurance": .string(assurance.rawValue),
        ])
        let sealed = context.keys.seal(body.serialized(), context: "proposal")
        let proof = evidence.map { context.keys.seal($0.serialized(), context: "proposal") }
        let results = try await query(
            all: [
                """
                INSERT INTO registry.proposal (
                    id, kind, subject_kind, command_sealed, evidence_sealed, reason, approvals_needed, proposed_by)
                VALUES (
                    \(id), \(kind), \(subject.rawValue), \(sealed), \(proof), \(reason), \(Int32(needed)),
                    \(tx.mandate.actor))
                """,
                """
                INSERT INTO registry.proposal_item (proposal_id, number, subject_kind, subject_id, base_version)
                SELECT \(id), row_number() OVER (ORDER BY m.id), \(subject.rawValue), m.id, m.version
                FROM (\(fragment: items)) AS m (id, version)
                """,
            ], in: tx)
        return (id, results[1].affected)
    }

    /// Leaves items of an open proposal out, by number.
    ///
    /// - Returns: how many were left out now.
    package func leaveOut(
        _ numbers: [Int], of id: ID<Proposal>, in tx: borrowing Transaction
    ) async throws(RegistryFault) -> Int {
        let proposal = try await find(id, lock: true, in: tx)
        guard proposal.state == .open else { throw .proposalClosed }
        guard proposal.proposedBy != tx.mandate.actor else { throw .ownProposal }
        let rows = try await query(
            """
            UPDATE registry.proposal_item
            SET state = 'rejected', decided_by = \(tx.mandate.actor), reason = 'item.left_out'
            WHERE proposal_id = \(id) AND number = ANY(\(numbers.map { Int32(clamping: $0) })) AND state = 'open'
            """, in: tx)
        return rows.affected
    }

    /// Items in their order, after the number given.
    package func items(
        of id: ID<Proposal>, state: ProposalItem.State? = nil, after: Int, limit: Int, in tx: borrowing Transaction
    ) async throws(RegistryFault) -> [ProposalItem] {
        let only: SQL = state.map { "AND state = \($0.rawValue)" } ?? ""
        let rows = try await query(
            """
            SELECT number, subject_kind, subject_id, base_version, state, command_id, reason
            FROM registry.proposal_item
            WHERE proposal_id = \(id) AND number > \(after) \(fragment: only)
            ORDER BY number
            LIMIT \(limit)
            """, in: tx)
        var items: [ProposalItem] = []
        do {
            for row in rows {
                let kind = SubjectKind(rawValue: try row.get(1)) ?? .person
                let command: UUID? = try row.get(5)
                items.append(
                    ProposalItem(
                        number: try row.get(0), subject: Subject(kind, try row.get(2)), baseVersion: try row.get(3),
                        state: ProposalItem.State(rawValue: try row.get(4)) ?? .open,
                        command: command.map { ID($0) }, reason: try row.get(6)))
            }
        } catch {
            throw .store(error)
        }
        return items
    }

    /// How many items stand in which state.
    package func counts(
        of id: ID<Proposal>, in tx: borrowing Transaction
    ) async throws(RegistryFault) -> [ProposalItem.State: Int] {
        let rows = try await query(
            "SELECT state, count(*) FROM registry.proposal_item WHERE proposal_id = \(id) GROUP BY state", in: tx)
        var counts: [ProposalItem.State: Int] = [:]
        do {
            for row in rows {
                if let state = ProposalItem.State(rawValue: try row.get(0)) {
                    counts[state] = try row.get(1, as: Int.self)
                }
            }
        } catch {
            throw .store(error)
        }
        return counts
    }

    /// The approved proposal about many that waits longest for being carried out, with whoever approved it last; nil when
    /// none waits.
    package func waiting(
        in tx: borrowing Transaction
    ) async throws(RegistryFault) -> (id: ID<Proposal>, approvedBy: ActorID)? {
        let rows = try await query(
            """
            SELECT p.id, (
                SELECT d.actor_id FROM registry.proposal_decision AS d
                WHERE d.proposal_id = p.id AND d.decision = 'approve'
                ORDER BY d.decided_at DESC, d.actor_id LIMIT 1)
            FROM registry.proposal AS p
            WHERE p.state = 'executed' AND p.kind = 'correction.apply' AND EXISTS (
                SELECT 1 FROM registry.proposal_item AS i WHERE i.proposal_id = p.id AND i.state = 'open')
            ORDER BY p.closed_at, p.id
            LIMIT 1
            """, in: tx)
        guard let row = rows.first else { return nil }
        do {
            return (ID(try row.get(0, as: UUID.self)), ID(try row.get(1, as: UUID.self)))
        } catch {
            throw .store(error)
        }
    }

    /// Locks an approved proposal for one step of its execution; false when another run has it.
    package func hold(_ id: ID<Proposal>, in tx: borrowing Transaction) async throws(RegistryFault) -> Bool {
        let rows = try await query(
            "SELECT 1 FROM registry.proposal WHERE id = \(id) AND state = 'executed' FOR UPDATE SKIP LOCKED", in: tx)
        return !rows.isEmpty
    }

    /// Notes what became of items.
    package func note(
        _ ends: [(number: Int, end: CorrectionEnd)], by command: CommandID?, of id: ID<Proposal>,
        in tx: borrowing Transaction
    ) async throws(RegistryFault) {
        var (numbers, states, reasons): ([Int32], [String], [String]) = ([], [], [])
        for (number, end) in ends {
            numbers.append(Int32(clamping: number))
            switch end {
            case .executed:
                states.append("executed")
                reasons.append("")
            case .stale(let reason):
                states.append("stale")
                reasons.append(reason)
            case .refused(let reason):
                states.append("refused")
                reasons.append(reason)
            }
        }
        _ = try await query(
            """
            UPDATE registry.proposal_item AS i SET
                state = n.state, reason = NULLIF(n.reason, ''),
                command_id = CASE WHEN n.state = 'executed' THEN \(command)::uuid END
            FROM unnest(\(numbers)::integer[], \(states)::text[], \(reasons)::text[]) AS n (number, state, reason)
            WHERE i.proposal_id = \(id) AND i.number = n.number
            """, in: tx)
    }
}
