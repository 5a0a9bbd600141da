import CPostgres

extension Wire {
    /// Starts `COPY … FROM STDIN` or `COPY … TO STDOUT`.
    func beginCopy(_ text: String, expecting wanted: ExecStatusType, cancelled: () -> Bool) throws(DatabaseError) {
        guard leavePipeline(), PQsendQuery(connection, text) == 1 else { throw connectionError() }
        let result = PQgetResult(connection)
        defer { PQclear(result) }
        let status = PQresultStatus(result)
        copyEnded = false
        guard status != wanted else { return }
        let failure =
            status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK
            ? DatabaseError.misuse("the statement is no COPY")
            : DatabaseError(result: result, connection: connection, wasCancelled: cancelled())
        finishResults()
        throw failure
    }

    func putCopy(_ bytes: [UInt8]) throws(DatabaseError) {
        let sent = bytes.withUnsafeBytes { buffer in
            PQputCopyData(
                connection, buffer.baseAddress?.assumingMemoryBound(to: CChar.self),
                Int32(truncatingIfNeeded: buffer.count))
        }
        guard sent == 1 else { throw connectionError() }
    }

    /// Ends a COPY IN and gives the rows taken; `complaint` makes the server undo it.
    @discardableResult
    func endCopyIn(complaint: String?, cancelled: () -> Bool) throws(DatabaseError) -> Int {
        guard PQputCopyEnd(connection, complaint) == 1 else { throw connectionError() }
        return try copyResult(cancelled: cancelled)
    }

    /// The next data of a COPY OUT, gathered to about `size` bytes; nil at the end.
    func takeCopy(size: Int, cancelled: () -> Bool) throws(DatabaseError) -> [UInt8]? {
        if copyEnded {
            try copyResult(cancelled: cancelled)
            return nil
        }
        var chunk: [UInt8] = []
        chunk.reserveCapacity(size + (1 << 12))
        while chunk.count < size {
            var row: UnsafeMutablePointer<CChar>?
            let count = PQgetCopyData(connection, &row, 0)
            guard count > 0, let row else {
                if count == -2 { throw connectionError() }
                copyEnded = true
                guard chunk.isEmpty else { return chunk }
                try copyResult(cancelled: cancelled)
                return nil
            }
            chunk.append(contentsOf: UnsafeRawBufferPointer(start: row, count: Int(count)))
            PQfreemem(row)
        }
        return chunk
    }

    @discardableResult
    private func copyResult(cancelled: () -> Bool) throws(DatabaseError) -> Int {
        guard let pointer = PQgetResult(connection) else { throw connectionError() }
        let result = ResultHandle(pointer)
        let status = PQresultStatus(pointer)
        let failure =
            status == PGRES_COMMAND_OK
            ? nil : DatabaseError(result: pointer, connection: connection, wasCancelled: cancelled())
        finishResults()
        if let failure { throw failure }
        return result.affected
    }

    private func finishResults() {
        while let extra = PQgetResult(connection) {
            let status = PQresultStatus(extra)
            PQclear(extra)
            if status == PGRES_COPY_IN { PQputCopyEnd(connection, "abandoned") }
            if status == PGRES_COPY_OUT || isBroken { break }
        }
    }
}
