import Foundation
import Groundwork
import Postgres
import Registry
import Scorecards

/// Puts the results of a run into force: the pointer of each household moves, and who moved is told as an event.
struct Publication {
    let formula: StoredFormula
    let run: Int64
    let command: CommandID
    let thresholds: Thresholds
    /// Whether whoever moved is told as an event: the formula is in force today.
    let tells: Bool

    struct Step: Sendable {
        var last: UUID
        var moved: Int
    }

    /// The last household of the page after one, for whoever publishes the page behind it; nil when there is no such page.
    func end(of most: Int, after id: UUID, in tx: borrowing Transaction) async throws -> UUID? {
        try await Self.alongTheKey(in: tx)
        let rows = try await tx.query(
            """
            SELECT household_id FROM targeting.score
            WHERE household_id > \(id) AND formula_id = \(formula.id) AND run_id = \(run)
            ORDER BY household_id OFFSET \(most - 1) LIMIT 1
            """)
        return try rows.first?.get(0)
    }

    /// The index of the key goes household by household; whatever else the planner thinks of reads the table for each step.
    private static func alongTheKey(in tx: borrowing Transaction) async throws {
        _ = try await tx.query(all: ["SET LOCAL enable_seqscan = off", "SET LOCAL enable_bitmapscan = off"])
    }

    /// - Parameter most: households after one; nil for all results of a small run.
    /// - Returns: nil when nobody is left.
    func step(after id: UUID, most: Int, in tx: borrowing Transaction) async throws -> Step? {
        try await Self.alongTheKey(in: tx)
        let mandate = tx.mandate
        let among: SQL = households.map { "AND s.household_id = ANY(\($0))" } ?? ""
        let rows = try await tx.query(
            """
            WITH part AS MATERIALIZED (
                SELECT s.household_id, s.household_version, s.score, \(fragment: thresholds.code(of: "s.score")) AS class,
                    s.stratum, s.area_order
                FROM targeting.score AS s
                WHERE s.household_id > \(id) AND s.formula_id = \(formula.id) AND s.run_id = \(run)
                    \(fragment: among)
                ORDER BY s.household_id
                LIMIT \(most)
            ), held AS MATERIALIZED (
                SELECT p.household_id, c.score, c.class, c.run_id
                FROM part AS p
                CROSS JOIN LATERAL (
                    SELECT c.score, c.class, c.run_id FROM targeting.current_score AS c
                    WHERE c.household_id = p.household_id AND c.formula_id = \(formula.id) LIMIT 1) AS c
            ), put AS (
                INSERT INTO targeting.current_score AS c (
                    household_id, formula_id, run_id, score, class, stratum, area_order, since)
                SELECT household_id, \(formula.id), \(run), score, class, stratum, area_order, now()
                FROM part
                ON CONFLICT ON CONSTRAINT current_score_pk DO UPDATE
                SET run_id = EXCLUDED.run_id, score = EXCLUDED.score, class = EXCLUDED.class, stratum = EXCLUDED.stratum,
                    area_order = EXCLUDED.area_order,
                    since = CASE WHEN (c.score, c.class) IS DISTINCT FROM (EXCLUDED.score, EXCLUDED.class)
                        THEN EXCLUDED.since ELSE c.since END
                WHERE c.run_id < EXCLUDED.run_id
                RETURNING c.household_id
            ), moved AS (
                SELECT p.*, h.class AS class_before
                FROM part AS p
                JOIN put ON put.household_id = p.household_id
                \(unchecked: tellsFirst ? "LEFT JOIN" : "JOIN") held AS h ON h.household_id = p.household_id
                WHERE (h.run_id IS NULL OR h.run_id < \(run)) AND \(unchecked: tellsFirst
                    ? "(h.run_id IS NULL OR (h.score, h.class) IS DISTINCT FROM (p.score, p.class))"
                    : "(h.score, h.class) IS DISTINCT FROM (p.score, p.class)")
            ), told AS (
                INSERT INTO registry.event (
                    id, type, subject_kind, subject_id, subject_version, area_before, area_after, actor_id, purpose,
                    trace, command_id, recorded_at, body)
                SELECT gen_random_uuid(), \(EventType.householdScored.rawValue), 'household', m.household_id,
                    m.household_version, m.area_order, m.area_order, \(mandate.actor), \(mandate.purpose.rawValue),
                    \(mandate.trace.description), \(command), now(),
                    jsonb_build_object(
                        'formula', \(formula.formula.code)::text, 'version', \(Int32(formula.formula.version)),
                        'run', \(run), 'class', m.class, 'class_before', m.class_before,
                        'scored', m.score IS NOT NULL)
                FROM moved AS m
                WHERE \(tells)
            )
            SELECT (SELECT household_id FROM part ORDER BY household_id DESC LIMIT 1), (SELECT count(*) FROM moved)
            """)
        guard let row = rows.first, let last: UUID = try row.get(0) else { return nil }
        return Step(last: last, moved: Int(try row.get(1, as: Int64.self)))
    }

    /// Whether a first score is told as a change. After a run over many it is not: the run itself is the news.
    var tellsFirst = false
    /// Households of a small run, so that the key is not read from its beginning; nil for all that the run scored.
    var households: [UUID]?

    /// Pointers of households that are no longer there.
    static func drop(
        _ formula: Int32, before run: Int64, in tx: borrowing Transaction
    ) async throws {
        _ = try await tx.query(
            """
            DELETE FROM targeting.current_score AS c
            WHERE c.formula_id = \(formula) AND c.run_id < \(run)
                AND NOT EXISTS (SELECT 1 FROM registry.household AS h WHERE h.id = c.household_id AND h.status = 'active')
            """)
    }
}
