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

    /// Puts the values that have a column of their own; the rest is what goes to `extras`.
    func put(_ values: JSONObject, by attributes: [String: Int], _ put: (Int, RowValue) -> Void) -> JSONObject {
        var extras: JSONObject = [:]
        for (key, value) in values {
            guard let place = attributes[key] else {
                extras.append(key, value)
                continue
            }
            if place >= 0 { put(place, .json(value)) }
        }
        return extras
    }
}

/// The columns that the rows of people and of households share, and where they stand in a table.
struct SharedColumns: Sendable {
    private let id: Int
    private let version: Int
    private let status: Int
    private let socialID: Int
    private let areaID: Int
    private let areaOrder: Int
    private let extras: Int
    private let origins: Int
    private let sealed: Int
    private let mergedInto: Int
    private let observedOn: Int
    private let dueOn: Int
    private let registeredAt: Int
    private let updatedAt: Int

    init(_ table: RowColumns) {
        id = table.place("id")
        version = table.place("version")
        status = table.place("status")
        socialID = table.place("social_id")
        areaID = table.place("area_id")
        areaOrder = table.place("area_order")
        extras = table.place("extras")
        origins = table.place("origins")
        sealed = table.place("sealed")
        mergedInto = table.place("merged_into")
        observedOn = table.place("observed_on")
        dueOn = table.place("due_on")
        registeredAt = table.place("registered_at")
        updatedAt = table.place("updated_at")
    }

    /// What they are filled with.
    struct Values {
        var id: UUID
        var status: String
        var head: RowHead
        var area: Area?
        var extras: JSONObject
        var origins: [String: ID<SourceRecord>]
        var contacts: Contacts
        var mergedInto: UUID?
        var observedOn: CalendarDate
        var dueOn: CalendarDate?
    }

    func fill(_ values: Values, keys: KeyRing, _ put: (Int, RowValue) -> Void) {
        put(id, .uuid(values.id))
        put(version, .integer(values.head.version))
        put(status, .text(values.status))
        put(socialID, .text(values.head.socialID))
        if let area = values.area {
            put(areaID, .integer(area.id))
            put(areaOrder, .integer(area.preorder))
        }
        put(extras, .json(.object(values.extras)))
        var records: JSONObject = [:]
        for (key, record) in values.origins.sorted(by: { $0.key < $1.key }) {
            records.append(key, .string(record.description))
        }
        put(origins, .json(.object(records)))
        if !values.contacts.isEmpty { put(sealed, .bytes(values.contacts.sealed(with: keys))) }
        if let survivor = values.mergedInto { put(mergedInto, .uuid(survivor)) }
        put(observedOn, .date(values.observedOn))
        if let due = values.dueOn { put(dueOn, .date(due)) }
        put(registeredAt, .text(values.head.registeredAt))
        put(updatedAt, .text(values.head.updatedAt))
    }
}
