import Groundwork
import Registry

/// What an attribute is to a query: its kind of value and where a row keeps it.
struct FieldShape: Sendable, Equatable {
    enum Kind: Sendable, Equatable {
        case text
        case code(list: String?)
        /// Several codes or texts: `eq` asks whether one is among them.
        case set(list: String?)
        case date
        case birthDate
        /// Completed years on the day of the request.
        case age
        case birthYear
        case integer
        case decimal
        case boolean
        case instant
        case id
        case area
        /// Number given out by the registry.
        case socialID
    }

    enum Place: Sendable, Equatable {
        case column(String)
        /// A member of the column `extras`.
        case extras
    }

    var kind: Kind
    var place: Place

    init(_ kind: Kind, _ place: Place) {
        (self.kind, self.place) = (kind, place)
    }

    /// Nil for what no dictionary and no rule knows, and for what cannot stand in a query.
    static func of(_ field: Field, _ dictionary: AttributeDictionary) -> FieldShape? {
        let name = field.name
        let own = field.subject == .person ? people[name] : households[name]
        if let own { return own }
        guard let attribute = dictionary.attributes[field.subject]?[name], !attribute.isDerived else { return nil }
        guard let kind = kind(attribute) else { return nil }
        let columns = field.subject == .person ? personColumns : householdColumns
        return FieldShape(kind, columns.contains(name) ? .column(name) : .extras)
    }

    private static func kind(_ attribute: Attribute) -> Kind? {
        switch attribute.kind {
        case .text: .text
        case .code: .code(list: attribute.codeList)
        case .codes, .texts: .set(list: attribute.codeList)
        case .date: .date
        case .partialDate: attribute.name == "birth_date" ? .birthDate : nil
        case .integer: .integer
        case .decimal: .decimal
        case .boolean: .boolean
        case .area: attribute.name == "area" ? .area : nil
        case .json: nil
        }
    }

    /// Attributes that every registry has, whatever its dictionary says, and those that follow from others.
    private static let people: [String: FieldShape] = common.merging(
        [
            "birth_date": FieldShape(.birthDate, .column("birth_date")),
            "birth_precision": FieldShape(.code(list: "birth_precision"), .column("birth_precision")),
            "age": FieldShape(.age, .column("birth_date")),
            "birth_year": FieldShape(.birthYear, .column("birth_date")),
            "yob": FieldShape(.birthYear, .column("birth_date")),
            "household_id": FieldShape(.id, .column("household_id")),
            "role": FieldShape(.code(list: "role"), .column("role")),
            "relationship": FieldShape(.code(list: "relationship"), .column("relationship")),
            "recipient": FieldShape(.code(list: "recipient"), .column("recipient")),
            "is_disabled": FieldShape(.boolean, .column("is_disabled")),
            "languages": FieldShape(.set(list: "language"), .column("languages")),
            "flags": FieldShape(.set(list: "flag"), .column("flags")),
        ], uniquingKeysWith: { _, new in new })

    private static let households: [String: FieldShape] = common.merging(
        [
            "kind": FieldShape(.code(list: "group_kind"), .column("kind")),
            "size": FieldShape(.integer, .column("size")),
            "head_id": FieldShape(.id, .column("head_id")),
            "latitude": FieldShape(.decimal, .column("latitude")),
            "longitude": FieldShape(.decimal, .column("longitude")),
            "poverty_score": FieldShape(.decimal, .column("poverty_score")),
        ], uniquingKeysWith: { _, new in new })

    private static let common: [String: FieldShape] = [
        "id": FieldShape(.id, .column("id")),
        "social_id": FieldShape(.socialID, .column("social_id")),
        "status": FieldShape(.code(list: nil), .column("status")),
        "area": FieldShape(.area, .column("area_order")),
        "observed_on": FieldShape(.date, .column("observed_on")),
        "due_on": FieldShape(.date, .column("due_on")),
        "consent_on": FieldShape(.date, .column("consent_on")),
        "registered_at": FieldShape(.instant, .column("registered_at")),
        "updated_at": FieldShape(.instant, .column("updated_at")),
    ]

    private static let personColumns: Set<String> = Set(PersonRow.plain)
    private static let householdColumns: Set<String> = Set(HouseholdRow.plain)
}

extension Value {
    /// Text that PostgreSQL can hold and an index may be asked for.
    var isAcceptable: Bool {
        guard case .text(let text) = self else { return true }
        return text.utf8.count <= RegistryQuery.Limits.text * 4 && !text.utf8.contains(0)
    }
}
