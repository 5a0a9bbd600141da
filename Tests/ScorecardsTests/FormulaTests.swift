import Documents
import Groundwork
import Scorecards
import Testing

@Suite struct `A formula` {
    private func trouble(_ term: JSON) -> [String] {
        Ground.troubles(Ground.small { $0["strata"] = [["code": "all", "terms": [term]]] })
    }

    @Test func `that is whole is taken`() {
        #expect(Ground.troubles(Ground.small()) == [])
    }

    @Test(arguments: [-1, 0, 1_000_001, 2_147_483_648]) func `with a version that cannot be kept is refused`(
        version: Int
    ) throws {
        #expect(
            Ground.troubles(Ground.small { $0["version"] = .number(JSONNumber(version)) })
                == ["/version scorecards.version"])
        let fault = #expect(throws: InvalidInput.self) {
            try Binding([
                "code": "b", "formula": "f", "version": 1, "source": "file", "inputs": [:],
                "questionnaire": ["form": "q", "version": .number(JSONNumber(version))],
            ])
        }
        #expect(fault?.findings.contains { $0.code == "scorecards.binding.version" } ?? false)
    }

    @Test func `with an unknown input is refused at its place`() {
        #expect(
            trouble(["name": "a", "kind": "linear", "of": "agee", "weight": "1"])
                == ["/strata/0/terms/0/of scorecards.unknown_input"])
    }

    @Test func `with a code of no list is refused at its place`() {
        #expect(
            trouble(["name": "t", "kind": "set", "of": "toilet", "values": ["17"], "weight": "1"])
                == ["/strata/0/terms/0/values scorecards.unknown_code"])
        #expect(
            trouble([
                "name": "t", "kind": "condition", "where": ["input": "toilet", "is": "equals", "value": "17"],
                "weight": "1",
            ])
                == ["/strata/0/terms/0/where/value scorecards.unknown_code"])
    }

    @Test func `with a unit that is not that of the number is refused`() {
        #expect(
            trouble(["name": "a", "kind": "linear", "of": "age", "weight": "1", "unit": "month"])
                == ["/strata/0/terms/0/unit scorecards.unit"])
        #expect(
            trouble(["name": "a", "kind": "linear", "of": ["sum": ["age", "rooms"]], "weight": "1"])
                == ["/strata/0/terms/0/of/sum/1 scorecards.unit"])
        #expect(
            trouble(["name": "a", "kind": "linear", "of": "age", "weight": "1", "unit": "furlong"])
                == ["/strata/0/terms/0/unit scorecards.unit"])
    }

    @Test func `that mixes numbers and codes is refused`() {
        #expect(
            trouble(["name": "a", "kind": "linear", "of": "toilet", "weight": "1"]) == [
                "/strata/0/terms/0/of scorecards.type"
            ])
        #expect(
            trouble([
                "name": "a", "kind": "condition", "where": ["input": "age", "is": "equals", "value": "old"],
                "weight": "1",
            ])
                == ["/strata/0/terms/0/where/value scorecards.type"])
        #expect(
            trouble([
                "name": "a", "kind": "condition", "where": ["input": "toilet", "is": "above", "value": "pit"],
                "weight": "1",
            ])
                == ["/strata/0/terms/0/where/is scorecards.type"])
    }

    @Test func `that divides must say how exactly`() {
        #expect(
            trouble([
                "name": "r", "kind": "ratio", "over": "rooms", "by": "size", "weight": "1", "order": "product_first",
            ])
                == ["/strata/0/terms/0/division scorecards.division"])
    }

    @Test func `with bands that overlap, or a lookup with gaps, is refused`() {
        #expect(
            trouble([
                "name": "s", "kind": "band", "of": "size",
                "bands": [["from": "1", "below": "3", "points": "1"], ["from": "2", "points": "2"]],
            ]) == ["/strata/0/terms/0/bands/1 scorecards.bands"])
        #expect(
            trouble(["name": "t", "kind": "lookup", "of": "toilet", "points": ["flush": "0"]])
                == ["/strata/0/terms/0/points scorecards.unlisted_codes"])
    }

    @Test func `nested too deep is refused`() {
        var expression: JSON = "age"
        for _ in 0..<20 { expression = ["sum": [expression]] }

        #expect(
            trouble(["name": "d", "kind": "linear", "of": expression, "weight": "1"]).first?.hasSuffix(
                "scorecards.depth") == true)
    }

    @Test func `with two strata must say whom each is for`() {
        let two: JSON = [
            ["code": "urban", "terms": [Ground.agePoints]], ["code": "rural", "terms": [Ground.agePoints]],
        ]
        #expect(Ground.troubles(Ground.small { $0["strata"] = two }) == ["/stratum scorecards.missing"])
        #expect(
            Ground.troubles(
                Ground.small {
                    $0["strata"] = two
                    $0["stratum"] = ["of": "toilet", "codes": ["flush": "urban"], "else": "elsewhere"]
                }) == ["/stratum scorecards.unknown_stratum", "/stratum scorecards.unreached"])
    }

    @Test func `with two strata of one code is refused`() {
        let json = Ground.small {
            $0["strata"] = [
                ["code": "all", "terms": [Ground.agePoints]], ["code": "all", "terms": [Ground.agePoints]],
            ]
            $0["stratum"] = ["of": "toilet", "codes": [:], "else": "all"]
        }

        #expect(Ground.troubles(json) == ["/strata scorecards.duplicate"])
    }

    @Test func `with a number where a text of digits belongs still keeps its digits`() throws {
        let json = Ground.small {
            $0["strata"] = [
                [
                    "code": "all",
                    "terms": [
                        [
                            "name": "a", "kind": "linear", "of": "age",
                            "weight": .number(JSONNumber(text: "0.10000000000000000000000000000000000000000001") ?? 0),
                        ]
                    ],
                ]
            ]
        }
        let score = Scorer(try Formula(json)).score(Answers(values: ["age": .number(1)])).score

        #expect(score?.sum.description == "0.10000000000000000000000000000000000000000001")
    }

    @Test func `has one digest however it is written, and another when a weight changes`() throws {
        let one = try Formula(Ground.small { $0["$schema"] = "elsewhere.json" })
        let same = try Formula(JSON.parse(Ground.small().serialized(pretty: true)))
        let other = try Formula(
            Ground.small { $0["strata"] = [["code": "all", "intercept": "1.0001", "terms": [Ground.agePoints]]] })

        #expect(one.sha256 == same.sha256)
        #expect(one.sha256 != other.sha256)
        #expect(one.sha256.count == 64)
    }

    @Test(arguments: [
        "burundi/pmt/merankabandi.json", "uganda/pmt/nsr_v1.json",
    ]) func `of a profile fits the published schema`(path: String) throws {
        let schema = try JSONSchema(Ground.json("standards/pmt/formula.schema.json"))

        #expect(schema.validate(try Ground.json("profiles/" + path)) == [])
    }

    @Test(arguments: [
        ("burundi/pmt/merankabandi.json", "burundi/pmt/bindings/merankabandi_file.json"),
        ("uganda/pmt/nsr_v1.json", "uganda/pmt/bindings/nsr_v1_file.json"),
    ]) func `of a profile fits its binding`(formula: String, binding: String) throws {
        let findings = try Ground.binding(binding).check(against: Ground.formula(formula))

        #expect(findings.filter { $0.severity == .blocking } == [])
    }

    @Test func `and its binding must name every input and the same units`() throws {
        let formula = try Formula(Ground.small())
        let binding = try Binding([
            "code": "b", "formula": "small", "version": 1, "source": "file",
            "inputs": [
                "age": ["field": "a", "unit": "month"], "size": ["field": "s"], "rooms": ["field": "r"],
                "toilet": ["field": "t", "codes": ["1": "flush", "2": "bush"]], "car": ["field": "c"],
            ],
        ])

        let codes = binding.check(against: formula).filter { $0.severity == .blocking }.map { "\($0.path) \($0.code)" }

        #expect(
            codes == [
                "/inputs/car scorecards.binding.unknown_input", "/inputs/age/unit scorecards.binding.unit",
                "/inputs/toilet/codes/2 scorecards.binding.unknown_code", "/inputs/radio scorecards.binding.missing",
                "/rows/members scorecards.binding.missing",
            ])
    }
}
