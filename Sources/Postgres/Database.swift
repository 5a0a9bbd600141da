public import Groundwork

/// The database: lends transactions to closures, and reads in one round trip.
public struct Database: Sendable {
    /// The settings it was made with.
    public let settings: ConnectionSettings
    private let pool: Pool

    /// Connections are opened when they are first needed.
    public init(_ settings: ConnectionSettings) {
        self.settings = settings
        pool = Pool(settings)
    }

    /// Connections open, lent, and tasks waiting.
    public var statistics: PoolStatistics { pool.statistics }

    /// Refuses new work, waits for work under way, and ends all sessions.
    public func close() async {
        await pool.close()
    }

    /// Lends a bare session, for work that PostgreSQL wants outside a transaction.
    @discardableResult
    public func withConnection<Result>(_ body: (Connection) async throws -> Result) async throws -> Result {
        let lease = try await pool.checkout()
        do {
            let result = try await body(lease.connection)
            await settle(lease)
            return result
        } catch {
            await settle(lease)
            throw error
        }
    }

    // MARK: Reading

    /// Reads on one snapshot, in a transaction that cannot write; the closure runs once.
    public func read<Result>(
        as mandate: Mandate, _ body: (borrowing Transaction) async throws -> Result
    ) async throws -> Result {
        let lease = try await freshLease()
        let prelude = lease.connection.prelude(of: .repeatableRead, readOnly: true)
        let session = TransactionSession(connection: lease.connection, prelude: prelude)
        do {
            let result = try await body(Transaction(mandate: mandate, session: session))
            try await session.commit()
            pool.give(back: lease.connection)
            return result
        } catch {
            await settle(lease)
            throw error
        }
    }

    /// Answers the queries on one snapshot, read-only, in one round trip; the cheapest way to read.
    public func read(as mandate: Mandate, once queries: [SQL]) async throws(DatabaseError) -> [Rows] {
        var attempt = 1
        while true {
            let lease = try await pool.checkout()
            do {
                let rows = try await lease.connection.read(queries)
                pool.give(back: lease.connection)
                return rows
            } catch {
                await settle(lease)
                // Reading again is harmless: after a plan went stale, or when a session had died while unused.
                let diedUnused = error.isFatal && lease.idleFor > .zero
                guard error.isRetriable || diedUnused, attempt < settings.writeAttempts else { throw error }
            }
            attempt += 1
        }
    }

    /// Tells the planner of tables that have just changed much.
    ///
    /// A table that cannot be counted now, because somebody keeps it, is left to the database's own upkeep.
    /// - Parameter tables: names that the program itself wrote, with their schemas.
    public func takeStatistics(of tables: [String]) async {
        for table in tables {
            _ = try? await withConnection { connection in
                try await connection.query(SQL(unchecked: "ANALYZE \(table)"))
            }
        }
    }

    // MARK: Writing

    /// Writes in a transaction that is run again as a whole when others interfere; for doors.
    ///
    /// The closure may run several times, so nothing outside the database may happen in it.
    @discardableResult
    public func write<Result>(
        as mandate: Mandate, isolation: Isolation = .readCommitted,
        _ body: (borrowing Transaction) async throws -> Result
    ) async throws -> Result {
        try await attempt(mandate, isolation, { (error: DatabaseError) -> any Error in error }, body)
    }

    /// Writes in a transaction that is run again as a whole when others interfere; for rooms, with their own faults.
    @discardableResult
    public func write<Result, Failure: StoreFault>(
        as mandate: Mandate, isolation: Isolation = .readCommitted,
        _ body: (borrowing Transaction) async throws(Failure) -> Result
    ) async throws(Failure) -> Result {
        try await attempt(mandate, isolation, { Failure($0) }, body)
    }

    private func attempt<Result, Failure: Error>(
        _ mandate: Mandate, _ isolation: Isolation, _ translate: (DatabaseError) -> Failure,
        _ body: (borrowing Transaction) async throws(Failure) -> Result
    ) async throws(Failure) -> Result {
        var count = 1
        while true {
            let lease: Pool.Lease
            do { lease = try await freshLease() } catch { throw translate(error) }
            let session = TransactionSession(
                connection: lease.connection, prelude: prelude(for: mandate, isolation, on: lease.connection))
            do throws(Failure) {
                let result = try await body(Transaction(mandate: mandate, session: session))
                do { try await session.commit() } catch { throw translate(error) }
                pool.give(back: lease.connection)
                return result
            } catch {
                await settle(lease)
                let mayRetry = session.failure?.isRetriable == true && count < settings.writeAttempts
                guard mayRetry, !Task.isCancelled else { throw error }
            }
            pool.countRetry()
            await pause(after: count)
            count += 1
        }
    }

    private func prelude(for mandate: Mandate, _ isolation: Isolation, on connection: Connection) -> [SQL] {
        let settings: SQL = """
            SELECT set_config('kith.actor', \(mandate.actor.description), true),
                   set_config('kith.purpose', \(mandate.purpose.rawValue), true),
                   set_config('kith.trace', \(mandate.trace.description), true)
            """
        return connection.prelude(of: isolation, readOnly: false) + [settings]
    }

    /// Doubles from 4 ms to 256 ms, each time with a random half, so that rivals do not meet again.
    private func pause(after count: Int) async {
        let bound = 4.0 * Double(1 << min(count - 1, 6))
        let milliseconds = Double.random(in: bound / 2...bound)
        // A cancelled task ends its pause early and is refused by its next statement.
        try? await Task.sleep(for: .milliseconds(milliseconds))
    }

    // MARK: Leases

    /// A connection that answers: one that lay unused for a second is asked first, because closures may not run twice.
    private func freshLease() async throws(DatabaseError) -> Pool.Lease {
        while true {
            let lease = try await pool.checkout()
            guard lease.idleFor > .seconds(1) else { return lease }
            do {
                _ = try await lease.connection.run(["SELECT 1"])
                return lease
            } catch {
                await settle(lease)
                guard error.isFatal else { throw error }
            }
        }
    }

    /// Gives a connection back after whatever happened on it.
    private func settle(_ lease: Pool.Lease) async {
        await lease.connection.rollback()
        pool.give(back: lease.connection)
    }
}
