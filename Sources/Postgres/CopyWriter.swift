import struct Foundation.Decimal

/// Writes the rows of one COPY; it sends on its own whenever enough has gathered.
public struct CopyWriter {
    private let types: [UInt32]
    private let session: TransactionSession
    private var buffer = SQLBuffer()
    private var column = 0
    private var expected = 0
    private var mistake: DatabaseError?

    /// How much gathers before it is sent.
    private static let flushSize = 1 << 18

    // The header: signature, flags, length of the extension. Source: the COPY page of the PostgreSQL 15 manual.
    init(types: [UInt32], session: TransactionSession) {
        (self.types, self.session) = (types, session)
        buffer.bytes.reserveCapacity(Self.flushSize + (1 << 14))
        buffer.append(text: "PGCOPY\n")
        buffer.append([0xFF, 0x0D, 0x0A, 0x00])
        buffer.append(Int32(0))
        buffer.append(Int32(0))
    }

    /// Starts a row of `count` fields, which must be the number of columns.
    public mutating func row(_ count: Int) {
        if column != expected { mistake = mistake ?? .misuse("a COPY row ended before its last field") }
        if count != types.count {
            mistake = mistake ?? .misuse("a COPY row with another number of fields than columns")
        }
        buffer.append(Int16(truncatingIfNeeded: count))
        (column, expected) = (0, count)
    }

    /// Adds the next field; integers fit themselves to the column's width, text becomes `jsonb` or an enum where needed.
    public mutating func append<Value: SQLValue>(_ value: Value) {
        guard column < types.count else {
            mistake = mistake ?? .misuse("a COPY row with more fields than columns")
            return
        }
        let wanted = types[column]
        column += 1
        if wanted == Value.sqlType.oid || value.isSQLNull {
            buffer.appendField(value)
        } else if !buffer.appendField(value, as: wanted) {
            mistake = mistake ?? .misuse("COPY field \(column) does not fit the column's type")
        }
    }

    /// Ends the row and sends what has gathered, if it is much.
    /// - Throws: `.misuse` for a row that does not fit the columns; `.connection` when sending fails.
    public mutating func end() async throws(DatabaseError) {
        if column != expected { mistake = mistake ?? .misuse("a COPY row ended before its last field") }
        if let mistake { throw mistake }
        if buffer.bytes.count >= Self.flushSize { try await flush() }
    }

    mutating func finish() async throws(DatabaseError) {
        try await end()
        buffer.append(Int16(-1))
        try await flush()
    }

    private mutating func flush() async throws(DatabaseError) {
        let bytes = buffer.bytes
        try await session.watched { connection throws(DatabaseError) in try await connection.putCopy(bytes) }
        buffer.bytes.removeAll(keepingCapacity: true)
    }
}

extension SQLBuffer {
    /// Appends a field in the form of another type; false when the value has none there.
    mutating func appendField<Value: SQLValue>(_ value: Value, as oid: UInt32) -> Bool {
        let start = bytes.count
        appendField(value)
        let content = start + 4
        switch (Value.sqlType, oid) {
        case (.int8, _), (.int4, _), (.int2, _):
            return refit(content, as: oid)
        case (.text, SQLType.jsonb.oid):
            bytes.insert(1, at: content)
            patch(Int32(truncatingIfNeeded: bytes.count - content), at: start)
            return true
        case (.jsonb, SQLType.json.oid), (.jsonb, SQLType.text.oid):
            bytes.remove(at: content)
            patch(Int32(truncatingIfNeeded: bytes.count - content), at: start)
            return true
        case (.text, _): return SQLType.isTextual(oid)
        default: return false
        }
    }

    /// Rewrites the integer at the end of the buffer in the width of another integer type.
    private mutating func refit(_ content: Int, as oid: UInt32) -> Bool {
        var value: Int64 = bytes[content] >= 0x80 ? -1 : 0
        for byte in bytes[content...] { value = value << 8 | Int64(byte) }
        bytes.removeLast(bytes.count - content + 4)
        switch oid {
        case SQLType.int8.oid: appendField(value)
        case SQLType.int4.oid:
            guard let narrow = Int32(exactly: value) else { return false }
            appendField(narrow)
        case SQLType.int2.oid:
            guard let narrow = Int16(exactly: value) else { return false }
            appendField(narrow)
        case SQLType.numeric.oid: appendField(Decimal(value))
        default: return false
        }
        return true
    }
}
