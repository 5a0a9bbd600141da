import Cryptography
import Documents
import Groundwork
import Intake
import Postgres
import TestKit
import Testing
import Web

@Suite(.scratchDatabase, .serialized) struct `Files sent in pieces over the API` {
    static let file: [UInt8] = Array(
        """
        household_key,person_key,given_name,family_name,sex,birth_date,relationship,role,area_code,residence,consent_basis,observed_on
        H1,P1,Aline,Niyonkuru,female,1990-05-17,head,head,BI01010101,rural,consent,2026-02-01
        H1,P2,Jean,Niyonkuru,male,1988-01-02,spouse,member,,,,
        H2,P3,Marie,Ndayishimiye,female,not a day,head,head,BI02010101,rural,consent,2026-02-01

        """.utf8)

    private func begin(_ door: DoorFixture, _ more: JSONObject = [:]) async throws -> String {
        var draft: JSONObject = [
            "file_name": "families.csv", "source": "survey-2026", "size": .number(JSONNumber(Self.file.count)),
        ]
        for (name, value) in more { draft[name] = value }
        let answer = try await door.post("/api/v1/uploads", .object(draft))
        #expect(answer.status == 201, "\(answer.text)")
        #expect(answer.headers["Upload-Offset"] == "0")
        return try #require(answer["id"]?.string)
    }

    private func send(
        _ door: DoorFixture, _ id: String, _ bytes: some Sequence<UInt8>, at offset: Int, match: String = "*",
        digest: String? = nil
    ) async throws -> Answer {
        var headers: Headers = ["Upload-Offset": String(offset), "If-Match": match]
        if let digest { headers["Content-Digest"] = digest }
        return try await door.call(
            .patch, "/api/v1/uploads/\(id)", Array(bytes), type: "application/octet-stream", headers: headers)
    }

    @Test func `are received, imported by the server and reported`() async throws {
        let door = try await DoorFixture.make()
        let (first, rest) = (Self.file[..<100], Self.file[100...])
        let id = try await begin(door, ["sha256": .string(Hex.encode(Digest.sha256(Self.file)))])

        let one = try await send(
            door, id, first, at: 0, digest: "sha-256=:\(Base64.encode(Digest.sha256(first))):")
        #expect(one.headers["Upload-Offset"] == "100")
        let asked = try await door.call(.head, "/api/v1/uploads/\(id)")
        #expect(asked.headers["Upload-Offset"] == "100")
        let tag = try #require(asked.headers["ETag"])
        #expect(tag == "\"\(Hex.encode(Digest.sha256(first)))\"")
        let two = try await send(door, id, rest, at: 100, match: tag)
        #expect(two["state"] == "complete")
        let batch = try #require(two["import"]?.string)
        #expect(try await door.get("/api/v1/imports/\(batch)")["state"] == "queued")
        #expect(try await door.get("/api/v1/imports")["imports"]?.array?.first?["id"]?.string == batch)

        #expect(try await door.worker.step())

        let done = try await door.get("/api/v1/imports/\(batch)")
        #expect(done["state"] == "finished")
        #expect(done["progress"]?["percent"]?.int == 100)
        #expect(done["counts"]?["people_registered"]?.int == 2)
        let stream = try await door.get("/api/v1/imports/\(batch)/progress")
        #expect(stream.headers["Content-Type"] == "text/event-stream")
        #expect(stream.text.hasPrefix("retry: 2000\n\nevent: end\ndata: {"))
        #expect(stream.text.hasSuffix("\n\n"))
        let report = try await door.get("/api/v1/imports/\(batch)/report?level=1")
        #expect(report["areas"]?.array?.compactMap { $0["area"]?.string } == ["bi-2023:BI01", "bi-2023:BI02"])
        #expect(report["rules"]?[0]?["lines"]?.int == 1)
        let csv = try await door.get("/api/v1/imports/\(batch)/quarantine?format=csv")
        #expect(csv.text.split(separator: "\n").count == 2)
        #expect(try await door.get("/api/v1/imports/\(batch)/quarantine").text.contains("\"line\":4"))
        let undone = try await door.post("/api/v1/imports/\(batch)/undo")
        #expect(undone["people_withdrawn"]?.int == 2)
        #expect(try await door.get("/api/v1/imports/\(batch)")["state"] == "undone")
        #expect(try await !kept(door).contains(id))
    }

    @Test func `show what their columns hold before they are imported`() async throws {
        let door = try await DoorFixture.make()
        let id = try await begin(door, ["start": false])
        let early = try await door.post("/api/v1/uploads/\(id)/profile")
        #expect(early.code == "intake.upload.incomplete")
        #expect(try await door.get("/api/v1/uploads/\(id)/profile").code == "api.upload.profile_missing")
        _ = try await send(door, id, Self.file, at: 0)

        let found = try await door.post("/api/v1/uploads/\(id)/profile")

        #expect(found["rows"]?.int == 3)
        #expect(!found.text.contains("Niyonkuru"))
        #expect(try await door.get("/api/v1/uploads/\(id)/profile").json == found.json)
    }

    static let former: [UInt8] = Array(
        """
        first_name;last_name;dob;location_code;individual_role;group_code
        Aimée;Niyonkuru;1990-05-17;BI01010101;HEAD;G1
        Jean;Niyonkuru;1988-01-02;BI01010101;SPOUSE;G1

        """.unicodeScalars.map { UInt8($0.value) })

    @Test func `are read by what was told when they began`() async throws {
        let door = try await DoorFixture.make()
        let draft: JSONObject = [
            "mapping": "openimis", "size": .number(JSONNumber(Self.former.count)), "encoding": "latin1",
            "separator": "semicolon", "set": ["observed_on": "2026-01-31"],
        ]
        let id = try await begin(door, draft)
        let held = try await door.get("/api/v1/uploads/\(id)")
        #expect(held["encoding"] == "windows-1252")
        #expect(held["separator"] == "semicolon")
        #expect(held["set"] == ["observed_on": "2026-01-31"])
        let sent = try await send(door, id, Self.former, at: 0)
        let batch = try #require(sent["import"]?.string)

        #expect(try await door.worker.step())

        let done = try await door.get("/api/v1/imports/\(batch)")
        #expect(done["state"] == "finished", "\(done.text)")
        #expect(done["counts"]?["people_registered"]?.int == 2)
        let rows = try await door.registry.rows(
            """
            SELECT given_name, observed_on::text FROM registry.person
            WHERE family_name = 'Niyonkuru' AND given_name IN ('Aimée', 'Jean')
            ORDER BY 1
            """)
        #expect(try rows.map { try $0.get(0, as: String.self) } == ["Aimée", "Jean"])
        #expect(try rows.map { try $0.get(1, as: String.self) } == ["2026-01-31", "2026-01-31"])
    }

    @Test func `can be read otherwise after a look, without being sent again`() async throws {
        let door = try await DoorFixture.make()
        let id = try await begin(
            door,
            [
                "mapping": "openimis", "size": .number(JSONNumber(Self.former.count)), "start": false,
                "separator": "|", "set": ["observed_on": "2026-01-31"], "source": "another",
            ])
        _ = try await send(door, id, Self.former, at: 0)
        let odd = try await door.post("/api/v1/uploads/\(id)/profile")
        #expect(odd["columns"]?.array?.count == 1)

        let asked = try await door.post(
            "/api/v1/uploads/\(id)/import",
            [
                "separator": ";", "encoding": "latin1", "set": ["observed_on": "2026-02-01"],
            ])
        let batch = try #require(asked["id"]?.string, "\(asked.text)")
        #expect(try await door.worker.step())

        #expect(try await door.get("/api/v1/imports/\(batch)")["counts"]?["people_registered"]?.int == 2)
        #expect(try await door.get("/api/v1/uploads/\(id)")["separator"] == "semicolon")
    }

    @Test func `are refused at once when they cannot be read as told`() async throws {
        let door = try await DoorFixture.make()
        func refused(_ more: JSONObject) async throws -> [String: String] {
            var draft: JSONObject = ["file_name": "a.csv", "source": "mis", "size": 1, "mapping": "openimis"]
            for (name, value) in more { draft[name] = value }
            return try await door.post("/api/v1/uploads", .object(draft)).errors
        }

        #expect(try await refused([:]) == ["/set/observed_on": "parameter.missing"])
        #expect(
            try await refused(["set": ["observed_on": "31/01/2026", "other": "1"]])
                == ["/set/observed_on": "parameter.date", "/set/other": "parameter.unknown"])
        #expect(
            try await refused(["set": ["observed_on": 7], "encoding": "ebcdic", "separator": "a", "sheet": 3])
                == [
                    "/set/observed_on": "type.text", "/encoding": "upload.encoding",
                    "/separator": "upload.separator", "/sheet": "type.text",
                ])
    }

    private func kept(_ door: DoorFixture) async throws -> [String] {
        let listed = try await door.get("/api/v1/uploads")["uploads"]?.array ?? []
        return listed.compactMap { $0["id"]?.string }
    }

    @Test func `can be tried, then imported, or given up`() async throws {
        let door = try await DoorFixture.make()
        let id = try await begin(door, ["start": false])
        let early = try await door.post("/api/v1/uploads/\(id)/import")
        #expect(early.code == "intake.upload.incomplete")
        _ = try await send(door, id, Self.file, at: 0)

        let tried = try await door.post("/api/v1/uploads/\(id)/import", ["dry_run": true])
        #expect(tried.status == 202)
        let twice = try await door.post("/api/v1/uploads/\(id)/import", ["dry_run": true])
        #expect(twice.code == "intake.upload.import_under_way")
        let busy = try await door.post("/api/v1/uploads/\(id)/discard")
        #expect(busy.status == 409)
        #expect(try await door.worker.step())
        #expect(try await kept(door).contains(id))
        let applied = try await door.post("/api/v1/uploads/\(id)/import")
        let batch = try #require(applied["id"]?.string)
        let abandoned = try await door.post("/api/v1/imports/\(batch)/abandon")
        #expect(abandoned["state"] == "abandoned")
        #expect(try await !door.worker.step())

        let discarded = try await door.post("/api/v1/uploads/\(id)/discard")
        #expect(discarded["state"] == "discarded")
        #expect(try await !kept(door).contains(id))
    }

    @Test func `are refused with the remedy where they do not fit`() async throws {
        let door = try await DoorFixture.make()
        let id = try await begin(door)

        let elsewhere = try await send(door, id, [1], at: 7)
        #expect(elsewhere.status == 409)
        #expect(elsewhere.headers["Upload-Offset"] == "0")
        #expect(elsewhere["offset"]?.int == 0)
        let changed = try await send(
            door, id, [1], at: 0, match: "\"\(Hex.encode(Digest.sha256([9])))\"")
        #expect(changed.code == "intake.upload.changed")
        let damaged = try await send(
            door, id, [1], at: 0, digest: "sha-256=:\(Base64.encode(Digest.sha256([2]))):")
        #expect(damaged.errors["/header/Content-Digest"] == "intake.upload.damaged")
        let odd = try await send(door, id, [1], at: 0, match: "\"7\"")
        #expect(odd.errors["/header/If-Match"] == "header.if_match")
        let long = try await send(door, id, Self.file + [1], at: 0)
        #expect(long.code == "intake.upload.too_long")
        let bare = try await door.call(
            .patch, "/api/v1/uploads/\(id)", [1], type: "application/octet-stream", headers: ["Upload-Offset": "0"])
        #expect(bare.status == 428)
        let typed = try await door.call(
            .patch, "/api/v1/uploads/\(id)", [1], type: "text/csv",
            headers: ["Upload-Offset": "0", "If-Match": "*"])
        #expect(typed.status == 415)
        let layout = try await door.post(
            "/api/v1/uploads", ["file_name": "a", "source": "b", "size": 1, "mapping": "none"])
        #expect(layout.errors["/mapping"] == "intake.layout.unknown")
        let large = try await door.post("/api/v1/uploads", ["file_name": "a", "source": "b", "size": 99_999_999_999])
        #expect(large.status == 413)
        let wrong = try await door.post("/api/v1/uploads", ["source": "a b", "size": 0, "sha256": "xyz"])
        #expect(Set(wrong.errors.keys) == ["/file_name", "/source", "/size", "/sha256"])
        #expect(try await door.get("/api/v1/uploads/\(UUIDText.unknown)").status == 404)
        #expect(try await door.get("/api/v1/uploads", as: .visitor).status == 403)
    }
}

enum UUIDText {
    static let unknown: String = "0197f2aa-0000-7000-8000-000000000001"
}
