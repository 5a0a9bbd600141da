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

    package func rows(of subject: Subject, context: RegistryContext) -> [JSON] {
        var all = identifiers
        for phone in phones ?? [] { all.append(Identifier(type: Contacts.phoneType, value: phone)) }
        return all.map { identifier in
            .object([
                "type": .string(identifier.type),
                "hash": .bytea(context.identifierHash(type: identifier.type, value: identifier.value)),
                "subject_kind": .string(subject.kind.rawValue), "subject_id": .uuid(subject.id),
                "last4": .string(identifier.last4),
                "sealed": .bytea(context.keys.seal(Array(identifier.value.utf8), context: "identifier")),
                "issuer": .text(identifier.issuer), "verified_on": .date(identifier.verifiedOn),
                "verified_how": .text(identifier.verifiedHow), "valid_from": .date(identifier.validFrom),
                "valid_to": .date(identifier.validTo),
            ])
        }
    }
}

extension Participation {
    package func row(of subject: Subject, ordinal: Int) -> JSON {
        .object([
            "subject_kind": .string(subject.kind.rawValue), "subject_id": .uuid(subject.id),
            "ordinal": .number(JSONNumber(ordinal)), "programme": .string(programme), "kind": .string(kind.rawValue),
            "status": .text(status), "from_on": .date(from), "to_on": .date(to),
            "amount_minor": .number(amount.map { Int($0.minorUnits) }), "currency": .text(amount?.currency),
            "detail": .object(detail),
        ])
    }
}

extension CivilUnion {
    func row(of person: ID<Person>, areas: AreaIndex) -> JSON {
        .object([
            "person_id": .string(person.description), "partner_id": .string(partner.description),
            "kind": .string(kind), "started_on": .string(from.description), "ended_on": .date(to),
            "end_reason": .text(endReason), "place_area_id": .number(place.flatMap { areas.area($0)?.id }),
            "registration": .text(registration),
        ])
    }
}

extension PersonView {
    struct BirthRow: Equatable {
        var facts: BirthFacts
        var date: JSON
    }

    /// What the table of births holds of the person; nil when no parents or place were stated, or no date is known.
    var birthRow: BirthRow? {
        guard let birth, let date = values["birth_date"] else { return nil }
        return BirthRow(facts: birth, date: date)
    }

    func birthJSON(areas: AreaIndex) -> JSON? {
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
