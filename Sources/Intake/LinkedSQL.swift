import Foundation
import Groundwork
import Postgres
import Registry

/// The questions about rows that speak of whom earlier files brought.
struct LinkedSQL {
    let batch: UUID
    let chunk: Int
    let source: String
    /// Whether a key that the source never used is the registry's own id.
    let byID: Bool

    private var which: SQL { "s.batch_id = \(batch) AND s.chunk = \(chunk)" }

    /// What the source said under a key, else the subject that has the key for its id.
    ///
    /// A subject is named by its first record: one that a merge brought would take along what names it.
    static func firstOf(_ spoken: SQL, elseByID kind: String, _ key: SQL, also isOfPeople: Bool) -> SQL {
        let home: SQL = isOfPeople ? "o.household_id" : "NULL::uuid"
        return """
            SELECT b.subject_id, b.record_id, b.is_same, b.home
            FROM (
                SELECT f.subject_id, f.record_id, f.is_same, f.home, 0 AS rank FROM (\(fragment: spoken)) AS f
                UNION ALL
                SELECT o.id, (
                        SELECT l.record_id FROM registry.link AS l
                        WHERE l.subject_id = o.id AND l.recorded_to = 'infinity'
                        ORDER BY l.recorded_from, l.record_id
                        LIMIT 1), false, \(fragment: home), 1
                FROM registry.\(unchecked: kind) AS o
                WHERE o.id = CASE WHEN \(fragment: key) ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
                    THEN (\(fragment: key))::uuid END) AS b
            WHERE b.record_id IS NOT NULL
            ORDER BY b.rank
            LIMIT 1
            """
    }

    /// Whom the source's key means: the subject of its newest statement under that key, and that statement.
    private func named(_ kind: SubjectKind, _ key: SQL) -> SQL {
        let spoken: SQL = """
            SELECT l.subject_id, r.id AS record_id, false AS is_same, NULL::uuid AS home
            FROM registry.source_record AS r
            JOIN registry.link AS l ON l.record_id = r.id AND l.recorded_to = 'infinity'
            WHERE r.source = \(source) AND r.source_key = \(fragment: key) AND r.subject_kind = \(kind.rawValue)
            ORDER BY r.recorded_at DESC, r.id DESC
            LIMIT 1
            """
        return byID ? Self.firstOf(spoken, elseByID: kind.rawValue, key, also: false) : spoken
    }

    /// Key, household, a record of it, and its head, for every household that the people of the chunk name.
    var anchors: SQL {
        """
        SELECT k.about_key, n.subject_id, n.record_id, h.head_id
        FROM (SELECT DISTINCT s.about_key FROM intake.staged_statement AS s
            WHERE \(fragment: which) AND s.about_kind = 'household') AS k
        CROSS JOIN LATERAL (\(fragment: named(.household, "k.about_key"))) AS n
        JOIN registry.household AS h ON h.id = n.subject_id
        """
    }

    /// For every report of the chunk: unit, whom it is about, the earlier report of the same key with its subject and
    /// whether it says the same, and whether somebody else reported that enrolment or benefit.
    var reports: SQL {
        """
        SELECT s.unit, w.subject_id, k.record_id, k.subject_id, k.is_same,
            EXISTS (
                SELECT FROM registry.participation AS t
                WHERE t.subject_id = w.subject_id AND t.programme = s.programme AND t.kind = s.kind
                    AND t.item_key = s.item_key),
            k.subject_kind
        FROM intake.staged_statement AS s
        LEFT JOIN LATERAL (
            SELECT p.subject_id FROM (\(fragment: named(.person, "s.about_key"))) AS p WHERE s.about_kind = 'person'
            UNION ALL
            SELECT h.subject_id FROM (\(fragment: named(.household, "s.about_key"))) AS h
            WHERE s.about_kind = 'household') AS w ON true
        LEFT JOIN LATERAL (
            SELECT l.subject_id, l.subject_kind, r.id AS record_id, r.content_hash = s.content_hash AS is_same
            FROM registry.source_record AS r
            JOIN registry.link AS l ON l.record_id = r.id AND l.recorded_to = 'infinity'
            WHERE r.source = \(source) AND r.source_key = s.source_key
            ORDER BY r.recorded_at DESC, r.id DESC
            LIMIT 1) AS k ON true
        WHERE \(fragment: which)
        """
    }
}

/// Reports of which nobody spoke before, from staging into the registry.
struct NewReportsSQL {
    let batch: UUID
    let chunk: Int
    let command: CommandID
    let source: String
    let now: Date
    let mandate: Mandate
    /// Units and whom they are about, place by place.
    let units: [Int32]
    let subjects: [UUID]

    private var staged: SQL {
        """
        intake.staged_statement AS s
        JOIN unnest(\(units)::int[], \(subjects)::uuid[]) AS n (unit, subject_id) ON n.unit = s.unit
        WHERE s.batch_id = \(batch) AND s.chunk = \(chunk)
        """
    }

    /// In an order that keeps every constraint at every step.
    func statements(_ kinds: Set<SubjectKind>) -> [SQL] {
        var statements: [SQL] = [
            """
            INSERT INTO registry.source_record (
                id, subject_kind, source, source_key, command_id, batch_id, content_hash, observed_on, recorded_at,
                actor_id, assurance, claims)
            SELECT s.record_id, s.subject_kind, \(source), s.source_key, \(command), \(batch), s.content_hash,
                s.observed_on, \(now), \(mandate.actor), 'declared', s.claims
            FROM \(fragment: staged)
            """,
            """
            INSERT INTO registry.link (record_id, subject_kind, subject_id, recorded_from, opened_by)
            SELECT s.record_id, s.subject_kind, n.subject_id, \(now), \(command)
            FROM \(fragment: staged)
            """,
            """
            INSERT INTO registry.participation (\(unchecked: Participation.columns))
            SELECT s.subject_kind, n.subject_id, s.programme, s.kind, s.item_key, s.status, s.from_on, s.to_on,
                s.amount_minor, s.currency, s.detail
            FROM \(fragment: staged)
            """,
        ]
        if kinds.contains(.household) { statements += touched("household", HouseholdRow.columns) }
        if kinds.contains(.person) { statements += touched("person", PersonRow.columns) }
        return statements
    }

    /// The subject's next version, the former kept, and the event.
    private func touched(_ kind: String, _ columns: String) -> [SQL] {
        let whose: SQL = """
            SELECT n.subject_id, jsonb_agg(DISTINCT s.programme ORDER BY s.programme) AS programmes
            FROM \(fragment: staged) AND s.subject_kind = \(kind)
            GROUP BY n.subject_id
            """
        return [
            """
            INSERT INTO registry.\(unchecked: kind)_past (\(unchecked: columns), replaced_at, replaced_by)
            SELECT \(unchecked: columns), \(now), \(command) FROM registry.\(unchecked: kind)
            WHERE id IN (SELECT w.subject_id FROM (\(fragment: whose)) AS w)
            """,
            """
            WITH whose AS (\(fragment: whose)),
            next AS (
                UPDATE registry.\(unchecked: kind) AS o SET version = o.version + 1, updated_at = \(now)
                FROM whose AS w WHERE o.id = w.subject_id
                RETURNING o.id, o.version, o.area_order, w.programmes)
            INSERT INTO registry.event (
                id, type, subject_kind, subject_id, subject_version, area_before, area_after, actor_id, purpose, trace,
                command_id, recorded_at, body)
            SELECT gen_random_uuid(), \(EventType.participationReported.rawValue), \(kind), id, version, area_order,
                area_order, \(mandate.actor), \(mandate.purpose.rawValue), \(mandate.trace.description), \(command),
                \(now), jsonb_build_object('programmes', programmes)
            FROM next
            ORDER BY id
            """,
        ]
    }
}
