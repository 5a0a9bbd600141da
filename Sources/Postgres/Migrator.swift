import Foundation

/// Brings a database to the schema that a folder of numbered SQL files describes, forward only.
///
/// Each file is one transaction. What was applied is kept in `public.kith_migration` with checksum and duration; an
/// advisory lock lets one process migrate while others wait.
public struct Migrator: Sendable {
    /// The path of the folder with `0001_name.sql`, `0002_name.sql`, …
    public let folder: String

    private static let lock = 0x6B69_7468_6D69_6772

    public init(folder: String) {
        self.folder = folder
    }

    /// The files of the folder in order.
    public func migrations() throws(MigrationFault) -> [Migration] {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
            throw .folderUnreadable(folder)
        }
        var migrations: [Migration] = []
        for name in names.sorted() where name.hasSuffix(".sql") {
            let number = name.prefix { $0.isASCII && $0.isNumber }
            guard number.count == 4, name.dropFirst(4).hasPrefix("_"), let version = Int(number) else {
                throw .nameMalformed(name)
            }
            guard let text = try? String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8) else {
                throw .folderUnreadable(folder)
            }
            if migrations.last?.version == version { throw .versionTwice(version) }
            migrations.append(Migration(version: version, name: name, text: text))
        }
        guard !migrations.isEmpty else { throw .folderUnreadable(folder) }
        return migrations
    }

    /// Applies what is missing and gives what it applied.
    /// - Throws: before touching anything, when the database is newer or an applied file was changed.
    @discardableResult
    public func migrate(_ database: Database) async throws(MigrationFault) -> [AppliedMigration] {
        let all = try migrations()
        return try await withSession(database) { session throws(MigrationFault) in
            let missing = try await missing(from: all, session)
            var applied: [AppliedMigration] = []
            for migration in missing { applied.append(try await apply(migration, session)) }
            return applied
        }
    }

    /// What `migrate` would apply.
    public func pending(_ database: Database) async throws(MigrationFault) -> [Migration] {
        let all = try migrations()
        return try await withSession(database) { session throws(MigrationFault) in
            try await missing(from: all, session)
        }
    }

    /// A session of its own, since building an index may outlast every statement timeout.
    private func withSession<Value>(
        _ database: Database, _ body: (Connection) async throws(MigrationFault) -> Value
    ) async throws(MigrationFault) -> Value {
        var settings = database.settings
        settings.statementTimeout = nil
        settings.applicationName = "kith migrate"
        let session: Connection
        do { session = try await Connection.open(settings) } catch { throw .store(error) }
        do throws(MigrationFault) {
            try await prepare(session)
            let value = try await body(session)
            await session.close()
            return value
        } catch {
            await session.close()
            throw error
        }
    }

    private func prepare(_ session: Connection) async throws(MigrationFault) {
        do {
            _ = try await session.query("SELECT pg_advisory_lock(\(Self.lock))")
            let known = try await session.query("SELECT to_regclass('public.kith_migration') IS NOT NULL")
            if try known.first?.get(0) == true { return }
            try await session.script(
                """
                CREATE TABLE IF NOT EXISTS public.kith_migration (
                    version integer NOT NULL,
                    name text NOT NULL,
                    checksum text NOT NULL,
                    applied_at timestamptz NOT NULL DEFAULT now(),
                    duration_ms bigint NOT NULL,
                    CONSTRAINT kith_migration_pkey PRIMARY KEY (version)
                );
                COMMENT ON TABLE public.kith_migration IS 'Steps of the schema that this database has taken.';
                COMMENT ON COLUMN public.kith_migration.version IS 'Number of the migration file.';
                COMMENT ON COLUMN public.kith_migration.name IS 'Name of the migration file.';
                COMMENT ON COLUMN public.kith_migration.checksum IS 'SHA-256 of the file as it was applied, hexadecimal.';
                COMMENT ON COLUMN public.kith_migration.applied_at IS 'When it was applied.';
                COMMENT ON COLUMN public.kith_migration.duration_ms IS 'How long it took, in milliseconds.';
                """)
        } catch {
            throw .store(error)
        }
    }

    private func missing(from all: [Migration], _ session: Connection) async throws(MigrationFault) -> [Migration] {
        do {
            let applied = try await session.query(
                "SELECT version, checksum FROM public.kith_migration ORDER BY version")
            var checksums: [Int: String] = [:]
            for row in applied { checksums[try row.get(0)] = try row.get(1, as: String.self) }
            if let newest = checksums.keys.max(), newest > all.last?.version ?? 0 {
                throw MigrationFault.databaseNewer(version: newest)
            }
            var missing: [Migration] = []
            for migration in all {
                guard let known = checksums[migration.version] else {
                    missing.append(migration)
                    continue
                }
                if try await checksum(migration, session) != known { throw MigrationFault.changed(migration.name) }
            }
            return missing
        } catch let fault as MigrationFault {
            throw fault
        } catch let error as DatabaseError {
            throw .store(error)
        } catch {
            throw .store(.misuse("unexpected error while reading kith_migration"))
        }
    }

    private func checksum(_ migration: Migration, _ session: Connection) async throws(DatabaseError) -> String {
        let rows = try await session.query("SELECT encode(sha256(\(Array(migration.text.utf8))), 'hex')")
        guard let row = rows.first else { throw .misuse("no checksum") }
        return try row.get(0)
    }

    private func apply(_ migration: Migration, _ session: Connection) async throws(MigrationFault) -> AppliedMigration {
        do {
            let sum = try await checksum(migration, session)
            let start = ContinuousClock.now
            try await session.script("BEGIN")
            try await session.script(migration.text)
            let duration = ContinuousClock.now - start
            _ = try await session.query(
                """
                INSERT INTO public.kith_migration (version, name, checksum, duration_ms)
                VALUES (\(migration.version), \(migration.name), \(sum), \(duration.wholeMilliseconds))
                """)
            try await session.script("COMMIT")
            // A SET in one file must not change what the next one means.
            try await session.script("RESET ALL")
            return AppliedMigration(version: migration.version, name: migration.name, duration: duration)
        } catch {
            await session.rollback()
            let line = error.position.map { 1 + migration.text.unicodeScalars.prefix($0).count { $0 == "\n" } }
            throw .failed(migration.name, line: line, error)
        }
    }
}
