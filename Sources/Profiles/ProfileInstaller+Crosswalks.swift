import Documents
import Foundation
import Postgres
import Registry

extension ProfileInstaller {
    /// Writes the crosswalks anew, and how every area reads in each division.
    func installCrosswalks(in tx: borrowing Transaction) async throws {
        _ = try await tx.query("DELETE FROM registry.area_crosswalk")
        for crosswalk in profile.crosswalks {
            let lines = crosswalk.lines
            let rows = try await tx.query(
                """
                INSERT INTO registry.area_crosswalk (
                    from_area_id, to_area_id, from_geography_id, to_geography_id, relation, weight, confidence, rule,
                    evidence)
                SELECT a.id, b.id, a.geography_id, b.geography_id, given.relation,
                    nullif(given.weight, '')::numeric, given.confidence, given.rule, given.evidence
                FROM unnest(
                    \(lines.map(\.from))::text[], \(lines.map(\.to))::text[], \(lines.map(\.relation.rawValue))::text[],
                    \(lines.map { $0.weight.map { "\($0)" } ?? "" })::text[], \(lines.map(\.confidence.rawValue))::text[],
                    \(lines.map(\.rule))::text[], \(lines.map(\.evidence))::text[]
                ) AS given (former, new, relation, weight, confidence, rule, evidence)
                JOIN registry.geography AS f ON f.code = \(crosswalk.from)
                JOIN registry.geography AS t ON t.code = \(crosswalk.to)
                JOIN registry.area AS a ON a.geography_id = f.id AND a.code = given.former
                JOIN registry.area AS b ON b.geography_id = t.id AND b.code = given.new
                RETURNING 1
                """)
            guard rows.count == lines.count else {
                throw ProfileFault.malformed(
                    file: "areas/crosswalks", reason: "\(crosswalk.from) to \(crosswalk.to) names an unknown area.")
            }
        }
        try await installReadings(in: tx)
    }

    private func installReadings(in tx: borrowing Transaction) async throws {
        let index = try await AreaIndex.load(in: tx)
        _ = try await tx.query("DELETE FROM registry.area_reading")
        for (geography, level, segments) in index.allSegments where !segments.isEmpty {
            _ = try await tx.query(
                """
                INSERT INTO registry.area_reading (
                    geography_id, level, first_order, last_order, area_id, confidence)
                SELECT g.id, \(Int16(level)), s.first_order, s.last_order, s.area_id, s.confidence
                FROM registry.geography AS g
                CROSS JOIN unnest(
                    \(segments.map { Int32($0.orders.lowerBound) })::integer[],
                    \(segments.map { Int32($0.orders.upperBound) })::integer[],
                    \(segments.map { Int32($0.area) })::integer[],
                    \(segments.map(\.confidence.rawValue))::text[]
                ) AS s (first_order, last_order, area_id, confidence)
                WHERE g.code = \(geography)
                """)
        }
    }
}
