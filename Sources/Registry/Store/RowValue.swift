import Cryptography
package import Documents
package import Foundation
package import Groundwork

/// One value of a row that follows from a view: written as JSON where rows are few, and in binary form where they are many.
package enum RowValue: Sendable {
    case text(String)
    case integer(Int)
    case bool(Bool)
    case date(CalendarDate)
    case uuid(UUID)
    case bytes([UInt8])
    /// As an attribute's value stands in claims; the column tells what it becomes.
    case json(JSON)

    /// The value as `json_populate_recordset` reads it.
    package var json: JSON {
        switch self {
        case .text(let value): .string(value)
        case .integer(let value): .number(JSONNumber(value))
        case .bool(let value): .bool(value)
        case .date(let value): .string(value.description)
        case .uuid(let value): .uuid(value)
        case .bytes(let value): .bytea(value)
        case .json(let value): value
        }
    }
}

/// The columns of a table in their order, and where each stands.
package struct RowColumns: Sendable {
    package let names: [String]
    private let places: [String: Int]

    /// - Parameter list: names separated by commas.
    package init(_ list: String) {
        names = list.split(separator: ",").map { $0.filter { $0 != " " && $0 != "\n" } }
        places = Dictionary(names.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// - Precondition: the column is one of the table's.
    func place(_ column: String) -> Int {
        guard let place = places[column] else { preconditionFailure("no column \(column)") }
        return place
    }

    /// The row as JSON, from whoever fills its columns.
    func json(_ fill: ((Int, RowValue) -> Void) -> Void) -> JSON {
        var row: JSONObject = [:]
        fill { place, value in row[names[place]] = value.json }
        return .object(row)
    }

    /// Where attributes go that have a column of their own name; -1 for those that are put into another shape.
    func attributes(_ plain: [String], shaped: Set<String>) -> [String: Int] {
        var result: [String: Int] = [:]
        for name in shaped { result[name] = -1 }
        for name in plain { result[name] = place(name) }
        return result
    }
}
