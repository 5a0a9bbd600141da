import Documents
import Foundation
import Groundwork
import Postgres

extension Workspace {
    /// Computes the views after the command, and draws in whatever else they change: the households of people whose
    /// memberships changed, and the members of households that moved.
    mutating func derive(in tx: borrowing Transaction) async throws(RegistryFault) {
        derivePersons()
        let missing = affectedHouseholds().filter { households[$0] == nil }
        try await load(households: missing, in: tx)
        for id in affectedHouseholds() { households[id]?.isTouched = true }
        deriveHouseholds()
        let carried = membersToCarry().filter { persons[$0] == nil }
        if !carried.isEmpty {
            try await load(people: carried, in: tx)
        }
        for id in membersToCarry() { persons[id]?.isTouched = true }
        derivePersons()
        deriveAreas()
    }

    private mutating func derivePersons() {
        let known = anchors
        for (id, slot) in persons where slot.isTouched {
            let view = context.survivorship.person(id, records: slot.records, householdOf: { known[$0] })
            persons[id]?.after = view.map { PersonState(view: $0, area: slot.before?.area) }
        }
    }

    /// Households in which a touched person has, or had, an open membership.
    private func affectedHouseholds() -> [ID<Household>] {
        var ids: Set<ID<Household>> = []
        for slot in persons.values where slot.isTouched {
            let before = slot.before?.view.spells ?? []
            let after = slot.after?.view.spells ?? []
            guard before != after || slot.before?.view.status != slot.after?.view.status else { continue }
            for spell in before + after { ids.insert(spell.household) }
        }
        return ids.sorted()
    }

    private mutating func deriveHouseholds() {
        for (id, slot) in households where slot.isTouched {
            guard let view = context.survivorship.household(id, records: slot.records) else {
                households[id]?.after = nil
                continue
            }
            var members = slot.members
            for (person, personSlot) in persons where personSlot.isTouched {
                members[person] = personSlot.after?.view.spells.last { $0.household == id && $0.to == nil }
            }
            let heads = members.filter { $0.value.role == .head }
            let head = heads.max { left, right in
                (left.value.from, left.key) < (right.value.from, right.key)
            }
            households[id]?.after = HouseholdState(
                view: view, area: view.values["area"]?.string.flatMap { areas.area($0) }, head: head?.key,
                size: members.count)
        }
    }

    /// Members whose rows carry the area of a household that moved.
    private func membersToCarry() -> [ID<Person>] {
        var ids: Set<ID<Person>> = []
        for slot in households.values where slot.isTouched && slot.before?.area != slot.after?.area {
            for (person, spell) in slot.members where spell.isPrimary { ids.insert(person) }
        }
        return ids.sorted()
    }

    private mutating func deriveAreas() {
        for (id, slot) in persons where slot.isTouched {
            guard let view = slot.after?.view else { continue }
            if let household = view.primarySpell?.household {
                if let home = households[household] {
                    persons[id]?.after?.area = (home.after ?? home.before)?.area
                }
            } else {
                persons[id]?.after?.area = view.values["area"]?.string.flatMap { areas.area($0) }
            }
        }
    }

    /// Changed people: before and after differ, or they come into being or go.
    var changedPersons: [ID<Person>] {
        persons.filter { $0.value.isTouched && $0.value.before != $0.value.after }.map(\.key).sorted()
    }

    var changedHouseholds: [ID<Household>] {
        households.filter { $0.value.isTouched && $0.value.before != $0.value.after }.map(\.key).sorted()
    }
}
