import Documents
package import Foundation
package import Groundwork
import Postgres
package import Scorecards

/// One choice of households for one programme.
package struct Round: Sendable {
    /// A part of every quota, for those who fit a rule.
    package struct Part: Sendable, Equatable {
        package var group: String
        /// In hundredths of the places.
        package var percent: Int
        package var rule: String

        package init(group: String, percent: Int, rule: String) {
            (self.group, self.percent, self.rule) = (group, percent, rule)
        }
    }

    /// What a new round is told.
    package struct Draft: Sendable {
        package var code: String
        package var title: String
        package var programme: String
        package var formula: String
        /// Code of a published rule.
        package var rule: String?
        package var cutOff: String?
        package var parts: [Part]

        package init(
            code: String, title: String, programme: String, formula: String, rule: String? = nil,
            cutOff: String? = nil, parts: [Part] = []
        ) {
            (self.code, self.title, self.programme, self.formula) = (code, title, programme, formula)
            (self.rule, self.cutOff, self.parts) = (rule, cutOff, parts)
        }
    }

    package var id: UUID
    package var code: String
    package var title: String
    package var programme: String
    package var state: RoundState
    package var formula: String
    package var poorer: Formula.Poorer?
    package var tieBreak: [Formula.TieBreak]
    /// An exact decimal.
    package var cutOff: String?
    package var rule: UUID?
    package var parts: [Part]
    package var hasCommunity: Bool
    package var appealDays: Int
    package var appealsUntil: CalendarDate?
    package var createdBy: ActorID
    package var createdAt: Date
    package var stateSince: Date
    package var rankedBy: ActorID?
    package var publishedBy: ActorID?

    static let columns: SQL = """
        r.id, r.code, r.title, r.programme, r.state, r.formula, r.poorer, r.tie_break, r.cut_off::text, r.rule_id, r.parts,
        r.has_community, r.appeal_days, r.appeals_until, r.created_by, r.created_at, r.state_since, r.ranked_by,
        r.published_by
        """

    init(_ row: Row) throws {
        (id, code, title, programme) = (try row.get(0), try row.get(1), try row.get(2), try row.get(3))
        state = RoundState(rawValue: try row.get(4)) ?? .draft
        formula = try row.get(5)
        poorer = try row.get(6, as: String?.self).flatMap(Formula.Poorer.init(rawValue:))
        tieBreak = (try row.get(7, as: [String]?.self) ?? []).compactMap(Formula.TieBreak.init(rawValue:))
        (cutOff, rule) = (try row.get(8), try row.get(9))
        let stored: JSONB = try row.get(10)
        parts = (try JSON.parse(stored.bytes).array ?? []).compactMap { item in
            guard let group = item["group"]?.string, let rule = item["rule"]?.string else { return nil }
            return Part(group: group, percent: item["percent"]?.int ?? 0, rule: rule)
        }
        (hasCommunity, appealDays) = (try row.get(11), Int(try row.get(12, as: Int32.self)))
        appealsUntil = try row.get(13)
        createdBy = ID(try row.get(14, as: UUID.self))
        (createdAt, stateSince) = (try row.get(15), try row.get(16))
        rankedBy = try row.get(17, as: UUID?.self).map { ID($0) }
        publishedBy = try row.get(18, as: UUID?.self).map { ID($0) }
    }
}

/// How many households of a round, or of one of its areas, stand where.
package struct RoundCount: Sendable {
    /// Nil for the whole round.
    package var area: Int?
    package var places: Int
    package var reserve: Int?
    /// How many are to be collected: places times multiplier, rounded up.
    package var wanted: Int
    package var households: [Standing: Int]
    package var sessions: Int

    package var collected: Int { households.values.reduce(0, +) }
}
