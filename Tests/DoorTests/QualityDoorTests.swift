import Documents
import Groundwork
import Quality
import TestKit
import Testing
import Web

@Suite(.scratchDatabase, .serialized) struct `Quality over the API` {
    @Test func `scores areas and sources, and lists who breaks a rule`() async throws {
        let door = try await DoorFixture.make()
        var nameless = DoorFixture.person("Jean", sex: "male")
        nameless["attributes"] = ["given_name": "Jean", "sex": "male", "consent_basis": "consent"]
        let made = try await door.registeredHousehold([DoorFixture.person(), nameless])

        let blank = try await door.get("/api/v1/quality?level=4&area=\(door.area)")
        #expect(blank["state"] == "none")
        #expect(blank["total"]?.isNull ?? false)
        #expect(blank["rules"]?.array?.isEmpty == false)
        let asked = try await door.post("/api/v1/quality?level=4&area=\(door.area)")
        #expect(asked.status == 202)
        #expect(asked["state"] == "waiting")
        _ = try await door.post("/api/v1/quality?by=source")
        while try await door.scores.step(as: door.registry.mandate) {}
        let areas = try await door.get("/api/v1/quality?level=4&area=\(door.area)")
        #expect(areas["state"] == "counted")
        #expect(areas["counted_at"]?.string != nil)
        #expect(areas["today"]?.string == RegistryFixture.today.description)
        #expect(areas["lines"]?.array?.compactMap { $0["area"]?.string } == [door.area])
        let rule = areas["total"]?["counts"]?.array?.first { $0["rule"] == "birth_date_missing" }
        #expect(rule?["fails"]?.int == 1)
        #expect(areas["total"]?["score_permille"]?.int ?? 1000 < 1000)
        let sources = try await door.get("/api/v1/quality?by=source")
        #expect(sources["lines"]?.array?.compactMap { $0["source"]?.string } == ["desk"])
        let list = try await door.get("/api/v1/quality/worklists/birth_date_missing?count=true")
        #expect(list["total"]?.int == 1)
        #expect(list["people"]?[0]?["id"]?.string == made.members.last)
        let households = try await door.get("/api/v1/quality/worklists/point_missing?limit=1")
        #expect(households["households"]?.array?.count == 1)
        #expect(try await door.get("/api/v1/quality/worklists/none").code == "quality.rule.not_found")
        #expect(try await door.get("/api/v1/quality?area=none").errors["/query/area"] == "area.unknown")
        #expect(try await door.get("/api/v1/quality", as: .visitor).status == 403)
    }

    @Test func `takes so many questions of one person, and says when to come again`() async throws {
        let door = try await DoorFixture.make()
        for level in 0...9 {
            #expect(try await door.post("/api/v1/quality?level=\(level)").status == 202)
            #expect(try await door.post("/api/v1/quality?level=\(level)&area=\(door.area)").status == 202)
        }

        let refused = try await door.post("/api/v1/quality?by=source")

        #expect(refused.status == 429)
        #expect(refused.code == "quality.score.too_many")
        #expect(try await door.post("/api/v1/quality?level=1").status == 202)
        while try await door.scores.step(as: door.registry.mandate) {}
        #expect(try await door.post("/api/v1/quality?by=source").status == 202)
        while try await door.scores.step(as: door.registry.mandate) {}
    }

    @Test func `takes corrections of many records from proposal to undo`() async throws {
        let door = try await DoorFixture.make()
        var ids: [String] = []
        for given in ["Aline", "Marie", "Jean"] {
            ids.append(try await door.registered(DoorFixture.person(given, "Mispelled")))
        }
        let draft: JSONObject = [
            "subject": "people", "filter": ["attribute": "family_name", "value": "Mispelled"],
            "attribute": "family_name", "replace": [["from": "Mispelled", "to": "Misspelled"]], "reason": "spelling",
        ]
        var dry = draft
        dry["dry_run"] = true
        let count = try await door.post("/api/v1/corrections", .object(dry))
        #expect(count.json == ["fits": 3, "changes": 3])

        let made = try await door.post("/api/v1/corrections", .object(draft), headers: ["Idempotency-Key": "correct-1"])
        let again = try await door.post(
            "/api/v1/corrections", .object(draft), headers: ["Idempotency-Key": "correct-1"])
        let id = try #require(made["id"]?.string)
        #expect(made.status == 201)
        #expect(again["id"]?.string == id)
        #expect(made["counts"]?["open"]?.int == 3)
        let items = try await door.get("/api/v1/corrections/\(id)/items?limit=2")
        #expect(items["items"]?.array?.count == 2)
        #expect(items["next"]?.int == 2)
        #expect(try await door.get("/api/v1/proposals/\(id)")["command"]?["kind"] == "correction.apply")
        let own = try await door.post("/api/v1/corrections/\(id)/decisions", ["decision": "approve"])
        #expect(own.status == 403)
        let decided = try await door.post(
            "/api/v1/corrections/\(id)/decisions", ["decision": "approve", "leave_out": [1]], as: .signer)
        #expect(decided["state"] == "executing")
        #expect(try await door.corrections.step(as: door.registry.mandate))

        let done = try await door.get("/api/v1/corrections/\(id)")
        #expect(done["state"] == "executed")
        #expect(done["counts"]?["executed"]?.int == 2)
        #expect(done["counts"]?["rejected"]?.int == 1)
        var names: [String] = []
        for person in ids {
            names.append(
                try await door.get("/api/v1/people/\(person)")["attributes"]?["family_name"]?.string ?? "")
        }
        #expect(names.sorted() == ["Mispelled", "Misspelled", "Misspelled"])
        let undone = try await door.post("/api/v1/corrections/\(id)/undo", as: .signer)
        #expect(undone.status == 202)
        #expect(undone["state"] == "undoing")
        while try await door.corrections.step(as: door.registry.mandate) {}
        let end = try await door.get("/api/v1/corrections/\(id)")
        #expect(end["state"] == "undone")
        #expect(end["undo"]?["records_kept"]?.int == 0)
    }

    @Test func `refuses corrections with the place of what does not fit`() async throws {
        let door = try await DoorFixture.make()

        let bare = try await door.post("/api/v1/corrections", [:])
        #expect(Set(bare.errors.keys) == ["/subject", "/filter", "/attribute", "/set", "/reason"])
        let code = try await door.post(
            "/api/v1/corrections",
            [
                "subject": "people", "filter": ["attribute": "sex", "value": "male"], "attribute": "sex", "set": "blue",
                "reason": "x",
            ])
        #expect(code.errors["/set"] != nil)
        let nobody = try await door.post(
            "/api/v1/corrections",
            [
                "subject": "people", "filter": ["attribute": "family_name", "value": "Nobody At All"],
                "attribute": "education", "set": .null, "reason": "x",
            ])
        #expect(nobody.code == "quality.correction.nothing")
        #expect(try await door.get("/api/v1/corrections/\(UUIDText.unknown)").code == "quality.correction.not_found")
    }
}
