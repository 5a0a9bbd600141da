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
    /// For the plain layout.
    private var plain: PlainLines?
    private var json = JSONWriter(capacity: 1 << 19)
    private var objects = 0

    /// Lines so far, the header not counted.
    var lines: Int { plain?.count ?? objects }

    init(request: ExportRequest, context: RegistryContext, mapping: FileMapping) {
        (self.request, self.context, areas) = (request, context, context.areas.index)
        if request.isPlain { plain = PlainLines(mapping, context: context, isForSpreadsheet: request.isForSpreadsheet) }
    }

    /// - Parameter keys: keys of the source by subject, where they are asked for.
    mutating func add(households rows: Rows, members: Rows, keys: Rows?) throws {
        guard plain == nil else {
            var names: [UUID: String] = [:]
            for row in keys.map({ Array($0) }) ?? [] { names[try row.get(0)] = try row.get(1, as: String.self) }
            try plain?.add(households: rows, members: members, keys: names)
            return
        }
        var people: [UUID: [ExportedPerson]] = [:]
        for row in members {
            let person = try ExportedPerson(row, context: context)
            if let home = person.household { people[home, default: []].append(person) }
        }
        for row in rows {
            let home = try ExportedHousehold(row, context: context, areas: areas)
            let members = people[home.id] ?? []
            if request.content == .households {
                add(home, members)
            } else {
                for person in members { add(person, home: home) }
            }
        }
    }

    mutating func add(single rows: Rows) throws {
        for row in rows { add(try ExportedPerson(row, context: context), home: nil) }
    }

    private mutating func add(_ person: ExportedPerson, home: ExportedHousehold?) {
        objects += 1
        json.beginObject()
        write(person, home)
        json.endObject()
        json.endLine()
    }

    mutating func flush(to write: ([UInt8]) async throws -> Void) async throws {
        let bytes = plain?.take() ?? json.take()
        if !bytes.isEmpty { try await write(bytes) }
    }

    // MARK: JSON

    private mutating func add(_ home: ExportedHousehold, _ members: [ExportedPerson]) {
        objects += 1
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
