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
        let cohort = try await population.cohort()
        let records = homes.compactMap { id in
            cohort.ruleRecord(of: id, fixture.context, today: today).map { (id, $0) }
        }
        let compiler = RuleCompiler(context: fixture.context)
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
            let condition = try searcher.condition(
                try compiler.query(rule), of: .household, row: "h", today: today)
            let rows = try await fixture.rows(
                "SELECT h.id FROM registry.household AS h WHERE h.status <> 'merged' AND \(fragment: condition)")
            let found = Set(try rows.map { try $0.get(0, as: UUID.self) })
            let expected = Set(records.filter { rule.fits($0.1) }.map(\.0))

            #expect(found == expected, "seed \(seed): \(text)")
            if found != expected { break }
            pairs += records.count
            if !found.isEmpty, found.count < records.count { some += 1 }
        }
        // Rules that take nobody, or all, prove little.
        #expect(some > 60)
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
