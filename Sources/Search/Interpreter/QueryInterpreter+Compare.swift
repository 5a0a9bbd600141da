import Documents
import Foundation
import Groundwork
import Registry

extension QueryInterpreter {
    func shape(_ field: Field, _ item: Item) throws(RegistryFault) -> FieldShape {
        guard field.subject == item.subject else { throw refused(field.name) }
        guard let shape = FieldShape.of(field, context.dictionary) else {
            throw QueryCompiler.refusal(
                field.name, "attribute.unknown",
                "No such attribute of a \(item.subject.rawValue) can be searched.")
        }
        return shape
    }

    func isMissing(_ field: Field, _ item: Item) throws(RegistryFault) -> Bool {
        switch try shape(field, item).kind {
        case .area: return item.area == nil
        case .age, .birthYear: return item.value("birth_date") == nil
        case .set:
            guard let value = item.value(field.name), !value.isNull else { return true }
            return value.array?.isEmpty ?? false
        default: return item.value(field.name)?.isNull ?? true
        }
    }

    func compare(
        _ field: Field, _ comparison: Comparison, _ value: Value, _ item: Item
    ) throws(RegistryFault) -> Bool {
        let shape = try shape(field, item)
        let held = item.value(field.name)
        switch (shape.kind, value) {
        case (.text, .text(let text)):
            return held?.string.map { ordered(comparison, $0, text) } ?? false
        case (.code(let list), .text(let code)):
            guard let own = held?.string else { return false }
            if comparison == .eq || comparison == .ne { return same(own, code) == (comparison == .eq) }
            let levels = list.flatMap { context.dictionary.lists[$0] }?.levels
            guard let levels, let level = levels[code] else { throw unsuited(field) }
            return levels[own].map { comparison.holds($0, level) } ?? false
        case (.set, .text(let text)):
            guard comparison == .eq || comparison == .ne else { throw unsuited(field) }
            guard let items = held?.array, !items.isEmpty else { return false }
            return items.contains { $0.string.map { same($0, text) } ?? false } == (comparison == .eq)
        case (.date, .date(let day)):
            return held?.string.map { ordered(comparison, $0, day.description) } ?? false
        case (.birthDate, .date(let day)):
            return birth(item).map { comparison.holds($0, day) } ?? false
        case (.age, .number(let number)):
            return birth(item).map { comparison.holds(Decimal($0.completedYears(on: today)), number) } ?? false
        case (.birthYear, .number(let number)):
            return birth(item).map { comparison.holds(Decimal($0.year), number) } ?? false
        case (.integer, .number(let number)), (.decimal, .number(let number)):
            return held?.number.map { compare($0, comparison, JSONNumber(number)) } ?? false
        case (.boolean, .boolean(let truth)):
            guard comparison == .eq || comparison == .ne else { throw unsuited(field) }
            return held?.bool.map { ($0 == truth) == (comparison == .eq) } ?? false
        case (.instant, .instant(let instant)):
            return held?.int.map { comparison.holds($0, instant.microseconds) } ?? false
        case (.instant, .date(let day)):
            return held?.int.map { onDay($0, comparison, day) } ?? false
        case (.id, .text(let text)): return try isSubject(field, comparison, text, held, item)
        case (.socialID, .text(let text)):
            let isOne = cohort.identities(of: item.uuid).contains { id in
                let number =
                    item.subject == .person
                    ? cohort.people[id]?.record.socialID : cohort.households[id]?.record.socialID
                return number.map { same($0, text) } ?? false
            }
            return try decided(isOne, comparison, field)
        case (.area, .text(let reference)):
            guard let area = context.areas.index.area(reference) else {
                throw QueryCompiler.refusal(
                    field.name, "area.unknown", "No area has this code; look it up under /api/v1/areas.")
            }
            guard let order = item.area?.preorder else { return false }
            return try decided(area.range.contains(order), comparison, field)
        default:
            throw QueryCompiler.refusal(
                field.name, "value.type", "The value is of another type than the attribute.")
        }
    }

    private func birth(_ item: Item) -> CalendarDate? {
        PartialDate(claim: item.value("birth_date"))?.date
    }

    private func isSubject(
        _ field: Field, _ comparison: Comparison, _ text: String, _ held: JSON?, _ item: Item
    ) throws(RegistryFault) -> Bool {
        guard let wanted = ID<Person>(text)?.rawValue else {
            throw QueryCompiler.refusal(field.name, "type.id", "An id of 36 characters is expected.")
        }
        guard let own = held?.string.flatMap({ ID<Person>($0) })?.rawValue else { return false }
        let kind: SubjectKind =
            switch field.name {
            case "household_id": .household
            case "head_id": .person
            default: item.subject
            }
        return try decided(cohort.survivor(of: wanted, kind) == own, comparison, field)
    }

    private func decided(_ isEqual: Bool, _ comparison: Comparison, _ field: Field) throws(RegistryFault) -> Bool {
        switch comparison {
        case .eq: return isEqual
        case .ne: return !isEqual
        default: throw unsuited(field)
        }
    }

    private func unsuited(_ field: Field) -> RegistryFault {
        QueryCompiler.refusal(
            field.name, "comparison.unsuited", "This attribute can be compared with eq, ne and in only.")
    }

    /// By bytes, as the SQL orders texts.
    private func ordered(_ comparison: Comparison, _ left: String, _ right: String) -> Bool {
        switch comparison {
        case .eq: same(left, right)
        case .ne: !same(left, right)
        case .lt: left.utf8.lexicographicallyPrecedes(right.utf8)
        case .ge: !left.utf8.lexicographicallyPrecedes(right.utf8)
        case .gt: right.utf8.lexicographicallyPrecedes(left.utf8)
        case .le: !right.utf8.lexicographicallyPrecedes(left.utf8)
        }
    }

    private func compare(_ left: JSONNumber, _ comparison: Comparison, _ right: JSONNumber) -> Bool {
        switch comparison {
        case .eq: left == right
        case .ne: left != right
        case .lt: left < right
        case .ge: !(left < right)
        case .gt: right < left
        case .le: !(right < left)
        }
    }

    private func onDay(_ instant: Int, _ comparison: Comparison, _ day: CalendarDate) -> Bool {
        let start = day.startUTC.microseconds
        let end = day.adding(days: 1).startUTC.microseconds
        return switch comparison {
        case .lt: instant < start
        case .le: instant < end
        case .gt: instant >= end
        case .ge: instant >= start
        case .eq: instant >= start && instant < end
        case .ne: instant < start || instant >= end
        }
    }
}
