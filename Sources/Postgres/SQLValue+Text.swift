public import struct Foundation.UUID
public import Groundwork

extension String: SQLValue {
    public static var sqlType: SQLType { .text }

    public func encode(into buffer: inout SQLBuffer) {
        buffer.append(text: self)
    }

    /// Reads text, varchar, char, name, json, and any type of the database's own whose binary form is text (enums).
    public static func decode(_ cell: SQLCell) throws(DatabaseError) -> String {
        guard SQLType.isTextual(cell.oid) else { throw cell.failure("not text; cast it in the statement") }
        return String(decoding: try cell.required(), as: UTF8.self)
    }
}

extension UInt8: SQLElement {
    public static var sqlTypeOfArray: SQLType { .bytea }

    public static func encodeArray(_ values: [UInt8], into buffer: inout SQLBuffer) {
        buffer.append(values)
    }

    public static func decodeArray(_ cell: SQLCell) throws(DatabaseError) -> [UInt8] {
        guard cell.oid == SQLType.bytea.oid else { throw cell.failure("not bytea") }
        return [UInt8](try cell.required())
    }
}

extension UUID: SQLValue {
    /// Written out: asking a UUID for the type of its bytes makes a random one, which opens `/dev/urandom`.
    private typealias Octets = (
        UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8
    )

    public static var sqlType: SQLType { .uuid }

    public func encode(into buffer: inout SQLBuffer) {
        withUnsafeBytes(of: uuid) { buffer.bytes.append(contentsOf: $0) }
    }

    public static func decode(_ cell: SQLCell) throws(DatabaseError) -> UUID {
        guard cell.oid == SQLType.uuid.oid else { throw cell.failure("not a uuid") }
        let bytes = try cell.required()
        guard bytes.count == 16 else { throw cell.failure("unexpected width") }
        return UUID(uuid: bytes.loadUnaligned(as: Octets.self))
    }
}

extension ID: SQLElement, SQLValue {
    public static var sqlType: SQLType { .uuid }

    public func encode(into buffer: inout SQLBuffer) {
        rawValue.encode(into: &buffer)
    }

    public static func decode(_ cell: SQLCell) throws(DatabaseError) -> ID {
        ID(try UUID.decode(cell))
    }
}

/// The text of a JSON value, sent as `jsonb`; what it means is for the caller to parse.
public struct JSONB: Sendable, Hashable {
    /// UTF-8 text. PostgreSQL keeps `jsonb` in a form of its own, so it may come back with other spaces and key order.
    public var bytes: [UInt8]

    public init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    public init(text: String) {
        bytes = Array(text.utf8)
    }

    public var text: String { String(decoding: bytes, as: UTF8.self) }
}

extension JSONB: SQLValue {
    public static var sqlType: SQLType { .jsonb }

    public func encode(into buffer: inout SQLBuffer) {
        buffer.append(UInt8(1))
        buffer.append(bytes)
    }

    /// Reads `jsonb` and `json`.
    public static func decode(_ cell: SQLCell) throws(DatabaseError) -> JSONB {
        let bytes = try cell.required()
        switch cell.oid {
        case SQLType.json.oid: return JSONB([UInt8](bytes))
        case SQLType.jsonb.oid:
            guard bytes.first == 1 else { throw cell.failure("unknown version of jsonb") }
            return JSONB([UInt8](bytes.dropFirst()))
        default: throw cell.failure("not jsonb")
        }
    }
}
