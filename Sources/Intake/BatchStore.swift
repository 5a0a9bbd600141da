import Documents
package import Foundation
import Groundwork
import Postgres
import Registry

/// One import as stored.
package struct ImportBatch: Sendable {
    package var id: UUID
    package var source: String
    package var fileName: String
    /// running, finished, abandoned, undone or partly_undone.
    package var state: String
    package var isDryRun: Bool
    package var counts: ImportCounts
    package var startedAt: Date
    package var finishedAt: Date?
    /// When its last chunk was done.
    package var updatedAt: Date
    /// Bytes of the file.
    package var size: Int
    /// Names of the file's columns in order; empty for imports of earlier versions.
    package var columns: [String]
    /// Code and version of the layout.
    package var mapping: String
    package var mappingVersion: Int
    /// Sign between the cells of its rows; nil for imports of earlier versions.
    var separator: UInt8?
    /// How the file was read, beside the layout.
    var reading: JSON?
    var fileHash: [UInt8]
    var start: ChunkAssembler.Start
}

/// Reads and writes the rows of `intake.import_batch`.
struct BatchStore {
    private static let columns: SQL = """
        id, source, file_name, state, is_dry_run, file_hash, chunks, next_offset, next_line, next_unit, rows_read,
        rows_accepted, rows_bad, rows_held, households_registered, households_updated, households_unchanged,
        people_registered, people_updated, people_unchanged, started_at, finished_at, updated_at, file_size, columns, mapping,
        mapping_version, separator, reading, reports_registered, reports_updated, reports_unchanged, codes_registered,
        codes_unchanged
        """

    static func batch(_ id: UUID, in tx: borrowing Transaction) async throws -> ImportBatch? {
        let rows = try await tx.query(
            "SELECT \(fragment: columns) FROM intake.import_batch WHERE id = \(id)")
        return try rows.first.map(decode)
    }

    /// The newest first.
    static func batches(limit: Int, in tx: borrowing Transaction) async throws -> [ImportBatch] {
        let rows = try await tx.query(
            "SELECT \(fragment: columns) FROM intake.import_batch ORDER BY started_at DESC, id DESC LIMIT \(limit)")
        return try rows.map(decode)
    }

    static func running(source: String, in tx: borrowing Transaction) async throws -> ImportBatch? {
        let rows = try await tx.query(
            """
            SELECT \(fragment: columns) FROM intake.import_batch
            WHERE source = \(source) AND state = 'running' AND NOT is_dry_run
            FOR UPDATE
            """)
        return try rows.first.map(decode)
    }

    static func insert(
        _ request: ImportRequest, _ file: RowSource, reading: JSON, header: FileHeader, mapping: FileMapping,
        in tx: borrowing Transaction
    ) async throws -> ImportBatch {
        let id = request.id ?? UUIDv7.next()
        let rows = try await tx.query(
            """
            INSERT INTO intake.import_batch (
                id, source, file_name, file_hash, file_size, mapping, mapping_version, is_dry_run, actor_id,
                next_offset, next_line, columns, separator, reading)
            VALUES (
                \(id), \(request.source), \(request.shownName), \(file.hash), \(file.size), \(mapping.code), \(mapping.version),
                \(request.isDryRun), \(tx.mandate.actor), \(header.end), \(header.lines + 1), \(header.names),
                \(String(UnicodeScalar(header.separator))), \(JSONB(reading.serialized())))
            RETURNING \(fragment: columns)
            """)
        guard let row = rows.first else { throw IntakeFault.defect("a batch was not written") }
        return try decode(row)
    }

    private static func decode(_ row: Row) throws -> ImportBatch {
        var counts = ImportCounts()
        counts.rowsRead = try row.get(10)
        counts.rowsAccepted = try row.get(11)
        counts.rowsBad = try row.get(12)
        counts.rowsHeld = try row.get(13)
        counts.householdsRegistered = try row.get(14)
        counts.householdsUpdated = try row.get(15)
        counts.householdsUnchanged = try row.get(16)
        counts.peopleRegistered = try row.get(17)
        counts.peopleUpdated = try row.get(18)
        counts.peopleUnchanged = try row.get(19)
        counts.reportsRegistered = try row.get(29)
        counts.reportsUpdated = try row.get(30)
        counts.reportsUnchanged = try row.get(31)
        counts.codesRegistered = try row.get(32)
        counts.codesUnchanged = try row.get(33)
        return ImportBatch(
            id: try row.get(0), source: try row.get(1), fileName: try row.get(2), state: try row.get(3),
            isDryRun: try row.get(4), counts: counts, startedAt: try row.get(20), finishedAt: try row.get(21),
            updatedAt: try row.get(22), size: try row.get(23),
            columns: try row.get(24, as: [String]?.self) ?? [], mapping: try row.get(25),
            mappingVersion: try row.get(26), separator: try row.get(27, as: String?.self)?.utf8.first,
            reading: try row.get(28, as: JSONB?.self).flatMap { try? JSON.parse($0.bytes) }, fileHash: try row.get(5),
            start: ChunkAssembler.Start(
                chunk: try row.get(6), offset: try row.get(7), line: try row.get(8), unit: try row.get(9)))
    }

    /// Ends a batch: the event, the state, and the keys that only a running batch needs.
    static func finish(_ batch: ImportBatch, in tx: borrowing Transaction) async throws {
        guard let now: Date = try await tx.query("SELECT clock_timestamp()").first?.get(0),
            let held = try await Self.batch(batch.id, in: tx), held.state == "running"
        else { throw IntakeFault.batchTaken }
        var statements: [SQL] = [
            "DELETE FROM intake.seen_key WHERE batch_id = \(batch.id)",
            """
            UPDATE intake.import_batch SET state = 'finished', finished_at = \(now), updated_at = \(now)
            WHERE id = \(batch.id)
            """,
        ]
        if !batch.isDryRun { statements += announcement(.importApplied, of: held, now: now, tx.mandate) }
        _ = try await tx.query(all: statements)
    }

    /// A command and the event by which others learn of the batch as a whole.
    static func announcement(_ type: EventType, of batch: ImportBatch, now: Date, _ mandate: Mandate) -> [SQL] {
        let command = CommandID()
        let kind = type == .importApplied ? "import.finish" : "import.undo"
        let counts = batch.counts
        let body: JSON = [
            "source": .string(batch.source), "rows": JSON(integerLiteral: counts.rowsRead),
            "quarantined": JSON(integerLiteral: counts.rowsQuarantined),
            "households_registered": JSON(integerLiteral: counts.householdsRegistered),
            "households_updated": JSON(integerLiteral: counts.householdsUpdated),
            "people_registered": JSON(integerLiteral: counts.peopleRegistered),
            "people_updated": JSON(integerLiteral: counts.peopleUpdated),
            "reports_registered": JSON(integerLiteral: counts.reportsRegistered),
            "reports_updated": JSON(integerLiteral: counts.reportsUpdated),
        ]
        let event = Event(
            type: type, subjectKind: "import", subjectID: batch.id, subjectVersion: 1, command: command,
            recordedAt: now, body: body.object ?? [:])
        let outcome: JSON = ["command": .string(command.description), "main": .string(batch.id.lowercased)]
        return [
            """
            INSERT INTO registry.command (id, kind, actor_id, purpose, trace, recorded_at, outcome)
            VALUES (
                \(command), \(kind), \(mandate.actor), \(mandate.purpose.rawValue), \(mandate.trace.description),
                \(now), \(JSONB(outcome.serialized())))
            """,
            """
            INSERT INTO registry.event (\(unchecked: Event.columns))
            SELECT \(unchecked: Event.columns)
            FROM jsonb_populate_recordset(
                NULL::registry.event, \(JSONB(JSON.array([event.json(mandate)]).serialized())))
            """,
        ]
    }
}
