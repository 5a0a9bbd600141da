import Linkage
import Registry

/// Finds the area that a cell means, by code or by a path of names, and suggests near ones where there is none.
///
/// A path may begin with the code of a division: `bi-former / Ruyigi / Butezi`. An area of a former division becomes the same
/// place of the division in force where that is certain; else it is kept as stated, for it says where the record stood, and
/// `kept` tells what the crosswalk suggests.
final class AreaResolver {
    enum Answer {
        case found(Area)
        case refused(RowFinding)
    }

    private let index: AreaIndex
    private let names: NameNormaliser
    private var known: [String: Answer] = [:]
    /// Areas of a former division that cells named and that were kept as stated, by reference.
    private(set) var kept: [String: RowFinding] = [:]
    /// Cells repeat; beyond this many different ones the memory starts anew.
    private static let mostKnown = 20_000

    init(index: AreaIndex, names: NameNormaliser) {
        (self.index, self.names) = (index, names)
    }

    func area(_ text: String, field: String) -> Answer {
        if let answer = known[text] { return answer }
        if known.count >= Self.mostKnown { known.removeAll() }
        let answer = look(text, field: field)
        known[text] = answer
        return answer
    }

    /// The area of a code in a system of codes, else of the names from the top, within one geography where that is given.
    func area(code: String?, system: String?, path: [String], geography: String?, field: String) -> Answer {
        // No code and no name holds a control character: it parts them without doubt.
        let parts = [code ?? "", system ?? "", geography ?? ""] + path
        let key = parts.joined(separator: "\u{1F}")
        if let answer = known[key] { return answer }
        if known.count >= Self.mostKnown { known.removeAll() }
        let answer = look(code: code, system: system, path: path, geography: geography, field: field)
        known[key] = answer
        return answer
    }

    private func look(
        code: String?, system: String?, path: [String], geography: String?, field: String
    ) -> Answer {
        if let code, !code.isEmpty {
            let found = system.map { index.area($0 + ":" + code) } ?? index.area(code)
            if let found, geography == nil || found.geography == geography {
                return .found(settled(found, field: field))
            }
            if path.isEmpty { return .refused(unknown(code, last: "", field: field)) }
        }
        return look(
            path: path.map { names.normalised($0) }, text: path.joined(separator: " / "), geography: geography,
            field: field)
    }

    private func look(_ text: String, field: String) -> Answer {
        if let area = index.area(text) { return .found(settled(area, field: field)) }
        var steps = text.split(whereSeparator: { "/>|".contains($0) }).map(String.init)
        let division = steps.count > 1 ? division(steps[0]) : nil
        if division != nil { steps.removeFirst() }
        return look(path: steps.map { names.normalised($0) }, text: text, geography: division, field: field)
    }

    private func look(path: [String], text: String, geography: String?, field: String) -> Answer {
        guard let last = path.last, !last.isEmpty else { return .refused(unknown(text, last: "", field: field)) }
        let fitting = index.areas(named: last).filter { area in
            (geography == nil || area.geography == geography) && lies(area, below: path.dropLast())
        }
        let current = fitting.filter { $0.geography == index.current }
        let candidates = current.isEmpty ? fitting : current
        if candidates.count == 1 { return .found(settled(candidates[0], field: field)) }
        if candidates.count > 1 {
            let some = candidates.prefix(4).map(described).joined(separator: "; ")
            return .refused(
                RowFinding(
                    field, "area.ambiguous", "\(candidates.count) areas have this name.",
                    "Write the code or more of the path: \(some)."))
        }
        return .refused(unknown(text, last: last, field: field))
    }

    /// The division of that code, when the step of a path is one.
    private func division(_ step: String) -> String? {
        let words = step.split(separator: " ")
        return words.count == 1 ? index.geographies.first { $0 == words[0] } : nil
    }

    /// The same place in the division in force where that is certain, else the area itself.
    private func settled(_ area: Area, field: String) -> Area {
        guard let current = index.current, area.geography != current else { return area }
        if let same = index.equal(to: area, in: current) { return same }
        guard kept[area.reference] == nil, index.crosswalk(between: area.geography, and: current) != nil else {
            return area
        }
        let known = index.readings(of: area, in: current).last { $0.reading.area != nil }?.reading
        let candidates = index.candidates(for: area, in: current).prefix(4).map(described).joined(separator: "; ")
        let remedy: String
        if let found = known?.area {
            remedy =
                "Read as \(described(found)), which is \(known?.confidence.rawValue ?? ""); write its code or a finer one."
        } else if candidates.isEmpty {
            remedy = "Nothing tells where it lies now; write a code of the areas in force."
        } else {
            remedy = "Several areas come into question; write the code of one: \(candidates)."
        }
        kept[area.reference] = RowFinding(
            field, "area.former", "The area is of a former division and is kept as stated.", remedy)
        return area
    }

    /// Whether the names stand, in order, among the areas around it.
    private func lies(_ area: Area, below names: ArraySlice<String>) -> Bool {
        var wanted = names.reversed()[...]
        for outer in index.path(to: area).dropLast().reversed() {
            guard let next = wanted.first else { return true }
            if index.areas(named: next).contains(where: { $0.id == outer.id }) { wanted = wanted.dropFirst() }
        }
        return wanted.isEmpty
    }

    private func unknown(_ text: String, last: String, field: String) -> RowFinding {
        let some = suggestions(text, last).map(described).joined(separator: "; ")
        return RowFinding(
            field, "area.unknown", "No area has this code or name.",
            some.isEmpty ? "Write a code of the areas in force." : "Write a code of the areas in force; near: \(some).")
    }

    private func suggestions(_ text: String, _ last: String) -> [Area] {
        let code = Array(text.utf8.prefix(64))
        let name = Array(last.utf8)
        var best: [(score: Int, area: Area)] = []
        for area in index.areas where area.geography == index.current {
            let byName = name.isEmpty ? 0 : JaroWinkler.similarity(name, Array(names.normalised(area.name).utf8))
            let score = max(byName, JaroWinkler.similarity(code, Array(area.code.utf8)))
            guard score >= 850, best.count < 3 || score > best[best.count - 1].score else { continue }
            best.append((score, area))
            best.sort { $0.score > $1.score }
            if best.count > 3 { best.removeLast() }
        }
        return best.map(\.area)
    }

    private func described(_ area: Area) -> String {
        area.code + " " + index.path(to: area).dropFirst().map(\.name).joined(separator: " / ")
    }
}
