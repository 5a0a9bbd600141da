/// One pair of records with its score.
public struct MatchedPair: Sendable, Hashable {
    /// Numbers of the records, the smaller first.
    public var a: Int
    public var b: Int
    /// The levels, with those of the households.
    public var comparison: MatchComparison
    /// Bits by the two records alone.
    public var own: Double
    /// Bits with the evidence of the households.
    public var bits: Double

    public init(a: Int, b: Int, comparison: MatchComparison, own: Double, bits: Double) {
        (self.a, self.b, self.comparison, self.own, self.bits) = (a, b, comparison, own, bits)
    }
}

/// Records with the same content in every field that is compared.
public struct MatchCopies: Sendable, Hashable {
    /// In rising order; the first stands for all among the pairs.
    public var records: [Int]
    /// What one copy scores against another.
    public var bits: Double
}

/// What a batch found.
public struct MatchOutcome: Sendable {
    public struct Figures: Sendable, Hashable {
        public var index = CandidateIndex.Figures()
        /// Pairs that shared a key and were compared.
        public var compared: Int = 0
        /// Bits from which pairs were kept.
        public var floor: Double = -.infinity
        /// Pairs found through households alone.
        public var further: Int = 0
    }

    /// The model as used; of a run that trained, the new one.
    public let model: MatchModel
    /// Every pair from the floor on, ordered by its records.
    public let pairs: [MatchedPair]
    public let copies: [MatchCopies]
    public let figures: Figures

    /// Groups of records that are one person, copies included.
    public func clusters(
        _ rules: MatchClusters.Rules = MatchClusters.Rules(), decisions: [MatchDecision] = []
    ) -> MatchClusters {
        var edges = pairs.map { MatchEdge(a: $0.a, b: $0.b, bits: $0.bits) }
        var decisions = decisions
        for group in copies {
            for copy in group.records.dropFirst() {
                // Copies are one person, or nobody can tell them apart; no score between them was kept to prove it.
                if group.bits >= rules.threshold {
                    decisions.append(MatchDecision(a: group.records[0], b: copy, isSame: true))
                } else {
                    edges.append(MatchEdge(a: group.records[0], b: copy, bits: group.bits))
                }
            }
        }
        return MatchClusters(edges, rules: rules, decisions: decisions)
    }
}

extension MatchOutcome {
    /// The same pairs with the scores of another model, e.g. one that has learnt from labels.
    public func rescored(by model: MatchModel) -> MatchOutcome {
        let scorer = MatchScorer(model)
        let rescored = pairs.map { pair in
            MatchedPair(
                a: pair.a, b: pair.b, comparison: pair.comparison, own: scorer.ownScore(pair.comparison),
                bits: scorer.score(pair.comparison))
        }
        return MatchOutcome(model: model, pairs: rescored, copies: copies, figures: figures)
    }
}

extension MatchModel {
    /// How far a model has moved from an earlier one.
    public struct Drift: Sendable, Hashable {
        /// Matches per record, now over then.
        public var matches: Double
        /// Change of each level in bits, log2 of its probability now over then, by field: among matches (m), and among random
        /// pairs (u).
        public var match: [MatchField: [Double]]
        public var random: [MatchField: [Double]]

        /// Whether somebody has to look before anything is linked: the share of matches has jumped.
        public var isAlarming: Bool { matches > 1.5 || matches < 1 / 1.5 }
    }

    public func drift(from earlier: MatchModel) -> Drift {
        // Below one in a hundred thousand a level is not seen often enough for its change to say anything.
        func change(_ now: [Double], _ then: [Double]) -> [Double] {
            zip(now, then).map { Binary.log2(max($0, 1e-5) / max($1, 1e-5)) }
        }
        var drift = Drift(matches: 1, match: [:], random: [:])
        if let now = pairsPerRecord.first, let then = earlier.pairsPerRecord.first, then > 0 {
            drift.matches = now / then
        }
        for (field, known) in fields {
            guard let before = earlier.fields[field] else { continue }
            drift.match[field] = change(known.match, before.match)
            drift.random[field] = change(known.random, before.random)
        }
        return drift
    }
}
