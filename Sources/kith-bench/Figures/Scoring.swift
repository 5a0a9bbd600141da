import Documents
import Foundation
import Groundwork
import Postgres
import Registry
import Runtime
import Scorecards
import Targeting

extension Measure {
    /// A country scored, every term kept.
    static let scoring: Measure = Measure(
        name: "score-households",
        summary: """
            as many households as --people says, of three people each, scored by a formula of two strata with every \
            contribution stored and put into force, against one INSERT … SELECT written by hand that stores the same rows
            """
    ) { ground in
        try await Scoring(ground: ground).figures()
    }
}

private struct Scoring: Sendable {
    let ground: BenchGround

    private var households: Int { ground.population.people }
    private static let database = "kith_score"
    private static let code = "demonstration"
    /// The day on which ages are told.
    private static let day: CalendarDate = CalendarDate(year: 2026, month: 6, day: 30) ?? .latest

    func figures() async throws -> [Figure] {
        let house = try await ground.emptyHouse(Self.database)
        do {
            let figures = try await measured(house)
            await house.close()
            try await ground.drop(Self.database)
            return figures
        } catch {
            await house.close()
            try? await ground.drop(Self.database)
            throw error
        }
    }

    private func measured(_ house: Database) async throws -> [Figure] {
        ground.note("making \(households) households")
        try await fill(house)
        let formulas = Formulas(context: ground.context, today: { Self.day })
        try await submit(formulas, house)
        try await checkpoint(house)
        let began = Stopwatch.nanoseconds
        let report = try await ScoreRun(database: house, formulas: formulas).run(
            Self.code, version: 1, .registry, asOf: Self.day, as: BenchGround.mandate)
        let seconds = Double(Stopwatch.nanoseconds - began) / 1e9
        guard report.tally.scored == households else {
            throw BenchFault.answer("\(report.tally.scored) of \(households) households were scored")
        }
        try await checkpoint(house)
        let byHand = try await byHand(house)
        try await compare(house)
        let million = Double(households) / 1_000_000
        return [
            Figure(
                name: "score-households", value: Double(households) / seconds, unit: "households/s",
                target: .share(0.5), limit: Double(households) / byHand),
            Figure(name: "score-households-seconds", value: seconds, unit: "s", target: .atMost(30 * million)),
        ]
    }

    private func submit(_ formulas: Formulas, _ house: Database) async throws {
        let folder = try Home.find().profile("burundi") + "/demo/pmt/"
        func json(_ path: String) throws -> JSON {
            try JSON.parse([UInt8](try Data(contentsOf: URL(fileURLWithPath: folder + path))), limits: .file)
        }
        let (document, binding) = (try json("demonstration.json"), try json("bindings/demonstration_registry.json"))
        _ = try await house.write(as: BenchGround.mandate) { tx throws(TargetingFault) in
            _ = try await formulas.draft(document, in: tx)
            return try await formulas.submit(Self.code, version: 1, binding: binding, in: tx)
        }
    }

    private func checkpoint(_ house: Database) async throws {
        try await house.withConnection { session in
            _ = try await session.query("VACUUM (FREEZE, ANALYZE)")
            _ = try await session.query("CHECKPOINT")
        }
    }

    /// Rows as the registry would hold them, with answers that differ from household to household.
    private func fill(_ house: Database) async throws {
        let areas = ground.context.areas.index.areas.filter { $0.level == 4 && $0.geography == "bi-2023" }
        _ = try await house.write(as: BenchGround.mandate) { tx in
            // What the scoring does not look at need not be kept up while the rows are made.
            for index in [
                "person_area", "person_birth", "person_due", "person_updated", "household_size", "household_updated",
            ] {
                _ = try await tx.query("DROP INDEX registry.\(identifier: index)")
            }
            _ = try await tx.query(
                """
                INSERT INTO registry.household (
                    id, version, status, kind, social_id, head_id, size, residence, area_id, area_order, extras, observed_on,
                    registered_at, updated_at)
                SELECT lpad(to_hex(n), 32, '0')::uuid, 1, 'active', 'household', 'h' || n, lpad(to_hex(n * 3), 32, '0')::uuid, 3,
                    CASE WHEN n % 4 = 0 THEN 'urban' ELSE 'rural' END, (\(areas.map { Int32($0.id) }))[1 + n % \(areas.count)],
                    (\(areas.map { Int32($0.preorder) }))[1 + n % \(areas.count)],
                    jsonb_build_object(
                        'rooms', 1 + n % 6, 'lighting', ('{grid,torch,wood,solar_panel,other}'::text[])[1 + n % 5],
                        'cooking_fuel', ('{wood_collected,charcoal,gas,dung}'::text[])[1 + n / 7 % 4],
                        'roof', ('{tiles,iron_sheets,straw,none}'::text[])[1 + n / 3 % 4],
                        'floor', ('{earth,cement,stone_brick,tiles}'::text[])[1 + n / 11 % 4],
                        'toilet', ('{pit,none,flush}'::text[])[1 + n / 5 % 3], 'asset_radio', n / 2 % 3,
                        'asset_mobile_phone', n / 13 % 3, 'asset_mattress', n / 17 % 2, 'asset_bicycle', n / 19 % 2,
                        'asset_hoe', n / 23 % 3, 'asset_machete', n / 29 % 2),
                    DATE '2026-01-01', now(), now()
                FROM generate_series(1, \(households)) AS n
                """)
            _ = try await tx.query(
                """
                INSERT INTO registry.person (
                    id, version, status, social_id, sex, birth_date, birth_precision, education, household_id, role,
                    observed_on, registered_at, updated_at)
                SELECT lpad(to_hex(n * 3 + place), 32, '0')::uuid, 1, 'active', 'p' || (n * 3 + place),
                    CASE WHEN (n + place) % 2 = 0 THEN 'male' ELSE 'female' END,
                    CASE place WHEN 0 THEN DATE '1950-01-01' + (n * 7 % 16000)::integer
                        WHEN 1 THEN DATE '1940-01-01' + (n * 11 % 30000)::integer ELSE DATE '2012-01-01' + (n * 5 % 5000)::integer END,
                    'day', CASE WHEN place = 0 THEN
                        ('{none,primary,primary_incomplete,lower_secondary,bachelor}'::text[])[1 + n / 3 % 5] END,
                    lpad(to_hex(n), 32, '0')::uuid, CASE place WHEN 0 THEN 'head' ELSE 'member' END, DATE '2026-01-01',
                    now(), now()
                FROM generate_series(1, \(households)) AS n, generate_series(0, 2) AS place
                """)
        }
    }

    // MARK: By hand

    /// What somebody who knows the formula by heart would write: one statement for the results, one to put them into force.
    private func byHand(_ house: Database) async throws -> Double {
        _ = try await house.write(as: BenchGround.mandate) { tx in
            _ = try await tx.query("CREATE TABLE targeting.by_hand (LIKE targeting.score INCLUDING ALL)")
            _ = try await tx.query(
                "CREATE TABLE targeting.current_by_hand (LIKE targeting.current_score INCLUDING ALL)")
        }
        let began = Stopwatch.nanoseconds
        _ = try await house.write(as: BenchGround.mandate) { tx in
            _ = try await tx.query("SET LOCAL jit = off")
            _ = try await tx.query(Self.results)
        }
        _ = try await house.write(as: BenchGround.mandate) { tx in
            _ = try await tx.query(all: ["SET LOCAL jit = off", "SET LOCAL work_mem = '256MB'", Self.pointers])
        }
        return Double(Stopwatch.nanoseconds - began) / 1e9
    }

    private static let pointers: SQL = """
        INSERT INTO targeting.current_by_hand (household_id, formula_id, run_id, score, class, stratum, area_order, since)
        SELECT household_id, formula_id, run_id, score,
            CASE WHEN share <= 0.2 THEN 'very_poor' WHEN share <= 0.4 THEN 'poor' ELSE 'other' END, stratum, area_order, now()
        FROM (SELECT *, cume_dist() OVER (ORDER BY score) AS share FROM targeting.by_hand) AS s
        """

    /// The terms of one stratum in the formula's order.
    private static func terms(_ weights: [String], isRural: Bool) -> SQL {
        let w = weights
        let size = isRural ? "-0.533" : "-0.165"
        let schools =
            isRural
            ? ["0.074", "0.036", "0.109", "0.322"] : ["0.058", "0.082", "0.128", "0.345"]
        var list = [
            "CASE WHEN head_sex = 'male' THEN \(w[0]) ELSE 0 END", "\(w[1]) * head_age",
            "CASE size WHEN 3 THEN \(size) ELSE 0 END",
            "round(\(w[2]) * (under_15 + from_65) / greatest(adults, 1)::numeric(60, 45), 40)",
            """
            CASE education WHEN 'primary_incomplete' THEN \(schools[0]) WHEN 'primary' THEN \(schools[1])
                WHEN 'lower_secondary' THEN \(schools[2]) WHEN 'bachelor' THEN \(schools[3]) ELSE 0 END
            """,
            "round(\(w[3]) * rooms / size::numeric(60, 45), 40)",
            "CASE WHEN lighting IN ('paraffin_candle', 'torch', 'wood', 'solar_lantern') THEN \(w[4]) ELSE 0 END",
            "CASE WHEN cooking_fuel IN ('charcoal', 'gas') THEN \(w[5]) ELSE 0 END",
        ]
        if isRural {
            list += [
                "CASE WHEN roof IN ('none', 'bamboo', 'mats', 'planks', 'cardboard', 'tent', 'other') THEN -0.105 ELSE 0 END",
                "CASE floor WHEN 'stone_brick' THEN -0.122 WHEN 'cement' THEN 0.059 WHEN 'tiles' THEN 0.059 ELSE 0 END",
            ]
        }
        list += [
            "CASE WHEN toilet <> 'flush' THEN \(w[6]) ELSE 0 END", "CASE WHEN toilet = 'none' THEN \(w[7]) ELSE 0 END",
            "CASE WHEN radio >= 1 THEN \(w[8]) ELSE 0 END", "CASE WHEN phone >= 1 THEN \(w[9]) ELSE 0 END",
            "CASE WHEN mattress >= 1 THEN \(w[10]) ELSE 0 END",
        ]
        if isRural {
            list += ["CASE WHEN hoe >= 1 THEN 0.112 ELSE 0 END", "CASE WHEN machete >= 1 THEN 0.067 ELSE 0 END"]
        }
        list.append("CASE WHEN bicycle >= 1 THEN \(w[11]) ELSE 0 END")
        return SQL(unchecked: "ARRAY[" + list.joined(separator: ", ") + "]::numeric[]")
    }

    private static let results: SQL = """
        INSERT INTO targeting.by_hand (
            household_id, formula_id, run_id, household_version, area_order, stratum, score, sum, contributions, answers)
        SELECT id, 1, 1, version, area_order, residence, trunc(total * 1000), total, points, answers
        FROM (
            SELECT *, CASE residence WHEN 'urban' THEN 9.397 ELSE 9.835 END + (SELECT sum(p) FROM unnest(points) AS p) AS total
            FROM (
                SELECT *, CASE residence
                    WHEN 'urban' THEN \(fragment: terms(
                        ["0.132", "-0.005", "0.048", "0.261", "-0.064", "0.191", "-0.236", "0.058", "0.119", "0.187", "0.239",
                         "0.122"], isRural: false))
                    ELSE \(fragment: terms(
                        ["0.117", "-0.002", "0.036", "0.231", "-0.054", "0.346", "-0.248", "0.133", "0.086", "0.136", "0.226",
                         "0.091"], isRural: true)) END AS points,
                    ARRAY[residence, head_sex, head_age::text, size::text, under_15::text, from_65::text, adults::text, education,
                        rooms::text, lighting, cooking_fuel, roof, floor, toilet, radio::text, phone::text, mattress::text,
                        bicycle::text, hoe::text, machete::text] AS answers
                FROM (
                    SELECT h.id, h.version, h.area_order, h.residence, h.size, (h.extras ->> 'rooms')::integer AS rooms,
                        h.extras ->> 'lighting' AS lighting, h.extras ->> 'cooking_fuel' AS cooking_fuel,
                        h.extras ->> 'roof' AS roof, h.extras ->> 'floor' AS floor, h.extras ->> 'toilet' AS toilet,
                        (h.extras ->> 'asset_radio')::integer AS radio, (h.extras ->> 'asset_mobile_phone')::integer AS phone,
                        (h.extras ->> 'asset_mattress')::integer AS mattress, (h.extras ->> 'asset_bicycle')::integer AS bicycle,
                        (h.extras ->> 'asset_hoe')::integer AS hoe, (h.extras ->> 'asset_machete')::integer AS machete, m.*
                    FROM registry.household AS h
                    JOIN (
                        SELECT p.household_id, max(p.sex) FILTER (WHERE p.role = 'head') AS head_sex,
                            max(p.education) FILTER (WHERE p.role = 'head') AS education,
                            max(date_part('year', age(DATE '2026-06-30', p.birth_date))) FILTER (WHERE p.role = 'head')::integer
                                AS head_age,
                            count(*) FILTER (WHERE p.birth_date > DATE '2011-06-30') AS under_15,
                            count(*) FILTER (WHERE p.birth_date <= DATE '1961-06-30') AS from_65,
                            count(*) FILTER (WHERE p.birth_date <= DATE '2011-06-30' AND p.birth_date > DATE '1961-06-30') AS adults
                        FROM registry.person AS p
                        WHERE p.status <> 'merged'
                        GROUP BY p.household_id) AS m ON m.household_id = h.id
                    WHERE h.status = 'active') AS a) AS b) AS c
        """

    /// A limit that computes something else is none.
    private func compare(_ house: Database) async throws {
        let rows = try await house.read(
            as: BenchGround.mandate,
            once: [
                """
                SELECT count(*) FROM targeting.score AS s
                JOIN targeting.by_hand AS b USING (household_id)
                WHERE s.score <> b.score OR s.answers <> b.answers OR s.stratum <> b.stratum
                """,
                """
                SELECT count(*) FROM targeting.current_score AS s
                JOIN targeting.current_by_hand AS b USING (household_id)
                WHERE s.score = b.score AND s.class = b.class
                """,
            ])
        let different: Int64 = try rows[0].first?.get(0) ?? 0
        guard different == 0 else {
            throw BenchFault.answer("\(different) households differ from the statement by hand")
        }
        // Ties at the edge of a class may fall otherwise under cume_dist.
        let same: Int64 = try rows[1].first?.get(0) ?? 0
        guard Int(same) >= households * 99 / 100 else {
            throw BenchFault.answer("\(same) households have the same class")
        }
    }
}
