package import Foundation
package import Groundwork
package import Postgres

/// One decision on a proposal.
package struct ProposalDecision: Sendable {
    package var actor: ActorID
    package var isApproval: Bool
    package var reason: String?
    package var decidedAt: Date
}

extension ProposalDecision {
    /// The decisions on a proposal in the order in which they were made.
    package static func list(
        on proposal: ID<Proposal>, in tx: borrowing Transaction
    ) async throws(RegistryFault) -> [ProposalDecision] {
        let rows = try await query(
            """
            SELECT actor_id, decision = 'approve', reason, decided_at
            FROM registry.proposal_decision
            WHERE proposal_id = \(proposal)
            ORDER BY decided_at, actor_id
            """, in: tx)
        var decisions: [ProposalDecision] = []
        do {
            for row in rows {
                decisions.append(
                    ProposalDecision(
                        actor: ID(try row.get(0, as: UUID.self)), isApproval: try row.get(1), reason: try row.get(2),
                        decidedAt: try row.get(3)))
            }
        } catch {
            throw .store(error)
        }
        return decisions
    }
}
