import Foundation
import Groundwork
package import Registry
package import Rules

/// Turns a checked rule into the query tree, and so into one statement with bound values.
package struct RuleCompiler {
    let context: RegistryContext
    /// Formulas that a rule may name, each with the codes of its classes.
    package let formulas: [String: [String]]

    package init(context: RegistryContext, formulas: [String: [String]] = [:]) {
        (self.context, self.formulas) = (context, formulas)
    }

    /// The attributes that a rule may name, from the profile's dictionary.
    package var schema: RuleSchema {
        RuleSchema(household: attributes(.household), member: attributes(.person), formulas: formulas)
    }

    private func attributes(_ subject: SubjectKind) -> [String: RuleSchema.Attribute] {
        var result: [String: RuleSchema.Attribute] = [:]
        for name in (context.dictionary.attributes[subject] ?? [:]).keys {
            guard let shape = FieldShape.of(Field(subject, name), context.dictionary), let kind = kind(shape.kind)
            else {
                continue
            }
            result[name] = RuleSchema.Attribute(kind, canBeMissing: !["size", "status", "observed_on"].contains(name))
        }
        return result
    }

    private func kind(_ kind: FieldShape.Kind) -> RuleSchema.Kind? {
        func codes(_ list: String?) -> [String]? { list.flatMap { context.dictionary.lists[$0]?.codes.map(\.code) } }
        switch kind {
        case .text: return .text
        case .code(let list): return .code(codes(list))
        case .set(let list): return .codes(codes(list))
        case .date, .birthDate: return .date
        case .age, .birthYear, .integer, .decimal: return .number
        case .boolean: return .flag
        case .instant, .id, .area, .socialID: return nil
        }
    }

    /// The query of the rule over households.
    ///
    /// - Throws: with the place, for an area that is not known.
    package func query(_ rule: Rule) throws(RuleFault) -> RegistryQuery {
        try query(rule.condition)
    }

    private func query(_ condition: RuleCondition) throws(RuleFault) -> RegistryQuery {
        switch condition {
        case .constant(let value): return value ? .everything : .nothing
        case .all(let parts): return .and(try queries(parts))
        case .any(let parts): return .or(try queries(parts))
        case .not(let inner): return .not(try query(inner))
        case .compare(let attribute, let relation, let value):
            return .compare(field(attribute), relation.comparison, value.operand)
        case .oneOf(let attribute, let values): return .oneOf(field(attribute), values.map(\.operand))
        case .missing(let attribute): return .isMissing(field(attribute))
        case .ageOn(let attribute, let day, let relation, let years): return age(attribute, day, relation, years)
        case .count(let inner, let relation, let number):
            return .memberCount(try query(inner), relation.comparison, number)
        case .someMember(let inner): return .member(try query(inner))
        case .compareAttributes(let left, let relation, let right):
            return .compareFields(field(left), relation.comparison, field(right))
        case .total(let attribute, let isAverage, let inner, let relation, let number):
            return .memberTotal(field(attribute), isAverage: isAverage, try query(inner), relation.comparison, number)
        case .score(let formula, let relation, let number):
            return .score(formula: formula, relation.comparison, number)
        case .scoreClass(let formula, let codes): return .scoreClass(formula: formula, codes)
        case .scored(let formula, let hasClass): return .scored(formula: formula, hasClass: hasClass)
        case .inArea(let code, let position): return .within(try ranges(code, position))
        case .enrolled(_, let programme, let status): return .participates(programme: programme, status: status)
        }
    }

    private func queries(_ parts: [RuleCondition]) throws(RuleFault) -> [RegistryQuery] {
        var result: [RegistryQuery] = []
        for part in parts { result.append(try query(part)) }
        return result
    }

    private func field(_ attribute: RuleCondition.Attribute) -> Field {
        Field(attribute.ofMember ? .person : .household, attribute.name)
    }

    private func ranges(_ code: String, _ position: RulePosition) throws(RuleFault) -> [ClosedRange<Int>] {
        if let set = context.areas.index.sets[code] { return set }
        guard let area = context.areas.index.area(code) else {
            throw RuleFault([
                RuleFinding(
                    position, "unknown_area",
                    "“\(code)” is no area and no area set; kith areas and the profile name them.")
            ])
        }
        return [area.range]
    }

    /// Completed years on a day are days of birth within bounds.
    private func age(
        _ attribute: RuleCondition.Attribute, _ day: CalendarDate, _ relation: RuleCondition.Relation, _ years: Decimal
    ) -> RegistryQuery {
        let field = field(attribute)
        let isKnown = RegistryQuery.not(.isMissing(field))
        guard let births = Bounds(relation.comparison, years)?.births(on: day) else {
            return relation == .ne ? isKnown : .nothing
        }
        var parts = [isKnown]
        if let low = CalendarDate(daysSince1970: births.low) { parts.append(.compare(field, .ge, .date(low))) }
        if let high = CalendarDate(daysSince1970: births.high) { parts.append(.compare(field, .le, .date(high))) }
        return relation == .ne ? .and([isKnown, .not(.and(parts))]) : .and(parts)
    }
}

extension RuleCondition.Relation {
    var comparison: Comparison {
        switch self {
        case .eq: .eq
        case .ne: .ne
        case .lt: .lt
        case .le: .le
        case .gt: .gt
        case .ge: .ge
        }
    }
}

extension RuleValue {
    var operand: Value {
        switch self {
        case .number(let value): .number(value)
        case .text(let text): .text(text)
        case .codes(let codes): .text(codes.first ?? "")
        case .flag(let value): .boolean(value)
        case .date(let day): .date(day)
        case .unreadable: .text("")
        }
    }
}
