import Groundwork
import Postgres

/// The indexes of an empty registry while its first file comes in: what the import does not need is left out and built
/// from the rows when they are there, in a quarter of the time.
///
/// The database notes what is left out. After a kill the same file goes on without; anything else that imports, undoes,
/// gives up or starts the server builds the indexes first.
struct FirstLoad: Sendable {
    let database: Database
    let mandate: Mandate

    init(database: Database, mandate: Mandate) {
        (self.database, self.mandate) = (database, mandate)
    }

    /// How long the tables are waited for; whoever reads just then is not worth stopping for.
    private static let patience: SQL = "SET LOCAL lock_timeout = '2s'"

    /// - Parameter isWorthIt: whether the file is large, and its source never spoke before.
    /// - Returns: whether indexes are left out.
    func begin(_ batch: ImportBatch, isWorthIt: Bool) async throws(IntakeFault) -> Bool {
        do {
            // One that was killed goes on as it was.
            if batch.start.chunk > 0 { return try await isWaiting() }
            guard isWorthIt, !batch.isDryRun else {
                try await end()
                return false
            }
            let isDeferred = try await database.write(as: mandate) {
                (tx: borrowing Transaction) async throws -> Bool in
                _ = try await tx.query(Self.patience)
                return try await tx.query("SELECT intake.defer_indexes()").first?.get(0) ?? false
            }
            if !isDeferred { try await end() }
            return isDeferred
        } catch let error as DatabaseError where error.kind == .timeout || error.kind == .deadlock {
            return false
        } catch {
            throw IntakeFault(any: error)
        }
    }

    /// Builds what was left out, in two sessions; nothing to do is one look.
    func end() async throws(IntakeFault) {
        do {
            guard try await isUnfinished() else { return }
            async let other: Void = build()
            try await build()
            try await other
        } catch {
            throw IntakeFault(any: error)
        }
    }

    private func isWaiting() async throws -> Bool {
        let waiting = try await database.read(as: mandate, once: ["SELECT EXISTS (SELECT FROM intake.deferred_index)"])
        return try waiting.first?.first?.get(0) ?? false
    }

    /// Tables whose upkeep the load left off, of a load that was killed after its last index.
    private static let unkept: SQL =
        """
        SELECT k.oid::regclass::text FROM pg_class AS k
        WHERE k.oid = ANY(intake.first_load_tables()) AND 'autovacuum_enabled=false' = ANY(k.reloptions)
        """

    private func isUnfinished() async throws -> Bool {
        let rows = try await database.read(
            as: mandate,
            once: ["SELECT EXISTS (SELECT FROM intake.deferred_index) OR EXISTS (\(fragment: Self.unkept))"])
        return try rows.first?.first?.get(0) ?? false
    }

    /// The same where nobody loads: after a load that was killed and never came again. How many were missing.
    func endWhenIdle() async throws(IntakeFault) -> Int {
        do {
            let missing = try await database.read(
                as: mandate,
                once: [
                    """
                    SELECT count(*) FROM (SELECT name FROM intake.deferred_index UNION ALL \(fragment: Self.unkept)) AS w
                    WHERE NOT EXISTS (
                        SELECT FROM intake.import_batch
                        WHERE state = 'running' AND updated_at > clock_timestamp() - interval '5 minutes')
                    """
                ]
            ).first?.first?.get(0, as: Int64.self)
            guard let missing, missing > 0 else { return 0 }
            try await end()
            return Int(missing)
        } catch {
            throw IntakeFault(any: error)
        }
    }

    private func build() async throws {
        while true {
            let name = try await database.write(as: mandate) {
                (tx: borrowing Transaction) async throws -> String? in
                _ = try await tx.query("SET LOCAL statement_timeout = 0")
                return try await tx.query("SELECT intake.build_deferred_index()").first?.get(0)
            }
            if name == nil { return }
        }
    }
}
