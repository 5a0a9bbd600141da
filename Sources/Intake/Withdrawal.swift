import Documents
import Foundation
import Groundwork
import Postgres
import Registry

/// Takes households away of which nobody spoke but the import being undone: set-based, without loading them.
struct Withdrawal {
    let command: CommandID
    let undone: CommandID
    let now: Date
    let today: CalendarDate
    let mandate: Mandate
    let context: RegistryContext
    let records: [UUID]
    let people: [UUID]
    let households: [UUID]

    init(
        command: CommandID, undone: CommandID, now: Date, today: CalendarDate, mandate: Mandate,
        context: RegistryContext, items: [ChunkUndo.Item]
    ) {
        (self.command, self.undone, self.now, self.today) = (command, undone, now, today)
        (self.mandate, self.context) = (mandate, context)
        records = items.map(\.record.rawValue)
        let subjects = Set(items.map(\.subject)).sorted()
        people = subjects.filter { $0.kind == .person }.map(\.id)
        households = subjects.filter { $0.kind == .household }.map(\.id)
    }

    func statements(in tx: borrowing Transaction) async throws -> [SQL] {
        let locked = try await tx.query(all: [
            "SELECT id FROM registry.household WHERE id = ANY(\(households)) ORDER BY id FOR UPDATE",
            """
            SELECT id, area_order, given_name, further_names, family_name, maiden_name
            FROM registry.person WHERE id = ANY(\(people)) ORDER BY id FOR UPDATE
            """,
        ])
        return [
            note(.household), note(.person),
            """
            UPDATE registry.link SET recorded_to = \(now), closed_by = \(command)
            WHERE record_id = ANY(\(records)) AND recorded_to = 'infinity'
            """,
            past("household", HouseholdRow.columns, "id", households), past("person", PersonRow.columns, "id", people),
            past(
                "membership",
                """
                household_id, person_id, valid_from, valid_to, role, relationship, recipient, is_primary, end_reason, \
                successor_id
                """, "person_id", people),
            event(.householdWithdrawn, "household", households), event(.personWithdrawn, "person", people),
            try keys(of: locked[1]), "DELETE FROM registry.membership WHERE person_id = ANY(\(people))",
            "DELETE FROM registry.identifier WHERE subject_id = ANY(\(people + households))",
            "DELETE FROM registry.person WHERE id = ANY(\(people))",
            "DELETE FROM registry.household WHERE id = ANY(\(households))",
        ]
    }

    private func note(_ kind: SubjectKind) -> SQL {
        let ids = kind == .person ? people : households
        let record = Note.record(
            of: undone, about: Subject(kind, undone.rawValue), by: command, now: now, today, mandate)
        return """
            WITH note AS (
                INSERT INTO registry.source_record (
                    id, subject_kind, source, source_key, command_id, content_hash, observed_on, recorded_at, actor_id,
                    assurance, claims)
                SELECT gen_random_uuid(), \(kind.rawValue), 'desk', subject::text, \(command),
                    \(record.contentHash(with: context.keys)), \(today), \(now), \(mandate.actor), 'declared',
                    \(JSONB(JSONText.bytes(record.claims)))
                FROM unnest(\(ids)::uuid[]) AS subject
                RETURNING id, source_key)
            INSERT INTO registry.link (record_id, subject_kind, subject_id, recorded_from, opened_by)
            SELECT id, \(kind.rawValue), source_key::uuid, \(now), \(command) FROM note
            """
    }

    private func past(_ table: String, _ columns: String, _ key: String, _ ids: [UUID]) -> SQL {
        """
        INSERT INTO registry.\(unchecked: table)_past (\(unchecked: columns), replaced_at, replaced_by)
        SELECT \(unchecked: columns), \(now), \(command) FROM registry.\(unchecked: table)
        WHERE \(unchecked: key) = ANY(\(ids))
        """
    }

    private func event(_ type: EventType, _ kind: String, _ ids: [UUID]) -> SQL {
        """
        INSERT INTO registry.event (
            id, type, subject_kind, subject_id, subject_version, area_before, actor_id, purpose, trace, command_id,
            recorded_at)
        SELECT gen_random_uuid(), \(type.rawValue), \(kind), id, version + 1, area_order, \(mandate.actor),
            \(mandate.purpose.rawValue), \(mandate.trace.description), \(command), \(now)
        FROM registry.\(unchecked: kind) WHERE id = ANY(\(ids))
        """
    }

    /// The keys follow from the names: the table has no index by person.
    private func keys(of rows: Rows) throws -> SQL {
        var (keys, orders, owners): ([Int64], [Int32], [UUID]) = ([], [], [])
        for row in rows {
            let id: UUID = try row.get(0)
            let order: Int32? = try row.get(1)
            var values: JSONObject = [:]
            for (place, name) in ["given_name", "further_names", "family_name", "maiden_name"].enumerated() {
                if let text: String = try row.get(2 + place) { values[name] = .string(text) }
            }
            for key in PersonRow.nameKeys(values, context: context) {
                keys.append(key)
                orders.append(order ?? 0)
                owners.append(id)
            }
        }
        return """
            DELETE FROM registry.name_key AS k
            USING unnest(\(keys)::bigint[], \(orders)::int[], \(owners)::uuid[]) AS g (h, area_order, person_id)
            WHERE k.h = g.h AND k.area_order = g.area_order AND k.person_id = g.person_id
            """
    }
}
