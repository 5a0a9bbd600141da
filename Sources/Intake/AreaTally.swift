package import Documents
import Groundwork
import Registry

/// How many rows of a file concern each area just below the country, and why rows of it are held back.
///
/// Counted as households are read, so keys that an earlier part of the file used are not among the reasons.
struct AreaTally {
    private let areas: AreaIndex
    private var outer: [String: String] = [:]
    private(set) var counts: [String: AreaCounts] = [:]

    init(_ areas: AreaIndex) {
        self.areas = areas
    }

    mutating func note(_ unit: PreparedUnit, _ rows: [ReadRow]) {
        let name = (rows.first { $0.isHead } ?? rows.first)?.household["area"]?.string.map { self.name($0) } ?? ""
        var count = counts[name] ?? AreaCounts(area: name)
        count.rows += rows.count
        if !unit.isSound {
            count.held += rows.count
            for line in unit.lines {
                for code in Set(line.findings.map(\.code)) { count.rules[code, default: 0] += 1 }
            }
        }
        counts[name] = count
    }

    private mutating func name(_ reference: String) -> String {
        if let known = outer[reference] { return known }
        let path = areas.area(reference).map { areas.path(to: $0) } ?? []
        let name = path.count > 1 ? path[1].name : path.first?.name ?? ""
        outer[reference] = name
        return name
    }
}

/// Rows of a file that concern one area.
package struct AreaCounts: Sendable, Equatable {
    /// Name of an area just below the country; empty for rows whose area is not known.
    package var area: String
    package var rows: Int = 0
    /// Rows that go to quarantine, sound ones of a household with a bad one included.
    package var held: Int = 0
    /// Rows by code of the finding.
    package var rules: [String: Int] = [:]

    package var json: JSON {
        var rules: JSONObject = [:]
        for (code, count) in self.rules.sorted(by: { $0.key < $1.key }) {
            rules[code] = .number(JSONNumber(count))
        }
        return [
            "area": .string(area), "rows": .number(JSONNumber(rows)), "held": .number(JSONNumber(held)),
            "rules": .object(rules),
        ]
    }
}
