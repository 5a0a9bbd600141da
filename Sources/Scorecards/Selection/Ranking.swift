public import Groundwork

/// A scored household as a choice sees it.
public struct Candidate: Sendable, Hashable {
    public var household: String
    public var score: ExactDecimal
    public var members: Int
    public var registered: CalendarDate?

    public init(household: String, score: ExactDecimal, members: Int = 1, registered: CalendarDate? = nil) {
        (self.household, self.score, self.members, self.registered) = (household, score, members, registered)
    }
}

/// The order of need, with every tie decided by a declared rule, so that two runs never differ.
public struct Ranking: Sendable {
    public let poorer: Formula.Poorer
    public let tieBreak: [Formula.TieBreak]

    public init(poorer: Formula.Poorer, tieBreak: [Formula.TieBreak]) {
        (self.poorer, self.tieBreak) = (poorer, tieBreak)
    }

    /// The poorest first.
    public func order(_ candidates: [Candidate]) -> [Candidate] {
        candidates.sorted(by: precedes)
    }

    /// Whether the left one comes before the right one.
    public func precedes(_ left: Candidate, _ right: Candidate) -> Bool {
        if left.score != right.score { return (left.score < right.score) == (poorer == .lower) }
        for rule in tieBreak {
            switch rule {
            case .largerHousehold: if left.members != right.members { return left.members > right.members }
            case .earlierRegistered:
                if let a = left.registered, let b = right.registered, a != b { return a < b }
                if (left.registered == nil) != (right.registered == nil) { return left.registered != nil }
            case .household: return left.household < right.household
            }
        }
        return left.household < right.household
    }
}

/// What a choice makes of a household.
public enum Choice: Sendable, Hashable {
    case selected
    /// In the order of the waiting list, counted from 1.
    case waiting(Int)
    case notSelected
}

/// So many of an area, the poorest first, and so many more in waiting.
public struct Quota: Sendable, Hashable {
    public var places: Int
    /// How many wait; nil lets everybody else wait.
    public var reserve: Int?

    public init(places: Int, reserve: Int? = nil) {
        (self.places, self.reserve) = (max(0, places), reserve)
    }

    /// The choice for each household of one area; nobody chosen where there is no place, everybody where there are more places than
    /// households.
    public func choose(_ candidates: [Candidate], _ ranking: Ranking) -> [(candidate: Candidate, choice: Choice)] {
        ranking.order(candidates).enumerated().map { place, candidate in
            if place < places { return (candidate, .selected) }
            let turn = place - places + 1
            if let reserve, turn > reserve { return (candidate, .notSelected) }
            return (candidate, .waiting(turn))
        }
    }
}

/// Parts of a quota for groups, such as 40/40/20; what one group cannot fill goes to the next of the ranking.
public struct SubQuota: Sendable, Hashable {
    public var group: String
    /// In hundredths of the places.
    public var percent: Int

    public init(group: String, percent: Int) {
        (self.group, self.percent) = (group, percent)
    }

    /// Whole places for each group by largest remainders; equal remainders go to the earlier group.
    ///
    /// - Returns: nil when the parts do not sum to 100.
    public static func places(_ parts: [SubQuota], of places: Int) -> [String: Int]? {
        guard parts.reduce(0, { $0 + $1.percent }) == 100, parts.allSatisfy({ $0.percent >= 0 }) else { return nil }
        var result = Dictionary(parts.map { ($0.group, $0.percent * places / 100) }, uniquingKeysWith: +)
        let left = places - result.values.reduce(0, +)
        let remainders = parts.enumerated().sorted { one, other in
            let (a, b) = (one.element.percent * places % 100, other.element.percent * places % 100)
            return a == b ? one.offset < other.offset : a > b
        }
        for (_, part) in remainders.prefix(left) { result[part.group, default: 0] += 1 }
        return result
    }
}

extension Quota {
    /// Fills the parts first, each with its own poorest, and what is left over with the poorest of all.
    ///
    /// - Parameter group: the group of a household; nil for those that belong to none, who compete for what is left over.
    public func choose(
        _ candidates: [Candidate], _ ranking: Ranking, parts: [SubQuota], group: (Candidate) -> String?
    ) -> [(candidate: Candidate, choice: Choice)] {
        guard var open = SubQuota.places(parts, of: places) else { return choose(candidates, ranking) }
        let ordered = ranking.order(candidates)
        var chosen: Set<String> = []
        for candidate in ordered {
            guard let name = group(candidate), let places = open[name], places > 0 else { continue }
            open[name] = places - 1
            chosen.insert(candidate.household)
        }
        for candidate in ordered where chosen.count < places { chosen.insert(candidate.household) }
        var turn = 0
        return ordered.map { candidate in
            if chosen.contains(candidate.household) { return (candidate, .selected) }
            turn += 1
            if let reserve, turn > reserve { return (candidate, .notSelected) }
            return (candidate, .waiting(turn))
        }
    }
}

/// Classes of need by percentile, each up to its threshold, the threshold itself included.
public struct PercentileClasses: Sendable {
    public let poorer: Formula.Poorer
    /// From the poorest class on: its code and the last score that belongs to it.
    public let thresholds: [(code: String, score: ExactDecimal)]

    /// - Parameter thresholds: from the poorest class on.
    public init(poorer: Formula.Poorer, thresholds: [(code: String, score: ExactDecimal)]) {
        (self.poorer, self.thresholds) = (poorer, thresholds)
    }

    /// The thresholds that a population gives: the score of the household at rank ⌈percentile × n ÷ 100⌉.
    ///
    /// - Returns: nil for nobody; there are no percentiles of an empty registry.
    public init?(_ classes: [Formula.PercentileClass], of scores: [ExactDecimal], poorer: Formula.Poorer) {
        guard !scores.isEmpty, !classes.isEmpty else { return nil }
        let ordered = scores.sorted { ($0 < $1) == (poorer == .lower) && $0 != $1 }
        let count = ExactDecimal(ordered.count)
        self.poorer = poorer
        thresholds = classes.compactMap { entry in
            let exact = (entry.upTo * count).divided(by: 100, Division(places: 20, rounding: .truncate)) ?? .zero
            let whole = exact.rounded(places: 0, .truncate)
            let rank = (whole.int ?? 0) + (whole == exact ? 0 : 1)
            return rank > 0 ? (entry.code, ordered[min(rank, ordered.count) - 1]) : nil
        }
    }

    /// The first class whose threshold the score does not pass; nil beyond the last.
    public func code(of score: ExactDecimal) -> String? {
        thresholds.first { poorer == .lower ? !($0.score < score) : !(score < $0.score) }?.code
    }
}

/// The last score that can be chosen; the bound itself is included.
public struct CutOff: Sendable {
    public let poorer: Formula.Poorer
    public let last: ExactDecimal

    public init(poorer: Formula.Poorer, last: ExactDecimal) {
        (self.poorer, self.last) = (poorer, last)
    }

    public func takes(_ score: ExactDecimal) -> Bool {
        poorer == .lower ? !(last < score) : !(score < last)
    }
}
