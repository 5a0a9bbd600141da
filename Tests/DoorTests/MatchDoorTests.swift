import Documents
import Groundwork
import Matching
import Postgres
import Registry
import TestKit
import Testing
import Web

@Suite(.scratchDatabase, .serialized) struct `Suspected duplicates over the API` {
    private static func person(_ given: String, _ family: String, born: String, nid: String) -> JSONObject {
        [
            "attributes": [
                "given_name": .string(given), "family_name": .string(family), "sex": "female",
                "birth_date": .string(born), "consent_basis": "consent",
            ], "identifiers": [["type": "NID", "value": .string(nid)]],
        ]
    }

    /// Some people, of whom a model is made.
    private func peopled(_ door: DoorFixture) async throws {
        let families = ["Niyonzima", "Bukuru", "Hakizimana", "Irakoze", "Nahimana", "Ciza"]
        for number in 0..<60 {
            let born = "19\(60 + number % 35)-0\(1 + number % 9)-1\(number % 10)"
            _ = try await door.registered(
                Self.person(
                    ["Aline", "Goreth", "Spès", "Odette"][number % 4] + " " + ["Léa", "Judith", "Yvette"][number % 3],
                    families[number % 6], born: born, nid: String(20_000_000 + number * 7)))
        }
        _ = try await MatchRun(database: door.registry.database, matcher: door.matcher).run(
            trains: true, base: nil, workers: 1, as: door.registry.mandate)
    }

    @Test func `somebody on record is not registered twice unawares, and a reviewer decides`() async throws {
        let door = try await DoorFixture.make()
        let known = try await door.registered(
            Self.person("Béatrice Clarisse", "Ndayishimiye", born: "1987-04-12", nid: "12345678"))
        try await peopled(door)
        var again = Self.person("Beatrice", "Ndayishimiye", born: "1987-04-12", nid: "12345678")

        let refused = try await door.post("/api/v1/people", .object(again))

        #expect(refused.status == 409 && refused.code == "match.suspected")
        #expect(refused["suspects"]?[0]?["person"]?.string == known)
        #expect(refused["suspects"]?[0]?["steps"]?.array?.isEmpty == false)
        let house = try await door.post(
            "/api/v1/households",
            [
                "attributes": ["area": .string(door.area), "consent_basis": "consent", "residence": "rural"],
                "members": [.object(again.merging(["role": "head"]))],
            ])
        #expect(house.code == "match.suspected" && house["suspects"]?[0]?["member"]?.int == 0)
        // The sender says that it is somebody else; a reviewer looks at it all the same.
        again["not_duplicates"] = [.string(known)]
        let second = try await door.registered(again)
        try await door.follow()
        let once = Self.person("Léocadie", "Barengayabo", born: "1991-02-03", nid: "55554444")
        let first = try await door.post("/api/v1/people", .object(once), headers: ["Idempotency-Key": "register-me-1"])
        try await door.follow()
        let repeated = try await door.post(
            "/api/v1/people", .object(once), headers: ["Idempotency-Key": "register-me-1"])
        #expect(first.status == 201 && repeated.status == 201 && repeated["command"] == first["command"], "\(repeated)")
        let list = try await door.get("/api/v1/matches?limit=5")
        let pair = try #require(
            list["pairs"]?.array?.first { $0["people"]?.array?.contains(.string(second)) ?? false })
        #expect(Set(pair["people"]?.array?.compactMap(\.string) ?? []) == [known, second])
        let id = try #require(pair["id"]?.string)

        let detail = try await door.get("/api/v1/matches/\(id)")
        #expect(detail["people"]?.array?.count == 2 && detail["decisions"]?.array?.count == 1)
        #expect(detail["decisions"]?[0]?["verdict"] == "unsure" && detail["decisions"]?[0]?["actor"]?.string != nil)
        let decided = try await door.post(
            "/api/v1/matches/\(id)/decisions",
            [
                "verdict": "same", "reason": "same card", "survivor": .string(known),
                "attributes": ["given_name": "Béatrice"],
            ], headers: ["Idempotency-Key": "decide-me-1"])
        #expect(decided["pair"]?["state"] == "same")
        let same = try await door.post(
            "/api/v1/matches/\(id)/decisions",
            [
                "verdict": "same", "reason": "same card", "survivor": .string(known),
                "attributes": ["given_name": "Béatrice"],
            ], headers: ["Idempotency-Key": "decide-me-1"])
        #expect(same.status == 200 && same["decisions"]?.array?.count == 2)
        let late = try await door.post("/api/v1/matches/\(id)/decisions", ["verdict": "different"], as: .signer)
        #expect(late.status == 409 && late.code == "match.decided")
        let proposal = try #require(decided["decisions"]?[1]?["proposal"]?.string)
        let own = try await door.post("/api/v1/proposals/\(proposal)/decisions", ["decision": "approve"])
        #expect(own.code == "registry.proposal.own")
        let approved = try await door.post(
            "/api/v1/proposals/\(proposal)/decisions", ["decision": "approve"], as: .signer)
        #expect(approved["state"] == "executed")
        let survivor = try await door.get("/api/v1/people/\(second)")
        #expect(survivor["id"]?.string == known && survivor["asked_for"]?.string == second)
        #expect(survivor["given_name"] == "Béatrice" || survivor["attributes"]?["given_name"] == "Béatrice")

        // Taking it apart is a proposal too.
        let undo = try await door.post(
            "/api/v1/proposals",
            ["command": ["kind": "person.unmerge", "person": .string(second)], "reason": "mistaken"])
        let parting = try #require(undo["id"]?.string, "\(undo)")
        #expect(
            try await door.post("/api/v1/proposals/\(parting)/decisions", ["decision": "approve"], as: .signer)["state"]
                == "executed")
        #expect(try await door.get("/api/v1/people/\(second)")["status"] == "active")
        try await door.follow()
        let events = try await door.get("/api/v1/events?limit=500")
        let types = (events.json.array ?? []).compactMap { $0["type"]?.string }
        #expect(types.filter { $0.hasSuffix("person.merged.v1") }.count == 2)
        #expect(types.filter { $0.hasSuffix("person.unmerged.v1") }.count == 2)
    }

    @Test func `somebody described is looked up with grades and reasons`() async throws {
        let door = try await DoorFixture.make()
        let known = try await door.registered(
            Self.person("Révocate Solange", "Mpawenimana", born: "1979-11-23", nid: "87654321"))
        try await peopled(door)
        let question: JSON = [
            "attributes": [
                "given_name": "Solange", "family_name": "Mpawenimana", "sex": "female", "birth_date": "1979-11-23",
            ], "identifiers": [["type": "NID", "value": "87654321"]],
        ]

        let answer = try await door.post("/api/v1/match", question)

        #expect(answer.status == 200, "\(answer)")
        #expect(answer["candidates"]?[0]?["person"]?.string == known)
        #expect(answer["candidates"]?[0]?["grade"] == "certain")
        let nobody = try await door.post("/api/v1/match", ["attributes": ["sex": "male"]])
        #expect(nobody.status == 422 && nobody.code == "match.too_little")
        #expect(try await door.post("/api/v1/match", question, as: .visitor).status == 403)
        #expect(try await door.get("/api/v1/matches/contradictions")["pairs"] == [])
        for forged in ["x", "1-2_\(known)", "1.2.3_\(known)", "999999999999.00_\(known)", "1.00_nobody"] {
            #expect(try await door.get("/api/v1/matches?after=\(forged)").errors["/query/after"] == "cursor.invalid")
        }
        #expect(try await door.get("/api/v1/matches?area=none").errors["/query/area"] == "area.unknown")
        #expect(try await door.get("/api/v1/matches/\(known)").code == "match.pair_not_found")
    }
}

extension JSONObject {
    fileprivate func merging(_ other: JSONObject) -> JSONObject {
        var result = self
        for (key, value) in other { result[key] = value }
        return result
    }
}

extension DoorFixture {
    /// What the server's sequencer and reader do.
    fileprivate func follow() async throws {
        _ = try await registry.database.write(as: registry.mandate) { tx in try await EventLog.sequence(in: tx) }
        let reader = MatchingReader(
            database: registry.database, matcher: matcher, worker: registry.mandate.actor)
        while try await reader.step() {}
    }
}
