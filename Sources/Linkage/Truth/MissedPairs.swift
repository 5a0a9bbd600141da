/// Why true pairs were not found.
public struct MissedPairs: Sendable, Hashable {
    /// The records share no blocking key.
    public var withoutKey: Int = 0
    /// They share keys, all of which too many others share.
    public var crowded: Int = 0
    /// They were compared and scored too low to be kept.
    public var belowFloor: Int = 0
    /// Not missed: they share no key, but their households brought them together.
    public var foundByHouseholds: Int = 0
    /// They were scored, but below the threshold; by the field that spoke against them most, `prior` when none did.
    public var belowThreshold: [String: Int] = [:]

    public var count: Int { withoutKey + crowded + belowFloor + belowThreshold.values.reduce(0, +) }
}

extension MatchOutcome {
    /// Of one person's records so many are looked at; more are copies of each other.
    private static let mostRecords = 100

    /// Sorts the true pairs that score below the threshold by what went wrong.
    public func missed(_ truth: KnownTruth, of population: Population, threshold: Double, floor: Double) -> MissedPairs
    {
        var places: [UInt64: Int] = [:]
        for (place, pair) in pairs.enumerated() where truth.isTrue(pair.a, pair.b) {
            places[UInt64(pair.a) << 32 | UInt64(pair.b)] = place
        }
        let copied = Set(copies.flatMap(\.records))
        let scorer = MatchScorer(model)
        var missed = MissedPairs()
        truth.forEachPair(most: Self.mostRecords) { a, b in
            let isKeyless = Set(population.blockingKeys(a).map(\.hash)).isDisjoint(
                with: population.blockingKeys(b).map(\.hash))
            if let place = places[UInt64(a) << 32 | UInt64(b)] {
                if isKeyless { missed.foundByHouseholds += 1 }
                guard pairs[place].bits < threshold else { return }
                let steps = scorer.explain(pairs[place].comparison).steps.dropFirst()
                let worst = steps.min { ($0.bits, $0.level) < ($1.bits, $1.level) }
                missed.belowThreshold[worst.flatMap { $0.bits < 0 ? $0.field?.name : nil } ?? "prior", default: 0] += 1
            } else if copied.contains(a), copied.contains(b) {
                return
            } else if isKeyless {
                missed.withoutKey += 1
            } else if scorer.unadjusted(population.compare(a, b)) < floor {
                missed.belowFloor += 1
            } else {
                missed.crowded += 1
            }
        }
        return missed
    }
}

/// Pairs whose truth is asked for, as clerks would be asked.
public enum LabelSample {
    /// Half of them from scores within six bits of even odds, a quarter from clear matches, a quarter from the others.
    ///
    /// The same pairs for the same outcome and seed.
    public static func draw(_ pairs: [MatchedPair], count: Int, seed: UInt64 = 1) -> [MatchedPair] {
        func order(_ pair: MatchedPair) -> UInt64 {
            StableHash.mix(StableHash.mix(seed) ^ (UInt64(pair.a) << 32 | UInt64(pair.b)))
        }
        let unclear = pairs.filter { abs($0.bits) < 6 }
        let above = pairs.filter { $0.bits >= 6 }
        let below = pairs.filter { $0.bits <= -6 }
        return [(unclear, count - count / 4 - count / 4), (above, count / 4), (below, count / 4)].flatMap {
            stratum, wanted in
            stratum.map { (order($0), $0) }.sorted { $0.0 < $1.0 }.prefix(wanted).map(\.1)
        }
    }
}
