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
        for column in 7..<17 { values.append(try row.get(column)) }
        extras = try Self.object(try row.get(17))
        contacts = try Self.opened(try row.get(18), context)
        registeredAt = try row.get(19)
        updatedAt = try row.get(20)
    }

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

    init(_ row: Row, context: RegistryContext) throws {
        id = try row.get(0)
        order = try row.get(1)
        household = try row.get(2)
        socialID = try row.get(3)
        version = try row.get(4)
        status = try row.get(5)
        values = []
        values.reserveCapacity(Self.places.count)
        for column in 6..<14 { values.append(try row.get(column)) }
        let born: CalendarDate? = try row.get(14)
        let precision: String? = try row.get(15)
        birth = born.map { PartialDate($0, precision: precision.flatMap(PartialDate.Precision.init) ?? .day) }
        for column in 16..<32 { values.append(try row.get(column)) }
        languages = try row.get(32)
        flags = try row.get(33)
        extras = try ExportedHousehold.object(try row.get(34))
        contacts = try ExportedHousehold.opened(try row.get(35), context)
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
