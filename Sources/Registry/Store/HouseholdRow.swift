package import Documents
package import Groundwork

/// A household's view with what follows from its members: all that a row of `registry.household` holds.
package struct HouseholdState: Sendable, Equatable {
    package var view: HouseholdView
    package var area: Area?
    package var head: ID<Person>?
    /// Open members.
    package var size: Int

    package init(view: HouseholdView, area: Area?, head: ID<Person>?, size: Int) {
        (self.view, self.area, self.head, self.size) = (view, area, head, size)
    }
}

package enum HouseholdRow {
    /// Attributes with a column of their own name and the value as it stands.
    package static let plain: [String] = [
        "residence", "address", "latitude", "longitude", "poverty_score", "poverty_score_type", "consent_basis",
        "consent_on",
    ]
    static let shaped: Set<String> = Set(plain + ["kind", "area"])

    package static let columns: String = """
        id, version, status, kind, social_id, head_id, size, residence, area_id, area_order, address, latitude, \
        longitude, poverty_score, poverty_score_type, consent_basis, consent_on, extras, origins, sealed, \
        merged_into, observed_on, due_on, registered_at, updated_at
        """

    /// The row as `json_populate_recordset` reads it.
    package static func json(_ state: HouseholdState, head: RowHead, context: RegistryContext) -> JSON {
        let view = state.view
        let values = view.values
        var extras: JSONObject = [:]
        for (key, value) in values where !shaped.contains(key) { extras[key] = value }
        var row: JSONObject = [
            "id": .string(view.id.description), "version": .number(JSONNumber(head.version)),
            "status": .string(view.status.rawValue), "social_id": .string(head.socialID),
            "kind": values["kind"] ?? .string("household"), "head_id": .text(state.head?.description),
            "size": .number(JSONNumber(state.size)),
        ]
        for key in plain { if let value = values[key] { row[key] = value } }
        if let area = state.area {
            row["area_id"] = .number(JSONNumber(area.id))
            row["area_order"] = .number(JSONNumber(area.preorder))
        }
        row["extras"] = .object(extras)
        row["origins"] = .object(PersonRow.origins(view.origins))
        if !view.contacts.isEmpty { row["sealed"] = .bytea(view.contacts.sealed(with: context.keys)) }
        row["merged_into"] = .text(view.mergedInto?.description)
        row["observed_on"] = .string(view.observedOn.description)
        row["due_on"] = .date(view.dueOn)
        row["registered_at"] = .string(head.registeredAt)
        row["updated_at"] = .string(head.updatedAt)
        return .object(row)
    }
}
