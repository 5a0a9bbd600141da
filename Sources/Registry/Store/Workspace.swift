import Documents
import Foundation
import Groundwork
import Postgres

/// One command's view of what it touches: rows locked, records loaded, changes gathered, written at once.
struct Workspace {
    struct PersonSlot {
        var head: RowHead?
        var records: [SourceRecord] = []
        var before: PersonState?
        var after: PersonState?
        var isTouched: Bool = false
    }

    struct HouseholdSlot {
        var head: RowHead?
        var records: [SourceRecord] = []
        var before: HouseholdState?
        var after: HouseholdState?
        /// Open members before the command: role and first day by person.
        var members: [ID<Person>: Spell] = [:]
        var isTouched: Bool = false
    }

    struct LinkChange {
        var record: ID<SourceRecord>
        var subject: Subject
    }

    let context: RegistryContext
    let command: CommandID
    var terms: CommandTerms
    let actor: ActorID
    /// The database's clock once the rows are locked.
    var now: Date
    let today: CalendarDate
    let areas: AreaIndex
    var persons: [ID<Person>: PersonSlot] = [:]
    var households: [ID<Household>: HouseholdSlot] = [:]
    var anchors: [ID<SourceRecord>: ID<Household>] = [:]
    /// Records of households that a merge brought to them.
    var brought: Set<ID<SourceRecord>> = []
    var newRecords: [(record: SourceRecord, subject: Subject)] = []
    var closed: [LinkChange] = []
    var opened: [LinkChange] = []
    var events: [PendingEvent] = []
    var findings: [Finding] = []
    var warnings: [Finding] = []
    var surveys: [JSON] = []
    var main: UUID?
    /// People registered by the command, in its order, and what makes them known to whoever comes next.
    var newcomers: [UUID] = []
    var welcome: (@Sendable ([UUID]) -> [SQL])?

    /// An event whose version and areas are known only when the command is done.
    struct PendingEvent {
        var type: EventType
        var subject: Subject
        var body: JSONObject
    }

    // MARK: Reading what a command needs

    func person(_ id: ID<Person>) throws(RegistryFault) -> PersonState {
        guard let slot = persons[id], let before = slot.before else { throw .personNotFound }
        if let survivor = before.view.mergedInto { throw .merged(into: survivor.description) }
        return before
    }

    func household(_ id: ID<Household>) throws(RegistryFault) -> HouseholdState {
        guard let slot = households[id], let before = slot.before else { throw .householdNotFound }
        if let survivor = before.view.mergedInto { throw .merged(into: survivor.description) }
        return before
    }

    func activePerson(_ id: ID<Person>) throws(RegistryFault) -> PersonState {
        let state = try person(id)
        guard state.view.status == .active else { throw .notActive }
        return state
    }

    func activeHousehold(_ id: ID<Household>) throws(RegistryFault) -> HouseholdState {
        let state = try household(id)
        guard state.view.status == .active else { throw .notActive }
        return state
    }

    /// The record by which claims name the household: its first one, if possible not one that a merge brought, which would
    /// take the claim along when the merge is taken apart.
    func anchor(of id: ID<Household>) throws(RegistryFault) -> ID<SourceRecord> {
        let records = households[id]?.records.filter { $0.claims["undoes"] == nil } ?? []
        let own = records.filter { !brought.contains($0.id) }
        guard let first = (own.isEmpty ? records : own).min(by: { Survivorship.isRecordedBefore($0, $1) }) else {
            throw .householdNotFound
        }
        return first.id
    }

    func openSpell(of person: ID<Person>, in household: ID<Household>) throws(RegistryFault) -> Spell {
        let spell = persons[person]?.before?.view.spells.last { $0.household == household && $0.to == nil }
        guard let spell else { throw .notMember }
        return spell
    }

    // MARK: Stating

    /// States something about a person or household that exists or is being made.
    @discardableResult
    mutating func state(
        _ subject: Subject, claims: JSONObject = [:], contacts: Contacts? = nil, membership: MembershipClaim? = nil,
        sourceKey: String? = nil, survey: UUID? = nil
    ) -> ID<SourceRecord> {
        let record = SourceRecord(
            kind: subject.kind, source: terms.source, sourceKey: sourceKey ?? subject.id.lowercased,
            command: command, survey: survey, observedOn: terms.observedOn, recordedAt: now, actor: actor,
            assurance: terms.assurance, membership: membership, claims: claims,
            contacts: contacts.flatMap { $0.isEmpty ? nil : $0 })
        newRecords.append((record, subject))
        add(record, to: subject)
        return record.id
    }

    private mutating func add(_ record: SourceRecord, to subject: Subject) {
        switch subject.kind {
        case .person:
            persons[ID(subject.id), default: PersonSlot()].records.append(record)
            persons[ID(subject.id)]?.isTouched = true
        case .household:
            households[ID(subject.id), default: HouseholdSlot()].records.append(record)
            households[ID(subject.id)]?.isTouched = true
            anchors[record.id] = ID(subject.id)
        }
    }

    /// Takes a record away from its subject by closing its link.
    mutating func unlink(_ record: ID<SourceRecord>, from subject: Subject) {
        closed.append(LinkChange(record: record, subject: subject))
        switch subject.kind {
        case .person:
            persons[ID(subject.id)]?.records.removeAll { $0.id == record }
            persons[ID(subject.id)]?.isTouched = true
        case .household:
            households[ID(subject.id)]?.records.removeAll { $0.id == record }
            households[ID(subject.id)]?.isTouched = true
            anchors[record] = nil
        }
    }

    /// Links a record that exists to another subject.
    mutating func relink(_ record: SourceRecord, to subject: Subject) {
        opened.append(LinkChange(record: record.id, subject: subject))
        add(record, to: subject)
    }

    mutating func emit(_ type: EventType, _ subject: Subject, _ body: JSONObject = [:]) {
        events.append(PendingEvent(type: type, subject: subject, body: body))
    }
}

extension Survivorship {
    static func isRecordedBefore(_ left: SourceRecord, _ right: SourceRecord) -> Bool {
        left.recordedAt != right.recordedAt ? left.recordedAt < right.recordedAt : left.id < right.id
    }
}
