import Foundation
import Postgres
import TestKit
import Testing

@Suite(.emptyDatabase) struct `Ending work early` {
    let database = Scratch.database

    @Test func `cancelling the task ends the statement at the server`() async throws {
        let start = ContinuousClock.now
        let work = Task { try await database.read(as: tester, once: ["SELECT pg_sleep(30)::text"]) }
        try await Task.sleep(for: .milliseconds(200))
        work.cancel()

        let error = await #expect(throws: DatabaseError.self) { try await work.value }

        #expect(error?.kind == .cancelled)
        #expect(ContinuousClock.now - start < .seconds(10))
        #expect(try await database.read(as: tester, once: ["SELECT 1"]).count == 1)
    }

    @Test func `a cancelled write is undone and its connection lives on`() async throws {
        let database = Database(self.database.settings)
        try await database.withConnection { session in try await session.script("CREATE TABLE undone (a int)") }
        let work = Task {
            try await database.write(as: tester) { tx in
                try await tx.execute("INSERT INTO undone VALUES (1)")
                _ = try await tx.query("SELECT pg_sleep(30)::text")
            }
        }
        try await Task.sleep(for: .milliseconds(200))
        work.cancel()
        await #expect(throws: DatabaseError.self) { try await work.value }

        #expect(try await database.read(as: tester, once: ["SELECT a FROM undone"])[0].isEmpty)
        #expect(database.statistics.inUse == 0)
        #expect(database.statistics.broken == 0)
        await database.close()
    }

    @Test(arguments: ConnectionSettings.Prepared.allCases)
    func `a statement that takes too long is ended`(mode: ConnectionSettings.Prepared) async throws {
        var settings = database.settings
        settings.statementTimeout = .milliseconds(100)
        settings.prepared = mode
        let database = Database(settings)

        let error = await #expect(throws: DatabaseError.self) {
            try await database.read(as: tester, once: ["SELECT pg_sleep(30)::text"])
        }

        #expect(error?.kind == .timeout)
        await database.close()
    }

    @Test func `many cancellations never hit the wrong statement`() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<120 {
                group.addTask {
                    let work = Task { try await database.read(as: tester, once: ["SELECT pg_sleep(0.005)::text"]) }
                    if index.isMultiple(of: 2) {
                        try await Task.sleep(for: .microseconds(index * 100))
                        work.cancel()
                        _ = await work.result
                    } else {
                        _ = try await work.value
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    @Test func `waiting for the server never holds up other tasks`() async throws {
        async let waiting: Void = withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<6 {
                group.addTask { _ = try await database.read(as: tester, once: ["SELECT pg_sleep(3)::text"]) }
            }
            try await group.waitForAll()
        }
        let start = ContinuousClock.now
        var longest = Duration.zero
        while ContinuousClock.now - start < .milliseconds(1500) {
            let before = ContinuousClock.now
            try await Task.sleep(for: .milliseconds(10))
            longest = max(longest, ContinuousClock.now - before)
        }

        #expect(longest < .seconds(2))
        try await waiting
    }
}
