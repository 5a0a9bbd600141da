import Documents
import Foundation
import Groundwork
import Postgres
import Registry

/// Lines of an export being gathered.
struct ExportPage {
    private let request: ExportRequest
    private let context: RegistryContext
    private let areas: AreaIndex
    private let cells: [Cell]
    private var csv: CSVWriter
    private var json = JSONWriter(capacity: 1 << 19)
    /// Keys of the source by subject, of the households at hand.
    private var keys: [UUID: String] = [:]
    /// Lines so far, the header not counted.
    private(set) var lines = 0

    /// What a column of the layout is filled with.
    private enum Cell {
        case householdKey, personKey, birthDate, birthPrecision, identifiers, phones, languages, flags, area
        case person(Int), personExtra(String), household(Int), householdExtra(String), nothing
    }

    init(request: ExportRequest, context: RegistryContext, mapping: FileMapping) {
        (self.request, self.context, areas) = (request, context, context.areas.index)
        csv = CSVWriter(separator: mapping.separator, lineEnd: .lf)
        cells = mapping.columns.map(Self.cell)
        if request.form == .csv { csv.row(mapping.columns.map(\.name)) }
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
            ExportedHousehold.texts.firstIndex(of: name).map { .household($0) } ?? .householdExtra(name)
        case (let name, _): ExportedPerson.places[name].map { .person($0) } ?? .personExtra(name)
        }
    }

    mutating func take(keys rows: Rows) throws {
        keys.removeAll(keepingCapacity: true)
        for row in rows { keys[try row.get(0)] = try row.get(1, as: String.self) }
    }

    mutating func add(households rows: Rows, members: Rows) throws {
        var people: [UUID: [ExportedPerson]] = [:]
        for row in members {
            let person = try ExportedPerson(row, context: context)
            if let home = person.household { people[home, default: []].append(person) }
        }
        for row in rows {
            let home = try ExportedHousehold(row, context: context, areas: areas)
            let members = people[home.id] ?? []
            if request.form == .ndjson, request.content == .households {
                add(home, members)
            } else {
                for person in members { add(person, home: home) }
            }
        }
    }

    mutating func add(_ person: ExportedPerson, home: ExportedHousehold?) {
        lines += 1
        if request.form == .csv {
            if let home { addLine(person, home) }
        } else {
            json.beginObject()
            write(person, home)
            json.endObject()
            json.endLine()
        }
    }

    mutating func flush(to write: ([UInt8]) async throws -> Void) async throws {
        let bytes = request.form == .csv ? csv.take() : json.take()
        if !bytes.isEmpty { try await write(bytes) }
    }

    // MARK: The plain layout

    private mutating func addLine(_ person: ExportedPerson, _ home: ExportedHousehold) {
        let isHead = person.values[0] == "head"
        for cell in cells {
            switch cell {
            case .householdKey: csv.field(keys[home.id] ?? home.id.lowercased)
            case .personKey: csv.field(keys[person.id] ?? person.id.lowercased)
            case .birthDate: csv.field(person.birth?.description ?? "")
            case .birthPrecision: csv.field(person.birth?.precision == .estimated ? "estimated" : "")
            case .identifiers:
                csv.field(person.contacts.identifiers.map { $0.type + ":" + $0.value }.joined(separator: "|"))
            case .phones: csv.field(person.contacts.phones?.joined(separator: "|") ?? "")
            case .languages: csv.field(person.languages.joined(separator: "|"))
            case .flags: csv.field(person.flags.joined(separator: "|"))
            case .person(let place): csv.field(person.values[place] ?? "")
            case .personExtra(let name): csv.field(person.extras[name]?.cell ?? "")
            case .area: csv.field(isHead ? home.area.map(code) ?? "" : "")
            case .household(let place): csv.field(isHead ? home.values[place] ?? "" : "")
            case .householdExtra(let name): csv.field(isHead ? home.extras[name]?.cell ?? "" : "")
            case .nothing: csv.emptyField()
            }
        }
        csv.endRow()
    }

    private func code(_ area: Area) -> String {
        area.geography == areas.current ? area.code : area.reference
    }

    // MARK: JSON

    private mutating func add(_ home: ExportedHousehold, _ members: [ExportedPerson]) {
        lines += 1
        json.beginObject()
        json.member("id", home.id.lowercased)
        json.member("social_id", home.socialID)
        json.member("version", home.version)
        json.member("status", home.status)
        json.member("kind", home.kind)
        json.member("size", home.size)
        if let area = home.area { json.member("area", area.reference) }
        for (place, name) in ExportedHousehold.texts.enumerated() {
            guard let value = home.values[place] else { continue }
            if ["latitude", "longitude", "poverty_score"].contains(name) {
                json.key(name)
                json.number(value)
            } else {
                json.member(name, value)
            }
        }
        for (name, value) in home.extras { json.member(name, value) }
        write(home.contacts)
        write(home.registeredAt, home.updatedAt)
        json.key("members")
        json.beginArray()
        for person in members {
            json.beginObject()
            write(person, nil)
            json.endObject()
        }
        json.endArray()
        json.endObject()
        json.endLine()
    }

    private mutating func write(_ person: ExportedPerson, _ home: ExportedHousehold?) {
        json.member("id", person.id.lowercased)
        json.member("social_id", person.socialID)
        json.member("version", person.version)
        json.member("status", person.status)
        if let home { json.member("household", home.id.lowercased) }
        if let area = areas.area(order: person.order) { json.member("area", area.reference) }
        let names = ExportedPerson.membership + ExportedPerson.names + ExportedPerson.texts
        for (place, name) in names.enumerated() {
            if let value = person.values[place] { json.member(name, value) }
        }
        if let birth = person.birth {
            json.member("birth_date", birth.date.description)
            json.member("birth_precision", birth.precision.rawValue)
        }
        if !person.languages.isEmpty { json.member("languages", .array(person.languages.map { .string($0) })) }
        if !person.flags.isEmpty { json.member("flags", .array(person.flags.map { .string($0) })) }
        for (name, value) in person.extras { json.member(name, value) }
        write(person.contacts)
        write(person.registeredAt, person.updatedAt)
    }

    private mutating func write(_ contacts: Contacts) {
        if !contacts.identifiers.isEmpty {
            json.member("identifiers", .array(contacts.identifiers.map(\.json)))
        }
        if let phones = contacts.phones { json.member("phones", .array(phones.map { .string($0) })) }
    }

    private mutating func write(_ registered: Date, _ updated: Date) {
        json.member("registered_at", Instant.text(registered))
        json.member("updated_at", Instant.text(updated))
    }
}
