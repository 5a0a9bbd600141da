import Cryptography
import Documents
import Foundation
import Groundwork
import Postgres
import Registry

/// Reads columns one after the other.
struct ColumnReader {
    let row: Row
    private(set) var column: Int

    init(_ row: Row, from column: Int = 0) {
        (self.row, self.column) = (row, column)
    }

    mutating func next<Value: SQLValue>(_ type: Value.Type = Value.self) throws(DatabaseError) -> Value {
        defer { column += 1 }
        return try row.get(column)
    }

    mutating func text() throws(DatabaseError) -> JSON? {
        try next(String?.self).map { .string($0) }
    }

    mutating func date() throws(DatabaseError) -> JSON? {
        try next(CalendarDate?.self).map { .string($0.description) }
    }

    mutating func number() throws(DatabaseError) -> JSON? {
        try next(Decimal?.self).map { .number(JSONNumber($0)) }
    }

    mutating func texts() throws(DatabaseError) -> JSON? {
        let items = try next([String].self)
        return items.isEmpty ? nil : .array(items.map { .string($0) })
    }

    mutating func integer() throws(DatabaseError) -> Int { Int(try next(Int32.self)) }

    /// The members of a `jsonb` object.
    mutating func object() throws(DatabaseError) -> JSONObject {
        let json = try next(JSONB.self)
        // `{}` is by far the most frequent.
        if json.bytes.count <= 2 { return [:] }
        return (try? JSON.parse(json.bytes))?.object ?? [:]
    }
}

extension JSONObject {
    fileprivate mutating func add(_ key: String, _ value: JSON?) {
        if let value { self[key] = value }
    }
}

extension PersonRecord {
    static let columns: [String] = [
        "id", "version", "status", "social_id", "given_name", "further_names", "family_name", "maiden_name", "sex",
        "birth_date", "birth_precision", "death_date", "civil_status", "languages", "education", "occupation",
        "employment", "displacement", "wg_seeing", "wg_hearing", "wg_walking", "wg_remembering", "wg_self_care",
        "wg_communicating", "is_disabled", "flags", "consent_basis", "consent_on", "photo", "extras", "area_id",
        "household_id", "role", "relationship", "recipient", "sealed", "merged_into", "observed_on", "due_on",
        "registered_at", "updated_at",
    ]

    /// Reads a row of `columns`.
    init(_ row: Row, from first: Int = 0, areas: AreaIndex) throws(DatabaseError) {
        var reader = ColumnReader(row, from: first)
        let id: UUID = try reader.next()
        let version = try reader.integer()
        let status: String = try reader.next()
        let socialID: String = try reader.next()
        var values = try PersonRecord.values(&reader)
        let area: Int32? = try reader.next()
        let found = area.flatMap { areas[Int($0)] }
        if let found { values["area"] = .string(found.reference) }
        let household: UUID? = try reader.next()
        let role: String? = try reader.next()
        let relationship: String? = try reader.next()
        let recipient: String? = try reader.next()
        let sealed: [UInt8]? = try reader.next()
        let mergedInto: UUID? = try reader.next()
        let observedOn: CalendarDate = try reader.next()
        let dueOn: CalendarDate? = try reader.next()
        self.init(
            id: ID(id), version: version, status: PersonView.Status(rawValue: status) ?? .inactive,
            socialID: socialID, values: values, observedOn: observedOn, registeredAt: try reader.next(),
            updatedAt: try reader.next())
        self.area = found
        (self.household, self.mergedInto) = (household.map { ID($0) }, mergedInto.map { ID($0) })
        (self.role, self.relationship) = (role.flatMap(MemberRole.init(rawValue:)), relationship)
        (self.recipient, self.sealedContacts) = (recipient.flatMap(Recipient.init(rawValue:)), sealed)
        self.dueOn = dueOn
    }

    private static func values(_ reader: inout ColumnReader) throws(DatabaseError) -> JSONObject {
        var values: JSONObject = [:]
        for name in ["given_name", "further_names", "family_name", "maiden_name", "sex"] {
            values.add(name, try reader.text())
        }
        let birth: JSON? = try reader.date()
        let precision: JSON? = try reader.text()
        if let birth, let precision { values["birth_date"] = ["date": birth, "precision": precision] }
        values.add("death_date", try reader.date())
        values.add("civil_status", try reader.text())
        values.add("languages", try reader.texts())
        for name in ["education", "occupation", "employment", "displacement"] { values.add(name, try reader.text()) }
        for name in PersonRow.domains { values.add(name, try reader.text()) }
        if let disabled: Bool = try reader.next() { values["is_disabled"] = .bool(disabled) }
        values.add("flags", try reader.texts())
        values.add("consent_basis", try reader.text())
        values.add("consent_on", try reader.date())
        if let photo: [UInt8] = try reader.next() { values["photo"] = .string(Hex.encode(photo)) }
        for (name, value) in try reader.object() { values[name] = value }
        return values
    }
}

extension HouseholdRecord {
    static let columns: [String] = [
        "id", "version", "status", "social_id", "kind", "head_id", "size", "residence", "address", "latitude",
        "longitude", "poverty_score", "poverty_score_type", "consent_basis", "consent_on", "extras", "area_id",
        "sealed", "merged_into", "observed_on", "due_on", "registered_at", "updated_at",
    ]

    /// Reads a row of `columns`.
    init(_ row: Row, from first: Int = 0, areas: AreaIndex) throws(DatabaseError) {
        var reader = ColumnReader(row, from: first)
        let id: UUID = try reader.next()
        let version = try reader.integer()
        let status: String = try reader.next()
        let socialID: String = try reader.next()
        let kind: String = try reader.next()
        let head: UUID? = try reader.next()
        let size = try reader.integer()
        var values: JSONObject = ["kind": .string(kind)]
        values.add("residence", try reader.text())
        values.add("address", try reader.text())
        for name in ["latitude", "longitude", "poverty_score"] { values.add(name, try reader.number()) }
        for name in ["poverty_score_type", "consent_basis"] { values.add(name, try reader.text()) }
        values.add("consent_on", try reader.date())
        for (name, value) in try reader.object() { values[name] = value }
        let area: Int32? = try reader.next()
        let found = area.flatMap { areas[Int($0)] }
        if let found { values["area"] = .string(found.reference) }
        let sealed: [UInt8]? = try reader.next()
        let mergedInto: UUID? = try reader.next()
        let observedOn: CalendarDate = try reader.next()
        let dueOn: CalendarDate? = try reader.next()
        self.init(
            id: ID(id), version: version, status: HouseholdView.Status(rawValue: status) ?? .inactive,
            socialID: socialID, kind: kind, size: size, values: values, observedOn: observedOn,
            registeredAt: try reader.next(), updatedAt: try reader.next())
        (self.head, self.sealedContacts, self.area) = (head.map { ID($0) }, sealed, found)
        (self.mergedInto, self.dueOn) = (mergedInto.map { ID($0) }, dueOn)
    }
}
