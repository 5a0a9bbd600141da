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
        var statements: [(rules: [QualityRule], counts: SQL)] = []
        for subject in SubjectKind.allCases {
            let own = rules.rules.filter { $0.subject == subject }
            if !own.isEmpty { statements.append((own, try counting(own, subject, division, area))) }
        }
        // Compiling so many conditions to machine code takes longer than it spares.
        let questions = ["SET LOCAL jit = off"] + statements.map(\.counts)
        do {
            let answers = try await database.read(as: mandate) { (tx: borrowing Transaction) async throws -> [Rows] in
                try await tx.query(all: questions)
            }
            var total = QualityTable.Line(counts: [])
            var lines: [String: QualityTable.Line] = [:]
            let buckets = division.buckets(context.areas.index, within: area)
            for (place, statement) in statements.enumerated() {
                for row in answers[place + 1] {
                    let counts = try counts(row, statement.rules)
                    if try row.get(1, as: Bool.self) {
                        total.add(counts)
                        continue
                    }
                    var line = QualityTable.Line(counts: counts)
                    if let buckets {
                        line.area = buckets[try row.get(0, as: Int?.self)]
                    } else {
                        line.source = try row.get(0)
                    }
                    let key = line.source ?? line.area.map { String(format: "%09d", $0.preorder) } ?? ""
                    if lines[key] == nil { lines[key] = line } else { lines[key]?.add(line.counts) }
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
                rule: rule.code, applies: try row.get(2 + 2 * place), fails: try row.get(3 + 2 * place))
        }
    }

    /// For each part, and for all where the second column is true: of how many records each rule speaks, how many break it.
    private func counting(
        _ rules: [QualityRule], _ subject: SubjectKind, _ division: Division, _ area: Area?
    ) throws(QualityFault) -> SQL {
        var (verdicts, columns): (SQL, SQL) = ("", "")
        for (place, rule) in rules.enumerated() {
            let (applies, fails) = try condition(rule)
            do {
                let whom = try searcher.condition(applies, of: subject, row: "s", today: today())
                let who = try searcher.condition(fails, of: subject, row: "s", today: today())
                // One verdict for each rule: null where it does not apply, else whether it is broken.
                verdicts += """
                    , CASE WHEN \(fragment: whom) THEN \(fragment: who) END AS v\(unchecked: String(place))
                    """
                columns += """
                    , count(d.v\(unchecked: String(place))), count(*) FILTER (WHERE d.v\(unchecked: String(place)))
                    """
            } catch {
                throw .registry(error)
            }
        }
        var scope: SQL = "s.status <> 'merged'"
        if let area { scope += " AND s.area_order BETWEEN \(area.preorder) AND \(area.lastPreorder)" }
        let buckets = division.buckets(context.areas.index, within: area)
        // OFFSET 0 keeps the planner from putting each verdict's condition in twice.
        let rows: SQL = """
            (SELECT s.id, \(fragment: buckets?.bucket("s.area_order") ?? "NULL::integer") AS part\(fragment: verdicts)
            FROM registry.\(unchecked: subject.rawValue) AS s
            WHERE \(fragment: scope)
            OFFSET 0)
            """
        if buckets != nil {
            return """
                SELECT d.part, grouping(d.part) = 1\(fragment: columns)
                FROM \(fragment: rows) AS d
                GROUP BY GROUPING SETS ((d.part), ())
                """
        }
        return """
            WITH d AS MATERIALIZED \(fragment: rows)
            SELECT NULL::text, true\(fragment: columns) FROM d
            UNION ALL
            SELECT o.source, false\(fragment: columns)
            FROM (
                SELECT DISTINCT l.subject_id, r.source
                FROM registry.link AS l
                JOIN registry.source_record AS r ON r.id = l.record_id
                WHERE l.subject_kind = \(subject.rawValue) AND l.recorded_to = 'infinity') AS o
            JOIN d ON d.id = o.subject_id
            GROUP BY o.source
            """
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
