/// What a crosswalk says and what it leaves open, counted.
package struct CrosswalkSummary: Sendable {
    /// The areas of one level of one of the two divisions, by how surely they read at one level of the other.
    package struct Level: Sendable {
        package var geography: String
        package var level: Int
        package var name: String
        /// Level of the other division, not deeper than the area's own.
        package var toldLevel: Int
        package var toldName: String
        package var areas: [CrosswalkConfidence: Int]

        package var total: Int { areas.values.reduce(0, +) }
    }

    /// An area that does not read in the other division, with those that come into question.
    package struct Open: Sendable {
        package var area: Area
        package var candidates: [Area]
    }

    package var from: String
    package var to: String
    package var lines: [CrosswalkConfidence: Int] = [:]
    package var relations: [CrosswalkRelation: Int] = [:]
    package var rules: [String: Int] = [:]
    package var levels: [Level] = []
    /// Former areas that read nowhere at their own level, and areas of the new division that read nowhere below the top,
    /// of the levels that lines are made for; what lies below an open area is open too.
    package var open: [Open] = []

    package init(_ crosswalk: Crosswalk, _ index: AreaIndex) {
        (from, to) = (crosswalk.from, crosswalk.to)
        for line in crosswalk.lines {
            lines[line.confidence, default: 0] += 1
            relations[line.relation, default: 0] += 1
            rules[line.rule, default: 0] += 1
        }
        count(from, in: to, index)
        count(to, in: from, index)
        let depth = index.levels(of: to).map(\.level).max() ?? 0
        let formers = Set(crosswalk.lines.filter(\.relation.formerLiesInNew).map(\.from))
        find(from, formers, in: to, index) { min($0.level, depth) }
        let news = Set(crosswalk.lines.filter(\.relation.newLiesInFormer).map(\.to))
        find(to, news, in: from, index) { _ in 1 }
    }

    private mutating func count(_ own: String, in other: String, _ index: AreaIndex) {
        for (level, name) in index.levels(of: own) where level > 0 {
            for (told, toldName) in index.levels(of: other) where told > 0 && told <= level {
                var counts: [CrosswalkConfidence: Int] = [:]
                for area in index.areas where area.geography == own && area.level == level {
                    counts[index.reading(of: area, in: other, level: told).confidence, default: 0] += 1
                }
                levels.append(
                    Level(
                        geography: own, level: level, name: name, toldLevel: told, toldName: toldName, areas: counts))
            }
        }
    }

    /// - Parameter spoken: codes of areas that lines are made for; others of their levels are expected to read too.
    private mutating func find(
        _ own: String, _ spoken: Set<String>, in other: String, _ index: AreaIndex, _ level: (Area) -> Int
    ) {
        let areas = index.areas.filter { $0.geography == own }
        let levels = Set(areas.filter { spoken.contains($0.code) }.map(\.level))
        for area in areas where area.level > 0 && levels.contains(area.level) {
            guard index.reading(of: area, in: other, level: level(area)).area == nil else { continue }
            open.append(Open(area: area, candidates: index.candidates(for: area, in: other)))
        }
    }
}

extension AreaIndex {
    /// Areas of the other division that some line names with this one.
    package func candidates(for area: Area, in geography: String) -> [Area] {
        Set(mentions(of: area.id).map(\.area)).compactMap { self[$0] }
            .filter { $0.geography == geography && $0.level > 0 }
            .sorted { $0.preorder < $1.preorder }
    }
}
