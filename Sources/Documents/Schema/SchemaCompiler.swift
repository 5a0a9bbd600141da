/// Turns schemas into nodes, each once, following references as they come.
struct SchemaCompiler {
    private let root: JSON
    private let identifier: String?
    private(set) var nodes: [SchemaNode] = []
    private var places: [String: Int] = [:]

    init(root: JSON) {
        self.root = root
        identifier = root["$id"]?.string
    }

    /// Compiles what a `$ref` leads to.
    mutating func compile(reference: String, from pointer: String) throws(SchemaFault) -> Int {
        guard let hash = reference.firstIndex(of: "#") else {
            guard reference == identifier else { throw .unsupported(pointer: pointer) }
            return try compile(root, "#")
        }
        let document = reference[..<hash]
        guard document.isEmpty || document == identifier ?? "" || String(document) + "#" == identifier else {
            throw .unsupported(pointer: pointer)
        }
        guard let fragment = Self.percentDecoded(reference[reference.index(after: hash)...]) else {
            throw .unresolved(pointer: pointer)
        }
        guard fragment.isEmpty || fragment.hasPrefix("/") else { throw .unsupported(pointer: pointer) }
        var target = root
        var place = "#"
        for step in fragment.split(separator: "/", omittingEmptySubsequences: false).dropFirst() {
            let name = String(step.replacing("~1", with: "/").replacing("~0", with: "~"))
            guard let next = target[name] ?? Int(name).flatMap({ target[$0] }) else {
                throw .unresolved(pointer: pointer)
            }
            target = next
            place += "/" + step
        }
        return try compile(target, place)
    }

    private mutating func compile(_ json: JSON, _ pointer: String) throws(SchemaFault) -> Int {
        if let place = places[pointer] { return place }
        let place = nodes.count
        places[pointer] = place
        nodes.append(SchemaNode(pointer: pointer))
        var node = SchemaNode(pointer: pointer)
        switch json {
        case .bool(let verdict): node.verdict = verdict
        case .object(let members): try fill(&node, Keywords(members: members, pointer: pointer))
        default: throw .malformed(pointer: pointer)
        }
        nodes[place] = node
        return place
    }

    private mutating func fill(_ node: inout SchemaNode, _ keywords: Keywords) throws(SchemaFault) {
        for name in Keywords.refused where keywords[name] != nil { throw .unsupported(pointer: keywords.place(name)) }
        node.types = try keywords.types()
        node.choices = try keywords.choices()
        node.numbers = try keywords.numbers()
        node.texts = try keywords.texts()
        if let reference = keywords["$ref"] {
            guard let text = reference.string else { throw .malformed(pointer: keywords.place("$ref")) }
            node.reference = try compile(reference: text, from: keywords.place("$ref"))
        }
        node.allOf = try list("allOf", keywords) ?? []
        node.anyOf = try list("anyOf", keywords)
        node.oneOf = try list("oneOf", keywords)
        node.not = try one("not", keywords)
        if let test = try one("if", keywords) {
            node.condition = SchemaNode.Condition(
                test: test, then: try one("then", keywords), otherwise: try one("else", keywords))
        }
        node.arrays = try arrays(keywords)
        node.objects = try objects(keywords)
    }

    private mutating func arrays(_ keywords: Keywords) throws(SchemaFault) -> SchemaNode.Arrays? {
        guard keywords.hasAny(Keywords.ofArrays) else { return nil }
        var arrays = SchemaNode.Arrays()
        if case .array = keywords["items"] {
            // Before 2020-12 a list under `items` was what `prefixItems` is now.
            arrays.prefix = try list("items", keywords) ?? []
            arrays.items = try one("additionalItems", keywords)
        } else {
            arrays.prefix = try list("prefixItems", keywords) ?? []
            arrays.items = try one("items", keywords)
        }
        arrays.minItems = try keywords.count("minItems")
        arrays.maxItems = try keywords.count("maxItems")
        arrays.isUnique = try keywords.flag("uniqueItems") ?? false
        arrays.contains = try one("contains", keywords)
        arrays.minContains = try keywords.count("minContains")
        arrays.maxContains = try keywords.count("maxContains")
        return arrays
    }

    private mutating func objects(_ keywords: Keywords) throws(SchemaFault) -> SchemaNode.Objects? {
        guard keywords.hasAny(Keywords.ofObjects) else { return nil }
        var objects = SchemaNode.Objects()
        objects.properties = try named("properties", keywords)
        for (source, schema) in try named("patternProperties", keywords).sorted(by: { $0.key < $1.key }) {
            objects.patterns.append((try keywords.pattern(source, "patternProperties"), schema))
        }
        objects.additional = try one("additionalProperties", keywords)
        objects.names = try one("propertyNames", keywords)
        objects.required = try keywords.strings("required") ?? []
        objects.minProperties = try keywords.count("minProperties")
        objects.maxProperties = try keywords.count("maxProperties")
        objects.dependentSchemas = try named("dependentSchemas", keywords)
        objects.dependentRequired = try keywords.dependentRequired()
        return objects
    }

    private mutating func one(_ name: String, _ keywords: Keywords) throws(SchemaFault) -> Int? {
        guard let json = keywords[name] else { return nil }
        return try compile(json, keywords.place(name))
    }

    private mutating func list(_ name: String, _ keywords: Keywords) throws(SchemaFault) -> [Int]? {
        guard let json = keywords[name] else { return nil }
        guard let items = json.array else { throw .malformed(pointer: keywords.place(name)) }
        var schemas: [Int] = []
        for (index, item) in items.enumerated() {
            schemas.append(try compile(item, keywords.place(name) + "/\(index)"))
        }
        return schemas
    }

    private mutating func named(_ name: String, _ keywords: Keywords) throws(SchemaFault) -> [String: Int] {
        guard let json = keywords[name] else { return [:] }
        guard let members = json.object else { throw .malformed(pointer: keywords.place(name)) }
        var schemas: [String: Int] = [:]
        for (key, value) in members {
            schemas[key] = try compile(value, keywords.place(name) + FieldPathStep.escaped(key))
        }
        return schemas
    }

    /// A schema that leads back to itself on the same value would never end.
    func refuseCircles() throws(SchemaFault) {
        enum State { case open, done }
        var states: [Int: State] = [:]
        func visit(_ place: Int) throws(SchemaFault) {
            switch states[place] {
            case .done: return
            case .open: throw .circular(pointer: nodes[place].pointer)
            case nil: states[place] = .open
            }
            for next in nodes[place].inPlace { try visit(next) }
            states[place] = .done
        }
        for place in nodes.indices { try visit(place) }
    }

    private static func percentDecoded(_ text: Substring) -> String? {
        guard text.utf8.contains(UInt8(ascii: "%")) else { return String(text) }
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let digits = String(rest.prefix(2)), digits.utf8.count == 2, let value = UInt8(digits, radix: 16)
            else {
                return nil
            }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}

enum FieldPathStep {
    /// The step as RFC 6901 writes it, with the slash before it.
    static func escaped(_ step: String) -> String {
        guard step.utf8.contains(where: { $0 == UInt8(ascii: "~") || $0 == UInt8(ascii: "/") }) else {
            return "/" + step
        }
        return "/" + step.replacing("~", with: "~0").replacing("/", with: "~1")
    }
}
