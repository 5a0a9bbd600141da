import Documents
import Foundation
import Groundwork
import Postgres
import Scorecards

/// Who would be treated otherwise by another formula: by class where both have classes, else by the places near their cut-offs.
enum Movers {
    /// Households named among those who move.
    private static let sample = 20
    /// Percentiles that are looked at where neither formula has classes.
    private static let fifths: [ExactDecimal] = [20, 40, 60, 80]

    static func count(
        _ stored: StoredFormula, against rival: StoredFormula, in tx: borrowing Transaction
    ) async throws -> JSON {
        let isByClass = !stored.formula.classes.isEmpty && !rival.formula.classes.isEmpty
        var object =
            isByClass
            ? try await byClass(stored.id, rival.id, in: tx) : try await byShare(stored, rival, in: tx)
        object["against"] = [
            "code": .string(rival.formula.code), "version": .number(JSONNumber(rival.formula.version)),
        ]
        object["by"] = isByClass ? "class" : "share"
        return .object(object)
    }

    // MARK: By class

    private static func byClass(
        _ formula: Int32, _ rival: Int32, in tx: borrowing Transaction
    ) async throws -> JSONObject {
        let found = try await tx.query(all: [
            """
            SELECT coalesce(o.class, CASE WHEN o.score IS NULL THEN 'unscorable' ELSE 'none' END),
                coalesce(n.class, CASE WHEN n.score IS NULL THEN 'unscorable' ELSE 'none' END), count(*)
            \(fragment: both(formula, rival))
            GROUP BY 1, 2 ORDER BY 1, 2
            """,
            """
            SELECT \(fragment: named)
            \(fragment: both(formula, rival))
                AND (n.class, n.score IS NULL) IS DISTINCT FROM (o.class, o.score IS NULL)
            ORDER BY n.household_id LIMIT \(sample)
            """,
        ])
        var (same, moved): (Int, Int) = (0, 0)
        var ways: [JSON] = []
        for row in found[0] {
            let (before, after): (String, String) = (try row.get(0), try row.get(1))
            let count = Int(try row.get(2, as: Int64.self))
            if before == after { same += count } else { moved += count }
            ways.append([
                "from": .string(before), "to": .string(after), "households": .number(JSONNumber(count)),
            ])
        }
        return [
            "same": .number(JSONNumber(same)), "moved": .number(JSONNumber(moved)), "ways": .array(ways),
            "sample": try households(found[1]),
        ]
    }

    // MARK: By share

    /// A share of the scored households, the poorest first, by both formulas.
    private struct Line {
        var percentile: ExactDecimal
        /// Conditions that hold for whom each takes.
        var new: SQL
        var old: SQL
        /// The last scores that are in; nil where the share reaches nobody.
        var cutOff: String?
        var cutOffBefore: String?
    }

    private static func byShare(
        _ stored: StoredFormula, _ rival: StoredFormula, in tx: borrowing Transaction
    ) async throws -> JSONObject {
        let ends = Set((stored.formula.classes + rival.formula.classes).map(\.upTo)).filter { $0 < 100 }
        let percentiles = ends.isEmpty ? fifths : ends.sorted()
        let now = try await cutOffs(stored, percentiles, in: tx)
        let before = try await cutOffs(rival, percentiles, in: tx)
        let lines = percentiles.enumerated().map { place, percentile in
            Line(
                percentile: percentile, new: isIn("n", now[place], stored.formula),
                old: isIn("o", before[place], rival.formula), cutOff: now[place], cutOffBefore: before[place])
        }
        let new = SQL.joined(lines.map(\.new), by: ", ")
        let old = SQL.joined(lines.map(\.old), by: ", ")
        let counts = lines.map { line -> SQL in
            """
            count(*) FILTER (WHERE \(fragment: line.new)), count(*) FILTER (WHERE \(fragment: line.old)),
            count(*) FILTER (WHERE \(fragment: line.new) AND NOT \(fragment: line.old))
            """
        }
        let found = try await tx.query(all: [
            """
            SELECT count(*), count(*) FILTER (WHERE ROW(\(fragment: new)) <> ROW(\(fragment: old))),
                \(fragment: SQL.joined(counts, by: ", "))
            \(fragment: both(stored.id, rival.id))
            """,
            """
            SELECT \(fragment: named)
            \(fragment: both(stored.id, rival.id)) AND ROW(\(fragment: new)) <> ROW(\(fragment: old))
            ORDER BY n.household_id LIMIT \(sample)
            """,
        ])
        guard let row = found[0].first else { throw TargetingFault.defect("a count without a row") }
        func number(_ place: Int) throws -> Int { Int(try row.get(place, as: Int64.self)) }
        var shares: [JSON] = []
        for (place, line) in lines.enumerated() {
            let (chosen, former, entering) =
                (try number(2 + place * 3), try number(3 + place * 3), try number(4 + place * 3))
            var share: JSONObject = ["percentile": .string(line.percentile.description)]
            share["cut_off"] = line.cutOff.map { .string($0) } ?? .null
            share["cut_off_before"] = line.cutOffBefore.map { .string($0) } ?? .null
            share["households"] = .number(JSONNumber(chosen))
            share["households_before"] = .number(JSONNumber(former))
            share["entering"] = .number(JSONNumber(entering))
            share["leaving"] = .number(JSONNumber(former - (chosen - entering)))
            shares.append(.object(share))
        }
        let (all, moved) = (try number(0), try number(1))
        return [
            "same": .number(JSONNumber(all - moved)), "moved": .number(JSONNumber(moved)), "shares": .array(shares),
            "sample": try households(found[1]),
        ]
    }

    /// The last score within each percentile of the ranking.
    private static func cutOffs(
        _ stored: StoredFormula, _ percentiles: [ExactDecimal], in tx: borrowing Transaction
    ) async throws -> [String?] {
        let scores: SQL = "FROM targeting.current_score WHERE formula_id = \(stored.id) AND score IS NOT NULL"
        let counted = try await tx.query("SELECT count(*) \(fragment: scores)")
        let all: Int64 = try counted.first?.get(0) ?? 0
        let ranks = percentiles.map { Int64(Thresholds.rank($0, of: Int(all))) }
        let direction = stored.formula.poorer == .lower ? "ASC" : "DESC"
        var found: [Int64: String] = [:]
        for row in try await tx.query(
            """
            SELECT place, score::text
            FROM (SELECT score, row_number() OVER (ORDER BY score \(unchecked: direction)) AS place \(fragment: scores)) AS r
            WHERE place = ANY(\(ranks))
            """)
        { found[try row.get(0)] = try row.get(1) }
        return ranks.map { found[$0] }
    }

    /// Whether a score lies within a cut-off, never unknown.
    private static func isIn(_ row: String, _ cutOff: String?, _ formula: Formula) -> SQL {
        guard let cutOff else { return "false" }
        let sign = formula.poorer == .lower ? "<=" : ">="
        return "coalesce(\(unchecked: row).score \(unchecked: sign) \(cutOff)::numeric, false)"
    }

    // MARK: Both

    /// Households of which both have a result.
    private static func both(_ formula: Int32, _ rival: Int32) -> SQL {
        """
        FROM targeting.current_score AS n
        JOIN targeting.current_score AS o ON o.household_id = n.household_id AND o.formula_id = \(rival)
        WHERE n.formula_id = \(formula)
        """
    }

    private static let named: SQL = "n.household_id, o.class, n.class, o.score::text, n.score::text"

    private static func households(_ rows: Rows) throws -> JSON {
        .array(
            try rows.map { row in
                func text(_ place: Int) throws -> JSON {
                    try row.get(place, as: String?.self).map { .string($0) } ?? .null
                }
                return [
                    "household": .string(try row.get(0, as: UUID.self).lowercased), "class_before": try text(1),
                    "class": try text(2), "score_before": try text(3), "score": try text(4),
                ]
            })
    }
}
