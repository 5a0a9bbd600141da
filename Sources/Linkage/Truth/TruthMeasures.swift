/// How well scored pairs and groups agree with a known truth.
///
/// The denominator of every recall is all true pairs: one that no key brought together is missed.
public struct TruthMeasures: Sendable, Hashable {
    /// What linking all pairs from a threshold on would give.
    public struct Point: Sendable, Hashable {
        public var threshold: Double
        public var precision: Double
        public var recall: Double
        public var f1: Double
    }

    /// Groups, as the pairs of their transitive closure.
    public struct Groups: Sendable, Hashable {
        public var threshold: Double
        public var precision: Double
        public var recall: Double
        public var f1: Double
        public var largest: Int
    }

    public var records: Int
    public var truePairs: Int
    /// Scored pairs, and those of them that are true.
    public var scored: Int
    public var found: Int
    /// The point with the best F1 over all thresholds: an oracle's choice, the same for every tool.
    public var best: Point
    /// At thresholds of whole bits around the best one, and at 0.
    public var points: [Point]
    /// The largest recall where precision is at least 0.95, and 0.99.
    public var recallAt95: Double
    public var recallAt99: Double
    public var groups: [Groups]

    public var bestGroups: Groups? { groups.max { ($0.f1, -$0.threshold) < ($1.f1, -$1.threshold) } }

    /// The share of true pairs that were scored at all.
    public var candidateRecall: Double { truePairs == 0 ? 0 : Double(found) / Double(truePairs) }
}

/// Who is who, for measuring.
public struct KnownTruth: Sendable {
    /// For each record the number of the person; negative when that is not known.
    public let persons: [Int32]
    public let scope: MatchSettings.Scope

    public init(persons: [Int32], scope: MatchSettings.Scope = .all) {
        (self.persons, self.scope) = (persons, scope)
    }

    public func isTrue(_ a: Int, _ b: Int) -> Bool { persons[a] >= 0 && persons[a] == persons[b] }

    /// Records of each person with more than one, in rising order.
    public var repeated: [[Int]] {
        var records: [Int32: [Int]] = [:]
        for (record, person) in persons.enumerated() where person >= 0 { records[person, default: []].append(record) }
        return records.values.filter { $0.count > 1 }.sorted { $0[0] < $1[0] }
    }

    /// All true pairs within the scope; of one person at most those among the first `most` records.
    public func forEachPair(most: Int = .max, _ visit: (Int, Int) -> Void) {
        for records in repeated.map({ $0.prefix(most) }) {
            for (place, b) in records.enumerated() {
                for a in records[..<place] where scope.includes(a, b) { visit(a, b) }
            }
        }
    }

    /// Counted by person, so that one with a hundred thousand records takes no billion steps.
    public var pairCount: Int {
        repeated.reduce(0) { sum, records in
            let left = records.count { scope.isLeft($0) }
            return sum + scope.pairs((left, records.count - left))
        }
    }
}

extension TruthMeasures {
    /// - Parameters:
    ///   - excluded: pairs whose truth was given away, as `a << 32 | b` with the smaller first; they count nowhere.
    ///   - clusters: groups by threshold.
    public init(
        _ pairs: [MatchEdge], truth: KnownTruth, excluded: Set<UInt64> = [],
        clusters: [(threshold: Double, groups: [[Int]])] = []
    ) {
        let counted = excluded.isEmpty ? pairs : pairs.filter { !excluded.contains(UInt64($0.a) << 32 | UInt64($0.b)) }
        let given = excluded.count { truth.isTrue(Int($0 >> 32), Int($0 & 0xFFFF_FFFF)) }
        let total = truth.pairCount - given
        let sorted = counted.map { (bits: $0.bits, isTrue: truth.isTrue($0.a, $0.b)) }.sorted { $0.bits > $1.bits }
        records = truth.persons.count
        truePairs = total
        scored = sorted.count
        found = sorted.count { $0.isTrue }
        best = Point(threshold: 0, precision: 0, recall: 0, f1: 0)
        (points, recallAt95, recallAt99) = ([], 0, 0)
        var hits = 0
        for (place, pair) in sorted.enumerated() {
            if pair.isTrue { hits += 1 }
            if place + 1 < sorted.count, sorted[place + 1].bits == pair.bits { continue }
            let point = Self.point(pair.bits, hits: hits, of: place + 1, total: total)
            if point.f1 > best.f1 { best = point }
            if point.precision >= 0.95 { recallAt95 = max(recallAt95, point.recall) }
            if point.precision >= 0.99 { recallAt99 = max(recallAt99, point.recall) }
        }
        groups = clusters.map { Self.groups($0.groups, at: $0.threshold, truth) }
        let middle = Int(best.threshold.rounded())
        points = Set(Array(middle - 5...middle + 5) + [0]).sorted().map { threshold in
            let linked = sorted.prefix { $0.bits >= Double(threshold) }
            return Self.point(
                Double(threshold), hits: linked.count { $0.isTrue }, of: linked.count, total: total)
        }
    }

    private static func point(_ threshold: Double, hits: Int, of linked: Int, total: Int) -> Point {
        let precision = linked == 0 ? 0 : Double(hits) / Double(linked)
        let recall = total == 0 ? 0 : Double(hits) / Double(total)
        return Point(threshold: threshold, precision: precision, recall: recall, f1: harmonic(precision, recall))
    }

    private static func harmonic(_ a: Double, _ b: Double) -> Double { a + b > 0 ? 2 * a * b / (a + b) : 0 }

    private static func groups(_ groups: [[Int]], at threshold: Double, _ truth: KnownTruth) -> Groups {
        var (linked, hits, largest) = (0, 0, 0)
        for group in groups {
            largest = max(largest, group.count)
            // Pairs by person, so that a group of a hundred thousand copies takes no billion steps.
            var persons: [Int32: (left: Int, right: Int)] = [:]
            var all = (left: 0, right: 0)
            for record in group {
                let isLeft = truth.scope.isLeft(record)
                all = isLeft ? (all.left + 1, all.right) : (all.left, all.right + 1)
                let person = truth.persons[record]
                guard person >= 0 else { continue }
                var known = persons[person] ?? (0, 0)
                if isLeft { known.left += 1 } else { known.right += 1 }
                persons[person] = known
            }
            linked += truth.scope.pairs(all)
            for known in persons.values { hits += truth.scope.pairs(known) }
        }
        let total = truth.pairCount
        let precision = linked == 0 ? 0 : Double(hits) / Double(linked)
        let recall = total == 0 ? 0 : Double(hits) / Double(total)
        return Groups(
            threshold: threshold, precision: precision, recall: recall, f1: harmonic(precision, recall),
            largest: largest)
    }
}

extension MatchSettings.Scope {
    fileprivate func isLeft(_ record: Int) -> Bool {
        switch self {
        case .all: true
        case .new(let first), .between(let first): record < first
        }
    }

    /// Pairs within the scope among so many records on each side.
    fileprivate func pairs(_ count: (left: Int, right: Int)) -> Int {
        switch self {
        case .all: (count.left + count.right) * (count.left + count.right - 1) / 2
        case .new: count.left * count.right + count.right * (count.right - 1) / 2
        case .between: count.left * count.right
        }
    }
}
