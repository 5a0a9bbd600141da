import Audit
import Foundation
import Groundwork
import Postgres
import Registry
import TestKit
import Testing

@Suite struct `Verifying the audit record` {
    @Test(.scratchDatabase) func `an untouched record is whole, sealed or not`() async throws {
        let record = try Record()
        try await record.filled(60, windows: 3)
        try await record.fill(5)

        let report = try await record.verify()

        #expect(report.breaks == [])
        #expect(report.isWhole)
        #expect(report.entries == 60)
        #expect(report.subjects == 120)
        #expect(report.unsealed == 5)
        #expect(report.blocks >= 3)
        #expect(report.anchors == report.blocks)
    }

    @Test(.scratchDatabase) func `an empty record is whole`() async throws {
        let report = try await Record().verify(anchored: false)

        #expect(report.isWhole)
        #expect(report.entries == 0)
    }

    @Test(
        .scratchDatabase,
        arguments: [
            "client = 'somebody else'", "purpose = 'operation'", "fields = 'sex'", "actor_id = gen_random_uuid()",
            "recorded_at = recorded_at + interval '1 microsecond'",
            "released = set_byte(released, 0, 1 + get_byte(released, 0) % 200)",
            "status = 404", "subjects = 1", "agreement = ''", "mac = set_byte(mac, 3, (get_byte(mac, 3) + 1) % 256)",
            "command_id = gen_random_uuid()", "xid = '5'", "trace = 'x'", "released_bytes = 0",
        ])
    func `one changed column names the row`(change: String) async throws {
        let record = try Record()
        try await record.filled(40, windows: 2)

        try await record.tamper("UPDATE audit.entry SET \(unchecked: change) WHERE seq = 17")
        let report = try await record.verify()

        #expect(report.breaks.first?.kind == .entryChanged)
        #expect(report.breaks.first?.entry == 17)
        #expect(report.breaks.first?.summary.contains("Entry 17 of block") == true)
    }

    @Test(.scratchDatabase) func `a subject taken away, changed or added names the entry`() async throws {
        let record = try Record()
        try await record.filled(40, windows: 2)

        try await record.tamper(
            "DELETE FROM audit.subject WHERE seq = 5 AND place = 0",
            "UPDATE audit.subject SET subject_id = gen_random_uuid() WHERE seq = 9 AND place = 1",
            "INSERT INTO audit.subject SELECT seq, recorded_at, 7, 'person', gen_random_uuid() FROM audit.entry WHERE seq = 30",
            "INSERT INTO audit.subject VALUES (900000, now(), 0, 'person', gen_random_uuid())")
        let report = try await record.verify()

        #expect(report.breaks.map(\.entry) == [5, 9, 30, 900_000])
        #expect(report.breaks.map(\.kind) == [.entryChanged, .entryChanged, .entryChanged, .subjectAdded])
    }

    @Test(.scratchDatabase) func `a deleted row is named`() async throws {
        let record = try Record()
        try await record.filled(40, windows: 2)

        try await record.tamper(
            "DELETE FROM audit.entry WHERE seq IN (12, 13)", "DELETE FROM audit.subject WHERE seq IN (12, 13)")
        let report = try await record.verify()

        #expect(report.breaks.map(\.kind) == [.entryMissing, .entryMissing])
        #expect(report.breaks.map(\.entry) == [12, 13])
    }

    @Test(.scratchDatabase) func `two rows that changed places are named with where they belong`() async throws {
        let record = try Record()
        try await record.filled(40, windows: 2)

        try await record.tamper(
            "UPDATE audit.entry SET seq = CASE seq WHEN 11 THEN -33 ELSE -11 END WHERE seq IN (11, 33)",
            "UPDATE audit.entry SET seq = -seq WHERE seq < 0")
        let report = try await record.verify()

        #expect(report.breaks.map(\.entry) == [11, 33])
        #expect(report.breaks.map(\.kind) == [.entryMoved, .entryMoved])
        #expect(report.breaks[0].summary.contains("sealed as number 33"))
    }

    @Test(.scratchDatabase) func `a row added beside the writer is named, before and after sealing`() async throws {
        let record = try Record()
        try await record.filled(20, windows: 1)
        let copy: SQL = """
            INSERT INTO audit.entry
            SELECT nextval('audit.entry_seq'), pg_current_xact_id(), recorded_at, actor_id, client, operation, purpose,
                agreement, command_id, status, fields, subjects, released, released_bytes, trace, mac
            FROM audit.entry WHERE seq = 3
            """

        try await record.tamper(copy)
        let before = try await record.verify()
        _ = try await record.sealer.seal()
        try await record.fill(7)
        _ = try await record.sealer.seal()
        let after = try await record.verify()

        #expect(before.breaks.map(\.kind) == [.entryAdded])
        #expect(before.breaks.first?.entry == 21)
        #expect(after.breaks.map(\.entry) == [21])
        #expect(after.breaks.map(\.kind) == [.entryAdded])
    }

    @Test(.scratchDatabase) func `a block taken out with its rows leaves a gap in the chain`() async throws {
        let record = try Record()
        try await record.filled(60, windows: 3)

        try await record.tamper(
            "DELETE FROM audit.entry USING audit.block WHERE block.number = 2 AND places @> seq",
            "DELETE FROM audit.subject USING audit.block WHERE block.number = 2 AND places @> seq",
            "DELETE FROM audit.block WHERE number = 2")
        let report = try await record.verify(anchored: false)

        #expect(report.breaks.first?.kind == .blockMissing)
        #expect(report.breaks.first?.block == 2)
    }

    @Test(.scratchDatabase) func `a chain cut off at its end is told by the anchors alone`() async throws {
        let record = try Record()
        try await record.filled(60, windows: 3)
        let last = try await record.number("SELECT max(number) FROM audit.block")

        try await record.tamper(
            "DELETE FROM audit.entry USING audit.block WHERE block.number = \(Int64(last)) AND places @> seq",
            "DELETE FROM audit.subject USING audit.block WHERE block.number = \(Int64(last)) AND places @> seq",
            "DELETE FROM audit.block WHERE number = \(Int64(last))")

        #expect(try await record.verify(anchored: false).isWhole)
        let report = try await record.verify()
        #expect(report.breaks.map(\.kind) == [.blockMissing])
        #expect(report.breaks.first?.block == Int64(last))
    }

    @Test(.scratchDatabase) func `a block changed or sealed with another key is named`() async throws {
        let record = try Record()
        try await record.filled(60, windows: 3)

        try await record.tamper("UPDATE audit.block SET entries = entries - 1 WHERE number = 2")
        let changed = try await record.verify()
        let foreign = try await AuditVerifier(
            database: record.database, keys: try Record(seed: 8).keys
        ).verify()

        #expect(changed.breaks.first?.kind == .blockChanged)
        #expect(changed.breaks.first?.block == 2)
        #expect(foreign.breakCount > 60)
    }

    @Test(.scratchDatabase) func `anchors that were changed are told`() async throws {
        let record = try Record()
        try await record.filled(20, windows: 2)
        let file = record.anchors + "/" + (try FileManager.default.contentsOfDirectory(atPath: record.anchors)[0])
        let lines = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n")
        let forged = lines.map { $0.replacing("\"block\":1,", with: "\"block\":7,") }.joined(separator: "\n") + "\n"
        try Data(forged.utf8).write(to: URL(fileURLWithPath: file))

        let report = try await record.verify()

        #expect(report.breaks.map(\.kind) == [.anchorForged])
    }

    @Test(.scratchDatabase) func `a record that a server goes on sealing is whole`() async throws {
        let record = try Record()
        try await record.filled(20, windows: 2)
        let before = try await record.number("SELECT count(*) FROM audit.block")
        let reader = try AnchorReader(record.anchors)
        try await record.filled(20, windows: 2)

        // Anchors that came after the reader belong to blocks that a snapshot taken now need not hold.
        let report = try await AuditVerifier(database: record.database, keys: record.keys).verify(anchors: reader)

        #expect(report.isWhole)
        #expect(report.anchors == before)
        #expect(report.blocks > before)
    }

    @Test(.scratchDatabase) func `an entry whose transaction lasted longer waits to be sealed`() async throws {
        let record = try Record()
        try await record.tamper("SELECT setval('audit.entry_seq', 100)")
        try await record.fill(1)
        let mandate = Mandate(actor: Record.actor, purpose: .operation)
        let report = try await record.database.write(as: mandate) { (tx: borrowing Transaction) async throws in
            // While this lasts nothing later is sealed, and the next number lies below the one that is.
            _ = try await tx.query("SELECT pg_current_xact_id()")
            try await record.tamper("SELECT setval('audit.entry_seq', 50)")
            try await record.fill(1)
            for _ in 0..<200 where try await record.verify(anchored: false).entries == 0 {
                _ = try await record.sealer.seal()
                try await Task.sleep(for: .milliseconds(20))
            }
            return try await record.verify(anchored: false)
        }

        #expect(report.breaks == [])
        #expect(report.entries == 1)
        #expect(report.unsealed == 1)
        try await record.seal()
        let later = try await record.verify()
        #expect(later.isWhole)
        #expect(later.entries == 2)
    }

    @Test(.scratchDatabase) func `a part is verified by time`() async throws {
        let record = try Record()
        try await record.filled(40, windows: 2)
        let half = try await record.database.read(as: Mandate(actor: Record.actor, purpose: .operation)) { tx in
            try await tx.query("SELECT sealed_at FROM audit.block WHERE number = 2").first?.get(0, as: Date.self)
        }
        try await record.tamper("UPDATE audit.entry SET client = 'x' WHERE seq = 2")
        let verifier = AuditVerifier(database: record.database, keys: record.keys)

        let early = try await verifier.verify(to: half, anchors: try AnchorReader(record.anchors))
        let late = try await verifier.verify(from: half, anchors: try AnchorReader(record.anchors))

        #expect(early.breaks.map(\.entry) == [2])
        #expect(late.isWhole)
        #expect(early.entries + late.entries == 40)
    }
}
