import Foundation
import Registry

/// Turns the places found into lines, from the parts up to the groups, and notes what stays open.
struct CrosswalkWriter {
    let plan: CrosswalkPlan
    let former: NamedTree
    let new: NamedTree
    let places: [FormerPlace]
    private(set) var lines: [CrosswalkLine] = []
    private(set) var unresolved: [UnresolvedUnit] = []
    /// By new unit: the former units settled there.
    private var residents: [String: [FormerPlace]] = [:]
    /// By new unit: the former units that may be there, and may be elsewhere.
    private var visitors: [String: [FormerPlace]] = [:]
    /// By new group: the former units found nowhere that may be there.
    private var lost: [String: [FormerPlace]] = [:]
    /// By new unit: the former group of everything in it, and how surely.
    private var wholly: [String: (group: String, confidence: CrosswalkConfidence)] = [:]

    init(plan: CrosswalkPlan, former: NamedTree, new: NamedTree, places: [FormerPlace]) {
        (self.plan, self.former, self.new, self.places) = (plan, former, new, places)
        var groups: [String: Set<String>] = [:]
        for place in places {
            if let settled = place.place { residents[settled.unit, default: []].append(place) }
            if place.place == nil { for one in place.candidates { visitors[one.unit, default: []].append(place) } }
            for one in place.candidates {
                groups[place.unit.group, default: []].insert(new.byCode[one.unit]?.group ?? "")
            }
        }
        for place in places where place.isLost {
            // Where nothing of the group is known, it may be anywhere.
            for group in groups[place.unit.group] ?? Set(new.groups.map(\.code)) {
                lost[group, default: []].append(place)
            }
        }
    }

    mutating func write() {
        if former.roots.count == 1, new.roots.count == 1 {
            let (from, to) = (former.roots[0], new.roots[0])
            add(from.code, to.code, .same, weight: true, .certain, "root", "The country is the same.")
        }
        for unit in new.units { writeParts(of: unit) }
        for place in places { writeUnit(place) }
        for group in former.groups { writeGroup(group) }
    }

    private mutating func add(
        _ from: String, _ to: String, _ relation: CrosswalkRelation, weight isWhole: Bool = false,
        _ confidence: CrosswalkConfidence, _ rule: String, _ evidence: String
    ) {
        lines.append(
            CrosswalkLine(
                from: from, to: to, relation: relation, weight: isWhole ? 1 : nil, confidence: confidence, rule: rule,
                evidence: evidence))
    }

    private mutating func open(
        _ node: NamedTree.Node, _ geography: String, _ level: String,
        _ reason: UnresolvedUnit.Reason, _ candidates: [String]
    ) {
        unresolved.append(
            UnresolvedUnit(
                geography: geography, code: node.code, level: level, name: node.name, reason: reason,
                candidates: candidates))
    }

    // MARK: Parts

    /// Former units that could lie in the new unit, and would make its neighbours' word less sure.
    private func rivals(in unit: NamedTree.Node, besides group: String) -> [FormerPlace] {
        ((lost[unit.group] ?? []) + (visitors[unit.code] ?? [])).filter { $0.unit.group != group }
    }

    private mutating func writeParts(of unit: NamedTree.Node) {
        let here = residents[unit.code] ?? []
        let groups = Set(here.map(\.unit.group)).sorted()
        let parts = new.partsOf[unit.code] ?? []
        var anchored: [String: CrosswalkConfidence] = [:]
        for place in here {
            for part in place.place?.parts ?? [] {
                let confidence = confidence(of: place, in: unit, groups)
                anchored[part] = confidence
                add(
                    place.unit.code, part, .split, confidence, place.rule,
                    evidence(of: place, new.byCode[part], unit, confidence))
            }
        }
        guard groups.count == 1, let group = groups.first else {
            for part in parts where anchored[part.code] == nil {
                for candidate in groups {
                    add(
                        candidate, part.code, .split, .unresolved, "siblings",
                        "\(unit.name) holds parts of \(names(groups)).")
                }
                open(part, plan.to, "part", groups.isEmpty ? .noNeighbour : .neighboursDisagree, groups)
            }
            open(unit, plan.to, "unit", groups.isEmpty ? .noNeighbour : .neighboursDisagree, groups)
            return
        }
        writeSiblings(parts, of: unit, in: group, here, anchored)
    }

    private mutating func writeSiblings(
        _ parts: [NamedTree.Node], of unit: NamedTree.Node, in group: String, _ here: [FormerPlace],
        _ anchored: [String: CrosswalkConfidence]
    ) {
        let rivals = rivals(in: unit, besides: group)
        let bySpelling = here.allSatisfy(\.isByLikeness)
        let confidence: CrosswalkConfidence = rivals.isEmpty && !bySpelling ? .likely : .possible
        let known = here.map(\.unit.name).joined(separator: ", ")
        let doubt = rivals.isEmpty ? "" : " Could also be of \(rivals.map(\.unit.name).joined(separator: ", "))."
        for part in parts where anchored[part.code] ?? .unresolved < confidence {
            add(
                group, part.code, .split, confidence, "siblings",
                "\(unit.name) is known to hold \(known), all of \(names([group])).\(doubt)")
        }
        let least = parts.map { max(anchored[$0.code] ?? .unresolved, confidence) }.min() ?? confidence
        wholly[unit.code] = (group, least)
        add(group, unit.code, .split, least, "parts_agree", "All its parts are of \(names([group])).\(doubt)")
    }

    private func confidence(
        of place: FormerPlace, in unit: NamedTree.Node, _ groups: [String]
    ) -> CrosswalkConfidence {
        if place.isByLikeness { return .possible }
        if place.rule != "name" { return .likely }
        // The name alone, far from everything else of its group.
        if place.support == 0, !(place.place?.isNamed ?? false) { return .possible }
        let isClear = groups.count == 1 && rivals(in: unit, besides: place.unit.group).isEmpty
        return isClear && place.support >= 2 ? .certain : .likely
    }

    private func evidence(
        of place: FormerPlace, _ part: NamedTree.Node?, _ unit: NamedTree.Node, _ confidence: CrosswalkConfidence
    ) -> String {
        let part = part?.name ?? ""
        let rivals = rivals(in: unit, besides: place.unit.group)
        let doubt = rivals.isEmpty ? "" : " Not found: \(rivals.map(\.unit.name).joined(separator: ", "))."
        switch place.rule {
        case "short_name": return "\(part) in \(unit.name) bears a part of the name.\(doubt)"
        case "spelling": return "\(part) in \(unit.name) is the nearest spelling of \(place.unit.name).\(doubt)"
        case "name" where confidence == .certain:
            return "No other place bears the name; \(place.support) more units of its group lie in the same one."
        case "name": return "No other place bears the name.\(doubt)"
        case "name_by_seat":
            return "Of several places of the name, the one in \(unit.name), whose name or chief town it is.\(doubt)"
        case "name_by_neighbours":
            return "Of several places of the name, the one in \(unit.name) with others of its group.\(doubt)"
        default: return "Of several places of the name, the one where others of its group lie.\(doubt)"
        }
    }

    // MARK: Units

    private mutating func writeUnit(_ place: FormerPlace) {
        guard let settled = place.place, let unit = new.byCode[settled.unit] else {
            for one in place.candidates {
                for code in one.parts.isEmpty ? [one.unit] : one.parts {
                    add(
                        place.unit.code, code, .split, .unresolved, "several_places",
                        "Several places bear the name, and nothing tells which is meant.")
                }
            }
            return open(
                place.unit, plan.from, "unit", place.isLost ? .nameNotFound : .severalPlaces,
                place.candidates.flatMap { $0.parts.isEmpty ? [$0.unit] : $0.parts })
        }
        let isAlone = residents[unit.code]?.count == 1 && visitors[unit.code] == nil
        let confidence: CrosswalkConfidence = place.isByLikeness ? .possible : .likely
        if isAlone, (lost[unit.group] ?? []).isEmpty {
            let isUnchanged = isUnchanged(place.unit.group, unit.group)
            add(
                place.unit.code, unit.code, settled.isNamed ? .same : .rename, weight: true,
                isUnchanged && place.rule == "name" ? .certain : confidence, "only_one",
                "No other unit of the former division is found in \(unit.name).")
        } else {
            add(
                place.unit.code, unit.code, .merge, weight: true, confidence, "regrouped",
                "Its name lives on in \(unit.name)"
                    + (isAlone ? "; whether that holds others is not known." : ", which holds others besides."))
        }
    }

    /// Whether two groups bear one name and hold units of the same names, so that nothing came or went.
    private func isUnchanged(_ from: String, _ to: String) -> Bool {
        guard let old = former.byCode[from], let now = new.byCode[to], !old.names.isDisjoint(with: now.names) else {
            return false
        }
        let inside = places.filter { $0.unit.group == from }
        let units = Set(inside.compactMap { $0.rule == "name" ? $0.place?.unit : nil })
        return inside.count == units.count && units == Set((new.unitsOf[to] ?? []).map(\.code))
            && units.allSatisfy { residents[$0]?.count == 1 }
    }

    // MARK: Groups

    private mutating func writeGroup(_ group: NamedTree.Node) {
        let inside = places.filter { $0.unit.group == group.code }
        var found: [String: CrosswalkConfidence] = [:]
        for place in inside {
            for one in place.candidates {
                let to = new.byCode[one.unit]?.group ?? ""
                let sure: CrosswalkConfidence = place.place == nil || place.isByLikeness ? .possible : .likely
                found[to] = max(found[to] ?? .unresolved, sure)
            }
        }
        if found.count > 1 {
            for (to, confidence) in found.sorted(by: { $0.key < $1.key }) {
                add(
                    group.code, to, .part, confidence, "units_divided",
                    "Some of its units are found in \(new.byCode[to]?.name ?? to), others elsewhere.")
            }
            return open(group, plan.from, "group", .divided, found.keys.sorted())
        }
        guard let (to, sure) = found.first else {
            return open(group, plan.from, "group", .nameNotFound, [])
        }
        let missing = inside.filter(\.isLost).map(\.unit.name)
        if isUnchanged(group.code, to) {
            add(group.code, to, .same, weight: true, .certain, "units_agree", "All units are the same on both sides.")
        } else {
            add(
                group.code, to, .merge, weight: true, missing.isEmpty ? sure : .possible, "units_agree",
                missing.isEmpty
                    ? "All its units are found there."
                    : "All its units that are found are there; not found: \(missing.joined(separator: ", ")).")
        }
    }

    private func names(_ codes: [String]) -> String {
        codes.map { former.byCode[$0]?.name ?? $0 }.joined(separator: " and ")
    }
}
