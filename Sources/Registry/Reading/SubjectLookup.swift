package import Foundation
package import Groundwork
package import Postgres

/// What a row says about a subject besides its view.
package struct SubjectRow: Sendable {
    package var id: UUID
    package var version: Int
    package var status: String
    package var socialID: String
    package var mergedInto: UUID?
}

/// Finds the current row of a person or household by its id or social id.
package enum SubjectLookup {
    package static func row(
        _ kind: SubjectKind, id: UUID, in tx: borrowing Transaction
    ) async throws(RegistryFault) -> SubjectRow? {
        try await found(kind, "id = \(id)", in: tx)
    }

    package static func row(
        _ kind: SubjectKind, socialID: String, in tx: borrowing Transaction
    ) async throws(RegistryFault) -> SubjectRow? {
        try await found(kind, "social_id = \(socialID)", in: tx)
    }

    private static func found(
        _ kind: SubjectKind, _ condition: SQL, in tx: borrowing Transaction
    ) async throws(RegistryFault) -> SubjectRow? {
        let table: SQL =
            switch kind {
            case .person: "registry.person"
            case .household: "registry.household"
            }
        let rows = try await query(
            """
            SELECT id, version, status, social_id, merged_into
            FROM \(fragment: table)
            WHERE \(fragment: condition)
            """, in: tx)
        guard let row = rows.first else { return nil }
        do {
            return SubjectRow(
                id: try row.get(0), version: Int(try row.get(1, as: Int32.self)), status: try row.get(2),
                socialID: try row.get(3), mergedInto: try row.get(4))
        } catch {
            throw .store(error)
        }
    }

    /// Those who were merged into the people, directly or through others, by id, with whom they were merged into in the end.
    package static func absorbed(
        by people: [ID<Person>], in tx: borrowing Transaction
    ) async throws(RegistryFault) -> [ID<Person>: ID<Person>] {
        let rows = try await query(
            """
            WITH RECURSIVE gone (id, survivor, depth) AS (
                SELECT p.id, p.merged_into, 1 FROM registry.person AS p
                WHERE p.merged_into = ANY(\(people.map(\.rawValue)))
                UNION ALL
                SELECT p.id, gone.survivor, gone.depth + 1
                FROM gone JOIN registry.person AS p ON p.merged_into = gone.id
                WHERE gone.depth < 1000)
            SELECT id, survivor FROM gone
            """, in: tx)
        var survivors: [ID<Person>: ID<Person>] = [:]
        do {
            for row in rows { survivors[ID(try row.get(0, as: UUID.self))] = ID(try row.get(1, as: UUID.self)) }
        } catch {
            throw .store(error)
        }
        return survivors
    }

    /// Children on whose birth the person stands as mother or father, by their birth; also under ids of those who were
    /// merged into him or her.
    package static func children(
        of person: ID<Person>, in tx: borrowing Transaction
    ) async throws(RegistryFault) -> [(child: ID<Person>, isMother: Bool, bornOn: CalendarDate)] {
        let ids = [person.rawValue] + (try await absorbed(by: [person], in: tx)).keys.map(\.rawValue)
        let rows = try await query(
            """
            SELECT child_id, coalesce(mother_id = ANY(\(ids)), false), born_on
            FROM registry.birth
            WHERE mother_id = ANY(\(ids)) OR father_id = ANY(\(ids))
            ORDER BY born_on, child_id
            LIMIT 100
            """, in: tx)
        var children: [(child: ID<Person>, isMother: Bool, bornOn: CalendarDate)] = []
        do {
            for row in rows {
                children.append((ID(try row.get(0, as: UUID.self)), try row.get(1), try row.get(2)))
            }
        } catch {
            throw .store(error)
        }
        return children
    }
}
