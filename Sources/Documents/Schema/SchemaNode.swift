/// One schema in compiled form; other schemas are named by their places in the list of all nodes.
struct SchemaNode: Sendable {
    let pointer: String
    /// Set for the schemas `true` and `false`.
    var verdict: Bool?
    var types: Types?
    var choices: [Choices] = []
    var numbers: Numbers?
    var texts: Texts?
    var arrays: Arrays?
    var objects: Objects?
    var reference: Int?
    var allOf: [Int] = []
    var anyOf: [Int]?
    var oneOf: [Int]?
    var not: Int?
    var condition: Condition?

    init(pointer: String) {
        self.pointer = pointer
    }

    struct Types: OptionSet, Sendable {
        let rawValue: UInt8

        static let null = Types(rawValue: 1)
        static let boolean = Types(rawValue: 2)
        static let integer = Types(rawValue: 4)
        static let fraction = Types(rawValue: 8)
        static let string = Types(rawValue: 16)
        static let array = Types(rawValue: 32)
        static let object = Types(rawValue: 64)
        static let number: Types = [.integer, .fraction]

        static let named: [(String, Types)] = [
            ("null", .null), ("boolean", .boolean), ("number", .number), ("integer", .integer), ("string", .string),
            ("array", .array), ("object", .object),
        ]

        init(rawValue: UInt8) { self.rawValue = rawValue }

        init(of value: JSON) {
            switch value {
            case .null: self = .null
            case .bool: self = .boolean
            case .number(let number): self = number.isWhole ? .integer : .fraction
            case .string: self = .string
            case .array: self = .array
            case .object: self = .object
            }
        }

        /// `string or null`
        var words: String {
            let names = Types.named.filter { contains($0.1) }.map(\.0)
            return names.filter { $0 != "integer" || !contains(.number) }.joined(separator: " or ")
        }
    }

    struct Choices: Sendable {
        var values: [JSON]
        /// Long lists are looked up by hash.
        var lookup: Set<JSON>?
    }

    struct Numbers: Sendable {
        var minimum: JSONNumber?
        var maximum: JSONNumber?
        var exclusiveMinimum: JSONNumber?
        var exclusiveMaximum: JSONNumber?
        var multipleOf: JSONNumber?
        var format: String?
    }

    struct Texts: Sendable {
        var minLength: Int?
        var maxLength: Int?
        var pattern: TextPattern?
        var format: TextFormat?
    }

    struct Arrays: Sendable {
        var prefix: [Int] = []
        var items: Int?
        var minItems: Int?
        var maxItems: Int?
        var isUnique = false
        var contains: Int?
        var minContains: Int?
        var maxContains: Int?
    }

    struct Objects: Sendable {
        var properties: [String: Int] = [:]
        var patterns: [(pattern: TextPattern, schema: Int)] = []
        var additional: Int?
        var names: Int?
        var required: [String] = []
        var minProperties: Int?
        var maxProperties: Int?
        var dependentRequired: [String: [String]] = [:]
        var dependentSchemas: [String: Int] = [:]
    }

    struct Condition: Sendable {
        var test: Int
        var then: Int?
        var otherwise: Int?
    }

    /// The schemas that look at the same value as this one.
    var inPlace: [Int] {
        var places = allOf + (anyOf ?? []) + (oneOf ?? [])
        places += [reference, not, condition?.test, condition?.then, condition?.otherwise].compactMap { $0 }
        places += objects?.dependentSchemas.values.map { $0 } ?? []
        return places
    }
}
