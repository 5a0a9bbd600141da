import Foundation
import Groundwork
import Postgres
import Registry

/// Reports that went from one subject to another.
extension ChunkUndo {
    struct Taken {
        /// What the chunk took from a subject because it said the same of another, and the statement that said so.
        var fromOthers: [(record: SourceRecord, home: Subject, inFavourOf: ID<SourceRecord>)] = []
        /// Subjects from whom a later import took what the chunk had said; undone after that import.
        var byOthers: [Subject] = []
    }

    /// Statements are taken only by imports: a merge opens a link for each that it closes.
    ///
    /// Nothing returns to whom the registry does not hold any more; what was a merged subject's goes to the survivor.
    func taken(in tx: borrowing Transaction) async throws -> Taken {
        let from: SQL = """
            SELECT home.record_id, home.subject_kind, whose.id AS subject_id, own.id AS own_id
            FROM registry.link AS home
            JOIN registry.source_record AS theirs ON theirs.id = home.record_id
            JOIN registry.source_record AS own ON own.source = theirs.source AND own.source_key = theirs.source_key
                AND own.command_id = \(command)
            CROSS JOIN LATERAL (\(fragment: Self.survivor)) AS whose
            WHERE home.closed_by = \(command) AND \(fragment: Self.isLast("home"))
            """
        let answers = try await tx.query(all: [
            RecordStore.loading(taken: from),
            "SELECT f.record_id, f.own_id FROM (\(fragment: from)) AS f",
            """
            SELECT l.subject_kind, l.subject_id
            FROM registry.source_record AS r
            JOIN registry.link AS l ON l.record_id = r.id AND l.recorded_to <> 'infinity'
            JOIN registry.command AS c ON c.id = l.closed_by AND c.kind = 'import.apply'
            WHERE r.command_id = \(command) AND \(fragment: Self.isLast("l"))
            """,
        ])
        var own: [ID<SourceRecord>: ID<SourceRecord>] = [:]
        for row in answers[1] { own[ID(try row.get(0, as: UUID.self))] = ID(try row.get(1, as: UUID.self)) }
        var taken = Taken()
        for (home, records) in try context.records.decode(answers[0]).records {
            for record in records {
                if let favoured = own[record.id] { taken.fromOthers.append((record, home, favoured)) }
            }
        }
        for row in answers[2] {
            taken.byOthers.append(Subject(SubjectKind(rawValue: try row.get(0)) ?? .person, try row.get(1)))
        }
        return taken
    }

    /// The link is closed and its record has none that is newer.
    private static func isLast(_ link: String) -> SQL {
        """
        NOT EXISTS (SELECT FROM registry.link AS n
            WHERE n.record_id = \(unchecked: link).record_id AND n.recorded_to = 'infinity')
        AND NOT EXISTS (SELECT FROM registry.link AS n
            WHERE n.record_id = \(unchecked: link).record_id AND n.recorded_to <> 'infinity'
                AND n.recorded_from >= \(unchecked: link).recorded_to)
        """
    }

    /// The subject of the link `home`, or whoever it was merged into at last.
    private static var survivor: SQL {
        """
        WITH RECURSIVE chain (id, next) AS (
            SELECT s.id, s.merged_into FROM (
                SELECT 'person' AS kind, id, merged_into FROM registry.person WHERE id = home.subject_id
                UNION ALL
                SELECT 'household', id, merged_into FROM registry.household WHERE id = home.subject_id) AS s
            WHERE s.kind = home.subject_kind
            UNION ALL
            SELECT c.next, COALESCE(
                (SELECT p.merged_into FROM registry.person AS p WHERE p.id = c.next),
                (SELECT h.merged_into FROM registry.household AS h WHERE h.id = c.next))
            FROM chain AS c WHERE c.next IS NOT NULL)
        SELECT id FROM chain WHERE next IS NULL
        """
    }
}
