import Documents
import Foundation
import Groundwork
import Linkage
import Registry
import Scorecards

/// The quotas of a round as a CSV file says them, one area a line.
///
/// Columns by the names that the profile gives them: area and places, and where wanted reserve, multiplier, and one column for
/// each part of the round with its percent in that area.
struct QuotaFile {
    struct Line {
        var area: Area
        var places: Int
        var reserve: Int?
        var multiplier: String
        /// Whole places by group.
        var parts: [String: Int]
    }

    /// Bytes, lines and findings at most.
    static let limit: Int = 4 << 20
    static let lines: Int = 50_000
    static let findings: Int = 100

    private let index: AreaIndex
    private let names: NameNormaliser
    private let policy: RoundPolicy
    private let parts: [Round.Part]
    private var found: [Finding] = []
    private var columns: [String: Int] = [:]
    /// The areas of the division in force with their codes and names as they are compared; made for the first unknown one.
    private var known: [(area: Area, code: [UInt8], name: [UInt8])] = []

    private init(_ context: RegistryContext, _ policy: RoundPolicy, _ parts: [Round.Part]) {
        (index, names, self.policy, self.parts) = (context.areas.index, context.names.normaliser, policy, parts)
    }

    /// - Throws: `.invalid` with every line that is wrong, and a near area for each that is unknown; nothing is taken then.
    static func read(
        _ bytes: [UInt8], _ context: RegistryContext, _ policy: RoundPolicy, parts: [Round.Part]
    ) throws(RoundsFault) -> [Line] {
        var file = QuotaFile(context, policy, parts)
        let lines = file.lines(of: bytes)
        guard file.found.isEmpty else { throw .invalid(file.found) }
        return lines
    }

    private mutating func note(_ line: Int, _ column: String, _ code: String, _ summary: String) {
        guard found.count < Self.findings else { return }
        found.append(Finding(FieldPath(["line \(line)", column]), code: code, summary))
    }

    private mutating func lines(of bytes: [UInt8]) -> [Line] {
        let head = bytes.prefix { $0 != 0x0A }
        let isSemicolon = head.count(where: { $0 == 0x3B }) > head.count(where: { $0 == 0x2C })
        let rows = CSVReader.rows(of: bytes, separator: isSemicolon ? 0x3B : 0x2C)
        guard let first = rows.first else {
            note(
                1, "area", "quotas.empty",
                "The file is empty; it needs a line of column names and a line for each area.")
            return []
        }
        guard readHead(first) else { return [] }
        guard rows.count - 1 <= Self.lines else {
            note(Self.lines, "area", "quotas.too_many", "A file has at most \(Self.lines) lines.")
            return []
        }
        var lines: [Line] = []
        var seen: [Int: Int] = [:]
        for row in rows.dropFirst() {
            guard let line = line(row) else { continue }
            if let earlier = seen[line.area.id] {
                note(row.lineNumber, "area", "quotas.twice", "\(line.area.name) stands in line \(earlier) too.")
                continue
            }
            seen[line.area.id] = row.lineNumber
            lines.append(line)
        }
        if lines.isEmpty, found.isEmpty {
            note(2, "area", "quotas.empty", "The file has no line with an area; an empty selection chooses nobody.")
        }
        noteOverlaps(lines, seen)
        return lines
    }

    private mutating func readHead(_ row: CSVRow) -> Bool {
        for place in 0..<row.count {
            let name = row[place].replacing("\u{FEFF}", with: "").trimmingCharacters(in: .whitespaces).lowercased()
            if let known = policy.columns.first(where: { $0.value.contains(name) })?.key {
                if columns[known] != nil {
                    note(1, name, "quotas.column_twice", "Two columns hold \(known); remove one.")
                }
                columns[known] = place
            } else if parts.contains(where: { $0.group == name }) {
                columns["part " + name] = place
            } else if !name.isEmpty {
                let known = policy.columns.values.flatMap(\.self).sorted() + parts.map(\.group)
                note(
                    1, name, "quotas.column",
                    "No such column is known; remove it, or name it one of \(known.joined(separator: ", ")).")
            }
        }
        for needed in ["area", "places"] where columns[needed] == nil {
            let words = (policy.columns[needed] ?? []).joined(separator: " or ")
            note(1, needed, "quotas.column_missing", "A column \(words) is needed.")
        }
        return found.isEmpty
    }

    private mutating func line(_ row: CSVRow) -> Line? {
        let before = found.count
        if row.fault != nil {
            note(row.lineNumber, "area", "quotas.broken", "The line's quoting is broken; close the quotes.")
            return nil
        }
        func cell(_ name: String) -> String {
            columns[name].map { row[$0].trimmingCharacters(in: .whitespaces) } ?? ""
        }
        let code = cell("area")
        let area = index.area(code)
        // Near areas are dear to find; beyond the findings that are told nobody reads them.
        if area == nil, found.count < Self.findings {
            let summary = unknown(code)
            note(row.lineNumber, "area", "quotas.area_unknown", summary)
        }
        let places = whole(cell("places"), 0...100_000)
        if places == nil {
            note(row.lineNumber, "places", "quotas.places", "A whole number from 0 to 100000 is expected.")
        }
        var reserve = policy.reservePercent.map { ((places ?? 0) * $0 + 99) / 100 }
        if !cell("reserve").isEmpty {
            reserve = whole(cell("reserve"), 0...1_000_000)
            if reserve == nil {
                note(row.lineNumber, "reserve", "quotas.reserve", "A whole number from 0 is expected.")
            }
        }
        var multiplier = cell("multiplier").replacing(",", with: ".")
        if multiplier.isEmpty { multiplier = policy.multiplier }
        if ExactDecimal(multiplier).map({ $0 < 1 || ExactDecimal(1000) < $0 }) ?? true {
            note(row.lineNumber, "multiplier", "quotas.multiplier", "A number from 1 to 1000 is expected.")
        }
        let shares = parts.map { part -> SubQuota in
            let text = cell("part " + part.group)
            guard !text.isEmpty else { return SubQuota(group: part.group, percent: part.percent) }
            return SubQuota(group: part.group, percent: whole(text, 0...100) ?? -1)
        }
        var split: [String: Int] = [:]
        if !shares.isEmpty {
            if let whole = SubQuota.places(shares, of: places ?? 0) {
                split = whole
            } else {
                note(
                    row.lineNumber, parts[0].group, "quotas.parts", "The percents of the parts sum to 100 in each line."
                )
            }
        }
        guard found.count == before, let area, let places else { return nil }
        return Line(area: area, places: places, reserve: reserve, multiplier: multiplier, parts: split)
    }

    private func whole(_ text: String, _ range: ClosedRange<Int>) -> Int? {
        Int(text).flatMap { range.contains($0) ? $0 : nil }
    }

    private mutating func unknown(_ text: String) -> String {
        if known.isEmpty {
            for area in index.areas where area.geography == index.current {
                known.append((area, Array(area.code.utf8), Array(names.normalised(area.name).utf8)))
            }
        }
        let code = Array(text.utf8.prefix(64))
        let name = Array(names.normalised(text).utf8.prefix(64))
        var best: [(score: Int, area: Area)] = []
        for (area, areaCode, areaName) in known {
            let byName = name.isEmpty ? 0 : JaroWinkler.similarity(name, areaName)
            let score = max(byName, JaroWinkler.similarity(code, areaCode))
            guard score >= 850, best.count < 3 || score > best[best.count - 1].score else { continue }
            best.append((score, area))
            best.sort { $0.score > $1.score }
            if best.count > 3 { best.removeLast() }
        }
        let near = best.map { entry in
            entry.area.code + " " + index.path(to: entry.area).dropFirst().map(\.name).joined(separator: " / ")
        }
        return "No area has the code “\(text.prefix(60))”"
            + (near.isEmpty ? "; write a code of the division in force." : "; near: \(near.joined(separator: "; ")).")
    }

    /// A household competes in one area only.
    private mutating func noteOverlaps(_ lines: [Line], _ places: [Int: Int]) {
        let ordered = lines.sorted {
            ($0.area.preorder, -$0.area.lastPreorder) < ($1.area.preorder, -$1.area.lastPreorder)
        }
        var outer: Area?
        for line in ordered {
            if let outer, outer.lastPreorder >= line.area.preorder {
                note(
                    places[line.area.id] ?? 0, "area", "quotas.overlap",
                    "\(line.area.name) lies in \(outer.name) of line \(places[outer.id] ?? 0); a household competes in one area."
                )
            } else {
                outer = line.area
            }
        }
    }
}
