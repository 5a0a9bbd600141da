import Audit
import Foundation
import Groundwork
import Postgres
import Registry
import TestKit
import Testing

@Suite struct `Putting on record` {
    @Test(.scratchDatabase) func `an entry is there when the call returns, with its subjects`() async throws {
        let record = try Record()
        let person = Subject(.person, UUID())

        try await record.writer.record([Record.entry(1, about: [person])])
        let found = try await record.database.read(as: Mandate(actor: Record.actor, purpose: .operation)) { tx in
            try await AccessLog.about(person, limit: 10, in: tx)
        }

        #expect(found.count == 1)
        #expect(found[0].fields == ["given_name", "sex"])
        #expect(found[0].actor == Record.actor)
        #expect(found[0].client == "client 1")
    }

    @Test(.scratchDatabase) func `many requests share few transactions`() async throws {
        let record = try Record()

        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<200 {
                group.addTask { try await record.writer.record([Record.entry(number)]) }
            }
            try await group.waitForAll()
        }

        #expect(try await record.number("SELECT count(*) FROM audit.entry") == 200)
        #expect(try await record.number("SELECT count(DISTINCT xid::text) FROM audit.entry") < 100)
        #expect(try await record.verify(anchored: false).isWhole)
    }

    @Test(.scratchDatabase) func `an entry about thousands is kept in pieces of a thousand`() async throws {
        let record = try Record()

        try await record.writer.record([
            Record.entry(1, about: (0..<2500).map { _ in Subject(.person, UUID()) })
        ])

        #expect(try await record.number("SELECT count(*) FROM audit.entry") == 3)
        #expect(try await record.number("SELECT max(subjects)::bigint FROM audit.entry") == 1000)
        #expect(try await record.number("SELECT count(*) FROM audit.subject") == 2500)
    }

    @Test(.scratchDatabase) func `when it cannot be written, every caller fails`() async throws {
        let record = try Record()
        try await record.tamper("ALTER TABLE audit.entry ADD CONSTRAINT entry_none CHECK (status = 0) NOT VALID")

        let failures = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<40 {
                group.addTask {
                    do {
                        try await record.writer.record([Record.entry(number)])
                        return false
                    } catch {
                        return true
                    }
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }

        #expect(failures == 40)
        #expect(try await record.number("SELECT count(*) FROM audit.entry") == 0)
        try await record.tamper("ALTER TABLE audit.entry DROP CONSTRAINT entry_none")
        try await record.writer.record([Record.entry(1)])
        #expect(try await record.number("SELECT count(*) FROM audit.entry") == 1)
    }

    /// Whether the entry was put on record by a caller who may give up at once.
    private static func attempt(_ record: Record, _ number: Int, givesUp: Bool) async -> Bool {
        await withTaskGroup(of: Bool.self) { group in
            group.addTask { (try? await record.writer.record([Record.entry(number)])) != nil }
            if givesUp { group.cancelAll() }
            return await group.next() ?? false
        }
    }

    @Test(.scratchDatabase) func `a caller who gives up takes nobody else along`() async throws {
        let record = try Record()

        let kept = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<120 {
                group.addTask {
                    let isWritten = await Self.attempt(record, number, givesUp: number % 3 == 0)
                    return isWritten && number % 3 != 0
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }

        #expect(kept == 80)
        #expect(try await record.number("SELECT count(*) FROM audit.entry") >= 80)
    }

    @Test(.scratchDatabase) func `more than the queue holds is refused`() async throws {
        let record = try Record()
        let writer = AuditWriter(database: record.database, keys: record.keys, mostWaiting: 20)

        let refused = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<400 {
                group.addTask {
                    do {
                        try await writer.record([Record.entry(number)])
                        return false
                    } catch AuditFault.overloaded {
                        return true
                    } catch {
                        return false
                    }
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }

        #expect(refused > 0)
        #expect(try await record.number("SELECT count(*) FROM audit.entry") == 400 - refused)
    }

    @Test(.scratchDatabase, arguments: ["entry", "subject", "block"])
    func `what is on record cannot be changed`(table: String) async throws {
        let record = try Record()
        try await record.filled(7, windows: 1)
        let column = table == "block" ? "number" : "seq"

        for change in [
            "UPDATE audit.\(table) SET \(column) = \(column)", "DELETE FROM audit.\(table)", "TRUNCATE audit.\(table)",
        ] {
            await #expect(throws: (any Error).self, "\(change)") {
                try await record.database.write(as: Mandate(actor: Record.actor, purpose: .operation)) { tx in
                    _ = try await tx.query(SQL(unchecked: change))
                }
            }
        }
    }
}
