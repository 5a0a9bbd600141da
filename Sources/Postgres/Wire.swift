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
        case retire(String)
    }

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
        guard enterPipeline() else { throw connectionError() }
        steps.removeAll(keepingCapacity: true)
        var sent = true
        for name in statements.takeRetired() { sent = sent && retire(name) }
        for sql in batch { sent = sent && send(sql) }
        guard PQpipelineSync(connection) == 1, sent else {
            if !isBroken { try? drain() }
            throw connectionError()
        }
        return try receive(count: batch.count, skipping: skipping, cancelled: cancelled)
    }

    /// Runs text of several statements by the simple protocol, without values or results.
    func script(_ text: String, cancelled: () -> Bool) throws(DatabaseError) {
        guard leavePipeline() else { throw connectionError() }
        let result = PQexec(connection, text)
        defer { PQclear(result) }
        switch PQresultStatus(result) {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY: return
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

    private func retire(_ name: String) -> Bool {
        steps.append(.retire(name))
        return PQsendQueryParams(connection, "DEALLOCATE \(name)", 0, nil, nil, nil, nil, 0) == 1
    }

    private func receive(count: Int, skipping: Int, cancelled: () -> Bool) throws(DatabaseError) -> [Rows] {
        var rows: [Rows] = []
        rows.reserveCapacity(count - skipping)
        var failure: DatabaseError?
        var index = 0
        for step in steps {
            guard let result = PQgetResult(connection) else {
                failure = failure ?? connectionError()
                if isBroken { break }
                continue
            }
            let handle = ResultHandle(result)
            let status = PQresultStatus(result)
            let isGood = status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK || status == PGRES_EMPTY_QUERY
            if !isGood, failure == nil {
                failure = error(of: result, status: status, cancelled: cancelled())
            }
            switch step {
            case .prepare(let entry): entry.isPrepared = isGood
            case .retire(let name): if !isGood { statements.retireAgain(name) }
            case .query:
                if isGood, index >= skipping, failure == nil { rows.append(Rows(handle)) }
                index += 1
            }
            // Each statement's results end with a null.
            while let extra = PQgetResult(connection) { PQclear(extra) }
        }
        if isBroken { throw failure ?? connectionError() }
        try drain()
        if let failure {
            if let state = failure.sqlState, DatabaseError.stalePlans.contains(state) { statements.reset() }
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
                if isBroken || silence > 3 { throw connectionError() }
                continue
            }
            silence = 0
            let status = PQresultStatus(result)
            PQclear(result)
            if status == PGRES_PIPELINE_SYNC { return }
        }
    }

    private func error(of result: OpaquePointer, status: ExecStatusType, cancelled: Bool) -> DatabaseError {
        if status == PGRES_COPY_IN || status == PGRES_COPY_OUT {
            return .misuse("COPY needs copyIn or copyOut")
        }
        return DatabaseError(result: result, connection: connection, wasCancelled: cancelled)
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
