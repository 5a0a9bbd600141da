/// Finds how many pairs of each class a record has, and how households speak in each class, by expectation and maximisation.
///
/// What own fields look like among matches stays as it was estimated from anchored pairs.
struct Expectation: Sendable {
    /// Stops when no number of pairs changes by more than this share.
    static let tolerance = 1e-4
    static let rounds = 25

    let records: Int
    let workers: Int

    private struct Sums: Sendable {
        var classes = SIMD3<Double>()
        var kin = LevelTally()
        var random = LevelTally()
    }

    /// - Parameters:
    ///   - anchored: how the household fields look among anchored pairs; nil in the first round, when they are unknown.
    ///   - left: candidate pairs that were not kept: strangers whose households have nobody in common.
    func fit(
        _ model: MatchModel, to pairs: [ScoredPair], anchored: LevelTally?, left: Int
    ) async -> MatchModel {
        var model = model
        for round in 0..<Self.rounds {
            let before = model.pairsPerRecord
            if round == 0, let anchored { setHouseholdFields(&model, anchored, LevelTally(), LevelTally(), left) }
            let sums = await sums(model, pairs)
            model.pairsPerRecord[0] = max(1e-4, sums.classes[0] / Double(records))
            model.pairsPerRecord[1] = max(1e-4, sums.classes[1] / Double(records))
            if let anchored { setHouseholdFields(&model, anchored, sums.kin, sums.random, left) }
            let change = zip(before, model.pairsPerRecord).map { abs($0 - $1) / max($0, 1e-9) }.max() ?? 0
            if change < Self.tolerance { break }
        }
        return model
    }

    private func sums(_ model: MatchModel, _ pairs: [ScoredPair]) async -> Sums {
        let scorer = MatchScorer(model)
        let parts = await Parallel.map(pairs.count, workers: workers) { range in
            var sums = Sums()
            for place in range {
                let found = pairs[place].found
                let shares = scorer.shares(found)
                sums.classes += shares
                for field in [MatchField.household, .rival] {
                    sums.kin.add(found, field, weight: shares[1])
                    sums.random.add(found, field, weight: shares[2])
                }
            }
            return sums
        }
        var total = Sums()
        for part in parts {
            total.classes += part.classes
            total.kin.add(part.kin)
            total.random.add(part.random)
        }
        return total
    }

    private func setHouseholdFields(
        _ model: inout MatchModel, _ anchored: LevelTally, _ kin: LevelTally, _ random: LevelTally, _ left: Int
    ) {
        for field in [MatchField.household, .rival] {
            let quiet = field == .household ? 3 : 0
            var counts = random.counts(of: field)
            counts[quiet] += Double(left)
            let sum = counts.reduce(0) { $0 + $1 + 0.5 }
            model.fields[field] = MatchModel.Field(
                match: anchored.probabilities(of: field, smoothing: 1),
                kin: kin.probabilities(of: field, smoothing: 1), random: counts.map { ($0 + 0.5) / sum })
        }
    }
}

extension MatchScorer {
    /// The probability of each class.
    func shares(_ found: MatchComparison) -> SIMD3<Double> {
        let sums = sums(found, upTo: MatchField.allCases.count)
        let highest = max(sums[0], sums[1], sums[2])
        let weights = SIMD3(
            Binary.exp2(sums[0] - highest), Binary.exp2(sums[1] - highest), Binary.exp2(sums[2] - highest))
        return weights / weights.sum()
    }
}
