import Foundation
package import Groundwork
package import Postgres
package import Registry
package import Search

/// How good the record is, by the rules of the profile: counts, scores and lists to work through.
package struct QualityDesk: Sendable {
    package let database: Database
    package let context: RegistryContext
    package let rules: QualityRules
    let searcher: Searcher
    let parse: FilterParser
    let today: @Sendable () -> CalendarDate

    /// - Throws: `.rules` when a filter of a rule cannot be read.
    package init(
        database: Database, context: RegistryContext, rules: QualityRules, parse: @escaping FilterParser,
        today: @escaping @Sendable () -> CalendarDate
    ) throws(QualityFault) {
        (self.database, self.context, self.rules, self.parse) = (database, context, rules, parse)
        (self.today, searcher) = (today, Searcher(context: context))
        let mistakes = rules.mistakes(today: today(), parse: parse)
        guard mistakes.isEmpty else { throw .rules(mistakes) }
    }

    /// What a rule asks on this day.
    func condition(_ rule: QualityRule) throws(QualityFault) -> (applies: RegistryQuery, fails: RegistryQuery) {
        var findings: [Finding] = []
        guard let condition = rule.condition(today: today(), parse, findings: &findings) else {
            throw .rules(findings)
        }
        return condition
    }

    /// The search that lists who breaks a rule.
    package func worklist(
        _ code: String, area: Area?, after: String?, limit: Int, counts: Bool
    ) throws(QualityFault) -> RegistryRequest {
        guard let rule = rules.rule(code) else { throw .ruleNotFound }
        let (applies, fails) = try condition(rule)
        var filter = applies.and(fails)
        if let area { filter = filter.and(.within([area.range])) }
        return RegistryRequest(
            subject: rule.subject, filter: filter, page: .after(cursor: after, limit: limit), wantsTotal: counts,
            today: today())
    }
}

/// Scores of the record, or of a part of it.
package struct QualityTable: Sendable {
    package struct Count: Sendable {
        package var rule: String
        /// Records that the rule is about, and those of them that break it.
        package var applies: Int
        package var fails: Int
    }

    package struct Line: Sendable {
        /// Nil for what has no area of the level, or where sources are told apart.
        package var area: Area?
        package var source: String?
        package var counts: [Count]

        /// Share of kept rules by weight in thousandths; nil when no rule is about anybody.
        package func permille(_ rules: QualityRules) -> Int? {
            var (kept, all) = (0, 0)
            for count in counts {
                let weight = rules.rule(count.rule)?.weight ?? 1
                kept += weight * (count.applies - count.fails)
                all += weight * count.applies
            }
            return all == 0 ? nil : kept * 1000 / all
        }
    }

    package var total: Line
    package var lines: [Line]
}

extension QualityDesk {
    /// What lines of a table stand for.
    package enum Division: Sendable {
        case areas(level: Int)
        /// Whoever stated something about a record; a record of two sources counts for both.
        case sources
    }

    /// Counts all rules in one pass over people and one over households.
    package func table(
        _ division: Division, within area: Area?, as mandate: Mandate
    ) async throws(QualityFault) -> QualityTable {
        var statements: [(rules: [QualityRule], total: SQL, parts: SQL)] = []
        for subject in SubjectKind.allCases {
            let own = rules.rules.filter { $0.subject == subject }
            if !own.isEmpty { statements.append(try counting(own, subject, division, area)) }
        }
        let questions = statements.flatMap { [$0.total, $0.parts] }
        do {
            let answers = try await database.read(as: mandate) { (tx: borrowing Transaction) async throws -> [Rows] in
                try await tx.query(all: questions)
            }
            var total = QualityTable.Line(counts: [])
            var lines: [String: QualityTable.Line] = [:]
            let buckets = division.buckets(context.areas.index, within: area)
            for (place, statement) in statements.enumerated() {
                for row in answers[2 * place] { total.counts += try counts(row, statement.rules) }
                for row in answers[2 * place + 1] {
                    var line = QualityTable.Line(counts: try counts(row, statement.rules))
                    if let buckets {
                        line.area = buckets[try row.get(0, as: Int?.self)]
                    } else {
                        line.source = try row.get(0)
                    }
                    let key = line.source ?? line.area.map { String(format: "%09d", $0.preorder) } ?? ""
                    guard var known = lines[key] else {
                        lines[key] = line
                        continue
                    }
                    known.add(line.counts)
                    lines[key] = known
                }
            }
            return QualityTable(total: total, lines: lines.sorted { $0.key < $1.key }.map(\.value))
        } catch {
            throw QualityFault(any: error)
        }
    }

    private func counts(_ row: Row, _ rules: [QualityRule]) throws -> [QualityTable.Count] {
        try rules.enumerated().map { place, rule in
            QualityTable.Count(
                rule: rule.code, applies: try row.get(1 + 2 * place), fails: try row.get(2 + 2 * place))
        }
    }

    private func counting(
        _ rules: [QualityRule], _ subject: SubjectKind, _ division: Division, _ area: Area?
    ) throws(QualityFault) -> (rules: [QualityRule], total: SQL, parts: SQL) {
        var columns: SQL = ""
        for rule in rules {
            let (applies, fails) = try condition(rule)
            do {
                let whom = try searcher.condition(applies, of: subject, row: "s", today: today())
                let who = try searcher.condition(fails, of: subject, row: "s", today: today())
                columns += """
                    , count(*) FILTER (WHERE \(fragment: whom)),
                    count(*) FILTER (WHERE \(fragment: whom) AND \(fragment: who))
                    """
            } catch {
                throw .registry(error)
            }
        }
        var scope: SQL = "s.status <> 'merged'"
        if let area { scope += " AND s.area_order BETWEEN \(area.preorder) AND \(area.lastPreorder)" }
        let table: SQL = "registry.\(unchecked: subject.rawValue) AS s"
        let total: SQL = """
            SELECT 0\(fragment: columns) FROM \(fragment: table) WHERE \(fragment: scope)
            """
        let parts: SQL
        if let buckets = division.buckets(context.areas.index, within: area) {
            parts = """
                SELECT \(fragment: buckets.bucket("s.area_order")) AS bucket\(fragment: columns)
                FROM \(fragment: table)
                WHERE \(fragment: scope)
                GROUP BY bucket
                """
        } else {
            parts = """
                SELECT o.source\(fragment: columns)
                FROM (
                    SELECT DISTINCT l.subject_id, r.source
                    FROM registry.link AS l
                    JOIN registry.source_record AS r ON r.id = l.record_id
                    WHERE l.subject_kind = \(subject.rawValue) AND l.recorded_to = 'infinity') AS o
                JOIN \(fragment: table) ON s.id = o.subject_id
                WHERE \(fragment: scope)
                GROUP BY o.source
                """
        }
        return (rules, total, parts)
    }
}

extension QualityDesk.Division {
    /// Nil where sources are told apart.
    func buckets(_ index: AreaIndex, within area: Area?) -> AreaBuckets? {
        guard case .areas(let level) = self else { return nil }
        return AreaBuckets(index, level: level, within: area)
    }
}

extension QualityTable.Line {
    /// Adds counts of further rules, and to those at hand.
    mutating func add(_ more: [QualityTable.Count]) {
        for count in more {
            if let place = counts.firstIndex(where: { $0.rule == count.rule }) {
                counts[place].applies += count.applies
                counts[place].fails += count.fails
            } else {
                counts.append(count)
            }
        }
    }
}
