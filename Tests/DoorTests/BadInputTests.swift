import Documents
import Groundwork
import Registry
import TestKit
import Testing
import Web

/// Everything that can be wrong with a request gets an error of its own that says where and what to do.
@Suite(.scratchDatabase, .serialized) struct `Bad input to the API` {
    @Test func `malformed JSON is answered with line and column`() async throws {
        let door = try await DoorFixture.make()

        let answer = try await door.call(.post, "/api/v1/people", Array("{\n \"attributes\": {,}\n}".utf8))

        #expect(answer.status == 400)
        #expect(answer.code?.hasPrefix("json.") == true)
        #expect(answer["detail"]?.string?.contains("Line 2") == true)
    }

    @Test func `invalid UTF-8 is told as such`() async throws {
        let door = try await DoorFixture.make()
        let bytes = Array("{\"attributes\": {\"given_name\": \"".utf8) + [0xC3, 0x28] + Array("\"}}".utf8)

        let answer = try await door.call(.post, "/api/v1/people", bytes)

        #expect(answer.status == 400)
        #expect(answer.code == "json.encoding")
    }

    @Test func `an unknown member is refused with its pointer`() async throws {
        let door = try await DoorFixture.make()
        var person = DoorFixture.person()
        person["nickname"] = "Espe"

        let answer = try await door.post("/api/v1/people", .object(person))

        #expect(answer.status == 422)
        #expect(answer.errors == ["/nickname": "member.unknown"])
        #expect(answer["errors"]?[0]?["detail"]?.string?.contains("attributes") == true)
    }

    @Test func `an unknown attribute is refused with its pointer`() async throws {
        let door = try await DoorFixture.make()
        var person = DoorFixture.person()
        person["attributes"] = [
            "given_name": "Aline", "shoe_size": 38, "consent_basis": "consent", "sex": "female",
        ]

        let answer = try await door.post("/api/v1/people", .object(person))

        #expect(answer.status == 422)
        #expect(answer.errors == ["/attributes/shoe_size": "attribute.unknown"])
    }

    @Test func `several troubles are told at once`() async throws {
        let door = try await DoorFixture.make()
        let head: JSON = [
            "role": "head",
            "attributes": [
                "given_name": .string(String(repeating: "x", count: 300)), "sex": "neither", "birth_date": "2023-02-30",
            ],
            "identifiers": [["type": "NOPE", "value": "1"]],
        ]
        let body: JSON = [
            "attributes": ["area": "bi-2023:nowhere", "consent_basis": "consent"], "members": [head],
        ]

        let answer = try await door.post("/api/v1/households", body)

        #expect(answer.status == 422)
        #expect(
            answer.errors == [
                "/attributes/area": "area.unknown", "/members/0/attributes/given_name": "text.too_long",
                "/members/0/attributes/sex": "code.unknown", "/members/0/attributes/birth_date": "date.invalid",
                "/members/0/identifiers/0/type": "identifier.type_unknown",
            ])
    }

    static let odd: [(pointer: String, value: JSON, code: String)] = [
        ("/attributes", "text", "type.object"), ("/observed_on", 5, "date.invalid"),
        ("/observed_on", "2026-13-01", "date.invalid"), ("/observed_on", "2031-01-01", "date.future"),
        ("/assurance", "certain", "code.unknown"), ("/identifiers", "NID", "type.list"),
        ("/phones", [5], "type.text"), ("/source_key", .string(String(repeating: "k", count: 65)), "text.too_long"),
        ("/source_key", "a\u{0007}b", "text.control"),
    ]

    @Test(arguments: odd.indices)
    func `a value of the wrong kind is named`(place: Int) async throws {
        let (pointer, value, code) = Self.odd[place]
        let door = try await DoorFixture.make()
        var person = DoorFixture.person()
        person[String(pointer.dropFirst())] = value

        let answer = try await door.post("/api/v1/people", .object(person))

        #expect(answer.status == 422)
        #expect(answer.errors.contains { $0.key.hasPrefix(pointer) && $0.value == code }, "\(answer.text)")
    }

    @Test func `the character U+0000 is refused wherever it stands`() async throws {
        let door = try await DoorFixture.make()
        let body = Array("{\"attributes\": {\"given_name\": \"A\\u0000B\"}}".utf8)

        let answer = try await door.call(.post, "/api/v1/people", body)

        #expect(answer.status == 422)
        #expect(answer.errors == ["/attributes/given_name": "text.control"])
    }

    @Test func `a person twice in one household list is refused`() async throws {
        let door = try await DoorFixture.make()
        let id = try await door.registered()
        let body: JSON = [
            "attributes": ["area": .string(door.area), "consent_basis": "consent"],
            "members": [["id": .string(id), "role": "head"], ["id": .string(id)]],
        ]

        let answer = try await door.post("/api/v1/households", body)

        #expect(answer.status == 422)
        #expect(answer.errors["/members/1"] == "members.person_twice")
    }

    @Test func `an id too long or malformed is named`() async throws {
        let door = try await DoorFixture.make()
        let long = String(repeating: "9", count: 4000)

        let path = try await door.get("/api/v1/people/\(long)")
        let body = try await door.post("/api/v1/births", ["child": .object(DoorFixture.person()), "mother": "x"])

        #expect(path.status == 422)
        #expect(path.errors == ["/path/id": "path.id"])
        #expect(body.errors == ["/mother": "id.invalid"])
    }

    @Test(arguments: [
        "/api/v1/people?limit=-1", "/api/v1/people?limit=999999", "/api/v1/people?limit=many",
        "/api/v1/areas?limit=0", "/api/v1/events?limit=-5", "/api/v1/people?after=forged",
        "/api/v1/events?after=1.x", "/api/v1/events?type=person.painted.v1", "/api/v1/people?shoe_size=38",
        "/api/v1/people?birth_date.ge=2023-02-30", "/api/v1/people?area=nowhere", "/api/v1/people?sex=neither",
        "/api/v1/people?identifier=NOPE:1", "/api/v1/people?sort=-shoe_size", "/api/v1/people?limit=1&limit=2",
        "/api/v1/areas?wind=north", "/api/v1/people?count=perhaps",
    ])
    func `a parameter that does not fit is named`(target: String) async throws {
        let door = try await DoorFixture.make()

        let answer = try await door.get(target)

        #expect(answer.status == 422, "\(answer.text)")
        #expect(answer["errors"]?.array?.isEmpty == false, "\(answer.text)")
    }

    @Test func `a query that is no UTF-8 is refused`() async throws {
        let door = try await DoorFixture.make()

        let answer = try await door.get("/api/v1/people?name=%C3%28")

        #expect(answer.status == 400)
        #expect(answer.code == "web.target.malformed")
    }

    @Test func `a change without a version is asked for one`() async throws {
        let door = try await DoorFixture.make()
        let id = try await door.registered()

        let none = try await door.patch("/api/v1/people/\(id)", ["attributes": ["education": "none"]], version: nil)
        let odd = try await door.call(
            .patch, "/api/v1/people/\(id)", Array("{}".utf8), headers: ["If-Match": "seven"])

        #expect(none.status == 428)
        #expect(odd.status == 422)
        #expect(odd.errors == ["/header/If-Match": "header.if_match"])
    }

    @Test func `a stale version among several is a conflict`() async throws {
        let door = try await DoorFixture.make()
        let home = try await door.registeredHousehold([DoorFixture.person()])
        let body: JSON = [
            "area": .string(door.otherArea), "versions": [["household": .string(home.id), "version": 9]],
        ]

        let answer = try await door.post("/api/v1/households/\(home.id)/move", body)

        #expect(answer.status == 409)
        #expect(answer.code == "registry.subject.stale_version")
        #expect(answer["current_version"] == 1)
    }

    @Test func `another media type is refused`() async throws {
        let door = try await DoorFixture.make()

        let answer = try await door.call(.post, "/api/v1/people", Array("a=1".utf8), type: "text/plain")

        #expect(answer.status == 415)
    }

    @Test func `a body too large is refused before it is understood`() async throws {
        let door = try await DoorFixture.make()
        let body = [UInt8](repeating: 0x20, count: (1 << 20) + 1)

        let answer = try await door.call(.post, "/api/v1/people", body)

        #expect(answer.status == 413)
    }

    @Test func `what does not exist is told by its kind`() async throws {
        let door = try await DoorFixture.make()
        let nobody = ID<Person>().description

        #expect(try await door.get("/api/v1/people/\(nobody)").code == "registry.person.not_found")
        #expect(try await door.get("/api/v1/households/\(nobody)").code == "registry.household.not_found")
        #expect(try await door.get("/api/v1/areas/nowhere").code == "registry.area.not_found")
        #expect(try await door.get("/api/v1/surveys/\(nobody)").code == "registry.survey.not_found")
        #expect(try await door.get("/api/v1/proposals/\(nobody)").code == "registry.proposal.not_found")
        #expect(try await door.get("/api/v1/codes/colours").code == "api.code_list.not_found")
        #expect(try await door.get("/api/v1/painters").status == 404)
    }
}
