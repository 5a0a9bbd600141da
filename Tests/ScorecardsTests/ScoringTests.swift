import Documents
import Scorecards
import Testing

@Suite struct `Scoring a household` {
    private let full = Answers(
        values: [
            "age": .number(40), "size": .number(5), "rooms": .number(2), "toilet": .code("pit"), "radio": .number(0),
        ], rows: ["members": [["age": .number(3)], ["age": .number(40)], [:]]])

    @Test func `adds intercept and terms, then scales and cuts off towards zero`() throws {
        let formula = try Formula(Ground.small())

        let score = try #require(Scorer(formula).score(full).score)

        #expect(score.sum.description == "0.8")
        #expect(score.value == 800)
    }

    @Test func `cuts off negative sums towards zero`() throws {
        let formula = try Formula(
            Ground.small {
                $0["strata"] = [
                    [
                        "code": "all", "intercept": "-1.0009",
                        "terms": [["name": "size", "kind": "linear", "of": "size", "weight": "-0.0001"]],
                    ]
                ]
            })

        #expect(Scorer(formula).score(full).score?.value == -1001)
    }

    @Test func `refuses a missing answer unless the term says otherwise, and tells all that is missing`() throws {
        let formula = try Ground.terms(
            Ground.agePoints, ["name": "size", "kind": "linear", "of": "size", "weight": "1"],
            ["name": "toilet", "kind": "set", "of": "toilet", "values": ["none"], "weight": "-1", "missing": "neutral"])

        let refusals = Scorer(formula).score(Answers()).refusals

        #expect(refusals.map(\.inputs) == [["age"], ["size"]])
        #expect(refusals.map(\.reason) == [.missing, .missing])
    }

    private static let policies: [(JSON, String, Contribution.Treatment)] = [
        ("neutral", "0", .neutral), (["points": "-0.25"], "-0.25", .declaredPoints),
        (["impute": ["age": "30"]], "-0.15", .imputed),
    ]

    @Test(arguments: policies)
    func `treats a missing age by the policy of the term`(
        policy: JSON, points: String, treatment: Contribution.Treatment
    ) throws {
        var term = try #require(Ground.agePoints.object)
        term["missing"] = policy

        let part = try #require(Scorer(try Ground.terms(.object(term))).score(Answers()).score?.contributions.first)

        #expect(part.points.description == points)
        #expect(part.treatment == treatment)
        #expect(part.missing == ["age"])
    }

    @Test func `takes empty text, null and absent for the same missing answer, never for owning a radio`() throws {
        let formula = try Ground.terms([
            "name": "radio", "kind": "condition", "where": ["input": "radio", "is": "at_least", "value": "1"],
            "weight": "0.119", "missing": "neutral",
        ])
        let binding = Binding(identity: formula)

        for row: JSON in [["radio": ""], ["radio": nil], [:], ["radio": "  "]] {
            let part = Scorer(formula).score(binding.answers(row, for: formula)).score?.contributions.first
            #expect(part?.points == 0)
            #expect(part?.treatment == .neutral)
        }
        for (value, points) in [("0", "0"), ("2", "0.119")] {
            let answers = binding.answers(["radio": .string(value)], for: formula)
            #expect(Scorer(formula).score(answers).score?.contributions.first?.points.description == points)
        }
    }

    @Test func `refuses a code, a number or a list that it does not understand`() throws {
        let formula = try Ground.terms(
            [
                "name": "toilet", "kind": "lookup", "of": "toilet", "points": ["flush": "0"], "else": "-1",
                "missing": "neutral",
            ],
            ["name": "age", "kind": "linear", "of": "age", "weight": "1", "missing": "neutral"])
        let answers = Binding(identity: formula).answers(["toilet": "bush", "age": "forty"], for: formula)

        let refusals = Scorer(formula).score(answers).refusals

        #expect(refusals.map(\.reason) == [.notUnderstood, .notUnderstood])
    }

    @Test func `refuses a household without members and an age that nobody has`() throws {
        let formula = try Ground.terms(
            ["name": "size", "kind": "linear", "of": "size", "weight": "1"], Ground.agePoints)
        let answers = Answers(values: ["size": .number(0), "age": .number(200)])

        #expect(Scorer(formula).score(answers).refusals.map(\.reason) == [.outOfRange, .outOfRange])
    }

    @Test(
        arguments: [
            [
                "name": "children", "kind": "count", "over": "members",
                "where": ["input": "age", "is": "below", "value": "15"],
            ],
            [
                "name": "children", "kind": "any", "over": "members", "unknown": "leave_out",
                "where": ["not": ["input": "age", "is": "at_least", "value": "15"]],
            ],
            ["name": "years", "kind": "linear", "of": ["total": "members", "of": "age"]],
        ] as [JSON])
    func `refuses a member whose answer lies outside its bounds, as the bulk scorer does`(term: JSON) throws {
        var weighted = term.object ?? [:]
        weighted["weight"] = "1"
        let formula = try Formula(
            Ground.small { object in
                object["rows"] = [
                    [
                        "name": "members",
                        "inputs": [
                            ["name": "age", "type": "number", "unit": "year", "minimum": "0", "maximum": "125"]
                        ],
                    ]
                ]
                object["strata"] = [["code": "all", "intercept": "0", "terms": [.object(weighted)]]]
            })
        var bulk = BulkScorer(formula, binding: Binding(identity: formula))

        for (age, isPossible) in [("-1", false), ("0", true), ("125", true), ("126", false), ("900", false)] {
            let number = try #require(ExactDecimal(age))
            let alone = Scorer(formula).score(Answers(rows: ["members": [["age": .number(number)]]]))
            let texts = formula.inputs.map { _ in nil as String? } + [#"[{"age": \#(age)}]"#]
            let together = bulk.score(texts)
            let refusal = Refusal(
                reason: .outOfRange, term: term["name"]?.string, inputs: ["members.age"])
            switch alone {
            case .scored: #expect(isPossible && together.refusals.isEmpty)
            case .unscorable(let refusals):
                #expect(!isPossible && refusals == [refusal] && together.refusals == refusals)
            }
        }
    }

    @Test(arguments: [(8, true), (30, false), (400, false)])
    func `refuses points of more digits than a database keeps`(factors: Int, isScored: Bool) throws {
        let huge = [JSON](repeating: ["number": "1e1000"], count: factors)
        let formula = try Ground.terms([
            "name": "vast", "kind": "linear", "of": ["product": .array(["age"] + huge)], "weight": "0.1",
        ])
        var bulk = BulkScorer(formula, binding: Binding(identity: formula))

        let alone = Scorer(formula).score(Answers(values: ["age": .number(40)]))
        let together = bulk.score(
            formula.inputs.map { $0.name == "age" ? "40" : nil } + formula.rows.map { _ in nil as String? })

        let refusal = Refusal(reason: .outOfRange, term: "vast", inputs: ["age"])
        switch alone {
        case .scored(let score): #expect(isScored && together.refusals.isEmpty && together.sum == score.sum)
        case .unscorable(let refusals): #expect(!isScored && refusals == [refusal] && together.refusals == refusals)
        }
    }

    @Test func `refuses a ratio by zero unless the formula gives it a value`() throws {
        var term: JSONObject = [
            "name": "rooms", "kind": "ratio", "over": "rooms", "by": "radio", "weight": "1", "order": "quotient_first",
            "division": ["places": 3, "rounding": "half_up"],
        ]
        #expect(Scorer(try Ground.terms(.object(term))).score(full).refusals.map(\.reason) == [.divisionByZero])

        term["by_zero"] = "0.5"
        #expect(Scorer(try Ground.terms(.object(term))).score(full).score?.sum.description == "0.5")
    }

    @Test(arguments: [("refuse", nil), ("leave_out", "0.333"), ("fits", "0.667")] as [(String, String?)])
    func `does not take a member without an age for a child unless told to`(unknown: String, share: String?) throws {
        let formula = try Ground.terms([
            "name": "children", "kind": "share", "over": "members",
            "where": ["input": "age", "is": "below", "value": "15"],
            "unknown": .string(unknown), "division": ["places": 3, "rounding": "half_up"], "weight": "1",
        ])

        let outcome = Scorer(formula).score(full)

        #expect(outcome.score?.sum.description == share)
        if share == nil { #expect(outcome.refusals.map(\.reason) == [.unknownRows]) }
        if share != nil { #expect(outcome.score?.contributions.first?.unknownRows == 1) }
    }

    @Test func `refuses the share of an empty list unless the formula gives it a value`() throws {
        var term: JSONObject = [
            "name": "children", "kind": "share", "over": "members",
            "where": ["input": "age", "is": "below", "value": "15"],
            "division": ["places": 3, "rounding": "half_up"], "weight": "1",
        ]
        let nobody = Answers(rows: ["members": []])
        #expect(Scorer(try Ground.terms(.object(term))).score(nobody).refusals.map(\.reason) == [.emptyRows])

        term["of_none"] = "0"
        #expect(Scorer(try Ground.terms(.object(term))).score(nobody).score?.sum == 0)
    }

    @Test(arguments: [("1", "0"), ("2", "-0.068"), ("7", "-0.465"), ("8", "-0.54"), ("40", "-0.54"), ("7.5", "-0.465")])
    func `gives the points of the band, its lower edge included`(size: String, points: String) throws {
        let formula = try Ground.terms([
            "name": "size", "kind": "band", "of": "size",
            "bands": [
                ["from": "2", "below": "3", "points": "-0.068"], ["from": "7", "below": "8", "points": "-0.465"],
                ["from": "8", "points": "-0.540"],
            ],
        ])
        let answers = Answers(values: ["size": .number(try #require(ExactDecimal(size)))])

        #expect(Scorer(formula).score(answers).score?.sum.description == points)
    }

    @Test func `counts deprivations by weight`() throws {
        let formula = try Formula(
            Ground.small {
                $0["kind"] = "deprivation_count"
                $0["poorer"] = "higher"
                $0["output"] = [:]
                $0["strata"] = [
                    [
                        "code": "all",
                        "terms": [
                            [
                                "name": "toilet", "kind": "set", "of": "toilet", "except": ["flush"], "weight": "2",
                                "dimension": "housing",
                            ],
                            [
                                "name": "crowded", "kind": "condition",
                                "where": ["input": "size", "is": "above", "value": "4"], "weight": "1.5",
                            ],
                            [
                                "name": "radio", "kind": "condition",
                                "where": ["input": "radio", "is": "below", "value": "1"], "weight": "1",
                            ],
                        ],
                    ]
                ]
            })

        #expect(Scorer(formula).score(full).score?.value.description == "4.5")
    }

    @Test func `holds the published score between its bounds`() throws {
        let formula = try Formula(
            Ground.small { $0["output"] = ["multiply": "1000", "minimum": "0", "maximum": "100"] })

        #expect(Scorer(formula).score(full).score?.value == 100)
    }

    @Test func `computes features from sums, extremes and quotients`() throws {
        let formula = try Formula(
            Ground.small {
                $0["features"] = [
                    [
                        "name": "burden",
                        "value": [
                            "quotient": [
                                [
                                    "difference": [
                                        "size",
                                        [
                                            "count": "members",
                                            "where": ["input": "age", "is": "at_least", "value": "15"],
                                            "unknown": "leave_out",
                                        ],
                                    ]
                                ],
                                ["most": [["least": ["size", ["number": "2"]]], ["number": "1"]]],
                            ], "division": ["places": 4, "rounding": "half_even"],
                        ],
                    ]
                ]
                $0["strata"] = [
                    ["code": "all", "terms": [["name": "burden", "kind": "linear", "of": "burden", "weight": "1"]]]
                ]
                $0["output"] = [:]
            })

        #expect(Scorer(formula).score(full).score?.sum == 2)
    }

    @Test func `says in words what each term gave`() throws {
        let formula = try Formula(Ground.small())
        let score = try #require(Scorer(formula).score(full).score)

        let lines = Explanation(formula, language: "eng").lines(score)

        #expect(lines == ["start (all): 1", "age: 40 × -0.005 → -0.2", "sum: 0.8", "score: 800"])
    }
}
