/// How well one choice of households finds the poor of a labelled survey; all shares are of people.
public struct ChoiceMetrics: Sendable {
    /// Share of the population that is chosen.
    public var selected: Double
    /// Share of the truly poorest of the same size who are not chosen.
    public var exclusion: Double
    /// Share of the chosen who are not among the truly poorest of the same size.
    public var inclusion: Double
    /// Share of benefits that goes to the poorest 40 %, divided by 0.4 (Coady, Grosh, Hoddinott).
    public var cgh40: Double
    /// Share of the poor who are chosen.
    public var povertyAccuracy: Double
    /// Poverty accuracy less the distance between undercoverage and leakage.
    public var balancedAccuracy: Double
    /// Share of each tenth of the population, the poorest first, that is chosen.
    public var coverageByDecile: [Double]
    /// Share of the chosen that each tenth makes up.
    public var incidenceByDecile: [Double]
}

extension LabelledSurvey {
    /// Whom a cut-off chooses: at or below the score.
    public func chosen(upTo score: Double) -> [Bool] { scores.map { $0 <= score } }

    /// Whom a share of the population chooses, the lowest scores first.
    public func chosen(share: Double) -> [Bool] { Self.poorest(scores, weights, share: share) }

    /// Judges a choice against the truth: the poorest of the same size, and the poor below the line.
    public func judge(_ chosen: [Bool]) -> ChoiceMetrics {
        func weight(_ holds: (Int) -> Bool) -> Double {
            weights.indices.reduce(0.0) { holds($1) ? $0 + weights[$1] : $0 }
        }
        let (total, all) = (weights.reduce(0, +), weight { chosen[$0] })
        let target = Self.poorest(truth, weights, share: all / total)
        let poorest40 = Self.poorest(truth, weights, share: 0.4)
        let (hit, aim) = (weight { target[$0] && chosen[$0] }, weight { target[$0] })
        let poor = weight { truth[$0] < line }
        let found = weight { truth[$0] < line && chosen[$0] }
        let (accuracy, leakage) = (found / poor, (all - found) / poor)
        var (people, taken, sum) = ([Double](repeating: 0, count: 10), [Double](repeating: 0, count: 10), 0.0)
        for row in Self.ascending(truth) {
            sum += weights[row]
            let decile = Self.decile(sum / total)
            people[decile] += weights[row]
            if chosen[row] { taken[decile] += weights[row] }
        }
        return ChoiceMetrics(
            selected: all / total, exclusion: aim > 0 ? 1 - hit / aim : 0, inclusion: all > 0 ? 1 - hit / all : 0,
            cgh40: weight { chosen[$0] && poorest40[$0] } / all / 0.4, povertyAccuracy: accuracy,
            balancedAccuracy: accuracy - abs((1 - accuracy) - leakage),
            coverageByDecile: zip(taken, people).map { $0 / $1 }, incidenceByDecile: taken.map { $0 / all })
    }
}
