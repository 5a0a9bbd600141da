import Foundation
import Groundwork

/// Gives every part of a rule its meaning and type, collecting what is wrong.
struct RuleChecker {
    let schema: RuleSchema
    private(set) var findings: [RuleFinding] = []
    /// The name that a condition on members gives to the member.
    var member: String?

    init(_ schema: RuleSchema) {
        self.schema = schema
    }

    mutating func refuse(_ syntax: Syntax, _ code: String, _ summary: String) -> RuleCondition? {
        findings.append(RuleFinding(syntax.position, code, summary))
        return nil
    }

    mutating func condition(_ syntax: Syntax) -> RuleCondition? {
        switch syntax {
        case .bool(let value, _): return .constant(value)
        case .not(let inner, _):
            warnOfMissing(inner)
            return condition(inner).map { .not($0) }
        case .binary(let word, _, _, _) where word == "&&" || word == "||": return joined(word, syntax)
        case .binary("in", let left, let right, _): return membership(left, right, syntax)
        case .binary(let word, let left, let right, _):
            guard let relation = RuleCondition.Relation(word) else { return arithmetic(syntax, word) }
            return comparison(left, relation, right, syntax)
        case .call(let target, let name, let arguments, _): return call(target, name, arguments, syntax)
        case .name, .field:
            guard let (attribute, shape) = attribute(syntax) else { return nil }
            guard shape.kind == .flag else {
                return refuse(
                    syntax, "type", "this is \(shape.kind.words), not a condition; compare it with something.")
            }
            return .compare(attribute, .eq, .flag(true))
        case .choice: return refuse(syntax, "unsupported", "? : cannot be expressed; write it with && and ||.")
        case .index: return refuse(syntax, "unsupported", "a single member cannot be picked; ask with exists or all.")
        case .negative: return refuse(syntax, "type", "a number is no condition; compare it with something.")
        case .null, .number, .text, .list:
            return refuse(syntax, "type", "a condition was expected here, not a value.")
        }
    }

    /// A chain of one word is one list, however long; only brackets nest.
    private mutating func joined(_ word: String, _ syntax: Syntax) -> RuleCondition? {
        let chain = syntax.chain(of: word)
        var parts: [RuleCondition] = []
        for part in chain {
            switch (word, condition(part)) {
            case (_, nil): continue
            case ("&&", .all(let more)?), ("||", .any(let more)?): parts += more
            case (_, let one?): parts.append(one)
            }
        }
        guard parts.count >= chain.count else { return nil }
        return word == "&&" ? .all(parts) : .any(parts)
    }

    private mutating func arithmetic(_ syntax: Syntax, _ word: String) -> RuleCondition? {
        refuse(syntax, "unsupported", "“\(word)” computes a number, which a rule cannot; use a feature of a formula.")
    }

    /// A negation takes those of whom the answer is missing; whoever writes it may not know.
    private mutating func warnOfMissing(_ inner: Syntax) {
        guard case .binary(let word, let left, _, _) = inner, word != "&&", word != "||" else { return }
        let count = findings.count
        let found = attribute(left)
        findings.removeLast(findings.count - count)
        guard let (attribute, shape) = found, shape.canBeMissing else { return }
        findings.append(
            RuleFinding(
                inner.position, "negated_missing", severity: .warning,
                "this also takes those whose \(attribute.name) is missing; add has(…) if they are not meant."))
    }

    // MARK: Attributes and values

    mutating func attribute(
        _ syntax: Syntax
    ) -> (attribute: RuleCondition.Attribute, shape: RuleSchema.Attribute)? {
        let (name, ofMember): (String, Bool)
        switch syntax {
        case .name(let word, _):
            guard member == nil else {
                _ = refuse(
                    syntax, "scope",
                    "inside a condition on members only the member can be asked; move “\(word)” outside.")
                return nil
            }
            (name, ofMember) = (word, false)
        case .field(.name(let owner, _), let word, _):
            guard owner == member || (owner == "household" && member == nil) else {
                _ = refuse(
                    syntax, "unknown_name",
                    "“\(owner)” is unknown here; attributes stand alone, or behind the member's name.")
                return nil
            }
            (name, ofMember) = (word, owner == member)
        case .binary(let word, _, _, _):
            _ = arithmetic(syntax, word)
            return nil
        default:
            _ = refuse(syntax, "attribute", "an attribute was expected here.")
            return nil
        }
        guard let shape = (ofMember ? schema.member : schema.household)[name] else {
            let owner = ofMember ? "member" : "household"
            let near = nearest(name, ofMember ? schema.member : schema.household)
            _ = refuse(
                syntax, "unknown_attribute",
                "a \(owner) has no attribute “\(name)”"
                    + (near.map { "; did you mean \($0)?" } ?? "; see the profile's dictionary."))
            return nil
        }
        return (RuleCondition.Attribute(ofMember: ofMember, name: name), shape)
    }

    private func nearest(_ name: String, _ known: [String: RuleSchema.Attribute]) -> String? {
        known.keys.sorted().first { $0.hasPrefix(name) || name.hasPrefix($0) || $0.contains(name) }
    }

    func isValue(_ syntax: Syntax) -> Bool {
        switch syntax {
        case .null, .bool, .number, .text, .list: true
        case .negative(let inner, _): isValue(inner)
        case .call(nil, "date", _, _): true
        default: false
        }
    }

    mutating func value(_ syntax: Syntax, for shape: RuleSchema.Attribute, _ name: String) -> RuleValue? {
        let read = literal(syntax)
        switch (shape.kind, read) {
        case (.number, .number?), (.text, .text?), (.flag, .flag?), (.date, .date?): return read
        case (.code(let codes), .text(let code)?), (.codes(let codes), .text(let code)?):
            if let codes, !codes.contains(code) {
                let some = codes.prefix(12).joined(separator: ", ") + (codes.count > 12 ? " …" : "")
                _ = refuse(syntax, "unknown_code", "“\(code)” is none of the codes of \(name) (\(some)).")
                return nil
            }
            return read
        default:
            let hint = shape.kind == .date ? #", written date("2026-01-31")"# : ""
            _ = refuse(syntax, "type", "\(name) is \(shape.kind.words)\(hint); the value is of another type.")
            return nil
        }
    }

    func literal(_ syntax: Syntax) -> RuleValue? {
        switch syntax {
        case .bool(let value, _): .flag(value)
        case .number(let value, _): .number(value)
        case .text(let text, _): .text(text)
        case .negative(.number(let value, _), _): .number(-value)
        case .call(nil, "date", let arguments, _):
            if case .text(let text, _)? = arguments.first, arguments.count == 1 {
                CalendarDate(text).map { .date($0) }
            } else {
                nil
            }
        default: nil
        }
    }

    mutating func day(_ syntax: Syntax) -> CalendarDate? {
        if case .date(let day)? = literal(syntax) { return day }
        _ = refuse(syntax, "date", #"a day is written date("2026-01-31") and must exist."#)
        return nil
    }

    // MARK: Comparisons

    private mutating func comparison(
        _ left: Syntax, _ relation: RuleCondition.Relation, _ right: Syntax, _ whole: Syntax
    ) -> RuleCondition? {
        if isValue(left) {
            guard !isValue(right) else {
                return refuse(whole, "constant", "two values are compared; name an attribute.")
            }
            return comparison(right, relation.mirrored, left, whole)
        }
        guard isValue(right) else { return attributes(left, relation, right) }
        if case .call(let target, let name, let arguments, _) = left {
            return computed(target, name, arguments, relation, right, left)
        }
        guard let (attribute, shape) = attribute(left) else { return nil }
        if case .null = right {
            switch relation {
            case .eq: return .missing(attribute)
            case .ne: return .not(.missing(attribute))
            default: return refuse(whole, "type", "null can be compared with == and != only.")
            }
        }
        switch shape.kind {
        case .code where relation != .eq && relation != .ne, .flag where relation != .eq && relation != .ne:
            return refuse(whole, "type", "\(attribute.name) is \(shape.kind.words) and has no order; use ==, != or in.")
        case .codes:
            return refuse(whole, "type", "\(attribute.name) is a list; write \"code\" in \(attribute.name).")
        default: break
        }
        return value(right, for: shape, attribute.name).map { .compare(attribute, relation, $0) }
    }

    /// Two attributes of the household, or two of the member; what is computed can stand beside a value only.
    private mutating func attributes(
        _ left: Syntax, _ relation: RuleCondition.Relation, _ right: Syntax
    ) -> RuleCondition? {
        for side in [left, right] {
            guard case .call = side else { continue }
            return refuse(side, "unsupported", "what is computed can be compared with a value only, not with another.")
        }
        let (one, other) = (attribute(left), attribute(right))
        guard let one, let other else { return nil }
        let isEquality = relation == .eq || relation == .ne
        switch (one.shape.kind, other.shape.kind) {
        case (.number, .number), (.date, .date), (.text, .text): break
        case (.flag, .flag) where isEquality: break
        case (.code(let mine), .code(let theirs)) where isEquality:
            if let mine, let theirs, Set(mine).isDisjoint(with: theirs) {
                return refuse(
                    right, "type",
                    "\(one.attribute.name) and \(other.attribute.name) have no code in common and are never equal.")
            }
        case (.flag, .flag), (.code, .code):
            return refuse(
                left, "type", "\(one.attribute.name) is \(one.shape.kind.words) and has no order; use == or !=.")
        default:
            return refuse(
                right, "type",
                "\(one.attribute.name) is \(one.shape.kind.words) and \(other.attribute.name) is "
                    + "\(other.shape.kind.words); only two of one type can be compared.")
        }
        return .compareAttributes(one.attribute, relation, other.attribute)
    }

    private mutating func membership(_ left: Syntax, _ right: Syntax, _ whole: Syntax) -> RuleCondition? {
        if case .call(nil, "score_class", let arguments, _) = left {
            return scoreClass(arguments, isOneOf: right, left)
        }
        guard case .list(let items, _) = right else {
            guard isValue(left) else {
                return refuse(right, "type", "in needs a list of values in [ ], or a list attribute behind it.")
            }
            guard let (attribute, shape) = attribute(right) else { return nil }
            guard case .codes = shape.kind else {
                return refuse(right, "type", "\(attribute.name) is \(shape.kind.words), not a list; use ==.")
            }
            return value(left, for: shape, attribute.name).map { .oneOf(attribute, [$0]) }
        }
        guard let (attribute, shape) = attribute(left) else { return nil }
        if case .codes = shape.kind {
            return refuse(left, "type", "\(attribute.name) is a list itself; write \"code\" in \(attribute.name).")
        }
        let values = items.compactMap { value($0, for: shape, attribute.name) }
        guard values.count == items.count else { return nil }
        return .oneOf(attribute, values)
    }
}
