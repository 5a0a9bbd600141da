/// Finds like persons among two encoded lists without knowing the secret.
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

    /// Pairs from so many ten-thousandths on are kept, and those with a token in common.
    public var least: Int
    /// Samples of bits: whoever agrees in all bits of one sample is compared. More samples miss fewer.
    private static let samples = 40
    private static let sampleBits = 18

    public init(least: Int) { self.least = least }

    /// The likest first.
    public func pairs(_ left: [EncodedPerson], _ right: [EncodedPerson]) -> [Pair] {
        var found: Set<UInt64> = byTokens(left, right)
        let tables = (0..<Self.samples).map(Self.positions)
        let (mine, theirs) = (left.map { Self.keys($0, tables) }, right.map { Self.keys($0, tables) })
        let weights = (left.map(\.weight), right.map(\.weight))
        for table in 0..<Self.samples {
            var bearers: [UInt32: [Int32]] = [:]
            for place in right.indices where weights.1[place] > 0 {
                bearers[theirs[place][table], default: []].append(Int32(place))
            }
            for a in left.indices where weights.0[a] > 0 {
                for b in bearers[mine[a][table]] ?? [] {
                    // Met in an earlier sample already.
                    if (0..<table).contains(where: { mine[a][$0] == theirs[Int(b)][$0] }) { continue }
                    let sum = weights.0[a] + weights.1[Int(b)]
                    if 20_000 * left[a].shared(right[Int(b)]) >= least * sum {
                        found.insert(UInt64(a) << 32 | UInt64(b))
                    }
                }
            }
        }
        let pairs = found.map { key -> Pair in
            let (a, b) = (Int(key >> 32), Int(key & 0xFFFF_FFFF))
            return Pair(
                left: a, right: b, likeness: left[a].likeness(to: right[b]),
                tokens: Set(left[a].tokens).intersection(right[b].tokens).count)
        }
        return pairs.sorted { ($1.likeness, $0.left, $0.right) < ($0.likeness, $1.left, $1.right) }
    }

    private func byTokens(_ left: [EncodedPerson], _ right: [EncodedPerson]) -> Set<UInt64> {
        var bearers: [String: [Int]] = [:]
        for (place, person) in right.enumerated() {
            for token in person.tokens { bearers[token, default: []].append(place) }
        }
        var found: Set<UInt64> = []
        for (a, person) in left.enumerated() {
            for token in person.tokens {
                // A number that hundreds bear names nobody.
                for b in (bearers[token] ?? []).prefix(100) { found.insert(UInt64(a) << 32 | UInt64(b)) }
            }
        }
        return found
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
