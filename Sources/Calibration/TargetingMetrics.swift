/// How well predicted scores find the poor of a labelled survey; lower scores are poorer.
///
/// All shares are of people: the weight of a household is its survey weight times its members.
public struct TargetingMetrics: Sendable {
    /// Choosing a share of the population, the poorest by score first.
    public struct AtShare: Sendable {
        public var share: Double
        /// Share of the truly poorest of the same size who are not chosen (undercoverage).
        public var exclusion: Double
        /// Share of the chosen who are not among the truly poorest (leakage).
        public var inclusion: Double
        /// Share of benefits that goes to the poorest 40 %, divided by 0.4 (Coady, Grosh, Hoddinott).
        public var cgh40: Double
        public var cghSelf: Double
    }

    /// Choosing everybody whose score lies below the poverty line.
    public struct AtLine: Sendable {
        public var selectedShare: Double
        public var totalAccuracy: Double
        public var povertyAccuracy: Double
        public var undercoverage: Double
        public var leakageOverPoor: Double
        public var inclusionError: Double
        /// Selected share less poverty rate.
        public var povertyIncidenceError: Double
        /// Poverty accuracy less the distance between undercoverage and leakage.
        public var balancedAccuracy: Double
    }

    public var rSquared: Double
    public var rmse: Double
    public var spearman: Double
    public var auc: Double
    public var povertyRate: Double
    public var shares: [AtShare]
    /// At the share of the poor.
    public var atPovertyRate: AtShare
    public var atLine: AtLine
    /// Share of each tenth of the population, the poorest first, that is chosen at 20 %.
    public var coverageByDecile: [Double]
}

/// A survey with its truth and the scores to judge.
public struct LabelledSurvey: Sendable {
    /// Logarithm of consumption, or whatever the line is in.
    public var truth: [Double]
    public var scores: [Double]
    public var weights: [Double]
    /// Below it is poor.
    public var line: Double

    public init(truth: [Double], scores: [Double], weights: [Double], line: Double) {
        precondition(truth.count == scores.count && truth.count == weights.count, "one of each for each household")
        (self.truth, self.scores, self.weights, self.line) = (truth, scores, weights, line)
    }

    /// The shares at which a choice is judged beside the share of the poor.
    public static let shares: [Double] = [0.1, 0.2, 0.3, 0.4, 0.5]

    /// Every measure at once.
    public func metrics() -> TargetingMetrics {
        let total = weights.reduce(0, +)
        let isPoor = truth.map { $0 < line }
        let rate = weight { isPoor[$0] } / total
        let poorest40 = Self.poorest(truth, weights, share: 0.4)
        let mean = zip(truth, weights).reduce(0) { $0 + $1.0 * $1.1 } / total
        let (residual, variance) = truth.indices.reduce((0.0, 0.0)) { sums, row in
            let (miss, spread) = (truth[row] - scores[row], truth[row] - mean)
            return (sums.0 + weights[row] * miss * miss, sums.1 + weights[row] * spread * spread)
        }
        return TargetingMetrics(
            rSquared: 1 - residual / variance, rmse: (residual / total).squareRoot(),
            spearman: Self.spearman(truth, scores), auc: auc(isPoor), povertyRate: rate,
            shares: Self.shares.map { at($0, poorest40) }, atPovertyRate: at(rate, poorest40),
            atLine: atLine(isPoor, total), coverageByDecile: coverage(total))
    }

    /// Exclusion error when a share of the population is chosen.
    public func exclusion(at share: Double) -> Double {
        let target = Self.poorest(truth, weights, share: share)
        let selected = Self.poorest(scores, weights, share: share)
        return 1 - weight { target[$0] && selected[$0] } / weight { target[$0] }
    }

    /// The tenth, from 0, in which a running share of the people ends; rows without weight may come before all others.
    static func decile(_ share: Double) -> Int {
        guard share.isFinite else { return 0 }
        return Int(max(0, min((10 * share - 1e-12).rounded(.down), 9)))
    }

    /// The smallest number of households, the lowest first and ties by row, whose weight reaches the share; nobody for a
    /// share of zero.
    public static func poorest(_ values: [Double], _ weights: [Double], share: Double) -> [Bool] {
        let order = ascending(values)
        let goal = share * order.reduce(0) { $0 + weights[$1] } - 1e-9
        var (chosen, sum) = ([Bool](repeating: false, count: values.count), 0.0)
        guard share > 0 else { return chosen }
        for row in order {
            chosen[row] = true
            sum += weights[row]
            if sum >= goal { break }
        }
        return chosen
    }

    private func weight(_ holds: (Int) -> Bool) -> Double {
        var sum = 0.0
        for row in weights.indices where holds(row) { sum += weights[row] }
        return sum
    }

    private func at(_ share: Double, _ poorest40: [Bool]) -> TargetingMetrics.AtShare {
        let target = Self.poorest(truth, weights, share: share)
        let selected = Self.poorest(scores, weights, share: share)
        let (both, all) = (weight { target[$0] && selected[$0] }, weight { selected[$0] })
        return TargetingMetrics.AtShare(
            share: share, exclusion: share > 0 ? 1 - both / weight { target[$0] } : 0,
            inclusion: all > 0 ? 1 - both / all : 0,
            cgh40: weight { selected[$0] && poorest40[$0] } / all / 0.4, cghSelf: both / all / share)
    }

    private func atLine(_ isPoor: [Bool], _ total: Double) -> TargetingMetrics.AtLine {
        let isSelected = scores.map { $0 < line }
        let (poor, selected) = (weight { isPoor[$0] }, weight { isSelected[$0] })
        let both = weight { isPoor[$0] && isSelected[$0] }
        let accuracy = both / poor
        let leakage = (selected - both) / poor
        return TargetingMetrics.AtLine(
            selectedShare: selected / total, totalAccuracy: weight { isPoor[$0] == isSelected[$0] } / total,
            povertyAccuracy: accuracy, undercoverage: 1 - accuracy, leakageOverPoor: leakage,
            inclusionError: (selected - both) / selected, povertyIncidenceError: (selected - poor) / total,
            balancedAccuracy: accuracy - abs((1 - accuracy) - leakage))
    }

    private func coverage(_ total: Double) -> [Double] {
        let selected = Self.poorest(scores, weights, share: 0.2)
        var (all, chosen, sum) = ([Double](repeating: 0, count: 10), [Double](repeating: 0, count: 10), 0.0)
        for row in Self.ascending(truth) {
            sum += weights[row]
            let decile = Self.decile(sum / total)
            all[decile] += weights[row]
            if selected[row] { chosen[decile] += weights[row] }
        }
        return zip(chosen, all).map { $0 / $1 }
    }

    /// The weighted chance that a poor household has a lower score than one that is not, ties counted half.
    private func auc(_ isPoor: [Bool]) -> Double {
        var (area, below) = (0.0, 0.0)
        let order = Self.ascending(scores)
        var index = 0
        while index < order.count {
            var end = index
            var (poor, other) = (0.0, 0.0)
            while end < order.count, scores[order[end]] == scores[order[index]] {
                if isPoor[order[end]] { poor += weights[order[end]] } else { other += weights[order[end]] }
                end += 1
            }
            area += other * (below + poor / 2)
            below += poor
            index = end
        }
        return area / (below * weight { !isPoor[$0] })
    }

    static func spearman(_ left: [Double], _ right: [Double]) -> Double {
        let (a, b) = (ranks(left), ranks(right))
        let count = Double(a.count)
        let (meanA, meanB) = (a.reduce(0, +) / count, b.reduce(0, +) / count)
        var (ab, aa, bb) = (0.0, 0.0, 0.0)
        for (x, y) in zip(a, b) {
            ab += (x - meanA) * (y - meanB)
            aa += (x - meanA) * (x - meanA)
            bb += (y - meanB) * (y - meanB)
        }
        return ab / (aa * bb).squareRoot()
    }

    /// Ranks from 1; equal values share the mean of theirs.
    static func ranks(_ values: [Double]) -> [Double] {
        let order = ascending(values)
        var result = [Double](repeating: 0, count: values.count)
        var index = 0
        while index < order.count {
            var end = index + 1
            while end < order.count, values[order[end]] == values[order[index]] { end += 1 }
            for place in index..<end { result[order[place]] = Double(index + end + 1) / 2 }
            index = end
        }
        return result
    }

    static func ascending(_ values: [Double]) -> [Int] {
        values.indices.sorted { values[$0] == values[$1] ? $0 < $1 : values[$0] < values[$1] }
    }
}

/// How much a measure would vary between surveys: clusters drawn with replacement.
public struct ClusterBootstrap: Sendable {
    private let clusters: [[Int]]
    private let draws: Int
    private var state: UInt64

    /// - Parameter seed: the same seed draws the same clusters.
    public init(clusters names: [String], draws: Int = 200, seed: UInt64 = 1) {
        var places: [String: Int] = [:]
        var clusters: [[Int]] = []
        for (row, name) in names.enumerated() {
            if let place = places[name] {
                clusters[place].append(row)
            } else {
                places[name] = clusters.count
                clusters.append([row])
            }
        }
        (self.clusters, self.draws, state) = (clusters, draws, seed)
    }

    /// The 2.5 and 97.5 % quantiles of a measure.
    public mutating func interval(_ measure: ([Int]) -> Double) -> ClosedRange<Double>? {
        guard !clusters.isEmpty else { return nil }
        var values: [Double] = []
        for _ in 0..<draws {
            var rows: [Int] = []
            for _ in clusters.indices { rows += clusters[Int(next() % UInt64(clusters.count))] }
            let value = measure(rows)
            if value.isFinite { values.append(value) }
        }
        guard !values.isEmpty else { return nil }
        return quantile(values, 0.025)...quantile(values, 0.975)
    }

    /// SplitMix64: the same numbers on every machine.
    private mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}

/// A quantile with linear interpolation between the two nearest values.
public func quantile(_ values: [Double], _ share: Double) -> Double {
    let sorted = values.sorted()
    let place = share * Double(sorted.count - 1)
    let (low, high) = (Int(place.rounded(.down)), Int(place.rounded(.up)))
    return sorted[low] + (place - Double(low)) * (sorted[high] - sorted[low])
}
