import Foundation
import Groundwork

/// Runs a rule as it is written over one household in memory.
///
/// It knows nothing of the checker's work, so that a mistake there shows when both are compared. A rule that was checked never
/// meets a type that does not fit; what would be one counts as false.
struct RuleInterpreter {
    let household: RuleRecord
    private var members: [String: RuleRecord.Member] = [:]

    init(_ household: RuleRecord) {
        self.household = household
    }

    private func binding(_ name: String, to member: RuleRecord.Member) -> RuleInterpreter {
        var copy = self
        copy.members[name] = member
        return copy
    }

    func holds(_ syntax: Syntax) -> Bool {
        switch syntax {
        case .bool(let value, _): return value
        case .not(let inner, _): return !holds(inner)
        case .binary("&&", _, _, _): return syntax.chain(of: "&&").allSatisfy(holds)
        case .binary("||", _, _, _): return syntax.chain(of: "||").contains(where: holds)
        case .binary("in", let left, let right, _): return isAmong(left, right)
        case .binary(let word, let left, let right, _): return compare(left, word, right)
        case .name, .field: return value(syntax) == .flag(true)
        case .call(let target, let name, let arguments, _): return call(target, name, arguments)
        case .null, .number, .text, .list, .negative, .choice, .index: return false
        }
    }

    private func compare(_ left: Syntax, _ word: String, _ right: Syntax) -> Bool {
        if case .null = left { return compare(right, word, left) }
        if case .null = right { return word == "==" ? value(left) == nil : value(left) != nil }
        if Self.isAverage(right) { return average(right, left).map { holds($0.1, word, $0.0) } ?? false }
        if Self.isAverage(left) { return average(left, right).map { holds($0.0, word, $0.1) } ?? false }
        guard let a = value(left), let b = value(right) else { return false }
        return holds(a, word, b)
    }

    private func holds(_ a: RuleValue, _ word: String, _ b: RuleValue) -> Bool {
        guard a != .unreadable, b != .unreadable else { return false }
        guard let order = Self.order(a, b) else { return word == "!=" ? a != b : word == "==" && a == b }
        switch word {
        case "==": return order == .orderedSame
        case "!=": return order != .orderedSame
        case "<": return order == .orderedAscending
        case "<=": return order != .orderedDescending
        case ">": return order == .orderedDescending
        case ">=": return order != .orderedAscending
        default: return false
        }
    }

    private static func order(_ left: RuleValue, _ right: RuleValue) -> ComparisonResult? {
        switch (left, right) {
        case (.number(let a), .number(let b)): a < b ? .orderedAscending : a == b ? .orderedSame : .orderedDescending
        case (.date(let a), .date(let b)): a < b ? .orderedAscending : a == b ? .orderedSame : .orderedDescending
        case (.text(let a), .text(let b)): order(a, b)
        default: nil
        }
    }

    /// Texts are ordered by their bytes, as the database does.
    private static func order(_ left: String, _ right: String) -> ComparisonResult {
        if left.utf8.elementsEqual(right.utf8) { return .orderedSame }
        return left.utf8.lexicographicallyPrecedes(right.utf8) ? .orderedAscending : .orderedDescending
    }

    private func isAmong(_ left: Syntax, _ right: Syntax) -> Bool {
        guard let wanted = value(left) else { return false }
        if case .list(let items, _) = right {
            return items.contains { item in value(item).map { Self.isSame(wanted, $0) } ?? false }
        }
        guard case .codes(let codes)? = value(right), case .text(let code) = wanted else { return false }
        return codes.contains { Self.order($0, code) == .orderedSame }
    }

    private static func isSame(_ left: RuleValue, _ right: RuleValue) -> Bool {
        order(left, right).map { $0 == .orderedSame } ?? (left == right)
    }

    /// Nil for what is missing.
    private func value(_ syntax: Syntax) -> RuleValue? {
        switch syntax {
        case .number(let value, _): return .number(value)
        case .text(let text, _): return .text(text)
        case .bool(let value, _): return .flag(value)
        case .negative(let inner, _):
            guard case .number(let value)? = value(inner) else { return nil }
            return .number(-value)
        case .name(let name, _): return household.values[name]
        case .field(.name(let owner, _), let name, _):
            return owner == "household" ? household.values[name] : members[owner]?.values[name]
        case .call(let target, let name, let arguments, _): return computed(target, name, arguments)
        case .null, .list, .field, .not, .binary, .choice, .index: return nil
        }
    }

    private func computed(_ target: Syntax?, _ name: String, _ arguments: [Syntax]) -> RuleValue? {
        switch (target, name) {
        case (nil, "date"):
            guard case .text(let text, _)? = arguments.first else { return nil }
            return CalendarDate(text).map { .date($0) }
        case (nil, "age_on"):
            guard arguments.count == 2, case .date(let birth)? = value(arguments[0]),
                case .date(let day)? = value(arguments[1])
            else { return nil }
            let hasBirthday = (day.month, day.day) >= (birth.month, birth.day)
            // Whoever is born later has lived no year yet.
            return .number(Decimal(max(0, day.year - birth.year - (hasBirthday ? 0 : 1))))
        case (nil, "size"): return arguments.first.flatMap(rows).map { .number(Decimal($0.count)) }
        case (let list?, "size"): return rows(list).map { .number(Decimal($0.count)) }
        case (let list?, "count"):
            let those = rows(list) ?? []
            guard arguments.count == 2, case .name(let member, _) = arguments[0] else { return nil }
            return .number(Decimal(those.count { binding(member, to: $0).holds(arguments[1]) }))
        case (let list?, "min"), (let list?, "max"):
            let ordered = folded(list, arguments).sorted { Self.order($0, $1) == .orderedAscending }
            return name == "min" ? ordered.first : ordered.last
        case (let list?, "sum"):
            let numbers = numbers(list, arguments)
            return numbers.isEmpty ? nil : .number(numbers.reduce(0, +))
        case (nil, "score"): return score(arguments).map { .number($0.value) }
        case (nil, "score_class"): return score(arguments)?.classCode.map { .text($0) }
        default: return .flag(call(target, name, arguments))
        }
    }

    private func score(_ arguments: [Syntax]) -> RuleRecord.Score? {
        guard case .text(let formula, _)? = arguments.first else { return nil }
        return household.scores[formula]
    }

    /// What the members of a list answered, without those of whom it is missing.
    private func folded(_ list: Syntax, _ arguments: [Syntax]) -> [RuleValue] {
        guard arguments.count == 2, case .name(let member, _) = arguments[0] else { return [] }
        return (rows(list) ?? []).compactMap { binding(member, to: $0).value(arguments[1]) }
    }

    private func numbers(_ list: Syntax, _ arguments: [Syntax]) -> [Decimal] {
        folded(list, arguments).compactMap {
            if case .number(let number) = $0 { return number }
            return nil
        }
    }

    /// An average is compared by its sum, so that nothing is divided.
    private func average(_ syntax: Syntax, _ other: Syntax) -> (RuleValue, RuleValue)? {
        guard case .call(let list?, "average", let arguments, _) = syntax, case .number(let wanted)? = value(other)
        else { return nil }
        let numbers = numbers(list, arguments)
        guard !numbers.isEmpty else { return nil }
        return (.number(numbers.reduce(0, +)), .number(wanted * Decimal(numbers.count)))
    }

    private static func isAverage(_ syntax: Syntax) -> Bool {
        if case .call(_?, "average", _, _) = syntax { return true }
        return false
    }

    private func rows(_ syntax: Syntax) -> [RuleRecord.Member]? {
        switch syntax {
        case .name("members", _): household.members
        case .call(.name("members", _)?, "filter", let arguments, _): fitting(arguments)
        default: nil
        }
    }

    private func fitting(_ arguments: [Syntax]) -> [RuleRecord.Member] {
        guard arguments.count == 2, case .name(let name, _) = arguments[0] else { return [] }
        return household.members.filter { binding(name, to: $0).holds(arguments[1]) }
    }

    private func call(_ target: Syntax?, _ name: String, _ arguments: [Syntax]) -> Bool {
        switch (target, name) {
        case (nil, "has"): return arguments.first.flatMap(value) != nil
        case (nil, "in_area"):
            var places = arguments
            if case .list(let items, _)? = arguments.first { places = items }
            return places.contains { place in
                if case .text(let code, _) = place { return household.areas.contains(code) }
                return false
            }
        case (nil, "enrolled"): return isEnrolled(household.enrolments, arguments)
        case (.name(let owner, _)?, "enrolled"): return isEnrolled(members[owner]?.enrolments ?? [], arguments)
        case (_?, "exists"): return !fitting(arguments).isEmpty
        case (_?, "all"): return fitting(arguments).count == household.members.count
        case (_?, "exists_one"): return fitting(arguments).count == 1
        default: return false
        }
    }

    private func isEnrolled(_ enrolments: [RuleRecord.Enrolment], _ arguments: [Syntax]) -> Bool {
        let texts = arguments.compactMap { part -> String? in
            if case .text(let text, _) = part { return text }
            return nil
        }
        guard let programme = texts.first else { return false }
        return enrolments.contains { $0.programme == programme && (texts.count < 2 || $0.status == texts[1]) }
    }
}
