import Documents
import Groundwork
import Registry
import TestKit
import Testing
import Web

@Suite(.scratchDatabase, .serialized) struct `A person's record over the API` {
    @Test func `is registered, read, changed, looked back on and undone`() async throws {
        let door = try await DoorFixture.make()
        let made = try await door.post("/api/v1/people", .object(DoorFixture.person(nid: "9876543210")))
        let id = try #require(made["id"]?.string)
        #expect(made.status == 201)
        #expect(made.headers["Location"] == "/api/v1/people/\(id)")
        #expect(made.headers["ETag"] == "\"1\"")

        let read = try await door.get("/api/v1/people/\(id)")
        #expect(read["attributes"]?["given_name"] == "Espérance")
        #expect(read.headers["ETag"] == "\"1\"")
        let known = try #require(read["updated_at"]?.string)

        let changed = try await door.patch(
            "/api/v1/people/\(id)", ["attributes": ["family_name": "Ndayishimiye"]], version: 1)
        #expect(changed.status == 200)
        #expect(changed.headers["ETag"] == "\"2\"")

        let stale = try await door.patch(
            "/api/v1/people/\(id)", ["attributes": ["family_name": "Habonimana"]], version: 1)
        #expect(stale.status == 412)
        #expect(stale["current_version"] == 2)
        #expect(stale.headers["ETag"] == "\"2\"")

        let past = try await door.get("/api/v1/people/\(id)?known=\(known)")
        #expect(past["attributes"]?["family_name"] == "Niyonzima")
        #expect(past["as_of"]?["known"]?.string == known)

        let history = try await door.get("/api/v1/people/\(id)/history")
        #expect(history["statements"]?.array?.count == 2)
        let versions = try await door.get("/api/v1/people/\(id)/versions")
        #expect(versions["versions"]?.array?.compactMap { $0["version"]?.int } == [2, 1])

        let command = try #require(changed["command"]?.string)
        let undone = try await door.post("/api/v1/commands/\(command)/undo")
        #expect(undone.status == 200)
        let now = try await door.get("/api/v1/people/\(id)")
        #expect(now["attributes"]?["family_name"] == "Niyonzima")
        let shown = try await door.get("/api/v1/commands/\(command)")
        #expect(shown["undone_by"]?.string == undone["command"]?.string)
    }

    @Test func `shows identifiers in full only to those who may see them`() async throws {
        let door = try await DoorFixture.make()
        var person = DoorFixture.person(nid: "1234567890")
        person["phones"] = ["79123456"]
        let id = try await door.registered(person)

        let masked = try await door.get("/api/v1/people/\(id)")
        let full = try await door.get("/api/v1/people/\(id)", as: .officer)

        #expect(masked["identifiers"]?[0]?["last4"] == "7890")
        #expect(masked["identifiers"]?[0]?["value"] == nil)
        #expect(!masked.text.contains("1234567890"))
        #expect(full["identifiers"]?[0]?["value"] == "1234567890")
        #expect(full["phones"]?[0]?["number"] == "+25779123456")
    }

    @Test func `is found by its social id`() async throws {
        let door = try await DoorFixture.make()
        let id = try await door.registered()
        let number = try #require(try await door.get("/api/v1/people/\(id)")["social_id"]?.string)

        let read = try await door.get("/api/v1/people/\(number)")

        #expect(read["id"]?.string == id)
        #expect(read["asked_for"] == nil)
    }

    @Test func `is carried out once for one idempotency key`() async throws {
        let door = try await DoorFixture.make()
        let headers: Headers = ["Idempotency-Key": "first-registration-1"]
        let first = try await door.post("/api/v1/people", .object(DoorFixture.person()), headers: headers)

        let second = try await door.post("/api/v1/people", .object(DoorFixture.person()), headers: headers)
        let other = try await door.post("/api/v1/people", .object(DoorFixture.person("Aline")), headers: headers)

        #expect(second["id"] == first["id"])
        #expect(second["repeated"] == true)
        #expect(second.headers["Idempotency-Replayed"] == "true")
        #expect(other.status == 409)
        #expect(other.code == "registry.command.idempotency_mismatch")
    }

    @Test func `sent twice at once under one key is carried out once`() async throws {
        let door = try await DoorFixture.make()
        let headers: Headers = ["Idempotency-Key": "both-at-once-12345"]
        let person = JSON.object(DoorFixture.person("Josiane"))

        async let left = door.post("/api/v1/people", person, headers: headers)
        async let right = door.post("/api/v1/people", person, headers: headers)
        let answers = try await [left, right]

        #expect(answers.map(\.status) == [201, 201])
        #expect(answers[0]["id"] == answers[1]["id"])
    }

    @Test func `a merged household is answered by its survivor`() async throws {
        let door = try await DoorFixture.make()
        let kept = try await door.registeredHousehold([DoorFixture.person("Claver")])
        let gone = try await door.registeredHousehold([DoorFixture.person("Odette")])
        let merged = try await door.post("/api/v1/households/\(kept.id)/merge", ["absorbed": .string(gone.id)])
        #expect(merged.status == 200, "\(merged.text)")

        let read = try await door.get("/api/v1/households/\(gone.id)")
        let changed = try await door.post("/api/v1/households/\(gone.id)/deactivate", ["reason": "other"])

        #expect(read["id"]?.string == kept.id)
        #expect(read["asked_for"]?.string == gone.id)
        #expect(read.headers["Content-Location"] == "/api/v1/households/\(kept.id)")
        #expect(changed.status == 409)
        #expect(changed["survivor"]?.string == kept.id)
    }
}
