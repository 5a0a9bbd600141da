import Groundwork
import Linkage
import Registry

@testable import Profiles

/// Small divisions whose truth is known, and what the tests ask of them.
enum CrosswalkGround {
    static let rules: CrosswalkPlan.Derivation = CrosswalkPlan.Derivation(
        fromGroup: "province", fromUnit: "commune", toGroup: "province", toUnit: "commune", toPart: "zone",
        similarity: 960)

    /// A division from lines of `code name`, indented by two spaces for each level; `~` and `@` give an alias and a chief town.
    static func division(_ code: String, _ text: String) -> Geography {
        let words = ["country", "province", "commune", "zone"]
        var path: [String] = []
        var entries: [Geography.Entry] = []
        for line in text.split(separator: "\n") {
            let level = line.prefix { $0 == " " }.count / 2
            let parts = line.split(separator: " ", maxSplits: 1).map(String.init)
            path = Array(path.prefix(level)) + [parts[0]]
            let chief = parts[1].split(separator: "@").map { String($0).trimming }
            let names = chief[0].split(separator: "~").map { String($0).trimming }
            entries.append(
                Geography.Entry(
                    code: parts[0], name: names[0], level: level, levelName: words[level],
                    parent: level == 0 ? nil : path[level - 1], aliases: Array(names.dropFirst()), otherCodes: [],
                    facts: chief.count > 1 ? ["chief_town": chief[1]] : [:]))
        }
        return Geography(code: code, title: code, validFrom: nil, validTo: nil, entries: entries, part: code)
    }

    static func plan(_ from: String = "old", _ to: String = "new") -> CrosswalkPlan {
        CrosswalkPlan(
            file: "areas/crosswalks/\(from)--\(to).json", from: from, to: to, table: "t", unresolved: "u",
            overrides: "o", derivation: rules)
    }

    static func derive(_ old: String, _ new: String) -> (lines: [CrosswalkLine], unresolved: [UnresolvedUnit]) {
        let names = NameKeys(fold: PhoneticFold(PhoneticFold.Table(undouble: "", replace: [])))
        let (from, to) = (division("old", old), division("new", new))
        return CrosswalkDeriver(plan(), from: from, to: to, names: names)?.derive() ?? ([], [])
    }

    /// An index over divisions, each with its block of numbers.
    static func index(_ geographies: [Geography], _ crosswalks: [Crosswalk]) -> AreaIndex {
        var areas: [Area] = []
        for (block, geography) in geographies.enumerated() {
            let numbers = Preorder.number(geography.entries, from: block * 1_000_000 + 1)
            var ids: [String: Int] = [:]
            for entry in geography.entries {
                ids[entry.code] = areas.count + 1
                areas.append(
                    Area(
                        id: areas.count + 1, geography: geography.code, code: entry.code, name: entry.name,
                        level: entry.level, levelName: entry.levelName, parent: entry.parent.flatMap { ids[$0] },
                        preorder: numbers[entry.code]?.first ?? 0, lastPreorder: numbers[entry.code]?.last ?? 0))
            }
        }
        return AreaIndex(areas: areas, current: geographies.last?.code, crosswalks: crosswalks)
    }
}

extension String {
    fileprivate var trimming: String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}

extension [CrosswalkLine] {
    func line(_ from: String, _ to: String) -> CrosswalkLine? { first { $0.from == from && $0.to == to } }

    /// `relation confidence rule`, or empty.
    func said(_ from: String, _ to: String) -> String {
        line(from, to).map { "\($0.relation.rawValue) \($0.confidence.rawValue) \($0.rule)" } ?? ""
    }
}
