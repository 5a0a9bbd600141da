import Foundation
import Groundwork
import Registry

/// Holds a crosswalk to what its words promise: known areas, shares that add up, one certain answer, no contradiction.
struct CrosswalkCheck {
    let from: Geography
    let to: Geography
    private var parents: [String: String] = [:]
    private var levels: [String: Int] = [:]

    init(from: Geography, to: Geography) {
        (self.from, self.to) = (from, to)
        for geography in [from, to] {
            for entry in geography.entries {
                let key = Self.key(geography.code, entry.code)
                levels[key] = entry.level
                parents[key] = entry.parent.map { Self.key(geography.code, $0) }
            }
        }
    }

    private static func key(_ geography: String, _ code: String) -> String { "\(geography):\(code)" }
    private func former(_ line: CrosswalkLine) -> String { Self.key(from.code, line.from) }
    private func new(_ line: CrosswalkLine) -> String { Self.key(to.code, line.to) }

    /// - Parameter lines: each with the place at which findings about it are noted.
    func findings(_ lines: [(place: FieldPath, line: CrosswalkLine)]) -> [Finding] {
        var findings: [Finding] = []
        var seen: Set<[String]> = []
        for (place, line) in lines {
            for (code, geography, key) in [(line.from, from.code, former(line)), (line.to, to.code, new(line))]
            where levels[key] == nil {
                findings.append(
                    Finding(place, code: "crosswalk.area_unknown", "\(code) is no code of \(geography)."))
            }
            if !seen.insert([line.from, line.to]).inserted {
                findings.append(
                    Finding(place, code: "crosswalk.line_twice", "A line from \(line.from) to \(line.to) stands above.")
                )
            }
            if line.relation.formerLiesInNew, let weight = line.weight, weight != 1 {
                findings.append(
                    Finding(
                        place, code: "crosswalk.weight_whole", "\(line.relation.rawValue) takes the whole: weight 1."))
            }
        }
        guard findings.isEmpty else { return findings }
        return sums(lines) + certain(lines) + contradictions(lines)
    }

    /// Shares of one area among areas of one level: 1 when all are stated, never more.
    private func sums(_ lines: [(place: FieldPath, line: CrosswalkLine)]) -> [Finding] {
        let divided = lines.filter {
            ($0.line.relation == .split || $0.line.relation == .part) && $0.line.confidence > .unresolved
        }
        let groups = Dictionary(grouping: divided) { "\($0.line.from) \(levels[new($0.line)] ?? 0)" }
        return groups.sorted { $0.key < $1.key }.compactMap { _, group in
            let stated = group.compactMap(\.line.weight)
            let sum = stated.reduce(0, +)
            guard !stated.isEmpty, sum > 1 || (stated.count == group.count && sum != 1), let last = group.last else {
                return nil
            }
            return Finding(
                last.place, code: "crosswalk.weight_sum",
                "The shares of \(last.line.from) make \(sum); they must make 1.")
        }
    }

    private func certain(_ lines: [(place: FieldPath, line: CrosswalkLine)]) -> [Finding] {
        var findings: [Finding] = []
        var news: [String: String] = [:]
        var formers: [String: String] = [:]
        for (place, line) in lines where line.confidence == .certain {
            if line.relation.newLiesInFormer, let other = formers.updateValue(line.from, forKey: line.to) {
                findings.append(
                    Finding(
                        place, code: "crosswalk.certain_twice", "\(line.to) is certain to lie in \(other) already."))
            }
            if line.relation.formerLiesInNew, let other = news.updateValue(line.to, forKey: line.from) {
                findings.append(
                    Finding(
                        place, code: "crosswalk.certain_twice", "\(line.from) is certain to lie in \(other) already."))
            }
        }
        return findings
    }

    /// Certain lines by which an area would lie in itself, or in two areas of one level.
    private func contradictions(_ lines: [(place: FieldPath, line: CrosswalkLine)]) -> [Finding] {
        let certain = lines.filter { $0.line.confidence == .certain && $0.line.relation != .part }
        // Areas that are certain to be the same place count as one.
        var same: [String: String] = [:]
        for (_, line) in certain where line.relation == .same || line.relation == .rename {
            same[new(line)] = same[former(line)] ?? former(line)
        }
        func one(_ area: String) -> String { same[area] ?? area }
        var lying: [String: [String]] = [:]
        var starts: Set<String> = []
        for (_, line) in certain {
            let (old, now) = (one(former(line)), one(new(line)))
            starts.formUnion([old, now])
            if line.relation == .split { lying[now, default: []].append(old) }
            if line.relation == .merge { lying[old, default: []].append(now) }
        }
        let members = Dictionary(grouping: same.keys) { one($0) }
        func around(_ area: String) -> Set<String> {
            let parents = ([area] + (members[area] ?? [])).compactMap { self.parents[$0].map(one) }
            return Set(parents + (lying[area] ?? [])).subtracting([area])
        }
        var findings: [Finding] = []
        for start in starts.sorted() {
            guard let said = contradiction(from: start, members, around) else { continue }
            let guilty = certain.last {
                said.area == one(former($0.line)) || said.area == one(new($0.line))
            }
            guard let place = (guilty ?? certain.last)?.place, !findings.contains(where: { $0.path == place }) else {
                continue
            }
            findings.append(Finding(place, code: said.code, said.summary))
        }
        return findings
    }

    /// Walks outwards from an area, along what certainly holds it.
    private func contradiction(
        from start: String, _ members: [String: [String]], _ around: (String) -> Set<String>
    ) -> (code: String, summary: String, area: String)? {
        var levelled: [String: String] = [:]
        var open = [start]
        var seen: Set<String> = []
        while let here = open.popLast() {
            guard seen.insert(here).inserted else { continue }
            for area in ([here] + (members[here] ?? [])).sorted() {
                let geography = area.split(separator: ":").first ?? ""
                if let other = levelled.updateValue(area, forKey: "\(geography) \(levels[area] ?? 0)"), other != area {
                    return ("crosswalk.contradiction", "\(start) would lie in \(other) and in \(area).", here)
                }
            }
            let outer = around(here)
            if outer.contains(start) {
                return ("crosswalk.cycle", "\(start) and \(here) would each lie in the other.", here)
            }
            open += outer.sorted()
        }
        return nil
    }

    /// Crosswalks that lead in a circle from division to division.
    static func circles(_ plans: [CrosswalkPlan]) -> [Finding] {
        plans.compactMap { plan in
            var open = [plan.to]
            var seen: Set<String> = []
            while let here = open.popLast() {
                if here == plan.from {
                    return Finding(
                        FieldPath([plan.file]), code: "crosswalk.cycle",
                        "\(plan.from) would follow upon itself; a crosswalk leads from the former division to the new.")
                }
                if seen.insert(here).inserted { open += plans.filter { $0.from == here }.map(\.to) }
            }
            return nil
        }
    }
}
