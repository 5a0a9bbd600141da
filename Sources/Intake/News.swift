import Documents
import Groundwork
import Registry

/// What a statement says that is not held already, for files whose keys are the registry's own: what the registry wrote out
/// and reads again must leave no trace, and must not overwrite with less what it knows better.
enum News {
    /// Nil when there is nothing new.
    static func of(_ record: SourceRecord, _ view: PersonView?, home: ID<Household>?, _ rules: Survivorship)
        -> SourceRecord?
    {
        guard let view else { return record }
        var record = reduced(record, view.values, view.contacts, isInactive: view.status != .active) {
            isHeld(certified: $0, view.dueOn, kind: "person", rules)
        }
        if let claim = record.membership, let home,
            let spell = view.spells.last(where: { $0.household == home && $0.to == nil }),
            claim.role ?? .member == spell.role, claim.relationship ?? spell.relationship == spell.relationship,
            claim.recipient ?? spell.recipient == spell.recipient
        {
            record.membership = nil
        }
        return isEmpty(record) ? nil : record
    }

    static func of(_ record: SourceRecord, _ view: HouseholdView?, _ rules: Survivorship) -> SourceRecord? {
        guard let view else { return record }
        let record = reduced(record, view.values, view.contacts, isInactive: view.status != .active) {
            isHeld(certified: $0, view.dueOn, kind: view.values["kind"]?.string ?? "household", rules)
        }
        return isEmpty(record) ? nil : record
    }

    private static func reduced(
        _ record: SourceRecord, _ values: JSONObject, _ contacts: Contacts, isInactive: Bool,
        isHeld: (_ certified: JSON) -> Bool
    ) -> SourceRecord {
        var record = record
        var claims: JSONObject = [:]
        for (name, value) in record.claims where values[name] != value {
            // Whoever is not active stays so; the kind of a household goes without saying.
            if name == "status", isInactive { continue }
            if name == "recertified_on", isHeld(value) { continue }
            if name == "kind", values[name] == nil, value == "household" { continue }
            claims[name] = value
        }
        record.claims = claims
        if var own = record.contacts {
            own.identifiers.removeAll { item in
                contacts.identifiers.contains { $0.type == item.type && $0.value == item.value }
            }
            if own.phones == contacts.phones { own.phones = nil }
            record.contacts = own.isEmpty ? nil : own
        }
        return record
    }

    /// Whether the record is due on that day or later already.
    private static func isHeld(
        certified day: JSON, _ due: CalendarDate?, kind: String, _ rules: Survivorship
    ) -> Bool {
        guard let next = day.string.flatMap({ CalendarDate($0) }).flatMap({ rules.due(recertifiedOn: $0, kind: kind) })
        else { return true }
        return due.map { next <= $0 } ?? false
    }

    private static func isEmpty(_ record: SourceRecord) -> Bool {
        record.claims.count == 0 && record.contacts == nil && record.membership == nil
    }
}
