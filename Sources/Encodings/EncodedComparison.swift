/// Finds like persons among two encoded lists without knowing the secret, in a time that grows with the lists and not with
/// their product, whatever stands in them.
public struct EncodedComparison: Sendable {
    public struct Pair: Sendable, Hashable {
        /// Places in the two lists.
        public var left: Int
        public var right: Int
        /// Dice's coefficient in ten-thousandths.
        public var likeness: Int
        /// Tokens in common.
        public var tokens: Int
    }

    /// How far the comparison goes for records that are like very many others.
    public struct Limits: Sendable, Hashable {
        /// Pairs kept of one record of the left list, the likest; records that stand for their exact copies; bearers of one token.
        public var together: Int = 100
        /// Records compared of those that agree in all bits of one sample.
        public var inSample: Int = 500
        /// Records that one is compared with altogether.
        public var compared: Int = 4000

        public init() {}
    }

    /// What was left out because too many were alike; nothing where all are zero.
    public struct Omitted: Sendable, Hashable {
        /// Records that stand behind exact copies of theirs.
        public var leftCopies: Int = 0
        public var rightCopies: Int = 0
        /// Pairs of records with more like them than are kept.
        public var pairs: Int = 0
        /// Comparisons that were not made.
        public var comparisons: Int = 0
        /// Tokens that too many bear on one list; they bring nobody together.
        public var tokens: Int = 0

        public var isNothing: Bool { self == Omitted() }
    }

    public struct Outcome: Sendable {
        /// The likest first.
        public var pairs: [Pair]
        public var omitted: Omitted
    }

    /// Pairs from so many ten-thousandths on are kept, and those with a token in common.
    public var least: Int
    public var limits: Limits
    /// Samples of bits: whoever agrees in all bits of one sample is compared. More samples miss fewer.
    private static let samples = 40
    private static let sampleBits = 18

    public init(least: Int, limits: Limits = Limits()) { (self.least, self.limits) = (least, limits) }

    public func outcome(_ left: [EncodedPerson], _ right: [EncodedPerson]) -> Outcome {
        let (lefts, rights) = (EncodedCopies(left), EncodedCopies(right))
        var omitted = Omitted()
        var partners = byTokens(lefts, rights, &omitted)
        bySamples(lefts, rights, &partners, &omitted)
        return Outcome(pairs: pairs(lefts, rights, partners, &omitted), omitted: omitted)
    }

    /// Those that one record, for all its copies, is like.
    private struct Partners {
        struct One {
            var place: Int32
            var likeness: Int32
            var tokens: Int32
        }

        var all: [One] = []
        /// How many of them share a token; they come first and give way to nobody.
        var sure = 0

        /// - Returns: how many pairs were left out.
        mutating func add(_ one: One, most: Int) -> Int {
            guard all.count - sure >= most else {
                all.append(one)
                return 0
            }
            guard let least = all.indices.dropFirst(sure).min(by: { all[$0].likeness < all[$1].likeness }) else {
                return 1
            }
            if all[least].likeness < one.likeness { all[least] = one }
            return 1
        }
    }

    private func byTokens(_ left: EncodedCopies, _ right: EncodedCopies, _ omitted: inout Omitted) -> [Partners] {
        let (mine, theirs) = (left.bearers(), right.bearers())
        // A number that hundreds bear names nobody.
        let common = Set(
            mine.keys.filter { token in
                guard let bearers = theirs[token], let own = mine[token] else { return false }
                return bearers.count <= limits.together && own.count <= limits.together
            })
        omitted.tokens = mine.keys.count { theirs[$0] != nil && !common.contains($0) }
        return left.people.map { person in
            var partners = Partners()
            for token in person.tokens where common.contains(token) {
                for place in Set(theirs[token]?.places ?? []).sorted() {
                    if let known = partners.all.firstIndex(where: { $0.place == place }) {
                        partners.all[known].tokens += 1
                    } else {
                        let likeness = Int32(person.likeness(to: right.people[Int(place)]))
                        partners.all.append(Partners.One(place: place, likeness: likeness, tokens: 1))
                    }
                }
            }
            partners.sure = partners.all.count
            return partners
        }
    }

    private func bySamples(
        _ left: EncodedCopies, _ right: EncodedCopies, _ partners: inout [Partners], _ omitted: inout Omitted
    ) {
        let tables = (0..<Self.samples).map(Self.positions)
        let (mine, theirs) = (left.people.map { Self.keys($0, tables) }, right.people.map { Self.keys($0, tables) })
        let weights = (left.people.map(\.weight), right.people.map(\.weight))
        var compared = [Int](repeating: 0, count: left.people.count)
        for table in 0..<Self.samples {
            var bearers: [UInt32: [Int32]] = [:]
            for place in right.people.indices where weights.1[place] > 0 {
                bearers[theirs[place][table], default: []].append(Int32(place))
            }
            for a in left.people.indices where weights.0[a] > 0 {
                guard let block = bearers[mine[a][table]] else { continue }
                let most = min(limits.inSample, limits.compared - compared[a], block.count)
                omitted.comparisons += block.count - most
                // Each record begins elsewhere in a block that is too large for it, so that nobody in it is left out for ever.
                let start = most < block.count ? (a &* 7919 &+ table &* 104_729) % block.count : 0
                for step in 0..<most {
                    let b = Int(block[(start + step) % block.count])
                    // Met in an earlier sample already.
                    if (0..<table).contains(where: { mine[a][$0] == theirs[b][$0] }) { continue }
                    compared[a] += 1
                    let sum = weights.0[a] + weights.1[b]
                    let twice = 20_000 * left.people[a].shared(right.people[b])
                    guard twice >= least * sum,
                        !partners[a].all.prefix(partners[a].sure).contains(where: { $0.place == b })
                    else { continue }
                    let one = Partners.One(place: Int32(b), likeness: Int32(twice / sum), tokens: 0)
                    omitted.pairs += partners[a].add(one, most: limits.together)
                }
            }
        }
    }

    /// Pairs of records for pairs of their contents.
    private func pairs(
        _ left: EncodedCopies, _ right: EncodedCopies, _ partners: [Partners], _ omitted: inout Omitted
    ) -> [Pair] {
        var pairs: [Pair] = []
        var met: Set<Int32> = []
        for (place, partners) in partners.enumerated() where !partners.all.isEmpty {
            let likest = partners.all.sorted {
                ($1.tokens, $1.likeness, $0.place) < ($0.tokens, $0.likeness, $1.place)
            }
            met.formUnion(likest.map(\.place))
            let most = max(limits.together, partners.sure)
            var found: [(right: Int, one: Partners.One)] = []
            for one in likest where found.count < most {
                let copies = right.records[Int(one.place)].prefix(limits.together)
                found += copies.prefix(most - found.count).map { ($0, one) }
            }
            let copies = left.records[place]
            let all = likest.reduce(0) { $0 + min(limits.together, right.records[Int($1.place)].count) }
            omitted.pairs += (all - found.count) * min(copies.count, limits.together)
            omitted.leftCopies += max(0, copies.count - limits.together)
            for copy in copies.prefix(limits.together) {
                for (right, one) in found {
                    pairs.append(
                        Pair(left: copy, right: right, likeness: Int(one.likeness), tokens: Int(one.tokens)))
                }
            }
        }
        for place in met { omitted.rightCopies += max(0, right.records[Int(place)].count - limits.together) }
        return pairs.sorted { ($1.likeness, $0.left, $0.right) < ($0.likeness, $1.left, $1.right) }
    }

    /// The bits of one sample, the same everywhere.
    private static func positions(_ sample: Int) -> [Int] {
        var state = UInt64(sample) &* 0xC1C5_EED0
        var places: [Int] = []
        while places.count < sampleBits {
            let place = Int(Chance.next(&state) % UInt64(EncodingScheme.bits))
            if !places.contains(place) { places.append(place) }
        }
        return places
    }

    private static func keys(_ person: EncodedPerson, _ tables: [[Int]]) -> [UInt32] {
        tables.map { places in
            places.reduce(0) { $0 << 1 | UInt32(truncatingIfNeeded: person.filter[$1 >> 6] >> UInt64($1 & 63) & 1) }
        }
    }
}

/// SplitMix64: numbers that a seed makes again on every machine.
enum Chance {
    static func next(_ state: inout UInt64) -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
