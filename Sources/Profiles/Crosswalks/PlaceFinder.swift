import Linkage

/// Where the name of one former unit is found in the new division.
struct FormerPlace {
    /// A unit of the new division in which the name occurs.
    struct Place {
        var unit: String
        /// Whether the unit itself bears the name.
        var isNamed: Bool
        /// Whether the unit's chief town bears it.
        var isSeat: Bool
        /// Parts of the unit that bear it.
        var parts: [String]
    }

    enum State {
        /// One place, found by the rule.
        case settled(Place, rule: String)
        /// Several that nothing tells apart.
        case ambiguous([Place])
        case lost
    }

    var unit: NamedTree.Node
    var state: State
    /// Units of the same group whose names, each unambiguous, lie in the same new group.
    var support: Int = 0

    var place: Place? { if case .settled(let place, _) = state { place } else { nil } }
    var rule: String { if case .settled(_, let rule) = state { rule } else { "" } }
    var candidates: [Place] {
        switch state {
        case .settled(let place, _): [place]
        case .ambiguous(let places): places
        case .lost: []
        }
    }
    /// Whether only a similar name was found.
    var isByLikeness: Bool { rule == "spelling" || rule == "short_name" }
    var isLost: Bool { if case .lost = state { true } else { false } }
}

/// Looks for the names of all former units, and decides between several places by what their neighbours say.
struct PlaceFinder {
    let former: NamedTree
    let new: NamedTree
    let similarity: NameSimilarity
    /// From 0 to 1000.
    let least: Int

    func find() -> [FormerPlace] {
        let exact = former.units.map { unit in (unit: unit, places: places(of: unit)) }
        let bearers = Dictionary(
            former.units.flatMap { unit in unit.names.map { ($0, 1) } }, uniquingKeysWith: +)
        func isAlone(_ unit: NamedTree.Node) -> Bool { unit.names.allSatisfy { bearers[$0] == 1 } }
        // Which new groups each former group is known to have gone to, by units whose names leave no doubt.
        var support: [String: [String: Set<String>]] = [:]
        for (unit, places) in exact where isAlone(unit) {
            let groups = Set(places.map { group(of: $0) })
            if groups.count == 1, let group = groups.first {
                support[unit.group, default: [:]][group, default: []].insert(unit.code)
            }
        }
        var found = exact.map { unit, places in
            FormerPlace(unit: unit, state: first(unit, places, isAlone(unit), support[unit.group] ?? [:]))
        }
        narrow(&found, by: "name_by_seat") { _, place, _ in place.isNamed || place.isSeat }
        narrow(&found, by: "name_by_neighbours") { place, candidate, all in
            all.contains { $0.unit.group == place.unit.group && $0.place?.unit == candidate.unit }
        }
        spell(&found, support)
        separate(&found)
        for index in found.indices {
            guard let place = found[index].place else { continue }
            let others = support[found[index].unit.group]?[group(of: place)] ?? []
            found[index].support = others.subtracting([found[index].unit.code]).count
        }
        return found
    }

    func group(of place: FormerPlace.Place) -> String { new.byCode[place.unit]?.group ?? "" }

    /// Every unit of the new division that bears the name, has it for its chief town, or holds a part of the name.
    private func places(of unit: NamedTree.Node) -> [FormerPlace.Place] {
        new.units.compactMap { candidate in
            let place = FormerPlace.Place(
                unit: candidate.code, isNamed: !candidate.names.isDisjoint(with: unit.names),
                isSeat: candidate.chiefTown.map(unit.names.contains) ?? false,
                parts: (new.partsOf[candidate.code] ?? []).filter { !$0.names.isDisjoint(with: unit.names) }
                    .map(\.code))
            return place.isNamed || !place.parts.isEmpty ? place : nil
        }
    }

    private func first(
        _ unit: NamedTree.Node, _ places: [FormerPlace.Place], _ isAlone: Bool, _ support: [String: Set<String>]
    ) -> FormerPlace.State {
        if places.isEmpty { return .lost }
        if isAlone, places.count == 1 { return .settled(places[0], rule: "name") }
        let fitting = places.filter { !(support[group(of: $0)] ?? []).subtracting([unit.code]).isEmpty }
        if fitting.count == 1 { return .settled(fitting[0], rule: "name_by_group") }
        return .ambiguous(fitting.isEmpty ? places : fitting)
    }

    private func narrow(
        _ found: inout [FormerPlace], by rule: String,
        _ keeps: (FormerPlace, FormerPlace.Place, [FormerPlace]) -> Bool
    ) {
        let before = found
        for index in found.indices {
            guard case .ambiguous(let places) = found[index].state else { continue }
            let kept = places.filter { keeps(before[index], $0, before) }
            if kept.count == 1 {
                found[index].state = .settled(kept[0], rule: rule)
            } else if !kept.isEmpty {
                found[index].state = .ambiguous(kept)
            }
        }
    }

    /// Places with a similar name, where the group went and no former unit's own name stands.
    private func spell(_ found: inout [FormerPlace], _ support: [String: [String: Set<String>]]) {
        let taken = former.units.reduce(into: Set<String>()) { $0.formUnion($1.names) }
        for index in found.indices where found[index].isLost {
            let unit = found[index].unit
            let free = (new.units + new.parts).filter {
                $0.names.isDisjoint(with: taken) && support[unit.group]?[$0.group] != nil
            }
            var likes = free.filter { node in unit.names.contains { own in node.names.contains { isShort(own, $0) } } }
            let rule = likes.isEmpty ? "spelling" : "short_name"
            if likes.isEmpty {
                let scored = free.map { (node: $0, score: score(unit, $0)) }
                guard let best = scored.map(\.score).max(), best >= least else { continue }
                likes = scored.filter { $0.score == best }.map(\.node)
            }
            let places = Set(likes.map(\.unit)).sorted().map { unit in
                FormerPlace.Place(
                    unit: unit, isNamed: likes.contains { $0.code == unit }, isSeat: false,
                    parts: likes.filter { $0.unit == unit && $0.code != unit }.map(\.code))
            }
            found[index].state = places.count == 1 ? .settled(places[0], rule: rule) : .ambiguous(places)
        }
    }

    private func score(_ unit: NamedTree.Node, _ node: NamedTree.Node) -> Int {
        unit.names.flatMap { own in node.names.map { similarity.score(own, $0) } }.max() ?? 0
    }

    /// Whether one name is some of the words of the other: Nyanza, Nyanza-Lac.
    private func isShort(_ one: String, _ other: String) -> Bool {
        let (left, right) = (Set(one.split(separator: " ")), Set(other.split(separator: " ")))
        return !left.isEmpty && !right.isEmpty && (left.isSubset(of: right) || right.isSubset(of: left))
    }

    /// Two former units that claim one part: neither has it.
    private func separate(_ found: inout [FormerPlace]) {
        var claims: [String: Int] = [:]
        for place in found.compactMap(\.place) {
            for part in place.parts { claims[part, default: 0] += 1 }
        }
        for index in found.indices {
            guard let place = found[index].place, place.parts.contains(where: { claims[$0] ?? 0 > 1 }) else { continue }
            found[index].state = .ambiguous([place])
        }
    }
}
