import Documents
import Groundwork
import Registry
import TestKit
import Testing
import Web

@testable import RegistryAPI

@Suite(.scratchDatabase, .serialized) struct `The OpenAPI document` {
    @Test func `has no mistakes`() async throws {
        let door = try await DoorFixture.make()
        let shown = door.site.routes.filter { !$0.operation.isHidden }

        let mistakes = OpenAPIDocument.mistakes(routes: shown, schemas: try DoorFixture.components()["schemas"] ?? [:])

        #expect(mistakes == [])
    }

    @Test func `is served as it is`() async throws {
        let door = try await DoorFixture.make()

        let answer = try await door.get("/api/v1/openapi.json", as: nil)

        #expect(answer.json == door.openAPI)
        #expect(answer["openapi"] == "3.1.0")
    }

    @Test func `shows every route under the API with scope, summary, chapter and id`() async throws {
        let door = try await DoorFixture.make()
        let routes = door.site.routes.filter { $0.path.hasPrefix("/api/v1") }

        #expect(routes.count > 60)
        for route in routes {
            #expect(!route.operation.isHidden, "\(route.name)")
            #expect(!route.summary.isEmpty, "\(route.name)")
            #expect(route.operation.id?.isEmpty == false, "\(route.name)")
            #expect(route.operation.tags.count == 1, "\(route.name)")
        }
    }

    @Test func `names the idempotency key of every POST, and If-Match of every PATCH`() async throws {
        let door = try await DoorFixture.make()

        for route in door.site.routes where route.path.hasPrefix("/api/v1") {
            let names = route.operation.parameters.map(\.name)
            if route.method == .post { #expect(names.contains("Idempotency-Key"), "\(route.name)") }
            if route.method == .patch {
                let isNeeded = route.operation.parameters.contains { $0.name == "If-Match" && $0.isRequired }
                #expect(isNeeded, "\(route.name)")
            }
        }
    }

    @Test func `lists the kinds of command and the assurances that the door takes`() throws {
        let schemas = try DoorFixture.components()["schemas"] ?? [:]
        let kinds = (schemas["ProposedCommand"]?["properties"]?["kind"]?["enum"]?.array ?? []).compactMap(\.string)
        #expect(Set(kinds) == Set(CommandKind.allCases.map(\.rawValue)).union(["correction.apply"]))
        for (name, schema) in schemas.object ?? [:] {
            guard let listed = schema["properties"]?["assurance"]?["enum"]?.array else { continue }
            #expect(listed.compactMap(\.string) == Assurance.allCases.map(\.rawValue), "\(name)")
        }
    }

    @Test func `uses every schema that it names`() async throws {
        let door = try await DoorFixture.make()
        let named = Set((door.openAPI["components"]?["schemas"]?.object ?? [:]).keys)

        let used = Set(Self.references(door.openAPI))

        #expect(named.subtracting(used) == [])
    }

    /// Names of the schemas that are referred to anywhere.
    private static func references(_ json: JSON) -> [String] {
        switch json {
        case .object(let object):
            object.flatMap { key, value -> [String] in
                guard key == "$ref" else { return references(value) }
                return [String(value.string?.split(separator: "/").last ?? "")]
            }
        case .array(let items): items.flatMap(references)
        default: []
        }
    }
}
