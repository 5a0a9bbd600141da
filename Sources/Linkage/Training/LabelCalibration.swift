/// One pair of which somebody has said whether it is one person.
public struct LabelledPair: Sendable, Hashable {
    public var comparison: MatchComparison
    public var isMatch: Bool
    /// How many pairs of the registry it stands for.
    public var weight: Double

    public init(_ comparison: MatchComparison, isMatch: Bool, weight: Double = 1) {
        (self.comparison, self.isMatch, self.weight) = (comparison, isMatch, weight)
    }
}

/// Corrects a model by decided pairs: logistic regression, held towards the model as it was.
///
/// The total becomes slope × bits + bias, and with `levels` a correction of each level. Corrections are held towards nothing,
/// so that few labels change little.
public struct LabelCalibration: Sendable {
    /// How strongly a level's correction is held back; in the units of a label.
    public var restraint: Double
    /// Whether single levels are corrected too.
    public var correctsLevels: Bool

    public init(correctsLevels: Bool, restraint: Double = 2) {
        (self.correctsLevels, self.restraint) = (correctsLevels, restraint)
    }

    /// The corrected model; the same when the labels hold no match, or no other pair.
    public func fit(_ model: MatchModel, to labels: [LabelledPair]) -> MatchModel {
        guard labels.contains(where: \.isMatch), labels.contains(where: { !$0.isMatch }) else { return model }
        let places = correctsLevels ? Self.places(in: labels) : [:]
        let scorer = MatchScorer(model)
        var weights = [Double](repeating: 0, count: 2 + places.count)
        (weights[0], weights[1]) = (model.slope, model.bias)
        for (place, index) in places { weights[2 + index] = Self.adjustment(model, place) }
        let start = weights
        let rows = labels.map { label in
            (bits: scorer.unadjusted(label.comparison), levels: Self.levels(label.comparison, places))
        }
        for _ in 0..<30 {
            guard let step = step(weights, start, rows, labels) else { break }
            // At the end the costs of two steps differ by rounding alone, and no half of a step would seem to help.
            if (step.map(abs).max() ?? 0) < Self.tolerance {
                for index in weights.indices { weights[index] += step[index] }
                break
            }
            let before = loss(weights, start, rows, labels)
            var share = 1.0
            var next = weights
            // Newton's step may overshoot where nearly all labels are certain: halve it until it helps.
            repeat {
                for index in weights.indices { next[index] = weights[index] + share * step[index] }
                share /= 2
            } while loss(next, start, rows, labels) > before && share > 1e-6
            let largest = zip(next, weights).map { abs($0 - $1) }.max() ?? 0
            weights = next
            if largest < Self.tolerance { break }
        }
        return apply(weights, places, to: model)
    }

    private static let tolerance = 1e-5

    /// The levels that occur often enough to be corrected, numbered.
    private static func places(in labels: [LabelledPair]) -> [Int: Int] {
        var counts: [Int: Int] = [:]
        for label in labels {
            for field in MatchField.allCases where label.comparison.levels.has(field) {
                counts[field.rawValue * 16 + label.comparison.levels[field], default: 0] += 1
            }
        }
        let often = counts.filter { $0.value >= 5 }.keys.sorted()
        return Dictionary(uniqueKeysWithValues: often.enumerated().map { ($1, $0) })
    }

    private static func levels(_ found: MatchComparison, _ places: [Int: Int]) -> [Int] {
        MatchField.allCases.compactMap { field in places[field.rawValue * 16 + found.levels[field]].map { $0 + 2 } }
    }

    private static func adjustment(_ model: MatchModel, _ place: Int) -> Double {
        guard let field = MatchField(rawValue: place / 16), let known = model.fields[field],
            known.adjustment.indices.contains(place % 16)
        else { return 0 }
        return known.adjustment[place % 16]
    }

    /// What the correction costs: the improbability of the labels, and how far the weights have moved.
    private func loss(
        _ weights: [Double], _ start: [Double], _ rows: [(bits: Double, levels: [Int])], _ labels: [LabelledPair]
    ) -> Double {
        var loss = 0.0
        for (row, label) in zip(rows, labels) {
            var bits = weights[0] * row.bits + weights[1]
            for level in row.levels { bits += weights[level] }
            loss += label.weight * Binary.sum(0, label.isMatch ? -bits : bits)
        }
        for index in weights.indices {
            let moved = weights[index] - start[index]
            loss += 0.5 * held(index) * moved * moved
        }
        return loss
    }

    /// Slope and bias are free; only so far held that few labels cannot turn the scale around.
    private func held(_ index: Int) -> Double { index < 2 ? 0.01 : restraint }

    /// One step of Newton's method; nil when the equations have no solution.
    private func step(
        _ weights: [Double], _ start: [Double], _ rows: [(bits: Double, levels: [Int])], _ labels: [LabelledPair]
    ) -> [Double]? {
        let count = weights.count
        var slope = [Double](repeating: 0, count: count)
        var curve = [Double](repeating: 0, count: count * count)
        for (row, label) in zip(rows, labels) {
            var bits = weights[0] * row.bits + weights[1]
            for level in row.levels { bits += weights[level] }
            let share = Binary.probability(bits: bits)
            let miss = label.weight * ((label.isMatch ? 1 : 0) - share)
            let spread = label.weight * max(share * (1 - share), 1e-9) * Self.nats
            // Slope and bias alone, as for hundreds of thousands of pairs: no list for each of them.
            if row.levels.isEmpty {
                slope[0] += miss * row.bits
                slope[1] += miss
                curve[0] += spread * row.bits * row.bits
                curve[1] += spread * row.bits
                curve[count] += spread * row.bits
                curve[count + 1] += spread
                continue
            }
            let values = [(0, row.bits), (1, 1)] + row.levels.map { ($0, 1.0) }
            for (i, x) in values {
                slope[i] += miss * x
                for (j, y) in values { curve[i * count + j] += spread * x * y }
            }
        }
        for index in 0..<count {
            slope[index] -= held(index) * (weights[index] - start[index])
            curve[index * count + index] += held(index)
        }
        return LinearSystem.solve(&curve, &slope)
    }

    private static let nats = 0.693147180559945

    private func apply(_ weights: [Double], _ places: [Int: Int], to model: MatchModel) -> MatchModel {
        var model = model
        model.slope = min(2, max(0.2, weights[0]))
        model.bias = weights[1]
        for (place, index) in places {
            guard let field = MatchField(rawValue: place / 16), var known = model.fields[field] else { continue }
            if known.adjustment.indices.contains(place % 16) { known.adjustment[place % 16] = weights[2 + index] }
            model.fields[field] = known
        }
        // Full agreement is never made to count for less than lesser agreement, or than silence.
        for field in [MatchField.given, .family, .birth, .identifier] {
            guard let best = model.fields[field]?.adjustment.max() else { continue }
            model.fields[field]?.adjustment[0] = max(0, best)
        }
        return model
    }
}

/// Solves a small symmetric system by Cholesky's method.
enum LinearSystem {
    static func solve(_ matrix: inout [Double], _ right: inout [Double]) -> [Double]? {
        let count = right.count
        for column in 0..<count {
            for row in column..<count {
                var sum = matrix[row * count + column]
                for k in 0..<column { sum -= matrix[row * count + k] * matrix[column * count + k] }
                if row == column {
                    guard sum > 1e-12 else { return nil }
                    matrix[row * count + row] = sum.squareRoot()
                } else {
                    matrix[row * count + column] = sum / matrix[column * count + column]
                }
            }
        }
        for row in 0..<count {
            for k in 0..<row { right[row] -= matrix[row * count + k] * right[k] }
            right[row] /= matrix[row * count + row]
        }
        for row in stride(from: count - 1, through: 0, by: -1) {
            for k in row + 1..<max(row + 1, count) { right[row] -= matrix[k * count + row] * right[k] }
            right[row] /= matrix[row * count + row]
        }
        return right
    }
}
