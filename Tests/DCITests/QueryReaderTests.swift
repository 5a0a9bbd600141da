import DCI
import Documents
import Testing

@Suite struct `Reading queries` {
    private func read(_ criteria: JSON, _ dialect: Dialect = .strict) throws -> SearchItem {
        var json = Sample.message([criteria])
        if dialect == .lenient { json = Self.normaliser.normalised(json) }
        return try MessageReader.read(json, dialect).items[0]
    }

    private static let normaliser = Normaliser { ["en": "eng", "fr": "fra"][$0] }

    private func condition(_ criteria: JSON, _ dialect: Dialect = .strict) throws -> Condition {
        guard case .condition(let condition) = try read(criteria, dialect).outcome.get().query else {
            throw ItemRefusal(.filterInvalid, "not a condition")
        }
        return condition
    }

    private func compare(_ name: String, _ relation: Condition.Relation, _ literals: JSON...) -> Condition {
        .compare(Condition.Comparison(attribute: name, relation: relation, literals: literals))
    }

    // MARK: - Expressions

    @Test func `an expression combines and compares`() throws {
        let query: JSON = [
            "$and": [["poverty_score": ["$lt": 5]], ["$or": [["group_size": ["$gte": 4]], ["location": "X"]]]]
        ]

        let read = try condition(Sample.expression(query, entity: "Group"))

        #expect(
            read
                == .all([
                    compare("poverty_score", .less, 5),
                    .any([compare("group_size", .greaterOrEqual, 4), compare("location", .equal, "X")]),
                ]))
    }

    @Test func `several operators and several members all hold`() throws {
        let read = try condition(Sample.expression(["age": ["$gte": 5, "$lt": 10], "sex": "female"]))

        #expect(
            read
                == .all([
                    .all([compare("age", .greaterOrEqual, 5), compare("age", .less, 10)]),
                    compare("sex", .equal, "female"),
                ]))
    }

    @Test func `negations in every place are read`() throws {
        let female = compare("sex", .equal, "female")
        #expect(try condition(Sample.expression(["sex": ["$ne": "female"]])) == .not(female))
        #expect(try condition(Sample.expression(["$not": ["sex": "female"]])) == .not(female))
        #expect(try condition(Sample.expression(["sex": ["$not": ["$eq": "female"]]])) == .not(female))
        #expect(try condition(Sample.expression(["$nor": [["sex": "female"]]])) == .not(.any([female])))
        #expect(
            try condition(Sample.expression(["sex": ["$nin": ["female"]]])) == .not(compare("sex", .oneOf, "female")))
    }

    @Test func `missing and present are asked for`() throws {
        #expect(try condition(Sample.expression(["age": .null])) == .not(compare("age", .present)))
        #expect(try condition(Sample.expression(["age": ["$ne": .null]])) == compare("age", .present))
        #expect(try condition(Sample.expression(["age": ["$exists": false]])) == .not(compare("age", .present)))
    }

    @Test func `in takes a list or values parted by commas`() throws {
        #expect(
            try condition(Sample.expression(["sex": ["$in": ["male", "other"]]]))
                == compare("sex", .oneOf, "male", "other"))
        #expect(
            try condition(Sample.expression(["sex": ["$in": "male , other"]]))
                == compare("sex", .oneOf, "male", "other"))
    }

    @Test func `empty filters are everything and left to the caller's rights`() throws {
        #expect(try condition(Sample.expression([:])) == .everything)
        #expect(try condition(Sample.predicates([])) == .everything)
        #expect(try condition(["query_type": "idtype-value", "query": [:]]) == .everything)
    }

    private static let misunderstood: [JSON] = [
        ["$where": "1"], ["age": ["$regex": "x"]], ["age": [:]], ["$and": []], ["$and": [:]], ["$or": "x"],
        ["$not": 5], ["age": ["$in": []]], ["age": ["$exists": "x"]], ["": 5], 5, "x", [["age": 5]],
        ["age": ["age": 5]],
    ]

    @Test(arguments: misunderstood)
    func `an expression that is not understood refuses its request`(query: JSON) throws {
        #expect(try read(Sample.expression(query)).refusal?.reason == .filterInvalid)
    }

    @Test func `nesting and length have bounds`() throws {
        var deep: JSON = ["age": 5]
        for _ in 0..<30 { deep = ["$not": deep] }
        let wide: JSON = ["$or": .array((0..<500).map { ["age": .number(JSONNumber($0))] })]

        #expect(try read(Sample.expression(deep)).refusal?.reason == .filterInvalid)
        #expect(try read(Sample.expression(wide)).refusal?.reason == .filterInvalid)
    }

    // MARK: - Predicates

    private let young = Sample.predicate("age", "lt", "25")
    private let female = Sample.predicate("sex", "eq", "female")

    @Test(arguments: ["and", "or", "not"])
    func `two expressions are combined by the condition`(word: String) throws {
        let entry: JSON = ["seq_num": 1, "expression1": young, "condition": .string(word), "expression2": female]
        let (left, right) = (compare("age", .less, "25"), compare("sex", .equal, "female"))

        let read = try condition(Sample.predicates([entry]))

        let expected: [String: Condition] = [
            "and": .all([left, right]), "or": .any([left, right]), "not": .all([left, .not(right)]),
        ]
        #expect(read == expected[word])
    }

    @Test func `a lone not denies and a lone or is refused`() throws {
        let lone: JSON = ["expression1": young, "condition": "not"]
        #expect(try condition(Sample.predicates([lone])) == .not(compare("age", .less, "25")))

        let or = try read(Sample.predicates([lone.setting("condition", to: "or")]))
        #expect(or.refusal?.reason == .filterInvalid)
    }

    @Test func `elements all hold, in the order of their numbers`() throws {
        let read = try condition(
            Sample.predicates([["seq_num": 2, "expression1": young], ["seq_num": 1, "expression1": female]]))

        #expect(read == .all([compare("sex", .equal, "female"), compare("age", .less, "25")]))
    }

    @Test func `in parts its values by commas`() throws {
        let read = try condition(Sample.predicates([["expression1": Sample.predicate("sex", "in", "male,other")]]))

        #expect(read == compare("sex", .oneOf, "male", "other"))
    }

    private static let notAllowed: [JSON] = [
        "x", ["condition": "and"], ["expression1": "x"], ["expression1": Sample.predicate("age", "gte", "5")],
        ["expression1": Sample.predicate("age", "eq", 5)], ["expression1": Sample.predicate("age", "in", ["5"])],
        ["expression1": Sample.predicate("age", "eq", "5"), "condition": ""],
        ["expression1": Sample.predicate("age", "eq", "5"), "expression2": ""],
        ["expression1": Sample.predicate("age", "eq", "5"), "seq_num": ""],
        ["expression1": ["operator": "eq", "attribute_value": "5"]],
    ]

    @Test(arguments: notAllowed)
    func `a predicate that the interface does not allow fails the message`(entry: JSON) {
        #expect(throws: DCIFault.self) { try read(Sample.predicates([entry])) }
    }

    @Test func `shape and type of a query must agree`() throws {
        let list = Sample.predicates([["expression1": young]]).setting("query_type", to: "expression")
        let object = Sample.expression(["age": 5]).setting("query_type", to: "predicate")

        #expect(try read(list).refusal?.reason == .criteriaInvalid)
        #expect(try read(object).refusal?.reason == .criteriaInvalid)
    }

    // MARK: - Leniently

    private func predicate(_ entries: [JSON]) throws -> Condition {
        try condition(Sample.predicates(entries).setting("query_type", to: "expression"), .lenient)
    }

    @Test func `a list of predicates is read whatever its type says`() throws {
        let entry: JSON = ["seq_num": "", "expression1": young, "condition": "", "expression2": ""]

        #expect(try predicate([entry]) == compare("age", .less, "25"))
    }

    @Test func `more than two expressions chain from left to right`() throws {
        let third = Sample.predicate("poverty_score", ">=", 5)
        let entry: JSON = [
            "expression1": young, "condition": "and", "expression2": female, "condition#2": "or", "expression3": third,
        ]

        let read = try predicate([entry])

        #expect(
            read
                == .any([
                    .all([compare("age", .less, "25"), compare("sex", .equal, "female")]),
                    compare("poverty_score", .greaterOrEqual, 5),
                ]))
    }

    @Test func `a condition that nobody knows is refused`() throws {
        let entry: JSON = ["expression1": young, "condition": "xor", "expression2": female]

        let criteria = Sample.predicates([entry]).setting("query_type", to: "expression")
        #expect(try read(criteria, .lenient).refusal?.reason == .filterInvalid)
    }

    @Test func `operators are known by their other names`() throws {
        for (word, relation) in [("gte", Condition.Relation.greaterOrEqual), ("<", .less), ("LE", .lessOrEqual)] {
            #expect(try predicate([["expression1": Sample.predicate("age", word, 5)]]) == compare("age", relation, 5))
        }
        #expect(try predicate([["expression1": Sample.predicate("age", "ne", 5)]]) == .not(compare("age", .equal, 5)))
        #expect(
            try predicate([["expression1": Sample.predicate("sex", "in", ["male"])]]) == compare("sex", .oneOf, "male"))
    }

    private static let pairs: [JSON] = [
        ["type": "idtype-value", "value": ["id_type": "NID", "id_value": "77"]], ["type": "NID", "value": 77],
        ["identifier_type": "NID", "identifier_value": "77"],
    ]

    @Test(arguments: pairs) func `an identifier is found in every wrapping`(query: JSON) throws {
        let item = try read(["query_type": "expression", "query": query], .lenient)

        #expect(try item.outcome.get().query == .identifier(type: "NID", value: "77"))
    }

    @Test func `wrapped and listed forms of other systems are read`() throws {
        let wrapped: JSON = ["type": "predicate", "value": [["expression1": young]]]
        let seq: JSON = [
            "type": "expression",
            "value": [
                "expression": [
                    "seq": [["attribute": "age", "operator": "<", "value": 25]],
                    "or": [["attribute": "sex", "operator": "=", "value": "female"]],
                ]
            ],
        ]

        #expect(try condition(["query_type": "predicate", "query": wrapped], .lenient) == compare("age", .less, "25"))
        #expect(
            try condition(["query_type": "expression", "query": seq], .lenient)
                == .all([.all([compare("age", .less, 25)]), .any([compare("sex", .equal, "female")])]))
    }
}
