import Documents
import Groundwork
import Testing

/// Schema, documents that fit, documents that do not.
struct SchemaCase: Sendable, CustomTestStringConvertible {
    let name: String
    let schema: String
    let fits: [String]
    let fails: [String]

    init(_ name: String, _ schema: String, fits: [String], fails: [String]) {
        (self.name, self.schema, self.fits, self.fails) = (name, schema, fits, fails)
    }

    var testDescription: String { name }
}

@Suite struct `A JSON Schema` {
    static let values: [SchemaCase] = [
        SchemaCase("true", "true", fits: ["1", "null"], fails: []),
        SchemaCase("false", "false", fits: [], fails: ["1", "null", "{}"]),
        SchemaCase(
            "type", #"{"type":"integer"}"#, fits: ["1", "1.0", "-2e3"], fails: ["1.5", "\"1\"", "null", "true"]),
        SchemaCase("types", #"{"type":["string","null"]}"#, fits: ["\"a\"", "null"], fails: ["1", "{}", "[]"]),
        SchemaCase("number", #"{"type":"number"}"#, fits: ["1", "1.5", "1e400"], fails: ["\"1\"", "true"]),
        SchemaCase("nullable", #"{"type":"string","nullable":true}"#, fits: ["null", "\"\""], fails: ["1"]),
        SchemaCase(
            "enum", #"{"enum":["a",1,{"b":[2]},null]}"#, fits: ["\"a\"", "1.0", #"{"b":[2.0]}"#, "null"],
            fails: ["\"b\"", "2"]),
        SchemaCase("const", #"{"const":{"a":1,"b":2}}"#, fits: [#"{"b":2,"a":1}"#], fails: [#"{"a":1}"#, "null"]),
        SchemaCase("long enum", #"{"enum":[1,2,3,4,5,6,7,8,9,10]}"#, fits: ["10", "1e1"], fails: ["11"]),
        SchemaCase("const and enum", #"{"const":1,"enum":[1,2]}"#, fits: ["1"], fails: ["2", "3"]),
        SchemaCase("const outside enum", #"{"const":1,"enum":[2]}"#, fits: [], fails: ["1", "2"]),
        SchemaCase(
            "bounds", #"{"minimum":0,"maximum":10.5}"#, fits: ["0", "10.5", "\"x\""], fails: ["-0.01", "10.51"]),
        SchemaCase(
            "exclusive bounds", #"{"exclusiveMinimum":0,"exclusiveMaximum":1}"#, fits: ["0.5"],
            fails: ["0", "1", "0.0"]),
        SchemaCase(
            "exclusive bounds of OpenAPI 3.0", #"{"minimum":0,"exclusiveMinimum":true}"#, fits: ["1"], fails: ["0"]),
        SchemaCase("multipleOf", #"{"multipleOf":0.01}"#, fits: ["4.35", "19.99", "7"], fails: ["0.001", "4.355"]),
        SchemaCase("int32", #"{"type":"integer","format":"int32"}"#, fits: ["2147483647"], fails: ["2147483648"]),
        SchemaCase(
            "huge numbers", #"{"maximum":1e30}"#, fits: ["999999999999999999999999999999"],
            fails: ["1000000000000000000000000000001"]),
        SchemaCase("lengths", #"{"minLength":2,"maxLength":3}"#, fits: ["\"é😀\"", "5"], fails: ["\"a\"", "\"abcd\""]),
        SchemaCase(
            "pattern", #"{"pattern":"^[a-z]{3,3}$"}"#, fits: ["\"eng\"", "1"], fails: ["\"en\"", "\"ENG\"", "\"engl\""]),
        SchemaCase("unanchored pattern", #"{"pattern":"b+"}"#, fits: ["\"abba\""], fails: ["\"aca\""]),
    ]

    static let arrays: [SchemaCase] = [
        SchemaCase("items", #"{"items":{"type":"string"}}"#, fits: ["[]", "[\"a\"]", "{}"], fails: ["[\"a\",1]"]),
        SchemaCase(
            "prefixItems", #"{"prefixItems":[{"type":"string"},{"type":"integer"}],"items":false}"#,
            fits: ["[]", "[\"a\"]", "[\"a\",1]"], fails: ["[1]", "[\"a\",1,2]"]),
        SchemaCase("counts", #"{"minItems":1,"maxItems":2}"#, fits: ["[1]", "[1,2]"], fails: ["[]", "[1,2,3]"]),
        SchemaCase(
            "uniqueItems", #"{"uniqueItems":true}"#, fits: ["[1,2]", "[\"1\",1]"], fails: ["[1,1.0]", "[{},{}]"]),
        SchemaCase(
            "contains", #"{"contains":{"const":1},"maxContains":2}"#, fits: ["[1]", "[0,1,1]"],
            fails: ["[]", "[2]", "[1,1,1]"]),
    ]

    static let objects: [SchemaCase] = [
        SchemaCase(
            "properties", #"{"properties":{"a":{"type":"string"}},"required":["a"]}"#,
            fits: [#"{"a":"x","b":1}"#, "3"],
            fails: ["{}", #"{"a":1}"#]),
        SchemaCase(
            "additionalProperties",
            #"{"properties":{"a":{}},"patternProperties":{"^x-":{}},"additionalProperties":false}"#,
            fits: [#"{"a":1,"x-b":2}"#], fails: [#"{"b":1}"#]),
        SchemaCase(
            "additionalProperties with a schema", #"{"additionalProperties":{"type":"integer"}}"#, fits: [#"{"b":1}"#],
            fails: [#"{"b":"1"}"#]),
        SchemaCase(
            "propertyNames", #"{"propertyNames":{"pattern":"^[a-z]+$"}}"#, fits: ["{}", #"{"ab":1}"#],
            fails: [#"{"A":1}"#]),
        SchemaCase(
            "counts", #"{"minProperties":1,"maxProperties":1}"#, fits: [#"{"a":1}"#], fails: ["{}", #"{"a":1,"b":1}"#]),
        SchemaCase(
            "dependentRequired", #"{"dependentRequired":{"a":["b"]}}"#, fits: ["{}", #"{"b":1}"#, #"{"a":1,"b":1}"#],
            fails: [#"{"a":1}"#]),
        SchemaCase(
            "dependentSchemas", #"{"dependentSchemas":{"a":{"required":["b"]}}}"#, fits: ["{}", #"{"a":1,"b":1}"#],
            fails: [#"{"a":1}"#]),
    ]

    static let applicators: [SchemaCase] = [
        SchemaCase("allOf", #"{"allOf":[{"minimum":1},{"maximum":2}]}"#, fits: ["1", "2"], fails: ["0", "3"]),
        SchemaCase(
            "anyOf", #"{"anyOf":[{"type":"string"},{"minimum":2}]}"#, fits: ["\"a\"", "2", "null"], fails: ["1"]),
        SchemaCase(
            "oneOf", #"{"oneOf":[{"type":"integer"},{"type":"number"}]}"#, fits: ["1.5"], fails: ["1", "\"a\""]),
        SchemaCase("not", #"{"not":{"type":"null"}}"#, fits: ["0", "\"\""], fails: ["null"]),
        SchemaCase(
            "if then else",
            #"{"if":{"properties":{"k":{"const":1}},"required":["k"]},"then":{"required":["a"]},"else":{"required":["b"]}}"#,
            fits: [#"{"k":1,"a":0}"#, #"{"b":0}"#], fails: [#"{"k":1,"b":0}"#, #"{"k":2}"#]),
        SchemaCase(
            "reference",
            ##"{"$defs":{"n/t":{"type":"string"}},"properties":{"a":{"$ref":"#/$defs/n~1t"},"b":{"$ref":"#/%24defs/n~1t"}}}"##,
            fits: [#"{"a":"x","b":"y"}"#], fails: [#"{"a":1}"#, #"{"b":1}"#]),
        SchemaCase(
            "reference with neighbours", ##"{"$defs":{"t":{"type":"string"}},"$ref":"#/$defs/t","minLength":2}"##,
            fits: ["\"ab\""], fails: ["\"a\"", "12"]),
        SchemaCase(
            "recursion",
            ##"{"properties":{"children":{"items":{"$ref":"#"}},"name":{"type":"string"}},"required":["name"]}"##,
            fits: [#"{"name":"a","children":[{"name":"b","children":[]}]}"#],
            fails: [#"{"name":"a","children":[{"name":"b","children":[{"name":1}]}]}"#]),
        SchemaCase(
            "reference by its own name",
            ##"{"$id":"https://kith.example/s","$defs":{"t":{"type":"string"}},"items":{"$ref":"https://kith.example/s#/$defs/t"}}"##,
            fits: [#"["a"]"#], fails: ["[1]"]),
    ]

    @Test(arguments: values + arrays + objects + applicators)
    func `accepts what fits and reports what does not`(vector: SchemaCase) throws {
        let schema = try JSONSchema(try JSON.parse(vector.schema))

        for text in vector.fits {
            let json = try JSON.parse(text)
            #expect(schema.validate(json) == [], "\(text)")
            #expect(schema.isValid(json))
        }
        for text in vector.fails {
            let json = try JSON.parse(text)
            #expect(!schema.validate(json).isEmpty, "\(text)")
            #expect(!schema.isValid(json))
        }
    }

    @Test(
        arguments: [
            ("date", ["2024-02-29"], ["2023-02-29", "2024-2-9", "29/02/2024", ""]),
            (
                "date-time",
                ["2024-02-29T23:59:59Z", "2024-02-29t01:02:03.123456+02:00", "2016-12-31T23:59:60Z"],
                [
                    "2024-02-29T24:00:00Z", "2024-02-29T01:02:03", "2024-02-29 01:02:03Z", "2024-02-29T01:02:60Z",
                    "2024-02-29T01:02:03.Z",
                ]
            ),
            ("time", ["08:30:00Z", "08:30:00.5+02:00"], ["08:30:00", "25:00:00Z", "8:30:00Z"]),
            (
                "uuid", ["2EB8AA08-AA98-11EA-B4AA-73B441D16380", "2eb8aa08-aa98-11ea-b4aa-73b441d16380"],
                ["2eb8aa08-aa98-11ea-b4aa-73b441d1638", "2eb8aa08aa9811eab4aa73b441d16380", "x"]
            ),
            (
                "uri", ["https://kith.example/a?b=c#d", "urn:isbn:0", "mailto:a@b.c"],
                ["/relative", "kith.example", "http://a b", "http://a/%zz", "http://é"]
            ),
            ("uri-reference", ["/relative", "?q", "#f", ""], ["a b", "%1"]),
            ("email", ["jean.ndayizeye@kith.example", "a+b@c"], ["a", "@b", "a@", "a..b@c", "a b@c", "a@-b"]),
            ("ipv4", ["127.0.0.1"], ["127.0.0", "256.0.0.1", "01.2.3.4", "1.2.3.4.5"]),
            (
                "ipv6", ["::1", "2001:db8::8a2e:370:7334", "::ffff:1.2.3.4", "1:2:3:4:5:6:7:8"],
                ["1::2::3", "12345::", "1:2:3", ":::"]
            ),
            ("hostname", ["kith.example", "a-b.c1"], ["-a.b", "a..b", "a_b", ""]),
            ("regex", ["^a+$"], ["(", "a{2,1}"]),
            ("json-pointer", ["", "/a/~0~1", "/"], ["a", "/~2", "/~"]),
            ("no-such-format", ["anything"], []),
        ] as [(String, [String], [String])])
    func `asserts formats`(format: String, fits: [String], fails: [String]) throws {
        let schema = try JSONSchema(["type": "string", "format": .string(format)])

        for text in fits { #expect(schema.isValid(.string(text)), "\(text)") }
        for text in fails { #expect(!schema.isValid(.string(text)), "\(text)") }
    }

    @Test func `names the place and the rule, never the value`() throws {
        let schema = try JSONSchema(
            try JSON.parse(
                """
                {"properties": {"message": {"properties": {"people": {"items": {
                    "properties": {"sex/gender": {"enum": ["female", "male"]}, "age": {"type": "integer", "maximum": 130}, "id": {}},
                    "required": ["id"], "additionalProperties": false}}}}}}
                """))
        let value = try JSON.parse(
            #"{"message": {"people": [{"id": 1}, {"sex/gender": "secret", "age": "secret", "extra": "secret"}]}}"#)

        let findings = schema.validate(value)

        #expect(
            findings.map { "\($0.path) \($0.code)" } == [
                "/message/people/1/id schema.required",
                "/message/people/1/sex~1gender schema.choice",
                "/message/people/1/age schema.type",
                "/message/people/1/extra schema.unknown",
            ])
        #expect(findings[1].summary == "must be one of female, male.")
        #expect(!findings.contains { $0.summary.contains("secret") })
        #expect(schema.validate(value, at: "envelope").first?.path.description == "/envelope/message/people/1/id")
    }

    @Test func `tells what the nearest of several shapes misses`() throws {
        let schema = try JSONSchema(
            try JSON.parse(
                """
                {"oneOf": [{"required": ["type", "value"], "properties": {"type": {"const": "id"}}},
                           {"required": ["type", "a", "b"], "properties": {"type": {"const": "expression"}}}]}
                """))

        let findings = schema.validate(["type": "id"])

        #expect(findings.map { "\($0.path) \($0.code)" } == [" schema.one_of", "/value schema.required"])
    }

    @Test func `finds a schema inside an OpenAPI document`() throws {
        let document = try JSON.parse(
            ##"""
            {"openapi": "3.0.3",
             "paths": {"/registry/search": {"post": {"requestBody": {"content": {"application/json": {"schema":
                {"allOf": [{"$ref": "#/components/schemas/Envelope"},
                           {"properties": {"header": {"properties": {"action": {"enum": ["search"]}}}}}]}}}}}}},
             "components": {"schemas": {
                "Envelope": {"type": "object", "required": ["header"], "properties": {"header": {"$ref": "#/components/schemas/Header"}}},
                "Header": {"type": "object", "required": ["action"], "properties": {
                    "action": {"type": "string", "example": "search"}, "note": {"type": "string", "nullable": true}}}}}}
            """##)

        let header = try JSONSchema(root: document, at: "#/components/schemas/Header")
        let body = try JSONSchema(
            root: document, at: "#/paths/~1registry~1search/post/requestBody/content/application~1json/schema")

        #expect(header.isValid(["action": "any", "note": nil]))
        #expect(body.isValid(["header": ["action": "search"]]))
        #expect(body.validate(["header": ["action": "subscribe"]]).map(\.path) == ["header/action"])
        #expect(body.validate([:]).map(\.path) == ["header"])
    }

    @Test func `is itself refused when it is broken or asks for more than is known`() {
        let broken: [(text: String, fault: SchemaFault)] = [
            ("3", .malformed(pointer: "#")),
            (#"{"type":"text"}"#, .malformed(pointer: "#/type")),
            (#"{"properties":{"a":{"required":"a"}}}"#, .malformed(pointer: "#/properties/a/required")),
            (#"{"minLength":-1}"#, .malformed(pointer: "#/minLength")),
            (##"{"$ref":"#/$defs/none"}"##, .unresolved(pointer: "#/$ref")),
            (#"{"$ref":"https://elsewhere.example/s"}"#, .unsupported(pointer: "#/$ref")),
            (#"{"items":{"unevaluatedProperties":false}}"#, .unsupported(pointer: "#/items/unevaluatedProperties")),
            (#"{"pattern":"(?=a)"}"#, .pattern(pointer: "#/pattern")),
            (##"{"allOf":[{"$ref":"#"}]}"##, .circular(pointer: "#")),
        ]
        for (text, fault) in broken {
            #expect(throws: fault) { try JSONSchema(try JSON.parse(text)) }
        }
    }

    @Test func `gives up after a hundred findings`() throws {
        let schema = try JSONSchema(["items": ["type": "string"]])
        #expect(schema.validate(.array((0..<1000).map { .number(JSONNumber($0)) })).count == 100)
    }
}
