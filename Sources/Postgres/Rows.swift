import CPostgres

/// The rows that a statement returned, kept as the server sent them and read on demand.
public struct Rows: Sendable, RandomAccessCollection {
    let result: ResultHandle
    public let startIndex: Int = 0
    public let endIndex: Int

    init(_ result: ResultHandle) {
        self.result = result
        endIndex = result.rowCount
    }

    public subscript(position: Int) -> Row {
        precondition(position >= 0 && position < endIndex, "row outside the result")
        return Row(result: result, index: Int32(truncatingIfNeeded: position))
    }

    /// Rows inserted, updated, deleted or returned, as the server counts them; zero for statements without a count.
    public var affected: Int { result.affected }

    /// The names of the columns, in order.
    public var columns: [String] {
        (0..<result.columnCount).map { result.name(of: $0) }
    }
}

/// One row of a result; it keeps the whole result alive.
public struct Row: Sendable {
    let result: ResultHandle
    let index: Int32

    /// The value in a column, counted from zero; ask for an Optional where it may be NULL.
    /// - Throws: `.decode` when there is no such column, or the value is NULL or of another type.
    public func get<Value: SQLValue>(_ column: Int, as type: Value.Type = Value.self) throws(DatabaseError) -> Value {
        guard column >= 0, column < result.columnCount else {
            throw DatabaseError(.decode, message: "the result has no column \(column)")
        }
        return try Value.decode(result.cell(row: index, column: Int32(truncatingIfNeeded: column)))
    }

    /// The value in the column of that name; by number is faster in long loops.
    /// - Throws: `.decode` when there is no such column, or the value is NULL or of another type.
    public func get<Value: SQLValue>(_ name: String, as type: Value.Type = Value.self) throws(DatabaseError) -> Value {
        guard let column = result.column(named: name) else {
            throw DatabaseError(.decode, message: "the result has no column \(name)")
        }
        return try Value.decode(result.cell(row: index, column: column))
    }

    /// Whether the field is NULL.
    public func isNull(_ column: Int) -> Bool {
        result.cell(row: index, column: Int32(truncatingIfNeeded: column)).bytes == nil
    }

    public var columnCount: Int { result.columnCount }

    /// Lends the bytes of a field as the server sent them, for text its UTF-8; nil for NULL.
    public func withBytes<Result>(_ column: Int, _ body: (UnsafeRawBufferPointer?) throws -> Result) rethrows -> Result
    {
        try body(result.cell(row: index, column: Int32(truncatingIfNeeded: column)).bytes)
    }
}

/// Owner of one `PGresult`.
///
/// Unchecked: libpq never changes a finished result, and its readers only read.
final class ResultHandle: @unchecked Sendable {
    private let pointer: OpaquePointer
    let rowCount: Int
    let columnCount: Int

    init(_ pointer: OpaquePointer) {
        self.pointer = pointer
        rowCount = Int(PQntuples(pointer))
        columnCount = Int(PQnfields(pointer))
    }

    deinit {
        PQclear(pointer)
    }

    var affected: Int {
        Int(String(cString: PQcmdTuples(pointer))) ?? 0
    }

    /// `COMMIT`, `INSERT 0 1`, …
    var commandTag: String { String(cString: PQcmdStatus(pointer)) }

    func name(of column: Int) -> String {
        PQfname(pointer, Int32(truncatingIfNeeded: column)).map { String(cString: $0) } ?? ""
    }

    func column(named name: String) -> Int32? {
        // Not PQfnumber, which folds the case of unquoted names and allocates.
        name.withCString { wanted in
            for column in 0..<Int32(truncatingIfNeeded: columnCount) {
                if let found = PQfname(pointer, column), equal(found, wanted) { return column }
            }
            return nil
        }
    }

    func cell(row: Int32, column: Int32) -> SQLCell {
        let oid = PQftype(pointer, column)
        guard PQgetisnull(pointer, row, column) == 0 else {
            return SQLCell(bytes: nil, oid: oid, column: Int(column))
        }
        let length = Int(PQgetlength(pointer, row, column))
        let bytes = UnsafeRawBufferPointer(start: PQgetvalue(pointer, row, column), count: length)
        return SQLCell(bytes: bytes, oid: oid, column: Int(column))
    }

    private func equal(_ left: UnsafePointer<CChar>, _ right: UnsafePointer<CChar>) -> Bool {
        var place = 0
        while left[place] == right[place] {
            if left[place] == 0 { return true }
            place += 1
        }
        return false
    }
}
