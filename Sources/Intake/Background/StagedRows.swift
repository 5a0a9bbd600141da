import Foundation
package import Groundwork
package import Postgres

/// Rows in clear that a batch leaves in the staging tables, and the keys it has met: needed while it runs, and no longer.
package enum StagedRows {
    /// A dry run that did nothing for so long and that no job holds was killed: nobody can go on with it.
    private static let longestSilence: Duration = .seconds(3600)

    /// Gives dead dry runs up, and deletes what batches that do not run any more have left behind.
    ///
    /// A batch that applies and was killed keeps what it has: the same file goes on with it.
    /// - Returns: how many rows were deleted.
    @discardableResult
    package static func sweep(_ database: Database, as mandate: Mandate) async throws -> Int {
        try await database.write(as: mandate) { (tx: borrowing Transaction) async throws -> Int in
            _ = try await tx.query(
                """
                UPDATE intake.import_batch AS b SET state = 'abandoned', updated_at = clock_timestamp()
                WHERE b.state = 'running' AND b.is_dry_run
                    AND b.updated_at < clock_timestamp() - make_interval(secs => \(longestSilence / .seconds(1)))
                    AND NOT EXISTS (
                        SELECT 1 FROM intake.import_job AS j
                        WHERE (j.id = b.id OR j.batch_id = b.id) AND j.state IN ('queued', 'running'))
                """)
            var count = 0
            for table in Importer.stagingTables + ["seen_key"] {
                count += try await tx.execute(deletion(from: table))
            }
            return count
        }
    }

    /// Looks up each batch by one step over the index: a running import may have millions of rows, which are not read.
    private static func deletion(from table: String) -> SQL {
        """
        WITH RECURSIVE found AS (
            (SELECT s.batch_id FROM intake.\(unchecked: table) AS s ORDER BY s.batch_id LIMIT 1)
            UNION ALL
            SELECT (
                SELECT s.batch_id FROM intake.\(unchecked: table) AS s
                WHERE s.batch_id > f.batch_id ORDER BY s.batch_id LIMIT 1)
            FROM found AS f WHERE f.batch_id IS NOT NULL)
        DELETE FROM intake.\(unchecked: table)
        WHERE batch_id IN (
            SELECT f.batch_id FROM found AS f
            WHERE NOT EXISTS (
                SELECT 1 FROM intake.import_batch AS b WHERE b.id = f.batch_id AND b.state = 'running'))
        """
    }
}
