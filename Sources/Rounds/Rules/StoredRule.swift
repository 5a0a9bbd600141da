package import Foundation
package import Groundwork
import Postgres

/// One version of an eligibility rule as it is stored.
package struct StoredRule: Sendable {
    package enum State: String, Sendable, CaseIterable { case draft, published, replaced }

    package var id: UUID
    package var code: String
    package var version: Int
    package var title: String
    package var text: String
    package var sha256: [UInt8]
    package var state: State
    package var author: ActorID
    package var draftedAt: Date
    package var publishedBy: ActorID?
    package var publishedAt: Date?
    /// How it was when it was published; nil for drafts.
    package var preview: RulePreview?
    /// On how many sampled households both ways to run it agreed.
    package var sampled: Int?

    static let columns: SQL = """
        r.id, r.code, r.version, r.title, r.text, r.sha256, r.state, r.author_id, r.drafted_at, r.published_by,
        r.published_at, r.as_of, r.households, r.takes, r.gained, r.lost, r.sampled
        """

    init(_ row: Row) throws(DatabaseError) {
        (id, code, version) = (try row.get(0), try row.get(1), Int(try row.get(2, as: Int32.self)))
        (title, text, sha256) = (try row.get(3), try row.get(4), try row.get(5))
        state = State(rawValue: try row.get(6)) ?? .draft
        (author, draftedAt) = (ID(try row.get(7, as: UUID.self)), try row.get(8))
        publishedBy = try row.get(9, as: UUID?.self).map { ID($0) }
        publishedAt = try row.get(10)
        sampled = try row.get(16, as: Int32?.self).map { Int($0) }
        guard let day = try row.get(11, as: CalendarDate?.self), let households = try row.get(12, as: Int64?.self),
            let takes = try row.get(13, as: Int64?.self)
        else { return }
        preview = RulePreview(
            asOf: day, households: Int(households), takes: Int(takes),
            gained: try row.get(14, as: Int64?.self).map { Int($0) },
            lost: try row.get(15, as: Int64?.self).map { Int($0) })
    }
}

/// How many households a rule takes, and what changes against the version in force.
package struct RulePreview: Sendable, Equatable {
    package var asOf: CalendarDate
    /// Active households, of the area when one was named.
    package var households: Int
    package var takes: Int
    /// How many of them the published version does not take; nil where none is published.
    package var gained: Int?
    /// How many the published version takes and this one does not.
    package var lost: Int?
}
