import Documents
import Groundwork
import Postgres
import Registry
import TestKit

/// The current views as stored, without versions, times, events and social ids: what undoing must bring back.
struct Snapshot: Equatable, CustomStringConvertible {
    let lines: [String]

    var description: String { lines.joined(separator: "\n") }

    static func take(_ fixture: RegistryFixture) async throws -> Snapshot {
        let rows = try await fixture.rows(
            """
            SELECT 'person ' || (to_jsonb(p) - '{version,social_id,registered_at,updated_at,sealed,origins}'::text[])::text
            FROM registry.person AS p
            UNION ALL
            SELECT 'household '
                || (to_jsonb(h) - '{version,social_id,registered_at,updated_at,sealed,origins}'::text[])::text
            FROM registry.household AS h
            UNION ALL
            SELECT 'membership ' || to_jsonb(m)::text FROM registry.membership AS m
            UNION ALL
            SELECT 'identifier ' || (to_jsonb(i) - '{sealed}'::text[])::text FROM registry.identifier AS i
            UNION ALL
            SELECT 'participation ' || to_jsonb(t)::text FROM registry.participation AS t
            UNION ALL
            SELECT 'union ' || to_jsonb(u)::text FROM registry.civil_union AS u
            UNION ALL
            SELECT 'birth ' || to_jsonb(b)::text FROM registry.birth AS b
            UNION ALL
            SELECT 'key ' || k.h::text || ' ' || k.area_order::text || ' ' || k.person_id::text
            FROM registry.name_key AS k
            ORDER BY 1
            """)
        var lines: [String] = []
        for row in rows { lines.append(try row.get(0)) }
        return Snapshot(lines: lines)
    }

    /// What one has and the other lacks, for a failing test.
    func difference(_ other: Snapshot) -> String {
        let (mine, theirs) = (Set(lines), Set(other.lines))
        let gone = mine.subtracting(theirs).sorted().prefix(4).map { "- \($0)" }
        let new = theirs.subtracting(mine).sorted().prefix(4).map { "+ \($0)" }
        return (gone + new).joined(separator: "\n")
    }
}
