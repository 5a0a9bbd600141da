/// Counts of agreement levels, with the mean rarity at each.
struct LevelTally: Sendable {
    /// By field × 16 + level.
    private(set) var counts = [Double](repeating: 0, count: 16 * MatchField.allCases.count)
    private var rarity = [Double](repeating: 0, count: 16 * MatchField.allCases.count)
    private var rare = [Double](repeating: 0, count: 16 * MatchField.allCases.count)
    private(set) var pairs = 0

    mutating func add(_ found: MatchComparison, weight: Double = 1) {
        pairs += 1
        for field in MatchField.allCases { add(found, field, weight: weight) }
    }

    mutating func add(_ found: MatchComparison, _ field: MatchField, weight: Double = 1) {
        let level = found.levels[field]
        guard level != MatchField.missing else { return }
        let place = field.rawValue * 16 + level
        counts[place] += weight
        let bits = found.rarity(of: field)
        if bits != 0 {
            rarity[place] += weight * bits
            rare[place] += weight
        }
    }

    mutating func add(_ other: LevelTally) {
        for place in counts.indices {
            counts[place] += other.counts[place]
            rarity[place] += other.rarity[place]
            rare[place] += other.rare[place]
        }
        pairs += other.pairs
    }

    func counts(of field: MatchField) -> [Double] {
        (0..<field.levels.count).map { counts[field.rawValue * 16 + $0] }
    }

    /// Probabilities of the levels, with so much added to each count; a `prior` adds its own shares, so many times.
    func probabilities(
        of field: MatchField, smoothing: Double, prior: [Double]? = nil, weight: Double = 0
    ) -> [Double] {
        var counts = counts(of: field)
        for level in counts.indices {
            counts[level] += smoothing
            if let prior, prior.indices.contains(level) { counts[level] += weight * prior[level] }
        }
        let sum = counts.reduce(0, +)
        return counts.map { sum > 0 ? $0 / sum : 1 / Double(counts.count) }
    }

    /// Mean rarity by level; a level seen seldom takes the mean of all.
    func rarities(of field: MatchField) -> [Double] {
        let places = (0..<field.levels.count).map { field.rawValue * 16 + $0 }
        let (sum, seen) = places.reduce((0.0, 0.0)) { ($0.0 + rarity[$1], $0.1 + rare[$1]) }
        let mean = seen >= 20 ? sum / seen : 0
        return places.map { rare[$0] >= 20 ? rarity[$0] / rare[$0] : mean }
    }
}
