import Foundation
import Postgres
import TestKit
import Testing

@Suite(.emptyDatabase, .serialized) struct `The pool` {
    /// Waits long where the wait is not what is tested: hundreds of other tests may have the two cores.
    func pool(size: Int, timeout: Duration = .seconds(60)) -> Database {
        var settings = Scratch.database.settings
        settings.poolSize = size
        settings.checkoutTimeout = timeout
        return Database(settings)
    }

    @Test func `never opens more than its size`() async throws {
        let database = pool(size: 3)
        let seen = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<30 {
                group.addTask {
                    let rows = try await database.read(
                        as: tester, once: ["SELECT pg_backend_pid(), pg_sleep(0.01)::text"])
                    return try rows[0][0].get(0)
                }
            }
            return try await group.reduce(into: Set<Int>()) { $0.insert($1) }
        }

        #expect(seen.count <= 3)
        #expect(database.statistics.open <= 3)
        #expect(database.statistics.inUse == 0)
        await database.close()
        #expect(database.statistics.open == 0)
    }

    @Test func `a wait that lasts too long is refused`() async throws {
        let database = pool(size: 1, timeout: .milliseconds(100))
        async let long = database.read(as: tester, once: ["SELECT pg_sleep(1)::text"])
        try await Task.sleep(for: .milliseconds(300))

        let error = await #expect(throws: DatabaseError.self) {
            try await database.read(as: tester, once: ["SELECT 1"])
        }

        #expect(error?.kind == .exhausted)
        _ = try await long
        #expect(try await database.read(as: tester, once: ["SELECT 1"]).count == 1)
        #expect(database.statistics.timeouts == 1)
        await database.close()
    }

    @Test func `a cancelled wait leaves the queue`() async throws {
        let database = pool(size: 1)
        async let long = database.read(as: tester, once: ["SELECT pg_sleep(0.5)::text"])
        try await Task.sleep(for: .milliseconds(100))
        let waiting = Task { try await database.read(as: tester, once: ["SELECT 1"]) }
        try await Task.sleep(for: .milliseconds(100))
        waiting.cancel()

        let error = await #expect(throws: DatabaseError.self) { try await waiting.value }

        #expect(error?.kind == .cancelled)
        #expect(database.statistics.waiting == 0)
        _ = try await long
        await database.close()
    }

    @Test func `those who wait are served in order`() async throws {
        let database = pool(size: 1)
        try await database.withConnection { session in try await session.script("CREATE SEQUENCE turn") }
        let tasks = try await database.withConnection { _ in
            var tasks: [Task<Int, any Error>] = []
            for index in 0..<8 {
                tasks.append(
                    Task {
                        try await database.write(as: tester) { tx in
                            try await tx.query("SELECT nextval('turn')")[0].get(0)
                        }
                    })
                while database.statistics.waiting <= index { try await Task.sleep(for: .milliseconds(1)) }
            }
            return tasks
        }

        for (index, task) in tasks.enumerated() { #expect(try await task.value == index + 1) }
        await database.close()
    }

    @Test func `a session ended by the server is replaced`() async throws {
        var settings = Scratch.database.settings
        settings.applicationName = "victim"
        let database = Database(settings)
        _ = try await database.read(as: tester, once: ["SELECT 1"])
        try await Scratch.database.withConnection { session in
            _ = try await session.query(
                """
                SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                WHERE datname = current_database() AND application_name = 'victim'
                """)
        }
        try await Task.sleep(for: .milliseconds(50))

        #expect(try await database.read(as: tester, once: ["SELECT 2"])[0][0].get(0, as: Int.self) == 2)
        #expect(database.statistics.broken >= 1)
        await database.close()
    }

    @Test func `a server that is not there is told as such`() async throws {
        var settings = try ConnectionSettings(parsing: "host=/nonexistent dbname=none")
        settings.poolSize = 2
        let database = Database(settings)

        let error = await #expect(throws: DatabaseError.self) {
            try await database.read(as: tester, once: ["SELECT 1"])
        }

        #expect(error?.kind == .connection)
        #expect(database.statistics.open == 0)
    }

    @Test func `after closing nothing is lent`() async throws {
        let database = pool(size: 2)
        _ = try await database.read(as: tester, once: ["SELECT 1"])
        await database.close()

        await #expect(throws: DatabaseError.self) { try await database.read(as: tester, once: ["SELECT 1"]) }
    }

    @Test func `connection strings of both forms are read and written back`() throws {
        let url = try ConnectionSettings(parsing: "postgres://kith:s%20e'cret@db.example:5433/registry?sslmode=require")
        let again = try ConnectionSettings(parsing: url.connectionString)

        #expect(url[parameter: "password"] == "s e'cret")
        #expect(again[parameter: "password"] == "s e'cret")
        #expect(again.database == "registry")
        #expect(!"\(url)".contains("cret"))
        #expect(throws: DatabaseError.self) { try ConnectionSettings(parsing: "host 'broken") }
    }
}
