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

    private static let shared: SharedColumns = SharedColumns(table)

    private enum At {
        static let kind: Int = table.place("kind")
        static let head: Int = table.place("head_id")
        static let size: Int = table.place("size")
    }

    /// Fills the columns of `table` by their place; a column that is not put is null.
    package static func fill(
        _ state: HouseholdState, head: RowHead, context: RegistryContext, _ put: (Int, RowValue) -> Void
    ) {
        let view = state.view
        let extras = table.put(view.values, by: attributes, put)
        shared.fill(
            SharedColumns.Values(
                id: view.id.rawValue, status: view.status.rawValue, head: head, area: state.area, extras: extras,
                origins: view.origins, contacts: view.contacts, mergedInto: view.mergedInto?.rawValue,
                observedOn: view.observedOn, dueOn: view.dueOn), keys: context.keys, put)
        put(At.kind, .json(view.values["kind"] ?? .string("household")))
        if let head = state.head { put(At.head, .uuid(head.rawValue)) }
        put(At.size, .integer(state.size))
    }
}
