import Foundation
import Groundwork
package import Postgres
package import Registry
import Scorecards
import Search

/// What an action did, for whoever asked for it.
package struct RoundWork: Sendable {
    package var round: Round
    /// How many households changed their state.
    package var changed: Int
}

extension RoundDesk {
    /// Takes in the households that live in the areas of the quotas; those that came before stay as they are.
    ///
    /// A household whose area is of a former division competes where that area reads in the quota's division; where it reads
    /// nowhere it stays outside.
    ///
    /// - Returns: how many came in now.
    package func collect(_ code: String, command: CommandID, in tx: borrowing Transaction) async throws -> RoundWork {
        let round = try await take(code, in: policy.before(.collecting) + [.collecting], tx)
        try await prepare(tx)
        let quotas = try await tx.query("SELECT count(*) FROM targeting.quota WHERE round_id = \(round.id)")
        guard try quotas.first?.get(0, as: Int64.self) ?? 0 > 0 else { throw RoundsFault.noQuotas }
        let taken = try await tx.execute(
            """
            WITH changed AS (
                INSERT INTO targeting.round_household (
                    round_id, household_id, area_id, area_order, household_version, state, state_since, members,
                    registered_on, command_id)
                SELECT q.round_id, h.id, q.area_id, h.area_order, h.version, 'surveyed', now(), h.size,
                    (h.registered_at AT TIME ZONE 'UTC')::date, \(command)
                FROM (
                    SELECT round_id, area_id, area_order AS first_order, area_last AS last_order FROM targeting.quota
                    UNION ALL
                    SELECT o.round_id, o.area_id, r.first_order, r.last_order
                    FROM targeting.quota AS o
                    JOIN registry.area AS a ON a.id = o.area_id
                    JOIN registry.area_reading AS r
                        ON r.geography_id = a.geography_id AND r.level = a.level AND r.area_id = a.id
                ) AS q
                JOIN registry.household AS h ON h.area_order BETWEEN q.first_order AND q.last_order
                WHERE q.round_id = \(round.id) AND h.status = 'active' AND h.kind = ANY(\(policy.kinds)) AND h.size > 0
                ON CONFLICT DO NOTHING
                RETURNING household_id, household_version, area_order, NULL::text AS before, state, reason
            )
            \(fragment: Self.events(of: round, command, tx.mandate))
            """)
        try await advance(round, to: .collecting, command: command, in: tx)
        return RoundWork(round: try await find(code, in: tx), changed: taken)
    }

    /// Takes over the scores in force, and notes who fits the round's rule and the parts of its quotas.
    ///
    /// A household without a score stays as surveyed, with `no_score` as its reason; it is never ranked.
    package func score(_ code: String, command: CommandID, in tx: borrowing Transaction) async throws -> RoundWork {
        let round = try await take(code, in: policy.before(.scoring) + [.scoring], tx)
        try await prepare(tx)
        try await noteFormula(of: round, in: tx)
        let changed = try await tx.execute(try await scoring(round, command, in: tx))
        let scored = try await tx.query(
            "SELECT EXISTS (SELECT FROM targeting.round_household WHERE round_id = \(round.id) AND state = 'scored')")
        guard try scored.first?.get(0, as: Bool.self) ?? false else { throw RoundsFault.nothingScored }
        try await advance(round, to: .scoring, command: command, in: tx)
        return RoundWork(round: try await find(code, in: tx), changed: changed)
    }

    private func noteFormula(of round: Round, in tx: borrowing Transaction) async throws {
        let noted = try await tx.execute(
            """
            UPDATE targeting.round AS r
            SET poorer = COALESCE(f.document ->> 'poorer', 'lower'), tie_break = ARRAY(
                SELECT jsonb_array_elements_text(
                    CASE WHEN jsonb_typeof(f.document -> 'tie_break') = 'array' THEN f.document -> 'tie_break'
                        ELSE '[]' END))
            FROM (SELECT document FROM targeting.formula
                  WHERE code = \(round.formula) AND state = 'active'
                      AND coalesce(valid_from, '-infinity') <= current_date
                      AND coalesce(valid_to, 'infinity') >= current_date
                  ORDER BY version DESC LIMIT 1) AS f
            WHERE r.id = \(round.id)
            """)
        guard noted == 1 else {
            throw RoundsFault.invalid([
                Finding(
                    "formula", code: "rounds.formula",
                    "The formula \(round.formula) is not in force today; activate a version of it whose days have come."
                )
            ])
        }
    }

    private func scoring(_ round: Round, _ command: CommandID, in tx: borrowing Transaction) async throws -> SQL {
        let day = today()
        let homes: SQL = "SELECT household_id FROM targeting.round_household WHERE round_id = \(round.id)"
        var tables: [SQL] = []
        var joins: SQL = ""
        /// The condition of a rule, with its pass among the tables.
        func condition(_ query: RegistryQuery) throws -> SQL {
            let selection = try searcher.selection(
                query, row: "h", table: "pass_\(tables.count)", homes: homes, today: day)
            if let table = selection.table { tables.append(table) }
            joins += selection.join
            return selection.condition
        }
        var eligible: SQL = "h.status = 'active'"
        if let rule = round.rule {
            let text = try await book.find(rule, in: tx).text
            eligible += try " AND \(fragment: condition(await book.read(text, in: tx).query))"
        }
        var group: SQL = "NULL::text"
        if !round.parts.isEmpty {
            group = "CASE"
            for part in round.parts {
                let query = try await book.read(part.rule, in: tx).query
                group += try " WHEN \(fragment: condition(query)) THEN \(part.group)::text"
            }
            group += " END"
        }
        tables.append(
            """
            new AS MATERIALIZED (
                SELECT e.household_id, e.state AS before,
                    CASE WHEN s.score IS NULL THEN 'surveyed' ELSE 'scored' END AS state,
                    CASE WHEN s.score IS NULL THEN 'no_score' END AS reason,
                    s.score, s.class, s.run_id, h.size, h.version, (\(fragment: eligible)) AS is_eligible,
                    \(fragment: group) AS group_code
                FROM targeting.round_household AS e
                JOIN registry.household AS h ON h.id = e.household_id\(fragment: joins)
                LEFT JOIN (
                    SELECT household_id, score, class, run_id FROM targeting.score_in_force
                    WHERE formula = \(round.formula) AND score IS NOT NULL) AS s ON s.household_id = e.household_id
                WHERE e.round_id = \(round.id)
            )
            """)
        return moving(
            round, SQL.joined(tables, by: ", "),
            setting: """
                , score = n.score, class = n.class, run_id = n.run_id, members = n.size, household_version = n.version,
                is_eligible = n.is_eligible, group_code = n.group_code
                """, command: command, tx.mandate)
    }

    /// Ranks the scored households of each area and cuts them by its quota.
    ///
    /// Again only as long as no community has met: afterwards an objection is answered by the waiting list, not by ranking anew.
    package func rank(_ code: String, command: CommandID, in tx: borrowing Transaction) async throws -> RoundWork {
        let round = try await take(code, in: policy.before(.ranked) + [.ranked], tx)
        try await prepare(tx)
        guard round.poorer != nil else { throw RoundsFault.nothingScored }
        let changed = try await tx.execute(Self.ranking(round, this: self, command, tx.mandate))
        try await tx.execute(
            """
            UPDATE targeting.round SET ranked_by = \(tx.mandate.actor), ranked_at = clock_timestamp()
            WHERE id = \(round.id)
            """)
        try await advance(round, to: .ranked, command: command, in: tx)
        return RoundWork(round: try await find(code, in: tx), changed: changed)
    }

    /// The semantics of `Quota.choose` and `Ranking` as one statement; a test holds both to the same choice.
    private static func ranking(_ round: Round, this: RoundDesk, _ command: CommandID, _ mandate: Mandate) -> SQL {
        let isLower = round.poorer != .higher
        var keys: [SQL] = [isLower ? "a.score ASC" : "a.score DESC"]
        for rule in round.tieBreak {
            switch rule {
            case .largerHousehold: keys.append("a.members DESC")
            case .earlierRegistered: keys.append("a.registered_on ASC")
            case .household: keys.append("a.household_id ASC")
            }
        }
        let order = SQL.joined(keys + ["a.household_id ASC"], by: ", ")
        let isBeyond: SQL =
            round.cutOff == nil
            ? "FALSE" : "e.score \(unchecked: isLower ? ">" : "<") \(round.cutOff)::text::numeric"
        let tables: SQL = """
            able AS (
                SELECT e.household_id, e.area_id, e.group_code, e.score, e.members, e.registered_on, e.state AS before,
                    CASE WHEN h.status <> 'active' THEN 'no_longer_active' WHEN e.is_eligible IS NOT TRUE THEN 'not_eligible'
                        WHEN \(fragment: isBeyond) THEN 'beyond_cut_off' END AS refusal
                FROM targeting.round_household AS e
                JOIN registry.household AS h ON h.id = e.household_id
                WHERE e.round_id = \(round.id) AND e.score IS NOT NULL
            ), ordered AS (
                SELECT a.household_id, a.area_id, a.group_code, a.before,
                    row_number() OVER (PARTITION BY a.area_id ORDER BY \(fragment: order)) AS rank,
                    row_number() OVER (PARTITION BY a.area_id, a.group_code ORDER BY \(fragment: order)) AS in_group
                FROM able AS a
                WHERE a.refusal IS NULL
            ), parted AS (
                SELECT o.household_id, o.area_id, o.before, o.rank, q.places, q.reserve,
                    COALESCE(o.in_group <= p.places, FALSE) AS by_part
                FROM ordered AS o
                JOIN targeting.quota AS q ON q.round_id = \(round.id) AND q.area_id = o.area_id
                LEFT JOIN targeting.quota_part AS p
                    ON p.round_id = q.round_id AND p.area_id = q.area_id AND p.group_code = o.group_code
            ), filled AS (
                SELECT p.household_id, p.before, p.rank, p.reserve, p.by_part,
                    row_number() OVER (PARTITION BY p.area_id, p.by_part ORDER BY p.rank)
                        - (p.places - count(*) FILTER (WHERE p.by_part) OVER (PARTITION BY p.area_id)) AS behind
                FROM parted AS p
            ), new AS MATERIALIZED (
                SELECT f.household_id, f.before, f.rank,
                    CASE WHEN f.by_part OR f.behind <= 0 THEN 'selected' WHEN f.behind > f.reserve THEN 'not_selected'
                        ELSE 'waiting' END AS state,
                    CASE WHEN NOT f.by_part AND f.behind > f.reserve AND f.behind > 0 THEN 'beyond_reserve' END AS reason,
                    CASE WHEN NOT f.by_part AND f.behind > 0 AND (f.reserve IS NULL OR f.behind <= f.reserve)
                        THEN f.behind END AS turn
                FROM filled AS f
                UNION ALL
                SELECT a.household_id, a.before, NULL, 'not_selected', a.refusal, NULL
                FROM able AS a
                WHERE a.refusal IS NOT NULL
            )
            """
        return this.moving(
            round, tables, setting: ", rank = n.rank, turn = n.turn, community = NULL, session_id = NULL",
            command: command, mandate)
    }

    /// Fills the places that became free, the first of each waiting list first; places of households that are no longer active
    /// become free by it.
    ///
    /// - Parameters:
    ///   - area: code of a quota's area, or nil for all.
    ///   - limit: at most so many in each area.
    package func promote(
        _ code: String, area: Area?, limit: Int?, command: CommandID, in tx: borrowing Transaction
    ) async throws -> RoundWork {
        let round = try await take(code, in: [.ranked, .communityValidation, .published, .appeals], tx)
        let changed = try await promote(round, area: area?.id, limit: limit, command: command, in: tx)
        return RoundWork(round: round, changed: changed)
    }

    func promote(
        _ round: Round, area: Int?, limit: Int?, command: CommandID, in tx: borrowing Transaction
    ) async throws -> Int {
        try await release(round, area: area, command: command, in: tx)
        let tables: SQL = """
            standing AS (
                SELECT e.household_id, e.area_id, e.state, e.turn, e.community,
                    count(*) FILTER (WHERE e.state IN ('selected', 'validated', 'candidate'))
                        OVER (PARTITION BY e.area_id) AS taken,
                    row_number() OVER (PARTITION BY e.area_id, e.state ORDER BY e.turn, e.household_id) AS next
                FROM targeting.round_household AS e
                WHERE e.round_id = \(round.id) AND (\(area.map { Int32($0) })::integer IS NULL OR e.area_id = \(area.map { Int32($0) }))
            ), new AS MATERIALIZED (
                SELECT s.household_id, 'waiting' AS before, 'promoted' AS reason,
                    CASE WHEN s.community = 'validated' THEN 'validated' ELSE 'selected' END AS state
                FROM standing AS s
                JOIN targeting.quota AS q ON q.round_id = \(round.id) AND q.area_id = s.area_id
                WHERE s.state = 'waiting'
                  AND s.next <= LEAST(q.places - s.taken, \(limit.map { Int64($0) } ?? Int64.max))
            )
            """
        return try await tx.execute(
            moving(round, tables, setting: ", turn = NULL", command: command, tx.mandate))
    }

    /// Frees the places and turns of households that were merged or deactivated since they were chosen.
    func release(
        _ round: Round, area: Int?, command: CommandID, in tx: borrowing Transaction
    ) async throws {
        let tables: SQL = """
            new AS MATERIALIZED (
                SELECT e.household_id, e.state AS before, 'not_selected' AS state, 'no_longer_active' AS reason
                FROM targeting.round_household AS e
                JOIN registry.household AS h ON h.id = e.household_id
                WHERE e.round_id = \(round.id) AND e.state IN ('selected', 'validated', 'waiting') AND h.status <> 'active'
                  AND (\(area.map { Int32($0) })::integer IS NULL OR e.area_id = \(area.map { Int32($0) }))
            )
            """
        try await tx.execute(moving(round, tables, setting: ", turn = NULL", command: command, tx.mandate))
    }
}
