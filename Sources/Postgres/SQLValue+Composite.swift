extension Optional: SQLElement where Wrapped: SQLValue {
    public static var sqlTypeOfArray: SQLType { Wrapped.sqlTypeOfArray }
}

/// Nil is NULL.
extension Optional: SQLValue where Wrapped: SQLValue {
    public static var sqlType: SQLType { Wrapped.sqlType }

    public var isSQLNull: Bool {
        switch self {
        case .none: true
        case .some(let value): value.isSQLNull
        }
    }

    public func encode(into buffer: inout SQLBuffer) {
        self?.encode(into: &buffer)
    }

    public static func decode(_ cell: SQLCell) throws(DatabaseError) -> Wrapped? {
        guard cell.bytes != nil else { return nil }
        return try Wrapped.decode(cell)
    }
}

extension Array: SQLElement where Element: SQLElement {}

/// An array of one dimension; `[UInt8]` is `bytea`.
extension Array: SQLValue where Element: SQLElement {
    public static var sqlType: SQLType { Element.sqlTypeOfArray }

    public func encode(into buffer: inout SQLBuffer) {
        Element.encodeArray(self, into: &buffer)
    }

    public static func decode(_ cell: SQLCell) throws(DatabaseError) -> [Element] {
        try Element.decodeArray(cell)
    }
}

extension SQLValue {
    public static var sqlTypeOfArray: SQLType { SQLType(oid: sqlType.arrayOID) }

    // Source: array_send in src/backend/utils/adt/arrayfuncs.c: dimensions, a flag for NULLs, the type of the elements,
    // then for each dimension its length and first index, then each element as length and bytes.
    public static func encodeArray(_ values: [Self], into buffer: inout SQLBuffer) {
        buffer.append(Int32(values.isEmpty ? 0 : 1))
        buffer.append(Int32(values.contains { $0.isSQLNull } ? 1 : 0))
        buffer.append(sqlType.oid)
        guard !values.isEmpty else { return }
        buffer.append(Int32(truncatingIfNeeded: values.count))
        buffer.append(Int32(1))
        for value in values { buffer.appendField(value) }
    }

    public static func decodeArray(_ cell: SQLCell) throws(DatabaseError) -> [Self] {
        let bytes = try cell.required()
        guard bytes.count >= 12 else { throw cell.failure("not an array") }
        func integer(_ place: Int) -> Int32 {
            Int32(bigEndian: bytes.loadUnaligned(fromByteOffset: place, as: Int32.self))
        }
        let dimensions = integer(0)
        let oid = UInt32(bitPattern: integer(8))
        if dimensions == 0 { return [] }
        guard dimensions == 1, bytes.count >= 20 else { throw cell.failure("not an array of one dimension") }
        var values: [Self] = []
        let count = Int(integer(12))
        values.reserveCapacity(count)
        var place = 20
        for _ in 0..<count {
            guard place + 4 <= bytes.count else { throw cell.failure("array cut short") }
            let length = Int(integer(place))
            place += 4
            guard length >= 0 else {
                values.append(try decode(SQLCell(bytes: nil, oid: oid, column: cell.column)))
                continue
            }
            guard place + length <= bytes.count else { throw cell.failure("array cut short") }
            let slice = UnsafeRawBufferPointer(rebasing: bytes[place..<place + length])
            values.append(try decode(SQLCell(bytes: slice, oid: oid, column: cell.column)))
            place += length
        }
        return values
    }
}

extension SQLValue where Self: RawRepresentable, RawValue: SQLValue {
    public static var sqlType: SQLType { RawValue.sqlType }

    public func encode(into buffer: inout SQLBuffer) {
        rawValue.encode(into: &buffer)
    }

    /// - Throws: `.decode` when the stored value is none that `Self` knows.
    public static func decode(_ cell: SQLCell) throws(DatabaseError) -> Self {
        guard let value = Self(rawValue: try RawValue.decode(cell)) else { throw cell.failure("unknown raw value") }
        return value
    }
}
