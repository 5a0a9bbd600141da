/// One candidate pair with what comparing it found.
struct ScoredPair: Sendable {
    var a: UInt32
    var b: UInt32
    var found: MatchComparison
    /// By the two records alone, and with their households.
    var own: Float
    var bits: Float
}

extension CandidateIndex {
    /// Compares all candidate pairs and keeps those that score at least `floor`, ordered by their records.
    func scored(
        _ population: Population, _ scorer: MatchScorer, scope: MatchSettings.Scope, floor: Double, workers: Int
    ) async -> (kept: [ScoredPair], compared: Int) {
        let parts = await Parallel.map(population.count, workers: workers) { range in
            let seen = SharedArray<UInt32>(count: population.count, of: .max)
            var kept: [ScoredPair] = []
            var compared = 0
            population.withComparer { comparer in
                forEachPair(of: range, seen: seen.buffer) { a, b in
                    guard scope.includes(a, b) else { return }
                    compared += 1
                    let found = comparer.compare(a, b)
                    // A calibrated scale is compressed; what is kept must not depend on that.
                    guard scorer.unadjusted(found) >= floor else { return }
                    let bits = scorer.score(found)
                    kept.append(
                        ScoredPair(a: UInt32(a), b: UInt32(b), found: found, own: Float(bits), bits: Float(bits)))
                }
            }
            return (kept, compared)
        }
        var kept: [ScoredPair] = []
        kept.reserveCapacity(parts.reduce(0) { $0 + $1.0.count })
        for part in parts { kept.append(contentsOf: part.0) }
        return (kept, parts.reduce(0) { $0 + $1.1 })
    }
}

extension CandidateIndex {
    /// The floor that keeps about as many pairs as the settings allow, from the pairs of every sixteenth record.
    func floor(_ population: Population, _ scorer: MatchScorer, _ settings: MatchSettings) async -> Double {
        guard settings.mostPairs < Int.max else { return settings.floor }
        let lowest = settings.floor
        let scope = settings.scope
        let parts = await Parallel.map(population.count, workers: settings.workers) { range in
            let seen = SharedArray<UInt32>(count: population.count, of: .max)
            var counts = [Int](repeating: 0, count: Self.steps)
            population.withComparer { comparer in
                for record in range where record % Self.every == 0 {
                    forEachPair(of: record..<record + 1, seen: seen.buffer) { a, b in
                        guard scope.includes(a, b) else { return }
                        let above = (scorer.unadjusted(comparer.compare(a, b)) - lowest) / Self.step
                        if above >= 0 { counts[min(Self.steps - 1, Int(above))] += 1 }
                    }
                }
            }
            return counts
        }
        var left = settings.mostPairs / Self.every
        var place = Self.steps
        while place > 0 {
            left -= parts.reduce(0) { $0 + $1[place - 1] }
            if left < 0 { break }
            place -= 1
        }
        return lowest + Double(min(place, Self.steps - 1)) * Self.step
    }

    private static let every = 16
    /// In bits; above the last step everything is kept.
    private static let step = 0.5
    private static let steps = 160
}
