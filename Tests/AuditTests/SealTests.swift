import Foundation
import Groundwork
import Postgres
import Registry
import TestKit
import Testing

@testable import Audit

@Suite struct `Sealing the audit record` {
    @Test(.scratchDatabase) func `a file of anchors that a full disk left empty anchors nothing twice`() async throws {
        let record = try Record()
        try await record.filled(20, windows: 2)
        try Data().write(to: URL(fileURLWithPath: record.anchors + "/9999-12.ndjson"))
        try await record.filled(20, windows: 2)

        let report = try await record.verify()

        #expect(report.isWhole)
        let months = try FileManager.default.contentsOfDirectory(atPath: record.anchors).map {
            try String(contentsOfFile: record.anchors + "/" + $0, encoding: .utf8)
        }
        #expect(months.joined().split(separator: "\n").count == report.blocks)
    }

    @Test(.scratchDatabase) func `each entry is in one block, and blocks are chained`() async throws {
        let record = try Record()
        try await record.filled(49, windows: 7)

        #expect(try await record.number("SELECT sum(entries) FROM audit.block") == 49)
        #expect(
            try await record.number(
                """
                SELECT count(*) FROM audit.entry AS e
                WHERE (SELECT count(*) FROM audit.block AS b WHERE b.places @> e.seq) <> 1
                """) == 0)
        #expect(
            try await record.number(
                """
                SELECT count(*) FROM audit.block AS b
                JOIN audit.block AS p ON p.number = b.number - 1
                WHERE b.previous <> p.hash
                """) == 0)
    }

    @Test(.scratchDatabase) func `an entry of an open transaction is not passed by`() async throws {
        let record = try Record()
        try await record.fill(3)
        try await record.database.write(as: Mandate(actor: Record.actor, purpose: .operation)) { tx in
            // Holds a transaction number below those of the entries that follow.
            _ = try await tx.query("SELECT pg_current_xact_id()")
            try await record.fill(4)
            while try await record.sealer.seal().block != nil {}
            #expect(try await record.number("SELECT coalesce(sum(entries), 0) FROM audit.block") <= 3)
        }

        try await record.seal()

        #expect(try await record.number("SELECT sum(entries) FROM audit.block") == 7)
        #expect(try await record.verify().isWhole)
    }

    @Test(.scratchDatabase) func `several writers and sealers at once leave one whole chain`() async throws {
        let record = try Record()

        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<4 {
                group.addTask {
                    let own = AuditWriter(database: record.database, keys: record.keys)
                    for number in 0..<25 { try await own.record([Record.entry(writer * 100 + number)]) }
                }
            }
            for _ in 0..<2 {
                group.addTask {
                    for _ in 0..<20 {
                        _ = try await record.sealer.seal()
                        try await Task.sleep(for: .milliseconds(5))
                    }
                }
            }
            try await group.waitForAll()
        }
        try await record.seal()

        let report = try await record.verify()
        #expect(report.breaks == [])
        #expect(report.entries == 100)
        #expect(report.unsealed == 0)
    }

    @Test(.scratchDatabase) func `nothing is sealed upon a block of another key`() async throws {
        let record = try Record()
        try await record.filled(7, windows: 1)
        try await record.fill(3)
        try await record.tamper("UPDATE audit.block SET mac = '\\x00'")

        await #expect(throws: AuditFault.self) { _ = try await record.sealer.seal() }
    }

    @Test(.scratchDatabase) func `after a restore transaction numbers begin anew, and the chain goes on`() async throws
    {
        let record = try Record()
        try await record.fill(7)
        // As if all of it came from a cluster far ahead; sealed there by a sealer that saw those numbers.
        let ahead: Int64 = 4_000_000_000_000
        try await record.sealAsOfCluster(ahead)
        try await record.fill(7)

        try await record.seal()

        let report = try await record.verify()
        #expect(report.breaks == [])
        #expect(report.entries == 14)
        #expect(try await record.number("SELECT max(epoch)::bigint FROM audit.block") == 2)
    }

    @Test(.scratchDatabase) func `anchors are written once, also after a crash in the middle of a line`() async throws {
        let record = try Record()
        try await record.filled(14, windows: 2)
        let file = record.anchors + "/" + (try FileManager.default.contentsOfDirectory(atPath: record.anchors)[0])
        var bytes = try Data(contentsOf: URL(fileURLWithPath: file))
        bytes.removeLast(10)
        try bytes.write(to: URL(fileURLWithPath: file))

        try await AnchorFolder(record.anchors, keys: record.keys).follow(record.sealer)
        try await AnchorFolder(record.anchors, keys: record.keys).follow(record.sealer)

        let report = try await record.verify()
        #expect(report.isWhole)
        #expect(report.anchors == report.blocks)
        let lines = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n")
        #expect(lines.count == report.blocks)
    }
}
