import Cryptography
import Foundation
package import Groundwork
package import Postgres

/// A person's numbers in other systems, for a number in one: what IHE PIXm calls a query of a patient identifier manager.
package struct CrossReference: Sendable {
    package var person: ID<Person>
    /// Type and value, in the order of the types; never the number that was asked with.
    package var identifiers: [(type: String, value: String)]

    /// - Parameters:
    ///   - value: in any spelling.
    ///   - targets: the systems asked for.
    /// - Returns: nil when nobody bears the number.
    /// - Throws: `.ambiguousIdentifier` when several people do.
    package static func find(
        _ type: IdentifierType, _ value: String, targets: [IdentifierType], today: CalendarDate,
        context: RegistryContext, in tx: borrowing Transaction
    ) async throws(RegistryFault) -> CrossReference? {
        guard let normal = type.normalise(value) else { return nil }
        let bearers: SQL =
            type.isPersonNumber
            ? "SELECT p.id FROM registry.person AS p WHERE p.social_id = \(normal)"
            : """
            SELECT i.subject_id FROM registry.identifier AS i
            WHERE i.hash = \(context.identifierHash(type: type.code, value: normal)) AND i.type = \(type.code)
                AND i.subject_kind = 'person'
            """
        // Whoever was merged is answered for by the survivor.
        let rows = try await query(
            """
            WITH RECURSIVE chain (id, merged_into, depth) AS (
                SELECT p.id, p.merged_into, 0 FROM registry.person AS p WHERE p.id IN (\(fragment: bearers))
                UNION
                SELECT p.id, p.merged_into, chain.depth + 1
                FROM chain JOIN registry.person AS p ON p.id = chain.merged_into
                WHERE chain.depth < 1000)
            SELECT DISTINCT p.id, p.social_id
            FROM chain JOIN registry.person AS p ON p.id = chain.id
            WHERE chain.merged_into IS NULL
            LIMIT 2
            """, in: tx)
        guard let row = rows.first else { return nil }
        guard rows.count == 1 else { throw .ambiguousIdentifier }
        do {
            let person: UUID = try row.get(0)
            let social: String = try row.get(1)
            let wanted = targets.map(\.code)
            let kept = try await tx.query(
                """
                SELECT type, sealed FROM registry.identifier
                WHERE subject_id = \(person) AND subject_kind = 'person' AND type = ANY(\(wanted))
                    AND (valid_to IS NULL OR valid_to >= \(today))
                """)
            var found: [(type: String, value: String)] = []
            for row in kept {
                let opened = try context.keys.open(try row.get(1), context: "identifier")
                found.append((try row.get(0), String(decoding: opened, as: UTF8.self)))
            }
            for target in targets where target.isPersonNumber { found.append((target.code, social)) }
            found.removeAll { $0.type == type.code && $0.value == normal }
            found.sort { ($0.type, $0.value) < ($1.type, $1.value) }
            return CrossReference(person: ID(person), identifiers: found)
        } catch let error as DatabaseError {
            throw .store(error)
        } catch {
            throw .defect("a stored identifier cannot be read")
        }
    }
}

extension IdentifierType {
    /// Whether it is the number that this registry gives people, kept as `social_id`.
    package var isPersonNumber: Bool { issuer == "registry" && dci.contains("UIN") }
}
