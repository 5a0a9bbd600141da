package import Foundation

/// How far one line of a crosswalk can be relied on; greater is surer.
package enum CrosswalkConfidence: String, Sendable, CaseIterable, Comparable {
    /// A candidate only: nothing is read by it.
    case unresolved
    /// By a similar spelling, or where a unit that was found nowhere could lie as well.
    case possible
    /// The only place that fits, among several of the name or by all neighbours.
    case likely
    /// Stated by an administration, or without any other reading.
    case certain

    package var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }

    package static func < (left: CrosswalkConfidence, right: CrosswalkConfidence) -> Bool { left.rank < right.rank }

    /// This one and all that are surer, as the database stores them.
    package var andSurer: [String] { Self.allCases.filter { $0 >= self }.map(\.rawValue) }
}

/// What became of an area in another division.
package enum CrosswalkRelation: String, Sendable, CaseIterable {
    /// The same place under the same name.
    case same
    /// The same place under another name.
    case rename
    /// Divided: the new area lies wholly in the former one.
    case split
    /// Joined: the former area lies wholly in the new one.
    case merge
    /// A piece of the former area came to the new one, which holds others besides.
    case part

    /// Whether whoever lives in the new area lived in the former one.
    package var newLiesInFormer: Bool { self == .same || self == .rename || self == .split }
    /// Whether whoever lived in the former area lives in the new one.
    package var formerLiesInNew: Bool { self == .same || self == .rename || self == .merge }
}

/// One line: what became of one area, how surely, and how that was found.
package struct CrosswalkLine: Sendable, Hashable {
    /// Code of the area in the former division.
    package var from: String
    /// Code of the area in the new division.
    package var to: String
    package var relation: CrosswalkRelation
    /// Share of the former area that came to the new one, from 0 to 1; nil when not known.
    package var weight: Decimal?
    package var confidence: CrosswalkConfidence
    /// Name of the rule that found it; `stated` for what an administration said.
    package var rule: String
    package var evidence: String

    package init(
        from: String, to: String, relation: CrosswalkRelation, weight: Decimal? = nil,
        confidence: CrosswalkConfidence, rule: String, evidence: String
    ) {
        (self.from, self.to, self.relation, self.weight) = (from, to, relation, weight)
        (self.confidence, self.rule, self.evidence) = (confidence, rule, evidence)
    }

    /// The rule of lines that an administration stated.
    package static let stated: String = "stated"
    package var isStated: Bool { rule == Self.stated }
}

/// What became of the areas of one division in another.
package struct Crosswalk: Sendable, Hashable {
    /// Code of the former geography.
    package var from: String
    /// Code of the geography that followed.
    package var to: String
    package var lines: [CrosswalkLine]

    package init(from: String, to: String, lines: [CrosswalkLine]) {
        (self.from, self.to, self.lines) = (from, to, lines)
    }
}

/// An area as told in another division: the area, or that it is not resolved.
package struct AreaReading: Sendable, Hashable {
    /// Nil when not resolved.
    package var area: Area?
    package var confidence: CrosswalkConfidence
    /// The rule that gave it; `own` for an area of the division itself.
    package var rule: String?

    package init(area: Area?, confidence: CrosswalkConfidence, rule: String?) {
        (self.area, self.confidence, self.rule) = (area, confidence, rule)
    }

    package static let unresolved: AreaReading = AreaReading(area: nil, confidence: .unresolved, rule: nil)
    /// The rule of areas that need no crosswalk.
    package static let own: String = "own"
}

/// Consecutive preorder numbers that read as one area of a division at one level.
package struct AreaSegment: Sendable, Hashable {
    package var orders: ClosedRange<Int>
    /// Id of the area.
    package var area: Int
    package var confidence: CrosswalkConfidence

    package init(orders: ClosedRange<Int>, area: Int, confidence: CrosswalkConfidence) {
        (self.orders, self.area, self.confidence) = (orders, area, confidence)
    }
}
