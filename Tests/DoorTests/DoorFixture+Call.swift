import Documents
import Groundwork
import Postgres
import Registry
import Synchronization
import TestKit
import Testing
import Web

/// One answer, read to its end.
struct Answer: Sendable {
    let status: Int
    let headers: Headers
    let bytes: [UInt8]
    /// The document; null when the answer is no JSON.
    let json: JSON

    subscript(_ key: String) -> JSON? { json[key] }
    var code: String? { json["code"]?.string }
    /// Pointers of what is to be corrected, with their codes.
    var errors: [String: String] {
        let pairs = (json["errors"]?.array ?? []).map { ($0["pointer"]?.string ?? "", $0["code"]?.string ?? "") }
        return Dictionary(pairs, uniquingKeysWith: { first, _ in first })
    }
    var text: String { String(decoding: bytes, as: UTF8.self) }
}

/// Which routes have answered well.
final class Exercised: Sendable {
    private let names: Mutex<Set<String>> = Mutex([])

    func note(_ route: String) { names.withLock { _ = $0.insert(route) } }
    var all: Set<String> { names.withLock { $0 } }
}

extension DoorFixture {
    func get(_ target: String, as who: Who? = .clerk, headers: Headers = [:]) async throws -> Answer {
        try await call(.get, target, as: who, headers: headers)
    }

    func post(
        _ target: String, _ body: JSON = [:], as who: Who? = .clerk, headers: Headers = [:]
    ) async throws -> Answer {
        try await call(.post, target, body.serialized(), as: who, headers: headers)
    }

    func patch(
        _ target: String, _ body: JSON, version: Int?, as who: Who? = .clerk
    ) async throws -> Answer {
        var headers: Headers = [:]
        if let version { headers["If-Match"] = "\"\(version)\"" }
        return try await call(.patch, target, body.serialized(), as: who, headers: headers)
    }

    /// Sends a request and holds its answer to what the document says of it.
    func call(
        _ method: Web.Method, _ target: String, _ body: [UInt8] = [], type: String? = "application/json",
        as who: Who? = .clerk, headers: Headers = [:]
    ) async throws -> Answer {
        var headers = headers
        if let who, let token = tokens[who] { headers["Authorization"] = "Bearer " + token }
        if !body.isEmpty, let type { headers["Content-Type"] = type }
        let request = Request(method, target, headers: headers, body: RequestBody(body))
        let response = await site.respond(to: request)
        let bytes = try await response.bytes()
        let isJSON = response.headers["Content-Type"]?.contains("json") ?? false
        let isLines = response.headers["Content-Type"]?.contains("ndjson") ?? false
        let answer = Answer(
            status: response.status.code, headers: response.headers, bytes: bytes,
            json: isJSON && !isLines && !bytes.isEmpty ? try JSON.parse(bytes) : .null)
        #expect(answer.status != 500, "\(method.rawValue) \(target): \(answer.text)")
        try check(answer, request)
        return answer
    }

    /// Finds the operation of the request in the document, and validates the answer against its schema.
    private func check(_ answer: Answer, _ request: Request) throws {
        // HEAD is what GET answers without its body, and stands in no document of its own.
        guard request.method != .head, let index = site.resolve(request).routeIndex else { return }
        let route = site.routes[index]
        guard !route.operation.isHidden else { return }
        if answer.status < 400 { exercised.note(route.name) }
        let path = route.path.replacing("...}", with: "}")
        let operation = openAPI["paths"]?[path]?[request.method.rawValue.lowercased()]
        let documented = try #require(operation, "\(route.name) is not documented")
        let status = String(answer.status)
        let responses = documented["responses"]?.object ?? [:]
        #expect(responses[status] != nil || answer.status >= 400, "\(route.name) does not document \(status)")
        guard answer.json != .null else { return }
        let type = answer.headers["Content-Type"]?.split(separator: ";").first.map { String($0) } ?? ""
        let isProblem = type == "application/problem+json"
        let reference =
            isProblem
            ? "#/components/schemas/Problem"
            : responses[status]?["content"]?[type]?["schema"]?["$ref"]?.string
        guard let reference else {
            if route.name != "GET /api/v1/openapi.json" {
                Issue.record("\(route.name): no schema for \(status) \(type)")
            }
            return
        }
        let findings = try JSONSchema(root: openAPI, at: reference).validate(answer.json)
        #expect(
            findings.isEmpty,
            "\(route.name) \(status): \(findings.prefix(3).map { "\($0.path): \($0.summary)" }) in \(answer.text.prefix(600))"
        )
    }

    // MARK: What tests begin with

    /// A colline's reference.
    var area: String { registry.collines.first?.reference ?? "" }
    var otherArea: String { registry.collines.last?.reference ?? "" }

    static func person(
        _ given: String = "Espérance", _ family: String = "Niyonzima", sex: String = "female",
        born: String = "1984-07-02", nid: String? = nil
    ) -> JSONObject {
        var person: JSONObject = [
            "attributes": [
                "given_name": .string(given), "family_name": .string(family), "sex": .string(sex),
                "birth_date": .string(born), "consent_basis": "consent",
            ]
        ]
        if let nid { person["identifiers"] = [["type": "NID", "value": .string(nid)]] }
        return person
    }

    /// A household with a head and members below, as a request states it.
    func household(_ members: [JSONObject]) -> JSON {
        let all = members.enumerated().map { index, member -> JSON in
            var member = member
            member["role"] = index == 0 ? "head" : "member"
            return .object(member)
        }
        return [
            "attributes": ["area": .string(area), "consent_basis": "consent", "residence": "rural"],
            "members": .array(all),
        ]
    }

    /// Registers a person and gives the id.
    func registered(_ person: JSONObject = person()) async throws -> String {
        let answer = try await post("/api/v1/people", .object(person))
        #expect(answer.status == 201, "\(answer.text)")
        return try #require(answer["id"]?.string)
    }

    /// Registers a household and gives its id and those of its members, head first.
    func registeredHousehold(_ members: [JSONObject]) async throws -> (id: String, members: [String]) {
        let answer = try await post("/api/v1/households", household(members))
        #expect(answer.status == 201, "\(answer.text)")
        let id = try #require(answer["id"]?.string)
        let read = try await get("/api/v1/households/\(id)")
        return (id, (read["members"]?.array ?? []).compactMap { $0["id"]?.string })
    }

    /// Gives every event its place, as the sequencer does.
    func sequence() async throws {
        _ = try await registry.database.write(as: registry.mandate) { tx in try await EventLog.sequence(in: tx) }
    }
}
