package import Foundation
package import Groundwork
package import Registry
package import Rules

/// People and households held in memory with all that a query may ask of them.
package struct Cohort: Sendable {
    package struct Participates: Sendable, Equatable {
        package var programme: String
        package var status: String?

        package init(programme: String, status: String?) {
            (self.programme, self.status) = (programme, status)
        }
    }

    package struct Entry<Record: Sendable>: Sendable {
        package var record: Record
        package var contacts: Contacts
        package var participation: [Participates]

        package init(_ record: Record, contacts: Contacts = Contacts(), participation: [Participates] = []) {
            (self.record, self.contacts, self.participation) = (record, contacts, participation)
        }
    }

    package private(set) var people: [UUID: Entry<PersonRecord>] = [:]
    package private(set) var households: [UUID: Entry<HouseholdRecord>] = [:]
    /// Open members by household.
    private var members: [UUID: [UUID]] = [:]
    /// Those who were merged into a subject, directly or through others.
    private var absorbed: [UUID: [UUID]] = [:]
    /// Scores in force by household and code of the formula.
    let scores: [UUID: [String: RuleRecord.Score]]

    /// - Parameter members: open memberships beside those that people's own records name.
    package init(
        people: [Entry<PersonRecord>], households: [Entry<HouseholdRecord>] = [],
        members: [(household: ID<Household>, person: ID<Person>)] = [],
        scores: [UUID: [String: RuleRecord.Score]] = [:]
    ) {
        self.scores = scores
        for entry in people {
            self.people[entry.record.uuid] = entry
            if let home = entry.record.household { add(entry.record.uuid, to: home.rawValue) }
        }
        for entry in households {
            self.households[entry.record.uuid] = entry
            for person in entry.record.members ?? [] {
                if self.people[person.uuid] == nil { self.people[person.uuid] = Entry(person) }
                add(person.uuid, to: entry.record.uuid)
            }
        }
        for (household, person) in members { add(person.rawValue, to: household.rawValue) }
        for id in self.people.keys { note(id, survivor(of: id, .person)) }
        for id in self.households.keys { note(id, survivor(of: id, .household)) }
    }

    private mutating func add(_ person: UUID, to household: UUID) {
        if members[household]?.contains(person) != true { members[household, default: []].append(person) }
    }

    private mutating func note(_ id: UUID, _ survivor: UUID?) {
        if let survivor, survivor != id { absorbed[survivor, default: []].append(id) }
    }

    func openMembers(of household: UUID) -> [UUID] { members[household] ?? [] }

    /// The subject and all that were merged into it.
    func identities(of id: UUID) -> [UUID] { [id] + (absorbed[id] ?? []) }

    /// Who answers for the subject: itself, or who it was merged into; nil when unknown.
    func survivor(of id: UUID, _ subject: SubjectKind) -> UUID? {
        var current = id
        for _ in 0...QueryCompiler.longestChain {
            let next: UUID?
            switch subject {
            case .person:
                guard let record = people[current]?.record else { return nil }
                next = record.mergedInto?.rawValue
            case .household:
                guard let record = households[current]?.record else { return nil }
                next = record.mergedInto?.rawValue
            }
            guard let next else { return current }
            current = next
        }
        return nil
    }
}
