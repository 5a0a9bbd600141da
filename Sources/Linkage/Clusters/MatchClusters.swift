/// What somebody has decided about two records; outranks every score.
public struct MatchDecision: Sendable, Hashable {
    public var a: Int
    public var b: Int
    public var isSame: Bool

    public init(a: Int, b: Int, isSame: Bool) {
        (self.a, self.b, self.isSame) = (a, b, isSame)
    }
}

/// A pair as clustering sees it.
public struct MatchEdge: Sendable, Hashable {
    public var a: Int
    public var b: Int
    public var bits: Double

    public init(a: Int, b: Int, bits: Double) {
        (self.a, self.b, self.bits) = (a, b, bits)
    }
}

/// Groups of records that are one person.
///
/// Two groups become one when the mean of all scores between them reaches the threshold and no pair between them stands against
/// it, so that one weak bridge never joins two strong groups.
public struct MatchClusters: Sendable {
    public struct Rules: Sendable, Hashable {
        /// Mean score from which two groups are one, in bits.
        public var threshold: Double = 0
        /// What a pair counts for that was never compared.
        public var unknown: Double = -4
        /// A pair at or below this keeps its two groups apart.
        public var apart: Double = -6
        /// Pairs above this are not let pull a mean up any further.
        public var highest: Double = 20

        public init(threshold: Double = 0) { self.threshold = threshold }
    }

    /// Groups of two and more, each in rising order, ordered by their first record.
    public let groups: [[Int]]
    /// Decisions that contradict each other: records decided to be one person, and two.
    public let contradictions: [MatchDecision]

    /// - Parameter edges: in any order; a pair given twice counts once, with the higher score.
    public init(_ edges: [MatchEdge], rules: Rules = Rules(), decisions: [MatchDecision] = []) {
        var forest = ClusterForest(rules: rules, edges: edges, decisions: decisions)
        contradictions = forest.join(decisions)
        forest.join()
        groups = forest.groups
    }
}

/// The groups while they grow.
private struct ClusterForest {
    let rules: MatchClusters.Rules
    private let edges: [MatchEdge]
    private var parents: [Int: Int] = [:]
    private var members: [Int: [Int]] = [:]
    private var scores: [UInt64: Float] = [:]
    private var apart: Set<UInt64> = []

    init(rules: MatchClusters.Rules, edges: [MatchEdge], decisions: [MatchDecision]) {
        self.rules = rules
        self.edges = edges.filter { $0.bits >= rules.threshold }.sorted {
            ($1.bits, $0.a, $0.b) < ($0.bits, $1.a, $1.b)
        }
        for decision in decisions where !decision.isSame { apart.insert(Self.key(decision.a, decision.b)) }
        var inside: Set<Int> = []
        for edge in self.edges {
            inside.insert(edge.a)
            inside.insert(edge.b)
        }
        for decision in decisions {
            inside.insert(decision.a)
            inside.insert(decision.b)
        }
        for edge in edges where inside.contains(edge.a) && inside.contains(edge.b) {
            let key = Self.key(edge.a, edge.b)
            scores[key] = max(scores[key] ?? -.infinity, Float(edge.bits))
        }
    }

    private static func key(_ a: Int, _ b: Int) -> UInt64 { UInt64(min(a, b)) << 32 | UInt64(max(a, b)) }

    private mutating func root(_ record: Int) -> Int {
        var root = record
        while let next = parents[root], next != root { root = next }
        var place = record
        while let next = parents[place], next != root {
            parents[place] = root
            place = next
        }
        return root
    }

    /// Must-links first; those that contradict a cannot-link are given back.
    mutating func join(_ decisions: [MatchDecision]) -> [MatchDecision] {
        for decision in decisions where decision.isSame { unite(root(decision.a), root(decision.b)) }
        return decisions.filter { !$0.isSame && root($0.a) == root($0.b) }
    }

    mutating func join() {
        for edge in edges {
            let (left, right) = (root(edge.a), root(edge.b))
            if left != right, mayJoin(left, right) { unite(left, right) }
        }
    }

    private func mayJoin(_ left: Int, _ right: Int) -> Bool {
        let (all, others) = (members[left] ?? [left], members[right] ?? [right])
        // In very large groups a sample speaks for all, so that the time stays bounded; decisions are never left out.
        let (a, b) = (all.prefix(Self.sample), others.prefix(Self.sample))
        if all.count > Self.sample || others.count > Self.sample, isApart(left, right) { return false }
        var sum = 0.0
        for one in a {
            for other in b {
                let key = Self.key(one, other)
                if apart.contains(key) { return false }
                let bits = scores[key].map { Double($0) } ?? rules.unknown
                if bits <= rules.apart { return false }
                sum += min(bits, rules.highest)
            }
        }
        return sum / Double(a.count * b.count) >= rules.threshold
    }

    private static let sample = 64

    private func isApart(_ left: Int, _ right: Int) -> Bool {
        let (all, others) = (Set(members[left] ?? [left]), Set(members[right] ?? [right]))
        return apart.contains { key in
            let (a, b) = (Int(key >> 32), Int(key & 0xFFFF_FFFF))
            return (all.contains(a) && others.contains(b)) || (all.contains(b) && others.contains(a))
        }
    }

    private mutating func unite(_ left: Int, _ right: Int) {
        guard left != right else { return }
        let (a, b) = (members[left] ?? [left], members[right] ?? [right])
        let (keep, drop) = a.count >= b.count ? (left, right) : (right, left)
        members[keep] = a.count >= b.count ? a + b : b + a
        members[drop] = nil
        (parents[keep], parents[drop]) = (keep, keep)
    }

    var groups: [[Int]] {
        members.values.filter { $0.count > 1 }.map { $0.sorted() }.sorted { $0[0] < $1[0] }
    }
}
