import Documents
import Foundation
import Groundwork
import Postgres
import Registry
import Scorecards
import TestKit
import Testing

@testable import Targeting

@Suite struct `The life of a formula` {
    @Test(.scratchDatabase) func `leads from draft to force by two signatures and a run`() async throws {
        let fixture = try await TargetingFixture.make(households: 10)

        #expect(try await fixture.submit().state == .submitted)
        try await fixture.sign(0)
        #expect(try await fixture.sign(1).signatures.count == 2)
        try await fixture.run()
        let active = try await fixture.activate()

        #expect(active.state == .active && active.activatedAt != nil)
        #expect(try await fixture.events("formula.activated.v1").count == 1)
        let dryRun = try #require(active.dryRun)
        #expect(dryRun["scored"] == 9 && dryRun["unscorable"] == 1)
        #expect(dryRun["distribution"]?.array?.count == 11)
        #expect(dryRun["tally"]?["reasons"]?["missing"]?["rooms"] == 1)
        let size = dryRun["terms"]?.array?.first { $0["term"] == "head_age" && $0["stratum"] == "rural" }
        #expect(size?["share_nonzero"] == "1" && size?["warning"] != nil)
    }

    @Test(.scratchDatabase) func `needs two people beside the author`() async throws {
        let fixture = try await TargetingFixture.make(households: 2)
        try await fixture.submit()
        try await fixture.run()

        await #expect(throws: TargetingFault.self) {
            try await fixture.write(as: fixture.author) { tx throws(TargetingFault) in
                try await fixture.formulas.sign("demonstration", version: 1, approves: true, reason: nil, in: tx)
            }
        }
        try await fixture.sign(0)
        await #expect(throws: TargetingFault.self) { try await fixture.sign(0) }
        do {
            try await fixture.activate()
            Issue.record("one signature was enough")
        } catch let fault as TargetingFault {
            #expect(fault.code == "targeting.signatures_missing")
        }
    }

    @Test(.scratchDatabase) func `ends with a rejection, which says why`() async throws {
        let fixture = try await TargetingFixture.make(households: 0)
        try await fixture.submit()

        await #expect(throws: TargetingFault.self) { try await fixture.sign(0, approves: false, reason: "no") }
        let rejected = try await fixture.sign(0, approves: false, reason: "The weights are of another survey.")

        #expect(rejected.state == .rejected && rejected.reason == "The weights are of another survey.")
        await #expect(throws: TargetingFault.self) { try await fixture.sign(1) }
    }

    @Test(.scratchDatabase) func `does not come into force before anybody knows what it would change`() async throws {
        let fixture = try await TargetingFixture.make(households: 1)
        try await fixture.submit()
        try await fixture.sign(0)
        try await fixture.sign(1)

        do {
            try await fixture.activate()
            Issue.record("there was no run")
        } catch let fault as TargetingFault {
            #expect(fault.code == "targeting.no_trial")
        }
    }

    @Test(.scratchDatabase) func `keeps two formulas from one stratum, and replaces a version in one moment`()
        async throws
    {
        let fixture = try await TargetingFixture.make(households: 10)
        try await fixture.inForce()
        try await fixture.follow()
        // The second version takes a man as the head for more.
        var json = try TargetingFixture.formula(version: 2).object ?? [:]
        var strata = json["strata"]?.array ?? []
        for place in strata.indices {
            var stratum = strata[place].object ?? [:]
            var terms = stratum["terms"]?.array ?? []
            var first = terms[0].object ?? [:]
            first["weight"] = "1.5"
            terms[0] = .object(first)
            stratum["terms"] = .array(terms)
            strata[place] = .object(stratum)
        }
        json["strata"] = .array(strata)
        try await fixture.submit(.object(json))
        try await fixture.sign(0, version: 2)
        try await fixture.sign(1, version: 2)
        try await fixture.run(version: 2)

        do {
            try await fixture.activate(version: 2)
            Issue.record("two formulas for one stratum")
        } catch let fault as TargetingFault {
            #expect(fault.code == "targeting.two_formulas" && fault.summary.contains("demonstration"))
        }
        let active = try await fixture.activate(version: 2, replaces: true)

        let all = try await fixture.registry.database.read(as: fixture.author) { tx in
            try await fixture.formulas.list(in: tx)
        }
        #expect(all.map(\.state) == [.retired, .active])
        let movers = try #require(active.dryRun?["movers"]?[0])
        #expect(movers["against"]?["version"] == 1)
        #expect((movers["same"]?.int ?? 0) + (movers["moved"]?.int ?? 0) == 10)
        let inForce = try await fixture.registry.rows("SELECT DISTINCT version FROM targeting.score_in_force")
        #expect(try inForce.map { try $0.get(0, as: Int32.self) } == [2])
    }

    @Test(.scratchDatabase) func `versions that follow one another are in force each on its own days`() async throws {
        let fixture = try await TargetingFixture.make(households: 2)
        for (version, from, to) in [(1, "2026-01-01", JSON.string("2026-01-31")), (2, "2026-02-01", .null)] {
            var json = try TargetingFixture.formula(version: version).object ?? [:]
            (json["valid_from"], json["valid_to"]) = (.string(from), to)
            try await fixture.submit(.object(json))
            try await fixture.sign(0, version: version)
            try await fixture.sign(1, version: version)
            try await fixture.run(version: version)
            try await fixture.activate(version: version)
        }
        let january = Formulas(
            context: fixture.registry.context, today: { CalendarDate("2026-01-31") ?? RegistryFixture.today })

        for (formulas, version) in [(fixture.formulas, 2), (january, 1)] {
            let found = try await fixture.registry.database.read(as: fixture.author) { tx in
                (try await formulas.active(in: tx), try await formulas.find("demonstration", in: tx))
            }
            #expect(found.0.map(\.formula.version) == [version] && found.1.formula.version == version)
        }
        let inForce = try await fixture.registry.rows("SELECT DISTINCT version FROM targeting.score_in_force")
        #expect(try inForce.map { try $0.get(0, as: Int32.self) } == [2])
    }

    @Test(.scratchDatabase) func `scores again at activation whoever changed after the trial run`() async throws {
        let fixture = try await TargetingFixture.make(households: 3)
        try await fixture.submit()
        try await fixture.sign(0)
        try await fixture.sign(1)
        try await fixture.run()
        let household = fixture.households[1]
        let before = try #require(try await fixture.scores(of: household, code: "demonstration").first)
        try await fixture.change(household, ["asset_mattress": 1, "roof": "none", "rooms": 9])
        try await fixture.follow()
        #expect(try await fixture.scores(of: household, code: "demonstration", most: 5).count == 1)

        try await fixture.activate()
        try await fixture.follow()

        let after = try #require(try await fixture.scores(of: household).first)
        #expect(after.isCurrent && after.answers != before.answers && after.score != before.score)
    }

    @Test(.scratchDatabase) func `a version that was submitted never changes`() async throws {
        let fixture = try await TargetingFixture.make(households: 0)
        try await fixture.submit()

        do {
            try await fixture.submit()
            Issue.record("the version was replaced")
        } catch let fault as TargetingFault {
            #expect(fault.code == "targeting.version_taken")
        }
    }

    @Test(
        .scratchDatabase,
        arguments: [
            ("roof", ["field": "household.rooof"], "targeting.binding.attribute_unknown"),
            ("roof", ["field": "roof"], "targeting.binding.field"),
            ("rooms", ["field": "household.roof"], "targeting.binding.type"),
            ("rooms", ["field": "household.rooms", "unit": "person"], "scorecards.binding.unit"),
            ("lighting", ["field": "household.toilet"], "targeting.binding.list"),
            (
                "lighting", ["field": "household.lighting", "codes": ["grids": "grid"]],
                "targeting.binding.code_unknown"
            ),
            ("under_15", ["field": "members.age"], "targeting.binding.members"),
            ("under_15", ["field": "members.age", "count": ["below": "14.5"]], "targeting.binding.bound"),
            ("radio", ["field": "household.poverty_score"], "targeting.binding.not_asked"),
        ] as [(String, JSON, String)])
    func `is refused with the place of what the registry does not know`(
        input: String, field: JSON, code: String
    ) async throws {
        let fixture = try await TargetingFixture.make(households: 0)
        var binding = try TargetingFixture.binding().object ?? [:]
        var inputs = binding["inputs"]?.object ?? [:]
        inputs[input] = field
        binding["inputs"] = .object(inputs)

        do {
            try await fixture.submit(binding: .object(binding))
            Issue.record("\(code) was let through")
        } catch TargetingFault.invalid(let findings) {
            let found = findings.filter { $0.code == code }
            #expect(!found.isEmpty, "\(findings.map(\.code))")
            #expect(found.allSatisfy { $0.path.steps.starts(with: ["inputs", input]) && !$0.summary.isEmpty })
        }
    }

    @Test(.scratchDatabase) func `is refused while the table of areas lacks the codes that it gives points for`()
        async throws
    {
        let fixture = try await TargetingFixture.make(households: 0)
        let document = try TargetingFixture.json("pmt/merankabandi.json")
        let binding = try TargetingFixture.json("pmt/bindings/merankabandi_registry.json")

        do {
            try await fixture.submit(document, binding: binding)
            Issue.record("provinces without codes were let through")
        } catch TargetingFault.invalid(let findings) {
            #expect(findings.map(\.code) == ["targeting.binding.area_codes"])
        }
    }

    @Test(.scratchDatabase) func `says which codes of the registry it cannot score`() async throws {
        let fixture = try await TargetingFixture.make(households: 0)

        let submitted = try await fixture.submit()

        let warning = submitted.checked?.array?.first { $0["place"] == "/inputs/head_sex" }
        #expect(warning?["summary"]?.string?.contains("other, unknown") ?? false)
    }
}

@Suite struct `Why a score` {
    @Test(.scratchDatabase) func `is told term by term, in words, from what was kept`() async throws {
        let fixture = try await TargetingFixture.make(households: 5)
        try await fixture.inForce()
        let score = try #require(try await fixture.scores(of: fixture.households[0]).first)

        let explainer = try await fixture.explain(score, language: "fra")

        #expect(explainer.isReproduced)
        let json = explainer.json
        let terms = try #require(json["terms"]?.array)
        let sum = try terms.reduce(try #require(ExactDecimal(json["start"]?.string ?? ""))) { sum, term in
            sum + (try #require(ExactDecimal(term["points"]?.string ?? "")))
        }
        #expect(sum.description == json["sum"]?.string)
        #expect(terms.contains { $0["label"] == "Âge du chef" })
        #expect(explainer.lines.contains { $0.hasPrefix("class: ") })
    }

    @Test(.scratchDatabase) func `names single answers that would give another class, and they do`() async throws {
        let fixture = try await TargetingFixture.make(households: 30)
        try await fixture.inForce()
        var seen = 0
        for household in fixture.households.prefix(12) {
            let score = try #require(try await fixture.scores(of: household).first)
            guard let held = score.className else { continue }
            let explainer = try await fixture.explain(score)
            for change in explainer.changes() {
                seen += 1
                #expect(change.className != held)
                #expect(explainer.thresholds.code(of: change.score) == change.className)
            }
        }
        #expect(seen > 0)
    }

    @Test(.scratchDatabase) func `an unscorable household hears what is missing`() async throws {
        let fixture = try await TargetingFixture.make(households: 10)
        try await fixture.inForce()
        let score = try #require(try await fixture.scores(of: fixture.households[9]).first)

        let explainer = try await fixture.explain(score)

        #expect(explainer.lines.contains { $0.contains("rooms is not answered") })
        #expect(explainer.json["score"] == .null && explainer.isReproduced)
    }

    @Test(.scratchDatabase) func `nobody without a score, and no stranger, is explained`() async throws {
        let fixture = try await TargetingFixture.make(households: 1)

        for (household, code) in [
            (fixture.households[0], "targeting.no_score"), (UUID(), "targeting.household_not_found"),
        ] {
            do {
                _ = try await fixture.scores(of: household)
                Issue.record("\(code) had a score")
            } catch let fault as TargetingFault {
                #expect(fault.code == code)
            }
        }
    }
}

@Suite struct `Simulating a choice` {
    private func simulate(_ fixture: TargetingFixture, _ json: JSON) async throws -> JSONObject {
        try await fixture.registry.database.read(as: fixture.author) { tx in
            try await Simulator(fixture.formulas).run(SimulationRequest(json), in: tx)
        }
    }

    @Test(.scratchDatabase) func `counts whom a cut-off reaches, itself included, by area and group`() async throws {
        let fixture = try await TargetingFixture.make()
        try await fixture.inForce()
        let rows = try await fixture.registry.rows(
            "SELECT score::text FROM targeting.current_score WHERE score IS NOT NULL ORDER BY score")
        let scores = try rows.map { try $0.get(0, as: String.self) }

        let answer = try await simulate(
            fixture,
            ["choice": ["formula": "demonstration", "cut_off": .string(scores[9])], "level": 1, "benefit_minor": 1000])

        let chosen = scores.count { Int($0) ?? 0 <= Int(scores[9]) ?? 0 }
        #expect(answer["total"]?["chosen"]?.int == chosen && answer["total"]?["households"] == 27)
        #expect(answer["unscorable"] == 3 && answer["total"]?["cost_minor"]?.int == chosen * 1000)
        #expect(answer["areas"]?.array?.reduce(0) { $0 + ($1["chosen"]?.int ?? 0) } == chosen)
        #expect(answer["strata"]?.array?.reduce(0) { $0 + ($1["chosen"]?.int ?? 0) } == chosen)
        #expect(answer["household_sizes"]?.array?.reduce(0) { $0 + ($1["households"]?.int ?? 0) } == 27)
    }

    @Test(
        .scratchDatabase,
        arguments: [
            (["coverage": "0.2"], 6), (["coverage": "0"], 0), (["coverage": "1"], 27), (["places": 5], 5),
            (["budget_minor": 7999], 7),
        ] as [(JSON, Int)])
    func `chooses the poorest up to a share, a number or a budget`(rule: JSON, chosen: Int) async throws {
        let fixture = try await TargetingFixture.make()
        try await fixture.inForce()
        var choice = rule.object ?? [:]
        choice["formula"] = "demonstration"

        let answer = try await simulate(fixture, ["choice": .object(choice), "benefit_minor": 1000])

        #expect(answer["total"]?["chosen"]?.int == chosen)
    }

    @Test(.scratchDatabase) func `tells who enters and who leaves against another choice`() async throws {
        let fixture = try await TargetingFixture.make()
        try await fixture.inForce()

        let answer = try await simulate(
            fixture,
            [
                "choice": ["formula": "demonstration", "places": 9],
                "against": ["formula": "demonstration", "places": 5],
            ])

        #expect(answer["total"]?["entering"] == 4 && answer["total"]?["leaving"] == 0)
    }

    @Test(.scratchDatabase) func `takes households where they live now, and none that left the registry`() async throws
    {
        let fixture = try await TargetingFixture.make(households: 4)
        try await fixture.inForce()
        let asked: JSON = ["choice": ["formula": "demonstration", "coverage": "1"], "level": 3]
        let before = try await simulate(fixture, asked)
        #expect(before["total"]?["households"] == 4)

        // The scoring service has not heard of it yet.
        try await fixture.registry.perform(.deactivate(.household(ID(fixture.households[0])), reason: "withdrawn"))
        let after = try await simulate(fixture, asked)

        #expect(after["total"]?["households"] == 3 && after["total"]?["chosen"] == 3)
    }

    @Test(arguments: [0, -1, 10_000_000_001, Int.max]) func `refuses a benefit that no total could hold`(benefit: Int) {
        let json: JSON = [
            "choice": ["formula": "demonstration", "places": 2], "benefit_minor": .number(JSONNumber(benefit)),
        ]
        #expect { try SimulationRequest(json) } throws: { error in
            (error as? InvalidInput)?.findings.map(\.code) == ["targeting.simulation.benefit"]
        }
    }

    @Test(
        .scratchDatabase,
        arguments: [
            (["choice": ["formula": "demonstration"]], "targeting.simulation.rule"),
            (["choice": ["formula": "demonstration", "places": 1, "coverage": "0.1"]], "targeting.simulation.rule"),
            (["choice": ["formula": "demonstration", "budget_minor": 1]], "targeting.simulation.benefit"),
            (["choice": ["formula": "demonstration", "coverage": "1.5"]], "targeting.simulation.coverage"),
        ] as [(JSON, String)])
    func `refuses what is no choice`(json: JSON, code: String) {
        #expect { try SimulationRequest(json) } throws: { error in
            (error as? InvalidInput)?.findings.contains { $0.code == code } ?? false
        }
    }
}
