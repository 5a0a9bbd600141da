import Documents
import Groundwork
import Matching
import Postgres
import Registry
import TestKit
import Testing
import Web

@Suite(.scratchDatabase, .serialized) struct `Findings and cross-references over the API` {
    @Test func `findings are listed, read and closed with a reason`() async throws {
        let door = try await DoorFixture.make()
        for number in 0..<2 {
            _ = try await door.registeredHousehold([
                DoorFixture.person(
                    ["Aline", "Odette"][number], ["Ciza", "Minani"][number], born: "198\(number)-03-04", nid: "44445555"
                )
            ])
        }
        _ = try await FindingRun(database: door.registry.database, rules: door.matcher.findings).run(
            as: door.registry.mandate)

        let list = try await door.get("/api/v1/findings?kind=identifier_shared&area=\(door.area)")
        let finding = try #require(list["findings"]?[0])
        let id = try #require(finding["id"]?.string)
        #expect(finding["size"]?.int == 2 && finding["people"]?.array?.count == 2)
        #expect(try await door.get("/api/v1/findings/\(id)")["decisions"] == [])
        let unsaid = try await door.post("/api/v1/findings/\(id)/decisions", ["verdict": "closed"])
        #expect(unsaid.status == 422)
        let closing: JSON = ["verdict": "closed", "reason": "one card, two sisters"]
        let closed = try await door.post(
            "/api/v1/findings/\(id)/decisions", closing, headers: ["Idempotency-Key": "close-me-1"])
        #expect(closed["finding"]?["state"] == "closed" && closed["decisions"]?[0]?["reason"] == closing["reason"])
        let repeated = try await door.post(
            "/api/v1/findings/\(id)/decisions", closing, headers: ["Idempotency-Key": "close-me-1"])
        #expect(repeated.status == 200 && repeated["decisions"]?.array?.count == 1)
        let late = try await door.post("/api/v1/findings/\(id)/decisions", closing)
        #expect(late.status == 409 && late.code == "match.finding_decided")
        #expect(try await door.get("/api/v1/findings?kind=identifier_shared")["findings"] == [])
        #expect(try await door.get("/api/v1/findings?state=closed")["findings"]?.array?.count == 1)
        let reopened = try await door.post(
            "/api/v1/findings/\(id)/decisions", ["verdict": "reopened", "reason": "mistaken"])
        #expect(reopened["finding"]?["state"] == "open")
        let page = try await door.get("/api/v1/findings?limit=1")
        #expect(page["next"]?.string != nil)
        _ = try await door.get("/api/v1/findings?limit=1&after=\(page["next"]?.string ?? "")")
        #expect(try await door.get("/api/v1/findings?after=x").errors["/query/after"] == "cursor.invalid")
        #expect(try await door.get("/api/v1/findings?area=none").errors["/query/area"] == "area.unknown")
        let nobody = "01890a5d-ac96-774b-bcce-b302099a8057"
        #expect(try await door.get("/api/v1/findings/\(nobody)").code == "match.finding_not_found")
        #expect(try await door.get("/api/v1/findings", as: .visitor).status == 403)
    }

    @Test func `an identifier is exchanged for those of other systems, also through a merge`() async throws {
        let door = try await DoorFixture.make()
        var person = DoorFixture.person("Révocate", "Mpawenimana", born: "1979-11-23")
        person["identifiers"] = [["type": "NID", "value": "12/345-678"], ["type": "PASSPORT", "value": "OP 1234567"]]
        let known = try await door.registered(person)
        var other = DoorFixture.person("Odette", "Minani", born: "1985-01-05")
        other["identifiers"] = [["type": "REFUGEE", "value": "RF998877"]]
        let gone = try await door.registered(other)
        func ask(_ system: String, _ value: String, _ targets: [String]? = nil) async throws -> Answer {
            var question: JSONObject = ["system": .string(system), "value": .string(value)]
            if let targets { question["targets"] = .array(targets.map { .string($0) }) }
            return try await door.post("/api/v1/cross-reference", .object(question))
        }

        let all = try await ask("NID", "12345678")
        #expect(all.status == 200 && all["person"]?.string == known, "\(all)")
        #expect(all["identifiers"]?.array?.compactMap { $0["system"]?.string } == ["PASSPORT", "UIN"])
        let social = try #require(all["identifiers"]?[1]?["value"]?.string)
        let one = try await ask("UIN", social, ["NID"])
        #expect(one["identifiers"] == [["system": "NID", "value": "12345678"]])
        #expect(try await ask("NID", "12345678", ["NID"])["identifiers"] == [])

        // What is not known is told apart, and tells nothing else.
        let noSystem = try await ask("MOON", "1")
        #expect(noSystem.status == 400 && noSystem.code == "api.cross_reference.system_unknown")
        let noTarget = try await ask("NID", "12345678", ["PASSPORT", "MOON"])
        #expect(noTarget.status == 403 && noTarget.code == "api.cross_reference.target_unknown")
        let noTargetEither = try await ask("NID", "99999999", ["MOON"])
        #expect(noTargetEither.code == "api.cross_reference.target_unknown")
        let nobody = try await ask("NID", "99999999")
        #expect(nobody.status == 404 && nobody.code == "api.cross_reference.identifier_unknown")
        #expect(try await ask("PHONE", "+25779000111").status == 400)
        #expect(try await ask("NID", "§").status == 404)
        #expect(
            try await door.post("/api/v1/cross-reference", ["system": "NID", "value": "1"], as: .visitor).status == 403)

        // Whoever was merged is answered for by the survivor.
        let merge = try await door.post(
            "/api/v1/proposals",
            [
                "command": ["kind": "person.merge", "person": .string(known), "absorbed": .string(gone)],
                "reason": "same",
            ])
        let old = try await ask("REFUGEE", "RF998877", ["UIN"])
        _ = try await door.post(
            "/api/v1/proposals/\(try #require(merge["id"]?.string))/decisions", ["decision": "approve"], as: .signer)
        #expect(try await ask("REFUGEE", "RF998877", ["UIN"])["person"]?.string == known)
        let former = try #require(old["identifiers"]?[0]?["value"]?.string)
        let through = try await ask("UIN", former)
        #expect(through["person"]?.string == known)
        // One number of two people names nobody.
        _ = try await door.registered(DoorFixture.person("Aline", "Ciza", born: "1990-01-05", nid: "12345678"))
        let both = try await ask("NID", "12345678")
        #expect(both.status == 409 && both.code == "registry.identifier.ambiguous")
    }
}
