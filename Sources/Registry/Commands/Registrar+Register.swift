import Documents
import Foundation
import Groundwork
import Postgres

extension Registrar {
    func register(_ draft: PersonDraft, _ space: inout Workspace) throws(RegistryFault) {
        let id = ID<Person>()
        space.main = id.rawValue
        statePerson(id, draft, at: .root, membership: nil, &space)
        space.emit(.personRegistered, .person(id))
    }

    /// States what a draft says of a new person.
    func statePerson(
        _ id: ID<Person>, _ draft: PersonDraft, at path: FieldPath, membership: MembershipClaim?,
        _ space: inout Workspace
    ) {
        space.newcomers.append(id.rawValue)
        var (claims, contacts) = space.checked(draft.claims, draft.contacts, of: .person, at: path)
        if PersonRow.names(claims).isEmpty {
            space.findings.append(
                Finding(
                    path.appending("given_name"), code: "name.missing",
                    "At least one of given_name and family_name is needed."))
        }
        requireBasis(claims, at: path, &space)
        claims["recertified_on"] = .string(space.terms.observedOn.description)
        space.state(
            .person(id), claims: claims, contacts: contacts, membership: membership, sourceKey: draft.sourceKey)
    }

    /// No personal data without consent or a legal basis.
    private func requireBasis(_ claims: JSONObject, at path: FieldPath, _ space: inout Workspace) {
        let basis = claims["consent_basis"]?.string
        if basis == nil || basis == "refused" {
            space.findings.append(
                Finding(
                    path.appending("consent_basis"), code: "consent.missing",
                    "State the consent or legal basis, e.g. consent or public_task; without one nothing is recorded."))
        }
    }

    func register(
        _ draft: HouseholdDraft, _ space: inout Workspace, in tx: borrowing Transaction
    ) async throws(RegistryFault) {
        let id = ID<Household>()
        space.main = id.rawValue
        try await space.load(people: draft.members.compactMap { $0.known }, in: tx)
        try space.checkVersions()
        var (claims, contacts) = space.checked(draft.claims, draft.contacts, of: .household, at: .root)
        claims["recertified_on"] = .string(space.terms.observedOn.description)
        requireBasis(claims, at: .root, &space)
        if claims["area"]?.string == nil {
            space.findings.append(
                Finding("area", code: "area.missing", "The area of residence is needed: its code or geography:code."))
        }
        checkMembers(draft.members, &space)
        let anchor = space.state(.household(id), claims: claims, contacts: contacts, sourceKey: draft.sourceKey)
        space.emit(.householdRegistered, .household(id), ["members": .number(JSONNumber(draft.members.count))])
        for (index, member) in draft.members.enumerated() {
            let path = FieldPath(["members", String(index)])
            try join(member, household: id, anchor: anchor, basis: claims["consent_basis"], at: path, &space)
        }
    }

    private func checkMembers(_ members: [MemberDraft], _ space: inout Workspace) {
        func refuse(_ path: FieldPath, _ code: String, _ summary: String) {
            space.findings.append(Finding(path, code: code, summary))
        }
        if members.isEmpty { refuse("members", "members.missing", "A household needs at least one member.") }
        let most = HouseholdDraft.mostMembers
        if members.count > most { refuse("members", "members.too_many", "At most \(most) members are accepted.") }
        let heads = members.indices.filter { members[$0].role == .head }
        if !members.isEmpty, heads.count != 1 {
            refuse(
                "members", "members.head_count", "Exactly one member has the role head; \(heads.count) have it.")
        }
        for rank in [Recipient.first, .alternate] where members.filter({ $0.recipient == rank }).count > 1 {
            refuse("members", "members.recipient_twice", "Only one member can be the \(rank.rawValue) recipient.")
        }
        var seen: Set<String> = []
        for (index, member) in members.enumerated() {
            var marks: [String]
            switch member.who {
            case .known(let id): marks = ["id:\(id)"]
            case .new(let draft):
                marks = draft.contacts.identifiers.map { identifier in
                    let type = context.dictionary.identifierTypes[identifier.type.uppercased()]
                    return "\(identifier.type.uppercased()):\(type?.normalise(identifier.value) ?? identifier.value)"
                }
                if let key = draft.sourceKey { marks.append("key:\(key)") }
            }
            if marks.contains(where: { seen.contains($0) }) {
                refuse(
                    FieldPath(["members", String(index)]), "members.person_twice",
                    "The same person stands in the list twice; remove one of the two.")
            }
            seen.formUnion(marks)
        }
    }

    /// Makes a member of somebody new or known.
    func join(
        _ member: MemberDraft, household: ID<Household>, anchor: ID<SourceRecord>, basis: JSON?, at path: FieldPath,
        _ space: inout Workspace
    ) throws(RegistryFault) {
        let relationship = relationship(member.relationship, role: member.role, at: path, &space)
        let claim = MembershipClaim(
            household: anchor, operation: .join, on: space.terms.observedOn, role: member.role,
            relationship: relationship, recipient: member.recipient)
        let person: ID<Person>
        switch member.who {
        case .new(var draft):
            person = ID<Person>()
            if draft.claims["consent_basis"] == nil, let basis { draft.claims["consent_basis"] = basis }
            statePerson(person, draft, at: path, membership: claim, &space)
            space.emit(.personRegistered, .person(person))
        case .known(let id):
            person = id
            let state = try space.activePerson(id)
            if state.view.spells.contains(where: { $0.household == household && $0.to == nil }) {
                throw .alreadyMember
            }
            if state.view.primarySpell != nil {
                space.warnings.append(
                    Finding(
                        path, code: "membership.elsewhere", severity: .warning,
                        "The person is a member of another household too; the newer membership counts."))
            }
            space.state(.person(id), membership: claim)
        }
        space.emit(
            .memberJoined, .household(household),
            ["person": .string(person.description), "role": .string(member.role.rawValue)])
    }

    func relationship(
        _ word: String?, role: MemberRole, at path: FieldPath, _ space: inout Workspace
    ) -> String? {
        guard let word else { return nil }
        guard let list = context.dictionary.lists["relationship"] else { return word }
        guard let code = list.code(for: word) else {
            space.findings.append(
                Finding(
                    path.appending("relationship"), code: "code.unknown",
                    "The code is not in the list relationship; see the code lists in the API reference."))
            return nil
        }
        return code.code
    }

    func birth(
        _ draft: BirthDraft, _ space: inout Workspace, in tx: borrowing Transaction
    ) async throws(RegistryFault) {
        let parents = [draft.mother, draft.father].compactMap { $0 }
        let household = draft.household
        try await space.load(people: parents, households: household.map { [$0] } ?? [], in: tx)
        try space.checkVersions()
        for parent in parents { _ = try space.person(parent) }
        if draft.mother != nil, draft.mother == draft.father {
            space.findings.append(
                Finding("father", code: "parents.same", "Mother and father are two different people."))
        }
        var child = draft.child
        if child.claims["birth_date"] == nil {
            child.claims["birth_date"] = AttributeDictionary.json(PartialDate(space.terms.observedOn))
        }
        let id = ID<Person>()
        space.main = id.rawValue
        var facts: JSONObject = [:]
        if let mother = draft.mother { facts["mother"] = .string(mother.description) }
        if let father = draft.father { facts["father"] = .string(father.description) }
        if let registration = draft.registration { facts["registration"] = .string(registration) }
        if let place = draft.place {
            if let area = space.areas.area(place) {
                facts["place"] = .string(area.reference)
            } else {
                space.findings.append(Finding("place", code: "area.unknown", "No area has this code."))
            }
        }
        var claim: MembershipClaim?
        if let household {
            let home = try space.activeHousehold(household)
            if child.claims["consent_basis"] == nil, let basis = home.view.values["consent_basis"] {
                child.claims["consent_basis"] = basis
            }
            claim = MembershipClaim(
                household: try space.anchor(of: household), operation: .join, on: space.terms.observedOn,
                role: .member,
                relationship: relationship(draft.relationship, role: .member, at: .root, &space))
        }
        statePerson(id, child, at: "child", membership: claim, &space)
        space.state(.person(id), claims: ["parents": .object(facts)])
        space.emit(.personBorn, .person(id), facts)
        if let household {
            space.emit(
                .memberJoined, .household(household), ["person": .string(id.description), "role": "member"])
        }
    }
}

extension MemberDraft {
    var known: ID<Person>? {
        if case .known(let id) = who { return id }
        return nil
    }
}
