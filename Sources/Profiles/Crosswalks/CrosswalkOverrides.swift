import Groundwork
import Registry

/// Lays what an administration stated over the derived lines: whatever says otherwise goes.
struct CrosswalkOverrides {
    private let from: String
    private let to: String
    private let parents: [String: [String: String]]

    init(from: Geography, to: Geography) {
        (self.from, self.to) = (from.code, to.code)
        parents = Dictionary(
            [from, to].map { geography in
                let pairs = geography.entries.compactMap { entry in entry.parent.map { (entry.code, $0) } }
                return (geography.code, Dictionary(pairs, uniquingKeysWith: { first, _ in first }))
            }, uniquingKeysWith: { first, _ in first })
    }

    /// The area and those around it, innermost first.
    private func path(_ geography: String, _ code: String) -> [String] {
        var path = [code]
        while let next = parents[geography]?[path[path.count - 1]], path.count < 32 { path.append(next) }
        return path
    }

    func merged(
        _ derived: [(place: FieldPath, line: CrosswalkLine)], with stated: [(place: FieldPath, line: CrosswalkLine)]
    ) -> [(place: FieldPath, line: CrosswalkLine)] {
        derived.filter { item in !stated.contains { contradicts($0.line, item.line) } } + stated
    }

    private func contradicts(_ stated: CrosswalkLine, _ line: CrosswalkLine) -> Bool {
        if (stated.from, stated.to) == (line.from, line.to) { return true }
        if stated.relation.newLiesInFormer, line.relation.newLiesInFormer || line.confidence == .unresolved {
            // The same new area in another former one, or a new area around it that would be wholly of another.
            if stated.to == line.to { return true }
            if path(to, stated.to).contains(line.to), !path(from, stated.from).contains(line.from) { return true }
        }
        if stated.relation.formerLiesInNew, line.relation == .split {
            // What lies in the former area lies where that one went.
            return path(from, line.from).contains(stated.from) && !path(to, line.to).contains(stated.to)
                && !path(to, stated.to).contains(line.to)
        }
        if stated.relation.formerLiesInNew {
            if stated.from == line.from { return true }
            if path(from, stated.from).contains(line.from), !path(to, stated.to).contains(line.to) {
                return line.relation.formerLiesInNew
            }
        }
        return false
    }
}
