package import Postgres
package import Registry

/// How many fit, area by area of one division at one level; the rows and what is left over make the total.
package struct AreaCounts: Sendable {
    package struct Row: Sendable {
        package var area: Area
        package var counts: [CrosswalkConfidence: Int]

        package var count: Int { counts.values.reduce(0, +) }
    }

    /// In the order of a walk through the division; areas without anyone are left out.
    package var rows: [Row]
    /// Those whose area does not read in the division at that level, surely enough.
    package var unresolved: Int
    /// Those without any area.
    package var withoutArea: Int

    package var total: Int { rows.reduce(unresolved + withoutArea) { $0 + $1.count } }
}

extension Searcher {
    /// Counts what fits by the areas of a division, in whichever division the records stand; one statement.
    ///
    /// - Parameters:
    ///   - level: depth in the division.
    ///   - least: whoever reads less surely is counted as unresolved.
    package func countsByArea(
        _ request: RegistryRequest, in geography: String, level: Int, atLeast least: CrosswalkConfidence,
        in tx: borrowing Transaction
    ) async throws(RegistryFault) -> AreaCounts {
        let rows = try await query([try countingByArea(request, in: geography, level: level)], in: tx)[0]
        var found: [Int: AreaCounts.Row] = [:]
        var counts = AreaCounts(rows: [], unresolved: 0, withoutArea: 0)
        let index = context.areas.index
        do {
            for row in rows {
                let count = Int(try row.get(2, as: Int64.self))
                if try row.get(3, as: Bool.self) {
                    counts.withoutArea += count
                    continue
                }
                let confidence = try row.get(1, as: String?.self).flatMap(CrosswalkConfidence.init) ?? .unresolved
                let id: Int32? = try row.get(0)
                guard confidence >= least, let area = id.flatMap({ index[Int($0)] }) else {
                    counts.unresolved += count
                    continue
                }
                found[area.id, default: AreaCounts.Row(area: area, counts: [:])].counts[confidence, default: 0] += count
            }
        } catch {
            throw .store(error)
        }
        counts.rows = found.values.sorted { $0.area.preorder < $1.area.preorder }
        return counts
    }

    /// Few groups of numbers first, then one probe of the readings for each.
    package func countingByArea(
        _ request: RegistryRequest, in geography: String, level: Int
    ) throws(RegistryFault) -> SQL {
        var compiler = QueryCompiler(context: context, today: request.today)
        let fits = try compiler.condition(request.filter, request.subject, "r0")
        return """
            SELECT v.area_id, v.confidence, sum(c.many)::bigint, c.area_order IS NULL
            FROM (
                SELECT r0.area_order, count(*) AS many
                FROM \(unchecked: QueryCompiler.table(request.subject)) AS r0
                WHERE r0.status <> 'merged' AND \(fragment: fits)
                GROUP BY r0.area_order
            ) AS c
            LEFT JOIN LATERAL (
                \(fragment: AreaReadings.segment(of: "c.area_order", in: geography, level: level))
            ) AS v ON v.last_order >= c.area_order
            GROUP BY v.area_id, v.confidence, c.area_order IS NULL
            """
    }
}
