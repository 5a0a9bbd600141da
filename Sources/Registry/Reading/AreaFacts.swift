package import Groundwork
package import Postgres

/// What is known of areas beyond what stays in memory: other spellings, other codes, named sets.
package enum AreaFacts {
    /// Other spellings, and codes in other systems as `(system, code)`.
    package static func names(
        of area: Area, in tx: borrowing Transaction
    ) async throws(RegistryFault) -> (aliases: [String], codes: [(system: String, code: String)]) {
        let results = try await query(
            all: [
                "SELECT name FROM registry.area_alias WHERE area_id = \(Int32(area.id)) ORDER BY name",
                "SELECT system, code FROM registry.area_code WHERE area_id = \(Int32(area.id)) ORDER BY system, code",
            ], in: tx)
        var aliases: [String] = []
        var codes: [(system: String, code: String)] = []
        do {
            for row in results[0] { aliases.append(try row.get(0)) }
            for row in results[1] { codes.append((try row.get(0), try row.get(1))) }
        } catch {
            throw .store(error)
        }
        return (aliases, codes)
    }

    /// A named set of areas.
    package struct NamedSet: Sendable {
        package var code: String
        package var name: String
        package var kind: String
        package var validFrom: CalendarDate?
        package var validTo: CalendarDate?
        /// Ids of its areas, each of which stands for all below it.
        package var areas: [Int]
    }

    package static func sets(in tx: borrowing Transaction) async throws(RegistryFault) -> [NamedSet] {
        let rows = try await query(
            """
            SELECT s.code, s.name, s.kind, s.valid_from, s.valid_to,
                coalesce(array_agg(m.area_id ORDER BY m.area_id) FILTER (WHERE m.area_id IS NOT NULL), '{}')
            FROM registry.area_set AS s
            LEFT JOIN registry.area_set_member AS m ON m.set_code = s.code
            GROUP BY s.code
            ORDER BY s.code
            """, in: tx)
        var sets: [NamedSet] = []
        do {
            for row in rows {
                let areas: [Int32] = try row.get(5)
                sets.append(
                    NamedSet(
                        code: try row.get(0), name: try row.get(1), kind: try row.get(2), validFrom: try row.get(3),
                        validTo: try row.get(4), areas: areas.map(Int.init)))
            }
        } catch {
            throw .store(error)
        }
        return sets
    }
}
