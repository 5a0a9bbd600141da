/// The form of the data that `copyOut` gives.
public enum CopyFormat: Sendable {
    /// RFC 4180 with a header row and UTF-8 text.
    case csv
    /// Tab-separated, as PostgreSQL's own dumps.
    case text

    var options: String {
        switch self {
        case .csv: "FORMAT csv, HEADER true"
        case .text: "FORMAT text"
        }
    }
}

extension Transaction {
    /// Fills a table with many rows at once, by COPY in the binary format; gives the number of rows.
    ///
    /// - Parameters:
    ///   - table: `schema.table`, or a table on the search path.
    ///   - body: writes each row as `row(count)`, one `append` per column in order, and `try await end()`.
    @discardableResult
    public func copyIn(
        _ table: String, columns: [String], _ body: (inout CopyWriter) async throws -> Void
    ) async throws -> Int {
        let name = table.split(separator: ".").map { SQL.quoted(String($0)) }.joined(separator: ".")
        let list = columns.map(SQL.quoted).joined(separator: ", ")
        let types = try await columnTypes(of: name, columns)
        try await session.watched { connection throws(DatabaseError) in
            try await connection.beginCopyIn("COPY \(name) (\(list)) FROM STDIN (FORMAT binary)")
        }
        var writer = CopyWriter(types: types, session: session)
        do {
            try await body(&writer)
            try await writer.finish()
            return try await session.watched { connection throws(DatabaseError) in
                try await connection.endCopyIn(complaint: nil)
            }
        } catch {
            _ = try? await session.connection.endCopyIn(complaint: "abandoned by the client")
            throw error
        }
    }

    /// The types of the columns, domains resolved: the binary format wants each value in exactly that type.
    private func columnTypes(of table: String, _ columns: [String]) async throws(DatabaseError) -> [UInt32] {
        let rows = try await query(
            """
            SELECT COALESCE(NULLIF(base.typbasetype, 0), NULLIF(own.typbasetype, 0), own.oid)
            FROM unnest(\(columns)) WITH ORDINALITY AS wanted (name, place)
            JOIN pg_attribute AS attribute
              ON attribute.attrelid = to_regclass(\(table))
             AND attribute.attname = wanted.name
             AND NOT attribute.attisdropped
            JOIN pg_type AS own ON own.oid = attribute.atttypid
            LEFT JOIN pg_type AS base ON base.oid = own.typbasetype
            ORDER BY wanted.place
            """)
        guard rows.count == columns.count else { throw .misuse("COPY into an unknown table or column") }
        var types: [UInt32] = []
        for row in rows { types.append(UInt32(truncatingIfNeeded: try row.get(0, as: Int64.self))) }
        return types
    }

    /// Streams the result of a query as text, in chunks of about 64 kB that end where a row ends.
    public func copyOut(
        _ sql: SQL, format: CopyFormat = .csv, _ chunk: ([UInt8]) async throws -> Void
    ) async throws {
        let text = try sql.inlined()
        try await session.open()
        try await session.watched { connection throws(DatabaseError) in
            try await connection.beginCopyOut("COPY (\(text)) TO STDOUT (\(format.options), ENCODING 'UTF8')")
        }
        do {
            while let next = try await session.watched({ connection throws(DatabaseError) in
                try await connection.takeCopy(size: 1 << 16)
            }) {
                try await chunk(next)
            }
        } catch {
            await session.connection.abandonCopyOut()
            throw error
        }
    }
}
