import Foundation
import Groundwork
import Postgres

/// Reads and writes the rows of `intake.import_job`: a queue of which one job runs at a time, held by a lease.
enum ImportQueue {
    private static let selection: SQL = """
        SELECT j.id, j.upload_id, j.batch_id, j.actor_id, j.trace, j.is_dry_run, j.state, u.source, u.file_name, u.mapping,
            j.created_at, j.started_at, j.finished_at, j.attempts, j.bytes_read, j.bytes_total, j.rows_read, j.rows_done,
            j.rows_quarantined, j.run_started_at, j.rows_before, j.progress_at, j.fault_code, j.fault_summary
        FROM intake.import_job AS j
        JOIN intake.upload AS u ON u.id = j.upload_id
        """

    static func add(_ upload: UUID, isDryRun: Bool, in tx: borrowing Transaction) async throws -> ImportJob {
        let id = UUIDv7.next()
        _ = try await tx.query(
            """
            INSERT INTO intake.import_job (id, upload_id, actor_id, trace, is_dry_run, bytes_total)
            SELECT \(id), u.id, \(tx.mandate.actor), \(tx.mandate.trace.description), \(isDryRun), u.file_size
            FROM intake.upload AS u WHERE u.id = \(upload)
            """)
        guard let job = try await find(id, in: tx) else { throw UploadFault.notFound }
        return job
    }

    static func isBusy(_ upload: UUID, in tx: borrowing Transaction) async throws -> Bool {
        let rows = try await tx.query(
            """
            SELECT EXISTS (
                SELECT 1 FROM intake.import_job WHERE upload_id = \(upload) AND state IN ('queued', 'running'))
            """)
        return try rows.first?.get(0) ?? false
    }

    /// The job of that id, or the newest that works on the import of that id.
    static func find(_ id: UUID, in tx: borrowing Transaction) async throws -> ImportJob? {
        let rows = try await tx.query(
            """
            \(fragment: selection) WHERE j.id = \(id) OR j.batch_id = \(id)
            ORDER BY j.created_at DESC, j.id DESC LIMIT 1
            """)
        return try rows.first.map(decode)
    }

    /// The newest jobs of uploads.
    static func jobs(of uploads: [UUID], in tx: borrowing Transaction) async throws -> [UUID: ImportJob] {
        let rows = try await tx.query(
            "\(fragment: selection) WHERE j.upload_id = ANY(\(uploads)) ORDER BY j.created_at, j.id")
        var jobs: [UUID: ImportJob] = [:]
        for row in rows {
            let job = try decode(row)
            jobs[job.upload] = job
        }
        return jobs
    }

    /// Jobs that wait or failed and have no import of their own to be seen by.
    static func withoutBatch(limit: Int, in tx: borrowing Transaction) async throws -> [ImportJob] {
        let rows = try await tx.query(
            """
            \(fragment: selection)
            WHERE j.batch_id IS NULL
            ORDER BY j.created_at DESC, j.id DESC
            LIMIT \(limit)
            """)
        return try rows.map(decode)
    }

    /// Takes up a job whose run has died, else the oldest that waits; nil while another run holds one.
    static func claim(_ owner: UUID, lease: Duration, in tx: borrowing Transaction) async throws -> ImportJob? {
        let until: SQL = "clock_timestamp() + make_interval(secs => \(lease / .seconds(1)))"
        let taken = try await tx.query(
            """
            UPDATE intake.import_job AS j SET
                state = 'running', lease_owner = \(owner), lease_until = \(fragment: until), attempts = attempts + 1,
                silent_runs = CASE WHEN rows_done > rows_before THEN 0 ELSE silent_runs END + 1,
                started_at = COALESCE(started_at, clock_timestamp()), run_started_at = clock_timestamp(),
                rows_before = rows_done, progress_at = clock_timestamp()
            WHERE j.id = (
                SELECT w.id FROM intake.import_job AS w
                WHERE w.state = 'running' AND w.lease_until < clock_timestamp()
                    OR w.state = 'queued' AND NOT EXISTS (
                        SELECT 1 FROM intake.import_job AS r WHERE r.state = 'running')
                ORDER BY (w.state = 'running') DESC, w.created_at, w.id
                LIMIT 1
                FOR UPDATE SKIP LOCKED)
            RETURNING j.id
            """)
        guard let id: UUID = try taken.first?.get(0) else { return nil }
        return try await find(id, in: tx)
    }

    /// Gives up a job whose runs died one after the other without having done anything; nil when there is none.
    ///
    /// Such a job would take its server along for ever.
    static func giveUpDead(after runs: Int, in tx: borrowing Transaction) async throws -> UUID? {
        let fault = UploadFault.died(runs)
        let rows = try await tx.query(
            """
            UPDATE intake.import_job SET
                state = 'failed', finished_at = clock_timestamp(), lease_owner = NULL, lease_until = NULL,
                fault_code = \(fault.code), fault_summary = \(fault.summary)
            WHERE state = 'running' AND lease_until < clock_timestamp() AND silent_runs >= \(runs)
                AND rows_done <= rows_before
            RETURNING id
            """)
        return try rows.first?.get(0)
    }

    /// Renews the lease and tells how far the run has come; false when the job is no longer this run's.
    static func renew(
        _ id: UUID, _ owner: UUID, lease: Duration, _ progress: ImportProgress?, in tx: borrowing Transaction
    ) async throws -> Bool {
        var changes: SQL = "lease_until = clock_timestamp() + make_interval(secs => \(lease / .seconds(1)))"
        if let progress {
            changes += """
                , batch_id = COALESCE(\(progress.batch), batch_id), bytes_read = \(progress.bytesRead),
                bytes_total = \(progress.bytesTotal), rows_read = \(progress.rowsRead), rows_done = \(progress.rowsDone),
                rows_quarantined = \(progress.rowsQuarantined), progress_at = clock_timestamp()
                """
        }
        return try await tx.execute(
            """
            UPDATE intake.import_job SET \(fragment: changes)
            WHERE id = \(id) AND lease_owner = \(owner) AND state = 'running'
            """) == 1
    }

    /// Ends a run of this owner, well or not.
    static func end(
        _ id: UUID, _ owner: UUID, _ state: ImportJob.State, fault: (code: String, summary: String)? = nil,
        in tx: borrowing Transaction
    ) async throws {
        _ = try await tx.query(
            """
            UPDATE intake.import_job SET
                state = \(state.rawValue), finished_at = clock_timestamp(), lease_owner = NULL, lease_until = NULL,
                fault_code = \(fault?.code), fault_summary = \(fault?.summary)
            WHERE id = \(id) AND lease_owner = \(owner) AND state = 'running'
            """)
    }

    /// Lets go of a job unfinished, so that the next run takes it up at once.
    static func release(_ id: UUID, _ owner: UUID, in tx: borrowing Transaction) async throws {
        _ = try await tx.query(
            """
            UPDATE intake.import_job SET
                lease_until = clock_timestamp() - interval '1 second', silent_runs = GREATEST(silent_runs - 1, 0)
            WHERE id = \(id) AND lease_owner = \(owner) AND state = 'running'
            """)
    }

    /// Gives a job up that waits or runs; the run notices by its lease.
    static func abandon(_ id: UUID, in tx: borrowing Transaction) async throws -> Bool {
        try await tx.execute(
            """
            UPDATE intake.import_job SET
                state = 'abandoned', finished_at = clock_timestamp(), lease_owner = NULL, lease_until = NULL
            WHERE (id = \(id) OR batch_id = \(id)) AND state IN ('queued', 'running')
            """) > 0
    }

    private static func decode(_ row: Row) throws -> ImportJob {
        guard let state = ImportJob.State(rawValue: try row.get(6)) else {
            throw UploadFault.defect("the state of an import is unknown")
        }
        var progress = ImportProgress()
        progress.bytesRead = try row.get(14)
        progress.bytesTotal = try row.get(15)
        progress.rowsRead = try row.get(16)
        progress.rowsStaged = progress.rowsRead
        progress.rowsDone = try row.get(17)
        progress.rowsQuarantined = try row.get(18)
        progress.batch = try row.get(2)
        let code: String? = try row.get(22)
        let summary: String? = try row.get(23)
        return ImportJob(
            id: try row.get(0), upload: try row.get(1), batch: try row.get(2),
            actor: ID(try row.get(3, as: UUID.self)), trace: try row.get(4), isDryRun: try row.get(5), state: state,
            source: try row.get(7), fileName: try row.get(8), mapping: try row.get(9), createdAt: try row.get(10),
            startedAt: try row.get(11), finishedAt: try row.get(12), attempts: try row.get(13), progress: progress,
            runStartedAt: try row.get(19), rowsBefore: try row.get(20), progressAt: try row.get(21),
            fault: code.flatMap { code in summary.map { (code: code, summary: $0) } })
    }
}
