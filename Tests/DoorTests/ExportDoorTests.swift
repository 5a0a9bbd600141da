import Documents
import Groundwork
import TestKit
import Testing
import Web

@Suite(.scratchDatabase, .serialized) struct `Exports over the API` {
    @Test func `stream the registry, an area or a cohort`() async throws {
        let door = try await DoorFixture.make()
        _ = try await door.registeredHousehold([
            DoorFixture.person(nid: "1234567890"), DoorFixture.person("Jean", sex: "male", born: "1980-01-01"),
        ])
        _ = try await door.registered(DoorFixture.person("Alone"))

        let all = try await door.get("/api/v1/exports")
        #expect(all.headers["Content-Type"] == "text/csv; charset=utf-8")
        #expect(all.text.split(separator: "\n").count == 3)
        #expect(all.text.contains("NID:1234567890"))
        let people = try await door.get("/api/v1/exports?format=ndjson")
        #expect(people.text.split(separator: "\n").count == 3)
        let kind = try await door.get("/api/v1/exports?content=people")
        #expect(kind.text.split(separator: "\n").count == 4)
        #expect(kind.text.hasPrefix("household_key,person_key,social_id,status"))
        let guarded = try await door.get("/api/v1/exports?content=people&for_spreadsheet=true")
        #expect(guarded.text.hasPrefix("\u{FEFF}household_key,"))
        let history = try await door.get("/api/v1/exports?format=ndjson&content=history")
        #expect(history.text.contains("\"claims\":{"))
        let none = try await door.get("/api/v1/exports?content=participation")
        #expect(none.text.split(separator: "\n").count == 1)
        let there = try await door.get("/api/v1/exports?format=ndjson&content=households&area=\(door.area)")
        #expect(there.text.split(separator: "\n").count == 1)
        let elsewhere = try await door.get("/api/v1/exports?format=ndjson&area=\(door.otherArea)")
        #expect(elsewhere.text.isEmpty)
        let men = try await door.post(
            "/api/v1/exports",
            ["format": "ndjson", "subject": "people", "filter": ["attribute": "sex", "value": "male"]])
        #expect(men.text.split(separator: "\n").count == 1)
        #expect(men.text.contains("Jean"))
    }

    @Test func `are refused with the place of what does not fit`() async throws {
        let door = try await DoorFixture.make()

        let area = try await door.get("/api/v1/exports?area=none&format=xml")
        #expect(Set(area.errors.keys) == ["/query/area", "/query/format"])
        let filter = try await door.post(
            "/api/v1/exports", ["subject": "people", "filter": ["attribute": "nothing", "value": 1]])
        #expect(filter.errors["/filter/attribute"] == "attribute.unknown")
        let bare = try await door.post("/api/v1/exports", [:])
        #expect(Set(bare.errors.keys) == ["/subject", "/filter"])
        #expect(try await door.get("/api/v1/exports", as: .visitor).status == 403)
    }
}
