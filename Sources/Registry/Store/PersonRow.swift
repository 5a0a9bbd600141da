package import Documents
import Groundwork
import Linkage

/// A person's view with what follows from its household: all that a row of `registry.person` holds.
package struct PersonState: Sendable, Equatable {
    package var view: PersonView
    /// The area of the primary household, or the person's own.
    package var area: Area?

    package init(view: PersonView, area: Area?) {
        (self.view, self.area) = (view, area)
    }
}

/// What a row keeps besides the view: number, version and times.
package struct RowHead: Sendable, Equatable {
    package var version: Int
    package var socialID: String
    package var registeredAt: String
    package var updatedAt: String

    package init(version: Int, socialID: String, registeredAt: String, updatedAt: String) {
        (self.version, self.socialID) = (version, socialID)
        (self.registeredAt, self.updatedAt) = (registeredAt, updatedAt)
    }
}

package enum PersonRow {
    /// Attributes with a column of their own name and the value as it stands.
    package static let plain: [String] = [
        "given_name", "further_names", "family_name", "maiden_name", "sex", "death_date", "civil_status", "education",
        "occupation", "employment", "displacement", "wg_seeing", "wg_hearing", "wg_walking", "wg_remembering",
        "wg_self_care", "wg_communicating", "consent_basis", "consent_on",
    ]
    /// The six Washington Group domains.
    package static let domains: [String] = [
        "wg_seeing", "wg_hearing", "wg_walking", "wg_remembering", "wg_self_care", "wg_communicating",
    ]
    /// Attributes with columns in another shape; everything else goes to `extras`.
    static let shaped: Set<String> = ["birth_date", "languages", "flags", "area", "photo"]
    static let plainSet: Set<String> = Set(plain)

    package static let columns: String = """
        id, version, status, social_id, given_name, further_names, family_name, maiden_name, name_normalised, sex, \
        birth_date, birth_precision, death_date, civil_status, languages, education, occupation, employment, \
        displacement, wg_seeing, wg_hearing, wg_walking, wg_remembering, wg_self_care, wg_communicating, is_disabled, \
        flags, household_id, role, relationship, recipient, area_id, area_order, consent_basis, consent_on, photo, \
        extras, origins, sealed, merged_into, observed_on, due_on, registered_at, updated_at
        """

    /// All names in the order in which they are normalised.
    package static func names(_ values: JSONObject) -> [String] {
        ["given_name", "further_names", "family_name", "maiden_name"].compactMap { values[$0]?.string }
    }

    /// Search keys of the names.
    package static func nameKeys(_ values: JSONObject, context: RegistryContext) -> [Int64] {
        context.names.keys(
            given: values["given_name"]?.string, further: values["further_names"]?.string,
            family: values["family_name"]?.string, maiden: values["maiden_name"]?.string)
    }

    /// Whether any Washington Group domain is at level 3 (a lot of difficulty) or above; nil when none was asked.
    package static func isDisabled(_ values: JSONObject, context: RegistryContext) -> Bool? {
        let list = context.dictionary.lists["wg_severity"]
        var asked = false
        for domain in domains {
            guard let answer = values[domain]?.string else { continue }
            asked = true
            if (list?.code(for: answer)?.level ?? 0) >= 3 { return true }
        }
        return asked ? false : nil
    }

    /// The row as `json_populate_recordset` reads it.
    package static func json(_ state: PersonState, head: RowHead, context: RegistryContext) -> JSON {
        let view = state.view
        let values = view.values
        let spell = view.primarySpell
        var extras: JSONObject = [:]
        for (key, value) in values where !plainSet.contains(key) && !shaped.contains(key) { extras[key] = value }
        var row: JSONObject = [
            "id": .string(view.id.description), "version": .number(JSONNumber(head.version)),
            "status": .string(view.status.rawValue), "social_id": .string(head.socialID),
        ]
        for key in plain { if let value = values[key] { row[key] = value } }
        row["name_normalised"] = .string(context.names.normaliser.normalised(names(values).joined(separator: " ")))
        if let birth = values["birth_date"] {
            row["birth_date"] = birth["date"] ?? .null
            row["birth_precision"] = birth["precision"] ?? .null
        }
        row["languages"] = values["languages"] ?? .array([])
        row["flags"] = values["flags"] ?? .array([])
        if let disabled = isDisabled(values, context: context) { row["is_disabled"] = .bool(disabled) }
        if let spell {
            row["household_id"] = .string(spell.household.description)
            row["role"] = .string(spell.role.rawValue)
            row["relationship"] = .text(spell.relationship)
            row["recipient"] = .text(spell.recipient?.rawValue)
        }
        if let area = state.area {
            row["area_id"] = .number(JSONNumber(area.id))
            row["area_order"] = .number(JSONNumber(area.preorder))
        }
        if let photo = values["photo"]?.string { row["photo"] = .string("\\x" + photo) }
        row["extras"] = .object(extras)
        row["origins"] = .object(origins(view.origins))
        if !view.contacts.isEmpty { row["sealed"] = .bytea(view.contacts.sealed(with: context.keys)) }
        row["merged_into"] = .text(view.mergedInto?.description)
        row["observed_on"] = .string(view.observedOn.description)
        row["due_on"] = .date(view.dueOn)
        row["registered_at"] = .string(head.registeredAt)
        row["updated_at"] = .string(head.updatedAt)
        return .object(row)
    }

    static func origins(_ origins: [String: ID<SourceRecord>]) -> JSONObject {
        var object: JSONObject = [:]
        for (key, record) in origins.sorted(by: { $0.key < $1.key }) { object[key] = .string(record.description) }
        return object
    }
}
