import Access
import Cryptography
import Foundation
import Groundwork
import Postgres
import Profiles
import Registry
import Runtime

/// What every measurement stands on: a PostgreSQL of the bench's own with safe settings, a registry, the programs.
struct BenchGround: Sendable {
    /// Everything lies in it; it goes away at the end unless it is kept.
    let folder: String
    let isKept: Bool
    let cluster: EmbeddedCluster
    let database: Database
    let keys: KeyRing
    let context: RegistryContext
    let population: Population
    /// Tokens by name of the actor.
    let tokens: [String: String]
    /// The program built beside the bench.
    let kith: String
    let environment: [String: String]

    static let databaseName: String = "kith"
    static let mandate: Mandate = Mandate(actor: Actors.system, purpose: .operation)

    /// Starts the database, brings the schema and the profile in, and makes the people where they are missing.
    static func open(_ options: BenchOptions) async throws -> BenchGround {
        let home = try Home.find()
        let kith = URL(fileURLWithPath: Home.executable).deletingLastPathComponent().path + "/kith"
        guard FileManager.default.isExecutableFile(atPath: kith) else {
            throw BenchFault.program(kith, reason: "not built; swift build -c release makes it")
        }
        let folder = options.folder.map(absolute) ?? NSTemporaryDirectory() + "kith-bench-\(getpid())"
        // PostgreSQL may run as another user and must be able to pass through.
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o711])
        let cluster = EmbeddedCluster(dataFolder: folder + "/pg", socketFolder: folder + "/s")
        try await cluster.start()
        do {
            return try await prepared(options, home, cluster, folder: folder, kith: kith)
        } catch {
            try? await cluster.stop()
            throw error
        }
    }

    private static func prepared(
        _ options: BenchOptions, _ home: Home, _ cluster: EmbeddedCluster, folder: String, kith: String
    ) async throws -> BenchGround {
        var settings = try await cluster.database(named: databaseName)
        settings.statementTimeout = nil
        let database = Database(settings)
        _ = try await Migrator(folder: home.migrations).migrate(database)
        let profile = try Profile.load(home.profile("burundi"))
        _ = try await database.write(as: mandate) { tx in try await ProfileInstaller(profile: profile).install(in: tx) }
        let keyFile = folder + "/kith.key"
        let keys =
            FileManager.default.fileExists(atPath: keyFile)
            ? try KeyRing.load(file: keyFile) : try KeyRing.create(file: keyFile)
        let areas = try await database.read(as: mandate) { tx in try await AreaIndex.load(in: tx) }
        let context = profile.registryContext(keys: keys, areas: AreaBook(areas))
        let population = try Population(people: options.people, profile: profile, context: context)
        let ground = BenchGround(
            folder: folder, isKept: options.folder != nil, cluster: cluster, database: database, keys: keys,
            context: context, population: population, tokens: try await tokens(profile, database), kith: kith,
            environment: [
                "KITH_DATABASE_URL": settings.connectionString, "KITH_DATA": folder, "KITH_HOME": home.root,
            ])
        try await RegistryBuilder(ground: ground).build()
        return ground
    }

    /// A database of its own with the schema and the profile and nobody in it; the caller closes and drops it.
    func emptyHouse(_ name: String) async throws -> Database {
        try await drop(name)
        var settings = try await cluster.database(named: name)
        settings.statementTimeout = nil
        let house = Database(settings)
        let home = try Home.find()
        _ = try await Migrator(folder: home.migrations).migrate(house)
        let profile = try Profile.load(home.profile("burundi"))
        _ = try await house.write(as: Self.mandate) { tx in
            _ = try await ProfileInstaller(profile: profile).install(in: tx)
            let wanted = profile.actors.map { Actors.Wanted(name: $0.name, scopes: $0.scopes) }
            return try await Actors.establish(wanted, in: tx).count
        }
        return house
    }

    /// Takes a database away, if it is there.
    func drop(_ name: String) async throws {
        try await database.withConnection { connection in
            _ = try await connection.query("DROP DATABASE IF EXISTS \(unchecked: name)")
        }
    }

    /// Fresh tokens in every run: a kept folder holds none.
    private static func tokens(_ profile: Profile, _ database: Database) async throws -> [String: String] {
        let wanted =
            profile.actors.map { Actors.Wanted(name: $0.name, scopes: $0.scopes) }
            + [Actors.Wanted(name: "partner", kind: "system", scopes: ["dci.search"])]
        return try await database.write(as: mandate) { tx in
            _ = try await Actors.establish(wanted, in: tx)
            var tokens: [String: String] = [:]
            for row in try await tx.query("SELECT name, id FROM access.actor WHERE disabled_at IS NULL") {
                tokens[try row.get(0)] = try await Actors.issue(for: row.get(1), in: tx).reveal()
            }
            return tokens
        }
    }

    /// Stops the database and takes the folder away, unless it is kept.
    func close() async {
        await database.close()
        try? await cluster.stop()
        if !isKept { try? FileManager.default.removeItem(atPath: folder) }
    }

    /// The beginning of a request in the name of an actor.
    func head(_ line: String, as actor: String) -> String {
        let token = tokens[actor] ?? ""
        return "\(line) HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer \(token)\r\nAccept: application/json\r\n"
    }

    func note(_ text: String) {
        Terminal.standardError.write("kith-bench: \(text)\n")
    }

    private static func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
    }
}
