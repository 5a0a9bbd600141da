import Foundation
package import Groundwork
import Postgres
package import Registry
import Search

extension QualityDesk {
    /// What lines of a table stand for.
    package enum Division: Sendable, Hashable {
        case areas(level: Int)
        /// Whoever stated something about a record; a record of two sources counts for both.
        case sources
    }

    /// Counts all rules on one snapshot.
    package func table(
        _ division: Division, within area: Area?, as mandate: Mandate,
        progress: (_ done: Int, _ of: Int) async throws -> Void = { _, _ in }
    ) async throws(QualityFault) -> QualityTable {
        do {
            return try await database.read(as: mandate) { (tx: borrowing Transaction) async throws -> QualityTable in
                try await table(division, within: area, in: tx, progress: progress)
            }
        } catch {
            throw QualityFault(any: error)
        }
    }

    /// Counts all rules, people and households, part by part: what is kept meanwhile is a number for each rule and line.
    ///
    /// - Parameter progress: called before the first part and after each.
    func table(
        _ division: Division, within area: Area?, in tx: borrowing Transaction,
        progress: (_ done: Int, _ of: Int) async throws -> Void
    ) async throws(QualityFault) -> QualityTable {
        var statements: [(rules: [QualityRule], counts: SQL)] = []
        for subject in SubjectKind.allCases {
            let own = rules.rules.filter { $0.subject == subject }
            if own.isEmpty { continue }
            for part in parts(division, area) {
                statements.append((own, try counting(own, subject, division, part, area)))
            }
        }
        do {
            // Compiling so many conditions to machine code takes longer than it spares.
            _ = try await tx.query("SET LOCAL jit = off")
            var total = QualityTable.Line(counts: [])
            var lines: [String: QualityTable.Line] = [:]
            let buckets = division.buckets(context.areas.index, within: area)
            for (place, statement) in statements.enumerated() {
                if Task.isCancelled { throw CancellationError() }
                try await progress(place, statements.count)
                for row in try await tx.query(statement.counts) {
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
            try await progress(statements.count, statements.count)
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

    /// Conditions on the rows s that part the registry: an area of the first level below what is counted after the other.
    ///
    /// Nobody is missed, whatever number he carries: the first part has all below, the last all above.
    private func parts(_ division: Division, _ area: Area?) -> [SQL] {
        let all: SQL =
            area.map { "s.area_order BETWEEN \($0.preorder) AND \($0.lastPreorder)" } ?? "TRUE"
        // By source, the sources of everybody are looked up each time.
        guard case .areas = division else { return [all] }
        let level = (area?.level ?? 0) + 1
        let starts = context.areas.index.areas.filter { inner in
            inner.level == level && (area.map { $0.range.contains(inner.preorder) } ?? true)
        }.map(\.preorder).sorted().dropFirst()
        guard let first = starts.first, let last = starts.last else { return [all] }
        var parts: [SQL] = ["(s.area_order < \(first) OR s.area_order IS NULL) AND \(fragment: all)"]
        for (start, end) in zip(starts, starts.dropFirst()) {
            parts.append("s.area_order >= \(start) AND s.area_order < \(end)")
        }
        parts.append("s.area_order >= \(last) AND \(fragment: all)")
        return parts
    }

    /// For each line, and for all where the second column is true: of how many records each rule speaks, how many break it.
    private func counting(
        _ rules: [QualityRule], _ subject: SubjectKind, _ division: Division, _ part: SQL, _ area: Area?
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
        let buckets = division.buckets(context.areas.index, within: area)
        // OFFSET 0 keeps the planner from putting each verdict's condition in twice.
        let rows: SQL = """
            (SELECT s.id, \(fragment: buckets?.bucket("s.area_order") ?? "NULL::integer") AS part\(fragment: verdicts)
            FROM registry.\(unchecked: subject.rawValue) AS s
            WHERE s.status <> 'merged' AND \(fragment: part)
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
