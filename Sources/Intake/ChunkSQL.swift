import Foundation
import Groundwork
import Postgres
import Registry

/// The set-based questions about one chunk: what the file had before, and what the registry knows already.
struct ChunkSQL {
    let batch: UUID
    let chunk: Int

    private var which: SQL { "batch_id = \(batch) AND chunk = \(chunk)" }

    var stagedHouseholds: SQL { "SELECT count(*) FROM intake.staged_household WHERE \(fragment: which)" }

    var stagedStatements: SQL { "SELECT count(*) FROM intake.staged_statement WHERE \(fragment: which)" }

    // MARK: What the file had before

    /// Remembers keys with the line on which each stands first; as many rows fewer as keys were met before.
    func remember(_ keys: [UUID: Int]) -> SQL {
        let hashes = Array(keys.keys)
        let lines = hashes.map { Int64(keys[$0] ?? 0) }
        return """
            INSERT INTO intake.seen_key (batch_id, hash, line)
            SELECT \(batch), hash, line FROM unnest(\(hashes)::uuid[], \(lines)::bigint[]) AS k (hash, line)
            ON CONFLICT ON CONSTRAINT seen_key_pk DO NOTHING
            """
    }

    /// The lines on which the keys stood first.
    func firstLines(of keys: some Sequence<UUID>) -> SQL {
        "SELECT hash, line FROM intake.seen_key WHERE batch_id = \(batch) AND hash = ANY(\(Array(keys)))"
    }

    /// Kind and key of the staged subjects that an earlier chunk registered, where nobody else speaks for the source.
    func registered(source: String) -> SQL {
        """
        \(fragment: registered("household", source))
        UNION ALL
        \(fragment: registered("person", source))
        """
    }

    /// Key by key over the index: with LIMIT it cannot become a join that reads the whole table, whose statistics lag
    /// behind while an import runs.
    private func registered(_ kind: String, _ source: String) -> SQL {
        """
        SELECT \(kind)::text, s.source_key
        FROM intake.staged_\(unchecked: kind) AS s
        CROSS JOIN LATERAL (
            SELECT FROM registry.source_record AS r
            WHERE r.source = \(source) AND r.source_key = s.source_key AND r.subject_kind = \(kind)
            LIMIT 1) AS k
        WHERE \(fragment: which)
        """
    }

    // MARK: What the source said before

    /// For every staged subject that the source spoke of before: kind, key, unit, subject, newest record, same content, and
    /// the household in which that record has a person.
    ///
    /// - Parameter byID: whether a key that the source never used is the registry's own id.
    func known(source: String, byID: Bool = false) -> SQL {
        """
        \(fragment: known("household", "NULL::uuid", source, byID: byID))
        UNION ALL
        \(fragment: known("person", "k.home", source, byID: byID))
        """
    }

    /// The same for people of a linked file.
    func knownPeople(source: String, byID: Bool) -> SQL {
        known("person", "k.home", source, byID: byID, staged: "statement")
    }

    private func known(_ kind: String, _ home: String, _ source: String, byID: Bool, staged: String? = nil) -> SQL {
        // Where the key is the registry's own id, a statement holds only what was new, so that the household may stand in
        // none of the source's; who is named by his own id is at home where the registry has him.
        let isOfOwnPeople = byID && kind == "person"
        let at: SQL =
            isOfOwnPeople
            ? "CASE WHEN s.source_key = o.id::text THEN o.household_id ELSE COALESCE(a.subject_id, o.household_id) END"
            : "a.subject_id"
        let own: SQL = isOfOwnPeople ? "LEFT JOIN registry.person AS o ON o.id = l.subject_id" : ""
        let spoken: SQL = """
            SELECT l.subject_id, r.id AS record_id, r.content_hash = s.content_hash AS is_same, \(fragment: at) AS home
            FROM registry.source_record AS r
            JOIN registry.link AS l ON l.record_id = r.id AND l.recorded_to = 'infinity'
            \(fragment: own)
            LEFT JOIN registry.link AS a ON a.record_id = r.household_record AND a.recorded_to = 'infinity'
            WHERE r.source = \(source) AND r.source_key = s.source_key AND r.subject_kind = \(kind)
            ORDER BY r.recorded_at DESC, r.id DESC
            LIMIT 1
            """
        let found = byID ? LinkedSQL.firstOf(spoken, elseByID: kind, "s.source_key", also: kind == "person") : spoken
        return """
            SELECT \(kind)::text, s.source_key, s.unit, k.subject_id, k.record_id, k.is_same, \(unchecked: home)
            FROM intake.staged_\(unchecked: staged ?? kind) AS s
            CROSS JOIN LATERAL (\(fragment: found)) AS k
            WHERE \(fragment: which)
            """
    }
}

/// The rows of new households and people, from staging into the registry.
struct NewRowsSQL {
    let batch: UUID
    let chunk: Int
    let command: CommandID
    let source: String
    let actor: ActorID
    let now: Date
    let mandate: Mandate
    /// Households of the file that are not new or not sound.
    let skipped: [Int32]
    /// Whether the index of name keys is left out for now.
    let isDeferred: Bool
    /// Social ids as numbers: an array of numbers is indexed in constant time, one of texts is not.
    let householdNumbers: [Int64]
    let personNumbers: [Int64]

    private var which: SQL { "s.batch_id = \(batch) AND s.chunk = \(chunk) AND s.unit <> ALL(\(skipped)::int[])" }

    /// In an order that keeps every constraint at every step.
    var statements: [SQL] {
        [
            records("household", "NULL::uuid, NULL::jsonb"), records("person", "s.household_record, s.membership"),
            links("household"), links("person"),
            rows("household", UnitPreparer.householdShape, householdNumbers),
            rows("person", UnitPreparer.personShape, personNumbers),
            memberships, identifiers, nameKeys,
            events("household", .householdRegistered, "jsonb_build_object('members', s.size)"),
            events("person", .personRegistered, "jsonb_build_object('household', s.household_id, 'role', s.role)"),
        ]
    }

    private func records(_ kind: String, _ membership: String) -> SQL {
        """
        INSERT INTO registry.source_record (
            id, subject_kind, source, source_key, command_id, batch_id, content_hash, observed_on, recorded_at,
            actor_id, assurance, household_record, membership, claims, sealed)
        SELECT s.record_id, \(kind), \(source), s.source_key, \(command), \(batch), s.content_hash, s.observed_on,
            \(now), \(actor), 'declared', \(unchecked: membership), s.claims, s.sealed
        FROM intake.staged_\(unchecked: kind) AS s
        WHERE \(fragment: which)
        """
    }

    private func links(_ kind: String) -> SQL {
        """
        INSERT INTO registry.link (record_id, subject_kind, subject_id, recorded_from, opened_by)
        SELECT s.record_id, \(kind), s.id, \(now), \(command)
        FROM intake.staged_\(unchecked: kind) AS s
        WHERE \(fragment: which)
        """
    }

    private func rows(_ kind: String, _ shape: RowShape, _ numbers: [Int64]) -> SQL {
        let columns = shape.columns.joined(separator: ", ")
        let staged = shape.columns.map { "s." + $0 }.joined(separator: ", ")
        return """
            INSERT INTO registry.\(unchecked: kind) (
                \(unchecked: columns), version, social_id, registered_at, updated_at)
            SELECT \(unchecked: staged), 1, ((\(numbers)::bigint[])[row_number() OVER (ORDER BY s.id)])::text,
                \(now), \(now)
            FROM intake.staged_\(unchecked: kind) AS s
            WHERE \(fragment: which)
            """
    }

    private var memberships: SQL {
        """
        INSERT INTO registry.membership (
            household_id, person_id, valid_from, role, relationship, recipient, is_primary)
        SELECT s.household_id, s.id, s.observed_on, s.role, s.relationship, s.recipient, true
        FROM intake.staged_person AS s
        WHERE \(fragment: which)
        """
    }

    private var identifiers: SQL {
        let columns = UnitPreparer.identifierShape.columns.joined(separator: ", ")
        let staged = UnitPreparer.identifierShape.columns.map { "s." + $0 }.joined(separator: ", ")
        return """
            INSERT INTO registry.identifier (\(unchecked: columns))
            SELECT \(unchecked: staged)
            FROM intake.staged_identifier AS s
            WHERE \(fragment: which)
            """
    }

    /// In the order of the index, whose pages are then met one after the other; in any order where there is none.
    private var nameKeys: SQL {
        let order: SQL = isDeferred ? "" : "ORDER BY k.h"
        return """
            INSERT INTO registry.name_key (h, area_order, person_id)
            SELECT k.h, COALESCE(s.area_order, 0), s.id
            FROM intake.staged_person AS s
            CROSS JOIN LATERAL unnest(s.name_keys) AS k (h)
            WHERE \(fragment: which)
            \(fragment: order)
            """
    }

    private func events(_ kind: String, _ type: EventType, _ body: String) -> SQL {
        """
        INSERT INTO registry.event (
            id, type, subject_kind, subject_id, subject_version, area_after, actor_id, purpose, trace, command_id,
            recorded_at, body)
        SELECT gen_random_uuid(), \(type.rawValue), \(kind), s.id, 1, s.area_order, \(actor),
            \(mandate.purpose.rawValue), \(mandate.trace.description), \(command), \(now), \(unchecked: body)
        FROM intake.staged_\(unchecked: kind) AS s
        WHERE \(fragment: which)
        """
    }
}
