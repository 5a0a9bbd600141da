package import Documents
package import Foundation
package import Groundwork
package import Postgres

/// One row of what was carried out.
package struct RecordedCommand: Sendable {
    package var id: CommandID
    package var kind: String
    package var actor: ActorID
    package var purpose: String
    package var trace: String
    package var recordedAt: Date
    package var undoes: CommandID?
    package var undoneBy: CommandID?
    /// Ids and versions it touched.
    package var outcome: JSON
}

/// The list of everything that was asked for and carried out, with changes that state nothing about a subject.
package enum CommandLog {
    package static func find(_ id: CommandID, in tx: borrowing Transaction) async throws(RegistryFault)
        -> RecordedCommand
    {
        let rows = try await query(
            """
            SELECT c.id, c.kind, c.actor_id, c.purpose, c.trace, c.recorded_at, c.undoes, u.id, c.outcome
            FROM registry.command AS c
            LEFT JOIN registry.command AS u ON u.undoes = c.id
            WHERE c.id = \(id)
            """, in: tx)
        guard let row = rows.first else { throw .commandNotFound }
        do {
            let outcome: JSONB = try row.get(8)
            let undoes: UUID? = try row.get(6)
            let undoneBy: UUID? = try row.get(7)
            return RecordedCommand(
                id: ID(try row.get(0, as: UUID.self)), kind: try row.get(1), actor: ID(try row.get(2, as: UUID.self)),
                purpose: try row.get(3), trace: try row.get(4), recordedAt: try row.get(5),
                undoes: undoes.map { ID($0) }, undoneBy: undoneBy.map { ID($0) },
                outcome: try JSON.parse(outcome.bytes))
        } catch {
            throw .defect("a stored command cannot be read")
        }
    }

    /// What was noted under the caller's idempotency key before.
    ///
    /// - Throws: `.idempotencyMismatch` when the key was used for another request.
    package static func earlier(
        key: String?, hash: [UInt8], in tx: borrowing Transaction
    ) async throws(RegistryFault) -> JSON? {
        guard let key else { return nil }
        let rows = try await query(
            """
            SELECT request_hash, outcome FROM registry.command
            WHERE actor_id = \(tx.mandate.actor) AND idempotency_key = \(key)
            """, in: tx)
        guard let row = rows.first else { return nil }
        do {
            let held: [UInt8]? = try row.get(0)
            let outcome: JSONB = try row.get(1)
            guard held == hash else { throw RegistryFault.idempotencyMismatch }
            return try JSON.parse(outcome.bytes)
        } catch let fault as RegistryFault {
            throw fault
        } catch {
            throw .defect("a stored outcome cannot be read")
        }
    }

    /// Notes a change that states nothing about a subject, such as a proposal or a file that was added.
    ///
    /// - Parameters:
    ///   - id: of the command, where what it did names it already.
    ///   - outcome: ids only, answered to whoever repeats the request.
    @discardableResult
    package static func note(
        _ kind: String, id: CommandID = CommandID(), outcome: JSONObject, key: String?, hash: [UInt8],
        in tx: borrowing Transaction
    ) async throws(RegistryFault) -> CommandID {
        let mandate = tx.mandate
        _ = try await query(
            """
            INSERT INTO registry.command (
                id, kind, actor_id, purpose, trace, recorded_at, idempotency_key, request_hash, outcome)
            VALUES (
                \(id), \(kind), \(mandate.actor), \(mandate.purpose.rawValue), \(mandate.trace.description), now(),
                \(key), \(key == nil ? nil : hash), \(JSONB(JSON.object(outcome).serialized())))
            """, in: tx)
        return id
    }
}
