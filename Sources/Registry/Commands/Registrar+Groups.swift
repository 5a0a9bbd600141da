import Documents
import Foundation
import Groundwork
import Postgres

extension Registrar {
    func split(
        _ household: ID<Household>, _ members: [ID<Person>], _ claims: JSONObject, _ successor: ID<Person>?,
        _ space: inout Workspace, in tx: borrowing Transaction
    ) async throws(RegistryFault) {
        try await space.load(
            people: members + (successor.map { [$0] } ?? []), households: [household], in: tx)
        try space.checkVersions()
        let home = try space.activeHousehold(household)
        guard let head = members.first, Set(members).count == members.count else {
            throw .invalid([
                Finding(
                    "members", code: "members.missing", "Name the members who leave, each once, the new head first.")
            ])
        }
        if let successor, members.contains(successor) {
            throw .invalid([
                Finding("successor", code: "members.successor_unknown", "The successor must stay behind.")
            ])
        }
        let open = space.households[household]?.members.keys.map { $0 } ?? []
        if Set(open).isSubset(of: Set(members)) {
            throw .invalid([
                Finding("members", code: "split.everybody", "Somebody must stay; move the household instead.")
            ])
        }
        let id = ID<Household>()
        space.main = id.rawValue
        var stated = claims
        for key in ["kind", "area", "residence", "consent_basis"] where stated[key] == nil {
            if let value = home.view.values[key] { stated[key] = value }
        }
        var (clean, _) = space.checked(stated, Contacts(), of: .household, at: .root)
        clean["recertified_on"] = .string(space.terms.observedOn.description)
        let anchor = space.state(.household(id), claims: clean)
        space.emit(.householdRegistered, .household(id), ["members": .number(JSONNumber(members.count))])
        space.emit(.householdSplit, .household(household), ["household": .string(id.description)])
        for person in members {
            _ = try space.activePerson(person)
            let spell = try space.openSpell(of: person, in: household)
            let isOldHead = home.head == person
            try end(
                spell, of: person, reason: "split", successor: isOldHead ? successor : nil, needsSuccessor: true,
                &space)
            let claim = MembershipClaim(
                household: anchor, operation: .join, on: space.terms.observedOn,
                role: person == head ? .head : .member,
                relationship: person == head ? context.dictionary.lists["relationship"]?.code(for: "SELF")?.code : nil,
                recipient: Recipient.none)
            space.state(.person(person), membership: claim)
            space.emit(
                .memberJoined, .household(id),
                ["person": .string(person.description), "role": person == head ? "head" : "member"])
        }
    }

    /// Moves the links of one household's records to another: every claim that named the first names the second.
    func merge(
        _ survivor: ID<Household>, _ absorbed: ID<Household>, _ space: inout Workspace,
        in tx: borrowing Transaction
    ) async throws(RegistryFault) {
        guard survivor != absorbed else {
            throw .invalid([Finding("absorbed", code: "merge.same", "A household cannot be merged with itself.")])
        }
        try await space.load(households: [survivor, absorbed], in: tx)
        let rows = try await query(
            """
            SELECT DISTINCT person_id FROM registry.membership
            WHERE household_id = ANY(\([survivor.rawValue, absorbed.rawValue]))
            """, in: tx)
        var people: [ID<Person>] = []
        do {
            for row in rows { people.append(ID(try row.get(0, as: UUID.self))) }
        } catch {
            throw .store(error)
        }
        try await space.load(people: people, in: tx)
        try space.checkVersions()
        let kept = try space.activeHousehold(survivor)
        let gone = try space.activeHousehold(absorbed)
        space.main = survivor.rawValue
        // The absorbed household's head steps back, unless the survivor has none.
        if let head = gone.head, kept.head != nil, kept.head != head,
            let spell = try? space.openSpell(of: head, in: absorbed)
        {
            try amend(
                head, try space.anchor(of: absorbed), on: max(space.terms.observedOn, spell.from), &space)
        }
        let records = space.households[absorbed]?.records ?? []
        for record in records {
            space.unlink(record.id, from: .household(absorbed))
            if record.claims["undoes"] == nil { space.relink(record, to: .household(survivor)) }
        }
        for person in people { space.persons[person]?.isTouched = true }
        space.stateMerged(absorbed, into: survivor)
        space.emit(.householdMerged, .household(survivor), ["absorbed": .string(absorbed.description)])
        space.emit(.householdMerged, .household(absorbed), ["survivor": .string(survivor.description)])
    }

    private func amend(
        _ head: ID<Person>, _ anchor: ID<SourceRecord>, on: CalendarDate, _ space: inout Workspace
    ) throws(RegistryFault) {
        let claim = MembershipClaim(household: anchor, operation: .amend, on: on, role: .member)
        space.state(.person(head), membership: claim)
    }
}

extension Workspace {
    /// The one statement that stays with a merged household: who answers for it.
    mutating func stateMerged(_ absorbed: ID<Household>, into survivor: ID<Household>) {
        let values = households[absorbed]?.before?.view.values ?? [:]
        var claims: JSONObject = ["status": ["value": "merged", "merged_into": .string(survivor.description)]]
        for key in ["kind", "area"] { if let value = values[key] { claims[key] = value } }
        state(.household(absorbed), claims: claims)
    }
}
