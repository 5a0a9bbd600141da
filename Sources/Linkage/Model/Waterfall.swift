/// Why a pair has its score: what the total changes as one field after another enters, the prior first.
///
/// The steps sum to the total exactly, because each is the difference of two totals.
public struct Waterfall: Sendable, Hashable {
    public struct Step: Sendable, Hashable {
        /// Nil for the prior.
        public var field: MatchField?
        /// Code of the agreement level, as in ``MatchField/levels``; `prior` for the prior.
        public var level: String
        public var bits: Double
        /// The total after this step.
        public var total: Double
    }

    public let steps: [Step]
    public var total: Double { steps.last?.total ?? 0 }
    /// The probability that goes with the total.
    public var probability: Double { Binary.probability(bits: total) }
}

extension MatchScorer {
    /// Tells a score field by field; fields without evidence have no step.
    public func explain(_ comparison: MatchComparison) -> Waterfall {
        var before = total(sums(comparison, upTo: 0))
        var steps = [Waterfall.Step(field: nil, level: "prior", bits: before, total: before)]
        for field in MatchField.allCases where comparison.levels.has(field) && model.fields[field] != nil {
            let after = total(sums(comparison, upTo: field.rawValue + 1))
            let level = comparison.levels[field]
            steps.append(
                Waterfall.Step(
                    field: field, level: field.levels.indices.contains(level) ? field.levels[level] : "\(level)",
                    bits: after - before, total: after))
            before = after
        }
        return Waterfall(steps: steps)
    }
}
