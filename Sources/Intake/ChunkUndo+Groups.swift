import Foundation
import Groundwork
import Postgres
import Registry

extension ChunkUndo {
    /// One statement of the chunk and whom it is about.
    struct Item {
        var record: ID<SourceRecord>
        var subject: Subject
    }

    /// The statements of one household; they are undone together or kept together.
    struct Group {
        var home: UUID
        var items: [Item] = []
        /// Somebody was changed later.
        var isKept = false
        /// Nobody else spoke of these subjects: they vanish with their statements.
        var standsAlone = true
    }

    func groups(in tx: borrowing Transaction) async throws -> [Group] {
        let results = try await tx.query(all: [
            """
            SELECT r.subject_kind, l.subject_id, r.id, COALESCE(home.subject_id, l.subject_id),
                EXISTS (
                    SELECT 1 FROM registry.link AS o JOIN registry.source_record AS other ON other.id = o.record_id
                    WHERE o.subject_id = l.subject_id AND o.recorded_to = 'infinity' AND other.command_id <> \(command)
                        AND NOT (other.claims ? 'undoes')) AS is_shared,
                EXISTS (
                    SELECT 1 FROM registry.link AS o JOIN registry.source_record AS other ON other.id = o.record_id
                    WHERE o.subject_id = l.subject_id AND o.recorded_to = 'infinity' AND other.command_id <> \(command)
                        AND NOT (other.claims ? 'undoes')
                        AND (other.recorded_at > r.recorded_at OR o.recorded_from > r.recorded_at))
                    -- What a programme reported stands apart from all else that is said of somebody.
                    AND NOT starts_with(r.source_key, \(SourceRecord.reportPrefix)) AS is_later
            FROM registry.source_record AS r
            JOIN registry.link AS l ON l.record_id = r.id AND l.recorded_to = 'infinity'
            LEFT JOIN registry.link AS home ON home.record_id = COALESCE(r.household_record, r.id)
                AND home.recorded_to = 'infinity'
            WHERE r.command_id = \(command)
            ORDER BY r.id
            """,
            // Households of the chunk of which others became members, or whose people are parents of others.
            """
            SELECT DISTINCT home.subject_id, true
            FROM registry.source_record AS r
            JOIN registry.link AS home ON home.record_id = r.id AND home.recorded_to = 'infinity'
            JOIN registry.source_record AS other ON other.household_record = r.id AND other.command_id <> \(command)
            JOIN registry.link AS o ON o.record_id = other.id AND o.recorded_to = 'infinity'
            WHERE r.command_id = \(command) AND r.subject_kind = 'household'
            UNION ALL
            SELECT DISTINCT home.subject_id, true
            FROM registry.source_record AS r
            JOIN registry.link AS l ON l.record_id = r.id AND l.recorded_to = 'infinity'
            JOIN registry.link AS home ON home.record_id = r.household_record AND home.recorded_to = 'infinity'
            JOIN registry.birth AS b ON b.mother_id = l.subject_id OR b.father_id = l.subject_id
            WHERE r.command_id = \(command) AND r.subject_kind = 'person'
            UNION ALL
            SELECT DISTINCT m.household_id, false
            FROM registry.membership AS m
            WHERE m.household_id IN (
                SELECT home.subject_id
                FROM registry.source_record AS r
                JOIN registry.link AS home ON home.record_id = r.id AND home.recorded_to = 'infinity'
                WHERE r.command_id = \(command) AND r.subject_kind = 'household')
                AND NOT EXISTS (
                    SELECT 1
                    FROM registry.link AS l
                    JOIN registry.source_record AS r ON r.id = l.record_id AND r.command_id = \(command)
                    WHERE l.subject_id = m.person_id AND l.recorded_to = 'infinity')
            """,
        ])
        var groups: [UUID: Group] = [:]
        var order: [UUID] = []
        for row in results[0] {
            let home: UUID = try row.get(3)
            if groups[home] == nil { order.append(home) }
            var group = groups[home] ?? Group(home: home)
            let kind = SubjectKind(rawValue: try row.get(0)) ?? .person
            group.items.append(Item(record: ID(try row.get(2, as: UUID.self)), subject: Subject(kind, try row.get(1))))
            if try row.get(4, as: Bool.self) { group.standsAlone = false }
            if try row.get(5, as: Bool.self) { group.isKept = true }
            groups[home] = group
        }
        for row in results[1] {
            let home: UUID = try row.get(0)
            if try row.get(1, as: Bool.self) { groups[home]?.isKept = true } else { groups[home]?.standsAlone = false }
        }
        for home in order where !(groups[home]?.items.contains { $0.subject.kind == .household } ?? false) {
            groups[home]?.standsAlone = false
        }
        return order.compactMap { groups[$0] }
    }
}
