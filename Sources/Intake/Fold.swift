import Documents
import Foundation
import Groundwork
import Postgres
import Registry

/// People and households whose statements change within a chunk: locked, loaded, folded anew by the trunk's own function.
///
/// New households take the set-based way and never come here; this is for what the registry knows already.
struct Fold {
    struct PersonSlot {
        var head: RowHead?
        var records: [SourceRecord] = []
        var before: PersonState?
        var after: PersonState?
        var isTouched = false
    }

    struct HouseholdSlot {
        var head: RowHead?
        var records: [SourceRecord] = []
        var before: HouseholdState?
        var after: HouseholdState?
        /// Open members before, by person.
        var members: [ID<Person>: OpenMember] = [:]
        var isTouched = false
    }

    /// What the household's own row needs to know of a member.
    struct OpenMember {
        var role: MemberRole
        var from: CalendarDate
        var isPrimary: Bool
    }

    let context: RegistryContext
    let areas: AreaIndex
    let command: CommandID
    let now: Date
    var people: [ID<Person>: PersonSlot] = [:]
    var households: [ID<Household>: HouseholdSlot] = [:]
    var anchors: [ID<SourceRecord>: ID<Household>] = [:]
    var added: [(record: SourceRecord, subject: Subject)] = []
    var removed: [ID<SourceRecord>] = []
    /// Statements that go back to subjects from whom they were taken.
    var returned: [(record: ID<SourceRecord>, subject: Subject)] = []
    /// Subjects of whom nothing is said but what programmes reported.
    var reported: Set<Subject> = []

    init(context: RegistryContext, command: CommandID, now: Date) {
        (self.context, self.command, self.now) = (context, command, now)
        areas = context.areas.index
    }

    /// What is held of programmes before the change.
    func reports(of subject: Subject) -> [Participation] {
        switch subject.kind {
        case .person: people[ID(subject.id)]?.before?.view.participation ?? []
        case .household: households[ID(subject.id)]?.before?.view.participation ?? []
        }
    }

    /// States something about a person or household, known or new.
    mutating func state(_ record: SourceRecord, about subject: Subject) {
        added.append((record, subject))
        switch subject.kind {
        case .person:
            people[ID(subject.id), default: PersonSlot()].records.append(record)
            people[ID(subject.id)]?.isTouched = true
        case .household:
            households[ID(subject.id), default: HouseholdSlot()].records.append(record)
            households[ID(subject.id)]?.isTouched = true
            anchors[record.id] = ID(subject.id)
        }
    }

    /// Takes a statement away from its subject.
    mutating func remove(_ record: ID<SourceRecord>, from subject: Subject) {
        removed.append(record)
        switch subject.kind {
        case .person:
            people[ID(subject.id)]?.records.removeAll { $0.id == record }
            people[ID(subject.id)]?.isTouched = true
        case .household:
            households[ID(subject.id)]?.records.removeAll { $0.id == record }
            households[ID(subject.id)]?.isTouched = true
            anchors[record] = nil
        }
    }

    /// Gives a statement back to a subject from whom it was taken.
    mutating func giveBack(_ record: SourceRecord, to subject: Subject) {
        returned.append((record.id, subject))
        switch subject.kind {
        case .person:
            people[ID(subject.id)]?.records.append(record)
            people[ID(subject.id)]?.isTouched = true
        case .household:
            households[ID(subject.id)]?.records.append(record)
            households[ID(subject.id)]?.isTouched = true
            anchors[record.id] = ID(subject.id)
        }
    }

    // MARK: What follows

    /// Computes the views after the change, and draws in the households and members that it reaches.
    mutating func derive(in tx: borrowing Transaction) async throws {
        derivePeople()
        let reached = reachedHouseholds()
        try await load(people: [], households: reached.filter { households[$0] == nil }, in: tx)
        for id in reached { households[id]?.isTouched = true }
        deriveHouseholds()
        let carried = membersToCarry()
        try await load(people: carried.filter { people[$0] == nil }, households: [], in: tx)
        for id in carried { people[id]?.isTouched = true }
        derivePeople()
        deriveAreas()
    }

    private mutating func derivePeople() {
        let known = anchors
        for (id, slot) in people where slot.isTouched {
            let view = context.survivorship.person(id, records: slot.records, householdOf: { known[$0] })
            people[id]?.after = view.map { PersonState(view: $0, area: slot.before?.area) }
        }
    }

    private func reachedHouseholds() -> [ID<Household>] {
        var ids: Set<ID<Household>> = []
        for slot in people.values where slot.isTouched {
            let (before, after) = (slot.before?.view.spells ?? [], slot.after?.view.spells ?? [])
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
            for (person, own) in people where own.isTouched {
                let spell = own.after?.view.spells.last { $0.household == id && $0.to == nil }
                members[person] = spell.map { OpenMember(role: $0.role, from: $0.from, isPrimary: $0.isPrimary) }
            }
            let head = members.filter { $0.value.role == .head }.max { left, right in
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
        for (id, slot) in people where slot.isTouched {
            guard let view = slot.after?.view else { continue }
            if let household = view.primarySpell?.household {
                if let home = households[household] { people[id]?.after?.area = (home.after ?? home.before)?.area }
            } else {
                people[id]?.after?.area = view.values["area"]?.string.flatMap { areas.area($0) }
            }
        }
    }

    var changedPeople: [ID<Person>] {
        people.filter { $0.value.isTouched && $0.value.before != $0.value.after }.map(\.key).sorted()
    }

    var changedHouseholds: [ID<Household>] {
        households.filter { $0.value.isTouched && $0.value.before != $0.value.after }.map(\.key).sorted()
    }
}
