import Cryptography
import Documents
import Foundation
import Groundwork
import Postgres

/// The rows of one command, gathered table by table and sent as a handful of set-based statements.
struct WriteBatch {
    let command: CommandID
    let now: Date
    var commandRow: SQL?
    var surveys: [JSON] = []
    var events: [JSON] = []
    private var records: [JSON] = []
    private var opens: [JSON] = []
    private var closes: [UUID] = []
    private var newPersons: [JSON] = []
    private var changedPersons: [JSON] = []
    private var newHouseholds: [JSON] = []
    private var changedHouseholds: [JSON] = []
    private var pastPersons: [UUID] = []
    private var pastHouseholds: [UUID] = []
    private var gonePersons: [UUID] = []
    private var goneHouseholds: [UUID] = []
    private var membershipsOf: [UUID] = []
    private var memberships: [JSON] = []
    private var identifiersOf: [UUID] = []
    private var identifiers: [JSON] = []
    private var participationOf: [UUID] = []
    private var participations: [JSON] = []
    private var unionsOf: [UUID] = []
    private var unions: [JSON] = []
    private var birthsOf: [UUID] = []
    private var births: [JSON] = []
    private var goneKeys: (h: [Int64], order: [Int32], person: [UUID]) = ([], [], [])
    private var newKeys: (h: [Int64], order: [Int32], person: [UUID]) = ([], [], [])

    init(command: CommandID, now: Date) {
        (self.command, self.now) = (command, now)
    }

    mutating func add(_ record: SourceRecord, for subject: Subject, store: RecordStore) {
        records.append(store.json(record))
        open(Workspace.LinkChange(record: record.id, subject: subject))
    }

    mutating func open(_ change: Workspace.LinkChange) {
        opens.append(
            .object([
                "record_id": .string(change.record.description), "subject_kind": .string(change.subject.kind.rawValue),
                "subject_id": .uuid(change.subject.id),
            ]))
    }

    mutating func close(_ change: Workspace.LinkChange) {
        closes.append(change.record.rawValue)
    }

    mutating func write(_ id: ID<Household>, _ slot: Workspace.HouseholdSlot, context: RegistryContext) {
        let (before, after) = (slot.before, slot.after)
        if before != nil { pastHouseholds.append(id.rawValue) }
        if let after, let head = slot.head {
            let row = HouseholdRow.json(after, head: head, context: context)
            if before == nil { newHouseholds.append(row) } else { changedHouseholds.append(row) }
        } else {
            goneHouseholds.append(id.rawValue)
        }
        let subject = Subject.household(id)
        writeContacts(subject, before?.view.contacts, after?.view.contacts, context: context)
        writeParticipation(subject, before?.view.participation, after?.view.participation)
    }

    mutating func write(_ id: ID<Person>, _ slot: Workspace.PersonSlot, context: RegistryContext) {
        let (before, after) = (slot.before, slot.after)
        if before != nil { pastPersons.append(id.rawValue) }
        if let after, let head = slot.head {
            let row = PersonRow.json(after, head: head, context: context)
            if before == nil { newPersons.append(row) } else { changedPersons.append(row) }
        } else {
            gonePersons.append(id.rawValue)
        }
        if before?.view.spells ?? [] != after?.view.spells ?? [] {
            if !(before?.view.spells.isEmpty ?? true) { membershipsOf.append(id.rawValue) }
            for spell in after?.view.spells ?? [] { memberships.append(spell.row(of: id)) }
        }
        let subject = Subject.person(id)
        writeContacts(subject, before?.view.contacts, after?.view.contacts, context: context)
        writeParticipation(subject, before?.view.participation, after?.view.participation)
        if before?.view.unions ?? [] != after?.view.unions ?? [] {
            unionsOf.append(id.rawValue)
            for union in after?.view.unions ?? [] { unions.append(union.row(of: id, areas: context.areas.index)) }
        }
        let (birthBefore, birthAfter) = (before?.view.birthRow, after?.view.birthRow)
        if birthBefore != birthAfter {
            birthsOf.append(id.rawValue)
            if let facts = after?.view.birthJSON(areas: context.areas.index) { births.append(facts) }
        }
        writeKeys(id, before, after, context: context)
    }

    private mutating func writeContacts(
        _ subject: Subject, _ before: Contacts?, _ after: Contacts?, context: RegistryContext
    ) {
        guard before ?? Contacts() != after ?? Contacts() else { return }
        if before != nil { identifiersOf.append(subject.id) }
        for row in after?.rows(of: subject, context: context) ?? [] { identifiers.append(row) }
    }

    private mutating func writeParticipation(
        _ subject: Subject, _ before: [Participation]?, _ after: [Participation]?
    ) {
        guard before ?? [] != after ?? [] else { return }
        if before != nil { participationOf.append(subject.id) }
        for item in after ?? [] { participations.append(item.row(of: subject)) }
    }

    private mutating func writeKeys(
        _ id: ID<Person>, _ before: PersonState?, _ after: PersonState?, context: RegistryContext
    ) {
        func keys(_ state: PersonState?) -> (keys: [Int64], order: Int32) {
            guard let state, state.view.status != .merged else { return ([], 0) }
            return (PersonRow.nameKeys(state.view.values, context: context), Int32(state.area?.preorder ?? 0))
        }
        let (old, new) = (keys(before), keys(after))
        guard old != new else { return }
        for h in old.keys {
            goneKeys.h.append(h)
            goneKeys.order.append(old.order)
            goneKeys.person.append(id.rawValue)
        }
        for h in new.keys {
            newKeys.h.append(h)
            newKeys.order.append(new.order)
            newKeys.person.append(id.rawValue)
        }
    }
}

extension WriteBatch {
    private static func insert(_ table: String, _ columns: String, _ rows: [JSON]) -> SQL? {
        guard !rows.isEmpty else { return nil }
        return """
            INSERT INTO registry.\(unchecked: table) (\(unchecked: columns))
            SELECT \(unchecked: columns)
            FROM jsonb_populate_recordset(NULL::registry.\(unchecked: table), \(JSONB(JSON.array(rows).serialized())))
            """
    }

    /// Columns but the key, as `SET column = n.column`.
    private static func update(_ table: String, _ columns: String, _ rows: [JSON]) -> SQL? {
        guard !rows.isEmpty else { return nil }
        let names = columns.split(separator: ",").map { $0.filter { $0 != " " } }
        let set = names.dropFirst().map { "\($0) = n.\($0)" }.joined(separator: ", ")
        return """
            UPDATE registry.\(unchecked: table) AS o SET \(unchecked: set)
            FROM jsonb_populate_recordset(NULL::registry.\(unchecked: table), \(JSONB(JSON.array(rows).serialized())))
                AS n
            WHERE o.id = n.id
            """
    }

    private func past(_ table: String, _ columns: String, _ key: String, _ ids: [UUID]) -> SQL? {
        guard !ids.isEmpty else { return nil }
        return """
            INSERT INTO registry.\(unchecked: table)_past (\(unchecked: columns), replaced_at, replaced_by)
            SELECT \(unchecked: columns), \(now), \(command) FROM registry.\(unchecked: table)
            WHERE \(unchecked: key) = ANY(\(ids))
            """
    }

    private static func delete(_ table: String, _ key: String, _ ids: [UUID]) -> SQL? {
        guard !ids.isEmpty else { return nil }
        return "DELETE FROM registry.\(unchecked: table) WHERE \(unchecked: key) = ANY(\(ids))"
    }

    private var links: SQL? {
        guard !opens.isEmpty else { return nil }
        return """
            INSERT INTO registry.link (record_id, subject_kind, subject_id, recorded_from, opened_by)
            SELECT record_id, subject_kind, subject_id, \(now), \(command)
            FROM jsonb_populate_recordset(NULL::registry.link, \(JSONB(JSON.array(opens).serialized())))
            """
    }

    /// All statements, in an order that keeps every constraint at every step.
    var statements: [SQL] {
        let memberColumns = """
            household_id, person_id, valid_from, valid_to, role, relationship, recipient, is_primary, end_reason, \
            successor_id
            """
        var all: [SQL?] = [commandRow]
        all.append(
            Self.insert(
                "survey",
                """
                id, questionnaire, questionnaire_version, subject_kind, subject_id, observed_on, recorded_at, actor_id, \
                command_id, answers
                """, surveys))
        all.append(
            Self.insert(
                "source_record",
                """
                id, subject_kind, source, source_key, command_id, batch_id, survey_id, content_hash, observed_on, \
                recorded_at, actor_id, assurance, household_record, membership, claims, sealed
                """, records))
        if !closes.isEmpty {
            all.append(
                """
                UPDATE registry.link SET recorded_to = \(now), closed_by = \(command)
                WHERE record_id = ANY(\(closes)) AND recorded_to = 'infinity'
                """)
        }
        all.append(links)
        all.append(past("person", PersonRow.columns, "id", pastPersons))
        all.append(past("household", HouseholdRow.columns, "id", pastHouseholds))
        all.append(past("membership", memberColumns, "person_id", membershipsOf))
        all.append(Self.delete("membership", "person_id", membershipsOf))
        all.append(Self.delete("identifier", "subject_id", identifiersOf))
        all.append(Self.delete("participation", "subject_id", participationOf))
        all.append(Self.delete("civil_union", "person_id", unionsOf))
        all.append(Self.delete("birth", "child_id", birthsOf))
        all.append(Self.delete("person", "id", gonePersons))
        all.append(Self.delete("household", "id", goneHouseholds))
        all.append(Self.insert("household", HouseholdRow.columns, newHouseholds))
        all.append(Self.update("household", HouseholdRow.columns, changedHouseholds))
        all.append(Self.insert("person", PersonRow.columns, newPersons))
        all.append(Self.update("person", PersonRow.columns, changedPersons))
        all.append(Self.insert("membership", memberColumns, memberships))
        all.append(
            Self.insert(
                "identifier",
                """
                type, hash, subject_kind, subject_id, last4, sealed, issuer, verified_on, verified_how, valid_from, \
                valid_to
                """, identifiers))
        all.append(Self.insert("participation", Participation.columns, participations))
        all.append(Self.insert("civil_union", CivilUnion.columns, unions))
        all.append(Self.insert("birth", PersonView.birthColumns, births))
        if !goneKeys.h.isEmpty {
            all.append(
                """
                DELETE FROM registry.name_key AS k
                USING unnest(\(goneKeys.h)::bigint[], \(goneKeys.order)::int[], \(goneKeys.person)::uuid[])
                    AS g (h, area_order, person_id)
                WHERE k.h = g.h AND k.area_order = g.area_order AND k.person_id = g.person_id
                """)
        }
        if !newKeys.h.isEmpty {
            all.append(
                """
                INSERT INTO registry.name_key (h, area_order, person_id)
                SELECT * FROM unnest(\(newKeys.h)::bigint[], \(newKeys.order)::int[], \(newKeys.person)::uuid[])
                """)
        }
        all.append(Self.insert("event", Event.columns, events))
        return all.compactMap { $0 }
    }
}
