/// Finds the pairs of a population that may be one person: candidates, scores, the evidence of households.
///
/// The result is the same whatever the number of workers.
public struct MatchBatch: Sendable {
    public let population: Population
    public let settings: MatchSettings
    private var model: MatchModel
    private var pairs: [ScoredPair] = []
    private var figures = MatchOutcome.Figures()
    private var copies: [MatchCopies] = []
    private var anchors: Set<UInt64> = []

    private init(_ population: Population, _ settings: MatchSettings, _ model: MatchModel) {
        (self.population, self.settings, self.model) = (population, settings, model)
    }

    /// Estimates a model from the population itself, and scores by it.
    ///
    /// - Parameter base: where too few pairs share an identifier, its probabilities among matches stand in.
    public static func train(
        _ population: Population, base: MatchModel? = nil, settings: MatchSettings = MatchSettings()
    ) async -> MatchOutcome {
        let samples = await PairSamples.draw(
            population, most: settings.training.samples, workers: settings.workers)
        let trainer = MatchTrainer(settings: settings.training)
        var batch = MatchBatch(
            population, settings, trainer.estimate(samples, base: base, records: population.count))
        for pair in samples.anchors {
            batch.anchors.insert(UInt64(min(pair.a, pair.b)) << 32 | UInt64(max(pair.a, pair.b)))
        }
        await batch.collect()
        await batch.fit(isFirst: true)
        await batch.passHouseholds(fits: true)
        batch.calibrateByIdentifiers()
        await batch.score()
        return batch.outcome
    }

    /// Scores by a model as it is.
    public static func run(
        _ population: Population, model: MatchModel, settings: MatchSettings = MatchSettings()
    ) async -> MatchOutcome {
        var batch = MatchBatch(population, settings, model)
        await batch.collect()
        await batch.passHouseholds(fits: false)
        return batch.outcome
    }

    /// Scores given pairs by a model as it is, with what their households say: for a person at intake and the candidates that
    /// a database found.
    ///
    /// - Parameter candidates: numbers of two records each; pairs of other members of their households make the evidence.
    public static func score(
        _ candidates: [(Int, Int)], of population: Population, model: MatchModel, rounds: Int = 2
    ) async -> MatchOutcome {
        var settings = MatchSettings()
        (settings.rounds, settings.workers, settings.sharedMembers) = (rounds, 1, .infinity)
        var batch = MatchBatch(population, settings, model)
        let scorer = MatchScorer(model)
        var seen: Set<UInt64> = []
        for (a, b) in candidates where a != b && seen.insert(UInt64(min(a, b)) << 32 | UInt64(max(a, b))).inserted {
            let found = population.compare(min(a, b), max(a, b))
            let bits = Float(scorer.ownScore(found))
            batch.pairs.append(
                ScoredPair(a: UInt32(min(a, b)), b: UInt32(max(a, b)), found: found, own: bits, bits: bits))
        }
        await batch.passHouseholds(fits: false)
        return batch.outcome
    }

    private var outcome: MatchOutcome {
        var found = pairs.map { pair in
            MatchedPair(
                a: Int(pair.a), b: Int(pair.b), comparison: pair.found, own: Double(pair.own), bits: Double(pair.bits))
        }
        found.sort { ($0.a, $0.b) < ($1.a, $1.b) }
        return MatchOutcome(model: model, pairs: found, copies: copies, figures: figures)
    }

    private mutating func collect() async {
        let skipped = takeCopies()
        let index = await CandidateIndex.make(
            population, cap: settings.cap, skipped: skipped, workers: settings.workers)
        figures.index = index.figures
        let scorer = MatchScorer(model)
        figures.floor = await index.floor(population, scorer, settings)
        (pairs, figures.compared) = await index.scored(
            population, scorer, scope: settings.scope, floor: figures.floor, workers: settings.workers)
    }

    /// Sets aside large groups of records with the same content; the first of each stands for all.
    private mutating func takeCopies() -> Set<Int> {
        var counts: [UInt64: UInt32] = [:]
        for row in population.rows { counts[row.digest, default: 0] += 1 }
        let large = counts.filter { $0.value > settings.copies }
        guard !large.isEmpty else { return [] }
        var groups: [UInt64: [Int]] = [:]
        for (record, row) in population.rows.enumerated() where large[row.digest] != nil {
            groups[row.digest, default: []].append(record)
        }
        let scorer = MatchScorer(model)
        copies = groups.values.sorted { $0[0] < $1[0] }.map { records in
            MatchCopies(records: records, bits: scorer.ownScore(population.compare(records[0], records[1])))
        }
        return Set(copies.flatMap { $0.records.dropFirst() })
    }

    private mutating func score() async {
        let (scorer, given) = (MatchScorer(model), pairs)
        let parts = await Parallel.map(pairs.count, workers: settings.workers) { range in
            range.map { (Float(scorer.ownScore(given[$0].found)), Float(scorer.score(given[$0].found))) }
        }
        for (place, bits) in parts.joined().enumerated() { (pairs[place].own, pairs[place].bits) = bits }
    }

    private mutating func fit(isFirst: Bool) async {
        var tally: LevelTally?
        if !isFirst {
            var anchored = LevelTally()
            for pair in pairs where anchors.contains(UInt64(pair.a) << 32 | UInt64(pair.b)) { anchored.add(pair.found) }
            tally = anchored
        }
        model = await Expectation(records: population.count, workers: settings.workers).fit(
            model, to: pairs, anchored: tally, left: max(0, figures.compared - pairs.count))
        await score()
    }

    private mutating func passHouseholds(fits: Bool) async {
        let pass = HouseholdPass(population, workers: settings.workers)
        guard population.householdCount > 0 else { return }
        var groups = pass.groups(pairs)
        for round in 0..<max(0, settings.rounds) {
            if round > 0, settings.sharedMembers.isFinite {
                let further = await pass.further(
                    pairs, groups, MatchScorer(model), shared: settings.sharedMembers,
                    floor: max(settings.furtherFloor, figures.floor > settings.floor ? figures.floor : -.infinity))
                let scope = settings.scope
                pairs += further.filter { scope.includes(Int($0.a), Int($0.b)) }
                figures.further += further.count
                groups = pass.groups(pairs)
            }
            await pass.setLevels(&pairs, groups)
            if fits { await fit(isFirst: false) } else { await score() }
        }
    }

    /// Makes the totals mean the odds they say, by pairs of which both records have an identifier.
    ///
    /// The identifier is left out of the score and tells instead how likely the pair is one person; that it may be wrong itself
    /// is part of the model.
    private mutating func calibrateByIdentifiers() {
        guard let known = model.fields[.identifier] else { return }
        // Pairs that are certain anyhow would only bend the scale.
        let certain = MatchScorer(model)
        let judged = pairs.filter {
            $0.found.levels.has(.identifier) && abs(certain.unadjusted($0.found)) < Self.certainBits
        }
        guard judged.count(where: { $0.found.levels[.identifier] == 0 }) >= 50,
            judged.count(where: { $0.found.levels[.identifier] == 2 }) >= 50
        else { return }
        for _ in 0..<Self.calibrationRounds {
            let scorer = MatchScorer(model)
            var labels: [LabelledPair] = []
            for pair in judged {
                let level = pair.found.levels[.identifier]
                var found = pair.found
                found.levels[.identifier] = MatchField.missing
                let share = Binary.probability(
                    bits: scorer.score(found) + Binary.log2(known.match[level] / known.random[level]))
                labels.append(LabelledPair(found, isMatch: true, weight: share))
                labels.append(LabelledPair(found, isMatch: false, weight: 1 - share))
            }
            model = LabelCalibration(correctsLevels: false).fit(model, to: labels)
        }
        model.evidence["calibrated"] = judged.count
    }

    private static let calibrationRounds = 8
    private static let certainBits = 40.0
}
