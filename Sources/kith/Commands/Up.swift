import Documents
import Foundation
import Groundwork
import Postgres
import Profiles
import Runtime
import Telemetry
import WebServer

/// `kith up`: from nothing, or from what an earlier start left, to a server that answers.
struct Up: Sendable {
    let store: Store
    let profile: Profile
    /// What the command line asks for on the first start.
    let wanted: Installation
    let endsWhenReady: Bool
    let began: ContinuousClock.Instant

    private var ground: Ground { store.ground }
    private var console: Console { store.ground.console }

    func run() async throws {
        try await migrate()
        let changed = try await store.install(profile)
        if !changed.isEmpty {
            console.note("installed the profile \(profile.code): \(Grouped.count(changed.count, "part"))")
        }
        let house = try await House.open(store, profile: profile, mayMakeKey: true)
        var installation = try await decided()
        let credentials = try await Establishment.establish(
            profile, on: store, reissues: store.isOwn && !installation.hasCredentials)
        if !installation.hasCredentials {
            installation.hasCredentials = true
            try installation.save(ground.data)
        }
        try await FirstPeople(house: house).settle(&installation)
        let example = installation.demo == .done ? try await FirstPeople.example(on: store) : nil
        try await serve(house, credentials, example: example)
    }

    /// What the first start decided; a registry that holds people already gets no demo.
    private func decided() async throws -> Installation {
        if let known = try Installation.load(ground.data) { return known }
        let isEmpty = try await FirstPeople.isAwaited(on: store)
        let decided = isEmpty ? wanted : Installation(households: 0, seed: wanted.seed)
        try decided.save(ground.data)
        return decided
    }

    private func migrate() async throws {
        for step in try await Migrator(folder: ground.home.migrations).migrate(store.database) {
            console.note("migrated \(step.name) in \(step.duration.inMilliseconds) ms")
        }
    }

    private func serve(_ house: House, _ credentials: Credentials, example: String?) async throws {
        let assembly = try Assembly(house)
        try assembly.server.start()
        let greeting = Greeting(house: house, url: assembly.url, credentials: credentials, example: example)
        try Files.write(Array(greeting.script.utf8), to: ground.data.tryScript, mode: 0o700)
        let took = ContinuousClock.now - began
        ground.logger.info("ready", [.port: .count(assembly.server.boundPort), .took: .milliseconds(took)])
        console.result(greeting.text(startedIn: took), greeting.object(startedIn: took))
        if endsWhenReady {
            await assembly.server.shutdown()
        } else {
            try await assembly.run()
        }
    }
}

extension Command {
    static let up: Command = Command(
        "up", "starts everything: database, schema, profile, keys, credentials, a first population, the server",
        explanation: """
            On the first start in a data folder it sets up a private PostgreSQL (or uses the one that KITH_DATABASE_URL names),
            migrates, installs the profile, makes the key file and the credentials, makes a demo population and imports it by the
            same way as real files. Later starts only start. It serves until SIGTERM or Ctrl-C, finishes the requests in flight
            and stops its PostgreSQL. One data folder serves one kith up at a time.
            """,
        options: [
            Option("households", "N", "size of the demo population on the first start, 0 for none (5000)"),
            Option("exit-when-ready", nil, "end as soon as the server answers, for setting up"),
        ],
        settings: ["data", "http.port", "http.host", "profile", "database.url", "key.file"],
        examples: [
            Example("kith up", "a registry to try, on http://127.0.0.1:8080"),
            Example(
                "kith up --data /var/lib/kith --households 0", "a registry for people, as the systemd unit does it"),
        ],
        exits: [.refused, .unavailable, .file, .tryAgain],
        run: { invocation in
            let began = ContinuousClock.now
            let households = try invocation.integer("households", in: 0...10_000_000) ?? 5000
            let ground = try Ground(invocation)
            let folder = ground.profileFolder
            return try await Store.with(
                ground, .whole, purpose: "kith up", beside: { try Profile.load(folder) }
            ) { store, profile in
                try await Up(
                    store: store, profile: profile, wanted: Installation(households: households, seed: 1),
                    endsWhenReady: invocation.has("exit-when-ready"), began: began
                ).run()
                return ExitCode.ok
            } ?? .ok
        })

    static let serve: Command = Command(
        "serve", "runs the server alone, on a database that is set up",
        explanation: """
            Serves until SIGTERM or Ctrl-C. It neither migrates nor installs nor makes keys: run kith up once, or kith migrate
            and kith profile install, and put the key file in its place. Several servers may share one database.
            """,
        settings: ["database.url", "data", "http.port", "http.host", "profile", "key.file"],
        examples: [
            Example(
                "KITH_DATABASE_URL=postgresql://kith@db/kith kith serve --port 8081", "a second server beside the first"
            )
        ],
        exits: [.refused, .unavailable, .file, .tryAgain],
        run: { invocation in
            let began = ContinuousClock.now
            let ground = try Ground(invocation)
            return try await Store.withHouse(ground, .whole, purpose: "kith serve") { house in
                let assembly = try Assembly(house)
                try assembly.server.start()
                let took = ContinuousClock.now - began
                ground.logger.info("ready", [.port: .count(assembly.server.boundPort), .took: .milliseconds(took)])
                invocation.console.result(
                    "kith serves at \(assembly.url) (started in \(took.inMilliseconds) ms)",
                    ["ready": .bool(true), "url": .string(assembly.url)])
                try await assembly.run()
                return ExitCode.ok
            } ?? .ok
        })
}
