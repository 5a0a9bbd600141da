import Foundation
package import Groundwork
import Linkage
package import Registry
import Documents
import Rules

/// Evaluates a query tree over records in memory, with the meaning that the SQL has.
package struct QueryInterpreter: Sendable {
    let context: RegistryContext
    let cohort: Cohort
    let today: CalendarDate

    /// - Parameter today: the day on which ages are told.
    package init(context: RegistryContext, cohort: Cohort, today: CalendarDate) {
        (self.context, self.cohort, self.today) = (context, cohort, today)
    }

    /// Whether the person fits; a merged or unknown one never does.
    /// - Throws: `.invalid` where the SQL would be refused.
    package func fits(_ query: RegistryQuery, person id: ID<Person>) throws(RegistryFault) -> Bool {
        guard let entry = cohort.people[id.rawValue], entry.record.status != .merged else { return false }
        return try holds(query, .person(entry.record))
    }

    /// Whether the household fits; a merged or unknown one never does.
    /// - Throws: `.invalid` where the SQL would be refused.
    package func fits(_ query: RegistryQuery, household id: ID<Household>) throws(RegistryFault) -> Bool {
        guard let entry = cohort.households[id.rawValue], entry.record.status != .merged else { return false }
        return try holds(query, .household(entry.record))
    }

    func holds(_ query: RegistryQuery, _ item: Item) throws(RegistryFault) -> Bool {
        switch query {
        case .everything: return true
        case .nothing: return false
        case .and(let parts):
            for part in parts where try !holds(part, item) { return false }
            return true
        case .or(let parts):
            for part in parts where try holds(part, item) { return true }
            return false
        case .not(let inner): return try !holds(inner, item)
        case .compare(let field, let comparison, let value): return try compare(field, comparison, value, item)
        case .oneOf(let field, let values):
            for value in values where try compare(field, .eq, value, item) { return true }
            return false
        case .isMissing(let field): return try isMissing(field, item)
        case .identifier(let type, let value): return try isIdentified(type, value, item)
        case .name(let text):
            guard case .person(let record) = item else { throw refused("name") }
            let wanted = Set(context.names.query(text).strong)
            return PersonRow.nameKeys(record.values, context: context).contains { wanted.contains($0) }
        case .within(let ranges):
            guard let order = item.area?.preorder else { return false }
            return ranges.contains { $0.contains(order) }
        case .member(let inner):
            guard case .household(let record) = item else { throw refused("member") }
            for id in cohort.openMembers(of: record.uuid) {
                guard let member = cohort.people[id]?.record, !member.isMerged else { continue }
                if try holds(inner, .person(member)) { return true }
            }
            return false
        case .memberCount(let inner, let comparison, let number):
            guard case .household(let record) = item else { throw refused("member") }
            var count = 0
            for id in cohort.openMembers(of: record.uuid) {
                guard let member = cohort.people[id]?.record, !member.isMerged else { continue }
                if try holds(inner, .person(member)) { count += 1 }
            }
            return comparison.holds(Decimal(count), number)
        case .compareFields(let left, let comparison, let right): return try compare(left, comparison, right, item)
        case .memberTotal(let field, let isAverage, let inner, let comparison, let number):
            return try total(field, isAverage, inner, comparison, number, item)
        case .score(let formula, let comparison, let number):
            return try score(formula, item).map { comparison.holds($0.value, number) } ?? false
        case .scoreClass(let formula, let codes):
            return try score(formula, item)?.classCode.map { code in codes.contains { same($0, code) } } ?? false
        case .scored(let formula, let hasClass):
            return try score(formula, item).map { !hasClass || $0.classCode != nil } ?? false
        case .household(let inner):
            guard case .person(let record) = item else { throw refused("household") }
            guard let home = record.household.flatMap({ cohort.households[$0.rawValue]?.record }), !home.isMerged
            else { return false }
            return try holds(inner, .household(home))
        case .participates(let programme, let status):
            return participation(of: item).contains {
                same($0.programme, programme) && (status == nil || same($0.status ?? "", status ?? ""))
            }
        case .subjects(let ids):
            return ids.contains { cohort.survivor(of: $0, item.subject) == item.uuid }
        }
    }

    private func participation(of item: Item) -> [Cohort.Participates] {
        switch item {
        case .person(let record): cohort.people[record.uuid]?.participation ?? []
        case .household(let record): cohort.households[record.uuid]?.participation ?? []
        }
    }

    private func isIdentified(_ type: String?, _ value: String, _ item: Item) throws(RegistryFault) -> Bool {
        let wanted = try IdentifierLookup(type: type, value: value, context: context)
        for id in cohort.identities(of: item.uuid) {
            let (number, contacts): (String?, Contacts?) =
                switch item.subject {
                case .person: (cohort.people[id]?.record.socialID, cohort.people[id]?.contacts)
                case .household: (cohort.households[id]?.record.socialID, cohort.households[id]?.contacts)
                }
            if let number, wanted.socialIDs.contains(number) { return true }
            var held = contacts?.identifiers ?? []
            for phone in contacts?.phones ?? [] { held.append(Identifier(type: Contacts.phoneType, value: phone)) }
            for one in held
            where wanted.hashes.contains(context.identifierHash(type: one.type, value: one.value)) { return true }
        }
        return false
    }

    func refused(_ field: String) -> RegistryFault {
        QueryCompiler.refusal(
            field, "query.subject", "This condition cannot be asked of the subject searched for.")
    }

    /// Equal bytes, as PostgreSQL compares; Swift alone would take two spellings of one letter as equal.
    func same(_ left: String, _ right: String) -> Bool {
        left.utf8.elementsEqual(right.utf8)
    }
}

/// What a condition is asked of.
enum Item {
    case person(PersonRecord)
    case household(HouseholdRecord)

    var subject: SubjectKind {
        switch self {
        case .person: .person
        case .household: .household
        }
    }

    var uuid: UUID {
        switch self {
        case .person(let record): record.uuid
        case .household(let record): record.uuid
        }
    }

    var area: Area? {
        switch self {
        case .person(let record): record.area
        case .household(let record): record.area
        }
    }

    var values: JSONObject {
        switch self {
        case .person(let record): record.values
        case .household(let record): record.values
        }
    }

    /// The value of an attribute as it stands in the record; nil when missing.
    func value(_ name: String) -> JSON? {
        switch self {
        case .person(let record): Self.value(name, record) ?? values[name]
        case .household(let record): Self.value(name, record) ?? values[name]
        }
    }

    private static func value(_ name: String, _ record: PersonRecord) -> JSON? {
        switch name {
        case "id": .string(record.id.description)
        case "social_id": .string(record.socialID)
        case "status": .string(record.status.rawValue)
        case "household_id": record.household.map { .string($0.description) }
        case "role": record.role.map { .string($0.rawValue) }
        case "relationship": record.relationship.map { .string($0) }
        case "recipient": record.recipient.map { .string($0.rawValue) }
        case "birth_precision": record.values["birth_date"]?["precision"]
        case "observed_on": .string(record.observedOn.description)
        case "due_on": record.dueOn.map { .string($0.description) }
        case "registered_at": .number(JSONNumber(record.registeredAt.microseconds))
        case "updated_at": .number(JSONNumber(record.updatedAt.microseconds))
        default: nil
        }
    }

    private static func value(_ name: String, _ record: HouseholdRecord) -> JSON? {
        switch name {
        case "id": .string(record.id.description)
        case "social_id": .string(record.socialID)
        case "status": .string(record.status.rawValue)
        case "size": .number(JSONNumber(record.size))
        case "head_id": record.head.map { .string($0.description) }
        case "observed_on": .string(record.observedOn.description)
        case "due_on": record.dueOn.map { .string($0.description) }
        case "registered_at": .number(JSONNumber(record.registeredAt.microseconds))
        case "updated_at": .number(JSONNumber(record.updatedAt.microseconds))
        default: nil
        }
    }
}
