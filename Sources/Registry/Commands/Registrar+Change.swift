import Documents
import Foundation
import Groundwork
import Postgres

extension Registrar {
    func update(
        _ id: ID<Person>, _ claims: JSONObject, _ contacts: Contacts, _ space: inout Workspace,
        in tx: borrowing Transaction
    ) async throws(RegistryFault) {
        try await space.load(people: [id], in: tx)
        try space.checkVersions()
        let before = try space.person(id)
        space.main = id.rawValue
        let (clean, kept) = space.checked(claims, contacts, of: .person, at: .root)
        if clean.isEmpty, kept.isEmpty {
            space.findings.append(Finding(.root, code: "update.empty", "Nothing to change was given."))
        }
        var merged = before.view.values
        for (key, value) in clean { merged[key] = value }
        checkPerson(merged, stating: clean, &space)
        space.state(.person(id), claims: clean, contacts: kept)
        space.emit(.personUpdated, .person(id), ["changed": .array(names(clean, kept))])
    }

    /// What the view after the change must keep.
    func checkPerson(_ values: JSONObject, stating claims: JSONObject, _ space: inout Workspace) {
        let names = ["given_name", "family_name", "further_names", "maiden_name"]
        if names.contains(where: { claims[$0]?.isNull ?? false }), names.allSatisfy({ values[$0]?.string == nil }) {
            space.findings.append(
                Finding("given_name", code: "name.missing", "At least one name must remain."))
        }
        if claims["consent_basis"]?.isNull ?? false {
            space.findings.append(
                Finding("consent_basis", code: "consent.missing", "A consent or legal basis must remain."))
        }
        if let birth = values["birth_date"]?["date"]?.string.flatMap({ CalendarDate($0) }),
            let death = values["death_date"]?.string.flatMap({ CalendarDate($0) }), death < birth
        {
            let name = claims["birth_date"] != nil ? "birth_date" : "death_date"
            space.findings.append(
                Finding(
                    FieldPath([name]), code: "date.death_before_birth",
                    "The day of death lies before the day of birth."))
        }
    }

    private func names(_ claims: JSONObject, _ contacts: Contacts) -> [JSON] {
        var names: [JSON] = claims.map { .string($0.key) }
        if !contacts.identifiers.isEmpty { names.append("identifiers") }
        if contacts.phones != nil { names.append("phones") }
        return names
    }

    func update(
        _ id: ID<Household>, _ claims: JSONObject, _ contacts: Contacts, _ space: inout Workspace,
        in tx: borrowing Transaction
    ) async throws(RegistryFault) {
        try await space.load(households: [id], in: tx)
        try space.checkVersions()
        _ = try space.household(id)
        space.main = id.rawValue
        let (clean, kept) = space.checked(claims, contacts, of: .household, at: .root)
        if clean.isEmpty, kept.isEmpty {
            space.findings.append(Finding(.root, code: "update.empty", "Nothing to change was given."))
        }
        for key in ["area", "consent_basis"] where clean[key]?.isNull ?? false {
            space.findings.append(
                Finding(FieldPath([key]), code: "\(key).missing", "The value cannot be cleared, only replaced."))
        }
        space.state(.household(id), claims: clean, contacts: kept)
        space.emit(
            clean["area"] == nil ? .householdUpdated : .householdMoved, .household(id),
            ["changed": .array(names(clean, kept))])
    }

    func move(
        _ id: ID<Household>, _ area: String, _ address: String?, _ space: inout Workspace,
        in tx: borrowing Transaction
    ) async throws(RegistryFault) {
        try await space.load(households: [id], in: tx)
        try space.checkVersions()
        _ = try space.activeHousehold(id)
        space.main = id.rawValue
        // The old address and point do not hold in the new place.
        let claims: JSONObject = [
            "area": .string(area), "address": .text(address), "latitude": .null, "longitude": .null,
        ]
        let (clean, _) = space.checked(claims, Contacts(), of: .household, at: .root)
        space.state(.household(id), claims: clean)
        space.emit(.householdMoved, .household(id))
    }

    func setStatus(
        _ subject: Subject, _ reason: String?, _ space: inout Workspace, in tx: borrowing Transaction
    ) async throws(RegistryFault) {
        let isPerson = subject.kind == .person
        try await space.load(
            people: isPerson ? [ID(subject.id)] : [], households: isPerson ? [] : [ID(subject.id)], in: tx)
        try space.checkVersions()
        space.main = subject.id
        let isActive: Bool
        if isPerson {
            let status = try space.person(ID(subject.id)).view.status
            guard status != .deceased else { throw .notActive }
            isActive = status == .active
        } else {
            isActive = try space.household(ID(subject.id)).view.status == .active
        }
        if let reason {
            guard isActive else { throw .notActive }
            let code = context.dictionary.lists["deactivation_reason"].map { $0.code(for: reason)?.code } ?? reason
            guard let code else {
                throw .invalid([
                    Finding("reason", code: "code.unknown", "The code is not in the list deactivation_reason.")
                ])
            }
            space.state(subject, claims: ["status": ["value": "inactive", "reason": .string(code)]])
            space.emit(isPerson ? .personDeactivated : .householdDeactivated, subject, ["reason": .string(code)])
        } else {
            guard !isActive else {
                throw .invalid([Finding(.root, code: "status.active", "The subject is active already.")])
            }
            space.state(subject, claims: ["status": ["value": "active"]])
            space.emit(isPerson ? .personReactivated : .householdReactivated, subject)
        }
    }

    func death(
        _ id: ID<Person>, _ successor: ID<Person>?, _ space: inout Workspace, in tx: borrowing Transaction
    ) async throws(RegistryFault) {
        try await space.load(people: [id] + (successor.map { [$0] } ?? []), in: tx)
        let open = space.persons[id]?.before?.view.spells.filter { $0.to == nil } ?? []
        try await space.load(households: open.map(\.household), in: tx)
        try space.checkVersions()
        let state = try space.person(id)
        guard state.view.status != .deceased else {
            throw .invalid([Finding(.root, code: "death.recorded", "The death is on record already.")])
        }
        space.main = id.rawValue
        let day = space.terms.observedOn
        let (clean, _) = space.checked(
            ["death_date": .string(day.description)], Contacts(), of: .person, at: .root)
        var values = state.view.values
        for (key, value) in clean { values[key] = value }
        checkPerson(values, stating: clean, &space)
        space.state(.person(id), claims: clean)
        space.emit(.personDied, .person(id), ["on": .string(day.description)])
        for spell in open {
            try end(spell, of: id, reason: "death", successor: successor, needsSuccessor: false, &space)
        }
    }

    func report(
        _ items: [Participation], of subject: Subject, _ space: inout Workspace, in tx: borrowing Transaction
    ) async throws(RegistryFault) {
        if subject.kind == .person {
            try await space.load(people: [ID(subject.id)], in: tx)
            _ = try space.person(ID(subject.id))
        } else {
            try await space.load(households: [ID(subject.id)], in: tx)
            _ = try space.household(ID(subject.id))
        }
        try space.checkVersions()
        space.main = subject.id
        if items.isEmpty {
            space.findings.append(Finding("items", code: "participation.empty", "Nothing was reported."))
        }
        for (index, item) in items.enumerated() {
            if let from = item.from, let to = item.to, to < from {
                space.findings.append(
                    Finding(
                        FieldPath(["items", String(index), "to"]), code: "date.order",
                        "The last day lies before the first."))
            }
        }
        space.state(subject, claims: ["participation": .array(items.map(\.json))])
        let programmes = Set(items.map(\.programme)).sorted()
        space.emit(
            .participationReported, subject, ["programmes": .array(programmes.map { .string($0) })])
    }
}
