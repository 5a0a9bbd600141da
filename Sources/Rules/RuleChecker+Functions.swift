import Foundation
import Groundwork

extension RuleChecker {
    // MARK: Functions

    mutating func call(
        _ target: Syntax?, _ name: String, _ arguments: [Syntax], _ whole: Syntax
    ) -> RuleCondition? {
        switch (target, name) {
        case (nil, "has"):
            guard arguments.count == 1 else { return refuse(whole, "arguments", "has(…) takes one attribute.") }
            if case .call(nil, let inner, let formula, _) = arguments[0],
                inner == "score" || inner == "score_class"
            {
                return self.formula(formula, whole).map { .scored($0, hasClass: inner == "score_class") }
            }
            return attribute(arguments[0]).map { .not(.missing($0.attribute)) }
        case (nil, "in_area"):
            guard member == nil else {
                return refuse(whole, "scope", "the household lives somewhere; move in_area outside.")
            }
            return areas(arguments, whole)
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
                "“\(name)” is unknown here; known are has, in_area, enrolled, score, score_class, age_on, date, size and, of "
                    + "members, exists, all, exists_one, filter, count, sum, average, min, max.")
        }
    }

    private func isNumber(_ target: Syntax?, _ name: String) -> Bool {
        target == nil
            ? ["size", "age_on", "score", "score_class"].contains(name)
            : ["size", "count", "min", "max", "sum", "average"].contains(name)
    }

    private mutating func areas(_ arguments: [Syntax], _ whole: Syntax) -> RuleCondition? {
        var places = arguments
        if case .list(let items, _)? = arguments.first, arguments.count == 1 { places = items }
        let codes = places.compactMap { part -> RuleCondition? in
            if case .text(let code, let position) = part { return .inArea(code, position) }
            return nil
        }
        guard !codes.isEmpty, codes.count == places.count else {
            return refuse(
                whole, "arguments",
                #"in_area("…") takes the code of an area or of an area set, or a list of them in [ ]."#)
        }
        return codes.count == 1 ? codes[0] : .any(codes)
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
        guard let name = memberName(name, arguments[0]) else { return nil }
        member = name
        defer { member = nil }
        return condition(arguments[1])
    }

    /// A count, an age or an extreme, compared with a value.
    mutating func computed(
        _ target: Syntax?, _ name: String, _ arguments: [Syntax], _ relation: RuleCondition.Relation, _ right: Syntax,
        _ whole: Syntax
    ) -> RuleCondition? {
        switch (target, name) {
        case (nil, "age_on"): return age(arguments, relation, right, whole)
        case (nil, "size") where arguments.count == 1: return count(arguments[0], relation, right, whole)
        case (let list?, "size") where arguments.isEmpty: return count(list, relation, right, whole)
        case (let list?, "count"):
            guard let outer = filtered(list), let inner = overMembers(arguments, whole), let value = number(right)
            else { return nil }
            return .count(Self.both(outer, inner), relation, value)
        case (let list?, "min"), (let list?, "max"):
            return extreme(list, arguments, isMost: name == "max", relation, right, whole)
        case (let list?, "sum"), (let list?, "average"):
            return total(list, arguments, isAverage: name == "average", relation, right, whole)
        case (nil, "score"): return score(arguments, relation, right, whole)
        case (nil, "score_class"): return scoreClass(arguments, relation, right, whole)
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
        return filtered(list).map { .count($0, relation, value) }
    }

    /// The members that a list names: all, or those of `members.filter(m, …)`.
    private mutating func filtered(_ list: Syntax) -> RuleCondition? {
        switch list {
        case .name("members", _) where member == nil: return .constant(true)
        case .call(.name("members", _)?, "filter", let arguments, _): return overMembers(arguments, list)
        default:
            return refuse(list, "unsupported", "this takes members, or members.filter(m, …), and nothing else.")
        }
    }

    private static func both(_ outer: RuleCondition, _ inner: RuleCondition) -> RuleCondition {
        outer == .constant(true) ? inner : .all([outer, inner])
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

    /// The attribute of a member that is folded, as in `(m, m.age)`.
    private mutating func folded(
        _ arguments: [Syntax], _ whole: Syntax
    ) -> (attribute: RuleCondition.Attribute, shape: RuleSchema.Attribute)? {
        guard member == nil, arguments.count == 2, case .name(let name, _) = arguments[0] else {
            _ = refuse(
                whole, "arguments", "two things are needed: a name for the member and an attribute, as in (m, m.age).")
            return nil
        }
        guard let name = memberName(name, arguments[0]) else { return nil }
        member = name
        defer { member = nil }
        return attribute(arguments[1])
    }

    private mutating func memberName(_ name: String, _ syntax: Syntax) -> String? {
        guard name != "household", name != "members" else {
            _ = refuse(syntax, "scope", "“\(name)” has its meaning already; give the member another name.")
            return nil
        }
        return name
    }

    /// Greatest and least become questions after single members: the greatest is at least v when one member reaches v.
    private mutating func extreme(
        _ list: Syntax, _ arguments: [Syntax], isMost: Bool, _ relation: RuleCondition.Relation, _ right: Syntax,
        _ whole: Syntax
    ) -> RuleCondition? {
        guard let outer = filtered(list), let (attribute, shape) = folded(arguments, whole) else { return nil }
        guard shape.kind == .number || shape.kind == .date else {
            return refuse(
                arguments[1], "type", "\(attribute.name) is \(shape.kind.words) and has no greatest or least.")
        }
        guard let value = value(right, for: shape, attribute.name) else { return nil }
        func some(_ relation: RuleCondition.Relation) -> RuleCondition {
            .someMember(Self.both(outer, .compare(attribute, relation, value)))
        }
        let known: RuleCondition = .someMember(Self.both(outer, .not(.missing(attribute))))
        let (beyond, reaching): (RuleCondition.Relation, RuleCondition.Relation) = isMost ? (.gt, .ge) : (.lt, .le)
        switch relation {
        case beyond, reaching: return some(relation)
        case .eq: return .all([some(.eq), .not(some(beyond))])
        case .ne: return .all([known, .not(.all([some(.eq), .not(some(beyond))]))])
        case .le, .ge: return .all([known, .not(some(beyond))])
        case .lt, .gt: return .all([known, .not(some(reaching))])
        }
    }

    private mutating func total(
        _ list: Syntax, _ arguments: [Syntax], isAverage: Bool, _ relation: RuleCondition.Relation, _ right: Syntax,
        _ whole: Syntax
    ) -> RuleCondition? {
        guard let outer = filtered(list), let (attribute, shape) = folded(arguments, whole) else { return nil }
        guard shape.kind == .number else {
            return refuse(
                arguments[1], "type",
                "\(attribute.name) is \(shape.kind.words); only numbers have a sum and an average.")
        }
        guard let value = number(right) else { return nil }
        return .total(attribute, isAverage: isAverage, outer, relation, value)
    }

    // MARK: Scores

    private mutating func formula(_ arguments: [Syntax], _ whole: Syntax) -> String? {
        guard member == nil else {
            _ = refuse(whole, "scope", "a household is scored, not a member; move the score outside.")
            return nil
        }
        guard arguments.count == 1, case .text(let code, let position)? = arguments.first else {
            _ = refuse(whole, "arguments", #"score("…") and score_class("…") take the code of a formula."#)
            return nil
        }
        guard schema.formulas[code] != nil else {
            let known = schema.formulas.keys.sorted().joined(separator: ", ")
            _ = refuse(
                .text(code, position), "unknown_formula",
                "“\(code)” is no formula of this registry"
                    + (known.isEmpty ? "; it has none." : "; known are \(known)."))
            return nil
        }
        return code
    }

    private mutating func score(
        _ arguments: [Syntax], _ relation: RuleCondition.Relation, _ right: Syntax, _ whole: Syntax
    ) -> RuleCondition? {
        guard let formula = formula(arguments, whole) else { return nil }
        if case .null = right { return missing(formula, hasClass: false, relation, whole) }
        return number(right).map { .score(formula, relation, $0) }
    }

    private mutating func missing(
        _ formula: String, hasClass: Bool, _ relation: RuleCondition.Relation, _ whole: Syntax
    ) -> RuleCondition? {
        switch relation {
        case .eq: return .not(.scored(formula, hasClass: hasClass))
        case .ne: return .scored(formula, hasClass: hasClass)
        default: return refuse(whole, "type", "null can be compared with == and != only.")
        }
    }

    private mutating func scoreClass(
        _ arguments: [Syntax], _ relation: RuleCondition.Relation, _ right: Syntax, _ whole: Syntax
    ) -> RuleCondition? {
        guard let formula = formula(arguments, whole) else { return nil }
        if case .null = right { return missing(formula, hasClass: true, relation, whole) }
        guard relation == .eq || relation == .ne else {
            return refuse(whole, "type", "a class is a code and has no order; use ==, != or in.")
        }
        guard let code = classCode(right, formula) else { return nil }
        let isOne: RuleCondition = .scoreClass(formula, [code])
        return relation == .eq ? isOne : .all([.scored(formula, hasClass: true), .not(isOne)])
    }

    mutating func scoreClass(_ arguments: [Syntax], isOneOf list: Syntax, _ whole: Syntax) -> RuleCondition? {
        guard let formula = formula(arguments, whole) else { return nil }
        guard case .list(let items, _) = list else {
            return refuse(list, "type", "in needs a list of classes in [ ].")
        }
        let codes = items.compactMap { classCode($0, formula) }
        return codes.count == items.count ? .scoreClass(formula, codes) : nil
    }

    private mutating func classCode(_ syntax: Syntax, _ formula: String) -> String? {
        guard case .text(let code)? = literal(syntax) else {
            _ = refuse(syntax, "type", "the code of a class was expected here, in quotes.")
            return nil
        }
        let known = schema.formulas[formula] ?? []
        guard known.contains(code) else {
            _ = refuse(
                syntax, "unknown_code",
                "“\(code)” is no class of the formula \(formula)"
                    + (known.isEmpty ? ", which has none." : " (\(known.joined(separator: ", ")))."))
            return nil
        }
        return code
    }
}
