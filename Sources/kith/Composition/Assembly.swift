import Access
import Audit
import DCI
import Foundation
import Gates
import Intake
import Matching
import Postgres
import Quality
import Registry
import Runtime
import Targeting
import Telemetry
import Web
import WebServer

/// The composition root of the server: an open house, then doors, site and services, in the order in which they stand on
/// each other. Nothing runs before `run`, and nothing listens before `server.start`.
struct Assembly: Sendable {
    let server: HTTPServer
    private let group: ServiceGroup
    private let isSecure: Bool
    private let settings: Settings

    init(_ house: House) throws {
        let ground = house.ground
        settings = ground.settings
        let logger = ground.logger
        let metrics = Self.metrics(of: house.database)
        let authenticator = Authenticator(database: house.database)

        let uploads = house.uploads
        let doors = try Doors(house, address: Self.address(settings), metrics: metrics, uploads: uploads) { request in
            try await Gatekeeper.identify(request, authenticator)
        }
        MatchMetrics(metrics).follow(doors.matcher.models)
        let audit = AuditWriter(
            database: house.store.auditing, keys: house.keys,
            commits: metrics.histogram("kith_audit_commit_seconds", "Time to make a batch of audit entries durable."))
        let site = Self.site(doors, authenticator, AuditGate(audit, clock: house.clock), logger: logger)

        let listening = Self.listening(settings)
        isSecure = listening.tls != nil
        server = HTTPServer(site: site, settings: listening, logger: logger, metrics: metrics)
        let sequencer = SequencerService(
            database: house.database, tick: settings.duration(SettingsTable.tick), logger: logger, metrics: metrics)
        let partitions = PartitionService(database: house.database, logger: logger)
        let imports = ImportWorker(uploads: uploads, worker: Actors.system, logger: logger) {
            try house.importer(of: $0)
        }
        let corrections = CorrectionWorker(house.corrections, worker: Actors.system, logger: logger)
        let scores = ScoreWorker(Scores(try house.quality), worker: Actors.system, logger: logger)
        let matching = MatchingReader(
            database: house.database, matcher: doors.matcher,
            queue: MatchQueue(registrar: Registrar(context: house.context, today: { house.clock.today })),
            worker: Actors.system, logger: logger)
        let findings = FindingService(
            FindingRun(database: house.database, rules: doors.matcher.findings), worker: Actors.system, logger: logger)
        let scoring = ScoringService(
            database: house.database, formulas: house.formulas, worker: Actors.system, logger: logger)
        let sealing = AuditSealingService(
            AuditSealer(database: house.database, keys: house.keys),
            anchors: AnchorFolder(ground.data.anchors, keys: house.keys), logger: logger, metrics: metrics)
        // Signals are heard by the group around this one, which also keeps PostgreSQL.
        group = ServiceGroup(
            [
                sequencer, partitions, sealing, doors.dci.ledger, imports, corrections, scores, matching, findings,
                scoring, server,
            ],
            signals: [],
            grace: settings.duration(SettingsTable.drainTime) + .seconds(15), logger: logger)
    }

    /// All routes behind the gatekeeper; refusals under DCI's paths are told in DCI's shape.
    static func site(_ doors: Doors, _ authenticator: Authenticator, _ audit: AuditGate, logger: Logger) -> Site {
        let dci = doors.dci
        return Site(
            routes: doors.routes, middleware: [Gatekeeper.middleware(authenticator), audit.middleware], logger: logger,
            presenter: { problem, request in dci.presented(problem, request) ?? .problem(problem) })
    }

    /// Serves until cancelled, then ends everything in reverse order.
    func run() async throws {
        try await group.run()
    }

    /// Where callers reach the server; known once it listens.
    var url: String {
        settings.textIfSet(SettingsTable.publicURL) ?? Self.url(settings, port: server.boundPort, isSecure: isSecure)
    }

    private static func address(_ settings: Settings) -> String {
        settings.textIfSet(SettingsTable.publicURL)
            ?? url(
                settings, port: settings.integer(SettingsTable.port),
                isSecure: settings.isSet(SettingsTable.certificate))
    }

    private static func url(_ settings: Settings, port: Int, isSecure: Bool) -> String {
        let host = settings.text(SettingsTable.host)
        let shown = ["0.0.0.0", "::"].contains(host) ? "127.0.0.1" : host.contains(":") ? "[\(host)]" : host
        return "\(isSecure ? "https" : "http")://\(shown):\(port)"
    }

    private static func listening(_ settings: Settings) -> ServerSettings {
        var listening = ServerSettings(
            host: settings.text(SettingsTable.host), port: settings.integer(SettingsTable.port))
        if let certificate = settings.textIfSet(SettingsTable.certificate),
            let key = settings.textIfSet(SettingsTable.certificateKey)
        {
            listening.tls = ServerSettings.TLS(certificateFile: certificate, keyFile: key)
        }
        listening.bodyLimit = settings.size(SettingsTable.bodyLimit)
        listening.maximumConnections = settings.integer(SettingsTable.connections)
        listening.maximumRequests =
            settings.integerIfSet(SettingsTable.requests) ?? settings.integer(SettingsTable.databasePool) * 4
        listening.answerTime = settings.duration(SettingsTable.answerTime)
        listening.drainTime = settings.duration(SettingsTable.drainTime)
        return listening
    }

    private static func metrics(of database: Database) -> Metrics {
        let metrics = Metrics()
        metrics.observeProcess()
        metrics.gauge("kith_database_connections", "Connections open.") { Double(database.statistics.open) }
        metrics.gauge("kith_database_connections_used", "Connections at work.") { Double(database.statistics.inUse) }
        metrics.gauge("kith_database_waiting", "Requests that wait for a connection.") {
            Double(database.statistics.waiting)
        }
        return metrics
    }
}
