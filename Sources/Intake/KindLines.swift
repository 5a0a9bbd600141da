import Documents
import Foundation
import Groundwork
import Postgres
import Registry

/// Lines of one kind alone, people or households, in the layout by which they can come back: `registry_<kind>`.
struct KindLines {
    private let context: RegistryContext
    private let areas: AreaIndex
    private let isOfPeople: Bool
    private let cells: [Cell]
    private var csv: CSVWriter
    private(set) var count = 0

    /// What a column is filled with; numbers are places in the rows of `ExportSQL`.
    private enum Cell {
        case id, householdID, birthDate, birthPrecision, identifiers, phones, languages, flags, area, status
        case place(Int), extra(String), nothing
    }

    init(_ mapping: FileMapping, context: RegistryContext, isForSpreadsheet: Bool = false) {
        (self.context, areas) = (context, context.areas.index)
        isOfPeople = mapping.content == .people
        let isOfPeople = isOfPeople
        cells = mapping.columns.map { Self.cell($0, isOfPeople: isOfPeople) }
        csv = .export(separator: mapping.separator, isForSpreadsheet: isForSpreadsheet)
        csv.row(mapping.columns.map(\.name))
    }

    private static func cell(_ column: FileMapping.Column, isOfPeople: Bool) -> Cell {
        switch column.plain {
        case "person_key": return .id
        case "household_key": return isOfPeople ? .householdID : .id
        case "birth_date": return .birthDate
        case "birth_precision": return .birthPrecision
        case "age": return .nothing
        case "identifiers": return .identifiers
        case "phones": return .phones
        case "languages": return .languages
        case "flags" where isOfPeople: return .flags
        case "social_id": return .place(isOfPeople ? 3 : 2)
        case "area": return .area
        case "status": return .status
        case "kind" where !isOfPeople: return .place(5)
        case let name:
            if isOfPeople {
                return ExportedPerson.places[name].map { .place(ExportedPerson.column(ofValue: $0)) } ?? .extra(name)
            }
            return ExportedHousehold.texts.firstIndex(of: name).map { .place(ExportedHousehold.column(ofText: $0)) }
                ?? .extra(name)
        }
    }

    mutating func take() -> [UInt8] { csv.take() }

    mutating func add(_ rows: Rows) throws {
        for row in rows { try add(row) }
    }

    private mutating func add(_ row: Row) throws {
        count += 1
        let contacts = try ExportedHousehold.opened(
            try row.get(isOfPeople ? ExportedPerson.sealedColumn : 18, as: [UInt8]?.self), context)
        let extras = try ExportedHousehold.object(
            try row.get(isOfPeople ? ExportedPerson.extrasColumn : ExportedHousehold.extrasColumn))
        for cell in cells {
            switch cell {
            case .id: csv.field(try row.get(0, as: UUID.self).lowercased)
            case .householdID:
                csv.field(try row.get(ExportedPerson.householdColumn, as: UUID?.self)?.lowercased ?? "")
            case .birthDate: csv.field(try ExportedPerson.birth(row)?.description ?? "")
            case .birthPrecision:
                csv.field(try ExportedPerson.birth(row)?.precision == .estimated ? "estimated" : "")
            case .identifiers:
                csv.field(contacts.identifiers.map { $0.type + ":" + $0.value }.joined(separator: "|"))
            case .phones: csv.field(contacts.phones?.joined(separator: "|") ?? "")
            case .languages:
                csv.field(try row.get(ExportedPerson.languagesColumn, as: [String].self).joined(separator: "|"))
            case .flags: csv.field(try row.get(ExportedPerson.flagsColumn, as: [String].self).joined(separator: "|"))
            case .area: csv.field(try area(row))
            case .status: csv.field(try row.get(isOfPeople ? 5 : 4, as: String.self))
            case .place(let place): row.withBytes(place) { $0.map { csv.field($0) } ?? csv.emptyField() }
            case .extra(let name): csv.field(extras[name]?.cell ?? "")
            case .nothing: csv.emptyField()
            }
        }
        csv.endRow()
    }

    /// Who lives in a household has its area.
    private func area(_ row: Row) throws -> String {
        if isOfPeople, try row.get(ExportedPerson.householdColumn, as: UUID?.self) != nil { return "" }
        guard let area = areas.area(order: try row.get(1)) else { return "" }
        return area.geography == areas.current ? area.code : area.reference
    }
}
