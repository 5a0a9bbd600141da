import Documents
import Foundation
import Groundwork
import Postgres

extension Registrar {
    /// Moves the links of one person's records to another, who answers for both from then on.
    func merge(
        _ survivor: ID<Person>, _ absorbed: ID<Person>, _ chosen: JSONObject, _ space: inout Workspace,
        in tx: borrowing Transaction
    ) async throws(RegistryFault) {
        guard survivor != absorbed else {
            throw .invalid([Finding("absorbed", code: "merge.same", "A person cannot be merged with himself.")])
        }
        try await space.load(people: [survivor, absorbed], in: tx)
        try space.checkVersions()
        let (kept, gone) = (try space.person(survivor), try space.person(absorbed))
        let known = try await SubjectLookup.absorbed(by: [survivor, absorbed], in: tx)
        try Self.refuseImpossible(kept, gone, known)
        let homes = Set(
            (kept.view.spells + gone.view.spells).filter { $0.to == nil }.map(\.household))
        try await space.load(households: homes.sorted(), in: tx)
        space.main = survivor.rawValue
        for record in space.persons[absorbed]?.records ?? [] {
            space.unlink(record.id, from: .person(absorbed))
            if record.claims["undoes"] == nil { space.relink(record, to: .person(survivor)) }
        }
        for home in homes.sorted() { try join(kept, gone, in: home, &space) }
        state(chosen, kept: kept, gone: gone, &space)
        space.stateMerged(absorbed, into: survivor)
        space.emit(.personMerged, .person(survivor), ["absorbed": .string(absorbed.description)])
        space.emit(.personMerged, .person(absorbed), ["survivor": .string(survivor.description)])
    }

    /// Two records that cannot be about one human being.
    ///
    /// - Parameter known: who was merged into one of the two before, and into whom.
    private static func refuseImpossible(
        _ kept: PersonState, _ gone: PersonState, _ known: [ID<Person>: ID<Person>]
    ) throws(RegistryFault) {
        if (kept.view.status == .deceased) != (gone.view.status == .deceased) {
            throw .invalid([
                Finding(
                    "absorbed", code: "merge.deceased",
                    "One of the two is on record as deceased: record the death of the other, or undo it, before merging."
                )
            ])
        }
        func names(_ one: PersonView, _ other: PersonView) -> Bool {
            let family = one.unions.map(\.partner) + [one.birth?.mother, one.birth?.father].compactMap { $0 }
            return family.contains { $0 == other.id || known[$0] == other.id }
        }
        if names(kept.view, gone.view) || names(gone.view, kept.view) {
            throw .invalid([
                Finding(
                    "absorbed", code: "merge.related", "One of the two is on record as spouse or parent of the other.")
            ])
        }
    }

    /// In a household where both were members, the survivor has the weightier part of the two.
    private func join(
        _ kept: PersonState, _ gone: PersonState, in home: ID<Household>, _ space: inout Workspace
    ) throws(RegistryFault) {
        func spell(_ state: PersonState) -> Spell? { state.view.spells.last { $0.household == home && $0.to == nil } }
        guard let mine = spell(kept), let theirs = spell(gone) else { return }
        let leading = mine.role == .head || theirs.role != .head ? mine : theirs
        let recipients = [mine.recipient, theirs.recipient]
        let claim = MembershipClaim(
            household: try space.anchor(of: home), operation: .amend,
            on: max(space.terms.observedOn, mine.from, theirs.from), role: leading.role,
            relationship: leading.relationship ?? mine.relationship ?? theirs.relationship,
            recipient: recipients.contains(.first)
                ? .first : recipients.contains(.alternate) ? .alternate : Recipient.none)
        space.state(.person(kept.view.id), membership: claim)
    }

    /// The values chosen by hand, and the survivor's status where the two differ.
    private func state(
        _ chosen: JSONObject, kept: PersonState, gone: PersonState, _ space: inout Workspace
    ) {
        var claims: JSONObject = [:]
        if !chosen.isEmpty {
            (claims, _) = space.checked(chosen, Contacts(), of: .person, at: .root)
            checkPerson(claims, stating: claims, &space)
            claims["chosen"] = .array(claims.map { .string($0.key) })
        }
        if kept.view.status != gone.view.status { claims["status"] = ["value": .string(kept.view.status.rawValue)] }
        if !claims.isEmpty { space.state(.person(kept.view.id), claims: claims) }
    }
}

extension Registrar {
    /// Gives a merged subject back what was stated of it, wherever later merges carried it.
    ///
    /// What was stated since goes by rule: what a source said again under a key that was the merged subject's goes back with
    /// it; everything else stays with the survivor.
    func unmerge(
        _ subject: Subject, _ space: inout Workspace, in tx: borrowing Transaction
    ) async throws(RegistryFault) {
        let plan = try await UnmergePlan(subject, in: tx)
        let isPerson = subject.kind == .person
        let survivor = isPerson ? Subject.person(ID(plan.survivor)) : Subject.household(ID(plan.survivor))
        if isPerson {
            try await space.load(people: [ID(subject.id), ID(plan.survivor)], in: tx)
        } else {
            let rows = try await query(
                """
                SELECT DISTINCT person_id FROM registry.membership
                WHERE household_id = ANY(\([subject.id, plan.survivor]))
                """, in: tx)
            var people: [ID<Person>] = []
            do {
                for row in rows { people.append(ID(try row.get(0, as: UUID.self))) }
            } catch {
                throw .store(error)
            }
            try await space.load(
                people: people + plan.amended, households: [ID(subject.id), ID(plan.survivor)], in: tx)
            for person in people { space.persons[person]?.isTouched = true }
        }
        try space.checkVersions()
        space.main = subject.id
        for item in plan.own { space.unlink(item.record, from: item.subject) }
        for record in plan.returning {
            guard let found = space.record(record) else { continue }
            space.unlink(record, from: survivor)
            space.relink(found, to: subject)
        }
        let type: EventType = isPerson ? .personUnmerged : .householdUnmerged
        space.emit(type, subject, ["survivor": .uuid(plan.survivor)])
        space.emit(type, survivor, ["released": .uuid(subject.id)])
    }
}

/// What taking a merge apart has to touch.
private struct UnmergePlan {
    /// Who answers for the merged subject now.
    var survivor: UUID
    /// Statements of the merge itself, with the subjects they are linked to now.
    var own: [UndoPlan.Item] = []
    /// Records that go back.
    var returning: [ID<SourceRecord>] = []

    /// People of whom the merge itself stated something.
    var amended: [ID<Person>] { own.filter { $0.subject.kind == .person }.map { ID($0.subject.id) } }

    init(_ subject: Subject, in tx: borrowing Transaction) async throws(RegistryFault) {
        let table: SQL = subject.kind == .person ? "registry.person" : "registry.household"
        let found = try await query(
            all: [
                """
                WITH RECURSIVE chain (id, merged_into, depth) AS (
                    SELECT s.id, s.merged_into, 0 FROM \(fragment: table) AS s WHERE s.id = \(subject.id)
                    UNION ALL
                    SELECT s.id, s.merged_into, chain.depth + 1
                    FROM chain JOIN \(fragment: table) AS s ON s.id = chain.merged_into
                    WHERE chain.depth < 1000)
                SELECT id, merged_into, depth FROM chain ORDER BY depth
                """,
                """
                SELECT r.command_id, r.recorded_at
                FROM registry.link AS l
                JOIN registry.source_record AS r ON r.id = l.record_id
                WHERE l.subject_id = \(subject.id) AND l.recorded_to = 'infinity'
                    AND r.claims -> 'status' ->> 'merged_into' IS NOT NULL
                ORDER BY r.recorded_at DESC
                LIMIT 1
                """,
            ], in: tx)
        do {
            guard let first = found[0].first else {
                throw subject.kind == .person ? RegistryFault.personNotFound : .householdNotFound
            }
            guard try first.get(1, as: UUID?.self) != nil, let last = found[0].last, let merge = found[1].first else {
                throw RegistryFault.notMerged
            }
            survivor = try last.get(0)
            let (command, at) = (try merge.get(0, as: UUID.self), try merge.get(1, as: Date.self))
            let rows = try await query(
                all: [
                    """
                    SELECT l.record_id, l.subject_kind, l.subject_id
                    FROM registry.source_record AS r
                    JOIN registry.link AS l ON l.record_id = r.id AND l.recorded_to = 'infinity'
                    WHERE r.command_id = \(command)
                    """,
                    """
                    WITH moved AS (
                        SELECT record_id FROM registry.link WHERE closed_by = \(command) AND subject_id = \(subject.id))
                    SELECT l.record_id
                    FROM moved
                    JOIN registry.link AS l ON l.record_id = moved.record_id AND l.recorded_to = 'infinity'
                    WHERE l.subject_id = \(survivor)
                    UNION
                    SELECT l.record_id
                    FROM registry.link AS l
                    JOIN registry.source_record AS r ON r.id = l.record_id
                    WHERE l.subject_id = \(survivor) AND l.recorded_to = 'infinity' AND r.recorded_at > \(at)
                        AND EXISTS (
                            SELECT 1 FROM moved JOIN registry.source_record AS o ON o.id = moved.record_id
                            WHERE o.source = r.source AND o.source_key = r.source_key)
                    """,
                ], in: tx)
            for row in rows[0] {
                let kind = SubjectKind(rawValue: try row.get(1)) ?? .person
                own.append(
                    UndoPlan.Item(record: ID(try row.get(0, as: UUID.self)), subject: Subject(kind, try row.get(2))))
            }
            for row in rows[1] { returning.append(ID(try row.get(0, as: UUID.self))) }
        } catch let fault as RegistryFault {
            throw fault
        } catch {
            throw .defect("a stored merge cannot be read")
        }
    }
}

extension Workspace {
    /// The one statement that stays with a merged person: who answers for him or her.
    mutating func stateMerged(_ absorbed: ID<Person>, into survivor: ID<Person>) {
        var claims: JSONObject = ["status": ["value": "merged", "merged_into": .string(survivor.description)]]
        if let area = persons[absorbed]?.before?.area { claims["area"] = .string(area.reference) }
        state(.person(absorbed), claims: claims)
    }
}
