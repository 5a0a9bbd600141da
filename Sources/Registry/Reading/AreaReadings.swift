import Foundation
package import Groundwork
package import Postgres

/// Areas of records as told in a division, for rooms whose rules speak of another division than the records do.
package enum AreaReadings {
    /// The area of each household as it stands now, told in a division at one level; one query for all of them.
    ///
    /// - Parameters:
    ///   - households: at most as many as fit into one statement; a merged one is told by its own last area.
    ///   - level: depth in the division, e.g. 1 for its provinces.
    ///   - least: a reading below this confidence counts as unresolved.
    /// - Returns: a reading for every household that exists; unresolved also when it has no area.
    package static func now(
        of households: [ID<Household>], in geography: String, level: Int,
        atLeast least: CrosswalkConfidence = .possible, _ index: AreaIndex, in tx: borrowing Transaction
    ) async throws(RegistryFault) -> [ID<Household>: AreaReading] {
        let rows = try await query(
            """
            SELECT h.id, v.area_id, v.confidence, h.area_id
            FROM registry.household AS h
            LEFT JOIN LATERAL (\(fragment: segment(of: "h.area_order", in: geography, level: level))) AS v
                ON v.last_order >= h.area_order
            WHERE h.id = ANY(\(households.map(\.rawValue)))
            """, in: tx)
        var readings: [ID<Household>: AreaReading] = [:]
        do {
            for row in rows {
                let id: ID<Household> = ID(try row.get(0, as: UUID.self))
                let area: Int32? = try row.get(1)
                let confidence = try row.get(2, as: String?.self).flatMap(CrosswalkConfidence.init)
                let own: Int32? = try row.get(3)
                readings[id] = reading(
                    area.map(Int.init), confidence, own.map(Int.init), least, geography, level, index)
            }
        } catch {
            throw .store(error)
        }
        return readings
    }

    /// The area of one household as it was valid on a day, by the same function that computes every view of the past.
    ///
    /// - Returns: nil when nothing was known of the household on that day.
    package static func on(
        _ day: CalendarDate, of household: ID<Household>, in geography: String, level: Int,
        atLeast least: CrosswalkConfidence = .possible, _ history: History, in tx: borrowing Transaction
    ) async throws(RegistryFault) -> AreaReading? {
        let point = History.Point(valid: day, known: nil)
        guard let found = try await history.household(household, at: point, in: tx) else { return nil }
        guard let area = found.state.area else { return .unresolved }
        return history.context.areas.index.reading(of: area, in: geography, level: level, atLeast: least)
    }

    /// The run of preorder numbers in which a number may lie; whoever joins it checks `last_order`.
    ///
    /// - Parameter order: a column, as SQL; never text from outside.
    package static func segment(of order: String, in geography: String, level: Int) -> SQL {
        """
        SELECT r.area_id, r.confidence, r.last_order
        FROM registry.area_reading AS r
        WHERE r.geography_id = (SELECT g.id FROM registry.geography AS g WHERE g.code = \(geography))
            AND r.level = \(Int16(clamping: level))
            AND r.first_order <= \(unchecked: order)
        ORDER BY r.first_order DESC
        LIMIT 1
        """
    }

    private static func reading(
        _ area: Int?, _ confidence: CrosswalkConfidence?, _ own: Int?, _ least: CrosswalkConfidence,
        _ geography: String, _ level: Int, _ index: AreaIndex
    ) -> AreaReading {
        guard let area = area.flatMap({ index[$0] }), let confidence, confidence >= least else { return .unresolved }
        let rule = own.flatMap { index[$0] }.map {
            index.reading(of: $0, in: geography, level: level, atLeast: least).rule
        }
        return AreaReading(area: area, confidence: confidence, rule: rule ?? nil)
    }
}
