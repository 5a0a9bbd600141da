import Foundation
import Groundwork

/// Walks a value and the nodes of a schema together.
struct SchemaValidator {
    private let nodes: [SchemaNode]
    private let limit: Int
    private var path: [String]
    private(set) var findings: [Finding] = []

    init(nodes: [SchemaNode], path: [String], limit: Int = 100) {
        (self.nodes, self.path, self.limit) = (nodes, path, limit)
    }

    mutating func check(_ value: JSON, _ place: Int) {
        guard findings.count < limit else { return }
        let node = nodes[place]
        if node.verdict == false { report("schema.never", "is not allowed here.") }
        if let types = node.types, types.isDisjoint(with: SchemaNode.Types(of: value)) {
            // Whatever else the schema says about the value would only repeat this.
            return report("schema.type", "must be of type \(types.words).")
        }
        for choices in node.choices where !holds(choices, value) {
            report("schema.choice", Self.sentence(choices))
        }
        switch value {
        case .number(let number): if let rules = node.numbers { check(number, rules) }
        case .string(let text): if let rules = node.texts { check(text, rules) }
        case .array(let items): if let rules = node.arrays { check(items, rules) }
        case .object(let members): if let rules = node.objects { check(members, rules, value) }
        case .null, .bool: break
        }
        applyInPlace(node, value)
    }

    private mutating func applyInPlace(_ node: SchemaNode, _ value: JSON) {
        if let reference = node.reference { check(value, reference) }
        for schema in node.allOf { check(value, schema) }
        if let schemas = node.anyOf { checkAny(value, schemas) }
        if let schemas = node.oneOf { checkOne(value, schemas) }
        if let schema = node.not, attempt(value, schema, limit: 1).isEmpty {
            report("schema.not", "is of a kind that is not allowed here.")
        }
        if let condition = node.condition {
            let branch = attempt(value, condition.test, limit: 1).isEmpty ? condition.then : condition.otherwise
            if let branch { check(value, branch) }
        }
    }

    private mutating func checkAny(_ value: JSON, _ schemas: [Int]) {
        var best: [Finding]?
        for schema in schemas {
            let found = attempt(value, schema, limit: limit)
            if found.isEmpty { return }
            if found.count < best?.count ?? .max { best = found }
        }
        report("schema.any_of", "fits none of the \(schemas.count) allowed shapes.")
        add(best ?? [])
    }

    private mutating func checkOne(_ value: JSON, _ schemas: [Int]) {
        var best: [Finding]?
        var fits = 0
        for schema in schemas {
            let found = attempt(value, schema, limit: limit)
            if found.isEmpty { fits += 1 }
            if found.count < best?.count ?? .max { best = found }
        }
        if fits == 0 {
            report("schema.one_of", "fits none of the \(schemas.count) allowed shapes.")
            add(best ?? [])
        } else if fits > 1 {
            report("schema.one_of", "fits \(fits) of the \(schemas.count) allowed shapes; exactly one is wanted.")
        }
    }

    /// The findings that a schema would give, kept apart.
    private func attempt(_ value: JSON, _ schema: Int, limit: Int) -> [Finding] {
        var other = SchemaValidator(nodes: nodes, path: path, limit: limit)
        other.check(value, schema)
        return other.findings
    }

    private mutating func report(_ code: String, _ summary: String) {
        guard findings.count < limit else { return }
        findings.append(Finding(FieldPath(path), code: code, summary))
    }

    private mutating func report(_ step: String, _ code: String, _ summary: String) {
        path.append(step)
        report(code, summary)
        path.removeLast()
    }

    private mutating func add(_ others: [Finding]) {
        findings += others.prefix(max(0, limit - findings.count))
    }

    private mutating func descend(_ step: String, _ value: JSON, _ schema: Int) {
        // `true` and `{}` are common as schemas of members and have nothing to say.
        if nodes[schema].verdict == true { return }
        path.append(step)
        check(value, schema)
        path.removeLast()
    }
}

extension SchemaValidator {
    private func holds(_ choices: SchemaNode.Choices, _ value: JSON) -> Bool {
        choices.lookup?.contains(value) ?? choices.values.contains(value)
    }

    private static func sentence(_ choices: SchemaNode.Choices) -> String {
        let words = choices.values.prefix(12).map { $0.string ?? $0.text }
        let rest = choices.values.count - words.count
        if choices.values.count == 1 { return "must be \(words.joined())." }
        return "must be one of " + words.joined(separator: ", ") + (rest > 0 ? " and \(rest) more." : ".")
    }

    private mutating func check(_ number: JSONNumber, _ rules: SchemaNode.Numbers) {
        if let bound = rules.minimum, number < bound { report("schema.minimum", "must be at least \(bound).") }
        if let bound = rules.maximum, bound < number { report("schema.maximum", "must be at most \(bound).") }
        if let bound = rules.exclusiveMinimum, number <= bound { report("schema.minimum", "must be above \(bound).") }
        if let bound = rules.exclusiveMaximum, bound <= number { report("schema.maximum", "must be below \(bound).") }
        if let unit = rules.multipleOf, !Self.isMultiple(number, of: unit) {
            report("schema.multiple", "must be a multiple of \(unit).")
        }
        if let format = rules.format {
            let fits = format == "int32" ? number.int.flatMap { Int32(exactly: $0) } != nil : number.int != nil
            if !fits { report("schema.format", "must be a whole number of \(format == "int32" ? 32 : 64) bits.") }
        }
    }

    private static func isMultiple(_ number: JSONNumber, of unit: JSONNumber) -> Bool {
        if let value = number.int, let unit = unit.int { return unit != 0 && value % unit == 0 }
        guard let value = number.decimal, let unit = unit.decimal, unit != 0 else { return false }
        var quotient = value / unit
        var whole = Decimal()
        NSDecimalRound(&whole, &quotient, 0, .plain)
        return whole * unit == value
    }

    private mutating func check(_ text: String, _ rules: SchemaNode.Texts) {
        if rules.minLength != nil || rules.maxLength != nil {
            let length = text.unicodeScalars.count
            if let least = rules.minLength, length < least {
                report("schema.length", "must have at least \(least) characters.")
            }
            if let most = rules.maxLength, length > most {
                report("schema.length", "must have at most \(most) characters.")
            }
        }
        if let pattern = rules.pattern, !pattern.matches(text) {
            report("schema.pattern", "must follow the pattern \(pattern.source)")
        }
        if let format = rules.format, !format.matches(text) {
            report("schema.format", "must be \(format.words).")
        }
    }

    private mutating func check(_ items: [JSON], _ rules: SchemaNode.Arrays) {
        if let least = rules.minItems, items.count < least {
            report("schema.count", "must have at least \(least) items.")
        }
        if let most = rules.maxItems, items.count > most { report("schema.count", "must have at most \(most) items.") }
        if rules.isUnique, Set(items).count < items.count { report("schema.unique", "must not repeat an item.") }
        for (index, item) in items.enumerated() {
            guard let schema = index < rules.prefix.count ? rules.prefix[index] : rules.items else { break }
            descend(String(index), item, schema)
        }
        guard let schema = rules.contains else { return }
        let count = items.count { attempt($0, schema, limit: 1).isEmpty }
        if count < rules.minContains ?? 1 { report("schema.contains", "lacks an item of the wanted kind.") }
        if count > rules.maxContains ?? .max { report("schema.contains", "has too many items of one kind.") }
    }

    private mutating func check(_ members: JSONObject, _ rules: SchemaNode.Objects, _ value: JSON) {
        for name in rules.required where !members.contains(name) {
            report(name, "schema.required", "is required.")
        }
        if let least = rules.minProperties, members.count < least {
            report("schema.count", "must have at least \(least) members.")
        }
        if let most = rules.maxProperties, members.count > most {
            report("schema.count", "must have at most \(most) members.")
        }
        for (name, wanted) in rules.dependentRequired.sorted(by: { $0.key < $1.key }) where members.contains(name) {
            for other in wanted where !members.contains(other) {
                report(other, "schema.required", "is required where \(name) is given.")
            }
        }
        for (name, schema) in rules.dependentSchemas where members.contains(name) { check(value, schema) }
        for (name, member) in members { check(name, member, rules) }
    }

    private mutating func check(_ name: String, _ member: JSON, _ rules: SchemaNode.Objects) {
        if let schema = rules.names, !attempt(.string(name), schema, limit: 1).isEmpty {
            report(name, "schema.name", "has a name that is not allowed.")
        }
        var isKnown = false
        if let schema = rules.properties[name] {
            isKnown = true
            descend(name, member, schema)
        }
        for (pattern, schema) in rules.patterns where pattern.matches(name) {
            isKnown = true
            descend(name, member, schema)
        }
        guard !isKnown, let schema = rules.additional else { return }
        if nodes[schema].verdict == false {
            report(name, "schema.unknown", "is not a member that is allowed here.")
        } else {
            descend(name, member, schema)
        }
    }
}
