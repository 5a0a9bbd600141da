import Documents
import Foundation
import Groundwork
import Postgres

extension Registrar {
    func add(
        _ draft: MemberDraft, to household: ID<Household>, _ space: inout Workspace, in tx: borrowing Transaction
    ) async throws(RegistryFault) {
        try await space.load(people: draft.known.map { [$0] } ?? [], households: [household], in: tx)
        try space.checkVersions()
        let home = try space.activeHousehold(household)
        space.main = household.rawValue
        if draft.role == .head, home.head != nil {
            space.findings.append(
                Finding("role", code: "members.head_count", "The household has a head; change the head first."))
        }
        try checkRecipient(draft.recipient, household, except: draft.known, &space)
        let anchor = try space.anchor(of: household)
        try join(
            draft, household: household, anchor: anchor, basis: home.view.values["consent_basis"], at: "member", &space)
    }

    private func checkRecipient(
        _ rank: Recipient?, _ household: ID<Household>, except person: ID<Person>?, _ space: inout Workspace
    ) throws(RegistryFault) {
        guard let rank, rank != .none else { return }
        let others = space.households[household]?.members.filter { $0.key != person && $0.value.recipient == rank }
        if !(others ?? [:]).isEmpty {
            space.findings.append(
                Finding(
                    "recipient", code: "members.recipient_twice",
                    "Another member is the \(rank.rawValue) recipient; change that one first."))
        }
    }

    func change(
        _ person: ID<Person>, in household: ID<Household>, _ role: MemberRole?, _ relationship: String?,
        _ recipient: Recipient?, _ space: inout Workspace, in tx: borrowing Transaction
    ) async throws(RegistryFault) {
        try await space.load(people: [person], households: [household], in: tx)
        let head = space.households[household]?.before?.head
        if role == .head, let head, head != person { try await space.load(people: [head], in: tx) }
        try space.checkVersions()
        let home = try space.activeHousehold(household)
        _ = try space.activePerson(person)
        let spell = try space.openSpell(of: person, in: household)
        space.main = household.rawValue
        if role == nil, relationship == nil, recipient == nil {
            space.findings.append(Finding(.root, code: "update.empty", "Nothing to change was given."))
        }
        if role == .member, home.head == person {
            space.findings.append(
                Finding("role", code: "members.head_count", "Make another member the head; this one follows."))
        }
        try checkRecipient(recipient, household, except: person, &space)
        let anchor = try space.anchor(of: household)
        let on = max(space.terms.observedOn, spell.from)
        if role == .head, let head, head != person {
            try amend(head, anchor, on: on, role: .member, relationship: nil, &space)
        }
        let code = self.relationship(relationship, role: role ?? spell.role, at: .root, &space)
        try amend(person, anchor, on: on, role: role, relationship: code, recipient: recipient, &space)
        space.emit(
            .householdUpdated, .household(household), ["members": .array([.string(person.description)])])
    }

    private func amend(
        _ person: ID<Person>, _ anchor: ID<SourceRecord>, on: CalendarDate, role: MemberRole?,
        relationship: String?, recipient: Recipient? = nil, _ space: inout Workspace
    ) throws(RegistryFault) {
        let claim = MembershipClaim(
            household: anchor, operation: .amend, on: on, role: role, relationship: relationship,
            recipient: recipient)
        space.state(.person(person), membership: claim)
    }

    func leave(
        _ person: ID<Person>, _ household: ID<Household>, _ reason: String, _ successor: ID<Person>?,
        _ space: inout Workspace, in tx: borrowing Transaction
    ) async throws(RegistryFault) {
        try await space.load(
            people: [person] + (successor.map { [$0] } ?? []), households: [household], in: tx)
        try space.checkVersions()
        _ = try space.household(household)
        _ = try space.person(person)
        let spell = try space.openSpell(of: person, in: household)
        space.main = household.rawValue
        let code = context.dictionary.lists["membership_end_reason"].map { $0.code(for: reason)?.code } ?? reason
        guard let code else {
            throw .invalid([
                Finding("reason", code: "code.unknown", "The code is not in the list membership_end_reason.")
            ])
        }
        try end(spell, of: person, reason: code, successor: successor, needsSuccessor: true, &space)
    }

    /// Ends a membership; a head who leaves others behind hands over to a successor.
    func end(
        _ spell: Spell, of person: ID<Person>, reason: String, successor: ID<Person>?, needsSuccessor: Bool,
        _ space: inout Workspace
    ) throws(RegistryFault) {
        let household = spell.household
        let anchor = try space.anchor(of: household)
        let others = (space.households[household]?.members ?? [:]).keys.filter { $0 != person }
        if space.terms.observedOn < spell.from {
            space.findings.append(
                Finding(
                    "observed_on", code: "date.order", "The day lies before the first day of the membership."))
        }
        let isHead = space.households[household]?.before?.head == person
        if isHead, needsSuccessor, successor == nil, !others.isEmpty {
            space.findings.append(
                Finding(
                    "successor", code: "members.successor_missing",
                    "The head leaves others behind: name the member who becomes head."))
        }
        if let successor, isHead {
            guard others.contains(successor) else {
                throw .invalid([
                    Finding(
                        "successor", code: "members.successor_unknown",
                        "The successor must be another open member of the household.")
                ])
            }
        }
        let claim = MembershipClaim(
            household: anchor, operation: .leave, on: space.terms.observedOn, reason: reason,
            successor: isHead ? successor : nil)
        space.state(.person(person), membership: claim)
        space.emit(
            .memberLeft, .household(household),
            ["person": .string(person.description), "reason": .string(reason)])
        if isHead, let successor {
            let on = max(
                space.terms.observedOn, (try? space.openSpell(of: successor, in: household))?.from ?? .earliest)
            try amend(successor, anchor, on: on, role: .head, relationship: headCode, &space)
        }
    }

    /// The code by which the profile calls the head's relationship to himself, when it has one.
    private var headCode: String? {
        context.dictionary.lists["relationship"]?.code(for: "SELF")?.code
    }

    func transfer(
        _ person: ID<Person>, _ from: ID<Household>, _ to: ID<Household>, _ role: MemberRole,
        _ relationship: String?, _ successor: ID<Person>?, _ space: inout Workspace,
        in tx: borrowing Transaction
    ) async throws(RegistryFault) {
        guard from != to else { throw .alreadyMember }
        try await space.load(
            people: [person] + (successor.map { [$0] } ?? []), households: [from, to], in: tx)
        try space.checkVersions()
        let state = try space.activePerson(person)
        _ = try space.household(from)
        let target = try space.activeHousehold(to)
        let spell = try space.openSpell(of: person, in: from)
        if state.view.spells.contains(where: { $0.household == to && $0.to == nil }) { throw .alreadyMember }
        if role == .head, target.head != nil {
            space.findings.append(
                Finding("role", code: "members.head_count", "The other household has a head already."))
        }
        space.main = to.rawValue
        try end(spell, of: person, reason: "transfer", successor: successor, needsSuccessor: true, &space)
        let claim = MembershipClaim(
            household: try space.anchor(of: to), operation: .join, on: space.terms.observedOn, role: role,
            relationship: self.relationship(relationship, role: role, at: .root, &space), recipient: Recipient.none)
        space.state(.person(person), membership: claim)
        space.emit(
            .memberJoined, .household(to),
            ["person": .string(person.description), "role": .string(role.rawValue)])
    }
}
