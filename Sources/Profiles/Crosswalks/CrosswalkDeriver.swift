import Linkage
import Registry

/// Finds out by names what became of each area, and says how surely; what names do not tell stays unresolved.
///
/// Former units live on in the names of the new division's units and parts. Each rule is named in the lines that it found:
///
/// - `root`: both divisions are of the same country.
/// - `name`: one former unit and one place bear the name.
/// - `name_by_group`: of several places of the name, one lies where the other units of the group went.
/// - `name_by_seat`: of those, one unit bears the name itself or has it for its chief town.
/// - `name_by_neighbours`: of those, one lies in a unit that holds others of the same group.
/// - `short_name`, `spelling`: no place bears the name, one bears some of its words, or one that sounds the same.
/// - `siblings`: a part without a name of its own, in a unit of which all that is known came from one group.
/// - `parts_agree`, `units_agree`: what holds for everything inside holds for the whole.
///
/// A former unit that is found nowhere (a lost one) may lie wherever units of its group went: nothing there is certain, and
/// what only neighbours say is merely possible.
struct CrosswalkDeriver {
    let plan: CrosswalkPlan
    let former: NamedTree
    let new: NamedTree
    let rules: CrosswalkPlan.Derivation
    let similarity: NameSimilarity
    let order: [String: Int]

    /// - Returns: nil when the plan does not say by which levels to derive.
    init?(_ plan: CrosswalkPlan, from: Geography, to: Geography, names: NameKeys) {
        guard let rules = plan.derivation else { return nil }
        (self.plan, self.rules) = (plan, rules)
        similarity = NameSimilarity(names)
        former = NamedTree(from, group: rules.fromGroup, unit: rules.fromUnit, part: nil, names.normaliser)
        new = NamedTree(to, group: rules.toGroup, unit: rules.toUnit, part: rules.toPart, names.normaliser)
        order = Dictionary(
            (from.entries + to.entries).enumerated().map { ($0.element.code, $0.offset) },
            uniquingKeysWith: { first, _ in first })
    }

    /// The crosswalk and what it leaves open; the same for the same divisions, whatever their order of rows means.
    func derive() -> (lines: [CrosswalkLine], unresolved: [UnresolvedUnit]) {
        let places = PlaceFinder(former: former, new: new, similarity: similarity, least: rules.similarity).find()
        var writer = CrosswalkWriter(plan: plan, former: former, new: new, places: places)
        writer.write()
        return (writer.lines.sorted(by: inOrder), writer.unresolved)
    }

    private func inOrder(_ left: CrosswalkLine, _ right: CrosswalkLine) -> Bool {
        (order[left.from] ?? 0, order[left.to] ?? 0) < (order[right.from] ?? 0, order[right.to] ?? 0)
    }
}
