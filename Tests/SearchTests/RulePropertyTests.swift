import Foundation
import Groundwork
import Postgres
import Registry
import Rules
import TestKit
import Testing

@testable import Search

@Suite struct `An eligibility rule` {
    @Test(.scratchDatabase) func `takes the same households in SQL and by its reference interpreter`() async throws {
        let fixture = try await RegistryFixture.make()
        let seed = UInt64.random(in: 0...999_999)
        var population = Population(fixture, seed: seed)
        population.fill(households: 60, alone: 5)
        try await population.insert()
        let homes = population.householdIDs
        try await Population.merge(.household, homes[3], into: homes[4], fixture)
        try await Population.merge(.person, population.personIDs[5], into: population.personIDs[9], fixture)
        let today = RegistryFixture.today
        let scores = try await Self.score(homes, fixture, seed: seed)
        let cohort = try await population.cohort(scores: scores)
        let records = homes.compactMap { id in
            cohort.ruleRecord(of: id, fixture.context, today: today).map { (id, $0) }
        }
        let compiler = RuleCompiler(
            context: fixture.context, formulas: ["plain": [], "classed": ["poor", "rest"]])
        let schema = compiler.schema
        let index = fixture.context.areas.index
        var rules = RandomRules(
            random: SeededGenerator(seed: seed),
            areas: index.areas.filter { $0.geography == index.current && $0.level <= 2 }.map(\.code))
        let searcher = Searcher(context: fixture.context)

        var (pairs, some) = (0, 0)
        while pairs < 10_000 {
            let text = rules.rule()
            let rule = try Rule(text, schema)
            let query = try compiler.query(rule)
            let condition = try searcher.condition(query, of: .household, row: "h", today: today)
            let selection = try searcher.selection(query, row: "h", today: today)
            // Both at once: household by household, and with the members of all gathered in one pass.
            let rows = try await fixture.rows(
                """
                \(fragment: selection.with)SELECT h.id, \(fragment: condition), \(fragment: selection.condition)
                FROM registry.household AS h\(fragment: selection.join) WHERE h.status <> 'merged'
                """)
            let found = Set(try rows.filter { try $0.get(1) }.map { try $0.get(0, as: UUID.self) })
            let gathered = Set(try rows.filter { try $0.get(2) }.map { try $0.get(0, as: UUID.self) })
            let expected = Set(records.filter { rule.fits($0.1) }.map(\.0))
            let interpreter = QueryInterpreter(context: fixture.context, cohort: cohort, today: today)
            let walked = Set(try records.map(\.0).filter { try interpreter.fits(query, household: ID($0)) })

            #expect(found == expected, "seed \(seed): \(text)")
            #expect(gathered == expected, "gathered, seed \(seed): \(text)")
            #expect(walked == expected, "tree, seed \(seed): \(text)")
            if found != expected || gathered != expected || walked != expected { break }
            pairs += records.count
            if !found.isEmpty, found.count < records.count { some += 1 }
        }
        // Rules that take nobody, or all, prove little.
        #expect(some > 60)
    }

    /// Gives most households a score by one of two formulas, or both; some could not be scored.
    private static func score(
        _ homes: [UUID], _ fixture: RegistryFixture, seed: UInt64
    ) async throws -> [UUID: [String: RuleRecord.Score]] {
        var random = SeededGenerator(seed: seed)
        var scores: [UUID: [String: RuleRecord.Score]] = [:]
        try await fixture.database.write(as: fixture.mandate) { tx in
            for (id, code) in [(1, "plain"), (2, "classed"), (3, "retired")] {
                try await tx.execute(
                    """
                    INSERT INTO targeting.formula (
                        id, code, version, sha256, document, binding, strata, state, author_id, submitted_at,
                        activated_at, activated_by, ended_at, ended_by)
                    OVERRIDING SYSTEM VALUE
                    SELECT \(id), \(code), 1, sha256(\(code)::bytea), '{}', '{}', '{}',
                        CASE WHEN \(id) = 3 THEN 'retired' ELSE 'active' END, gen_random_uuid(), now(), now(),
                        gen_random_uuid(), CASE WHEN \(id) = 3 THEN now() END, NULL
                    """)
            }
            for home in homes {
                for (id, code) in [(1, "plain"), (2, "classed"), (3, "plain")] where random.next() % 3 > 0 {
                    let value = ["9733", "-1.25", "9733.5001"][Int(random.next() % 3)]
                    let isScored = random.next() % 5 > 0
                    let group = id == 2 && isScored && random.next() % 4 > 0 ? "poor" : nil
                    try await tx.execute(
                        """
                        INSERT INTO targeting.current_score (household_id, formula_id, run_id, score, class, since)
                        VALUES (\(home), \(id), 1, \(isScored ? value : nil)::text::numeric, \(group), now())
                        """)
                    if id != 3, isScored, let number = Decimal(string: value) {
                        scores[home, default: [:]][code] = RuleRecord.Score(number, classCode: group)
                    }
                }
            }
        }
        return scores
    }

    @Test(.scratchDatabase) func `names an area that nobody knows, at its place`() async throws {
        let fixture = try await RegistryFixture.make()
        let compiler = RuleCompiler(context: fixture.context)
        let rule = try Rule("size > 2 &&\n in_area(\"nowhere\")", compiler.schema)

        let fault = #expect(throws: RuleFault.self) { try compiler.query(rule) }

        #expect(fault?.findings.map(\.position) == [RulePosition(line: 2, column: 10)])
    }

    @Test(.scratchDatabase) func `is one statement whose texts are bound values`() async throws {
        let fixture = try await RegistryFixture.make()
        let compiler = RuleCompiler(context: fixture.context)
        let rule = try Rule("postal_code == \"'; DROP TABLE registry.household; --\"", compiler.schema)

        let condition = try Searcher(context: fixture.context).condition(
            try compiler.query(rule), of: .household, row: "h", today: RegistryFixture.today)
        let rows = try await fixture.rows("SELECT h.id FROM registry.household AS h WHERE \(fragment: condition)")

        #expect(rows.count == 0)
    }
}
