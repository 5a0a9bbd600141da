import Documents
package import Foundation
package import Groundwork
package import Registry
package import Rules

extension Cohort {
    /// A household with its open members as rules see them; nil when it is merged or unknown.
    ///
    /// - Parameter today: the day on which ages are told.
    package func ruleRecord(
        of id: UUID, _ context: RegistryContext, today: CalendarDate
    ) -> RuleRecord? {
        guard let entry = households[id], !entry.record.isMerged else { return nil }
        let reading = RuleReading(context: context, today: today)
        var members: [RuleRecord.Member] = []
        for person in openMembers(of: id) {
            guard let member = people[person], !member.record.isMerged else { continue }
            members.append(
                RuleRecord.Member(
                    values: reading.values(.person(member.record)), enrolments: Self.enrolments(member.participation)))
        }
        return RuleRecord(
            values: reading.values(.household(entry.record)), members: members,
            enrolments: Self.enrolments(entry.participation), areas: reading.areas(entry.record.area),
            scores: scores[id] ?? [:])
    }

    private static func enrolments(_ list: [Participates]) -> [RuleRecord.Enrolment] {
        list.map { RuleRecord.Enrolment(programme: $0.programme, status: $0.status) }
    }
}

/// Reads the values of a record as the types of the dictionary want them.
struct RuleReading {
    let context: RegistryContext
    let today: CalendarDate

    func values(_ item: Item) -> [String: RuleValue] {
        var result: [String: RuleValue] = [:]
        for name in (context.dictionary.attributes[item.subject] ?? [:]).keys {
            guard let shape = FieldShape.of(Field(item.subject, name), context.dictionary) else { continue }
            result[name] = value(item, name, shape.kind)
        }
        return result
    }

    func value(_ item: Item, _ name: String, _ kind: FieldShape.Kind) -> RuleValue? {
        switch kind {
        case .age: return birth(item).map { .number(Decimal(max(0, age($0)))) }
        case .birthYear: return birth(item).map { .number(Decimal($0.year)) }
        case .birthDate: return birth(item).map { .date($0) }
        case .instant, .id, .area, .socialID: return nil
        default: break
        }
        guard let json = item.value(name), !json.isNull else { return nil }
        let read: RuleValue? =
            switch kind {
            case .text, .code: json.string.map { .text($0) }
            case .set: json.array.map { .codes($0.compactMap(\.string)) }
            case .date: json.string.flatMap { CalendarDate($0) }.map { .date($0) }
            case .integer, .decimal: json.decimal.map { .number($0) }
            case .boolean: json.bool.map { .flag($0) }
            case .age, .birthYear, .birthDate, .instant, .id, .area, .socialID: nil
            }
        // An empty list says nothing, as an absent one.
        if case .set = kind, json.array?.isEmpty == true { return nil }
        return read ?? .unreadable
    }

    private func birth(_ item: Item) -> CalendarDate? {
        item.value("birth_date")?["date"]?.string.flatMap { CalendarDate($0) }
    }

    private func age(_ birth: CalendarDate) -> Int {
        let hasBirthday = (today.month, today.day) >= (birth.month, birth.day)
        return today.year - birth.year - (hasBirthday ? 0 : 1)
    }

    func areas(_ area: Area?) -> Set<String> {
        guard let area else { return [] }
        let index = context.areas.index
        let path = index.path(to: area)
        let sets = index.sets.filter { $0.value.contains { $0.contains(area.preorder) } }.map(\.key)
        return Set(path.map(\.code) + path.map(\.reference) + sets)
    }
}
