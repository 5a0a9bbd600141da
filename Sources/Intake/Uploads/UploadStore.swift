import Documents
import Foundation
import Groundwork
import Postgres

/// Reads and writes the rows of `intake.upload`.
enum UploadStore {
    private static let columns: SQL = """
        id, actor_id, file_name, source, mapping, is_dry_run, starts_import, file_size, stated_hash, file_hash, received,
        pieces, stored, state, created_at, expires_at, reading
        """

    static func find(_ id: UUID, locked: Bool = false, in tx: borrowing Transaction) async throws -> FileUpload {
        let lock: SQL = locked ? "FOR UPDATE" : ""
        let rows = try await tx.query(
            "SELECT \(fragment: columns) FROM intake.upload WHERE id = \(id) \(fragment: lock)")
        guard let row = rows.first else { throw UploadFault.notFound }
        return try decode(row)
    }

    /// Those whose files are kept, the newest first.
    static func kept(limit: Int, in tx: borrowing Transaction) async throws -> [FileUpload] {
        let rows = try await tx.query(
            """
            SELECT \(fragment: columns) FROM intake.upload
            WHERE file_deleted_at IS NULL
            ORDER BY created_at DESC, id DESC
            LIMIT \(limit)
            """)
        return try rows.map(decode)
    }

    static func insert(
        _ draft: UploadDraft, _ limits: UploadLimits, in tx: borrowing Transaction
    ) async throws -> FileUpload {
        // Two drafts of one actor at once must not both find room.
        let held = try await tx.query(all: [
            "SELECT pg_advisory_xact_lock(hashtextextended('intake.upload', 0))",
            """
            SELECT count(*) FROM intake.upload
            WHERE actor_id = \(tx.mandate.actor) AND file_deleted_at IS NULL AND state IN ('receiving', 'complete')
            """,
        ])
        if try held[1].first?.get(0, as: Int64.self) ?? 0 >= limits.open {
            throw UploadFault.tooMany(limit: limits.open)
        }
        let rows = try await tx.query(
            """
            INSERT INTO intake.upload (
                id, actor_id, file_name, source, mapping, is_dry_run, starts_import, file_size, stated_hash, reading,
                expires_at)
            VALUES (
                \(UUIDv7.next()), \(tx.mandate.actor), \(draft.fileName), \(draft.source), \(draft.mapping),
                \(draft.isDryRun), \(draft.startsImport), \(draft.size), \(draft.hash),
                \(JSONB(draft.reading.json.serialized())),
                now() + make_interval(secs => \(limits.patience / .seconds(1))))
            RETURNING \(fragment: columns)
            """)
        guard let row = rows.first else { throw UploadFault.defect("an upload was not written") }
        return try decode(row)
    }

    /// Counts what was written since; false when somebody else wrote meanwhile or the upload is closed.
    static func advance(
        _ id: UUID, from before: SealedEnd, to end: SealedEnd, _ limits: UploadLimits, in tx: borrowing Transaction
    ) async throws -> Bool {
        try await tx.execute(
            """
            UPDATE intake.upload SET
                received = \(end.plain), pieces = \(end.pieces), stored = \(end.stored), updated_at = now(),
                expires_at = now() + make_interval(secs => \(limits.patience / .seconds(1)))
            WHERE id = \(id) AND state = 'receiving' AND pieces = \(before.pieces) AND received = \(before.plain)
            """) == 1
    }

    static func setState(
        _ id: UUID, _ state: FileUpload.State, hash: [UInt8]? = nil, in tx: borrowing Transaction
    ) async throws {
        _ = try await tx.query(
            """
            UPDATE intake.upload
            SET state = \(state.rawValue), file_hash = COALESCE(\(hash), file_hash), updated_at = now()
            WHERE id = \(id)
            """)
    }

    static func setReading(_ id: UUID, _ reading: UploadReading, in tx: borrowing Transaction) async throws {
        _ = try await tx.query(
            """
            UPDATE intake.upload SET reading = \(JSONB(reading.json.serialized())), updated_at = now() WHERE id = \(id)
            """)
    }

    /// Closes what has expired, and names all whose files are to go: those of closed uploads that no import waits for.
    static func expire(in tx: borrowing Transaction) async throws -> [UUID] {
        let results = try await tx.query(all: [
            """
            UPDATE intake.upload AS u SET state = 'expired', updated_at = now()
            WHERE u.expires_at < now() AND u.state IN ('receiving', 'complete') AND u.file_deleted_at IS NULL
                AND NOT EXISTS (
                    SELECT 1 FROM intake.import_job AS j
                    WHERE j.upload_id = u.id AND j.state IN ('queued', 'running'))
            """,
            """
            SELECT id FROM intake.upload
            WHERE file_deleted_at IS NULL AND state IN ('imported', 'refused', 'expired', 'discarded')
            ORDER BY id
            LIMIT 1000
            """,
        ])
        return try results[1].map { try $0.get(0) }
    }

    static func noteDeleted(_ ids: [UUID], in tx: borrowing Transaction) async throws {
        _ = try await tx.query(
            "UPDATE intake.upload SET file_deleted_at = now() WHERE id = ANY(\(ids)) AND file_deleted_at IS NULL")
    }

    /// Of the files given those that no kept upload owns.
    static func unowned(_ ids: [UUID], in tx: borrowing Transaction) async throws -> [UUID] {
        let rows = try await tx.query(
            """
            SELECT f.id FROM unnest(\(ids)::uuid[]) AS f (id)
            WHERE NOT EXISTS (
                SELECT 1 FROM intake.upload AS u WHERE u.id = f.id AND u.file_deleted_at IS NULL)
            """)
        return try rows.map { try $0.get(0) }
    }

    private static func decode(_ row: Row) throws -> FileUpload {
        guard let state = FileUpload.State(rawValue: try row.get(13)) else {
            throw UploadFault.defect("the state of an upload is unknown")
        }
        return FileUpload(
            id: try row.get(0), actor: ID(try row.get(1, as: UUID.self)), fileName: try row.get(2),
            source: try row.get(3), mapping: try row.get(4),
            reading: UploadReading(try JSON.parse(try row.get(16, as: JSONB.self).bytes)), isDryRun: try row.get(5),
            startsImport: try row.get(6),
            size: try row.get(7), statedHash: try row.get(8), fileHash: try row.get(9), state: state,
            createdAt: try row.get(14), expiresAt: try row.get(15),
            end: SealedEnd(pieces: try row.get(11), stored: try row.get(12), plain: try row.get(10)))
    }
}
