import Cryptography
import Documents
import Foundation
import Groundwork
import Postgres
import Registry

/// A value by which rows are ordered, on its way into a cursor and back into a condition.
enum CursorValue: Sendable, Equatable {
    case missing
    case text(String)
    case date(CalendarDate)
    case integer(Int32)
    case number(Decimal)
    case boolean(Bool)
    case instant(Date)
    case id(UUID)

    enum Kind: Sendable { case text, date, integer, number, boolean, instant, id }

    init(_ row: Row, _ column: Int, _ kind: Kind) throws(DatabaseError) {
        if row.isNull(column) {
            self = .missing
            return
        }
        switch kind {
        case .text: self = .text(try row.get(column))
        case .date: self = .date(try row.get(column))
        case .integer: self = .integer(try row.get(column))
        case .number: self = .number(try row.get(column))
        case .boolean: self = .boolean(try row.get(column))
        case .instant: self = .instant(try row.get(column))
        case .id: self = .id(try row.get(column))
        }
    }

    var sql: SQL {
        switch self {
        case .missing: "NULL"
        case .text(let value): "\(value)"
        case .date(let value): "\(value)"
        case .integer(let value): "\(value)"
        case .number(let value): "\(value)"
        case .boolean(let value): "\(value)"
        case .instant(let value): "\(value)"
        case .id(let value): "\(value)"
        }
    }

    var json: JSON {
        switch self {
        case .missing: .null
        case .text(let value): .string(value)
        case .date(let value): .string(value.description)
        case .integer(let value): .number(JSONNumber(Int(value)))
        case .number(let value): .number(JSONNumber(value))
        case .boolean(let value): .bool(value)
        case .instant(let value): .number(JSONNumber(value.microseconds))
        case .id(let value): .string(value.lowercased)
        }
    }

    init?(_ json: JSON, _ kind: Kind) {
        if json.isNull {
            self = .missing
            return
        }
        let value: CursorValue? =
            switch kind {
            case .text: json.string.flatMap { Value.text($0).isAcceptable ? .text($0) : nil }
            case .date: json.string.flatMap { CalendarDate($0) }.map { .date($0) }
            case .integer: json.int.flatMap { Int32(exactly: $0) }.map { .integer($0) }
            case .number: json.decimal.map { .number($0) }
            case .boolean: json.bool.map { .boolean($0) }
            case .instant:
                json.int.flatMap { abs($0) < 1 << 56 ? .instant(Date(microseconds: $0)) : nil }
            case .id: json.string.flatMap { ID<Person>($0) }.map { .id($0.rawValue) }
            }
        guard let value else { return nil }
        self = value
    }
}

extension Date {
    /// Microseconds since 1970: the precision that PostgreSQL keeps.
    var microseconds: Int { Int((timeIntervalSince1970 * 1_000_000).rounded()) }

    init(microseconds: Int) {
        self.init(timeIntervalSince1970: Double(microseconds) / 1_000_000)
    }
}

/// Where a page ended; sealed, since it may hold a name or a birth date, and worth nothing under another order.
struct Cursor: Sendable, Equatable {
    var values: [CursorValue]
    var id: UUID

    init(values: [CursorValue], id: UUID) {
        (self.values, self.id) = (values, id)
    }

    /// Base64url of a sealed JSON array: fingerprint of the order, values, id.
    func text(order: String, keys: KeyRing) -> String {
        let json = JSON.array([.string(order)] + values.map(\.json) + [.string(id.lowercased)])
        return Base64.encodeURL(keys.seal(json.serialized(), context: Self.context))
    }

    /// - Throws: `.invalid` when the text is no cursor, or one of another order.
    init(_ text: String, order: String, kinds: [CursorValue.Kind], keys: KeyRing) throws(RegistryFault) {
        guard text.utf8.count <= 4000, let sealed = Base64.decodeURL(text),
            let bytes = try? keys.open(sealed, context: Self.context), let json = try? JSON.parse(bytes),
            let items = json.array, items.count == kinds.count + 2, items[0].string == order,
            let id = items[items.count - 1].string.flatMap({ ID<Person>($0) })
        else { throw Self.refusal }
        values = []
        for (item, kind) in zip(items.dropFirst(), kinds) {
            guard let value = CursorValue(item, kind) else { throw Self.refusal }
            values.append(value)
        }
        self.id = id.rawValue
    }

    private static let context = "cursor"

    static var refusal: RegistryFault {
        .invalid([
            Finding(
                "page/cursor", code: "cursor.invalid",
                "The cursor is none of this search: take `next` from an answer to the same search, or begin anew.")
        ])
    }
}
