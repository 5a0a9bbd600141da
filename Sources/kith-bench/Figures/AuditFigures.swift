import Access
import Audit
import DCI
import Foundation
import Gates
import Groundwork
import Postgres
import Profiles
import Registry
import Runtime
import Telemetry
import Web
import WebServer

extension Measure {
    /// What it costs that everything that leaves is on record, and how fast the record can be checked.
    static let audit: Measure = Measure(
        name: "audit-search",
        summary: """
            DCI sync search by NID, 64 connections, with the audit record and without it in turns; a single entry made \
            durable; 1,000,000 entries written, sealed and verified
            """
    ) { ground in
        try await AuditFigures(ground: ground).figures()
    }
}

struct AuditFigures: Sendable {
    let ground: BenchGround

    private static let connections = 64
    private static let rounds = 4
    private static let seconds = 4.0
    private static let rows = 1_000_000

    func figures() async throws -> [Figure] {
        var settings = ground.database.settings
        settings.poolSize = 1
        let own = Database(settings)
        do {
            let figures =
                try await search(own) + (try await single(own)) + (try await verification(own))
            await own.close()
            return figures
        } catch {
            await own.close()
            throw error
        }
    }

    // MARK: Search

    private func search(_ own: Database) async throws -> [Figure] {
        let with = try await server(AuditGate(AuditWriter(database: own, keys: ground.keys)))
        let without = try await server(nil)
        let request = IdentifierSearch(ground: ground).request()
        var rates = (with: 0.0, without: 0.0)
        var latencies: [UInt32] = []
        do {
            for round in 0..<Self.rounds {
                for (index, server) in [with, without].enumerated() {
                    let load = HTTPLoad(
                        port: server.boundPort, connections: Self.connections, seconds: Self.seconds, request: request)
                    let outcome = try await load.run(from: 500_000_000 + 100_000_000 * (round * 2 + index))
                    if index == 0 {
                        rates.with += outcome.rate
                        latencies += outcome.latencies
                    } else {
                        rates.without += outcome.rate
                    }
                }
            }
        } catch {
            await with.shutdown()
            await without.shutdown()
            throw error
        }
        await with.shutdown()
        await without.shutdown()
        let turns = Double(Self.rounds)
        let all = HTTPLoad.Outcome(rate: rates.with, latencies: latencies.sorted())
        return [
            Figure(
                name: "audit-search", value: rates.with / turns, unit: "requests/s", target: .share(0.65),
                limit: rates.without / turns),
            Figure(name: "audit-search-p99", value: all.percentile(0.99), unit: "ms"),
        ]
    }

    /// The DCI door on a port of its own, in this process, so that nothing but the gate differs.
    private func server(_ gate: AuditGate?) async throws -> HTTPServer {
        let profile = try Profile.load(try Home.find().profile("burundi"))
        let authenticator = Authenticator(database: ground.database)
        let identify: Middleware = { request, _, next in
            guard let token = request.bearerToken,
                let principal = try await authenticator.authenticate(bearer: token)
            else { throw AccessFault.invalidToken }
            var request = request
            request.principal = principal
            return try await next(request)
        }
        let door = DCIDoor(
            database: ground.database, context: ground.context, facts: try DCIFacts(profile: profile),
            settings: DCISettings(), clock: SystemClock()
        ) { request in
            guard let principal = request.principal as? Principal else { throw AccessFault.noToken }
            return principal
        }
        var settings = ServerSettings(port: 0)
        settings.maximumConnections = Self.connections * 2
        settings.maximumRequests = Self.connections * 2
        let server = HTTPServer(
            site: Site(routes: door.routes, middleware: gate.map { [identify, $0.middleware] } ?? [identify]),
            settings: settings)
        try server.start()
        return server
    }

    // MARK: Writing and verifying

    private func entry(_ number: Int, _ actor: ActorID) -> AuditEntry {
        AuditEntry(
            at: Date(), actor: actor, operation: "POST /registry/sync/search", purpose: .search, trace: TraceID(),
            client: "bench", status: 200,
            fields: ["birth_date", "family_name", "given_name", "identifiers", "sex"],
            subjects: [Subject(.person, UUIDv7.next())], released: [UInt8](repeating: UInt8(number & 255), count: 32),
            releasedBytes: 1500)
    }

    /// How long one request alone waits for its entry.
    private func single(_ own: Database) async throws -> [Figure] {
        let writer = AuditWriter(database: own, keys: ground.keys)
        var times: [Double] = []
        for number in 0..<300 {
            let began = Stopwatch.nanoseconds
            try await writer.record([entry(number, Actors.system)])
            times.append(Double(Stopwatch.nanoseconds - began) / 1e6)
        }
        times.sort()
        return [
            Figure(name: "audit-commit-p50", value: times[times.count / 2], unit: "ms"),
            Figure(name: "audit-commit-p99", value: times[times.count * 99 / 100], unit: "ms"),
        ]
    }

    private func verification(_ own: Database) async throws -> [Figure] {
        let writer = AuditWriter(database: own, keys: ground.keys)
        let began = Stopwatch.nanoseconds
        for start in stride(from: 0, to: Self.rows, by: 2000) {
            try await writer.record((start..<start + 2000).map { entry($0, Actors.system) })
        }
        let written = Stopwatch.nanoseconds
        let sealer = AuditSealer(database: ground.database, keys: ground.keys)
        var sealedRows = 0
        while let block = try await sealer.seal().block { sealedRows += block.entries }
        let sealed = Stopwatch.nanoseconds
        let report = try await AuditVerifier(database: ground.database, keys: ground.keys).verify()
        let verified = Stopwatch.nanoseconds
        guard report.isWhole else { throw BenchFault.answer("the audit record of the bench is broken") }
        func rate(_ rows: Int, _ from: UInt64, _ to: UInt64) -> Double { Double(rows) / (Double(to - from) / 1e9) }
        return [
            Figure(name: "audit-write", value: rate(Self.rows, began, written), unit: "entries/s"),
            Figure(name: "audit-seal", value: rate(sealedRows, written, sealed), unit: "entries/s"),
            Figure(
                name: "audit-verify", value: rate(report.entries, sealed, verified), unit: "entries/s",
                target: .atLeast(200_000)),
        ]
    }
}
