import Documents
import Scorecards
import Testing

@Suite struct `A poverty scorecard` {
    /// Two lines; points 60 and 50 may sum beyond 100, and −5 below 0.
    private func card(_ change: (inout JSONObject) -> Void = { _ in }) throws -> PovertyScorecard {
        var lookup = JSONObject()
        for score in 0...100 { lookup[String(score)] = [.string("0.\(100 + (100 - score))"), "1"] }
        var json: JSONObject = [
            "title": "Invented card", "lines": ["national", "half"],
            "questions": [
                [
                    "no": 1, "text": "Roof?",
                    "options": [
                        ["label": "A. Straw", "points": [0, -5]], ["label": "B. Tiles", "points": [60, 7]],
                    ],
                ],
                [
                    "no": 2, "text": "Radio?",
                    "options": [["label": "a) No", "points": [0, 0]], ["label": "b) Yes", "points": [50, 3]]],
                ],
            ], "lookup": .object(lookup),
        ]
        change(&json)
        return try PovertyScorecard(.object(json))
    }

    private func scored(_ answers: [Int: String]) throws -> PovertyScorecard.Result {
        guard case .scored(let result) = try card().score(answers) else { throw Trouble.unscorable }
        return result
    }

    private enum Trouble: Error { case unscorable }

    @Test func `sums the points of each line and holds them between 0 and 100`() throws {
        #expect(try scored([1: "B", 2: "b"]).scores == [100, 10])
        #expect(try scored([1: "A", 2: "a"]).scores == [0, 0])
    }

    @Test(arguments: ["B. Tiles", "b. tiles", "B", "b", "2"]) func `takes an option by label, letter or place`(
        answer: String
    ) throws {
        #expect(try scored([1: answer, 2: "1"]).scores == [60, 7])
    }

    @Test func `always uses the table`() throws {
        #expect(try scored([1: "B", 2: "a"]).likelihoods.map(\.description) == ["0.14", "1"])
    }

    @Test func `does not score an open or unknown answer`() throws {
        guard case .unscorable(let open) = try card().score([1: "Z"]) else {
            Issue.record("it was scored")
            return
        }
        #expect(open == [1, 2])
    }

    @Test func `averages likelihoods, never scores`() throws {
        var rate = PovertyRate(lines: 2)
        rate.add(try scored([1: "B", 2: "b"]))
        rate.add(try scored([1: "A", 2: "a"]))

        let means = rate.means(Division(places: 6, rounding: .halfEven))

        #expect(means.map { $0?.description } == ["0.15", "1"])
        #expect(PovertyRate(lines: 1).means(Division(places: 6, rounding: .halfEven)) == [nil])
    }

    @Test func `names the lines that card and table call differently, until a person checked them`() throws {
        let headers: JSON = ["national", "50% national"]

        #expect(try card { $0["lookup_line_headers"] = headers }.doubtful == [1])
        let checked = try card {
            $0["lookup_line_headers"] = headers
            $0["checked_lines"] = ["half"]
        }
        #expect(checked.doubtful == [])
    }

    @Test func `with a gap in the table or a point too few is refused`() {
        #expect(throws: (any Error).self) { try card { $0["lines"] = ["national", "half", "double"] } }
        #expect(throws: (any Error).self) { try card { $0["lookup"] = ["0": ["1", "1"]] } }
    }
}
