import DCI
import Documents
import Foundation
import Groundwork
import Postgres
import TestKit
import Testing
import Web

/// The table of errors, row by row (docs/dci.md, 4).
@Suite(.scratchDatabase) struct `Refusals` {
    private let good = Sample.message([Sample.identifier("NID", SeededPeople.nid)])

    /// Both shapes in one body, valid against both schemas, with the same first error.
    private func expect(
        _ answer: DoorFixture.Answer, _ status: Int, _ code: ErrorCode,
        at location: SourceLocation = #_sourceLocation
    ) throws {
        #expect(answer.status == status, sourceLocation: location)
        #expect(answer.json["message"]?["ack_status"] == "ERR", sourceLocation: location)
        #expect(answer.json["message"]?["error"] == answer.json["errors"]?[0], sourceLocation: location)
        #expect(answer.errorCode == code.rawValue, sourceLocation: location)
        #expect(answer.headers["Content-Type"] == "application/json", sourceLocation: location)
        #expect(try breaches(answer.json, of: \.acknowledgement) == [], sourceLocation: location)
        #expect(try breaches(answer.json, of: \.errors) == [], sourceLocation: location)
    }

    @Test(arguments: ["", "{", "[1,", "null", "hello", #"{"header":{},}"#, "{\"header\":\"\u{0}\"}"])
    func `what is not JSON`(body: String) async throws {
        let door = try await DoorFixture.make()

        try expect(try await door.send(bytes: Array(body.utf8)), 400, .bad)
    }

    @Test func `bytes that are not UTF-8 are told with their place`() async throws {
        let door = try await DoorFixture.make()
        let body = Array(#"{"header": {"sender_id": ""#.utf8) + [0xC3, 0x28] + Array(#""}}"#.utf8)

        let answer = try await door.send(bytes: body)

        try expect(answer, 400, .bad)
        #expect(answer.errorTexts[0].contains("UTF-8"))
    }

    @Test func `what breaks the interface, with every place in words`() async throws {
        let door = try await DoorFixture.make()
        let json = good.setting("header", "total_count", to: "1").setting("header", "action", to: "verify")
            .setting("message", "search_request", "0", "timestamp", to: "2026-11-20T09:30:00")

        let answer = try await door.send(json)

        try expect(answer, 400, .bad)
        #expect(
            answer.errorTexts.contains("message.search_request[0].timestamp: an offset is required, e.g. +02:00 or Z."))
        #expect(answer.errorTexts.count == 3)
    }

    @Test(arguments: [nil, "text/plain", "multipart/form-data", "application/xml", ""])
    func `a missing or wrong content type`(type: String?) async throws {
        let door = try await DoorFixture.make()

        try expect(try await door.send(bytes: good.serialized(), type: type), 415, .bad)
    }

    @Test func `a content type may carry parameters and any case`() async throws {
        let door = try await DoorFixture.make()

        #expect(try await door.send(good, type: "Application/JSON; charset=utf-8").status == 200)
    }

    @Test func `a body over the limit`() async throws {
        let door = try await DoorFixture.make { settings, _ in settings.bodyLimit = 4096 }
        let body = good.serialized() + [UInt8](repeating: 0x20, count: 5000)

        try expect(try await door.send(bytes: body), 413, .bad)
    }

    @Test(arguments: [nil, "wrong-token"]) func `no token, or a bad one`(token: String?) async throws {
        let door = try await DoorFixture.make()

        let answer = try await door.send(good, token: token)

        try expect(answer, 401, .unauthorized)
        #expect(answer.headers["WWW-Authenticate"] == "Bearer")
    }

    @Test func `a token without the right`() async throws {
        let door = try await DoorFixture.make()

        try expect(try await door.send(good, token: DoorFixture.stranger), 403, .forbidden)
    }

    @Test func `another version`() async throws {
        let door = try await DoorFixture.make()

        try expect(try await door.send(good.setting("header", "version", to: "2.0.0")), 400, .versionNotSupported)
    }

    @Test func `an unknown sender, where only known ones are let in`() async throws {
        let door = try await DoorFixture.make { _, facts in
            facts.partners = PartnerBook(standard: nil, senders: ["spmis.example.org": .strict])
        }

        #expect(try await door.send(good).status == 200)
        try expect(try await door.send(good.setting("header", "sender_id", to: "other")), 400, .senderInvalid)
        try expect(try await door.send(good.setting("header", "sender_id", to: nil)), 400, .senderInvalid)
    }

    @Test func `a receiver who is somebody else`() async throws {
        let door = try await DoorFixture.make { settings, _ in settings.receiverIDs = ["usr.example.bi"] }

        #expect(try await door.send(good).status == 200)
        try expect(try await door.send(good.setting("header", "receiver_id", to: "usr.else")), 400, .receiverInvalid)
    }

    @Test func `a malformed callback address`() async throws {
        let door = try await DoorFixture.make()

        try expect(try await door.send(good.setting("header", "sender_uri", to: "callback")), 400, .senderURIInvalid)
    }

    @Test func `an encrypted message`() async throws {
        let door = try await DoorFixture.make()
        let message: JSON = [
            "header": ["alg": "RSA-OAEP-256", "enc": "A256GCM", "kid": "k"], "ciphertext": "x", "encrypted_key": "x",
            "tag": "x", "iv": "x",
        ]

        try expect(try await door.send(good.setting("message", to: message)), 400, .encryptionInvalid)
        try expect(try await door.send(good.setting("header", "is_msg_encrypted", to: true)), 400, .encryptionInvalid)
    }

    @Test func `another path below the door and another method`() async throws {
        let door = try await DoorFixture.make()

        try expect(try await door.send(good, path: "/registry/sync/enrolled"), 404, .notFound)
        let get = try await door.send(bytes: [], method: .get)
        try expect(get, 405, .bad)
        #expect(get.headers["Allow"]?.contains("POST") == true)
    }

    @Test func `a rate limit and a full server, told by whoever stands before the door`() async throws {
        let door = try await DoorFixture.make()
        let request = Request(.post, "/registry/sync/search")
        struct Limited: Fault {
            let code = "test.limited"
            let kind: FaultKind = .limited(retryAfter: 7)
            let summary = "Too many requests; wait 7 s."
        }

        let limited = try #require(door.door.presented(Problem(fault: Limited(), requestID: "r"), request))
        let busy = try #require(
            door.door.presented(Problem(fault: WebFault.busy(retryAfter: 2), requestID: "r"), request))

        #expect(limited.status == .tooManyRequests)
        #expect(limited.headers["Retry-After"] == "7")
        #expect(try JSON.parse(try await limited.bytes())["errors"]?[0]?["code"] == "err.request.too_many_requests")
        #expect(busy.status == .serviceUnavailable)
        #expect(try JSON.parse(try await busy.bytes())["errors"]?[0]?["code"] == "err.service.unavailable")
        #expect(door.door.presented(Problem(fault: Limited(), requestID: "r"), Request(.get, "/api/v1/people")) == nil)
    }

    @Test func `a database that is away`() async throws {
        let seeded = try await DoorFixture.make()
        var settings = try ConnectionSettings(parsing: "host=127.0.0.1 port=1 user=nobody dbname=none")
        settings.checkoutTimeout = .milliseconds(200)
        let door = try DoorFixture(registry: seeded.registry, people: seeded.people, database: Database(settings))

        try expect(try await door.send(good), 503, .unavailable)
    }

    // MARK: - Messages as a whole

    @Test func `an id used again for another message`() async throws {
        let door = try await DoorFixture.make()
        let first = Sample.message([Sample.identifier("NID", SeededPeople.nid)], messageID: "m-1")
        let second = Sample.message([Sample.identifier("NID", "1"), Sample.identifier("NID", "2")], messageID: "m-1")
        _ = try await door.send(first)

        let answer = try await door.send(second)

        #expect(answer.status == 200)
        #expect(answer.header["status"] == "rjct")
        #expect(answer.header["status_reason_code"] == "rjct.message_id.duplicate")
        #expect(answer.items.compactMap { $0["status"]?.string } == ["rjct", "rjct"])
        #expect(try breaches(answer.json, of: \.answer) == [])
    }

    @Test(arguments: [0, 2, -1]) func `a total that is not the number of requests`(total: Int) async throws {
        let door = try await DoorFixture.make()

        let answer = try await door.send(good.setting("header", "total_count", to: .number(JSONNumber(total))))

        #expect(answer.status == 200)
        #expect(answer.header["status_reason_code"] == "rjct.total_count.invalid")
        #expect(answer.items[0]["status"] == "rjct")
        #expect(try breaches(answer.json, of: \.answer) == [])
    }

    @Test func `more requests than one message may hold`() async throws {
        let door = try await DoorFixture.make { settings, _ in settings.maximumRequests = 3 }

        let answer = try await door.send(Sample.message((1...4).map { Sample.identifier("UIN", "\($0)") }))

        #expect(answer.header["status_reason_code"] == "rjct.total_count.limit_exceeded")
        #expect(answer.items.count == 4)
    }

    // MARK: - Requests

    @Test func `a reference that stands twice`() async throws {
        let door = try await DoorFixture.make()
        let json = Sample.message((1...3).map { Sample.identifier("UIN", "\($0)") })
            .setting("message", "search_request", "2", "reference_id", to: "R-1")

        let answer = try await door.send(json)

        #expect(answer.items.compactMap { $0["status"]?.string } == ["succ", "succ", "rjct"])
        #expect(answer.reason(2) == "rjct.reference_id.duplicate")
    }

    private static let refused: [(criteria: JSON, reason: ItemReason)] = [
        (Sample.expression(["shoe_size": 42]), .filterInvalid), (Sample.identifier("LOYALTY", "42"), .filterInvalid),
        (Sample.expression(["age": ["$regex": "4"]]), .filterInvalid),
        (Sample.expression(["age": "old"]), .filterInvalid),
        (Sample.expression(["birth_date": "2026-02-30"]), .filterInvalid),
        (Sample.expression(["sex": "rouge"]), .filterInvalid),
        (Sample.expression(["sex": ["$lt": "male"]]), .filterInvalid),
        (Sample.expression(["location": "Atlantis"]), .filterInvalid),
        (Sample.expression(["is_disabled": 5]), .filterInvalid),
        (Sample.expression(["given_name": "a\u{0}b"]), .filterInvalid),
        (Sample.expression(["email": "a@b"]), .filterInvalid),
        (Sample.expression(["UIN": ["$lt": "5"]]), .filterInvalid),
        (Sample.expression(["name": ["$gt": "A"]]), .filterInvalid),
        (Sample.expression(["location": ["$gt": "A"]]), .filterInvalid), (Sample.expression([:]), .filterInvalid),
        (Sample.expression(["$or": [["age": 5], [:]]]), .filterInvalid),
        (Sample.identifier("UIN", "1").setting("reg_type", to: "ns:org:RegistryType:Civil"), .criteriaInvalid),
        (Sample.identifier("UIN", "1").setting("sort", to: [["attribute_name": "shoe_size"]]), .sortInvalid),
        (Sample.identifier("UIN", "1").setting("sort", to: [["attribute_name": "poverty_score"]]), .sortInvalid),
        (Sample.identifier("UIN", "1").setting("sort", to: [["attribute_name": "NID"]]), .sortInvalid),
        (Sample.identifier("UIN", "1").setting("pagination", to: ["page_size": 100_000]), .pageInvalid),
        (
            Sample.expression(["age": 5]).setting("pagination", to: ["page_size": 1000, "page_number": 2_000_000]),
            .tooManyRecords
        ),
    ]

    @Test(arguments: refused)
    func `what cannot be answered is refused with its reason`(criteria: JSON, reason: ItemReason) async throws {
        let door = try await DoorFixture.make()

        let answer = try await door.ask(criteria)

        #expect(answer.status == 200)
        #expect(answer.header["status"] == "succ")
        #expect(answer.reason() == reason.rawValue)
        #expect(answer.items[0]["status_reason_message"]?.string?.isEmpty == false)
        #expect(try breaches(answer.json, of: \.answer) == [])
    }

    @Test func `an empty filter lists all for those who may`() async throws {
        let door = try await DoorFixture.make()

        #expect(try await door.ask(Sample.expression([:]), token: DoorFixture.lister).total() ?? 0 >= 8)
    }

    @Test func `a result over the limit`() async throws {
        let door = try await DoorFixture.make { settings, _ in settings.maximumResult = 2 }

        #expect(
            try await door.ask(Sample.expression(["age": ["$gte": 0]])).reason() == "rjct.search.too_many_records_found"
        )
        #expect(try await door.ask(Sample.expression(["YOB": 2001])).reason() == nil)
    }

    @Test func `pages that would be too much for one message together`() async throws {
        let door = try await DoorFixture.make { settings, _ in settings.mostRecords = 100 }

        let answer = try await door.send(Sample.message((1...3).map { Sample.identifier("UIN", "\($0)") }))

        #expect(answer.items.compactMap { $0["status"]?.string } == ["succ", "succ", "rjct"])
        #expect(answer.reason(2) == "rjct.search.too_many_records_found")
    }
}
