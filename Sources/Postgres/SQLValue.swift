/// What an array of PostgreSQL may hold; `UInt8` stands here because `[UInt8]` is `bytea`, not an array.
public protocol SQLElement: Sendable {
    /// The type of `[Self]`.
    static var sqlTypeOfArray: SQLType { get }
    /// Appends the binary form of the whole array.
    static func encodeArray(_ values: [Self], into buffer: inout SQLBuffer)
    /// Reads the binary form of a whole array.
    static func decodeArray(_ cell: SQLCell) throws(DatabaseError) -> [Self]
}

/// A Swift type that travels to and from PostgreSQL in its binary wire format.
///
/// A `RawRepresentable` type only declares the conformance: `enum Sex: String, SQLValue { … }`.
public protocol SQLValue: SQLElement {
    static var sqlType: SQLType { get }
    /// True only for an Optional that is nil.
    var isSQLNull: Bool { get }
    /// Appends the binary form, without its length.
    func encode(into buffer: inout SQLBuffer)
    /// Reads the binary form.
    /// - Throws: `.decode` when the cell is NULL, of another type, or outside the range of `Self`.
    static func decode(_ cell: SQLCell) throws(DatabaseError) -> Self
}

extension SQLValue {
    public var isSQLNull: Bool { false }
}

/// Bytes in network order on their way to the server.
public struct SQLBuffer: Sendable {
    public internal(set) var bytes: [UInt8] = []

    public init() {}

    /// Appends an integer, the most significant byte first.
    public mutating func append<Value: FixedWidthInteger>(_ value: Value) {
        withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
    }

    public mutating func append(_ more: [UInt8]) {
        bytes.append(contentsOf: more)
    }

    /// Appends the text in UTF-8.
    public mutating func append(text: String) {
        var text = text
        text.withUTF8 { bytes.append(contentsOf: $0) }
    }

    /// Appends a four-byte length and then the value; NULL is the length −1.
    mutating func appendField<Value: SQLValue>(_ value: Value) {
        guard !value.isSQLNull else {
            append(Int32(-1))
            return
        }
        let start = bytes.count
        append(Int32(0))
        value.encode(into: &self)
        patch(Int32(truncatingIfNeeded: bytes.count - start - 4), at: start)
    }

    mutating func patch(_ value: Int32, at place: Int) {
        bytes.withUnsafeMutableBytes { $0.storeBytes(of: value.bigEndian, toByteOffset: place, as: Int32.self) }
    }
}

/// One field of a result while it is being read; its bytes are valid only until `decode` returns.
public struct SQLCell {
    /// Nil for NULL.
    public let bytes: UnsafeRawBufferPointer?
    /// The type that the server reports for the column.
    public let oid: UInt32
    let column: Int

    /// The bytes of a cell that must not be NULL.
    public func required() throws(DatabaseError) -> UnsafeRawBufferPointer {
        guard let bytes else { throw failure("NULL where a value is required") }
        return bytes
    }

    /// The error for a cell that cannot be read; `reason` says what was expected and shows no data.
    public func failure(_ reason: StaticString) -> DatabaseError {
        DatabaseError(.decode, message: "column \(column) of type \(oid): \(reason)")
    }

    /// The whole cell as an integer of that width.
    public func integer<Value: FixedWidthInteger>(_ type: Value.Type) throws(DatabaseError) -> Value {
        let bytes = try required()
        guard bytes.count == MemoryLayout<Value>.size else { throw failure("unexpected width") }
        return Value(bigEndian: bytes.loadUnaligned(as: Value.self))
    }
}
