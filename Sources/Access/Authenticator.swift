import Cryptography
import Foundation
import Groundwork
package import Postgres
import Synchronization

/// Tells who stands behind a bearer token.
///
/// A token is known by its SHA-256 only. What was looked up is remembered for a few seconds, so that a revoked token
/// works no longer than that, and a busy client costs one look-up, not one for each request.
package final class Authenticator: Sendable {
    private struct Remembered {
        var principal: Principal?
        var until: ContinuousClock.Instant
    }

    /// How long a look-up is remembered.
    package static let memory: Duration = .seconds(5)
    /// At most so many tokens are remembered; guessing fills no memory.
    static let capacity: Int = 10_000

    private let database: Database
    private let remembered: Mutex<[[UInt8]: Remembered]> = Mutex([:])
    private let worker: Mandate

    package init(database: Database) {
        self.database = database
        worker = Mandate(actor: Actors.system, purpose: .operation)
    }

    /// - Parameter bearer: the token as sent, without the word `Bearer`.
    /// - Returns: nil when the token is unknown, expired or revoked, or its actor is disabled.
    package func authenticate(bearer: String) async throws(AccessFault) -> Principal? {
        guard (20...200).contains(bearer.utf8.count) else { return nil }
        let hash = Digest.sha256(Array(bearer.utf8))
        let now = ContinuousClock.now
        if let held = remembered.withLock({ $0[hash] }), held.until > now { return held.principal }
        let principal = try await lookUp(hash)
        remembered.withLock { table in
            if table.count >= Self.capacity { table = table.filter { $0.value.until > now } }
            if table.count >= Self.capacity { table.removeAll(keepingCapacity: true) }
            table[hash] = Remembered(principal: principal, until: now + Self.memory)
        }
        return principal
    }

    private func lookUp(_ hash: [UInt8]) async throws(AccessFault) -> Principal? {
        do {
            let rows = try await database.read(
                as: worker,
                once: [
                    """
                    SELECT a.id, a.name, a.scopes
                    FROM access.token AS t
                    JOIN access.actor AS a ON a.id = t.actor_id
                    WHERE t.hash = \(hash) AND t.revoked_at IS NULL AND a.disabled_at IS NULL
                        AND (t.expires_at IS NULL OR t.expires_at > now())
                    """
                ])
            guard let row = rows.first?.first else { return nil }
            let scopes: [String] = try row.get(2)
            return Principal(
                actor: ID(try row.get(0, as: UUID.self)), name: try row.get(1), scopes: Set(scopes))
        } catch {
            throw .unavailable
        }
    }
}
