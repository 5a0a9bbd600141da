package import Documents
package import Foundation
package import Groundwork

/// A person as stated by somebody, before the registry knows of it.
package struct PersonDraft: Sendable {
    package var claims: JSONObject
    package var contacts: Contacts
    /// The source's own key; made up when the source has none.
    package var sourceKey: String?

    package init(claims: JSONObject, contacts: Contacts = Contacts(), sourceKey: String? = nil) {
        (self.claims, self.contacts, self.sourceKey) = (claims, contacts, sourceKey)
    }
}

/// A member of a household being registered: somebody new or somebody known.
package struct MemberDraft: Sendable {
    package enum Who: Sendable {
        case new(PersonDraft)
        case known(ID<Person>)
    }

    package var who: Who
    package var role: MemberRole
    package var relationship: String?
    package var recipient: Recipient?

    package init(_ who: Who, role: MemberRole = .member, relationship: String? = nil, recipient: Recipient? = nil) {
        (self.who, self.role, self.relationship, self.recipient) = (who, role, relationship, recipient)
    }
}

package struct HouseholdDraft: Sendable {
    /// The most members that a household is registered with.
    package static let mostMembers: Int = 200

    package var claims: JSONObject
    package var contacts: Contacts
    package var members: [MemberDraft]
    package var sourceKey: String?

    package init(
        claims: JSONObject, contacts: Contacts = Contacts(), members: [MemberDraft], sourceKey: String? = nil
    ) {
        (self.claims, self.contacts, self.members, self.sourceKey) = (claims, contacts, members, sourceKey)
    }
}

/// Facts of a birth beside the child's own.
package struct BirthDraft: Sendable {
    package var child: PersonDraft
    package var mother: ID<Person>?
    package var father: ID<Person>?
    package var household: ID<Household>?
    package var relationship: String?
    /// `geography:code` of the place of birth.
    package var place: String?
    package var registration: String?

    package init(
        child: PersonDraft, mother: ID<Person>? = nil, father: ID<Person>? = nil, household: ID<Household>? = nil,
        relationship: String? = nil, place: String? = nil, registration: String? = nil
    ) {
        (self.child, self.mother, self.father, self.household) = (child, mother, father, household)
        (self.relationship, self.place, self.registration) = (relationship, place, registration)
    }
}

package struct UnionDraft: Sendable {
    package var partners: (ID<Person>, ID<Person>)
    package var kind: String
    package var from: CalendarDate
    package var place: String?
    package var registration: String?

    package init(
        _ first: ID<Person>, _ second: ID<Person>, kind: String, from: CalendarDate, place: String? = nil,
        registration: String? = nil
    ) {
        partners = (first, second)
        (self.kind, self.from, self.place, self.registration) = (kind, from, place, registration)
    }
}

/// Everything that can be done to the record; each is one transaction with its events.
package enum Command: Sendable {
    case registerHousehold(HouseholdDraft)
    case registerPerson(PersonDraft)
    case updatePerson(ID<Person>, claims: JSONObject, contacts: Contacts)
    case updateHousehold(ID<Household>, claims: JSONObject, contacts: Contacts)
    case addMember(ID<Household>, MemberDraft)
    case changeMember(
        ID<Household>, ID<Person>, role: MemberRole?, relationship: String?, recipient: Recipient?)
    case memberLeaves(ID<Household>, ID<Person>, reason: String, successor: ID<Person>?)
    case recordBirth(BirthDraft)
    case recordDeath(ID<Person>, successor: ID<Person>?)
    case recordUnion(UnionDraft)
    case endUnion(ID<Person>, ID<Person>, from: CalendarDate, reason: String)
    case transferMember(
        ID<Person>, from: ID<Household>, to: ID<Household>, role: MemberRole, relationship: String?,
        successor: ID<Person>?)
    case moveHousehold(ID<Household>, area: String, address: String?)
    /// The named members found a household of their own; the first is its head.
    case splitHousehold(ID<Household>, members: [ID<Person>], claims: JSONObject, successor: ID<Person>?)
    /// The members of the second become members of the first, which answers for both from then on.
    case mergeHouseholds(survivor: ID<Household>, absorbed: ID<Household>)
    /// The second turns out to be the first, who answers for both from then on.
    ///
    /// - Parameter chosen: values that a reviewer chose by hand; they prevail over all that was stated before, whatever the
    ///   profile's rules say.
    case mergePeople(survivor: ID<Person>, absorbed: ID<Person>, chosen: JSONObject)
    /// Gives a merged person or household back what was stated of it, at any later time.
    case unmerge(Subject)
    case deactivate(Subject, reason: String)
    case reactivate(Subject)
    case recordSurvey(Subject, questionnaire: String, version: Int, answers: JSONObject)
    case reportParticipation(Subject, [Participation])
    case undo(CommandID)

    /// Stable name, as stored with the command.
    package var kind: String {
        switch self {
        case .registerHousehold: "household.register"
        case .registerPerson: "person.register"
        case .updatePerson: "person.update"
        case .updateHousehold: "household.update"
        case .addMember: "member.add"
        case .changeMember: "member.change"
        case .memberLeaves: "member.leave"
        case .recordBirth: "person.birth"
        case .recordDeath: "person.death"
        case .recordUnion: "union.record"
        case .endUnion: "union.end"
        case .transferMember: "member.transfer"
        case .moveHousehold: "household.move"
        case .splitHousehold: "household.split"
        case .mergeHouseholds: "household.merge"
        case .mergePeople: "person.merge"
        case .unmerge(let subject): "\(subject.kind.rawValue).unmerge"
        case .deactivate(let subject, _): "\(subject.kind.rawValue).deactivate"
        case .reactivate(let subject): "\(subject.kind.rawValue).reactivate"
        case .recordSurvey: "survey.record"
        case .reportParticipation: "participation.report"
        case .undo: "command.undo"
        }
    }
}

/// How a command is meant: from when, by whom it was said, against which versions.
package struct CommandTerms: Sendable {
    /// The day from which what is stated holds.
    package var observedOn: CalendarDate
    package var source: String
    package var assurance: Assurance
    /// Versions that the caller saw; another version is a conflict. Subjects not named are not checked.
    package var expected: [Subject: Int]
    package var idempotencyKey: String?
    /// SHA-256 of the request, needed with an idempotency key.
    package var requestHash: [UInt8]?
    /// People whom the sender was told of and holds to be others than those to be registered.
    package var notDuplicates: Set<UUID>

    package init(
        observedOn: CalendarDate, source: String = "desk", assurance: Assurance = .declared,
        expected: [Subject: Int] = [:], idempotencyKey: String? = nil, requestHash: [UInt8]? = nil,
        notDuplicates: Set<UUID> = []
    ) {
        (self.observedOn, self.source, self.assurance) = (observedOn, source, assurance)
        (self.expected, self.idempotencyKey, self.requestHash) = (expected, idempotencyKey, requestHash)
        self.notDuplicates = notDuplicates
    }
}

/// What a command did.
package struct Outcome: Sendable, Equatable {
    package struct Touched: Sendable, Equatable {
        package var subject: Subject
        /// The version after the command; nil when the subject is gone, as after undoing its registration.
        package var version: Int?
    }

    package var command: CommandID
    /// The household, person, survey or proposal that the command was about or made.
    package var main: UUID?
    package var touched: [Touched]
    /// Things worth knowing that did not stop the command, e.g. a second open membership.
    package var findings: [Finding]
    /// True when the same idempotency key had been carried out before.
    package var isRepeat: Bool

    package func version(of subject: Subject) -> Int? {
        touched.first { $0.subject == subject }?.version
    }
}
