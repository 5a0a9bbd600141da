extension SQLCell {
    /// Any integer type of the server, widened to 64 bits.
    func anyInteger() throws(DatabaseError) -> Int64 {
        switch oid {
        case SQLType.int8.oid: try integer(Int64.self)
        case SQLType.int4.oid: Int64(try integer(Int32.self))
        case SQLType.int2.oid: Int64(try integer(Int16.self))
        // oid, xid, cid are unsigned 32 bits; xid8 is unsigned 64 bits and stays far below 2^63.
        case 26, 28, 29: Int64(try integer(UInt32.self))
        case 5069: Int64(truncatingIfNeeded: try integer(UInt64.self))
        default: throw failure("not an integer")
        }
    }

    func exactly<Value: FixedWidthInteger>(_ type: Value.Type) throws(DatabaseError) -> Value {
        guard let value = Value(exactly: try anyInteger()) else { throw failure("integer out of range") }
        return value
    }
}

extension Bool: SQLValue {
    public static var sqlType: SQLType { .bool }

    public func encode(into buffer: inout SQLBuffer) {
        buffer.append(self ? UInt8(1) : 0)
    }

    public static func decode(_ cell: SQLCell) throws(DatabaseError) -> Bool {
        guard cell.oid == SQLType.bool.oid else { throw cell.failure("not a boolean") }
        return try cell.integer(UInt8.self) != 0
    }
}

extension Int: SQLValue {
    public static var sqlType: SQLType { .int8 }

    public func encode(into buffer: inout SQLBuffer) {
        buffer.append(Int64(self))
    }

    public static func decode(_ cell: SQLCell) throws(DatabaseError) -> Int {
        try cell.exactly(Int.self)
    }
}

extension Int64: SQLValue {
    public static var sqlType: SQLType { .int8 }

    public func encode(into buffer: inout SQLBuffer) {
        buffer.append(self)
    }

    public static func decode(_ cell: SQLCell) throws(DatabaseError) -> Int64 {
        try cell.anyInteger()
    }
}

extension Int32: SQLValue {
    public static var sqlType: SQLType { .int4 }

    public func encode(into buffer: inout SQLBuffer) {
        buffer.append(self)
    }

    public static func decode(_ cell: SQLCell) throws(DatabaseError) -> Int32 {
        try cell.exactly(Int32.self)
    }
}

extension Int16: SQLValue {
    public static var sqlType: SQLType { .int2 }

    public func encode(into buffer: inout SQLBuffer) {
        buffer.append(self)
    }

    public static func decode(_ cell: SQLCell) throws(DatabaseError) -> Int16 {
        try cell.exactly(Int16.self)
    }
}

extension Double: SQLValue {
    public static var sqlType: SQLType { .float8 }

    public func encode(into buffer: inout SQLBuffer) {
        buffer.append(bitPattern)
    }

    public static func decode(_ cell: SQLCell) throws(DatabaseError) -> Double {
        switch cell.oid {
        case SQLType.float8.oid: Double(bitPattern: try cell.integer(UInt64.self))
        case SQLType.float4.oid: Double(Float(bitPattern: try cell.integer(UInt32.self)))
        default: throw cell.failure("not a floating-point number")
        }
    }
}
