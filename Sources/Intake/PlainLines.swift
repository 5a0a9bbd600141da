import Documents
import Foundation
import Groundwork
import Postgres
import Registry

/// Lines of the plain layout being gathered, straight from the rows as the server sent them.
struct PlainLines {
    private let context: RegistryContext
    private let areas: AreaIndex
    private let cells: [Cell]
    private let needsContacts: Bool
    private let needsExtras: Bool
    private let needsPersonExtras: Bool
    private var csv: CSVWriter
    /// Lines so far, the header not counted.
    private(set) var count = 0

    /// What a column of the layout is filled with; numbers are places in the rows of `ExportSQL`.
    private enum Cell {
        case householdKey, personKey, birthDate, birthPrecision, identifiers, phones, languages, flags, area
        case person(Int), personExtra(String), household(Int), householdExtra(String), nothing
    }

    init(_ mapping: FileMapping, context: RegistryContext, isForSpreadsheet: Bool = false) {
        (self.context, areas) = (context, context.areas.index)
        csv = .export(separator: mapping.separator, isForSpreadsheet: isForSpreadsheet)
        let cells = mapping.columns.map(Self.cell)
        self.cells = cells
        needsContacts = cells.contains {
            switch $0 {
            case .identifiers, .phones: true
            default: false
            }
        }
        needsExtras = cells.contains { if case .householdExtra = $0 { true } else { false } }
        needsPersonExtras = cells.contains { if case .personExtra = $0 { true } else { false } }
        csv.row(mapping.columns.map(\.name))
    }

    private static func cell(_ column: FileMapping.Column) -> Cell {
        switch (column.plain, column.subject) {
        case ("household_key", _): .householdKey
        case ("person_key", _): .personKey
        case ("birth_date", _): .birthDate
        case ("birth_precision", _): .birthPrecision
        case ("age", .person): .nothing
        case ("identifiers", .person): .identifiers
        case ("phones", .person): .phones
        case ("languages", .person): .languages
        case ("flags", .person): .flags
        case ("area", .household): .area
        case (let name, .household):
            ExportedHousehold.texts.firstIndex(of: name).map { .household(ExportedHousehold.column(ofText: $0)) }
                ?? .householdExtra(name)
        case (let name, _):
            ExportedPerson.places[name].map { .person(ExportedPerson.column(ofValue: $0)) } ?? .personExtra(name)
        }
    }

    mutating func take() -> [UInt8] { csv.take() }

    /// - Parameters:
    ///   - members: in the order of their households' ids, the rows of one household together.
    ///   - keys: what stands in place of the registry's own ids.
    mutating func add(households: Rows, members: Rows, keys: [UUID: String]) throws {
        var ranges: [UUID: Range<Int>] = Dictionary(minimumCapacity: households.count)
        var start = 0
        while start < members.count {
            let home: UUID = try members[start].get(ExportedPerson.householdColumn)
            var end = start + 1
            while end < members.count, try members[end].get(ExportedPerson.householdColumn, as: UUID.self) == home {
                end += 1
            }
            ranges[home] = start..<end
            start = end
        }
        for row in households {
            let id: UUID = try row.get(0)
            guard let range = ranges[id] else { continue }
            let home = try Home(
                row: row, key: keys[id] ?? id.lowercased, area: areas.area(order: try row.get(1)),
                extras: needsExtras ? ExportedHousehold.object(try row.get(ExportedHousehold.extrasColumn)) : [:])
            for place in range { try add(members[place], home, keys) }
        }
    }

    private struct Home {
        var row: Row
        var key: String
        var area: Area?
        var extras: JSONObject
    }

    private mutating func add(_ person: Row, _ home: Home, _ keys: [UUID: String]) throws {
        count += 1
        let isHead = person.withBytes(ExportedPerson.roleColumn) { $0.map { $0.elementsEqual("head".utf8) } ?? false }
        let contacts =
            try needsContacts
            ? ExportedHousehold.opened(try person.get(ExportedPerson.sealedColumn), context) : Contacts()
        let extras =
            try needsPersonExtras ? ExportedHousehold.object(try person.get(ExportedPerson.extrasColumn)) : [:]
        let birth = try ExportedPerson.birth(person)
        for cell in cells {
            switch cell {
            case .householdKey: csv.field(home.key)
            case .personKey:
                let id: UUID = try person.get(0)
                csv.field(keys.isEmpty ? id.lowercased : keys[id] ?? id.lowercased)
            case .birthDate: csv.field(birth?.description ?? "")
            case .birthPrecision: csv.field(birth?.precision == .estimated ? "estimated" : "")
            case .identifiers:
                csv.field(contacts.identifiers.map { $0.type + ":" + $0.value }.joined(separator: "|"))
            case .phones: csv.field(contacts.phones?.joined(separator: "|") ?? "")
            case .languages: try add(list: person, ExportedPerson.languagesColumn)
            case .flags: try add(list: person, ExportedPerson.flagsColumn)
            case .person(let column): add(person, column)
            case .personExtra(let name): csv.field(extras[name]?.cell ?? "")
            case .area where isHead: csv.field(home.area.map(code) ?? "")
            case .household(let column) where isHead: add(home.row, column)
            case .householdExtra(let name) where isHead: csv.field(home.extras[name]?.cell ?? "")
            case .area, .household, .householdExtra, .nothing: csv.emptyField()
            }
        }
        csv.endRow()
    }

    private mutating func add(_ row: Row, _ column: Int) {
        row.withBytes(column) { bytes in
            if let bytes { csv.field(bytes) } else { csv.emptyField() }
        }
    }

    private mutating func add(list row: Row, _ column: Int) throws {
        let items: [String] = try row.get(column)
        if items.isEmpty { csv.emptyField() } else { csv.field(items.joined(separator: "|")) }
    }

    private func code(_ area: Area) -> String {
        area.geography == areas.current ? area.code : area.reference
    }
}
