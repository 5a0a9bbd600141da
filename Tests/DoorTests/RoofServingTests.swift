import Access
import Documents
import Foundation
import Gates
import Groundwork
import Postgres
import Profiles
import Registry
import Runtime
import Telemetry
import TestKit
import Testing
import Web

@testable import kith

@Suite(.serialized) struct `The site as composed` {
    /// The whole site over the suite's database, with the tokens of its actors.
    private func site() async throws -> (site: Site, credentials: Credentials, doors: Doors, place: TemporaryFolder) {
        let roof = try Roof()
        #expect(try await roof.up(households: 0).exit == .ok)
        let notes = try Paper()
        let settings = try Settings.load(
            SettingsTable.all, arguments: ["--data", roof.data.path], environment: roof.environment)
        let ground = try Ground(
            Invocation(
                command: "serve", words: [], options: [:], switches: [], settings: settings,
                console: Console(wantsJSON: false, output: notes.terminal, notes: notes.terminal)))
        let store = Store(
            ground: ground, database: Scratch.database, auditing: Scratch.database, cluster: nil)
        let house = try await House.open(store, profile: Profile.load(ground.profileFolder))
        let authenticator = Authenticator(database: Scratch.database)
        let doors = try Doors(house, address: "http://127.0.0.1", metrics: Metrics()) { request in
            try await Gatekeeper.identify(request, authenticator)
        }
        let site = Assembly.site(doors, authenticator, AuditGate(house.audit, clock: house.clock), logger: .silent)
        return (site, try Credentials.load(roof.data), doors, roof.place)
    }

    private func get(_ path: String, _ token: String? = nil) -> Request {
        Request(.get, path, headers: token.map { ["Authorization": "Bearer \($0)"] } ?? [:])
    }

    @Test(.emptyDatabase) func `lets in by token and scope`() async throws {
        let (site, credentials, _, place) = try await site()
        let clerk = try #require(credentials["clerk"]).reveal()
        let partner = try #require(credentials["partner"]).reveal()

        #expect(await site.respond(to: get("/healthz")).status == .ok)
        let unknown = await site.respond(to: get("/api/v1/people?name=x"))
        #expect(unknown.status == .unauthorized)
        #expect(unknown.headers["WWW-Authenticate"] == "Bearer")
        #expect(await site.respond(to: get("/api/v1/people?name=x", "wrong-token-wrong-token")).status == .unauthorized)
        #expect(await site.respond(to: get("/api/v1/people?name=x", partner)).status == .forbidden)
        #expect(await site.respond(to: get("/api/v1/people?name=x", clerk)).status == .ok)
        withExtendedLifetime(place) {}
    }

    @Test(.emptyDatabase) func `tells other systems of refusals in their own shape`() async throws {
        let (site, _, _, place) = try await site()

        for path in ["/registry/sync/search", "/dci/v1.0.0/registry/sync/search"] {
            let answer = await site.respond(
                to: Request(.post, path, headers: ["Content-Type": "application/json"], body: RequestBody("{}")))
            #expect(answer.status == .unauthorized)
            let body = try JSON.parse(try await answer.bytes())
            #expect(body["message"]?["ack_status"]?.string == "ERR")
        }
        withExtendedLifetime(place) {}
    }

    @Test(.emptyDatabase) func `needs no scope that no role of the profile can carry`() async throws {
        let (site, _, _, place) = try await site()
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()

        for country in ["burundi", "uganda"] {
            let profile = try Profile.load(root.path + "/profiles/" + country)
            let known = Set(profile.scopes.map(\.name))
            let unknown = Set(site.routes.compactMap(\.scope.name)).subtracting(known)
            #expect(unknown.sorted() == [], "\(country) does not declare them")
        }
        withExtendedLifetime(place) {}
    }

    @Test(.scratchDatabase) func `gives events their places while it runs`() async throws {
        let database = Scratch.database
        let metrics = Metrics()
        let sequencer = SequencerService(
            database: database, tick: .milliseconds(10), logger: .silent, metrics: metrics)
        let mandate = Mandate(actor: Actors.system, purpose: .operation)
        let group = ServiceGroup([sequencer], signals: [], logger: .silent)

        async let ended: Void = group.run()
        try await database.write(as: mandate) { tx in
            for _ in 0..<3 {
                _ = try await tx.query(
                    """
                    INSERT INTO registry.event (
                        id, type, subject_kind, subject_id, subject_version, actor_id, purpose, trace, command_id,
                        recorded_at)
                    VALUES (
                        \(UUID()), 'import.applied.v1', 'import', \(UUID()), 1, \(mandate.actor), 'operation', 'x',
                        \(UUID()), now())
                    """)
            }
        }
        var places: [Int64] = []
        // Somebody's long transaction in the same server would hold the log back: then this fails instead of waiting on.
        let limit = ContinuousClock.now + .seconds(20)
        while places.count < 3, ContinuousClock.now < limit {
            let rows = try await database.read(
                as: mandate, once: ["SELECT pos FROM registry.event_order ORDER BY pos"])
            places = try rows[0].map { try $0.get(0) }
            await Task.yield()
        }
        group.stop()
        try await ended

        #expect(places == [1, 2, 3])
        #expect(metrics.prometheusText().contains("kith_events_placed_total 3"))
    }
}
