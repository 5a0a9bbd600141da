import Foundation
import Postgres
import TestKit
import Testing

@Suite(.emptyDatabase, .serialized) struct `Migrating` {
    let database = Scratch.database

    /// A folder of migrations that lives as long as the closure.
    func withFolder(_ files: [String: String], _ body: (Migrator, URL) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("kith-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        for (name, text) in files { try Data(text.utf8).write(to: folder.appendingPathComponent(name)) }
        try await database.withConnection { session in
            try await session.script("DROP TABLE IF EXISTS kith_migration, one, two, three")
        }
        try await body(Migrator(folder: folder.path), folder)
    }

    let two = [
        "0001_one.sql": "CREATE TABLE one (a int);", "0002_two.sql": "CREATE TABLE two (a int); SET work_mem = '1MB';",
    ]

    @Test func `steps are taken once and in order`() async throws {
        try await withFolder(two) { (migrator, _) async throws in
            #expect(try await migrator.pending(database).map(\.version) == [1, 2])
            #expect(try await migrator.migrate(database).map(\.name) == ["0001_one.sql", "0002_two.sql"])
            #expect(try await migrator.migrate(database).isEmpty)
            #expect(try await migrator.pending(database).isEmpty)
        }
    }

    @Test func `several at once take each step once`() async throws {
        try await withFolder(two) { migrator, _ in
            let counts = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<4 { group.addTask { try await migrator.migrate(database).count } }
                return try await group.reduce(0, +)
            }
            #expect(counts == 2)
        }
    }

    @Test func `a step that fails is undone and named with its line`() async throws {
        try await withFolder(["0001_one.sql": "CREATE TABLE one (a int);\n\nSELECT é FROM nowhere;"]) {
            (migrator, _) async throws in
            let fault = await #expect(throws: MigrationFault.self) { try await migrator.migrate(database) }
            guard case .failed("0001_one.sql", line: 3, _)? = fault else {
                Issue.record("another fault: \(String(describing: fault))")
                return
            }
            #expect(try await database.read(as: tester, once: ["SELECT to_regclass('one') IS NULL"])[0][0].get(0))
        }
    }

    @Test func `a file changed after it was applied is refused`() async throws {
        try await withFolder(two) { migrator, folder in
            try await migrator.migrate(database)
            try Data("CREATE TABLE three (a int);".utf8).write(to: folder.appendingPathComponent("0001_one.sql"))
            let fault = await #expect(throws: MigrationFault.self) { try await migrator.migrate(database) }
            #expect(fault?.code == "postgres.migration.changed")
        }
    }

    @Test func `a database newer than the program is refused`() async throws {
        try await withFolder(two) { migrator, folder in
            try await migrator.migrate(database)
            try FileManager.default.removeItem(at: folder.appendingPathComponent("0002_two.sql"))
            let fault = await #expect(throws: MigrationFault.self) { try await migrator.migrate(database) }
            #expect(fault?.code == "postgres.migration.database_newer")
        }
    }

    @Test(arguments: [["1_one.sql": ""], ["0001_a.sql": "", "0001_b.sql": ""], [:]])
    func `a folder that cannot be right is refused`(files: [String: String]) async throws {
        try await withFolder(files) { migrator, _ in
            await #expect(throws: MigrationFault.self) { try await migrator.migrate(database) }
        }
    }
}
