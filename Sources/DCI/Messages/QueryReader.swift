import Documents

/// Reads the three query grammars (docs/dci.md, 6); knows nothing of attributes and their types.
struct QueryReader {
    /// Conditions within conditions.
    static let greatestDepth = 16
    /// Comparisons in one query.
    static let mostComparisons = 200

    private var comparisons = 0

    private init() {}

    static func read(_ json: JSON, _ kind: QueryKind) throws(ItemTrouble) -> DCIQuery {
        var reader = QueryReader()
        switch json {
        case .object(let members):
            try shape(members)
            if members.isEmpty { return .condition(.everything) }
            switch kind {
            case .identifier: return try identifier(members)
            case .expression: return .condition(try reader.expression(members))
            case .predicate:
                throw .meaning(.criteriaInvalid, "search_criteria.query: a predicate query is a list of predicates.")
            }
        case .array(let entries):
            let predicates = try reader.predicates(entries)
            guard kind == .predicate else {
                throw .meaning(
                    .criteriaInvalid,
                    "search_criteria.query: a list belongs to query_type predicate, not to \(kind.rawValue).")
            }
            return .condition(predicates)
        default:
            throw .schema("", .filterInvalid, "an object or a list of predicates is expected.")
        }
    }

    /// What the interface says about every object here: `type` is a string; `value` a string, an object, true or false,
    /// or a number with a fraction. A whole number matches two branches of its oneOf and is therefore not allowed.
    private static func shape(_ members: JSONObject) throws(ItemTrouble) {
        if let type = members["type"], type.string == nil {
            throw .schema(".type", .filterInvalid, "a string is expected.")
        }
        if let value = members["value"], !isLiteral(value) {
            throw .schema(".value", .filterInvalid, "a string or an object is expected; send numbers as strings.")
        }
    }

    private static func isLiteral(_ json: JSON) -> Bool {
        switch json {
        case .string, .object, .bool: true
        case .number(let number): !number.isWhole
        case .array, .null: false
        }
    }

    private static func identifier(_ members: JSONObject) throws(ItemTrouble) -> DCIQuery {
        guard let type = members["type"]?.string, !type.isEmpty else {
            throw .meaning(.filterInvalid, "search_criteria.query.type: the type of identifier is missing, e.g. UIN.")
        }
        guard let value = members["value"]?.string, !value.isEmpty else {
            throw .meaning(
                .filterInvalid, "search_criteria.query.value: the identifier is expected here, as a string.")
        }
        return .identifier(type: type, value: value)
    }

    // MARK: - Expressions

    private mutating func expression(_ members: JSONObject) throws(ItemTrouble) -> Condition {
        guard let query = members["value"]?["expression"]?["query"] else {
            throw .meaning(.filterInvalid, "search_criteria.query.value.expression.query: the member is missing.")
        }
        return try condition(query, depth: 0)
    }

    private static let prefix = "search_criteria.query.value.expression.query: "

    private func refuse(_ sentence: String) -> ItemTrouble {
        .meaning(.filterInvalid, Self.prefix + sentence)
    }

    private mutating func condition(_ json: JSON, depth: Int) throws(ItemTrouble) -> Condition {
        guard depth <= Self.greatestDepth else {
            throw refuse("at most \(Self.greatestDepth) conditions within one another are accepted.")
        }
        guard let members = json.object else {
            throw refuse("a condition is an object such as {\"age\": {\"$lt\": 5}}.")
        }
        var parts: [Condition] = []
        for (name, value) in members {
            switch name {
            case "$and": parts.append(.all(try conditions(value, name, depth: depth)))
            case "$or": parts.append(.any(try conditions(value, name, depth: depth)))
            case "$nor": parts.append(.not(.any(try conditions(value, name, depth: depth))))
            case "$not": parts.append(.not(try condition(value, depth: depth + 1)))
            default: parts.append(try field(name, value, depth: depth))
            }
        }
        return parts.count == 1 ? parts[0] : parts.isEmpty ? .everything : .all(parts)
    }

    private mutating func conditions(_ json: JSON, _ name: String, depth: Int) throws(ItemTrouble) -> [Condition] {
        guard let entries = json.array, !entries.isEmpty else {
            throw refuse("\(name) takes a list of at least one condition.")
        }
        var parts: [Condition] = []
        for entry in entries { parts.append(try condition(entry, depth: depth + 1)) }
        return parts
    }

    private mutating func field(_ name: String, _ json: JSON, depth: Int) throws(ItemTrouble) -> Condition {
        guard !name.hasPrefix("$") else {
            throw refuse("the operator \(Self.shown(name)) is not known; $and, $or, $nor and $not combine conditions.")
        }
        guard case .object(let operators) = json else { return try compare(name, "$eq", json, depth: depth) }
        guard !operators.isEmpty else { throw refuse("\(Self.shown(name)): an operator is expected, e.g. $eq.") }
        var parts: [Condition] = []
        for (symbol, literal) in operators { parts.append(try compare(name, symbol, literal, depth: depth)) }
        return parts.count == 1 ? parts[0] : .all(parts)
    }

    private mutating func compare(
        _ name: String, _ symbol: String, _ json: JSON, depth: Int
    ) throws(ItemTrouble) -> Condition {
        switch symbol {
        case "$eq": return json.isNull ? .not(try comparison(name, .present, [])) : try comparison(name, .equal, [json])
        case "$ne": return json.isNull ? try comparison(name, .present, []) : .not(try comparison(name, .equal, [json]))
        case "$lt": return try comparison(name, .less, [json])
        case "$lte": return try comparison(name, .lessOrEqual, [json])
        case "$gt": return try comparison(name, .greater, [json])
        case "$gte": return try comparison(name, .greaterOrEqual, [json])
        case "$in": return try comparison(name, .oneOf, list(json, name, symbol))
        case "$nin": return .not(try comparison(name, .oneOf, list(json, name, symbol)))
        case "$exists":
            guard let exists = json.bool else { throw refuse("\(Self.shown(name)): $exists takes true or false.") }
            let present = try comparison(name, .present, [])
            return exists ? present : .not(present)
        case "$not":
            guard depth <= Self.greatestDepth else { throw refuse("the conditions are nested too deeply.") }
            return .not(try field(name, json, depth: depth + 1))
        default:
            throw refuse(
                "\(Self.shown(name)): the operator \(Self.shown(symbol)) is not known; "
                    + "$eq, $ne, $lt, $lte, $gt, $gte, $in, $nin, $exists and $not are.")
        }
    }

    /// `in` takes a list or, because the interface knows no lists in predicates, values parted by commas.
    private func list(_ json: JSON, _ name: String, _ symbol: String) throws(ItemTrouble) -> [JSON] {
        switch json {
        case .array(let entries) where !entries.isEmpty: return entries
        case .string(let text) where !text.isEmpty: return Self.parted(text)
        case .number, .bool: return [json]
        default: throw refuse("\(Self.shown(name)): \(symbol) takes a list of at least one value.")
        }
    }

    private static func parted(_ text: String) -> [JSON] {
        text.split(separator: ",").map { part in
            var part = part
            while part.first == " " { part = part.dropFirst() }
            while part.last == " " { part = part.dropLast() }
            return .string(String(part))
        }
    }

    private mutating func comparison(
        _ name: String, _ relation: Condition.Relation, _ literals: [JSON]
    ) throws(ItemTrouble) -> Condition {
        comparisons += 1
        guard comparisons <= Self.mostComparisons, literals.count <= 1000 else {
            throw .meaning(
                .filterInvalid,
                "search_criteria.query: at most \(Self.mostComparisons) comparisons and 1000 values are accepted.")
        }
        guard !name.isEmpty, name.utf8.count <= 200, MessageReader.isPlain(name) else {
            throw .meaning(.filterInvalid, "search_criteria.query: the name of an attribute is expected.")
        }
        return .compare(Condition.Comparison(attribute: name, relation: relation, literals: literals))
    }

    /// A word of the sender, short enough for an error message.
    static func shown(_ word: String) -> String {
        word.count <= 60 ? word : word.prefix(60) + "…"
    }

    // MARK: - Predicates

    /// The elements of the list all hold, in the order of `seq_num`; inside one, `expression1 condition expression2`.
    ///
    /// The interface leaves open how elements combine and what a lone `not` means (docs/dci.md, 6): `not` alone denies
    /// expression1, between two it reads "and not". An `or` that has nothing to its right is refused, because both ways
    /// of guessing would answer another question.
    private mutating func predicates(_ entries: [JSON]) throws(ItemTrouble) -> Condition {
        var parts: [(order: Double, condition: Condition)] = []
        for (index, entry) in entries.enumerated() {
            let place = "[\(index)]"
            guard let members = entry.object else { throw .schema(place, .filterInvalid, "an object is expected.") }
            let order = try sequence(members["seq_num"], place, index)
            guard let first = members["expression1"] else {
                throw .schema("\(place).expression1", .filterInvalid, "the member is missing.")
            }
            let left = try predicate(first, "\(place).expression1")
            let right: Condition?
            if let second = members["expression2"] {
                right = try predicate(second, "\(place).expression2")
            } else {
                right = nil
            }
            switch members["condition"] {
            case nil, .string("and"): parts.append((order, right.map { .all([left, $0]) } ?? left))
            case .string("not"): parts.append((order, right.map { .all([left, .not($0)]) } ?? .not(left)))
            case .string("or"):
                guard let right else {
                    throw .meaning(
                        .filterInvalid, "search_criteria.query\(place).condition: or needs an expression2.")
                }
                parts.append((order, .any([left, right])))
            default: throw .schema("\(place).condition", .filterInvalid, "and, or or not is expected.")
            }
        }
        let ordered = parts.enumerated().sorted { ($0.element.order, $0.offset) < ($1.element.order, $1.offset) }
        let conditions = ordered.map(\.element.condition)
        return conditions.isEmpty ? .everything : conditions.count == 1 ? conditions[0] : .all(conditions)
    }

    private func sequence(_ json: JSON?, _ place: String, _ index: Int) throws(ItemTrouble) -> Double {
        guard let json else { return Double(index + 1) }
        guard let number = json.number else {
            throw .schema("\(place).seq_num", .filterInvalid, "a number is expected.")
        }
        return Double(number.text) ?? 0
    }

    private mutating func predicate(_ json: JSON, _ place: String) throws(ItemTrouble) -> Condition {
        guard let members = json.object else { throw .schema(place, .filterInvalid, "an object is expected.") }
        guard let name = members["attribute_name"]?.string else {
            throw .schema("\(place).attribute_name", .filterInvalid, "the name of an attribute is expected.")
        }
        guard let value = members["attribute_value"], Self.isLiteral(value) else {
            throw .schema(
                "\(place).attribute_value", .filterInvalid,
                "a string is expected; send numbers as strings and several values parted by commas.")
        }
        let relation: Condition.Relation
        switch members["operator"]?.string {
        case "eq": relation = .equal
        case "lt": relation = .less
        case "le": relation = .lessOrEqual
        case "gt": relation = .greater
        case "ge": relation = .greaterOrEqual
        case "in":
            return try comparison(name, .oneOf, value.string.map(Self.parted) ?? [value])
        default: throw .schema("\(place).operator", .filterInvalid, "gt, lt, eq, ge, le or in is expected.")
        }
        return try comparison(name, relation, [value])
    }
}
