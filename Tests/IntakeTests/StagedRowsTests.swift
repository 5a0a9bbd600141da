import Foundation
import Groundwork
import Postgres
import Registry
import TestKit
import Testing

@testable import Intake

@Suite(.serialized) struct `Rows that a batch leaves in staging` {
    private func batch(_ fixture: UploadFixture, _ folder: String, source: String, isDryRun: Bool) async throws -> UUID
    {
        var plain = PlainFile()
        plain.head("G1", "A1")
        try plain.write(to: folder + "/plain.csv")
        return try await fixture.imports.run(folder + "/plain.csv", source: source, isDryRun: isDryRun).batch
    }

    /// Makes it look as a kill leaves it: at work, with rows staged and keys met.
    private func leave(_ fixture: UploadFixture, _ batch: UUID, _ state: String, minutesAgo: Double) async throws {
        try await fixture.imports.registry.database.write(as: fixture.mandate) { tx in
            _ = try await tx.query(
                all: [
                    """
                    UPDATE intake.import_batch
                    SET state = \(state), updated_at = clock_timestamp() - make_interval(secs => \(minutesAgo * 60))
                    WHERE id = \(batch)
                    """,
                    """
                    INSERT INTO intake.staged_statement (
                        batch_id, chunk, unit, subject_kind, source_key, record_id, content_hash, observed_on, claims)
                    SELECT \(batch), 0, n, 'person', 'A' || n, gen_random_uuid(), '\\x00', '2026-01-01', '{}'
                    FROM generate_series(1, 3) AS n
                    """,
                    "INSERT INTO intake.seen_key (batch_id, hash, line) VALUES (\(batch), gen_random_uuid(), 2)",
                ])
        }
    }

    private func left(_ fixture: UploadFixture) async throws -> [UUID: Int] {
        let rows = try await fixture.imports.registry.rows(
            """
            SELECT batch_id, count(*) FROM (
                SELECT batch_id FROM intake.staged_statement UNION ALL SELECT batch_id FROM intake.seen_key) AS s
            GROUP BY batch_id
            """)
        var left: [UUID: Int] = [:]
        for row in rows { left[try row.get(0, as: UUID.self)] = try row.get(1, as: Int.self) }
        return left
    }

    @Test(.scratchDatabase) func `are swept when nobody can go on with it`() async throws {
        let folder = try ScratchFolder()
        let fixture = try await UploadFixture.make(in: folder.path)
        let killed = try await batch(fixture, folder.path, source: "killed", isDryRun: true)
        try await leave(fixture, killed, "running", minutesAgo: 61)
        let slow = try await batch(fixture, folder.path, source: "slow", isDryRun: true)
        try await leave(fixture, slow, "running", minutesAgo: 59)
        let given = try await batch(fixture, folder.path, source: "given", isDryRun: false)
        try await leave(fixture, given, "abandoned", minutesAgo: 0)
        let stopped = try await batch(fixture, folder.path, source: "stopped", isDryRun: false)
        try await leave(fixture, stopped, "running", minutesAgo: 600)
        let held = try await batch(fixture, folder.path, source: "held", isDryRun: true)
        try await leave(fixture, held, "running", minutesAgo: 600)
        let bytes = try UploadFixture.demo(2, in: folder.path)
        let upload = try await fixture.begin(bytes, isDryRun: true)
        try await fixture.send(bytes, to: upload)
        try await fixture.imports.registry.database.write(as: fixture.mandate) { tx in
            _ = try await tx.query("UPDATE intake.import_job SET batch_id = \(held)")
        }

        let count = try await StagedRows.sweep(fixture.imports.registry.database, as: fixture.mandate)

        #expect(count == 8)
        #expect(try await left(fixture) == [slow: 4, stopped: 4, held: 4])
        let importer = fixture.imports.importer
        #expect(try await importer.batch(killed, as: fixture.mandate).state == "abandoned")
        for id in [slow, stopped, held] {
            #expect(try await importer.batch(id, as: fixture.mandate).state == "running")
        }
        #expect(try await StagedRows.sweep(fixture.imports.registry.database, as: fixture.mandate) == 0)
    }

    @Test(.scratchDatabase) func `are swept by the server`() async throws {
        let folder = try ScratchFolder()
        let fixture = try await UploadFixture.make(in: folder.path)
        let killed = try await batch(fixture, folder.path, source: "killed", isDryRun: true)
        try await leave(fixture, killed, "running", minutesAgo: 61)

        let worker = fixture.worker()
        let run = Task { try await worker.run() }
        for _ in 0..<500 {
            if try await left(fixture).isEmpty { break }
            try await Task.sleep(for: .milliseconds(10))
        }
        await worker.shutdown()
        try await run.value

        #expect(try await left(fixture) == [:])
    }
}
