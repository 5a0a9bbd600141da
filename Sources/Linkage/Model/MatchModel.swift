/// The parameters by which a pair of persons is judged: data, versioned, trained on a registry or shipped with a profile.
///
/// A pair is of one of three classes: *match*, one person twice; *kin*, two persons of one family, who share parents, phone and
/// place; *random*, two strangers. The model holds how often each agreement level occurs in each class, how many pairs of each
/// class a record has, and how much more a rare value tells than a common one.
public struct MatchModel: Sendable, Hashable {
    /// The classes of pairs.
    public enum Class: Int, Sendable, Hashable, CaseIterable {
        case match, kin, random

        public var name: String { "\(self)" }
    }

    /// What the model knows of one field.
    public struct Field: Sendable, Hashable {
        /// Probability of each level, by class; each list sums to 1.
        public var match: [Double]
        public var kin: [Double]
        public var random: [Double]
        /// What a value that is neither rare nor common has in bits, by level; empty where rarity does not count.
        public var rarity: [Double]
        /// How much of the difference in rarity counts, 0 to 1.
        public var rarityScale: Double
        /// The same for the kin class, as a share of that: relatives share a family name for another reason than chance.
        public var kinRarity: Double
        /// Bits added to the total at each level, learnt from decided pairs.
        public var adjustment: [Double]

        public init(
            match: [Double], kin: [Double], random: [Double], rarity: [Double] = [], rarityScale: Double = 0,
            kinRarity: Double = 0, adjustment: [Double]? = nil
        ) {
            (self.match, self.kin, self.random) = (match, kin, random)
            (self.rarity, self.rarityScale, self.kinRarity) = (rarity, rarityScale, kinRarity)
            self.adjustment = adjustment ?? [Double](repeating: 0, count: match.count)
        }

        public subscript(_ kind: Class) -> [Double] {
            get {
                switch kind {
                case .match: match
                case .kin: kin
                case .random: random
                }
            }
            set {
                switch kind {
                case .match: match = newValue
                case .kin: kin = newValue
                case .random: random = newValue
                }
            }
        }
    }

    public var name: String
    /// Raised whenever a parameter changes; decisions remember it.
    public var version: Int
    /// How many pairs of each class a record has, in the order of ``Class``; only their ratios matter.
    public var pairsPerRecord: [Double]
    public var fields: [MatchField: Field]
    /// Bits added to every total, learnt from decided pairs or from identifiers.
    public var bias: Double
    /// By how much the bits of the classes are multiplied, so that a total means the odds it says: fields that agree together
    /// count for more than they should.
    public var slope: Double
    /// Rarity counts within these bits.
    public var rarityRange: ClosedRange<Double>
    /// The number of random, kin, anchored and candidate pairs it was estimated from; empty when not estimated.
    public var evidence: [String: Int]

    public init(
        name: String, version: Int, pairsPerRecord: [Double], fields: [MatchField: Field], bias: Double = 0,
        slope: Double = 1, rarityRange: ClosedRange<Double> = -3...6, evidence: [String: Int] = [:]
    ) {
        (self.name, self.version, self.pairsPerRecord) = (name, version, pairsPerRecord)
        (self.fields, self.bias, self.slope) = (fields, bias, slope)
        (self.rarityRange, self.evidence) = (rarityRange, evidence)
    }

    /// The share of matches among the pairs that the model expects.
    public var matchShare: Double {
        let sum = pairsPerRecord.reduce(0, +)
        return sum > 0 ? (pairsPerRecord.first ?? 0) / sum : 0
    }
}
