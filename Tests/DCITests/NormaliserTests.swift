import DCI
import Documents
import Testing

@Suite struct `Putting messages right` {
    private let normaliser = Normaliser { ["en": "eng", "eng": "eng", "fr": "fra"][$0] }

    private func read(_ json: JSON) throws -> SearchMessage {
        try MessageReader.read(normaliser.normalised(json), .lenient)
    }

    private let good = Sample.message([Sample.identifier("UIN", "1", entity: "Member")])

    @Test func `what says nothing counts as absent`() throws {
        var json = good
        for name in ["sender_uri", "meta", "receiver_id"] { json = json.setting("header", name, to: "") }
        for name in ["consent", "authorize", "reg_type", "sort"] {
            json = json.setting("message", "search_request", "0", "search_criteria", name, to: .null)
        }

        #expect(try read(json).items[0].refusal == nil)
    }

    @Test func `numbers as text and text as numbers are understood`() throws {
        let json = good.setting("header", "total_count", to: "1").setting("message", "transaction_id", to: 123)
            .setting("message", "search_request", "0", "reference_id", to: 7)
            .setting(
                "message", "search_request", "0", "search_criteria", "pagination",
                to: ["page_size": "10", "page_number": ""])

        let message = try read(json)

        #expect(message.header.totalCount == 1)
        #expect(message.transactionID == "123")
        #expect(message.items[0].referenceID == "7")
        #expect(try message.items[0].outcome.get().page == PageTerm(size: 10, number: 1))
    }

    @Test(arguments: [("en", "eng"), ("EN/GB", "eng"), ("ENG", "eng"), ("fr-BI", "fra"), ("", nil), ("12", nil)])
    func `locales become three letters or nothing`(text: String, locale: String?) throws {
        let json = good.setting("message", "search_request", "0", "locale", to: .string(text))

        #expect(try read(json).items[0].locale == locale)
    }

    @Test func `one request may stand without its list and paging beside its criteria`() throws {
        let item = try #require(good["message"]?["search_request"]?[0])
        let json = good.setting(
            "message", "search_request",
            to: item.setting("pagination", to: ["page_size": 3]).setting(
                "sort", to: ["attribute_name": "age", "sort_order": "DESC"]))

        let criteria = try read(json).items[0].outcome.get()

        #expect(criteria.page == PageTerm(size: 3, number: 1))
        #expect(criteria.sort == [SortTerm("age", isDescending: true)])
    }

    @Test(arguments: [("Household", RecordKind.group), ("group", .group), ("member", .member), ("Person", .member)])
    func `entities are known by their other names`(word: String, kind: RecordKind) throws {
        let json = good.setting(
            "message", "search_request", "0", "search_criteria", "response_entity", to: .string(word))

        #expect(try read(json).items[0].outcome.get().record == kind)
    }

    @Test(arguments: ["SOCIAL_REGISTRY", "social", "ns:dci:RegistryType:SR"])
    func `registry types are known by their other names`(word: String) throws {
        let json = good.setting("message", "search_request", "0", "search_criteria", "reg_type", to: .string(word))

        #expect(try read(json).items[0].refusal == nil)
    }

    private static let wrong: [(name: String, value: JSON, reason: ItemReason)] = [
        ("timestamp", "yesterday", .timestampInvalid), ("search_criteria", "x", .criteriaInvalid),
        ("search_criteria", .null, .criteriaInvalid),
    ]

    @Test(arguments: wrong)
    func `what stays wrong refuses one request`(name: String, value: JSON, reason: ItemReason) throws {
        let json = good.setting("message", "search_request", "0", name, to: value)

        #expect(try read(json).items[0].refusal?.reason == reason)
    }

    private static let wrongCriteria: [(name: String, value: JSON, reason: ItemReason)] = [
        ("pagination", ["page_size": 0], .pageInvalid),
        ("sort", [["attribute_name": "age", "sort_order": "x"]], .sortInvalid),
        ("response_entity", "Village", .criteriaInvalid), ("query", 5, .filterInvalid),
        ("query", [["expression1": ["attribute_name": "age"]]], .filterInvalid),
    ]

    @Test(arguments: wrongCriteria)
    func `what stays wrong in the criteria has its own reason`(name: String, value: JSON, reason: ItemReason) throws {
        let json = good.setting("message", "search_request", "0", "search_criteria", name, to: value)

        #expect(try read(json).items[0].refusal?.reason == reason)
    }

    @Test func `a strict message is not changed in meaning`() throws {
        let json = Sample.message([
            Sample.expression(["$and": [["age": ["$lt": 5]], ["$not": ["sex": "male"]]]]),
            Sample.identifier("UIN", "5"),
        ])

        let strict = try MessageReader.read(json, .strict)
        let lenient = try read(json)

        for (left, right) in zip(strict.items, lenient.items) {
            #expect(try left.outcome.get().query == right.outcome.get().query)
        }
    }

    // MARK: - Repeated names

    @Test func `a repeated condition is forgiven and remembered`() throws {
        let text =
            #"{"a":[{"condition":"and","x":1,"condition":"or"}],"b":{"condition":1,"condition":2,"condition":3}}"#

        let parsed = try MessageParser.parse(Array(text.utf8))

        #expect(parsed.forgiven?.reason == .duplicateMember)
        #expect(parsed.json["a"]?[0]?["condition#2"] == "or")
        #expect(parsed.json["b"]?.object?.count == 3)
    }

    @Test func `every other repeated name is refused`() {
        #expect(throws: DCIFault.self) { try MessageParser.parse(Array(#"{"header":{},"header":{}}"#.utf8)) }
    }

    @Test func `endless repetition is refused`() {
        let text = "{" + Array(repeating: #""condition":1"#, count: 500).joined(separator: ",") + "}"

        #expect(throws: DCIFault.self) { try MessageParser.parse(Array(text.utf8)) }
    }
}
