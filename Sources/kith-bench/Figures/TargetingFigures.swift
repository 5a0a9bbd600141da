import Documents
import Foundation
import Groundwork
import Postgres
import Profiles
import Registry
import Rounds
import Runtime

extension Measure {
    /// A rule with two aggregates over members, previewed over as many households as `--people` says.
    static let rulePreview: Measure = Measure(
        name: "rule-preview",
        summary: "previewing a rule with two aggregates over the members of N households, 4.5 members each"
    ) { ground in
        try await TargetingBench.with(ground, "kith_bench_rules") { bench in try await bench.preview() }
    }

    /// A round of 3,000 areas, ranked and cut with parts, events included.
    static let roundRank: Measure = Measure(
        name: "round-rank", summary: "ranking and cutting a round of 3,000 areas with 100 households each"
    ) { ground in
        try await TargetingBench.with(ground, "kith_bench_round") { bench in try await bench.rank() }
    }
}

/// Rules and rounds on rows written directly into a database of their own.
private struct TargetingBench: Sendable {
    let ground: BenchGround
    let house: Database
    let desk: RoundDesk

    private static let mandate = BenchGround.mandate
    private static let areas = 3000
    private static let householdsOfArea = 100

    static func with(
        _ ground: BenchGround, _ name: String, _ body: (TargetingBench) async throws -> [Figure]
    ) async throws -> [Figure] {
        let house = try await ground.emptyHouse(name)
        do {
            let profile = try Profile.load(try Home.find().profile("burundi"))
            let areas = try await house.read(as: mandate) { tx in try await AreaIndex.load(in: tx) }
            let clock = SystemClock()
            let desk = RoundDesk(
                context: profile.registryContext(keys: ground.keys, areas: AreaBook(areas)),
                policy: try RoundPolicy(profile.programmes["targeting"]), today: { clock.today })
            let figures = try await body(TargetingBench(ground: ground, house: house, desk: desk))
            await house.close()
            try await ground.drop(name)
            return figures
        } catch {
            await house.close()
            throw error
        }
    }

    private func seconds(_ work: () async throws -> Void) async throws -> Double {
        let began = Stopwatch.nanoseconds
        try await work()
        return Double(Stopwatch.nanoseconds - began) / 1_000_000_000
    }

    // MARK: Rules

    func preview() async throws -> [Figure] {
        let households = ground.population.people
        ground.note("writing \(households) households with their members")
        try await writeHouseholds(households)
        let rule = "members.count(m, m.age < 5) >= 2 && members.average(m, m.age) < 20"
        var times: [Double] = []
        for _ in 0..<3 {
            times.append(
                try await seconds {
                    let preview = try await house.read(as: Self.mandate) { tx in
                        try await desk.book.preview(rule, code: nil, in: tx)
                    }
                    guard preview.households == households, preview.takes > 0 else {
                        throw BenchFault.answer("the preview counted \(preview.households), of them \(preview.takes)")
                    }
                })
        }
        return [Figure(name: "rule-preview", value: times.sorted()[1], unit: "s", target: .atMost(3))]
    }

    /// Rows of the width that a real registry's have, without indexes while they are written.
    private func writeHouseholds(_ count: Int) async throws {
        let tables = ["registry.person", "registry.household", "registry.membership"]
        let keeper = try await house.write(as: Self.mandate) { tx in try await IndexKeeper.drop(tables, in: tx) }
        try await house.write(as: Self.mandate) { tx in
            try await tx.execute(
                """
                INSERT INTO registry.household (
                    id, version, status, kind, social_id, size, residence, area_id, area_order, extras, observed_on,
                    registered_at, updated_at)
                SELECT gen_random_uuid(), 1, 'active', 'household', lpad(i::text, 12, '0'), 4 + i % 2, 'rural', a.id,
                    a.preorder, '{"roof_material": "tiles", "livestock": 3}', '2026-01-01', now(), now()
                FROM generate_series(1, \(count)) AS i
                JOIN (SELECT id, preorder, row_number() OVER (ORDER BY preorder) AS n, count(*) OVER () AS all
                      FROM registry.area WHERE parent_id IS NOT NULL) AS a ON a.n = 1 + i % a.all
                """)
            try await tx.execute(
                """
                INSERT INTO registry.person (
                    id, version, status, social_id, given_name, family_name, name_normalised, sex, birth_date,
                    birth_precision, household_id, role, relationship, area_id, area_order, consent_basis, consent_on,
                    sealed, observed_on, registered_at, updated_at)
                SELECT gen_random_uuid(), 1, 'active', h.social_id || j, 'Espérance', 'Niyonzima', 'esperance niyonzima',
                    CASE WHEN j % 2 = 0 THEN 'female' ELSE 'male' END,
                    date '2026-01-01' - (CASE WHEN j < 3 THEN 7000 ELSE 0 END + random() * 12000)::integer, 'day', h.id,
                    CASE WHEN j = 1 THEN 'head' ELSE 'member' END, 'child', h.area_id, h.area_order, 'consent',
                    '2026-01-01', decode(repeat('ab', 120), 'hex'), '2026-01-01', now(), now()
                FROM registry.household AS h, generate_series(1, h.size) AS j
                """)
            try await tx.execute(
                """
                INSERT INTO registry.membership (household_id, person_id, valid_from, role, relationship, is_primary)
                SELECT household_id, id, '2026-01-01', role, relationship, TRUE FROM registry.person
                """)
        }
        try await keeper.restore(on: house)
        try await settle()
    }

    private func settle() async throws {
        try await house.withConnection { session in
            _ = try await session.query("VACUUM (FREEZE, ANALYZE)")
            _ = try await session.query("CHECKPOINT")
        }
    }

    // MARK: Rounds

    func rank() async throws -> [Figure] {
        ground.note("writing a round of \(Self.areas) areas")
        try await writeRound()
        try await settle()
        let households = Self.areas * Self.householdsOfArea
        var changed = 0
        let time = try await seconds {
            changed = try await house.write(as: Self.mandate) { tx in
                try await desk.rank("bench", command: CommandID(), in: tx).changed
            }
        }
        guard changed == households else { throw BenchFault.answer("\(changed) of \(households) were ranked") }
        return [Figure(name: "round-rank", value: time, unit: "s", target: .atMost(10))]
    }

    /// A round as it stands before its ranking: quotas of 40 with a reserve of 20, in three parts, and twice and a half as many
    /// households, scored.
    private func writeRound() async throws {
        try await house.write(as: Self.mandate) { tx in
            let actor = tx.mandate.actor
            try await tx.execute(
                """
                INSERT INTO targeting.round (
                    id, code, title, programme, state, formula, poorer, tie_break, has_community, appeal_days, created_by)
                VALUES (gen_random_uuid(), 'bench', 'Bench', 'cash', 'scoring', 'pmt', 'lower',
                    '{larger_household,earlier_registered}', TRUE, 30, \(actor))
                """)
            try await tx.execute(
                """
                INSERT INTO targeting.quota (round_id, area_id, area_order, area_last, places, reserve, multiplier)
                SELECT r.id, a.id, a.preorder, a.last_preorder, 40, 20, 2.5
                FROM targeting.round AS r
                CROSS JOIN (SELECT id, preorder, last_preorder FROM registry.area ORDER BY level DESC, preorder
                            LIMIT \(Self.areas)) AS a
                """)
            try await tx.execute(
                """
                INSERT INTO targeting.quota_part (round_id, area_id, group_code, places)
                SELECT q.round_id, q.area_id, p.part, p.places
                FROM targeting.quota AS q CROSS JOIN (VALUES ('a', 16), ('b', 16), ('c', 8)) AS p (part, places)
                """)
            try await tx.execute(
                """
                INSERT INTO targeting.round_household (
                    round_id, household_id, area_id, area_order, household_version, state, state_since, members,
                    registered_on, is_eligible, group_code, score, run_id, command_id)
                SELECT q.round_id, gen_random_uuid(), q.area_id, q.area_order, 1, 'scored', now(), 1 + i % 9,
                    date '2026-01-01' + i % 90, TRUE, (ARRAY['a', 'b', 'c'])[1 + i % 4],
                    round((9000 + random() * 1500)::numeric, 1), 1, gen_random_uuid()
                FROM targeting.quota AS q CROSS JOIN generate_series(1, \(Int32(Self.householdsOfArea))) AS i
                """)
        }
    }
}
