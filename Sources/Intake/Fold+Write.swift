import Cryptography
import Documents
import Foundation
import Groundwork
import Postgres
import Registry

extension Fold {
    /// Gives newcomers their numbers and everybody the next version.
    mutating func number(in tx: borrowing Transaction) async throws {
        let (changed, groups) = (changedPeople, changedHouseholds)
        let newcomers = changed.filter { people[$0]?.head == nil && people[$0]?.after != nil }
        let newGroups = groups.filter { households[$0]?.head == nil && households[$0]?.after != nil }
        let numbers = try await SocialIDs.draw(newcomers.count + newGroups.count, context: context, in: tx)
        let stamp = Instant.text(now)
        for (place, id) in newcomers.enumerated() {
            people[id]?.head = RowHead(version: 0, socialID: numbers[place], registeredAt: stamp, updatedAt: stamp)
        }
        for (place, id) in newGroups.enumerated() {
            households[id]?.head = RowHead(
                version: 0, socialID: numbers[newcomers.count + place], registeredAt: stamp, updatedAt: stamp)
        }
        for id in changed {
            people[id]?.head?.version += 1
            people[id]?.head?.updatedAt = stamp
        }
        for id in groups {
            households[id]?.head?.version += 1
            households[id]?.head?.updatedAt = stamp
        }
    }

    /// All statements, in an order that keeps every constraint at every step.
    ///
    /// - Parameter told: subjects whose events the caller writes; all others get the event that fits the change.
    func statements(_ mandate: Mandate) -> [SQL] {
        var rows = FoldRows(command: command, now: now)
        for (record, subject) in added { rows.add(record, subject, keys: context.keys) }
        rows.closes = removed.map(\.rawValue)
        for (record, subject) in returned { rows.open(record, subject) }
        for id in changedHouseholds { if let slot = households[id] { rows.write(id, slot, context) } }
        for id in changedPeople { if let slot = people[id] { rows.write(id, slot, context) } }
        for event in events { rows.events.append(event.json(mandate)) }
        return rows.statements
    }

    private var events: [Event] {
        var events: [Event] = []
        for id in changedHouseholds {
            guard let slot = households[id] else { continue }
            let isMoved = slot.before?.area != slot.after?.area
            let type: EventType =
                slot.after == nil
                ? .householdWithdrawn
                : slot.before == nil
                    ? .householdRegistered
                    : reported.contains(.household(id))
                        ? .participationReported : isMoved ? .householdMoved : .householdUpdated
            events.append(
                Event(
                    type: type, subjectKind: "household", subjectID: id.rawValue,
                    subjectVersion: slot.head?.version ?? 0, areaBefore: slot.before?.area?.preorder,
                    areaAfter: slot.after?.area?.preorder, command: command, recordedAt: now))
        }
        for id in changedPeople {
            guard let slot = people[id] else { continue }
            let isMoved = slot.before?.area != slot.after?.area
            let type: EventType =
                slot.after == nil
                ? .personWithdrawn
                : slot.before == nil
                    ? .personRegistered
                    : reported.contains(.person(id)) ? .participationReported : isMoved ? .personMoved : .personUpdated
            events.append(
                Event(
                    type: type, subjectKind: "person", subjectID: id.rawValue, subjectVersion: slot.head?.version ?? 0,
                    areaBefore: slot.before?.area?.preorder, areaAfter: slot.after?.area?.preorder, command: command,
                    recordedAt: now))
        }
        return events
    }
}

/// The rows of a fold, gathered table by table and sent as a handful of set-based statements.
private struct FoldRows {
    let command: CommandID
    let now: Date
    var closes: [UUID] = []
    var events: [JSON] = []
    private var records: [JSON] = []
    private var opens: [JSON] = []
    private var newPeople: [JSON] = []
    private var changedPeople: [JSON] = []
    private var newHouseholds: [JSON] = []
    private var changedHouseholds: [JSON] = []
    private var pastPeople: [UUID] = []
    private var pastHouseholds: [UUID] = []
    private var gonePeople: [UUID] = []
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

    mutating func add(_ record: SourceRecord, _ subject: Subject, keys: KeyRing) {
        var row: JSONObject = [
            "id": .string(record.id.description), "subject_kind": .string(record.kind.rawValue),
            "source": .string(record.source), "source_key": .string(record.sourceKey),
            "command_id": .string(record.command.description),
            "content_hash": .string("\\x" + Hex.encode(record.contentHash(with: keys))),
            "observed_on": .string(record.observedOn.description), "recorded_at": JSON.instant(record.recordedAt),
            "actor_id": .string(record.actor.description), "assurance": .string(record.assurance.rawValue),
            "claims": .object(record.claims),
        ]
        if let batch = record.batch { row["batch_id"] = .string(batch.lowercased) }
        if let contacts = record.contacts { row["sealed"] = .string("\\x" + Hex.encode(contacts.sealed(with: keys))) }
        if let membership = record.membership {
            row["household_record"] = .string(membership.household.description)
            row["membership"] = membership.json
        }
        records.append(.object(row))
        open(record.id, subject)
    }

    mutating func open(_ record: ID<SourceRecord>, _ subject: Subject) {
        opens.append(
            .object([
                "record_id": .string(record.description), "subject_kind": .string(subject.kind.rawValue),
                "subject_id": .string(subject.id.lowercased),
            ]))
    }

    mutating func write(_ id: ID<Household>, _ slot: Fold.HouseholdSlot, _ context: RegistryContext) {
        if slot.before != nil { pastHouseholds.append(id.rawValue) }
        if let after = slot.after, let head = slot.head {
            let row = HouseholdRow.json(after, head: head, context: context)
            if slot.before == nil { newHouseholds.append(row) } else { changedHouseholds.append(row) }
        } else {
            goneHouseholds.append(id.rawValue)
        }
        writeContacts(.household(id), slot.before?.view.contacts, slot.after?.view.contacts, context)
        writeReports(.household(id), slot.before?.view.participation, slot.after?.view.participation)
    }

    mutating func write(_ id: ID<Person>, _ slot: Fold.PersonSlot, _ context: RegistryContext) {
        if slot.before != nil { pastPeople.append(id.rawValue) }
        if let after = slot.after, let head = slot.head {
            let row = PersonRow.json(after, head: head, context: context)
            if slot.before == nil { newPeople.append(row) } else { changedPeople.append(row) }
        } else {
            gonePeople.append(id.rawValue)
        }
        let (before, after) = (slot.before?.view.spells ?? [], slot.after?.view.spells ?? [])
        if before != after {
            if !before.isEmpty { membershipsOf.append(id.rawValue) }
            for spell in after { memberships.append(spell.row(of: id)) }
        }
        writeContacts(.person(id), slot.before?.view.contacts, slot.after?.view.contacts, context)
        writeReports(.person(id), slot.before?.view.participation, slot.after?.view.participation)
        writeFamily(id, slot, context)
        writeKeys(id, slot, context)
    }

    private mutating func writeContacts(
        _ subject: Subject, _ before: Contacts?, _ after: Contacts?, _ context: RegistryContext
    ) {
        guard before ?? Contacts() != after ?? Contacts() else { return }
        if before != nil { identifiersOf.append(subject.id) }
        identifiers += after?.rows(of: subject, context: context) ?? []
    }

    private mutating func writeReports(
        _ subject: Subject, _ before: [Participation]?, _ after: [Participation]?
    ) {
        guard before ?? [] != after ?? [] else { return }
        if !(before ?? []).isEmpty { participationOf.append(subject.id) }
        for item in after ?? [] { participations.append(item.row(of: subject)) }
    }

    /// Unions, and the facts of a birth, which carry the day of birth.
    private mutating func writeFamily(_ id: ID<Person>, _ slot: Fold.PersonSlot, _ context: RegistryContext) {
        let (before, after) = (slot.before?.view, slot.after?.view)
        if before?.unions ?? [] != after?.unions ?? [] {
            unionsOf.append(id.rawValue)
            for union in after?.unions ?? [] { unions.append(union.row(of: id, areas: context.areas.index)) }
        }
        if before?.birthRow != after?.birthRow {
            birthsOf.append(id.rawValue)
            if let facts = after?.birthJSON(areas: context.areas.index) { births.append(facts) }
        }
    }

    private mutating func writeKeys(_ id: ID<Person>, _ slot: Fold.PersonSlot, _ context: RegistryContext) {
        func keys(_ state: PersonState?) -> (keys: [Int64], order: Int32) {
            guard let state, state.view.status != .merged else { return ([], 0) }
            return (PersonRow.nameKeys(state.view.values, context: context), Int32(state.area?.preorder ?? 0))
        }
        let (old, new) = (keys(slot.before), keys(slot.after))
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

extension FoldRows {
    private static let memberColumns = """
        household_id, person_id, valid_from, valid_to, role, relationship, recipient, is_primary, end_reason, \
        successor_id
        """

    private static func insert(_ table: String, _ columns: String, _ rows: [JSON]) -> SQL? {
        guard !rows.isEmpty else { return nil }
        return """
            INSERT INTO registry.\(unchecked: table) (\(unchecked: columns))
            SELECT \(unchecked: columns)
            FROM jsonb_populate_recordset(NULL::registry.\(unchecked: table), \(JSONB(JSON.array(rows).serialized())))
            """
    }

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

    private var links: [SQL?] {
        [
            closes.isEmpty
                ? nil
                : """
                UPDATE registry.link SET recorded_to = \(now), closed_by = \(command)
                WHERE record_id = ANY(\(closes)) AND recorded_to = 'infinity'
                """,
            opens.isEmpty
                ? nil
                : """
                INSERT INTO registry.link (record_id, subject_kind, subject_id, recorded_from, opened_by)
                SELECT record_id, subject_kind, subject_id, \(now), \(command)
                FROM jsonb_populate_recordset(NULL::registry.link, \(JSONB(JSON.array(opens).serialized())))
                """,
        ]
    }

    private var keys: [SQL?] {
        [
            goneKeys.h.isEmpty
                ? nil
                : """
                DELETE FROM registry.name_key AS k
                USING unnest(\(goneKeys.h)::bigint[], \(goneKeys.order)::int[], \(goneKeys.person)::uuid[])
                    AS g (h, area_order, person_id)
                WHERE k.h = g.h AND k.area_order = g.area_order AND k.person_id = g.person_id
                """,
            newKeys.h.isEmpty
                ? nil
                : """
                INSERT INTO registry.name_key (h, area_order, person_id)
                SELECT * FROM unnest(\(newKeys.h)::bigint[], \(newKeys.order)::int[], \(newKeys.person)::uuid[])
                """,
        ]
    }

    var statements: [SQL] {
        let records = Self.insert(
            "source_record",
            """
            id, subject_kind, source, source_key, command_id, batch_id, content_hash, observed_on, recorded_at, actor_id, \
            assurance, household_record, membership, claims, sealed
            """, records)
        let rows: [SQL?] = [
            past("person", PersonRow.columns, "id", pastPeople),
            past("household", HouseholdRow.columns, "id", pastHouseholds),
            past("membership", Self.memberColumns, "person_id", membershipsOf),
            Self.delete("membership", "person_id", membershipsOf),
            Self.delete("identifier", "subject_id", identifiersOf),
            Self.delete("participation", "subject_id", participationOf),
            Self.delete("civil_union", "person_id", unionsOf), Self.delete("birth", "child_id", birthsOf),
            Self.delete("person", "id", gonePeople),
            Self.delete("household", "id", goneHouseholds),
            Self.insert("household", HouseholdRow.columns, newHouseholds),
            Self.update("household", HouseholdRow.columns, changedHouseholds),
            Self.insert("person", PersonRow.columns, newPeople),
            Self.update("person", PersonRow.columns, changedPeople),
            Self.insert("membership", Self.memberColumns, memberships),
            Self.insert(
                "identifier",
                """
                type, hash, subject_kind, subject_id, last4, sealed, issuer, verified_on, verified_how, valid_from, \
                valid_to
                """, identifiers),
            Self.insert("participation", Participation.columns, participations),
            Self.insert("civil_union", CivilUnion.columns, unions),
            Self.insert("birth", PersonView.birthColumns, births),
        ]
        return ([records] + links + rows + keys + [Self.insert("event", Event.columns, events)]).compactMap { $0 }
    }
}
