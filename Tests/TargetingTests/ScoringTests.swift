import Documents
import Foundation
import Groundwork
import Postgres
import Registry
import Scorecards
import TestKit
import Testing

@testable import Targeting

@Suite struct `Scoring the registry` {
    @Test(.scratchDatabase) func `keeps a result with every term for each household, equal to the engine at a desk`()
        async throws
    {
        let fixture = try await TargetingFixture.make()
        try await fixture.inForce()

        var (scored, unscorable): (Int, Int) = (0, 0)
        for household in fixture.households {
            let result = try #require(try await fixture.scores(of: household).first)
            let binding = try #require(result.formula.binding)
            let answers = BulkScorer.answers(result.answers, result.formula.formula, binding)
            switch Scorer(result.formula.formula).score(answers) {
            case .scored(let score):
                scored += 1
                #expect(result.score == score.value && result.sum == score.sum && result.stratum == score.stratum)
                #expect(result.contributions == score.contributions.map(\.points))
                #expect(result.className != nil && result.isCurrent)
            case .unscorable(let refusals):
                unscorable += 1
                #expect(result.score == nil && result.refusals == refusals && result.className == nil)
            }
        }
        #expect(scored == 27 && unscorable == 3)
    }

    @Test(.scratchDatabase) func `reads head, members and dwelling as they are`() async throws {
        var fixture = try await TargetingFixture.make(households: 0)
        let outcome = try await fixture.registry.perform(
            .registerHousehold(
                RegistryFixture.household(
                    in: fixture.registry.collines[0],
                    members: [
                        RegistryFixture.person(
                            "A", "B", sex: "male", born: "1991-11-02", claims: ["education": "bachelor"]),
                        RegistryFixture.person("C", "D", born: "2011-11-01"),
                        RegistryFixture.person("E", "F", born: "2011-11-02"),
                        RegistryFixture.person("G", "H", born: "1961-11-01"),
                    ],
                    claims: [
                        "rooms": 1, "lighting": "torch", "cooking_fuel": "wood_collected", "roof": "tiles",
                        "floor": "cement",
                        "toilet": "none", "asset_radio": 2,
                    ])))
        fixture.households = outcome.households.map(\.rawValue)
        try await fixture.inForce()

        let result = try #require(try await fixture.scores(of: fixture.households[0]).first)

        let names = result.formula.formula.inputs.map(\.name)
        let read = Dictionary(zip(names, result.answers), uniquingKeysWith: { first, _ in first })
        // As of 1 November 2026: born a day later, one is a year younger.
        #expect(
            read["head_age"] == "34" && read["under_15"] == "1" && read["from_15_to_64"] == "2"
                && read["from_65"] == "1")
        #expect(read["head_sex"] == "male" && read["head_education"] == "bachelor" && read["size"] == "4")
        #expect(read["rooms"] == "1" && read["radio"] == "2" && read["hoe"] == .some(nil))
        #expect(result.stratum == "rural")
    }

    @Test(.scratchDatabase) func `classes end at percentiles, the household on the edge included`() async throws {
        let fixture = try await TargetingFixture.make(households: 30)
        try await fixture.inForce()

        let rows = try await fixture.registry.rows(
            "SELECT class, count(*) FROM targeting.current_score GROUP BY class ORDER BY class")
        let sizes = try rows.map { (try $0.get(0, as: String?.self) ?? "", try $0.get(1, as: Int64.self)) }
        let scores = try await fixture.registry.rows(
            "SELECT score::text FROM targeting.current_score WHERE score IS NOT NULL"
        ).map { try ExactDecimal(stored: $0.get(0)) }
        let formula = try Formula(TargetingFixture.formula())
        let wanted = try #require(PercentileClasses(formula.classes, of: scores, poorer: .lower))
        var expected: [String: Int64] = ["": 3]
        for score in scores { expected[wanted.code(of: score) ?? "?", default: 0] += 1 }

        #expect(Dictionary(uniqueKeysWithValues: sizes) == expected)
    }

    @Test(.scratchDatabase) func `goes on where a killed run stopped, and scores nobody twice`() async throws {
        let fixture = try await TargetingFixture.make(households: 12)
        try await fixture.submit()
        let id = try await fixture.runs.begin("demonstration", version: 1, .registry, asOf: nil, as: fixture.author)
        // The kill came after the first three households were written.
        let first = fixture.households.sorted { $0.lowercased < $1.lowercased }.prefix(3)
        try await fixture.runs.writeSome(id, Array(first), as: fixture.author)

        let report = try await fixture.run()

        let rows = try await fixture.registry.rows(
            "SELECT count(*), count(DISTINCT household_id) FROM targeting.score WHERE run_id = \(id)")
        #expect(report.id == id && report.state == "done")
        #expect(report.tally.scored + report.tally.unscorable == 12)
        #expect(try rows.first?.get(0, as: Int64.self) == 12)
        #expect(try rows.first?.get(1, as: Int64.self) == 12)
    }

    @Test(.scratchDatabase) func `is carried out by the server when somebody asked for it`() async throws {
        let fixture = try await TargetingFixture.make(households: 5)
        try await fixture.submit()
        let id = try await fixture.runs.begin("demonstration", version: 1, .registry, asOf: nil, as: fixture.author)

        try await fixture.follow()

        let report = try await fixture.registry.database.read(as: fixture.author) { tx in
            try await ScoreRun.report(id, in: tx)
        }
        #expect(report.state == "done" && report.tally.scored == 5)
    }

    @Test(.scratchDatabase) func `lets no second run begin meanwhile`() async throws {
        let fixture = try await TargetingFixture.make(households: 2)
        try await fixture.submit()

        try await fixture.registry.database.withConnection { connection in
            _ = try await connection.query("SELECT pg_advisory_lock(\(ScoreLock.runs))")
            await #expect(throws: TargetingFault.self) { try await fixture.run() }
            _ = try await connection.query("SELECT pg_advisory_unlock(\(ScoreLock.runs))")
        }
    }

    @Test(.scratchDatabase) func `scores an area, or given households, and leaves all others`() async throws {
        let fixture = try await TargetingFixture.make(households: 8)
        try await fixture.submit()
        let area = fixture.registry.collines[2]

        let ofArea = try await fixture.run(.area(area))
        let ofSome = try await fixture.run(.households([fixture.households[4], fixture.households[5]]))

        #expect(ofArea.tally.scored == 1 && ofSome.tally.scored == 2)
        let rows = try await fixture.registry.rows("SELECT household_id FROM targeting.current_score")
        let held = try Set(rows.map { try $0.get(0, as: UUID.self) })
        #expect(held == [fixture.households[2], fixture.households[4], fixture.households[5]])
    }

    @Test(.scratchDatabase) func `never changes a result`() async throws {
        let fixture = try await TargetingFixture.make(households: 1)
        try await fixture.inForce()

        await #expect(throws: (any Error).self) {
            try await fixture.registry.database.write(as: fixture.author) { tx in
                _ = try await tx.query("UPDATE targeting.score SET score = 0")
            }
        }
    }
}

@Suite struct `Scores and changes` {
    @Test(.scratchDatabase) func `an answer that counts scores the household again and tells it`() async throws {
        let fixture = try await TargetingFixture.make(households: 6)
        try await fixture.inForce()
        try await fixture.follow()
        let household = fixture.households[1]
        let before = try #require(try await fixture.scores(of: household).first)

        try await fixture.change(household, ["asset_mattress": 1, "roof": "none"])
        try await fixture.follow()

        let history = try await fixture.scores(of: household, most: 10)
        let told = try await fixture.events("household.scored.v1")
        #expect(history.count == 3 && history[0].score != before.score && history[0].isCurrent && !history[1].isCurrent)
        #expect(told.map(\.household) == [household])
        #expect(told.first?.body["formula"] == "demonstration" && told.first?.body["score"] == nil)
    }

    @Test(.scratchDatabase) func `an answer that no formula asks for changes nothing`() async throws {
        let fixture = try await TargetingFixture.make(households: 3)
        try await fixture.inForce()
        try await fixture.follow()

        try await fixture.change(fixture.households[0], ["asset_chair": 4])
        try await fixture.follow()

        #expect(try await fixture.scores(of: fixture.households[0], most: 10).count == 2)
        #expect(try await fixture.events("household.scored.v1").isEmpty)
    }

    @Test(.scratchDatabase) func `a member who changes changes the household, a newcomer gets a score`() async throws {
        let fixture = try await TargetingFixture.make(households: 3)
        try await fixture.inForce()
        try await fixture.follow()
        let rows = try await fixture.registry.rows(
            "SELECT head_id FROM registry.household WHERE id = \(fixture.households[2])")
        let head: UUID = try #require(try rows.first?.get(0))

        try await fixture.registry.perform(
            .updatePerson(ID(head), claims: ["birth_date": "1930-01-01"], contacts: Contacts()))
        let added = try await fixture.registry.perform(
            .registerHousehold(
                RegistryFixture.household(in: fixture.registry.collines[3], members: [RegistryFixture.person()])))
        try await fixture.follow()

        let told = try await fixture.events("household.scored.v1").map(\.household)
        #expect(Set(told) == [fixture.households[2], added.households[0].rawValue])
        let score = try #require(try await fixture.scores(of: added.households[0].rawValue).first)
        #expect(score.score == nil && !score.refusals.isEmpty)
    }

    @Test(.scratchDatabase) func `a merge scores who is left, and the merged loses its score in force`() async throws {
        let fixture = try await TargetingFixture.make(households: 4)
        try await fixture.inForce()
        try await fixture.follow()
        let (kept, gone) = (fixture.households[0], fixture.households[1])

        try await fixture.registry.perform(.mergeHouseholds(survivor: ID(kept), absorbed: ID(gone)))
        try await fixture.follow()

        let rows = try await fixture.registry.rows(
            "SELECT household_id FROM targeting.current_score ORDER BY household_id")
        let held = try Set(rows.map { try $0.get(0, as: UUID.self) })
        #expect(held == [kept, fixture.households[2], fixture.households[3]])
        #expect(try await fixture.scores(of: kept, most: 5).count == 3)
    }
}

extension ScoreRun {
    /// What a run does before it is killed: some households are written, and the place is kept.
    fileprivate func writeSome(_ id: Int64, _ households: [UUID], as mandate: Mandate) async throws {
        try await database.write(as: mandate) { (tx: borrowing Transaction) async throws -> Void in
            let work = try await OpenRun(id, formulas, in: tx)
            let rows = try await tx.query(
                work.reading.page(.households(households), after: OpenRun.first, limit: households.count))
            let read = try rows.map { try work.reading.read($0) }
            var scorer = BulkScorer(work.stored.formula, binding: work.binding, encode: EncodedNumeric.encode)
            let page = ScoredPage(read, by: &scorer)
            var tally = ScoreTally()
            tally.add(page.counts, work.stored.formula)
            try await page.write(formula: work.stored.id, work.stored.formula, run: id, in: tx)
            _ = try await tx.query(
                """
                UPDATE targeting.run SET after_id = \(read[read.count - 1].household), scored = \(Int64(tally.scored)),
                    unscorable = \(Int64(tally.unscorable)), tally = \(JSONB(tally.json.serialized()))
                WHERE id = \(id)
                """)
        }
    }
}
