/// A model made ready for scoring: tables of logarithms.
///
/// The total is log2 of the odds that a pair is one person against two:
/// slope · (log2(n_m·L_m) − log2(n_k·L_k·2^−t_k + n_r·L_r·2^−t_r)) + bias + adjustments, where L is the product of the level's
/// probabilities and t what the agreeing values are rarer than usual.
public struct MatchScorer: Sendable {
    public let model: MatchModel
    /// For each field and level: log2 of the three probabilities, and the adjustment.
    private let table: [SIMD4<Double>]
    private let rarity: [Double]
    private let prior: SIMD4<Double>
    /// For each field: how much of the rarity counts against chance, and what share of that against kin.
    private let scales: [SIMD2<Double>]
    private let lowest: Double
    private let highest: Double

    public init(_ model: MatchModel) {
        self.model = model
        var table = [SIMD4<Double>](repeating: SIMD4(), count: 16 * MatchField.allCases.count)
        var rarity = [Double](repeating: 0, count: 16 * MatchField.allCases.count)
        for (field, known) in model.fields {
            for level in known.match.indices where level < MatchField.missing {
                let place = field.rawValue * 16 + level
                table[place] = SIMD4(
                    Self.bits(known.match, level), Self.bits(known.kin, level), Self.bits(known.random, level),
                    known.adjustment.indices.contains(level) ? known.adjustment[level] : 0)
                rarity[place] = known.rarity.indices.contains(level) ? known.rarity[level] : 0
            }
        }
        (self.table, self.rarity) = (table, rarity)
        scales = MatchField.allCases.map { field in
            model.fields[field].map { SIMD2($0.rarityScale, $0.kinRarity) } ?? SIMD2()
        }
        (lowest, highest) = (model.rarityRange.lowerBound, model.rarityRange.upperBound)
        prior = SIMD4(
            Self.bits(model.pairsPerRecord, 0), Self.bits(model.pairsPerRecord, 1), Self.bits(model.pairsPerRecord, 2),
            model.bias)
    }

    /// An impossible level is held to be one in a million, so that one field alone never decides.
    private static func bits(_ list: [Double], _ place: Int) -> Double {
        Binary.log2(max(list.indices.contains(place) ? list[place] : 0, 1e-7))
    }

    /// Bits for and against one person, from the prior to the last field.
    public func score(_ comparison: MatchComparison) -> Double {
        total(sums(comparison, upTo: MatchField.allCases.count))
    }

    /// The same by the two records alone, without their households.
    public func ownScore(_ comparison: MatchComparison) -> Double {
        var own = comparison
        own.levels[.household] = MatchField.missing
        own.levels[.rival] = MatchField.missing
        return score(own)
    }

    /// The three log likelihoods with the prior, and the adjustments.
    func sums(_ comparison: MatchComparison, upTo count: Int) -> SIMD4<Double> {
        var sum = prior
        var packed = comparison.levels.packed
        for field in 0..<count {
            let place = field * 16 + Int(packed & 15)
            packed >>= 4
            if place & 15 == MatchField.missing { continue }
            sum += table[place]
            let lane = Self.lanes[field]
            if lane >= 0 { take(Double(comparison.rarity[lane]), field, place, &sum) }
        }
        return sum
    }

    private func take(_ found: Double, _ field: Int, _ place: Int, _ sum: inout SIMD4<Double>) {
        let scale = scales[field]
        guard found != 0, scale[0] > 0 else { return }
        let bits = min(highest, max(lowest, scale[0] * (found - rarity[place])))
        sum[1] -= scale[1] * bits
        sum[2] -= bits
    }

    func total(_ sums: SIMD4<Double>) -> Double {
        model.slope * (sums[0] - Binary.sum(sums[1], sums[2])) + sums[3]
    }

    /// The total without what was learnt from decided pairs.
    func unadjusted(_ comparison: MatchComparison) -> Double {
        let sums = sums(comparison, upTo: MatchField.allCases.count)
        return sums[0] - Binary.sum(sums[1], sums[2])
    }

    private static let lanes: [Int] = MatchField.allCases.map { $0.hasRarity ? MatchComparison.lane($0) : -1 }
}
