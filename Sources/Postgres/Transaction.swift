public import Groundwork

/// A transaction on loan: it can be used inside the closure that received it, and neither kept nor shared.
public struct Transaction: ~Copyable {
    /// Who acts, why, and in which request.
    public let mandate: Mandate
    let session: TransactionSession

    init(mandate: Mandate, session: TransactionSession) {
        (self.mandate, self.session) = (mandate, session)
    }

    /// Runs one statement and gives its rows.
    public func query(_ sql: SQL) async throws(DatabaseError) -> Rows {
        guard let rows = try await session.run([sql]).first else { throw .misuse("a statement without result") }
        return rows
    }

    /// Runs several statements in one round trip; the first that fails ends the transaction.
    public func query(all statements: [SQL]) async throws(DatabaseError) -> [Rows] {
        guard !statements.isEmpty else { return [] }
        return try await session.run(statements)
    }

    /// Runs one statement and gives the number of rows it changed.
    @discardableResult
    public func execute(_ sql: SQL) async throws(DatabaseError) -> Int {
        try await query(sql).affected
    }

    /// Runs text of several statements separated by semicolons, without values and without results.
    public func script(_ text: String) async throws(DatabaseError) {
        try await session.open()
        try await session.watched { connection throws(DatabaseError) in
            try await connection.runScript(text)
        }
    }

    /// Runs the closure so that its failure undoes only its own work and leaves the transaction usable.
    ///
    /// Serialization failures still end the transaction: it must be run again as a whole.
    @discardableResult
    public func savepoint<Result>(
        _ body: (borrowing Transaction) async throws -> Result
    ) async throws -> Result {
        let name = session.nextName("s")
        _ = try await session.run([SQL(unchecked: "SAVEPOINT \(name)")])
        do {
            let result = try await body(self)
            _ = try await session.run([SQL(unchecked: "RELEASE SAVEPOINT \(name)")])
            return result
        } catch {
            try await session.recover(to: name)
            throw error
        }
    }

    /// Reads a large result through a cursor, `size` rows at a time.
    public func forEachBatch(_ sql: SQL, size: Int = 1000, _ body: (Rows) async throws -> Void) async throws {
        let name = session.nextName("c")
        let fetch = SQL(unchecked: "FETCH \(max(1, size)) FROM \(name)")
        let declare: SQL = "DECLARE \(unchecked: name) NO SCROLL CURSOR FOR \(fragment: sql)"
        var rows = try await session.run([declare, fetch]).last
        while let batch = rows, !batch.isEmpty {
            try await body(batch)
            guard batch.count >= size else { break }
            rows = try await session.run([fetch]).first
        }
        _ = try await session.run([SQL(unchecked: "CLOSE \(name)")])
    }
}

/// The state of one transaction while closures use it.
final class TransactionSession {
    let connection: Connection
    /// Statements that open the transaction; they travel with its first own statement.
    private var prelude: [SQL]
    /// The first error of the server; the transaction is lost with it.
    private(set) var failure: DatabaseError?
    private var names = 0

    init(connection: Connection, prelude: [SQL]) {
        (self.connection, self.prelude) = (connection, prelude)
    }

    var isOpen: Bool { prelude.isEmpty }

    func run(_ statements: [SQL]) async throws(DatabaseError) -> [Rows] {
        let opening = prelude
        prelude = []
        do {
            guard !opening.isEmpty else { return try await connection.run(statements) }
            return try await connection.run(opening + statements, skipping: opening.count)
        } catch {
            fail(error)
            throw error
        }
    }

    /// Opens the transaction at once.
    func open() async throws(DatabaseError) {
        guard !isOpen else { return }
        _ = try await run([])
    }

    /// Does something on the connection and remembers its failure.
    func watched<Value: Sendable>(
        _ work: (Connection) async throws(DatabaseError) -> Value
    ) async throws(DatabaseError) -> Value {
        do {
            return try await work(connection)
        } catch {
            fail(error)
            throw error
        }
    }

    func commit() async throws(DatabaseError) {
        guard isOpen else { return }
        do {
            try await connection.commit()
        } catch {
            // The error that an earlier statement met tells more than the refusal to commit.
            if let failure, error.kind == .misuse { throw failure }
            fail(error)
            throw error
        }
    }

    func recover(to savepoint: String) async throws(DatabaseError) {
        if let failure, failure.isRetriable || failure.isFatal { return }
        let statements = ["ROLLBACK TO SAVEPOINT \(savepoint)", "RELEASE SAVEPOINT \(savepoint)"].map {
            SQL(unchecked: $0)
        }
        failure = nil
        do {
            _ = try await connection.run(statements, isCancellable: false)
        } catch {
            fail(error)
            throw error
        }
    }

    /// A name for a savepoint or cursor that no other in this transaction has.
    func nextName(_ letter: String) -> String {
        names += 1
        return "kith_\(letter)\(names)"
    }

    private func fail(_ error: DatabaseError) {
        failure = failure ?? error
    }
}
