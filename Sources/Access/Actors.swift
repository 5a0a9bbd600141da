import Cryptography
import Foundation
package import Groundwork
package import Postgres

/// Named actors and their tokens, until people sign in by themselves.
package enum Actors {
    /// The registry itself, when it works on nobody's behalf.
    package static let system: ActorID = ID(
        UUID(uuid: (0x01, 0x8F, 0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, 0x01)))

    /// An actor to be made, or brought up to date.
    package struct Wanted: Sendable {
        package var name: String
        package var kind: String
        package var scopes: [String]

        /// - Parameter kind: `person`, `system` or `worker`.
        package init(name: String, kind: String = "person", scopes: [String]) {
            (self.name, self.kind, self.scopes) = (name, kind, scopes)
        }
    }

    /// Makes the actors that are missing and gives the others their scopes.
    ///
    /// - Returns: a fresh token for each actor that has none yet.
    package static func establish(
        _ wanted: [Wanted], in tx: borrowing Transaction
    ) async throws(DatabaseError) -> [(name: String, token: Sensitive<String>)] {
        _ = try await tx.query(
            """
            INSERT INTO access.actor (id, name, kind) VALUES (\(system), 'registry', 'worker')
            ON CONFLICT ON CONSTRAINT actor_pk DO NOTHING
            """)
        var tokens: [(name: String, token: Sensitive<String>)] = []
        for actor in wanted {
            let rows = try await tx.query(
                """
                INSERT INTO access.actor (id, name, kind, scopes)
                VALUES (\(ID<Actor>()), \(actor.name), \(actor.kind), \(actor.scopes))
                ON CONFLICT ON CONSTRAINT actor_name_unique
                DO UPDATE SET scopes = EXCLUDED.scopes
                RETURNING id, EXISTS (SELECT 1 FROM access.token AS t WHERE t.actor_id = actor.id)
                """)
            guard let row = rows.first else { continue }
            if try row.get(1, as: Bool.self) { continue }
            tokens.append((actor.name, try await issue(for: ID(try row.get(0, as: UUID.self)), in: tx)))
        }
        return tokens
    }

    /// Makes a new token; only its digest is kept.
    package static func issue(
        for actor: ActorID, in tx: borrowing Transaction
    ) async throws(DatabaseError) -> Sensitive<String> {
        let token = Randomness.token()
        _ = try await tx.query(
            "INSERT INTO access.token (hash, actor_id) VALUES (\(Digest.sha256(Array(token.utf8))), \(actor))")
        return Sensitive(token)
    }

    /// Takes back every token of the actor.
    package static func revokeTokens(of name: String, in tx: borrowing Transaction) async throws(DatabaseError) {
        _ = try await tx.query(
            """
            UPDATE access.token SET revoked_at = now()
            WHERE revoked_at IS NULL AND actor_id = (SELECT id FROM access.actor WHERE name = \(name))
            """)
    }
}
