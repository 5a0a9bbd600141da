import Documents
import Foundation
import Groundwork
import Postgres
import Registry
import Scorecards
import TestKit
import Testing

@testable import Targeting

@Suite struct `The formula of Uganda` {
    private func json(_ path: String) throws -> JSON {
        let url = URL(fileURLWithPath: RegistryFixture.root + "/profiles/uganda/pmt/" + path)
        return try JSON.parse([UInt8](try Data(contentsOf: url)), limits: .file)
    }

    @Test(.scratchDatabase) func `reads the registry of its profile, and says what it cannot read`() async throws {
        let registry = try await RegistryFixture.make(profile: "uganda")
        let formulas = Formulas(context: registry.context, today: { RegistryFixture.today })
        let area = try #require(registry.context.areas.index.areas.first { $0.level == 2 })
        let claims: JSONObject = [
            "floor": "tiles", "roof": "iron_sheets", "walls": "burnt_bricks", "rooms": 3, "lighting": "grid",
            "water_source": "piped_yard", "toilet": "flush", "tenure": "owner", "asset_radio": 1,
            "asset_television": 0, "asset_motorcycle": 2, "asset_car": 0, "asset_refrigerator": 0, "asset_computer": 1,
        ]
        let members = [
            RegistryFixture.person(phone: "+256772123456", claims: ["education": "first_degree"]),
            RegistryFixture.person("Amina", "Okello", born: "2019-01-01"),
        ]
        var homes: [UUID] = []
        var silent = claims
        silent["asset_television"] = nil
        for claims in [claims, silent] {
            let outcome = try await registry.perform(
                .registerHousehold(
                    RegistryFixture.household(in: area, members: members, claims: claims)))
            homes.append(outcome.households[0].rawValue)
        }

        let (document, binding) = (try json("nsr_v1.json"), try json("bindings/nsr_v1_registry.json"))
        let submitted = try await registry.database.write(as: registry.mandate) { tx throws(TargetingFault) in
            _ = try await formulas.draft(document, in: tx)
            return try await formulas.submit("nsr_v1", version: 1, binding: binding, in: tx)
        }
        let report = try await ScoreRun(database: registry.database, formulas: formulas).run(
            "nsr_v1", version: 1, as: registry.mandate)

        let warnings = submitted.checked?.array?.compactMap { $0["summary"]?.string } ?? []
        for code in ["primary_completed", "secondary_completed"] {
            #expect(warnings.contains { $0.contains(code) }, "\(warnings)")
        }
        #expect(report.tally.scored == 1 && report.tally.unscorable == 1)
        // In the formula's own names, without any binding.
        let answers = Answers(
            values: [
                "size": .number(2), "head_sex": .code("female"), "head_schooling": .code("first_degree"),
                "floor": .code("tiles"), "roof": .code("iron_sheets"), "walls": .code("burnt_bricks"),
                "rooms": .number(3), "lighting": .code("grid"), "water": .code("piped_yard"), "toilet": .code("flush"),
                "tenure": .code("owner"),
            ],
            rows: [
                "members": [["age": .number(42), "phone": .text("given")], ["age": .number(7)]],
                "assets": ["radio", "motorcycle", "computer"].map { ["kind": .code($0), "count": .number(1)] },
            ])
        guard case .scored(let expected) = Scorer(submitted.formula).score(answers) else {
            Issue.record("the answers are no household")
            return
        }
        let scores = try await registry.database.read(as: registry.mandate) { tx in
            (
                try await formulas.scores(of: homes[0], code: "nsr_v1", in: tx),
                try await formulas.scores(of: homes[1], code: "nsr_v1", in: tx)
            )
        }
        #expect(scores.0.first?.score == expected.value)
        #expect(scores.0.first?.contributions == expected.contributions.map(\.points))
        #expect(
            scores.1.first?.refusals == [Refusal(reason: .unknownRows, term: "owns_television", inputs: ["assets"])])
    }
}
