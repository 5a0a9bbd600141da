import Groundwork
package import Postgres
package import Registry

extension RoundDesk {
    /// Replaces the quotas of a round that has not collected anybody yet.
    ///
    /// - Throws: `.invalid` with every line of the file that is wrong; the quotas stay as they were.
    package func setQuotas(_ code: String, csv: [UInt8], in tx: borrowing Transaction) async throws -> Round {
        let round = try await take(code, in: [.draft], tx)
        let lines = try QuotaFile.read(csv, context, policy, parts: round.parts)
        _ = try await tx.query(all: [
            "DELETE FROM targeting.quota_part WHERE round_id = \(round.id)",
            "DELETE FROM targeting.quota WHERE round_id = \(round.id)",
        ])
        try await tx.execute(
            """
            INSERT INTO targeting.quota (round_id, area_id, area_order, area_last, places, reserve, multiplier)
            SELECT \(round.id), x.area, x.first, x.last, x.places, NULLIF(x.reserve, -1), x.multiplier::numeric
            FROM unnest(
                \(lines.map { Int32($0.area.id) }), \(lines.map { Int32($0.area.preorder) }),
                \(lines.map { Int32($0.area.lastPreorder) }), \(lines.map { Int32($0.places) }),
                \(lines.map { Int32($0.reserve ?? -1) }), \(lines.map(\.multiplier))
            ) AS x (area, first, last, places, reserve, multiplier)
            """)
        let parts = lines.flatMap { line in line.parts.map { (line.area.id, $0.key, $0.value) } }
        try await tx.execute(
            """
            INSERT INTO targeting.quota_part (round_id, area_id, group_code, places)
            SELECT \(round.id), x.area, x.part, x.places
            FROM unnest(
                \(parts.map { Int32($0.0) }), \(parts.map(\.1)), \(parts.map { Int32($0.2) })
            ) AS x (area, part, places)
            """)
        return round
    }

    /// The quota's area that the code names.
    ///
    /// - Throws: `.invalid` for an area that is unknown or has no quota in this round.
    package func quotaArea(_ code: String, of round: Round, in tx: borrowing Transaction) async throws -> Area {
        guard let area = context.areas.index.area(code) else {
            throw RoundsFault.invalid([
                Finding("area", code: "area.unknown", "No area has this code; see /api/v1/areas.")
            ])
        }
        let rows = try await tx.query(
            "SELECT 1 FROM targeting.quota WHERE round_id = \(round.id) AND area_id = \(Int32(area.id))")
        guard !rows.isEmpty else {
            throw RoundsFault.invalid([
                Finding("area", code: "rounds.no_quota", "\(area.name) has no quota in this round.")
            ])
        }
        return area
    }
}
