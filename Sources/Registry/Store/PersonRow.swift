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
        table.json { fill(state, head: head, context: context, $0) }
    }

    package static let table: RowColumns = RowColumns(columns)
    private static let attributes: [String: Int] = table.attributes(plain, shaped: shaped)

    private static let shared: SharedColumns = SharedColumns(table)

    private enum At {
        static let normalised: Int = table.place("name_normalised")
        static let birthDate: Int = table.place("birth_date")
        static let birthPrecision: Int = table.place("birth_precision")
        static let languages: Int = table.place("languages")
        static let flags: Int = table.place("flags")
        static let isDisabled: Int = table.place("is_disabled")
        static let household: Int = table.place("household_id")
        static let role: Int = table.place("role")
        static let relationship: Int = table.place("relationship")
        static let recipient: Int = table.place("recipient")
        static let photo: Int = table.place("photo")
    }

    /// Fills the columns of `table` by their place; a column that is not put is null.
    package static func fill(
        _ state: PersonState, head: RowHead, context: RegistryContext, _ put: (Int, RowValue) -> Void
    ) {
        let view = state.view
        let values = view.values
        let extras = table.put(values, by: attributes, put)
        shared.fill(
            SharedColumns.Values(
                id: view.id.rawValue, status: view.status.rawValue, head: head, area: state.area, extras: extras,
                origins: view.origins, contacts: view.contacts, mergedInto: view.mergedInto?.rawValue,
                observedOn: view.observedOn, dueOn: view.dueOn), keys: context.keys, put)
        put(At.normalised, .text(context.names.normaliser.normalised(names(values).joined(separator: " "))))
        if let birth = values["birth_date"] {
            put(At.birthDate, .json(birth["date"] ?? .null))
            put(At.birthPrecision, .json(birth["precision"] ?? .null))
        }
        put(At.languages, .json(values["languages"] ?? .array([])))
        put(At.flags, .json(values["flags"] ?? .array([])))
        if let disabled = isDisabled(values, context: context) { put(At.isDisabled, .bool(disabled)) }
        if let spell = view.primarySpell {
            put(At.household, .uuid(spell.household.rawValue))
            put(At.role, .text(spell.role.rawValue))
            if let relationship = spell.relationship { put(At.relationship, .text(relationship)) }
            if let recipient = spell.recipient { put(At.recipient, .text(recipient.rawValue)) }
        }
        if let photo = values["photo"]?.string { put(At.photo, .json(.string("\\x" + photo))) }
    }
}
