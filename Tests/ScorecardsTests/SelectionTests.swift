import Groundwork
import Scorecards
import Testing

/// The defects named here are those of two systems in use, told in the facts about proxy means tests.
@Suite struct `Choosing by score` {
    private func score(_ text: String) throws -> ExactDecimal { try #require(ExactDecimal(text)) }

    @Test(arguments: [
        ("11.5", "extreme"), ("12", "extreme"), ("12.1", "poverty"), ("12.2", "poverty"), ("12.3", "vulnerable"),
        ("12.9", "not_poor"), ("14.9", "not_poor"), ("15.0", "not_poor"),
    ]) func `takes the upper bound of a class in, so that nobody is one class too poor`(text: String, expected: String)
        throws
    {
        let classes = PercentileClasses(
            poorer: .lower,
            thresholds: [
                ("extreme", try score("12")), ("poverty", try score("12.2")), ("vulnerable", try score("12.4")),
                ("not_poor", try score("15")),
            ])

        #expect(classes.code(of: try score(text)) == expected)
    }

    @Test func `finds the thresholds at whole ranks, each household on an edge inside`() throws {
        let scores = (1...10).map { ExactDecimal($0) }
        let declared: [Formula.PercentileClass] = try Ground.formula("uganda/pmt/nsr_v1.json").classes

        let classes = try #require(PercentileClasses(declared, of: scores, poorer: .lower))

        #expect(classes.thresholds.map(\.score) == [1, 2, 3, 10])
        #expect(
            scores.compactMap { classes.code(of: $0) } == ["extreme_poverty", "poverty", "vulnerable"]
                + Array(repeating: "not_poor", count: 7))
        let rich = try #require(PercentileClasses(declared, of: scores, poorer: .higher))
        #expect(rich.code(of: 10) == "extreme_poverty" && rich.code(of: 1) == "not_poor")
    }

    @Test func `has no classes of nobody, and chooses nobody from nobody`() {
        #expect(PercentileClasses([], of: [], poorer: .lower) == nil)
        #expect(Quota(places: 5).choose([], Ranking(poorer: .lower, tieBreak: [])).isEmpty)
    }

    @Test func `breaks ties by rule, whatever the order of the file`() {
        let candidates = [
            Candidate(household: "c", score: 5, members: 3), Candidate(household: "b", score: 5, members: 7),
            Candidate(household: "a", score: 5, members: 3), Candidate(household: "d", score: 4, members: 1),
        ]
        let ranking = Ranking(poorer: .lower, tieBreak: [.largerHousehold, .household])

        #expect(ranking.order(candidates).map(\.household) == ["d", "b", "a", "c"])
        #expect(ranking.order(candidates.reversed()).map(\.household) == ["d", "b", "a", "c"])
        #expect(Ranking(poorer: .higher, tieBreak: []).order(candidates).map(\.household) == ["a", "b", "c", "d"])
    }

    @Test func `fills a quota, then the waiting list in its order`() {
        let candidates = (1...5).map { Candidate(household: "h\($0)", score: ExactDecimal($0)) }

        let choices = Quota(places: 2, reserve: 2).choose(candidates, Ranking(poorer: .lower, tieBreak: []))

        #expect(choices.map(\.choice) == [.selected, .selected, .waiting(1), .waiting(2), .notSelected])
    }

    @Test func `takes everybody when the quota is larger than the colline, and nobody when it is none`() {
        let candidates = (1...3).map { Candidate(household: "h\($0)", score: ExactDecimal($0)) }
        let ranking = Ranking(poorer: .lower, tieBreak: [])

        #expect(Quota(places: 10).choose(candidates, ranking).allSatisfy { $0.choice == .selected })
        #expect(Quota(places: 0).choose(candidates, ranking).allSatisfy { $0.choice != .selected })
    }

    @Test(arguments: [(10, [4, 4, 2]), (7, [3, 3, 1]), (1, [1, 0, 0]), (0, [0, 0, 0])])
    func `parts a quota 40/40/20 into whole places`(places: Int, expected: [Int]) throws {
        let parts = [
            SubQuota(group: "a", percent: 40), SubQuota(group: "b", percent: 40), SubQuota(group: "c", percent: 20),
        ]

        let result = try #require(SubQuota.places(parts, of: places))

        #expect(["a", "b", "c"].map { result[$0] ?? -1 } == expected)
        #expect(SubQuota.places([SubQuota(group: "a", percent: 90)], of: 10) == nil)
    }

    @Test func `gives what a group cannot fill to the poorest of all`() {
        let candidates = (1...6).map { Candidate(household: "h\($0)", score: ExactDecimal($0)) }
        let parts = [SubQuota(group: "young", percent: 50), SubQuota(group: "old", percent: 50)]

        let choices = Quota(places: 4).choose(candidates, Ranking(poorer: .lower, tieBreak: []), parts: parts) {
            $0.household == "h6" ? "young" : "old"
        }

        #expect(choices.filter { $0.choice == .selected }.map(\.candidate.household) == ["h1", "h2", "h3", "h6"])
    }
}
