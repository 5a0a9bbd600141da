import Linkage
import Testing

@Suite struct `Groups of records` {
    private func edge(_ a: Int, _ b: Int, _ bits: Double) -> MatchEdge { MatchEdge(a: a, b: b, bits: bits) }

    @Test func `are not joined by one weak bridge`() {
        let strong = [(0, 1), (0, 2), (1, 2), (3, 4), (3, 5), (4, 5)].map { edge($0.0, $0.1, 15) }

        #expect(MatchClusters(strong + [edge(2, 3, 2)]).groups == [[0, 1, 2], [3, 4, 5]])
    }

    @Test func `are joined by many good pairs`() {
        let all = (0..<4).flatMap { b in (0..<b).map { edge($0, b, 8) } }

        #expect(MatchClusters(all).groups == [[0, 1, 2, 3]])
    }

    @Test func `are kept apart by one pair that cannot be`() {
        #expect(MatchClusters([edge(0, 1, 20), edge(1, 2, 20), edge(0, 2, -9)]).groups == [[0, 1]])
    }

    @Test func `follow decisions against any score`() {
        let edges = [edge(0, 1, 20), edge(1, 2, -20)]
        let apart = MatchDecision(a: 0, b: 1, isSame: false)
        let together = MatchDecision(a: 2, b: 1, isSame: true)

        #expect(MatchClusters(edges, decisions: [apart]).groups.isEmpty)
        #expect(MatchClusters(edges, decisions: [apart, together]).groups == [[1, 2]])
        #expect(MatchClusters([], decisions: [together]).groups == [[1, 2]])
    }

    @Test func `make contradicting decisions visible`() {
        let decisions = [
            MatchDecision(a: 0, b: 1, isSame: true), MatchDecision(a: 1, b: 2, isSame: true),
            MatchDecision(a: 0, b: 2, isSame: false),
        ]

        #expect(MatchClusters([], decisions: decisions).contradictions == [decisions[2]])
    }

    @Test func `do not depend on the order of the pairs`() {
        var random = SmallRandom(state: 3)
        let edges = (0..<400).map { _ in edge(random.below(60), 60 + random.below(60), Double(random.below(30)) - 8) }

        #expect(MatchClusters(edges).groups == MatchClusters(edges.sorted { $0.bits < $1.bits }).groups)
    }
}

@Suite struct `Two households` {
    @Test func `support a pair by their other members, each counted once`() {
        let pair = HouseholdPair([
            .init(a: 1, b: 11, bits: 20), .init(a: 2, b: 12, bits: 20), .init(a: 2, b: 13, bits: 18),
            .init(a: 3, b: 13, bits: 1),
        ])

        let evidence = pair.evidence(for: 3, 13, hasOthers: true)
        #expect(abs((evidence.support ?? 0) - 2) < 0.01)
        #expect(evidence.rival == 18)
        #expect(evidence.rivalLevel(bits: 1) == 2)
        #expect(evidence.rivalLevel(bits: 30) == 0)
        #expect(abs(pair.shared - 2.67) < 0.01)
    }

    @Test func `say nothing about the only member`() {
        let evidence = HouseholdPair([.init(a: 1, b: 2, bits: 9)]).evidence(for: 1, 2, hasOthers: false)

        #expect(evidence.supportLevel == MatchField.missing)
        #expect(evidence.rivalLevel(bits: 9) == 0)
    }
}

@Suite struct `Measuring against the truth` {
    private let truth = KnownTruth(persons: [1, 1, 2, 2, 3, 4])
    private let pairs = [
        MatchEdge(a: 0, b: 1, bits: 9), MatchEdge(a: 1, b: 2, bits: 5), MatchEdge(a: 2, b: 3, bits: 3),
        MatchEdge(a: 4, b: 5, bits: -2),
    ]

    @Test func `counts precision and recall as by hand`() throws {
        let measures = TruthMeasures(pairs, truth: truth, clusters: [(threshold: 0, groups: [[0, 1, 2, 3]])])

        #expect(measures.truePairs == 2)
        #expect(measures.candidateRecall == 1)
        #expect(measures.best.threshold == 3)
        #expect(abs(measures.best.f1 - 0.8) < 1e-9)
        #expect(measures.recallAt99 == 0.5)
        let groups = try #require(measures.groups.first)
        #expect(groups.recall == 1)
        #expect(abs(groups.precision - 2.0 / 6) < 1e-9)
        #expect(groups.largest == 4)
    }

    @Test(.timeLimit(.minutes(1)))
    func `counts the pairs of somebody with twenty thousand records without making them`() {
        let truth = KnownTruth(persons: [Int32](repeating: 1, count: 20_000), scope: .new(from: 19_999))
        let all = KnownTruth(persons: [Int32](repeating: 1, count: 20_000))

        #expect(truth.pairCount == 19_999)
        #expect(TruthMeasures([], truth: all).truePairs == 20_000 * 19_999 / 2)
    }

    @Test func `leaves out what was given away`() {
        #expect(TruthMeasures(pairs, truth: truth, excluded: [0 << 32 | 1]).truePairs == 1)
    }

    @Test func `between two lists counts only pairs across`() {
        let truth = KnownTruth(persons: [1, 1, 1, 2], scope: .between(2))

        #expect(truth.pairCount == 2)
        let measures = TruthMeasures([], truth: truth, clusters: [(threshold: 0, groups: [[0, 1, 2]])])
        #expect(measures.groups.first?.recall == 1)
        #expect(measures.groups.first?.precision == 1)
    }
}
