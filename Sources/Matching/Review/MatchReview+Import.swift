import Documents
import Foundation
package import Groundwork
import Postgres
import Registry

/// What came of a file of decisions.
package struct ReviewReport: Sendable {
    /// A line that was not taken, and why.
    package struct Refusal: Sendable {
        package var line: Int
        package var code: String
        package var summary: String
    }

    package var decided: [MatchVerdict: Int] = [:]
    /// Lines without a decision.
    package var empty = 0
    package var refusals: [Refusal] = []
}

extension MatchReview {
    /// One line of the file that carries a decision.
    fileprivate struct Line: Sendable {
        var number: Int
        var pair: UUID
        var versions: (a: Int32, b: Int32)
        var verdict: MatchVerdict
        var survivesSecond: Bool
        var reason: String?
    }

    /// Reads decisions back, some hundred in each transaction; what is not right is told by line, the rest is taken.
    ///
    /// A pair of which a record changed since the export, or that somebody decided meanwhile, is left alone.
    ///
    /// - Parameter chunks: the bytes of the file, piece by piece; nil at its end.
    /// - Throws: `.invalid` when a column is missing.
    package func read(
        _ chunks: () throws -> [UInt8]?, as mandate: Mandate
    ) async throws -> ReviewReport {
        var report = ReviewReport()
        var columns: [String: Int]?
        var waiting: [Line] = []
        var reader = CSVReader()
        var isEnd = false
        while !isEnd {
            let chunk = try chunks()
            let take: (CSVRow) throws(MatchingFault) -> Void = { row throws(MatchingFault) in
                guard let known = columns else {
                    columns = try Self.columns(row)
                    return
                }
                switch Self.line(row, known) {
                case .success(let line?): waiting.append(line)
                case .success(nil): report.empty += 1
                case .failure(let refusal): report.refusals.append(refusal.refusal)
                }
            }
            if let chunk { try reader.feed(chunk, take) } else { try reader.finish(take) }
            isEnd = chunk == nil
            while waiting.count >= Self.together || isEnd && !waiting.isEmpty {
                let part = Array(waiting.prefix(Self.together))
                waiting.removeFirst(part.count)
                try await decide(part, as: mandate, &report)
            }
        }
        if columns == nil { _ = try Self.columns(nil) }
        return report
    }

    private static let together = 200
    private static let needed = ["pair", "a_version", "b_version", "decision", "survivor", "reason"]

    private static func columns(_ header: CSVRow?) throws(MatchingFault) -> [String: Int] {
        var places: [String: Int] = [:]
        for (place, name) in (header?.texts ?? []).enumerated() where places[name] == nil { places[name] = place }
        let missing = needed.filter { places[$0] == nil }
        guard missing.isEmpty else {
            throw .invalid(
                missing.map {
                    Finding(
                        FieldPath([$0]), code: "review.column_missing",
                        "The file needs this column; export the queue again and fill in its decisions.")
                })
        }
        return places
    }

    private struct Refused: Error { var refusal: ReviewReport.Refusal }

    private static func line(_ row: CSVRow, _ columns: [String: Int]) -> Result<Line?, Refused> {
        func refused(_ code: String, _ summary: String) -> Result<Line?, Refused> {
            .failure(Refused(refusal: .init(line: row.lineNumber, code: code, summary: summary)))
        }
        if let fault = row.fault { return refused("review.row", fault.summary) }
        func cell(_ name: String) -> String {
            guard let place = columns[name], place < row.count else { return "" }
            return String(row[place].drop { $0 == " " })
        }
        let decision = cell("decision").lowercased().split(separator: " ").joined()
        if decision.isEmpty { return .success(nil) }
        guard let verdict = MatchVerdict(rawValue: decision), verdict != .reopened else {
            return refused("review.decision_unknown", "The decision is none of same, different, unsure.")
        }
        guard let pair = UUID(uuidString: cell("pair")), let a = Int32(cell("a_version")),
            let b = Int32(cell("b_version"))
        else {
            return refused("review.pair_unknown", "The columns pair, a_version and b_version must stay as exported.")
        }
        let survivor = cell("survivor").lowercased()
        guard ["", "a", "b"].contains(survivor) else {
            return refused("review.survivor_unknown", "The survivor is a or b, or left empty.")
        }
        let reason = cell("reason")
        guard reason.count <= 80 else { return refused("review.reason_long", "A reason has at most 80 characters.") }
        return .success(
            Line(
                number: row.lineNumber, pair: pair, versions: (a, b), verdict: verdict,
                survivesSecond: survivor == "b", reason: reason.isEmpty ? nil : reason))
    }

    private func decide(_ lines: [Line], as mandate: Mandate, _ report: inout ReviewReport) async throws {
        let day = today()
        let outcome = try await database.write(as: mandate) {
            (tx: borrowing Transaction) async throws -> (decided: [MatchVerdict: Int], [ReviewReport.Refusal]) in
            var held: [UUID: (high: UUID, state: String, versions: (Int32?, Int32?))] = [:]
            for row in try await tx.query(
                """
                SELECT p.id, p.high_id, p.state, a.version, b.version
                FROM matching.pair AS p
                LEFT JOIN registry.person AS a ON a.id = p.low_id AND a.status <> 'merged'
                LEFT JOIN registry.person AS b ON b.id = p.high_id AND b.status <> 'merged'
                WHERE p.id = ANY(\(lines.map(\.pair)))
                ORDER BY p.id
                FOR UPDATE OF p
                """)
            { held[try row.get(0)] = (try row.get(1), try row.get(2), (try row.get(3), try row.get(4))) }
            var decided: [MatchVerdict: Int] = [:]
            var refusals: [ReviewReport.Refusal] = []
            func refuse(_ line: Line, _ code: String, _ summary: String) {
                refusals.append(.init(line: line.number, code: code, summary: summary))
            }
            for line in lines {
                guard let pair = held[line.pair] else {
                    refuse(line, "review.pair_unknown", "No pair has this id any more: its evidence is gone.")
                    continue
                }
                guard pair.state == "open" || pair.state == "unsure" else {
                    refuse(line, "review.decided", "Somebody decided meanwhile: \(pair.state).")
                    continue
                }
                guard pair.versions.0 == line.versions.a, pair.versions.1 == line.versions.b else {
                    refuse(line, "review.stale", "One of the two records changed since the export; look again.")
                    continue
                }
                _ = try await queue.decide(
                    line.pair, line.verdict, reason: line.reason ?? "review.file",
                    survivor: line.verdict == .same && line.survivesSecond ? ID(pair.high) : nil, on: day, in: tx)
                held[line.pair]?.state = line.verdict.rawValue
                decided[line.verdict, default: 0] += 1
            }
            return (decided, refusals)
        }
        report.decided.merge(outcome.0) { $0 + $1 }
        report.refusals += outcome.1
    }
}
