/// What two households say about one pair of their members.
///
/// Members in common speak for the pair; a better partner in the other household speaks against it, for two lines of one form
/// are rarely one person.
public struct HouseholdEvidence: Sendable, Hashable {
    /// Sum of the probabilities of the other pairs between the two households, each member counted once; nil when one of the
    /// households has no other member.
    public var support: Double?
    /// The score in bits of the best pair that one of the two has with somebody else of the other household; nil for none.
    public var rival: Double?

    public init(support: Double?, rival: Double?) {
        (self.support, self.rival) = (support, rival)
    }

    /// From how many bits on a rival counts as near, and as stronger.
    static let margin = 3.0

    public var supportLevel: Int {
        guard let support else { return MatchField.missing }
        return support >= 2.5 ? 0 : support >= 1.5 ? 1 : support >= 0.5 ? 2 : 3
    }

    /// - Parameter bits: the score of the pair itself.
    public func rivalLevel(bits: Double) -> Int {
        guard let rival, rival > bits - Self.margin else { return 0 }
        return rival > bits + Self.margin ? 2 : 1
    }
}

/// Pairs between members of two households, each with its score.
///
/// The same function serves a whole registry and two households that a database room has at hand.
public struct HouseholdPair: Sendable {
    public struct Link: Sendable, Hashable {
        public var a: Int
        public var b: Int
        public var bits: Double

        public init(a: Int, b: Int, bits: Double) {
            (self.a, self.b, self.bits) = (a, b, bits)
        }
    }

    private let links: [Link]
    /// Links that give each member at most one partner, the strongest first.
    private let assigned: [Link]

    /// - Parameter links: what is known of the pairs between the two households; the order does not matter.
    public init(_ links: [Link]) {
        self.links = links
        var assigned: [Link] = []
        let sorted = links.filter { $0.bits > -7 }.sorted { ($1.bits, $0.a, $0.b) < ($0.bits, $1.a, $1.b) }
        for link in sorted where !assigned.contains(where: { $0.a == link.a || $0.b == link.b }) {
            assigned.append(link)
        }
        self.assigned = assigned
    }

    /// The number of members that the households probably have in common.
    public var shared: Double { assigned.reduce(0) { $0 + Binary.probability(bits: $1.bits) } }

    /// Whether a member has a partner who is more likely the same person than not.
    public func isTaken(a: Int) -> Bool { assigned.contains { $0.a == a && $0.bits > 0 } }
    public func isTaken(b: Int) -> Bool { assigned.contains { $0.b == b && $0.bits > 0 } }

    /// - Parameter hasOthers: whether both households have another member.
    public func evidence(for a: Int, _ b: Int, hasOthers: Bool) -> HouseholdEvidence {
        var support = 0.0
        for link in assigned where link.a != a && link.b != b { support += Binary.probability(bits: link.bits) }
        var rival: Double?
        for link in links where (link.a == a) != (link.b == b) { rival = max(rival ?? link.bits, link.bits) }
        return HouseholdEvidence(support: hasOthers ? support : nil, rival: rival)
    }
}
