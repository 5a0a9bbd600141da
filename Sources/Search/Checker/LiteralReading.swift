import Documents
import Foundation
import Groundwork
import Linkage
import Registry

/// Reads one literal as the attribute's type wants it.
struct LiteralReading {
    let checker: QueryChecker
    let path: FieldPath
    private(set) var findings: [Finding] = []

    init(checker: QueryChecker, path: FieldPath) {
        (self.checker, self.path) = (checker, path)
    }

    mutating func query(
        _ meaning: AttributeMeaning, _ asked: QueryChecker.Operator, _ literal: JSON
    ) -> RegistryQuery? {
        switch asked {
        case .isIn, .isNotIn:
            guard let items = items(literal) else { return nil }
            guard let any = oneOf(meaning, items) else { return nil }
            return asked == .isIn ? any : .not(any)
        default:
            guard let comparison = asked.comparison else { return nil }
            if literal.isNull { return missing(meaning, comparison) }
            return single(meaning, comparison, literal, path)
        }
    }

    mutating func add(_ finding: Finding) { findings.append(finding) }

    private mutating func refuse(_ path: FieldPath, _ code: String, _ summary: String) -> RegistryQuery? {
        findings.append(Finding(path, code: code, summary))
        return nil
    }

    /// An array, or texts separated by commas, as some protocols must write them.
    private mutating func items(_ literal: JSON) -> [JSON]? {
        let items: [JSON]
        if let array = literal.array {
            items = array
        } else if let text = literal.string {
            items = text.split(separator: ",").map { .string($0.trimmingCharacters(in: .whitespaces)) }
        } else if literal.object == nil, !literal.isNull {
            items = [literal]
        } else {
            items = []
        }
        guard !items.isEmpty, items.count <= RegistryQuery.Limits.values else {
            findings.append(
                Finding(
                    path, code: "value.list",
                    "A list of 1 to \(RegistryQuery.Limits.values) values is expected, or texts separated by commas."))
            return nil
        }
        return items
    }

    private mutating func oneOf(_ meaning: AttributeMeaning, _ items: [JSON]) -> RegistryQuery? {
        var parts: [RegistryQuery] = []
        for (index, item) in items.enumerated() {
            if item.isNull {
                if let part = missing(meaning, .eq) { parts.append(part) }
            } else if let part = single(meaning, .eq, item, path.appending(index)) {
                parts.append(part)
            }
        }
        guard findings.isEmpty else { return nil }
        if parts.count == 1 { return parts[0] }
        var values: [Value] = []
        for part in parts {
            guard case .compare(_, .eq, let value) = part else { return .or(parts) }
            values.append(value)
        }
        guard case .attribute(let field, _) = meaning else { return .or(parts) }
        return .oneOf(field, values)
    }

    private mutating func missing(_ meaning: AttributeMeaning, _ comparison: Comparison) -> RegistryQuery? {
        guard case .attribute(let field, _) = meaning else {
            return refuse(path, "value.null", "This attribute cannot be searched by its absence.")
        }
        switch comparison {
        case .eq: return .isMissing(field)
        case .ne: return .not(.isMissing(field))
        default: return refuse(path, "value.null", "Nothing is greater or less than null; use eq or ne.")
        }
    }

    private mutating func single(
        _ meaning: AttributeMeaning, _ comparison: Comparison, _ literal: JSON, _ path: FieldPath
    ) -> RegistryQuery? {
        switch meaning {
        case .attribute(let field, let shape): return compare(field, shape, comparison, literal, path)
        case .identifier(let type, let subject):
            guard let text = plainText(literal) else {
                return refuse(path, "type.text", "An identifier as text is expected.")
            }
            guard let found = checker.identifier(type, text, subject, path, &findings) else { return nil }
            return opposed(found, comparison, path)
        case .name:
            guard let text = literal.string, Value.text(text).isAcceptable,
                text.count <= RegistryQuery.Limits.text
            else {
                return refuse(
                    path, "type.text", "A name of at most \(RegistryQuery.Limits.text) characters is expected.")
            }
            guard !checker.context.names.query(text).isEmpty else {
                return refuse(path, "name.empty", "The name holds no letter.")
            }
            return opposed(.name(text), comparison, path)
        }
    }

    private mutating func opposed(
        _ equal: RegistryQuery, _ comparison: Comparison, _ path: FieldPath
    ) -> RegistryQuery? {
        switch comparison {
        case .eq: return equal
        case .ne: return .not(equal)
        default:
            return refuse(
                path, "comparison.unsuited", "This attribute can be compared with eq, ne and in only.")
        }
    }

    private func plainText(_ literal: JSON) -> String? { literal.string ?? literal.number?.text }

    // MARK: By type

    private mutating func compare(
        _ field: Field, _ shape: FieldShape, _ comparison: Comparison, _ literal: JSON, _ path: FieldPath
    ) -> RegistryQuery? {
        switch shape.kind {
        case .text:
            guard let text = plainText(literal), isShort(text) else {
                return refuse(
                    path, "type.text", "A text of at most \(RegistryQuery.Limits.text) characters is expected.")
            }
            return .compare(field, comparison, .text(text))
        case .code(let list), .set(let list):
            return code(field, shape, list, comparison, literal, path)
        case .date, .birthDate: return date(field, comparison, literal, path)
        case .age, .birthYear, .integer, .decimal:
            guard let number = literal.decimal ?? literal.string.flatMap(Self.decimal) else {
                return refuse(path, "type.number", "A number is expected.")
            }
            return .compare(field, comparison, .number(number))
        case .boolean:
            guard let truth = literal.bool ?? plainText(literal).flatMap({ Self.truths[$0.lowercased()] }) else {
                return refuse(path, "type.boolean", "true or false is expected.")
            }
            guard opposed(.everything, comparison, path) != nil else { return nil }
            return .compare(field, comparison, .boolean(truth))
        case .instant: return instant(field, comparison, literal, path)
        case .id: return id(field, comparison, literal, path)
        case .area: return area(field, comparison, literal, path)
        case .socialID:
            guard let text = plainText(literal), isShort(text) else {
                return refuse(path, "type.text", "A number as text is expected.")
            }
            return number(field, text, comparison, path)
        }
    }

    private func isShort(_ text: String) -> Bool {
        Value.text(text).isAcceptable && text.count <= RegistryQuery.Limits.text
    }

    private static let truths: [String: Bool] = ["true": true, "false": false, "1": true, "0": false]

    private static func decimal(_ text: String) -> Decimal? {
        JSONNumber(text: text.trimmingCharacters(in: .whitespaces))?.decimal
    }

    private mutating func number(
        _ field: Field, _ text: String, _ comparison: Comparison, _ path: FieldPath
    ) -> RegistryQuery? {
        let digits = text.filter { $0 != " " && $0 != "-" }
        guard opposed(.everything, comparison, path) != nil else { return nil }
        return .compare(field, comparison, .text(digits))
    }

    private mutating func code(
        _ field: Field, _ shape: FieldShape, _ list: String?, _ comparison: Comparison, _ literal: JSON,
        _ path: FieldPath
    ) -> RegistryQuery? {
        guard let word = plainText(literal), isShort(word) else {
            return refuse(path, "type.code", "A code as text is expected.")
        }
        var code = word
        if let list = list.flatMap({ checker.context.dictionary.lists[$0] }) {
            guard let known = list.code(for: word) else {
                let some = list.codes.prefix(12).map(\.code).joined(separator: ", ")
                return refuse(path, "code.unknown", "The code is not in the list \(list.name): \(some).")
            }
            code = known.code
            if comparison != .eq, comparison != .ne {
                if case .code = shape.kind, list.levels != nil {
                    return .compare(field, comparison, .text(code))
                }
                return refuse(
                    path, "comparison.order", "The codes of this attribute have no order; use eq, ne or in.")
            }
        } else if comparison != .eq, comparison != .ne {
            return refuse(path, "comparison.order", "This attribute has no order; use eq, ne or in.")
        }
        return .compare(field, comparison, .text(code))
    }

    private mutating func id(
        _ field: Field, _ comparison: Comparison, _ literal: JSON, _ path: FieldPath
    ) -> RegistryQuery? {
        guard let text = plainText(literal), isShort(text) else {
            return refuse(path, "type.id", "An id of 36 characters is expected.")
        }
        if ID<Person>(text) != nil {
            guard opposed(.everything, comparison, path) != nil else { return nil }
            return .compare(field, comparison, .text(text))
        }
        // Other systems call the household's number its id.
        guard field == .person("household_id") else {
            return refuse(path, "type.id", "An id of 36 characters is expected.")
        }
        return number(.household("social_id"), text, comparison, path).map { .household($0) }
    }

    private mutating func area(
        _ field: Field, _ comparison: Comparison, _ literal: JSON, _ path: FieldPath
    ) -> RegistryQuery? {
        let text = plainText(literal) ?? ""
        var ranges: [ClosedRange<Int>] = []
        if let area = checker.areas.area(text) {
            ranges = [area.range]
        } else if let set = checker.areas.sets[text] {
            ranges = set
        } else {
            let normalised = checker.context.names.normaliser.normalised(text)
            ranges = checker.areas.areas(named: normalised).map(\.range)
        }
        guard !ranges.isEmpty else {
            return refuse(
                path, "area.unknown", "No area has this code or name; look it up under /api/v1/areas.")
        }
        switch comparison {
        case .eq: return .within(ranges)
        case .ne: return .and([.not(.isMissing(field)), .not(.within(ranges))])
        default: return refuse(path, "comparison.unsuited", "An area can be compared with eq, ne and in only.")
        }
    }
}
