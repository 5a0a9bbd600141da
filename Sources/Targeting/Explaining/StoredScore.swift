import Documents
package import Foundation
package import Groundwork
package import Postgres
package import Scorecards

/// One result as it was kept.
package struct StoredScore: Sendable {
    package var household: UUID
    package var formula: StoredFormula
    package var run: Int64
    package var householdVersion: Int
    package var at: Date
    package var asOf: CalendarDate
    package var geography: String?
    package var stratum: String?
    /// Nil when the household could not be scored.
    package var score: ExactDecimal?
    package var sum: ExactDecimal?
    /// In the order of the terms of the stratum.
    package var contributions: [ExactDecimal]
    package var refusals: [Refusal]
    package var answers: [String?]
    /// Whether it is the score in force of the household by this formula.
    package var isCurrent: Bool
    /// The class in force; nil for results that are no longer current.
    package var className: String?
}

extension Formulas {
    /// Results of a household, the latest first.
    ///
    /// - Parameters:
    ///   - code: only by this formula; nil for all that are or were in force.
    ///   - most: 1 to 100; the latest alone is one look into the key.
    /// - Throws: `.householdNotFound`, `.noScore`.
    package func scores(
        of household: UUID, code: String? = nil, most: Int = 1, in tx: borrowing Transaction
    ) async throws(TargetingFault) -> [StoredScore] {
        do {
            let known = try await tx.query("SELECT EXISTS (SELECT 1 FROM registry.household WHERE id = \(household))")
            guard try known.first?.get(0, as: Bool.self) ?? false else { throw TargetingFault.householdNotFound }
            let stored = try await list(in: tx).filter { held in
                code.map { $0 == held.formula.code } ?? (held.state == .active || held.state == .retired)
            }
            let rows = try await tx.query(
                """
                SELECT s.formula_id, s.run_id, s.household_version, r.started_at, r.as_of, r.geography, s.stratum,
                    s.score::text, s.sum::text, s.contributions::text[], s.refusals, s.answers, c.run_id IS NOT NULL, c.class
                FROM targeting.score AS s
                JOIN targeting.run AS r ON r.id = s.run_id
                LEFT JOIN targeting.current_score AS c
                    ON c.household_id = s.household_id AND c.formula_id = s.formula_id AND c.run_id = s.run_id
                WHERE s.household_id = \(household) AND s.formula_id = ANY(\(stored.map(\.id)))
                    AND r.state = 'done'
                ORDER BY s.run_id DESC
                LIMIT \(max(1, min(most, 100)))
                """)
            let found = try rows.compactMap { row in try Self.read(row, household, stored) }
            guard !found.isEmpty else { throw TargetingFault.noScore }
            return found
        } catch {
            throw TargetingFault(any: error)
        }
    }

    private static func read(
        _ row: Row, _ household: UUID, _ stored: [StoredFormula]
    ) throws -> StoredScore? {
        let id: Int32 = try row.get(0)
        guard let formula = stored.first(where: { $0.id == id }) else { return nil }
        let (score, sum): (String?, String?) = (try row.get(7), try row.get(8))
        let points: [String]? = try row.get(9)
        let refusals: JSONB? = try row.get(10)
        return StoredScore(
            household: household, formula: formula, run: try row.get(1),
            householdVersion: Int(try row.get(2, as: Int32.self)), at: try row.get(3), asOf: try row.get(4),
            geography: try row.get(5), stratum: try row.get(6), score: try score.map { try ExactDecimal(stored: $0) },
            sum: try sum.map { try ExactDecimal(stored: $0) },
            contributions: try (points ?? []).map { try ExactDecimal(stored: $0) },
            refusals: try refusals.map { try JSON.parse($0.bytes).array?.compactMap { Refusal($0) } ?? [] } ?? [],
            answers: try row.get(11), isCurrent: try row.get(12), className: try row.get(13))
    }
}
