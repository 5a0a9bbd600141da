package import Foundation
package import Groundwork
package import Postgres

/// How the undoing of a proposal about many stands.
package struct ProposalUndo: Sendable {
    package var askedBy: ActorID
    package var askedAt: Date
    /// Nil while it waits or runs.
    package var doneAt: Date?
    /// Items passed over, because a record of their command was changed later.
    package var kept: Int
}

extension Proposals {
    /// How the undoing stands; nil when nobody asked for it.
    package func undo(of id: ID<Proposal>, in tx: borrowing Transaction) async throws(RegistryFault) -> ProposalUndo? {
        let rows = try await query(
            """
            SELECT p.undo_asked_by, p.undo_asked_at, p.undo_done_at, (
                SELECT count(*) FROM registry.proposal_item AS i WHERE i.proposal_id = p.id AND i.is_kept)
            FROM registry.proposal AS p WHERE p.id = \(id) AND p.undo_asked_at IS NOT NULL
            """, in: tx)
        guard let row = rows.first else { return nil }
        do {
            return ProposalUndo(
                askedBy: ID(try row.get(0, as: UUID.self)), askedAt: try row.get(1), doneAt: try row.get(2),
                kept: try row.get(3))
        } catch {
            throw .store(error)
        }
    }

    /// Asks for the undoing of a proposal that is carried out; what an earlier undoing kept is tried again.
    ///
    /// - Returns: false when it waits or runs already.
    package func askUndo(of id: ID<Proposal>, in tx: borrowing Transaction) async throws(RegistryFault) -> Bool {
        let rows = try await query(
            """
            UPDATE registry.proposal SET
                undo_asked_by = \(tx.mandate.actor), undo_asked_at = clock_timestamp(), undo_done_at = NULL
            WHERE id = \(id) AND (undo_asked_at IS NULL OR undo_done_at IS NOT NULL)
            """, in: tx)
        guard rows.affected == 1 else { return false }
        _ = try await query(
            "UPDATE registry.proposal_item SET is_kept = false WHERE proposal_id = \(id) AND is_kept", in: tx)
        return true
    }

    /// The proposal whose undoing waits longest, with whoever asked for it; nil when none waits.
    package func waitingUndo(
        in tx: borrowing Transaction
    ) async throws(RegistryFault) -> (id: ID<Proposal>, askedBy: ActorID)? {
        let rows = try await query(
            """
            SELECT id, undo_asked_by FROM registry.proposal
            WHERE undo_asked_at IS NOT NULL AND undo_done_at IS NULL
            ORDER BY undo_asked_at, id
            LIMIT 1
            """, in: tx)
        guard let row = rows.first else { return nil }
        do {
            return (ID(try row.get(0, as: UUID.self)), ID(try row.get(1, as: UUID.self)))
        } catch {
            throw .store(error)
        }
    }

    /// The last command that carried the proposal out and is neither undone nor kept; nil when there is none.
    package func nextToUndo(
        of id: ID<Proposal>, in tx: borrowing Transaction
    ) async throws(RegistryFault) -> CommandID? {
        let rows = try await query(
            """
            SELECT command_id FROM registry.proposal_item
            WHERE proposal_id = \(id) AND state = 'executed' AND NOT is_kept
            ORDER BY number DESC
            LIMIT 1
            """, in: tx)
        guard let row = rows.first else { return nil }
        do {
            return ID(try row.get(0, as: UUID.self))
        } catch {
            throw .store(error)
        }
    }

    /// Notes that a command of a proposal was undone, or passed over.
    package func noteUndone(
        _ command: CommandID, kept: Bool, of id: ID<Proposal>, in tx: borrowing Transaction
    ) async throws(RegistryFault) {
        let change: SQL = kept ? "is_kept = true" : "state = 'undone'"
        _ = try await query(
            """
            UPDATE registry.proposal_item SET \(fragment: change)
            WHERE proposal_id = \(id) AND command_id = \(command) AND state = 'executed'
            """, in: tx)
    }

    /// Notes that nothing is left to be undone.
    package func endUndo(of id: ID<Proposal>, in tx: borrowing Transaction) async throws(RegistryFault) {
        _ = try await query(
            "UPDATE registry.proposal SET undo_done_at = clock_timestamp() WHERE id = \(id)", in: tx)
    }
}
