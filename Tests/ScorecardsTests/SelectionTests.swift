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

    @Test func `puts all households on the edge of a class inside, also when many share it`() throws {
        let scores: [ExactDecimal] = [1, 2, 2, 2, 2, 2, 2, 8, 9, 10]
        let declared: [Formula.PercentileClass] = try Ground.formula("uganda/pmt/nsr_v1.json").classes

        let classes = try #require(PercentileClasses(declared, of: scores, poorer: .lower))

        // The tenth percentile is the first household, the twentieth and thirtieth lie within the tie.
        #expect(classes.code(of: 1) == "extreme_poverty")
        #expect(classes.code(of: 2) == "poverty")
        let beyond = try score("2.0001")
        #expect(classes.code(of: beyond) == "not_poor")
    }

    @Test func `ends a cut-off behind its bound, in both directions, to the last digit`() throws {
        let lower = CutOff(poorer: .lower, last: try score("9733.5"))
        let higher = CutOff(poorer: .higher, last: try score("57001"))

        let (same, below, beyond) = try (score("9733.50"), score("-1"), score("9733.500000000000000000001"))
        let short = try score("57000.9")
        #expect(lower.takes(same) && lower.takes(below) && !lower.takes(beyond))
        #expect(higher.takes(57001) && higher.takes(70000) && !higher.takes(short))
    }

    @Test func `orders scores as numbers, never as texts`() throws {
        let candidates = try [("a", "10"), ("b", "9"), ("c", "-2"), ("d", "-10"), ("e", "9.0")].map {
            Candidate(household: $0.0, score: try score($0.1))
        }

        #expect(Ranking(poorer: .lower, tieBreak: []).order(candidates).map(\.household) == ["d", "c", "b", "e", "a"])
    }

    @Test func `cuts a quota in the middle of a tie by the declared rule, and not by the order of the rows`() {
        let candidates = (0..<8).map { Candidate(household: "h\($0)", score: 5, members: 1 + $0 % 4) }
        let ranking = Ranking(poorer: .lower, tieBreak: [.largerHousehold])
        func chosen(_ candidates: [Candidate]) -> [String] {
            Quota(places: 3).choose(candidates, ranking).filter { $0.choice == .selected }.map(\.candidate.household)
        }

        #expect(chosen(candidates) == ["h3", "h7", "h2"])
        #expect(chosen(candidates.reversed()) == ["h3", "h7", "h2"])
    }

    @Test func `takes no score for no household: an empty selection selects nobody, whatever the places`() {
        let ranking = Ranking(poorer: .lower, tieBreak: [])
        let parts = [SubQuota(group: "a", percent: 100)]

        #expect(Quota(places: 100, reserve: 100).choose([], ranking).isEmpty)
        #expect(Quota(places: 100).choose([], ranking, parts: parts) { _ in "a" }.isEmpty)
        let one = [Candidate(household: "a", score: 1)]
        #expect(Quota(places: 0, reserve: 0).choose(one, ranking).map(\.choice) == [.notSelected])
    }

    @Test func `never chooses more than the places, however the parts fall`() {
        for places in 0...12 {
            for percent in [0, 33, 50, 100] {
                let candidates = (0..<9).map { Candidate(household: "h\($0)", score: ExactDecimal($0 % 3)) }
                let parts = [SubQuota(group: "a", percent: percent), SubQuota(group: "b", percent: 100 - percent)]

                let choices = Quota(places: places, reserve: 2)
                    .choose(candidates, Ranking(poorer: .lower, tieBreak: []), parts: parts) {
                        ["a", "b", nil][($0.household.last?.wholeNumberValue ?? 0) % 3]
                    }

                #expect(choices.filter { $0.choice == .selected }.count == min(places, 9))
                #expect(choices.filter { if case .waiting = $0.choice { true } else { false } }.count <= 2)
            }
        }
    }
}
