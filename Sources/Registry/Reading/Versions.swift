package import Foundation
import Groundwork
package import Postgres

/// One version of a subject's view, with the interval of recorded time in which it was the current one.
package struct SubjectVersion: Sendable {
    package var version: Int
    package var status: String
    package var from: Date
    /// Nil for the current version.
    package var to: Date?
    /// The command that ended it.
    package var endedBy: CommandID?
}

/// The versions that a subject's view went through.
package enum Versions {
    /// Newest first; at most `limit`.
    package static func list(
        of subject: Subject, limit: Int, in tx: borrowing Transaction
    ) async throws(RegistryFault) -> [SubjectVersion] {
        let (current, past): (SQL, SQL) =
            switch subject.kind {
            case .person: ("registry.person", "registry.person_past")
            case .household: ("registry.household", "registry.household_past")
            }
        let rows = try await query(
            """
            SELECT version, status, updated_at, NULL::timestamptz, NULL::uuid
            FROM \(fragment: current)
            WHERE id = \(subject.id)
            UNION ALL
            SELECT version, status, updated_at, replaced_at, replaced_by
            FROM \(fragment: past)
            WHERE id = \(subject.id)
            ORDER BY 1 DESC
            LIMIT \(limit)
            """, in: tx)
        var versions: [SubjectVersion] = []
        do {
            for row in rows {
                let endedBy: UUID? = try row.get(4)
                versions.append(
                    SubjectVersion(
                        version: Int(try row.get(0, as: Int32.self)), status: try row.get(1), from: try row.get(2),
                        to: try row.get(3), endedBy: endedBy.map { ID($0) }))
            }
        } catch {
            throw .store(error)
        }
        return versions
    }
}
