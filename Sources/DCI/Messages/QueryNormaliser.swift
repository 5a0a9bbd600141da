import Documents

/// Finds out by its shape which grammar a query speaks, and rewrites it in the published one.
///
/// Lists of predicates become expressions, because these can say everything that senders put into predicates: more than
/// two parts, several values, `ne`, numbers as numbers.
/// - Source: docs/dci.md, 10.
struct QueryNormaliser {
    private let shape: JSON

    init(shape: JSON) {
        self.shape = shape
    }

    /// The query in the published grammar and its type; nothing where the shape is not recognised.
    var normalised: (query: JSON?, kind: QueryKind?) {
        switch shape {
        case .array(let entries): return (Self.expression(Self.predicates(entries)), .expression)
        case .object(let members): return Self.object(members)
        default: return (nil, nil)
        }
    }

    private static func object(_ members: JSONObject) -> (query: JSON?, kind: QueryKind?) {
        if let pair = identifier(members) { return (pair, .identifier) }
        if let body = members["value"]?["expression"] ?? members["expression"] {
            return (expression(query(of: body)), .expression)
        }
        switch members["value"] {
        case .array(let entries)?: return (expression(predicates(entries)), .expression)
        case .object(let value)?:
            if let pair = identifier(value) { return (pair, .identifier) }
            return (expression(query(of: .object(value))), .expression)
        case .number(let number)?:
            return (.object(["type": members["type"] ?? .null, "value": .string(number.text)]), .identifier)
        case .string?, .bool?: return (.object(members), .identifier)
        default: break
        }
        if members["seq"] != nil || members["or"] != nil {
            return (expression(query(of: .object(members))), .expression)
        }
        return (nil, nil)
    }

    /// `{id_type, id_value}` and its cousins.
    private static func identifier(_ members: JSONObject) -> JSON? {
        for (type, value) in [("id_type", "id_value"), ("identifier_type", "identifier_value")] {
            if let type = members[type]?.string, let value = members[value] {
                return .object(["type": .string(type), "value": text(value)])
            }
        }
        return nil
    }

    private static func text(_ json: JSON) -> JSON {
        json.number.map { .string($0.text) } ?? json
    }

    private static func expression(_ query: JSON) -> JSON {
        .object([
            "type": "ns:org:QueryType:expression", "value": .object(["expression": .object(["query": query])]),
        ])
    }

    /// The condition inside an expression: its member `query`, a list `seq` with alternatives `or`, or the object itself.
    private static func query(of body: JSON) -> JSON {
        guard case .object(let members) = body else { return body }
        if let query = members["query"] { return condition(query) }
        if members["seq"] != nil || members["or"] != nil {
            var parts: [JSON] = []
            if let seq = members["seq"]?.array, !seq.isEmpty { parts.append(.object(["$and": .array(seq.map(term))])) }
            if let or = members["or"]?.array, !or.isEmpty { parts.append(.object(["$or": .array(or.map(term))])) }
            return parts.count == 1 ? parts[0] : .object(["$and": .array(parts)])
        }
        var rest = members
        rest["collection"] = nil
        return condition(.object(rest))
    }

    // MARK: - Expressions

    private static let combinators: [String: String] = [
        "and": "$and", "or": "$or", "not": "$not", "nor": "$nor",
    ]

    private static let operators: [String: String] = [
        "eq": "$eq", "=": "$eq", "==": "$eq", "equals": "$eq", "is": "$eq", "ne": "$ne", "!=": "$ne", "<>": "$ne",
        "neq": "$ne", "lt": "$lt", "<": "$lt", "lte": "$lte", "le": "$lte", "<=": "$lte", "gt": "$gt", ">": "$gt",
        "gte": "$gte", "ge": "$gte", ">=": "$gte", "in": "$in", "nin": "$nin", "not_in": "$nin", "exists": "$exists",
    ]

    /// `$GE`, `gte` and `>=` are `$gte`; an unknown word stays as it is, for the reader to refuse.
    private static func symbol(_ word: String) -> String {
        let bare = word.lowercased().drop { $0 == "$" }
        return operators[String(bare)] ?? (bare == "not" ? "$not" : word)
    }

    private static func condition(_ json: JSON) -> JSON {
        guard case .object(let members) = json else { return json }
        var result: JSONObject = [:]
        for (name, value) in members {
            let bare = name.lowercased().drop { $0 == "$" }
            if let combinator = combinators[String(bare)] {
                if combinator == "$not" {
                    result[combinator] = condition(value)
                } else {
                    result[combinator] = .array((value.array ?? [value]).map(condition))
                }
            } else {
                result[name] = operands(value)
            }
        }
        return .object(result)
    }

    private static func operands(_ json: JSON) -> JSON {
        guard case .object(let members) = json else { return json }
        var result: JSONObject = [:]
        for (name, value) in members {
            let symbol = symbol(name)
            result[symbol] = symbol == "$not" ? operands(value) : value
        }
        return .object(result)
    }

    /// One comparison, whatever its members are called.
    private static func term(_ json: JSON) -> JSON {
        guard case .object(let members) = json,
            let name = (members["attribute_name"] ?? members["attribute"] ?? members["field"])?.string,
            let value = members["attribute_value"] ?? members["value"]
            // No condition at all, which the reader refuses; as an object it could be taken for one.
        else { return .null }
        let word = (members["operator"] ?? members["op"])?.string ?? "eq"
        var symbol = symbol(word)
        if case .array = value, symbol == "$eq" { symbol = "$in" }
        return .object([name: .object([symbol: value])])
    }

    // MARK: - Predicates

    private static func predicates(_ entries: [JSON]) -> JSON {
        let parts = entries.map { entry in
            guard case .object(let members) = entry, members["expression1"] != nil else { return term(entry) }
            return chain(members)
        }
        return parts.isEmpty ? .object([:]) : parts.count == 1 ? parts[0] : .object(["$and": .array(parts)])
    }

    /// `expression1 condition expression2 condition expression3 …`, read from left to right; fewer conditions than gaps
    /// means that the last one is shared.
    private static func chain(_ members: JSONObject) -> JSON {
        var terms: [(place: Int, json: JSON)] = []
        var conditions: [String] = []
        for (name, value) in members where !Normaliser.isBlank(value) {
            if name.hasPrefix("expression"), let place = Int(name.dropFirst("expression".count)) {
                terms.append((place, term(value)))
            } else if name == "condition" || name.hasPrefix("condition#") {
                conditions.append(value.string?.lowercased() ?? "?")
            }
        }
        let ordered = terms.sorted { $0.place < $1.place }.map(\.json)
        guard var result = ordered.first else { return .object([:]) }
        if ordered.count == 1 { return conditions.first == "not" ? .object(["$not": result]) : result }
        for (gap, next) in ordered.dropFirst().enumerated() {
            let condition = conditions.isEmpty ? "and" : conditions[min(gap, conditions.count - 1)]
            switch condition {
            case "and": result = .object(["$and": .array([result, next])])
            case "or": result = .object(["$or": .array([result, next])])
            case "not": result = .object(["$and": .array([result, .object(["$not": next])])])
            // Left for the reader, which knows no such combination and says so.
            default: result = .object(["$" + condition: .array([result, next])])
            }
        }
        return result
    }
}
