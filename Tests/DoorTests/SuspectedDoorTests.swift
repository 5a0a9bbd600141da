import Documents
import Groundwork
import Matching
import Postgres
import Profiles
import Registry
import TestKit
import Testing
import Web

@Suite(.scratchDatabase, .serialized) struct `Registrations of people on record already` {
    @Test func `two clicks make one household, and a repeat under the same key is the same answer`() async throws {
        let door = try await DoorFixture.make()
        try await door.peopled()
        let household = door.household([
            DoorFixture.person("Zénobie", "Vyukusenge", born: "1977-03-14", nid: "99887766"),
            DoorFixture.person("Théophile", "Barengayabo", sex: "male", born: "1974-08-21"),
        ])

        async let one = door.post("/api/v1/households", household)
        async let other = door.post("/api/v1/households", household)
        let statuses = try await [one.status, other.status].sorted()

        #expect(statuses == [201, 409])
        let late = try await door.post("/api/v1/households", household)
        #expect(late.code == "match.suspected" && late["suspects"]?.array?.count == 2)
        let second = door.household([DoorFixture.person("Gloriose", "Bigirindavyi", born: "1990-05-06")])
        async let first = door.post("/api/v1/households", second, headers: ["Idempotency-Key": "two-clicks-1"])
        async let again = door.post("/api/v1/households", second, headers: ["Idempotency-Key": "two-clicks-1"])
        let answers = try await [first, again]
        #expect(answers.map(\.status) == [201, 201] && answers[0]["id"] == answers[1]["id"])
    }

    @Test func `a proposed registration is looked at when it is made and when it is approved`() async throws {
        let door = try await DoorFixture.make()
        try await door.peopled()
        let person = DoorFixture.person("Révocate Solange", "Mpawenimana", born: "1979-11-23", nid: "87654321")
        let proposal: JSON = ["command": .object(person.adding("kind", "person.register")), "reason": "campaign"]

        let open = try await door.post("/api/v1/proposals", proposal)
        #expect(open.status == 201, "\(open)")
        let known = try await door.registered(person)
        let id = try #require(open["id"]?.string)
        let approval: JSON = ["decision": "approve"]
        let refused = try await door.post("/api/v1/proposals/\(id)/decisions", approval, as: .signer)
        #expect(refused.status == 409 && refused.code == "match.suspected")
        #expect(refused["suspects"]?[0]?["person"]?.string == known)
        #expect(try await door.get("/api/v1/proposals/\(id)")["state"] == "open")
        let again = try await door.post("/api/v1/proposals", proposal)
        #expect(again.code == "match.suspected")

        let told = try await door.post(
            "/api/v1/proposals/\(id)/decisions", ["decision": "approve", "not_duplicates": [.string(known)]],
            as: .signer)
        #expect(told["state"] == "executed")
        // Said when it was proposed, it need not be said again.
        let other = DoorFixture.person("Léocadie", "Barengayabo", born: "1991-02-03", nid: "55554444")
        let first = try await door.registered(other)
        let said = try await door.post(
            "/api/v1/proposals",
            [
                "command": .object(other.adding("kind", "person.register")), "reason": "campaign",
                "not_duplicates": [.string(first)],
            ])
        let approved = try await door.post(
            "/api/v1/proposals/\(try #require(said["id"]?.string))/decisions", approval, as: .signer)
        #expect(approved["state"] == "executed", "\(approved)")
    }

    @Test func `a merge is not approved when either of the two has changed since`() async throws {
        let door = try await DoorFixture.make()
        let one = try await door.registered(DoorFixture.person("Aline", "Ciza", born: "1980-01-05", nid: "11112222"))
        let two = try await door.registered(DoorFixture.person("Odette", "Minani", born: "1985-01-05", nid: "33334444"))
        let command: JSON = ["kind": "person.merge", "person": .string(one), "absorbed": .string(two)]
        for changed in [one, two] {
            let proposal = try await door.post("/api/v1/proposals", ["command": command, "reason": "same"])
            let id = try #require(proposal["id"]?.string, "\(proposal)")
            let version = try #require(try await door.get("/api/v1/people/\(changed)")["version"]?.int)
            let change = try await door.patch(
                "/api/v1/people/\(changed)", ["attributes": ["maiden_name": "Kaneza"]], version: version)
            #expect(change.status == 200, "\(change)")

            let late = try await door.post(
                "/api/v1/proposals/\(id)/decisions", ["decision": "approve"], as: .signer)

            #expect(late.status == 409 && late.code == "registry.subject.stale_version")
        }
        let missing = try await door.post(
            "/api/v1/proposals",
            [
                "command": [
                    "kind": "person.merge", "person": .string(one),
                    "absorbed": "01890a5d-ac96-774b-bcce-b302099a8057",
                ], "reason": "same",
            ])
        #expect(missing.code == "registry.person.not_found")
    }
}

extension DoorFixture {
    /// Some people, among whom the country's own model is in force.
    func peopled() async throws {
        guard try await registry.rows("SELECT 1 FROM matching.model").isEmpty else { return }
        let families = ["Niyonzima", "Bukuru", "Hakizimana", "Irakoze", "Nahimana", "Ciza"]
        for number in 0..<60 {
            let born = "19\(60 + number % 35)-0\(1 + number % 9)-1\(number % 10)"
            _ = try await registered(
                Self.person(
                    ["Aline", "Goreth", "Spès", "Odette"][number % 4] + " " + ["Léa", "Judith", "Yvette"][number % 3],
                    families[number % 6], born: born, nid: String(20_000_000 + number * 7)))
        }
        _ = try await MatchRun(database: registry.database, matcher: matcher).run(
            trains: false, base: try registry.profile.matchModel(), workers: 1, as: registry.mandate)
    }
}

extension JSONObject {
    fileprivate func adding(_ key: String, _ value: JSON) -> JSONObject {
        var copy = self
        copy[key] = value
        return copy
    }
}
