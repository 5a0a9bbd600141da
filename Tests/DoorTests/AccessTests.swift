import Documents
import Groundwork
import TestKit
import Testing
import Web

@Suite(.scratchDatabase, .serialized) struct `Who may call what` {
    @Test func `every route that is not open refuses a caller without token, and one without scope`() async throws {
        let door = try await DoorFixture.make()

        for route in door.site.routes {
            guard let scope = route.scope.name else { continue }
            let target = Self.target(route)
            let none = try await door.call(route.method, target, as: nil)
            let forged = try await door.call(
                route.method, target, as: nil, headers: ["Authorization": "Bearer " + String(repeating: "x", count: 43)]
            )
            #expect(none.status == 401, "\(route.name)")
            #expect(none.headers["WWW-Authenticate"] == "Bearer", "\(route.name)")
            #expect(none.code == "access.token.missing")
            #expect(forged.status == 401, "\(route.name)")
            #expect(forged.code == "access.token.invalid")
            guard scope != "registry.read" else { continue }
            let poor = try await door.call(route.method, target, as: .visitor)
            #expect(poor.status == 403, "\(route.name)")
            #expect(poor["detail"]?.string?.contains(scope) == true, "\(route.name)")
        }
    }

    @Test func `a view of the past needs its own scope`() async throws {
        let door = try await DoorFixture.make()
        let id = try await door.registered()

        let now = try await door.get("/api/v1/people/\(id)", as: .visitor)
        let past = try await door.get("/api/v1/people/\(id)?valid=2026-01-01", as: .visitor)

        #expect(now.status == 200)
        #expect(past.status == 403)
    }

    @Test func `open routes tell nothing about anybody`() async throws {
        let door = try await DoorFixture.make()
        let open = door.site.routes.filter { $0.scope.name == nil }.map(\.path)

        #expect(
            Set(open) == [
                "/", "/reference", "/assets/kith.css", "/assets/kith.svg", "/healthz", "/readyz", "/metrics",
                "/api/v1/openapi.json",
            ])
    }

    /// The template with something in each place.
    static func target(_ route: Route) -> String {
        route.path.split(separator: "/", omittingEmptySubsequences: false).map { segment in
            segment.hasPrefix("{") ? "019f0000-0000-7000-8000-000000000000" : String(segment)
        }.joined(separator: "/")
    }
}
