import Foundation
import Groundwork
import Postgres

/// The server on which tests make their databases.
struct ScratchServer {
    /// Why there is no server to test with.
    struct Missing: Error, CustomStringConvertible {
        let description: String
    }

    private let settings: ConnectionSettings

    static func fromEnvironment() throws -> ScratchServer {
        guard let text = ProcessInfo.processInfo.environment["KITH_TEST_POSTGRES"], !text.isEmpty else {
            throw Missing(
                description: """
                    KITH_TEST_POSTGRES is not set, so there is no PostgreSQL to test with. deploy/test starts one and \
                    sets it; by hand: KITH_TEST_POSTGRES="host=/run/postgresql user=postgres dbname=postgres".
                    """)
        }
        var settings = try ConnectionSettings(parsing: text)
        settings.poolSize = 8
        // A busy machine is no reason to fail.
        settings.checkoutTimeout = .seconds(60)
        settings.applicationName = "kith tests"
        return ScratchServer(settings: settings)
    }

    /// The folder of migrations in this checkout.
    static var migrations: String {
        var root = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { root.deleteLastPathComponent() }
        return root.appendingPathComponent("Sources/Schema/Migrations").path
    }

    /// The name of the template with the schema of this checkout, made by whichever suite comes first.
    func template() async throws -> String {
        let migrator = Migrator(folder: Self.migrations)
        let hash = try Self.hash(ofFolder: Self.migrations)
        let name = "kith_template_\(String(hash, radix: 16))"
        try await administer { session in
            _ = try await session.query("SELECT pg_advisory_lock(\(Int64(bitPattern: hash)))")
            let known = try await session.query("SELECT 1 FROM pg_database WHERE datname = \(name)")
            guard known.isEmpty else { return }
            // Renamed only when complete, so that a run cut short leaves no half-made template.
            let draft = name + "_draft"
            _ = try await session.query("DROP DATABASE IF EXISTS \(identifier: draft) WITH (FORCE)")
            _ = try await session.query("CREATE DATABASE \(identifier: draft) TEMPLATE template0")
            let database = Database(reaching(draft))
            try await migrator.migrate(database)
            await database.close()
            _ = try await session.query("ALTER DATABASE \(identifier: draft) RENAME TO \(identifier: name)")
        }
        return name
    }

    func create(from template: String) async throws -> ConnectionSettings {
        let name = "kith_scratch_\(UUID().lowercased.replacing("-", with: ""))"
        try await administer { session in
            _ = try await session.query("CREATE DATABASE \(identifier: name) TEMPLATE \(identifier: template)")
            // As on the embedded server. Tables without statistics look large, and compiling a statement takes half a second.
            _ = try await session.query("ALTER DATABASE \(identifier: name) SET jit = off")
        }
        return reaching(name)
    }

    func drop(_ database: Database) async {
        guard let name = database.settings.database else { return }
        // A cancelled test must still clean up, so this runs in a task that nobody cancels.
        await Task.detached {
            await database.close()
            try? await administer { session in
                _ = try await session.query("DROP DATABASE IF EXISTS \(identifier: name) WITH (FORCE)")
            }
        }.value
    }

    private func reaching(_ name: String) -> ConnectionSettings {
        var settings = settings
        settings.database = name
        return settings
    }

    private func administer(_ body: (Connection) async throws -> Void) async throws {
        // Copies of one template wait for one another, and all for whoever makes it; on a busy machine that takes minutes.
        var patient = settings
        patient.statementTimeout = .seconds(600)
        let session = try await Connection.open(patient)
        do {
            try await body(session)
        } catch {
            await session.close()
            throw error
        }
        await session.close()
    }

    /// FNV-1a over names and contents.
    private static func hash(ofFolder folder: String) throws -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for name in try FileManager.default.contentsOfDirectory(atPath: folder).sorted() where name.hasSuffix(".sql") {
            let content = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)"))
            for byte in Array(name.utf8) + Array(content) { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        }
        return hash
    }
}
