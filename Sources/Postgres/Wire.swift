import CPostgres

/// One `PGconn` and what is known about it; every call may wait for the server, so only `Connection` holds one.
final class Wire {
    let connection: OpaquePointer
    private let isNamed: Bool
    private var statements: StatementCache
    private let parameters = ParameterBlock()
    private var steps: [Step] = []
    /// Whether the data of a COPY OUT has all been taken and only its result is left.
    var copyEnded = false

    /// What the server will answer next.
    private enum Step {
        case query
        case prepare(StatementCache.Entry)
        /// The end of a statement nobody uses; whether it succeeds matters to nobody.
        case retire
        case sync
    }

    /// The protocol counts the parameters of a statement in 16 bits.
    private static let parameterLimit = 65_535

    init(settings: ConnectionSettings) throws(DatabaseError) {
        guard let connection = Wire.connect(settings.effective) else {
            throw DatabaseError(.connection, message: "out of memory")
        }
        guard PQstatus(connection) == CONNECTION_OK else {
            let message = String(cString: PQerrorMessage(connection))
            PQfinish(connection)
            throw DatabaseError(.connection, message: message, isFatal: true)
        }
        self.connection = connection
        isNamed = settings.prepared == .named
        statements = StatementCache(capacity: settings.statementCacheSize)
        _ = PQsetNoticeReceiver(connection, { _, _ in }, nil)
    }

    deinit {
        PQfinish(connection)
    }

    private static func connect(_ parameters: [(String, String)]) -> OpaquePointer? {
        let keys = CStrings(parameters.map(\.0))
        let values = CStrings(parameters.map(\.1))
        return PQconnectdbParams(keys.pointer, values.pointer, 0)
    }

    var isBroken: Bool { PQstatus(connection) == CONNECTION_BAD }
    var isIdle: Bool { PQtransactionStatus(connection) == PQTRANS_IDLE }

    // MARK: Statements

    /// Runs the statements in one round trip and gives their results after the first `skipping`.
    ///
    /// Outside a transaction they form one, committed at the end or undone by the first error.
    func run(_ batch: [SQL], skipping: Int = 0, cancelled: () -> Bool) throws(DatabaseError) -> [Rows] {
        guard batch.allSatisfy({ $0.slots.count <= Self.parameterLimit }) else {
            throw .misuse("a statement with more than \(Self.parameterLimit) values; send an array instead")
        }
        guard enterPipeline() else { throw connectionError() }
        steps.removeAll(keepingCapacity: true)
        var isSent = retireStatements()
        for sql in batch { isSent = isSent && send(sql) }
        guard isSent, sync() else { throw connectionError().endingSession() }
        return try receive(count: batch.count, skipping: skipping, cancelled: cancelled)
    }

    /// Runs text of several statements by the simple protocol, without values or results.
    func script(_ text: String, cancelled: () -> Bool) throws(DatabaseError) {
        guard leavePipeline() else { throw connectionError() }
        let result = PQexec(connection, text)
        defer { PQclear(result) }
        switch PQresultStatus(result) {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY: return
        case PGRES_COPY_IN, PGRES_COPY_OUT: throw DatabaseError.misuse("COPY needs copyIn or copyOut").endingSession()
        default: throw DatabaseError(result: result, connection: connection, wasCancelled: cancelled())
        }
    }

    private func send(_ sql: SQL) -> Bool {
        parameters.load(sql)
        let count = Int32(truncatingIfNeeded: sql.slots.count)
        return sql.withValueBytes { base in
            parameters.point(sql, at: base)
            guard isNamed else {
                steps.append(.query)
                return PQsendQueryParams(
                    connection, sql.text, count, parameters.types, parameters.values, parameters.lengths,
                    parameters.formats, 1) == 1
            }
            let entry = statements.entry(for: sql)
            if !entry.isPrepared {
                guard PQsendPrepare(connection, entry.name, sql.text, count, parameters.types) == 1 else {
                    return false
                }
                steps.append(.prepare(entry))
                // Marked at once so that the same statement later in this batch is not prepared twice.
                entry.isPrepared = true
            }
            steps.append(.query)
            return PQsendQueryPrepared(
                connection, entry.name, count, parameters.values, parameters.lengths, parameters.formats, 1) == 1
        }
    }

    /// Drops what the cache let go, each in a transaction of its own so that its failure touches nothing else.
    private func retireStatements() -> Bool {
        guard isIdle else { return true }
        for name in statements.takeRetired() {
            steps.append(.retire)
            guard PQsendQueryParams(connection, "DEALLOCATE \(name)", 0, nil, nil, nil, nil, 0) == 1, sync() else {
                return false
            }
        }
        return true
    }

    private func sync() -> Bool {
        steps.append(.sync)
        return PQpipelineSync(connection) == 1
    }

    private func receive(count: Int, skipping: Int, cancelled: () -> Bool) throws(DatabaseError) -> [Rows] {
        var rows: [Rows] = []
        rows.reserveCapacity(count - skipping)
        var failure: DatabaseError?
        var index = 0
        for step in steps {
            if case .sync = step {
                try drain()
                continue
            }
            guard let result = PQgetResult(connection) else { throw (failure ?? connectionError()).endingSession() }
            let handle = ResultHandle(result)
            let status = PQresultStatus(result)
            let isGood = status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK || status == PGRES_EMPTY_QUERY
            if status == PGRES_COPY_IN || status == PGRES_COPY_OUT {
                throw DatabaseError.misuse("COPY needs copyIn or copyOut").endingSession()
            }
            switch step {
            case .prepare(let entry): entry.isPrepared = isGood
            case .query:
                if isGood, index >= skipping, failure == nil { rows.append(Rows(handle)) }
                index += 1
            case .retire, .sync: break
            }
            if !isGood, failure == nil {
                if case .retire = step {
                } else {
                    failure = DatabaseError(result: result, connection: connection, wasCancelled: cancelled())
                }
            }
            // Each statement's results end with a null.
            while let extra = PQgetResult(connection) { PQclear(extra) }
            if isBroken { throw failure ?? connectionError() }
        }
        if let failure {
            if failure.isStalePlan { statements.reset() }
            throw failure
        }
        return rows
    }

    /// Reads up to the answer to `PQpipelineSync`.
    private func drain() throws(DatabaseError) {
        var silence = 0
        while true {
            guard let result = PQgetResult(connection) else {
                silence += 1
                // Nulls only separate results; more of them than that mean that nothing will come.
                if isBroken || silence > 3 { throw connectionError().endingSession() }
                continue
            }
            silence = 0
            let status = PQresultStatus(result)
            PQclear(result)
            if status == PGRES_PIPELINE_SYNC { return }
        }
    }

    func connectionError() -> DatabaseError {
        DatabaseError(
            .connection, message: String(cString: PQerrorMessage(connection)),
            isFatal: PQstatus(connection) != CONNECTION_OK)
    }

    // MARK: Pipeline

    private func enterPipeline() -> Bool {
        PQpipelineStatus(connection) != PQ_PIPELINE_OFF || PQenterPipelineMode(connection) == 1
    }

    /// COPY and scripts are not possible in pipeline mode.
    func leavePipeline() -> Bool {
        PQpipelineStatus(connection) == PQ_PIPELINE_OFF || PQexitPipelineMode(connection) == 1
    }
}
