package import Foundation
package import Groundwork
package import Postgres
package import Registry

/// One entry as people read it.
package struct LoggedEntry: Sendable {
    package var seq: Int64
    package var recordedAt: Date
    package var actor: ActorID
    /// Name of the actor; nil when it is not on record any more.
    package var actorName: String?
    package var client: String?
    package var operation: String
    package var purpose: String
    package var agreement: String?
    package var command: UUID?
    package var status: Int
    package var fields: [String]
    package var subjects: Int
    package var trace: String

    static let columns: SQL = """
        e.seq, e.recorded_at, e.actor_id, a.name, e.client, e.operation, e.purpose, e.agreement, e.command_id, e.status,
        e.fields, e.subjects, e.trace
        """

    init(_ row: Row) throws(DatabaseError) {
        seq = try row.get(0)
        recordedAt = try row.get(1)
        actor = ID(try row.get(2, as: UUID.self))
        actorName = try row.get(3)
        client = try row.get(4)
        operation = try row.get(5)
        purpose = try row.get(6)
        agreement = try row.get(7)
        command = try row.get(8)
        status = Int(try row.get(9, as: Int16.self))
        fields = try row.get(10, as: String.self).split(separator: ",").map(String.init)
        subjects = Int(try row.get(11, as: Int32.self))
        trace = try row.get(12)
    }
}

/// The record as it is asked: by whom somebody's data was read, and what happened lately.
package enum AccessLog {
    /// Who looked at a person or household, or changed it, the newest first.
    ///
    /// - Parameters:
    ///   - before: only entries with smaller numbers, for the page after.
    ///   - limit: 1 to 1,000.
    package static func about(
        _ subject: Subject, before: Int64? = nil, limit: Int, in tx: borrowing Transaction
    ) async throws(DatabaseError) -> [LoggedEntry] {
        try await decode(
            tx.query(
                """
                SELECT \(fragment: LoggedEntry.columns)
                FROM audit.subject AS s
                JOIN audit.entry AS e ON e.seq = s.seq AND e.recorded_at = s.recorded_at
                LEFT JOIN access.actor AS a ON a.id = e.actor_id
                WHERE s.subject_id = \(subject.id) AND s.kind = \(subject.kind.rawValue) AND s.seq < \(before ?? .max)
                ORDER BY s.seq DESC
                LIMIT \(max(1, min(limit, 1000)))
                """))
    }

    /// The latest entries.
    ///
    /// - Parameter actor: only those of the actor of this name.
    package static func latest(
        actor: String? = nil, before: Int64? = nil, limit: Int, in tx: borrowing Transaction
    ) async throws(DatabaseError) -> [LoggedEntry] {
        let by: SQL = actor.map { "AND e.actor_id = (SELECT o.id FROM access.actor AS o WHERE o.name = \($0))" } ?? ""
        return try await decode(
            tx.query(
                """
                SELECT \(fragment: LoggedEntry.columns)
                FROM audit.entry AS e
                LEFT JOIN access.actor AS a ON a.id = e.actor_id
                WHERE e.seq < \(before ?? .max) \(fragment: by)
                ORDER BY e.seq DESC
                LIMIT \(max(1, min(limit, 1000)))
                """))
    }

    private static func decode(_ rows: Rows) throws(DatabaseError) -> [LoggedEntry] {
        var entries: [LoggedEntry] = []
        for row in rows { entries.append(try LoggedEntry(row)) }
        return entries
    }
}
