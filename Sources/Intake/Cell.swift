import Documents
import Foundation
import Groundwork
import Postgres
import Registry

/// One value on its way into a staging table.
enum Cell: Sendable {
    case null
    case text(String)
    case texts([String])
    case int16(Int16)
    case int32(Int32)
    case bool(Bool)
    case date(CalendarDate)
    case uuid(UUID)
    case bytes([UInt8])
    case json([UInt8])
    case decimal(Decimal)
}

extension CopyWriter {
    mutating func append(_ cell: Cell) {
        switch cell {
        case .null: append(String?.none)
        case .text(let value): append(value)
        case .texts(let value): append(value)
        case .int16(let value): append(value)
        case .int32(let value): append(value)
        case .bool(let value): append(value)
        case .date(let value): append(value)
        case .uuid(let value): append(value)
        case .bytes(let value): append(value)
        case .json(let value): append(JSONB(value))
        case .decimal(let value): append(value)
        }
    }
}

/// The columns of a staging table, and how the row that the trunk lays out becomes their cells.
///
/// The trunk's `PersonRow.fill` and `HouseholdRow.fill` decide what a row holds; here it is only put into binary form.
struct RowShape: Sendable {
    enum Kind: Sendable { case text, texts, int16, int32, bool, date, uuid, bytes, json, decimal }

    let columns: [String]
    private let kinds: [Kind]
    /// By the place in the table: the place here, -1 for columns that the staging table does not have.
    private let places: [Int]

    init(_ table: RowColumns, leaving: Set<String>) {
        columns = table.names.filter { !leaving.contains($0) }
        kinds = columns.map(Self.kind)
        var next = -1
        places = table.names.map { name in
            if leaving.contains(name) { return -1 }
            next += 1
            return next
        }
    }

    func place(of column: String) -> Int? { columns.firstIndex(of: column) }

    /// The cells of one row, from whoever fills its columns.
    func cells(_ fill: ((Int, RowValue) -> Void) -> Void) -> [Cell] {
        var cells = [Cell](repeating: .null, count: columns.count)
        fill { column, value in
            let place = places[column]
            if place >= 0 { cells[place] = Self.cell(value, kinds[place]) }
        }
        return cells
    }

    private static func cell(_ value: RowValue, _ kind: Kind) -> Cell {
        switch value {
        case .text(let text): .text(text)
        case .integer(let number):
            kind == .int16
                ? Int16(exactly: number).map { .int16($0) } ?? .null
                : Int32(exactly: number).map { .int32($0) } ?? .null
        case .bool(let value): .bool(value)
        case .date(let value): .date(value)
        case .uuid(let value): .uuid(value)
        case .bytes(let value): .bytes(value)
        case .json(let value): cell(value, kind)
        }
    }

    private static func kind(_ column: String) -> Kind {
        switch column {
        case "id", "household_id", "head_id", "subject_id": .uuid
        case "birth_date", "death_date", "consent_on", "observed_on", "due_on", "verified_on", "valid_from", "valid_to":
            .date
        case "area_id", "area_order", "size": .int32
        case "is_disabled": .bool
        case "languages", "flags": .texts
        case "extras": .json
        case "sealed", "photo", "hash": .bytes
        case "latitude", "longitude", "poverty_score": .decimal
        default: .text
        }
    }

    private static func cell(_ value: JSON, _ kind: Kind) -> Cell {
        switch (kind, value) {
        case (_, .null): .null
        case (.text, .string(let text)): .text(text)
        case (.texts, .array(let items)): .texts(items.compactMap(\.string))
        case (.int16, .number(let number)): number.int.flatMap { Int16(exactly: $0) }.map { .int16($0) } ?? .null
        case (.int32, .number(let number)): number.int.flatMap { Int32(exactly: $0) }.map { .int32($0) } ?? .null
        case (.bool, .bool(let value)): .bool(value)
        case (.date, .string(let text)): CalendarDate(text).map { .date($0) } ?? .null
        case (.uuid, .string(let text)): Self.uuid(text).map { .uuid($0) } ?? .null
        case (.bytes, .string(let text)): .bytes(Self.unhexed(text))
        case (.json, _): .json(value.serialized())
        case (.decimal, .number(let number)): number.decimal.map { .decimal($0) } ?? .null
        default: .null
        }
    }

    /// The 36-character form; Foundation reads it with `sscanf`, which is felt at a million rows.
    private static func uuid(_ text: String) -> UUID? {
        guard text.utf8.count == 36 else { return nil }
        var digits = 0
        var (high, low): (UInt64, UInt64) = (0, 0)
        for byte in text.utf8 where byte != 0x2D {
            let digit = byte < 0x3A ? byte &- 0x30 : (byte | 0x20) &- 0x57
            guard digit < 16 else { return nil }
            if digits < 16 { high = high << 4 | UInt64(digit) } else { low = low << 4 | UInt64(digit) }
            digits += 1
        }
        guard digits == 32 else { return nil }
        return withUnsafeBytes(of: (high.bigEndian, low.bigEndian)) { UUID(uuid: $0.loadUnaligned(as: uuid_t.self)) }
    }

    /// PostgreSQL's hexadecimal form of bytea, back to bytes.
    private static func unhexed(_ text: String) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count / 2)
        var high: UInt8?
        for byte in text.utf8.dropFirst(2) {
            let digit = byte < 0x3A ? byte &- 0x30 : (byte | 0x20) &- 0x57
            if let first = high {
                bytes.append(first << 4 | digit)
                high = nil
            } else {
                high = digit
            }
        }
        return bytes
    }
}
