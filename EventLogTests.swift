import Documents
import Foundation
import Groundwork
import Postgres
import Registry
import Synchronization
import TestKit
import Testing

@Suite struct `The event log` {
    @Test(.scratchDatabase) func `has no gap and loses nothing under concurrent writers`() async throws {
        let fixture = try await RegistryFixture.make()
        let expected = Mutex<Set<UUID>?>(nil)
        let seen = try await withThrowingTaskGroup(of: [UUID].self) { group in
            for writer in 0..<6 {
                group.addTask {
                    for round in 0..<25 {
                        _ = try? await fixture.database.write(as: fixture.mandate) { tx in
                            _ = try await fixture.registrar.perform(
                                .registerPerson(RegistryFixture.person("Aline", "Bukuru")),
                                CommandTerms(observedOn: RegistryFixture.today), in: tx)
                            // Some writers dawdle, some give up: places must not care.
                            if round % 5 == writer % 5 { _ = try await tx.query("SELECT pg_sleep(0.01)") }
                            if round % 7 == 3 { throw RegistryFault.notActive }
                        }
                    }
                    return []
                }
            }
            group.addTask { try await Self.follow(fixture, until: { seen in expected.withLock { $0 == seen } }) }
            for _ in 0..<6 { _ = try await group.next() }
            var written: Set<UUID> = []
            for row in try await fixture.rows("SELECT id FROM registry.event") { written.insert(try row.get(0)) }
            let all = written
            expected.withLock { $0 = all }
            return try await group.next() ?? []
        }

        let ids = expected.withLock { $0 ?? [] }
        #expect(seen.count == ids.count)
        #expect(Set(seen) == ids, "the reader saw every event, and once")
        let gaps = try await fixture.rows(
            "SELECT count(*), max(pos), min(pos) FROM registry.event_order")
        let row = try #require(gaps.first)
        #expect(try row.get(0, as: Int64.self) == (try row.get(1, as: Int64.self)))
        #expect(try row.get(2, as: Int64.self) == 1)
    }

    /// Orders and reads until everything has come; another suite's transactions may hold the horizon back for a while.
    private static func follow(
        _ fixture: RegistryFixture, until isComplete: @Sendable (Set<UUID>) -> Bool
    ) async throws -> [UUID] {
        var cursor = EventCursor(epoch: 1, pos: 0)
        var seen: [UUID] = []
        let deadline = ContinuousClock.now + .seconds(120)
        while !isComplete(Set(seen)), ContinuousClock.now < deadline {
            _ = try await fixture.database.write(as: fixture.mandate) { tx in try await EventLog.sequence(in: tx) }
            let from = cursor
            let page = try await fixture.database.read(as: fixture.mandate) { tx in
                try await EventLog.events(after: from, limit: 50, in: tx)
            }
            for (index, event) in page.events.enumerated() {
                #expect(event.pos == cursor.pos + Int64(index) + 1)
            }
            seen += page.events.map(\.id)
            cursor = page.next
            if page.events.isEmpty { try await Task.sleep(for: .milliseconds(10)) }
        }
        return seen
    }

    @Test(.scratchDatabase) func `versions of one subject come in order`() async throws {
        let fixture = try await RegistryFixture.make()
        let person = try #require(
            try await fixture.perform(.registerPerson(RegistryFixture.person())).people.first)
        await withTaskGroup(of: Void.self) { group in
            for year in 1950..<1970 {
                group.addTask {
                    _ = try? await fixture.perform(
                        .updatePerson(person, claims: ["birth_date": .string("\(year)")], contacts: Contacts()))
                }
            }
        }
        let written = try await fixture.rows("SELECT count(*) FROM registry.event").first?.get(0, as: Int64.self) ?? 0
        let all = try await Self.follow(fixture, until: { $0.count == Int(written) })
        #expect(all.count == Int(written))

        let page = try await fixture.database.read(as: fixture.mandate) { tx in
            try await EventLog.events(
                after: EventCursor(epoch: 1, pos: 0), subject: person.rawValue, limit: 100, in: tx)
        }

        let versions = page.events.map(\.subjectVersion)
        #expect(versions == versions.sorted())
        #expect(versions.count > 10)
    }

    @Test(.scratchDatabase) func `a cursor ahead of the log is told so`() async throws {
        let fixture = try await RegistryFixture.make()

        await #expect(throws: RegistryFault.self) {
            try await fixture.database.read(as: fixture.mandate) { tx in
                try await EventLog.events(after: EventCursor(epoch: 1, pos: 99), limit: 10, in: tx)
            }
        }
    }
}
