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
