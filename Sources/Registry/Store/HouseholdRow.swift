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

    package static let columns: String = """
        id, version, status, kind, social_id, head_id, size, residence, area_id, area_order, address, latitude, \
        longitude, poverty_score, poverty_score_type, consent_basis, consent_on, extras, origins, sealed, \
        merged_into, observed_on, due_on, registered_at, updated_at
        """

    /// The row as `json_populate_recordset` reads it.
    package static func json(_ state: HouseholdState, head: RowHead, context: RegistryContext) -> JSON {
        table.json { fill(state, head: head, context: context, $0) }
    }

    package static let table: RowColumns = RowColumns(columns)
    private static let attributes: [String: Int] = table.attributes(plain, shaped: ["kind", "area"])

    private enum At {
        static let id: Int = table.place("id")
        static let version: Int = table.place("version")
        static let status: Int = table.place("status")
        static let kind: Int = table.place("kind")
        static let socialID: Int = table.place("social_id")
        static let head: Int = table.place("head_id")
        static let size: Int = table.place("size")
        static let areaID: Int = table.place("area_id")
        static let areaOrder: Int = table.place("area_order")
        static let extras: Int = table.place("extras")
        static let origins: Int = table.place("origins")
        static let sealed: Int = table.place("sealed")
        static let mergedInto: Int = table.place("merged_into")
        static let observedOn: Int = table.place("observed_on")
        static let dueOn: Int = table.place("due_on")
        static let registeredAt: Int = table.place("registered_at")
        static let updatedAt: Int = table.place("updated_at")
    }

    /// Fills the columns of `table` by their place; a column that is not put is null.
    package static func fill(
        _ state: HouseholdState, head: RowHead, context: RegistryContext, _ put: (Int, RowValue) -> Void
    ) {
        let view = state.view
        var extras: JSONObject = [:]
        put(At.id, .uuid(view.id.rawValue))
        put(At.version, .integer(head.version))
        put(At.status, .text(view.status.rawValue))
        put(At.socialID, .text(head.socialID))
        put(At.kind, .json(view.values["kind"] ?? .string("household")))
        if let head = state.head { put(At.head, .uuid(head.rawValue)) }
        put(At.size, .integer(state.size))
        for (key, value) in view.values {
            guard let place = attributes[key] else {
                extras.append(key, value)
                continue
            }
            if place >= 0 { put(place, .json(value)) }
        }
        if let area = state.area {
            put(At.areaID, .integer(area.id))
            put(At.areaOrder, .integer(area.preorder))
        }
        put(At.extras, .json(.object(extras)))
        put(At.origins, .json(.object(PersonRow.origins(view.origins))))
        if !view.contacts.isEmpty { put(At.sealed, .bytes(view.contacts.sealed(with: context.keys))) }
        if let survivor = view.mergedInto { put(At.mergedInto, .uuid(survivor.rawValue)) }
        put(At.observedOn, .date(view.observedOn))
        if let due = view.dueOn { put(At.dueOn, .date(due)) }
        put(At.registeredAt, .text(head.registeredAt))
        put(At.updatedAt, .text(head.updatedAt))
    }
}
