import Documents
import Foundation
import Groundwork
import Postgres
import Registry

/// A household as it leaves: its attributes as texts by name, the rest as it is.
struct ExportedHousehold {
    static let texts: [String] = [
        "residence", "address", "latitude", "longitude", "poverty_score", "poverty_score_type", "consent_basis",
        "consent_on", "observed_on", "due_on",
    ]

    var id: UUID
    var socialID: String
    var version: Int
    var status: String
    var kind: String
    var size: Int
    /// By place in `texts`.
    var values: [String?]
    var area: Area?
    var extras: JSONObject
    var contacts: Contacts
    var registeredAt: Date
    var updatedAt: Date

    init(_ row: Row, context: RegistryContext, areas: AreaIndex) throws {
        id = try row.get(0)
        area = areas.area(order: try row.get(1))
        socialID = try row.get(2)
        version = try row.get(3)
        status = try row.get(4)
        kind = try row.get(5)
        size = try row.get(6)
        values = []
        values.reserveCapacity(Self.texts.count)
        for place in Self.texts.indices { values.append(try row.get(Self.column(ofText: place))) }
        extras = try Self.object(try row.get(Self.extrasColumn))
        contacts = try Self.opened(try row.get(18), context)
        registeredAt = try row.get(19)
        updatedAt = try row.get(20)
    }

    static let extrasColumn: Int = 17

    /// Where the text at a place in `texts` stands in the row.
    static func column(ofText place: Int) -> Int { 7 + place }

    static func object(_ text: JSONB) throws -> JSONObject {
        text.bytes.count <= 2 ? [:] : try JSON.parse(text.bytes).object ?? [:]
    }

    static func opened(_ sealed: [UInt8]?, _ context: RegistryContext) throws -> Contacts {
        try sealed.map { try Contacts(opening: $0, with: context.keys) } ?? Contacts()
    }
}

/// A person as he or she leaves.
struct ExportedPerson {
    static let texts: [String] = [
        "death_date", "civil_status", "education", "occupation", "employment", "displacement", "wg_seeing",
        "wg_hearing",
        "wg_walking", "wg_remembering", "wg_self_care", "wg_communicating", "consent_basis", "consent_on",
        "observed_on",
        "due_on",
    ]
    static let membership: [String] = ["role", "relationship", "recipient"]
    static let names: [String] = ["given_name", "further_names", "family_name", "maiden_name", "sex"]

    var id: UUID
    var order: Int
    var household: UUID?
    var socialID: String
    var version: Int
    var status: String
    /// By place in `membership`, `names` and `texts`, one after the other.
    var values: [String?]
    var birth: PartialDate?
    var languages: [String]
    var flags: [String]
    var extras: JSONObject
    var contacts: Contacts
    var registeredAt: Date
    var updatedAt: Date

    /// Where each attribute stands in `values`.
    static let places: [String: Int] = Dictionary(
        (membership + names + texts).enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })

    static let householdColumn: Int = 2
    static let roleColumn: Int = 6
    static let languagesColumn: Int = 32
    static let flagsColumn: Int = 33
    static let extrasColumn: Int = 34
    static let sealedColumn: Int = 35

    /// Where the value at a place in `values` stands in the row; birth date and precision stand between.
    static func column(ofValue place: Int) -> Int { place < 8 ? 6 + place : 8 + place }

    static func birth(_ row: Row) throws -> PartialDate? {
        guard let born: CalendarDate = try row.get(14) else { return nil }
        let precision: String? = try row.get(15)
        return PartialDate(born, precision: precision.flatMap(PartialDate.Precision.init) ?? .day)
    }

    init(_ row: Row, context: RegistryContext) throws {
        id = try row.get(0)
        order = try row.get(1)
        household = try row.get(Self.householdColumn)
        socialID = try row.get(3)
        version = try row.get(4)
        status = try row.get(5)
        values = []
        values.reserveCapacity(Self.places.count)
        for place in 0..<Self.places.count { values.append(try row.get(Self.column(ofValue: place))) }
        birth = try Self.birth(row)
        languages = try row.get(Self.languagesColumn)
        flags = try row.get(Self.flagsColumn)
        extras = try ExportedHousehold.object(try row.get(Self.extrasColumn))
        contacts = try ExportedHousehold.opened(try row.get(Self.sealedColumn), context)
        registeredAt = try row.get(36)
        updatedAt = try row.get(37)
    }
}

extension JSON {
    /// The value as it stands in a cell.
    var cell: String {
        switch self {
        case .null: ""
        case .bool(let value): value ? "true" : "false"
        case .number(let number): number.text
        case .string(let text): text
        case .array(let items): items.map(\.cell).joined(separator: "|")
        case .object: text
        }
    }
}
