import CPostgres
import Synchronization

/// One session with the server; blocking calls of libpq run on a thread of its own, never on Swift's threads.
///
/// A connection belongs to one task at a time: the pool lends it out whole.
public actor Connection {
    private let executor: ConnectionExecutor
    private let settings: ConnectionSettings
    private var wire: Wire?
    private var canceller: Canceller?
    private var defaults = SessionDefaults.writing
    private let broken = Atomic<Bool>(false)

    /// What a transaction without words of its own gets from the session.
    private enum SessionDefaults: String {
        case writing = "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ COMMITTED, READ WRITE"
        case reading = "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
    }

    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private init(settings: ConnectionSettings) throws(DatabaseError) {
        self.settings = settings
        executor = try ConnectionExecutor()
    }

    /// Opens a session.
    /// - Throws: `.connection` when the server cannot be reached or refuses.
    public static func open(_ settings: ConnectionSettings) async throws(DatabaseError) -> Connection {
        let connection = try Connection(settings: settings)
        try await connection.connect()
        return connection
    }

    private func connect() throws(DatabaseError) {
        let wire = try Wire(settings: settings)
        canceller = Canceller(connection: wire.connection)
        self.wire = wire
    }

    /// Whether the session has ended; it does not come back.
    public nonisolated var isBroken: Bool { broken.load(ordering: .acquiring) }

    /// Ends the session; later calls throw `.connection`.
    public func close() {
        wire = nil
        broken.store(true, ordering: .releasing)
    }

    // MARK: Outside a transaction

    /// Runs one statement outside any transaction, for the few that PostgreSQL wants there (CREATE DATABASE, VACUUM).
    public func query(_ sql: SQL) async throws(DatabaseError) -> Rows {
        try await assume(.writing)
        let rows = try await run([sql])
        guard let first = rows.first else { throw .misuse("a statement without result") }
        return first
    }

    /// Runs text of several statements separated by semicolons, as one transaction unless it says otherwise.
    public func script(_ text: String) async throws(DatabaseError) {
        try await assume(.writing)
        try await runScript(text)
    }

    func runScript(_ text: String) async throws(DatabaseError) {
        try await waiting { wire, cancelled throws(DatabaseError) in try wire.script(text, cancelled: cancelled) }
    }

    // MARK: For Database and Transaction

    /// Runs the statements in one round trip and gives the results after the first `skipping`.
    func run(_ batch: [SQL], skipping: Int = 0, isCancellable: Bool = true) async throws(DatabaseError) -> [Rows] {
        try await waiting(isCancellable: isCancellable) { wire, cancelled throws(DatabaseError) in
            try wire.run(batch, skipping: skipping, cancelled: cancelled)
        }
    }

    /// Runs the statements in one round trip on one snapshot that cannot write.
    func read(_ batch: [SQL]) async throws(DatabaseError) -> [Rows] {
        guard settings.prepared == .named else { return try await readInBlock(batch) }
        // A pipeline without BEGIN is one implicit transaction; with the session's defaults set once it is a repeatable
        // read and read-only at no cost per call.
        try await assume(.reading)
        return try await run(batch)
    }

    private func readInBlock(_ batch: [SQL]) async throws(DatabaseError) -> [Rows] {
        var whole = prelude(of: .repeatableRead, readOnly: true)
        let skipping = whole.count
        whole += batch
        whole.append("COMMIT")
        do {
            return Array(try await run(whole, skipping: skipping).dropLast())
        } catch {
            await rollback()
            throw error
        }
    }

    /// The statements that open a transaction.
    nonisolated func prelude(of isolation: Isolation, readOnly: Bool) -> [SQL] {
        var statements = [
            SQL(unchecked: "BEGIN ISOLATION LEVEL \(isolation.rawValue) \(readOnly ? "READ ONLY" : "READ WRITE")")
        ]
        if settings.prepared == .unnamed, let limit = settings.statementTimeout {
            statements.append(SQL(unchecked: "SET LOCAL statement_timeout = \(limit.wholeMilliseconds)"))
        }
        return statements
    }

    /// Ends the transaction for good.
    /// - Throws: what the server found at the end; `.connection` leaves open whether the work was kept.
    func commit() async throws(DatabaseError) {
        let rows = try await run(["COMMIT"], isCancellable: false)
        guard rows.first?.result.commandTag == "COMMIT" else {
            throw .misuse("the transaction had failed before; its error was caught and dropped")
        }
    }

    /// Undoes whatever transaction is open; a session that cannot is given up.
    func rollback() async {
        guard let wire, !wire.isBroken else { return markBroken() }
        if wire.isIdle { return }
        do {
            _ = try await run(["ROLLBACK"], isCancellable: false)
        } catch {
            markBroken()
        }
    }

    func beginCopyIn(_ text: String) async throws(DatabaseError) {
        try await waiting { wire, cancelled throws(DatabaseError) in
            try wire.beginCopy(text, expecting: PGRES_COPY_IN, cancelled: cancelled)
        }
    }

    func putCopy(_ bytes: [UInt8]) async throws(DatabaseError) {
        try await waiting { wire, _ throws(DatabaseError) in try wire.putCopy(bytes) }
    }

    func endCopyIn(complaint: String?) async throws(DatabaseError) -> Int {
        try await waiting(isCancellable: complaint == nil) { wire, cancelled throws(DatabaseError) in
            try wire.endCopyIn(complaint: complaint, cancelled: cancelled)
        }
    }

    func beginCopyOut(_ text: String) async throws(DatabaseError) {
        try await waiting { wire, cancelled throws(DatabaseError) in
            try wire.beginCopy(text, expecting: PGRES_COPY_OUT, cancelled: cancelled)
        }
    }

    func takeCopy(size: Int, isCancellable: Bool = true) async throws(DatabaseError) -> [UInt8]? {
        try await waiting(isCancellable: isCancellable) { wire, cancelled throws(DatabaseError) in
            try wire.takeCopy(size: size, cancelled: cancelled)
        }
    }

    /// Gives up a COPY OUT half-way: the server is asked to stop, and what it already sent is read and dropped.
    func abandonCopyOut() async {
        guard let canceller else { return }
        canceller.fire(canceller.begin())
        do {
            while try await takeCopy(size: 1 << 20, isCancellable: false) != nil {}
        } catch {
            // The expected end is the server's word that it stopped; a broken session has been marked as such.
        }
        canceller.finish()
    }

    func markBroken() {
        broken.store(true, ordering: .releasing)
    }

    private func assume(_ wanted: SessionDefaults) async throws(DatabaseError) {
        guard defaults != wanted else { return }
        _ = try await run([SQL(unchecked: wanted.rawValue)])
        defaults = wanted
    }

    /// Does something that waits for the server; cancelling the task asks the server to stop it.
    private func waiting<Value: Sendable>(
        isCancellable: Bool = true, _ work: (Wire, () -> Bool) throws(DatabaseError) -> Value
    ) async throws(DatabaseError) -> Value {
        guard isCancellable, let canceller else { return try perform(work, nil).get() }
        guard !Task.isCancelled else { throw .cancelled }
        let ticket = canceller.begin()
        // `perform` is isolated to this actor, which keeps the closure on the connection's own thread: a closure that
        // does not touch the actor would run, and wait, on Swift's threads.
        let outcome = await withTaskCancellationHandler {
            perform(work, canceller)
        } onCancel: {
            canceller.fire(ticket)
        }
        canceller.finish()
        return try outcome.get()
    }

    private func perform<Value: Sendable>(
        _ work: (Wire, () -> Bool) throws(DatabaseError) -> Value, _ canceller: Canceller?
    ) -> Result<Value, DatabaseError> {
        guard let wire, !isBroken else {
            return .failure(DatabaseError(.connection, message: "the session has ended", isFatal: true))
        }
        let outcome = Result { () throws(DatabaseError) in try work(wire) { canceller?.wasFired ?? false } }
        if case .failure(let error) = outcome, error.isFatal || wire.isBroken { markBroken() }
        return outcome
    }
}
