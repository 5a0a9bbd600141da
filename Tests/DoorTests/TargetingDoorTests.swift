import Documents
import Foundation
import Groundwork
import Postgres
import Registry
import Targeting
import TestKit
import Testing
import Web

@testable import RegistryAPI

/// The formula of the demonstration, and the server that scores by it.
private enum Demonstration {
    static let path: String = "/api/v1/formulas/demonstration/1"

    static func file(_ path: String) throws -> JSON {
        let url = URL(fileURLWithPath: RegistryFixture.root + "/profiles/burundi/demo/pmt/" + path)
        return try JSON.parse([UInt8](try Data(contentsOf: url)), limits: .file)
    }

    static func serve(_ door: DoorFixture) async throws {
        let formulas = Formulas(context: door.registry.context, today: { RegistryFixture.today })
        let service = ScoringService(
            database: door.registry.database, formulas: formulas, worker: door.registry.mandate.actor)
        while try await service.step() {}
    }
}

@Suite(.scratchDatabase, .serialized) struct `Formulas and scores at the door` {
    private static let one = Demonstration.path

    private func household(_ door: DoorFixture, rooms: JSON = 2) async throws -> UUID {
        let outcome = try await door.registry.perform(
            .registerHousehold(
                RegistryFixture.household(
                    in: door.registry.collines[0],
                    members: [RegistryFixture.person(), RegistryFixture.person("Léa", "Ciza", born: "2019-01-01")],
                    claims: ["rooms": rooms, "cooking_fuel": "charcoal", "roof": "tiles", "floor": "earth"])))
        return outcome.households[0].rawValue
    }

    @Test func `a formula goes its way from a draft to a score that is explained`() async throws {
        let door = try await DoorFixture.make()
        let household = try await household(door)
        _ = try await self.household(door, rooms: 4)

        let draft = try await door.post("/api/v1/formulas", Demonstration.file("demonstration.json"))
        #expect(draft.status == 201 && draft["state"] == "draft")
        let submitted = try await door.post(
            Self.one + "/submission", ["binding": Demonstration.file("bindings/demonstration_registry.json")])
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
        try await Demonstration.serve(door)
        let ended = try await door.get("/api/v1/scoring-runs/\(run["run"]?.int ?? 0)")
        #expect(ended["state"] == "done" && ended["scored"] == 2 && ended["reason"] == .null)
        let told = try await door.get(Self.one, as: .signer)
        #expect(told["state"] == "submitted" && told["dry_run"]?["run"] == run["run"])
        let active = try await door.post(Self.one + "/activation", [:])
        #expect(active.status == 200 && active["state"] == "active" && active["dry_run"]?["scored"] == 2)

        let score = try await door.get("/api/v1/households/\(household.lowercased)/score?language=fra")
        #expect(score["scores"]?[0]?["reproduced"] == true)
        #expect(score["scores"]?[0]?["terms"]?.array?.count == 18)
        let simulated = try await door.post(
            "/api/v1/simulations", ["choice": ["formula": "demonstration", "places": 1], "level": 1])
        #expect(simulated["total"]?["chosen"] == 1 && simulated["total"]?["households"] == 2)
        #expect(try await door.get("/api/v1/formulas")["formulas"]?.array?.count == 1)
        let why: JSON = "The programme has another formula from now on."
        #expect(try await door.post(Self.one + "/retirement", ["reason": "over"]).status == 422)
        let asked = try await door.post(Self.one + "/retirement", ["reason": why])
        #expect(asked["state"] == "active" && asked["retirement"]?["reason"] == why)
        let alone = try await door.post(Self.one + "/signatures", ["decision": "sign", "about": "retirement"])
        #expect(alone.status == 403 && alone.code == "targeting.own_retirement")
        let retired = try await door.post(
            Self.one + "/signatures", ["decision": "sign", "about": "retirement"], as: .signer)
        #expect(retired["state"] == "retired" && retired["reason"] == why)
        #expect(retired["retirement"]?["decided_by_name"] == "signer")
    }

    @Test func `what is wrong with a formula is told with its place`() async throws {
        let door = try await DoorFixture.make()
        var formula = try Demonstration.file("demonstration.json").object ?? [:]
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

@Suite struct `Requests about formulas that come twice` {
    private static let one = Demonstration.path

    @Test(.scratchDatabase) func `a request that comes twice under one key is carried out once`() async throws {
        let door = try await DoorFixture.make()
        let keyed: Headers = ["Idempotency-Key": "score-them-once"]
        _ = try await door.post("/api/v1/formulas", Demonstration.file("demonstration.json"))
        _ = try await door.post(
            Self.one + "/submission", ["binding": Demonstration.file("bindings/demonstration_registry.json")])

        let first = try await door.post(Self.one + "/runs", [:], headers: keyed)
        try await Demonstration.serve(door)
        let again = try await door.post(Self.one + "/runs", [:], headers: keyed)
        let other = try await door.post(Self.one + "/runs", ["as_of": "2026-01-31"], headers: keyed)

        #expect(first.status == 202 && again.status == 202 && again["run"] == first["run"])
        #expect(again["state"] == "done")
        #expect(other.status == 409 && other.code == "registry.command.idempotency_mismatch")
    }

    @Test(.scratchDatabase) func `of two requests at once under one key the second gets the first one's answer`()
        async throws
    {
        let door = try await DoorFixture.make()
        let file = try Demonstration.file("demonstration.json")
        _ = try await door.post("/api/v1/formulas", file)
        _ = try await door.post(
            Self.one + "/submission", ["binding": Demonstration.file("bindings/demonstration_registry.json")])

        // Both wait for the formula, having seen that nobody was there before.
        let (runs, signatures) = try await door.registry.database.withConnection { connection in
            _ = try await connection.query("BEGIN")
            _ = try await connection.query("SELECT 1 FROM targeting.formula FOR UPDATE")
            async let runs = twice(door, "/runs", [:], as: .clerk)
            async let signatures = twice(door, "/signatures", ["decision": "sign"], as: .signer)
            while try await waiting(connection) < 4 { try await Task.sleep(for: .milliseconds(5)) }
            _ = try await connection.query("COMMIT")
            return try await (runs, signatures)
        }

        #expect(runs.map(\.status) == [202, 202] && runs[0]["run"] == runs[1]["run"])
        #expect(signatures.map(\.status) == [200, 200])
        #expect(signatures.map { $0["signatures"]?.array?.count } == [1, 1])
    }

    private func twice(_ door: DoorFixture, _ path: String, _ body: JSON, as who: DoorFixture.Who) async throws
        -> [Answer]
    {
        let keyed: Headers = ["Idempotency-Key": "both-at-once-\(who.rawValue)"]
        async let left = door.post(Self.one + path, body, as: who, headers: keyed)
        async let right = door.post(Self.one + path, body, as: who, headers: keyed)
        return try await [left, right]
    }

    /// Locks of this database that sessions wait for.
    private func waiting(_ connection: Connection) async throws -> Int64 {
        // Who is there is remembered for the whole transaction otherwise.
        _ = try await connection.query("SELECT pg_stat_clear_snapshot()")
        let rows = try await connection.query(
            """
            SELECT count(*) FROM pg_locks AS l
            JOIN pg_stat_activity AS a ON a.pid = l.pid AND a.datname = current_database()
            WHERE NOT l.granted
            """)
        return try rows.first?.get(0) ?? 0
    }
}
