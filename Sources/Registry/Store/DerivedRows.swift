import Cryptography
package import Documents
package import Groundwork

extension Spell {
    package func row(of person: ID<Person>) -> JSON {
        .object([
            "household_id": .string(household.description), "person_id": .string(person.description),
            "valid_from": .string(from.description), "valid_to": .date(to), "role": .string(role.rawValue),
            "relationship": .text(relationship), "recipient": .text(recipient?.rawValue),
            "is_primary": .bool(isPrimary), "end_reason": .text(endReason),
            "successor_id": .text(successor?.description),
        ])
    }
}

extension Contacts {
    /// Type under which phone numbers stand among the identifiers.
    package static let phoneType: String = "PHONE"

    package static let table: RowColumns = RowColumns(
        """
        type, hash, subject_kind, subject_id, last4, sealed, issuer, verified_on, verified_how, valid_from, valid_to
        """)

    /// Rows of `registry.identifier` as `json_populate_recordset` reads them.
    package func rows(of subject: Subject, context: RegistryContext) -> [JSON] {
        all.map { identifier in
            Contacts.table.json { Contacts.fill(identifier, of: subject, context: context, $0) }
        }
    }

    /// Identifiers, and phone numbers as such.
    package var all: [Identifier] {
        identifiers + (phones ?? []).map { Identifier(type: Contacts.phoneType, value: $0) }
    }

    /// Fills the columns of `table` by their place; a column that is not put is null.
    package static func fill(
        _ identifier: Identifier, of subject: Subject, context: RegistryContext, _ put: (Int, RowValue) -> Void
    ) {
        put(0, .text(identifier.type))
        put(1, .bytes(context.identifierHash(type: identifier.type, value: identifier.value)))
        put(2, .text(subject.kind.rawValue))
        put(3, .uuid(subject.id))
        put(4, .text(identifier.last4))
        put(5, .bytes(context.keys.seal(Array(identifier.value.utf8), context: "identifier")))
        if let issuer = identifier.issuer { put(6, .text(issuer)) }
        if let day = identifier.verifiedOn { put(7, .date(day)) }
        if let how = identifier.verifiedHow { put(8, .text(how)) }
        if let day = identifier.validFrom { put(9, .date(day)) }
        if let day = identifier.validTo { put(10, .date(day)) }
    }
}

extension Participation {
    /// Columns of `registry.participation` that `row(of:)` fills.
    package static let columns: String = """
        subject_kind, subject_id, programme, kind, item_key, status, from_on, to_on, amount_minor, currency, detail
        """

    package func row(of subject: Subject) -> JSON {
        .object([
            "subject_kind": .string(subject.kind.rawValue), "subject_id": .uuid(subject.id),
            "programme": .string(programme), "kind": .string(kind.rawValue), "item_key": .string(key),
            "status": .text(status), "from_on": .date(from), "to_on": .date(to),
            "amount_minor": .number(amount.map { Int($0.minorUnits) }), "currency": .text(amount?.currency),
            "detail": .object(detail),
        ])
    }
}

extension CivilUnion {
    /// Columns of `registry.civil_union` that `row(of:areas:)` fills.
    package static let columns: String = """
        person_id, partner_id, kind, started_on, ended_on, end_reason, place_area_id, registration
        """

    package func row(of person: ID<Person>, areas: AreaIndex) -> JSON {
        .object([
            "person_id": .string(person.description), "partner_id": .string(partner.description),
            "kind": .string(kind), "started_on": .string(from.description), "ended_on": .date(to),
            "end_reason": .text(endReason), "place_area_id": .number(place.flatMap { areas.area($0)?.id }),
            "registration": .text(registration),
        ])
    }
}

extension PersonView {
    /// Columns of `registry.birth` that `birthJSON` fills.
    package static let birthColumns: String = """
        child_id, mother_id, father_id, born_on, precision, place_area_id, registration
        """

    package struct BirthRow: Equatable {
        var facts: BirthFacts
        var date: JSON
    }

    /// What the table of births holds of the person; nil when no parents or place were stated, or no date is known.
    package var birthRow: BirthRow? {
        guard let birth, let date = values["birth_date"] else { return nil }
        return BirthRow(facts: birth, date: date)
    }

    package func birthJSON(areas: AreaIndex) -> JSON? {
        guard let row = birthRow else { return nil }
        return .object([
            "child_id": .string(id.description), "mother_id": .text(row.facts.mother?.description),
            "father_id": .text(row.facts.father?.description), "born_on": row.date["date"] ?? .null,
            "precision": row.date["precision"] ?? .null,
            "place_area_id": .number(row.facts.place.flatMap { areas.area($0)?.id }),
            "registration": .text(row.facts.registration),
        ])
    }
}
