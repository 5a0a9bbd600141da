package import Postgres
package import Scorecards

/// Where the classes of need end: those of the latest run over the whole registry are in force.
package struct Thresholds: Sendable {
    package struct Entry: Sendable {
        package var code: String
        package var upTo: ExactDecimal
        /// The last score of the class; nil for the last class, which has no end.
        package var score: ExactDecimal?
    }

    package var poorer: Formula.Poorer
    /// The poorest first.
    package var entries: [Entry]

    package static func inForce(
        _ formula: Int32, _ poorer: Formula.Poorer, in tx: borrowing Transaction
    ) async throws -> Thresholds {
        let rows = try await tx.query(
            """
            SELECT class, up_to_percentile::text, score::text FROM targeting.threshold
            WHERE formula_id = \(formula)
                AND run_id = (SELECT max(run_id) FROM targeting.threshold WHERE formula_id = \(formula))
            ORDER BY place
            """)
        var entries: [Entry] = []
        for row in rows {
            let score: String? = try row.get(2)
            entries.append(
                Entry(
                    code: try row.get(0), upTo: try ExactDecimal(stored: row.get(1)),
                    score: try score.map { text throws(TargetingFault) in try ExactDecimal(stored: text) }))
        }
        return Thresholds(poorer: poorer, entries: entries)
    }

    /// The place in a ranking of `count` that a percentile reaches, counted from 1; a part of a household counts as one.
    static func rank(_ percentile: ExactDecimal, of count: Int) -> Int {
        let product = percentile * ExactDecimal(count)
        guard let whole = product.divided(by: 100, Division(places: 0, rounding: .truncate))?.int else { return 0 }
        return whole + (ExactDecimal(whole) * 100 == product ? 0 : 1)
    }

    /// Finds them in the results of a run and keeps them.
    static func settle(
        _ formula: Formula, id: Int32, run: Int64, scored: Int, in tx: borrowing Transaction
    ) async throws {
        guard !formula.classes.isEmpty, scored > 0 else { return }
        let ranks = formula.classes.map { rank($0.upTo, of: scored) }
        let direction = formula.poorer == .lower ? "ASC" : "DESC"
        _ = try await tx.query("SET LOCAL work_mem = '256MB'")
        var scores: [Int: String] = [:]
        for row in try await tx.query(
            """
            SELECT place, score::text
            FROM (
                SELECT score, row_number() OVER (ORDER BY score \(unchecked: direction)) AS place
                FROM targeting.score
                WHERE run_id = \(run) AND formula_id = \(id) AND score IS NOT NULL) AS ranked
            WHERE place = ANY(\(ranks.map { Int64($0) }))
            """)
        { scores[Int(try row.get(0, as: Int64.self))] = try row.get(1) }
        for (place, entry) in formula.classes.enumerated() {
            let isLast = !(entry.upTo < 100)
            // A class that reaches nobody has no last score; its households are found by the next one.
            guard isLast || scores[ranks[place]] != nil else { continue }
            _ = try await tx.query(
                """
                INSERT INTO targeting.threshold (formula_id, run_id, place, class, up_to_percentile, score)
                VALUES (
                    \(id), \(run), \(Int16(place + 1)), \(entry.code), \(entry.upTo.description)::numeric,
                    \(isLast ? nil : scores[ranks[place]])::numeric)
                """)
        }
    }

    /// The class of a score: the first whose last score it does not pass.
    package func code(of score: ExactDecimal) -> String? {
        entries.first { entry in
            guard let end = entry.score else { return true }
            return poorer == .lower ? !(end < score) : !(score < end)
        }?.code
    }

    /// The same inside the database, for a column of scores.
    func code(of column: String) -> SQL {
        guard !entries.isEmpty else { return "NULL::text" }
        let sign = poorer == .lower ? "<=" : ">="
        var cases: SQL = "CASE WHEN \(unchecked: column) IS NULL THEN NULL"
        for entry in entries {
            if let end = entry.score {
                cases +=
                    " WHEN \(unchecked: column) \(unchecked: sign) \(end.description)::numeric THEN \(entry.code)::text"
            } else {
                cases += " ELSE \(entry.code)::text"
                break
            }
        }
        return cases + " END"
    }
}
