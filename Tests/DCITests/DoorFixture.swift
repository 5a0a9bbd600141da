import Access
import Audit
import DCI
import Documents
import Foundation
import Gates
import Groundwork
import Postgres
import Registry
import Runtime
import TestKit
import Web

/// A small registry with known people behind a DCI door, and ways to ask it.
struct DoorFixture: Sendable {
    let registry: RegistryFixture
    let door: DCIDoor
    let site: Site
    let people: SeededPeople

    /// Bearer tokens of the tests.
    static let partner: String = "partner-token"
    static let lister: String = "lister-token"
    static let stranger: String = "stranger-token"

    private static let scopes: [String: Set<String>] = [
        partner: ["dci.search"], lister: ["dci.search", "dci.search.all"], stranger: ["registry.read"],
    ]

    static let clock: FixedClock = FixedClock(RegistryFixture.today)

    /// The door of a suite's database, seeded when it is first asked for.
    static func make(_ change: (inout DCISettings, inout DCIFacts) -> Void = { _, _ in }) async throws -> DoorFixture {
        let (registry, people) = try await SeededRegistries.shared.registry(on: Scratch.database)
        return try DoorFixture(registry: registry, people: people, change)
    }

    init(
        registry: RegistryFixture, people: SeededPeople, database: Database? = nil,
        _ change: (inout DCISettings, inout DCIFacts) -> Void = { _, _ in }
    ) throws {
        (self.registry, self.people) = (registry, people)
        var settings = DCISettings()
        settings.registryID = "usr.example.bi"
        var facts = try DCIFacts(profile: registry.profile)
        change(&settings, &facts)
        let door = DCIDoor(
            database: database ?? registry.database, context: registry.context, facts: facts, settings: settings,
            clock: Self.clock
        ) { request in try Self.principal(request) }
        let gate: Middleware = { request, route, next in
            let principal = try Self.principal(request)
            if let scope = route.scope.name, !principal.may(scope) { throw AccessFault.missingScope(scope) }
            var request = request
            request.principal = principal
            return try await next(request)
        }
        self.door = door
        let audit = AuditGate(
            AuditWriter(database: database ?? registry.database, keys: registry.context.keys), clock: Self.clock)
        site = Site(routes: door.routes, middleware: [gate, audit.middleware]) { problem, request in
            door.presented(problem, request) ?? .problem(problem)
        }
    }

    @Sendable private static func principal(_ request: Request) throws(AccessFault) -> Principal {
        guard let token = request.bearerToken else { throw .noToken }
        guard let scopes = scopes[token] else { throw .invalidToken }
        return Principal(actor: ID(), name: token, scopes: scopes)
    }

    // MARK: - Asking

    struct Answer {
        var status: Int
        var headers: Headers
        var json: JSON

        var items: [JSON] { json["message"]?["search_response"]?.array ?? [] }
        var header: JSON { json["header"] ?? .null }
        var errorCode: String? { json["errors"]?[0]?["code"]?.string }
        /// All that is said of what is wrong.
        var errorTexts: [String] { (json["errors"]?.array ?? []).compactMap { $0["message"]?.string } }

        func records(_ index: Int = 0) -> [JSON] {
            guard items.indices.contains(index) else { return [] }
            return items[index]["data"]?["reg_records"]?.array ?? []
        }

        func total(_ index: Int = 0) -> Int? { items[index]["pagination"]?["total_count"]?.int }
        func reason(_ index: Int = 0) -> String? {
            items.indices.contains(index) ? items[index]["status_reason_code"]?.string : nil
        }
    }

    func send(
        _ json: JSON, path: String = "/registry/sync/search", token: String? = partner,
        type: String? = "application/json"
    ) async throws -> Answer {
        try await send(bytes: json.serialized(), path: path, token: token, type: type)
    }

    func send(
        bytes: [UInt8], path: String = "/registry/sync/search", token: String? = partner,
        type: String? = "application/json", method: Web.Method = .post
    ) async throws -> Answer {
        var headers: Headers = [:]
        if let token { headers["Authorization"] = "Bearer \(token)" }
        if let type { headers["Content-Type"] = type }
        let response = await site.respond(to: Request(method, path, headers: headers, body: RequestBody(bytes)))
        let body = try await response.bytes()
        return Answer(
            status: response.status.code, headers: response.headers, json: body.isEmpty ? .null : try JSON.parse(body))
    }

    /// Sends one request and gives its records' own numbers, in order.
    func ask(_ criteria: JSON, token: String? = partner) async throws -> Answer {
        try await send(Sample.message([criteria]), token: token)
    }

    /// The names by which the seeded people and households of an answer are known to the tests.
    func names(_ answer: Answer, _ index: Int = 0) -> [String] {
        answer.records(index).map { record in
            let identifiers = record["member_identifier"] ?? record["group_identifier"] ?? record["identifier"]
            return people.names[identifiers?[0]?["identifier_value"]?.string ?? ""] ?? "?"
        }
    }
}

/// The registries of running suites: the tests of one suite share one, made by the first that asks.
private actor SeededRegistries {
    static let shared = SeededRegistries()

    private var made: [String: Task<(RegistryFixture, SeededPeople), any Error>] = [:]

    func registry(on database: Database) async throws -> (RegistryFixture, SeededPeople) {
        let place = database.settings.connectionString
        if let known = made[place] { return try await known.value }
        let making = Task {
            let registry = try await RegistryFixture.make(on: database)
            return (registry, try await SeededPeople.seed(registry))
        }
        made[place] = making
        return try await making.value
    }
}
