package import Linkage

extension Trial {
    /// How a trial is run.
    package struct Options: Sendable {
        /// A model to take the place of what too few pairs can tell.
        package var base: MatchModel?
        /// So many pairs whose truth is given away, as clerks would decide them.
        package var labels: Int
        package var workers: Int
        package var seed: UInt64

        package init(base: MatchModel? = nil, labels: Int = 0, workers: Int = 2, seed: UInt64 = 1) {
            (self.base, self.labels, self.workers, self.seed) = (base, labels, workers, seed)
        }
    }

    /// What a trial found, before it is held to the truth.
    package struct Result: Sendable {
        package let outcome: MatchOutcome
        /// Pairs whose truth was given away.
        package let labelled: Set<UInt64>
        package let settings: MatchSettings
    }

    /// Trains without the truth, and scores.
    package func run(_ options: Options) async -> Result {
        var settings = MatchSettings.usual(for: population.count)
        settings.scope = truth.scope
        settings.workers = options.workers
        let outcome = await MatchBatch.train(population, base: options.base, settings: settings)
        guard options.labels > 0 else { return Result(outcome: outcome, labelled: [], settings: settings) }
        let asked = LabelSample.draw(outcome.pairs, count: options.labels, seed: options.seed)
        let labels = asked.map { LabelledPair($0.comparison, isMatch: truth.isTrue($0.a, $0.b)) }
        let learnt = LabelCalibration(correctsLevels: true, restraint: 1).fit(outcome.model, to: labels)
        return Result(
            outcome: outcome.rescored(by: learnt), labelled: Set(asked.map { UInt64($0.a) << 32 | UInt64($0.b) }),
            settings: settings)
    }

    /// Holds a result to the truth.
    package func report(_ result: Result) -> TrialReport {
        let edges = result.outcome.pairs.map { MatchEdge(a: $0.a, b: $0.b, bits: $0.bits) }
        let clusters = (-2...6).map { bits in
            (threshold: Double(bits), groups: result.outcome.clusters(.init(threshold: Double(bits))).groups)
        }
        let measures = TruthMeasures(edges, truth: truth, excluded: result.labelled, clusters: clusters)
        let missed = result.outcome.missed(
            truth, of: population, threshold: measures.best.threshold, floor: result.settings.floor)
        return TrialReport(
            measures: measures, missed: missed, figures: result.outcome.figures, labels: result.labelled.count,
            model: result.outcome.model, allTruePairs: truth.pairCount)
    }
}
