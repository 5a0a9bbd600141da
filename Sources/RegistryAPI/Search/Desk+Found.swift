import Groundwork
import Registry
import Search
import Web

extension Desk {
    /// The person named, or the survivor of one that was merged; nil when there is none.
    func person(naming reference: SubjectReference, _ call: Call) async throws -> PersonAnswer? {
        let request = single(reference, .person, members: false)
        let page = try await searcher.people(request, from: database, as: call.mandate(.search))
        return try page.records.first.map { try PersonAnswer($0, context) }
    }

    /// The household named, or the survivor of one that was merged; nil when there is none.
    func household(
        naming reference: SubjectReference, members: Bool, _ call: Call
    ) async throws -> HouseholdAnswer? {
        let request = single(reference, .household, members: members)
        let page = try await searcher.households(request, from: database, as: call.mandate(.search))
        return try page.records.first.map { try HouseholdAnswer($0, context) }
    }

    private func single(_ reference: SubjectReference, _ kind: SubjectKind, members: Bool) -> RegistryRequest {
        let filter: RegistryQuery
        switch reference {
        case .id(let id): filter = .subjects([id.rawValue])
        case .socialID(let digits): filter = .identifier(type: ownType, value: digits)
        }
        return RegistryRequest(
            subject: kind, filter: filter, page: .after(cursor: nil, limit: 1), withMembers: members,
            today: today)
    }

    /// A type of identifier that the registry itself gives out: it means the social id of either subject.
    private var ownType: String? {
        context.dictionary.identifierTypes.values.filter(\.isOwn).map(\.code).min()
    }
}

extension PersonAnswer {
    /// The current row.
    init(_ record: PersonRecord, _ context: RegistryContext) throws {
        self.init(
            head: SubjectHead(
                id: record.id.description, version: record.version, status: record.status.rawValue,
                socialID: record.socialID, values: record.values, contacts: try record.contacts(context.keys),
                area: record.area, mergedInto: record.mergedInto?.description, observedOn: record.observedOn,
                dueOn: record.dueOn, registeredAt: record.registeredAt, updatedAt: record.updatedAt),
            household: record.household, role: record.role?.rawValue, relationship: record.relationship,
            recipient: record.recipient?.rawValue)
    }
}

extension HouseholdAnswer {
    /// The current row, with its members where they were read.
    init(_ record: HouseholdRecord, _ context: RegistryContext) throws {
        let members = try record.members?.map { person in
            Member(
                person: try PersonAnswer(person, context), role: person.role?.rawValue,
                relationship: person.relationship, recipient: person.recipient?.rawValue, from: person.memberSince)
        }
        self.init(
            head: SubjectHead(
                id: record.id.description, version: record.version, status: record.status.rawValue,
                socialID: record.socialID, values: record.values, contacts: try record.contacts(context.keys),
                area: record.area, mergedInto: record.mergedInto?.description, observedOn: record.observedOn,
                dueOn: record.dueOn, registeredAt: record.registeredAt, updatedAt: record.updatedAt),
            kind: record.kind, headPerson: record.head, size: record.size, members: members)
    }
}
