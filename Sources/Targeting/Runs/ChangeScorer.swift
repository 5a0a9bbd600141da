import Documents
import Foundation
import Groundwork
import Postgres
import Registry
import Scorecards

/// Scores households anew whose answers changed, by the formulas in force, in the transaction of the caller.
struct ChangeScorer {
    let formulas: Formulas

    /// Households whose answers are as they were keep their result; whoever left the registry loses the score in force.
    ///
    /// - Returns: how many results were written.
    func refresh(_ households: [UUID], in tx: borrowing Transaction) async throws -> Int {
        guard !households.isEmpty else { return 0 }
        var written = 0
        for stored in try await formulas.kept(in: tx) {
            guard let binding = stored.binding else { continue }
            written += try await refresh(households, stored, binding, in: tx)
        }
        return written
    }

    private func refresh(
        _ households: [UUID], _ stored: StoredFormula, _ binding: Binding, in tx: borrowing Transaction
    ) async throws -> Int {
        let today = formulas.today()
        let reading = try await formulas.reading(stored.formula, binding, asOf: today, in: tx)
        let rows = try await tx.query(
            reading.page(.households(households), after: OpenRun.first, limit: households.count))
        let found = try rows.map { try reading.read($0) }
        let gone = Set(households).subtracting(found.map(\.household))
        if !gone.isEmpty {
            _ = try await tx.query(
                """
                DELETE FROM targeting.current_score
                WHERE formula_id = \(stored.id) AND household_id = ANY(\(Array(gone)))
                """)
        }
        let held = try await last(found.map(\.household), stored.id, in: tx)
        let changed = found.filter { held[$0.household] != $0.texts }
        guard !changed.isEmpty else { return 0 }
        var scorer = BulkScorer(stored.formula, binding: binding, encode: EncodedNumeric.encode)
        let page = ScoredPage(changed, by: &scorer)
        var tally = ScoreTally()
        tally.add(page.counts, stored.formula)
        let command = try await CommandLog.note(
            "formula.rescore",
            outcome: [
                "formula": .string(stored.formula.code), "version": .number(JSONNumber(stored.formula.version)),
                "households": .number(JSONNumber(changed.count)),
            ], key: nil, hash: [], in: tx)
        let made = try await tx.query(
            """
            INSERT INTO targeting.run (
                formula_id, kind, state, as_of, geography, scored, unscorable, tally, actor_id, command_id, finished_at)
            VALUES (
                \(stored.id), 'change', 'done', \(today), \(ScoreRun.geography(stored.formula)), \(Int64(tally.scored)),
                \(Int64(tally.unscorable)), \(JSONB(tally.json.serialized())), \(tx.mandate.actor), \(command),
                clock_timestamp())
            RETURNING id
            """)
        guard let row = made.first else { throw TargetingFault.defect("a run without a number") }
        let run: Int64 = try row.get(0)
        try await page.write(formula: stored.id, stored.formula, run: run, in: tx)
        let publication = Publication(
            formula: stored, run: run, command: command,
            thresholds: try await Thresholds.inForce(stored.id, stored.formula.poorer, in: tx),
            tells: stored.isInForce(on: today), tellsFirst: true, households: changed.map(\.household))
        let step = try await publication.step(after: OpenRun.first, most: changed.count, in: tx)
        _ = try await tx.query("UPDATE targeting.run SET moved = \(Int64(step?.moved ?? 0)) WHERE id = \(run)")
        return changed.count
    }

    /// The answers by which the score in force was made.
    private func last(
        _ households: [UUID], _ formula: Int32, in tx: borrowing Transaction
    ) async throws -> [UUID: [String?]] {
        var result: [UUID: [String?]] = [:]
        for row in try await tx.query(
            """
            SELECT c.household_id, s.answers
            FROM targeting.current_score AS c
            JOIN targeting.score AS s
                ON s.household_id = c.household_id AND s.formula_id = c.formula_id AND s.run_id = c.run_id
            WHERE c.formula_id = \(formula) AND c.household_id = ANY(\(households))
            """)
        { result[try row.get(0)] = try row.get(1) }
        return result
    }
}
