import Access
import Audit
import Cryptography
import Documents
import Foundation
import Gates
import Groundwork
import Postgres
import Registry
import TestKit
import Testing
import Web

@Suite(.scratchDatabase, .serialized) struct `What leaves is on record` {
    @Test func `every route says whether it tells about people`() async throws {
        let door = try await DoorFixture.make()

        let silent = door.site.routes.filter { $0.disclosure == .undeclared }.map(\.name)

        #expect(silent == [])
    }

    @Test func `a route that says it tells nothing answers nothing that people are described by`() async throws {
        let door = try await DoorFixture.make()
        let schemas = door.openAPI["components"]?["schemas"]?.object ?? [:]
        var telling: Set<String> = []
        for (name, schema) in schemas {
            let properties = Set((schema["properties"]?.object ?? [:]).map(\.key))
            if !properties.isDisjoint(with: ["social_id", "identifiers", "phones", "answers", "claims"]) {
                telling.insert(name)
            }
        }
        #expect(telling.isSuperset(of: ["Person", "Household", "Survey"]))

        for route in door.site.routes where route.disclosure == .nothing && route.path.hasPrefix("/api/v1") {
            let path = route.path.replacing("...}", with: "}")
            let operation = door.openAPI["paths"]?[path]?[route.method.rawValue.lowercased()]
            let told = Self.reachable(from: operation?["responses"] ?? .null, schemas)
            #expect(told.intersection(telling) == [], "\(route.name)")
        }
    }

    /// Names of the schemas that a document leads to.
    private static func reachable(from json: JSON, _ schemas: JSONObject, _ known: Set<String> = []) -> Set<String> {
        var known = known
        switch json {
        case .object(let object):
            for (key, value) in object {
                if key == "$ref", let name = value.string?.split(separator: "/").last.map(String.init) {
                    if known.insert(name).inserted { known = reachable(from: schemas[name] ?? .null, schemas, known) }
                } else {
                    known = reachable(from: value, schemas, known)
                }
            }
        case .array(let items):
            for item in items { known = reachable(from: item, schemas, known) }
        default: break
        }
        return known
    }

    private struct Entry {
        var operation: String
        var status: Int
        var fields: Set<String>
        var subjects: Set<String>
        var released: [UInt8]
        var size: Int
        var command: UUID?
        var purpose: String
        var trace: String
    }

    /// Entries of the route, oldest first.
    private func entries(_ door: DoorFixture, _ operation: String) async throws -> [Entry] {
        let rows = try await door.registry.rows(
            """
            SELECT e.operation, e.status::integer, e.fields, e.released, e.released_bytes, e.command_id, e.purpose, e.trace,
                ARRAY(SELECT s.subject_id::text FROM audit.subject AS s WHERE s.seq = e.seq ORDER BY s.place)
            FROM audit.entry AS e
            WHERE e.operation = \(operation)
            ORDER BY e.seq
            """)
        return try rows.map { row in
            Entry(
                operation: try row.get(0), status: Int(try row.get(1, as: Int32.self)),
                fields: Set(try row.get(2, as: String.self).split(separator: ",").map(String.init)),
                subjects: Set(try row.get(8, as: [String].self)), released: try row.get(3),
                size: Int(try row.get(4, as: Int64.self)), command: try row.get(5), purpose: try row.get(6),
                trace: try row.get(7))
        }
    }

    @Test func `a person read is on record with the bytes that left, and a refusal is not`() async throws {
        let door = try await DoorFixture.make()
        let id = try await door.registered(DoorFixture.person(nid: "1198700123456"))

        let answer = try await door.get("/api/v1/people/\(id)")
        _ = try await door.get("/api/v1/people/019f0000-0000-7000-8000-000000000000")
        let found = try await entries(door, "GET /api/v1/people/{id}")

        #expect(found.count == 1)
        #expect(found.first?.subjects == [id])
        #expect(found.first?.released == Digest.sha256(answer.bytes))
        #expect(found.first?.size == answer.bytes.count)
        #expect(found.first?.status == 200)
        #expect(found.first?.fields.isSuperset(of: ["given_name", "birth_date", "identifiers.last4"]) == true)
        #expect(found.first?.fields.contains("identifiers") == false)
    }

    @Test func `a search names everybody on the page, and one that finds nobody is on record too`() async throws {
        let door = try await DoorFixture.make()
        let made = try await door.registeredHousehold([
            DoorFixture.person("Odette", "Bizimana"), DoorFixture.person("Claver", "Bizimana"),
        ])

        let page = try await door.get("/api/v1/households?area=\(door.area)&members=true")
        _ = try await door.get("/api/v1/people?name=Zzzzzz")
        let households = try await entries(door, "GET /api/v1/households")
        let people = try await entries(door, "GET /api/v1/people")

        #expect(page["households"]?.array?.isEmpty == false)
        #expect(households.first?.subjects.isSuperset(of: Set(made.members + [made.id])) == true)
        #expect(people.count == 1)
        #expect(people.first?.subjects == [])
    }

    @Test func `a change refers to its command`() async throws {
        let door = try await DoorFixture.make()
        let answer = try await door.post("/api/v1/people", .object(DoorFixture.person("Goreth")))

        let found = try await entries(door, "POST /api/v1/people").last

        #expect(found?.command?.lowercased == answer["command"]?.string)
        #expect(found?.subjects == [answer["id"]?.string ?? ""])
        #expect(found?.purpose == "registration")
        #expect(found?.status == 201)
    }

    @Test func `whoever looked at a person can be told, and that is on record as well`() async throws {
        let door = try await DoorFixture.make()
        let id = try await door.registered(DoorFixture.person("Immaculée"))
        _ = try await door.get("/api/v1/people/\(id)", as: .visitor)
        _ = try await door.get("/api/v1/people/\(id)/family", as: .officer)

        let first = try await door.get("/api/v1/people/\(id)/access-log?limit=2")
        let next = first["next"]?.int ?? 0
        let second = try await door.get("/api/v1/people/\(id)/access-log?after=\(next)")
        let again = try await door.get("/api/v1/people/\(id)/access-log")

        #expect(first["entries"]?.array?.compactMap { $0["actor_name"]?.string } == ["officer", "visitor"])
        #expect(first["entries"]?[0]?["fields"]?.array?.contains("children") == true)
        #expect(second["entries"]?.array?.compactMap { $0["operation"]?.string } == ["POST /api/v1/people"])
        #expect(again["entries"]?.array?.count == 5)
        #expect(again["entries"]?[0]?["operation"] == "GET /api/v1/people/{id}/access-log")
    }

    @Test func `an export is on record piece by piece, with everybody in it`() async throws {
        let door = try await DoorFixture.make()
        let made = try await door.registeredHousehold([DoorFixture.person("Joie"), DoorFixture.person("Paix")])

        let answer = try await door.get("/api/v1/exports")
        let plain = try await entries(door, "GET /api/v1/exports")
        let kinds = try await door.get("/api/v1/exports?content=history&format=csv")
        let history = try await entries(door, "GET /api/v1/exports").dropFirst(plain.count)

        #expect(plain.reduce(0) { $0 + $1.size } == answer.bytes.count)
        #expect(
            plain.reduce(into: Set<String>()) { $0.formUnion($1.subjects) }.isSuperset(of: made.members + [made.id]))
        #expect(plain.last?.fields == ["export.plain"])
        #expect(history.reduce(0) { $0 + $1.size } == kinds.bytes.count)
        #expect(history.reduce(into: Set<String>()) { $0.formUnion($1.subjects) }.contains(made.id))
    }

    @Test func `an answer that cannot be put on record does not leave`() async throws {
        let door = try await DoorFixture.make()
        let id = try await door.registered()
        let token = try #require(door.tokens[.clerk])
        try await door.registry.database.write(as: door.registry.mandate) { tx in
            _ = try await tx.query(
                "ALTER TABLE audit.entry ADD CONSTRAINT entry_none CHECK (operation = '') NOT VALID")
        }

        let refused = await door.site.respond(
            to: Request(.get, "/api/v1/people/\(id)", headers: ["Authorization": "Bearer " + token]))
        try await door.registry.database.write(as: door.registry.mandate) { tx in
            _ = try await tx.query("ALTER TABLE audit.entry DROP CONSTRAINT entry_none")
        }

        #expect(refused.status == .internalServerError)
        #expect(String(decoding: try await refused.bytes(), as: UTF8.self).contains("Espérance") == false)
    }

    @Test func `a handler that says nothing, and a route that says nothing, are refused`() async throws {
        let registry = try await RegistryFixture.make()
        let writer = AuditWriter(database: registry.database, keys: registry.context.keys)
        let identify: Middleware = { request, _, next in
            var request = request
            request.principal = Principal(actor: registry.mandate.actor, name: "clerk", scopes: [])
            return try await next(request)
        }
        let routes: [Route] = [
            .get("/silent", needs: .needs("x"), "Tells without saying") { _ in .text("Espérance") }
                .disclosing(.personal),
            .get("/undeclared", needs: .needs("x"), "Says nothing of itself") { _ in .text("Espérance") },
            .get("/nothing", needs: .needs("x"), "Tells nothing") { _ in .text("a number") }.disclosing(.nothing),
            .get("/refusing", needs: .needs("x"), "Refuses") { _ in .text("no", status: .notFound) }
                .disclosing(.personal),
        ]
        let site = Site(routes: routes, middleware: [identify, AuditGate(writer).middleware])

        for (path, status) in [("/silent", 500), ("/undeclared", 500), ("/nothing", 200), ("/refusing", 404)] {
            let answer = await site.respond(to: Request(.get, path))
            #expect(answer.status.code == status, "\(path)")
            #expect(String(decoding: try await answer.bytes(), as: UTF8.self).contains("Espérance") == false)
        }
    }

    @Test func `what the doors wrote verifies`() async throws {
        let door = try await DoorFixture.make()
        let id = try await door.registered()
        for _ in 0..<10 { _ = try await door.get("/api/v1/people/\(id)") }
        let sealer = AuditSealer(database: door.registry.database, keys: door.registry.context.keys)
        _ = try await sealer.seal()

        let report = try await AuditVerifier(
            database: door.registry.database, keys: door.registry.context.keys
        ).verify()

        #expect(report.breaks == [])
        #expect(report.entries + report.unsealed >= 11)
    }
}
