import Documents
import Foundation
import Groundwork
import Registry
import Rules

extension QueryInterpreter {
    func score(_ formula: String, _ item: Item) throws(RegistryFault) -> RuleRecord.Score? {
        guard item.subject == .household else { throw refused("score") }
        return cohort.scores[item.uuid]?[formula]
    }

    func total(
        _ field: Field, _ isAverage: Bool, _ inner: RegistryQuery, _ comparison: Comparison, _ number: Decimal,
        _ item: Item
    ) throws(RegistryFault) -> Bool {
        guard case .household(let record) = item else { throw refused("member") }
        var (sum, count) = (Decimal(0), 0)
        for id in cohort.openMembers(of: record.uuid) {
            guard let member = cohort.people[id]?.record, !member.isMerged, try holds(inner, .person(member)),
                case .number(let value)? = try operand(field, .person(member))
            else { continue }
            sum += value
            count += 1
        }
        return count > 0 && comparison.holds(sum, isAverage ? number * Decimal(count) : number)
    }

    func compare(
        _ left: Field, _ comparison: Comparison, _ right: Field, _ item: Item
    ) throws(RegistryFault) -> Bool {
        let (one, other) = (try shape(left, item).comparable, try shape(right, item).comparable)
        guard let one, one == other else {
            throw QueryCompiler.refusal(right.name, "value.type", "The value is of another type than the attribute.")
        }
        guard one.hasOrder || comparison == .eq || comparison == .ne else {
            throw QueryCompiler.refusal(
                left.name, "comparison.unsuited", "This attribute can be compared with eq, ne and in only.")
        }
        switch (try operand(left, item), try operand(right, item)) {
        case (.number(let a)?, .number(let b)?): return comparison.holds(a, b)
        case (.date(let a)?, .date(let b)?): return comparison.holds(a, b)
        case (.flag(let a)?, .flag(let b)?): return (a == b) == (comparison == .eq)
        case (.text(let a)?, .text(let b)?): return comparison.holds(Array(a.utf8), Array(b.utf8))
        default: return false
        }
    }

    /// The value of an attribute as its type wants it; nil when it is missing or of another type.
    private func operand(_ field: Field, _ item: Item) throws(RegistryFault) -> RuleValue? {
        let shape = try shape(field, item)
        return RuleReading(context: context, today: today).value(item, field.name, shape.kind)
    }
}

extension Comparison {
    /// By bytes, as the SQL orders texts.
    func holds(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        switch self {
        case .eq: left == right
        case .ne: left != right
        case .lt: left.lexicographicallyPrecedes(right)
        case .ge: !left.lexicographicallyPrecedes(right)
        case .gt: right.lexicographicallyPrecedes(left)
        case .le: !right.lexicographicallyPrecedes(left)
        }
    }
}
