import Foundation
import Groundwork

/// Gives every part of a rule its meaning and type, collecting what is wrong.
struct RuleChecker {
    let schema: RuleSchema
    private(set) var findings: [RuleFinding] = []
    /// The name that a condition on members gives to the member.
    private var member: String?

    init(_ schema: RuleSchema) {
        self.schema = schema
    }

    private mutating func refuse(_ syntax: Syntax, _ code: String, _ summary: String) -> RuleCondition? {
        findings.append(RuleFinding(syntax.position, code, summary))
        return nil
    }

    mutating func condition(_ syntax: Syntax) -> RuleCondition? {
        switch syntax {
        case .bool(let value, _): return .constant(value)
        case .not(let inner, _):
            warnOfMissing(inner)
            return condition(inner).map { .not($0) }
        case .binary(let word, let left, let right, _) where word == "&&" || word == "||":
            let (a, b) = (condition(left), condition(right))
            guard let a, let b else { return nil }
            return word == "&&" ? .all([a, b]) : .any([a, b])
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

    private mutating func attribute(
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

    private func isValue(_ syntax: Syntax) -> Bool {
        switch syntax {
        case .null, .bool, .number, .text, .list: true
        case .negative(let inner, _): isValue(inner)
        case .call(nil, "date", _, _): true
        default: false
        }
    }

    private mutating func value(_ syntax: Syntax, for shape: RuleSchema.Attribute, _ name: String) -> RuleValue? {
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

    private func literal(_ syntax: Syntax) -> RuleValue? {
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

    private mutating func day(_ syntax: Syntax) -> CalendarDate? {
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
        guard isValue(right) else {
            return refuse(right, "unsupported", "two attributes cannot be compared; the second side must be a value.")
        }
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

    private mutating func membership(_ left: Syntax, _ right: Syntax, _ whole: Syntax) -> RuleCondition? {
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

    // MARK: Functions

    private mutating func call(
        _ target: Syntax?, _ name: String, _ arguments: [Syntax], _ whole: Syntax
    ) -> RuleCondition? {
        switch (target, name) {
        case (nil, "has"):
            guard arguments.count == 1, let (attribute, _) = attribute(arguments[0]) else {
                return findings.isEmpty ? refuse(whole, "arguments", "has(…) takes one attribute.") : nil
            }
            return .not(.missing(attribute))
        case (nil, "in_area"):
            guard member == nil else {
                return refuse(whole, "scope", "the household lives somewhere; move in_area outside.")
            }
            guard arguments.count == 1, case .text(let code, let position)? = arguments.first else {
                return refuse(whole, "arguments", #"in_area("…") takes the code of an area or of an area set."#)
            }
            return .inArea(code, position)
        case (nil, "enrolled"): return enrolled(ofMember: false, arguments, whole)
        case (.name(let owner, _)?, "enrolled") where owner == member: return enrolled(ofMember: true, arguments, whole)
        case (.name("members", _)?, "exists"), (.name("members", _)?, "all"), (.name("members", _)?, "exists_one"):
            guard let inner = overMembers(arguments, whole) else { return nil }
            switch name {
            case "exists": return .someMember(inner)
            case "all": return .not(.someMember(.not(inner)))
            default: return .count(inner, .eq, 1)
            }
        default:
            if isNumber(target, name) { return refuse(whole, "type", "this is a number; compare it with something.") }
            return refuse(
                whole, "unknown_function",
                "“\(name)” is unknown here; known are has, in_area, enrolled, age_on, date, size and, of members, exists, all, "
                    + "exists_one, filter, count, min, max.")
        }
    }

    private func isNumber(_ target: Syntax?, _ name: String) -> Bool {
        target == nil ? ["size", "age_on"].contains(name) : ["size", "count", "min", "max"].contains(name)
    }

    private mutating func enrolled(ofMember: Bool, _ arguments: [Syntax], _ whole: Syntax) -> RuleCondition? {
        if !ofMember, member != nil {
            return refuse(
                whole, "scope", "inside a condition on members, write the member's name in front of enrolled.")
        }
        let texts = arguments.compactMap { part -> String? in
            if case .text(let text, _) = part { return text }
            return nil
        }
        guard texts.count == arguments.count, (1...2).contains(texts.count) else {
            return refuse(whole, "arguments", #"enrolled("programme") or enrolled("programme", "status")."#)
        }
        return .enrolled(ofMember: ofMember, programme: texts[0], status: texts.count == 2 ? texts[1] : nil)
    }

    /// The condition of `members.exists(m, …)`.
    private mutating func overMembers(_ arguments: [Syntax], _ whole: Syntax) -> RuleCondition? {
        guard member == nil else {
            return refuse(whole, "scope", "a member has no members; conditions on members cannot be nested.")
        }
        guard arguments.count == 2, case .name(let name, _) = arguments[0] else {
            return refuse(
                whole, "arguments",
                "two things are needed: a name for the member and a condition, as in (m, m.age < 5).")
        }
        member = name
        defer { member = nil }
        return condition(arguments[1])
    }

    /// A count, an age or an extreme, compared with a value.
    private mutating func computed(
        _ target: Syntax?, _ name: String, _ arguments: [Syntax], _ relation: RuleCondition.Relation, _ right: Syntax,
        _ whole: Syntax
    ) -> RuleCondition? {
        switch (target, name) {
        case (nil, "age_on"): return age(arguments, relation, right, whole)
        case (nil, "size") where arguments.count == 1: return count(arguments[0], relation, right, whole)
        case (let list?, "size") where arguments.isEmpty: return count(list, relation, right, whole)
        case (.name("members", _)?, "count"):
            guard let inner = overMembers(arguments, whole), let value = number(right) else { return nil }
            return .count(inner, relation, value)
        case (.name("members", _)?, "min"), (.name("members", _)?, "max"):
            return extreme(arguments, isMost: name == "max", relation, right, whole)
        case (_, "has"), (_, "exists"), (_, "all"), (_, "exists_one"), (_, "enrolled"), (_, "in_area"):
            guard case .bool(let value, _) = right, relation == .eq || relation == .ne else {
                return refuse(
                    whole, "type", "this is true or false already; compare it with true or false, or not at all.")
            }
            guard let inner = call(target, name, arguments, whole) else { return nil }
            return value == (relation == .eq) ? inner : .not(inner)
        default: return call(target, name, arguments, whole)
        }
    }

    private mutating func number(_ syntax: Syntax) -> Decimal? {
        if case .number(let value)? = literal(syntax) { return value }
        _ = refuse(syntax, "type", "a number was expected here.")
        return nil
    }

    private mutating func count(
        _ list: Syntax, _ relation: RuleCondition.Relation, _ right: Syntax, _ whole: Syntax
    ) -> RuleCondition? {
        guard let value = number(right) else { return nil }
        switch list {
        case .name("members", _) where member == nil: return .count(.constant(true), relation, value)
        case .call(.name("members", _)?, "filter", let arguments, _):
            return overMembers(arguments, whole).map { .count($0, relation, value) }
        default: return refuse(list, "unsupported", "only members, or members.filter(m, …), can be counted.")
        }
    }

    private mutating func age(
        _ arguments: [Syntax], _ relation: RuleCondition.Relation, _ right: Syntax, _ whole: Syntax
    ) -> RuleCondition? {
        guard arguments.count == 2 else {
            return refuse(
                whole, "arguments", #"age_on(m.birth_date, date("2026-01-31")) takes a date of birth and a day."#)
        }
        guard let (attribute, shape) = attribute(arguments[0]), let day = day(arguments[1]), let years = number(right)
        else { return nil }
        guard shape.kind == .date else { return refuse(arguments[0], "type", "\(attribute.name) is no date.") }
        return .ageOn(attribute, day, relation, years)
    }

    /// Greatest and least become questions after single members: the greatest is at least v when one member reaches v.
    private mutating func extreme(
        _ arguments: [Syntax], isMost: Bool, _ relation: RuleCondition.Relation, _ right: Syntax, _ whole: Syntax
    ) -> RuleCondition? {
        guard member == nil, arguments.count == 2, case .name(let name, _) = arguments[0] else {
            return refuse(
                whole, "arguments", "two things are needed: a name for the member and an attribute, as in (m, m.age).")
        }
        member = name
        defer { member = nil }
        guard let (attribute, shape) = attribute(arguments[1]) else { return nil }
        guard shape.kind == .number || shape.kind == .date else {
            return refuse(
                arguments[1], "type", "\(attribute.name) is \(shape.kind.words) and has no greatest or least.")
        }
        guard let value = value(right, for: shape, attribute.name) else { return nil }
        func some(_ relation: RuleCondition.Relation) -> RuleCondition {
            .someMember(.compare(attribute, relation, value))
        }
        let known: RuleCondition = .someMember(.not(.missing(attribute)))
        let (beyond, reaching): (RuleCondition.Relation, RuleCondition.Relation) = isMost ? (.gt, .ge) : (.lt, .le)
        switch relation {
        case beyond, reaching: return some(relation)
        case .eq: return .all([some(.eq), .not(some(beyond))])
        case .ne: return .all([known, .not(.all([some(.eq), .not(some(beyond))]))])
        case .le, .ge: return .all([known, .not(some(beyond))])
        case .lt, .gt: return .all([known, .not(some(reaching))])
        }
    }
}
