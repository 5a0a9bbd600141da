import Foundation
import Groundwork

extension SQL {
    /// The statement with its values written out as literals, for COPY, which takes no parameters.
    /// - Throws: `.misuse` for a value of a type that has no literal here.
    func inlined() throws(DatabaseError) -> String {
        guard !slots.isEmpty else { return text }
        var whole = ""
        let source = text.utf8
        var place = source.startIndex
        var offset = 0
        for (index, slot) in slots.enumerated() {
            let mark = source.index(place, offsetBy: slot.mark - offset)
            whole += text[place..<mark]
            whole += try Self.literal(of: slot, in: values.bytes)
            let placeholder = 1 + String(index + 1).utf8.count
            place = source.index(mark, offsetBy: placeholder)
            offset = slot.mark + placeholder
        }
        return whole + text[place...]
    }

    private static func literal(of slot: Slot, in bytes: [UInt8]) throws(DatabaseError) -> String {
        guard slot.length >= 0 else { return "NULL" }
        let field = Array(bytes[slot.start..<slot.start + slot.length])
        let outcome = field.withUnsafeBytes { buffer in
            Result { () throws(DatabaseError) in try literal(SQLCell(bytes: buffer, oid: slot.type, column: 0)) }
        }
        return try outcome.get()
    }

    private static func literal(_ cell: SQLCell) throws(DatabaseError) -> String {
        guard cell.bytes != nil else { return "NULL" }
        switch cell.oid {
        case SQLType.bool.oid: return try Bool.decode(cell) ? "TRUE" : "FALSE"
        case SQLType.int2.oid: return "'\(try cell.anyInteger())'::int2"
        case SQLType.int4.oid: return "'\(try cell.anyInteger())'::int4"
        case SQLType.int8.oid: return "'\(try cell.anyInteger())'::int8"
        case SQLType.float8.oid: return "'\(try Double.decode(cell))'::float8"
        case SQLType.text.oid: return quotedLiteral(try String.decode(cell)) + "::text"
        case SQLType.uuid.oid: return "'\(try UUID.decode(cell).lowercased)'::uuid"
        case SQLType.date.oid: return "'\(try CalendarDate.decode(cell))'::date"
        case SQLType.timestamptz.oid: return try instantLiteral(cell)
        case SQLType.numeric.oid: return "'\(try Decimal.decode(cell))'::numeric"
        case SQLType.jsonb.oid: return quotedLiteral(try JSONB.decode(cell).text) + "::jsonb"
        case SQLType.bytea.oid:
            return "decode('\(Data(try [UInt8].decode(cell)).base64EncodedString())', 'base64')"
        case SQLType.int8.arrayOID: return try arrayLiteral([Int64?].decode(cell), .int8)
        case SQLType.int4.arrayOID: return try arrayLiteral([Int32?].decode(cell), .int4)
        case SQLType.int2.arrayOID: return try arrayLiteral([Int16?].decode(cell), .int2)
        case SQLType.text.arrayOID: return try arrayLiteral([String?].decode(cell), .text)
        case SQLType.uuid.arrayOID: return try arrayLiteral([UUID?].decode(cell), .uuid)
        case SQLType.date.arrayOID: return try arrayLiteral([CalendarDate?].decode(cell), .date)
        default: throw .misuse("a value of type \(cell.oid) cannot stand in COPY")
        }
    }

    /// Microseconds since 2000, added as an interval: exact, and independent of the session's time zone.
    private static func instantLiteral(_ cell: SQLCell) throws(DatabaseError) -> String {
        switch try cell.integer(Int64.self) {
        case .max: "'infinity'::timestamptz"
        case .min: "'-infinity'::timestamptz"
        case let value: "('2000-01-01T00:00:00Z'::timestamptz + interval '\(value) microseconds')"
        }
    }

    private static func arrayLiteral<Value: SQLValue>(
        _ values: [Value], _ type: SQLType
    ) throws(DatabaseError) -> String {
        var parts: [String] = []
        for value in values {
            var buffer = SQLBuffer()
            value.encode(into: &buffer)
            let slot = Slot(type: type.oid, mark: 0, start: 0, length: value.isSQLNull ? -1 : buffer.bytes.count)
            parts.append(try literal(of: slot, in: buffer.bytes))
        }
        let names: [UInt32: String] = [20: "int8", 23: "int4", 21: "int2", 25: "text", 2950: "uuid", 1082: "date"]
        return "ARRAY[\(parts.joined(separator: ", "))]::\(names[type.oid] ?? "text")[]"
    }

    /// A string constant that means the same whatever `standard_conforming_strings` says.
    private static func quotedLiteral(_ text: String) -> String {
        "E'" + text.replacing("\\", with: "\\\\").replacing("'", with: "\\'") + "'"
    }
}
