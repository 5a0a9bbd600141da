import Documents
import Foundation
import Groundwork
import Registry
import Targeting
import TestKit
import Testing
import Web

@testable import RegistryAPI

@Suite(.scratchDatabase, .serialized) struct `Formulas and scores at the door` {
    private static func file(_ path: String) throws -> JSON {
        let url = URL(fileURLWithPath: RegistryFixture.root + "/profiles/burundi/demo/pmt/" + path)
        return try JSON.parse([UInt8](try Data(contentsOf: url)), limits: .file)
    }

    private static let one = "/api/v1/formulas/demonstration/1"

    private func household(_ door: DoorFixture, rooms: JSON = 2) async throws -> UUID {
        let outcome = try await door.registry.perform(
            .registerHousehold(
                RegistryFixture.household(
                    in: door.registry.collines[0],
                    members: [RegistryFixture.person(), RegistryFixture.person("Léa", "Ciza", born: "2019-01-01")],
                    claims: ["rooms": rooms, "cooking_fuel": "charcoal", "roof": "tiles", "floor": "earth"])))
        return outcome.households[0].rawValue
    }

    private func serve(_ door: DoorFixture) async throws {
        let formulas = Formulas(context: door.registry.context, today: { RegistryFixture.today })
        let service = ScoringService(
            database: door.registry.database, formulas: formulas, worker: door.registry.mandate.actor)
        while try await service.step() {}
    }

    @Test func `a formula goes its way from a draft to a score that is explained`() async throws {
        let door = try await DoorFixture.make()
        let household = try await household(door)
        _ = try await self.household(door, rooms: 4)

        let draft = try await door.post("/api/v1/formulas", Self.file("demonstration.json"))
        #expect(draft.status == 201 && draft["state"] == "draft")
        let submitted = try await door.post(
            Self.one + "/submission", ["binding": Self.file("bindings/demonstration_registry.json")])
        #expect(submitted.status == 200 && submitted["state"] == "submitted")
        let own = try await door.post(Self.one + "/signatures", ["decision": "sign"])
        #expect(own.status == 403 && own.code == "targeting.own_signature")
        let early = try await door.post(Self.one + "/activation", [:])
        #expect(early.status == 409 && early.code == "targeting.signatures_missing")
        for who in [DoorFixture.Who.officer, .signer] {
            #expect(try await door.post(Self.one + "/signatures", ["decision": "sign"], as: who).status == 200)
        }
        let run = try await door.post(Self.one + "/runs", [:])
        #expect(run.status == 202 && run["state"] == "scoring")
        try await serve(door)
        let ended = try await door.get("/api/v1/scoring-runs/\(run["run"]?.int ?? 0)")
        #expect(ended["state"] == "done" && ended["scored"] == 2)
        let active = try await door.post(Self.one + "/activation", [:])
        #expect(active.status == 200 && active["state"] == "active" && active["dry_run"]?["scored"] == 2)

        let score = try await door.get("/api/v1/households/\(household.lowercased)/score?language=fra")
        #expect(score["scores"]?[0]?["reproduced"] == true)
        #expect(score["scores"]?[0]?["terms"]?.array?.count == 18)
        let simulated = try await door.post(
            "/api/v1/simulations", ["choice": ["formula": "demonstration", "places": 1], "level": 1])
        #expect(simulated["total"]?["chosen"] == 1 && simulated["total"]?["households"] == 2)
        #expect(try await door.get("/api/v1/formulas")["formulas"]?.array?.count == 1)
        let retired = try await door.post(Self.one + "/retirement", ["reason": "over"])
        #expect(retired["state"] == "retired" && retired["reason"] == "over")
    }

    @Test func `what is wrong with a formula is told with its place`() async throws {
        let door = try await DoorFixture.make()
        var formula = try Self.file("demonstration.json").object ?? [:]
        formula["output"] = ["multiply": "a lot"]

        let bad = try await door.post("/api/v1/formulas", .object(formula))

        #expect(bad.status == 422)
        #expect(bad["errors"]?.array?.contains { $0["pointer"]?.string?.hasPrefix("/output") ?? false } ?? false)
        #expect(try await door.get("/api/v1/formulas/nothing/1").code == "targeting.formula_not_found")
        let nobody = try await door.get("/api/v1/households/\(UUID().lowercased)/score")
        #expect(nobody.status == 404)
        let choice = try await door.post(
            "/api/v1/simulations", ["choice": ["formula": "demonstration"]])
        #expect(choice.status == 422)
    }
}
