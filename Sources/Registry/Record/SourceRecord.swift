package import Documents
package import Foundation
package import Groundwork
import Linkage

/// How sure a source is of what it states.
package enum Assurance: String, Sendable, CaseIterable {
    /// Told at an interview.
    case declared
    /// Read from a document.
    case documentSeen = "document_seen"
    /// Answered by the authority that issued it.
    case verified
    /// Confirmed by a biometric match.
    case biometric

    /// Greater is surer.
    package var rank: Int {
        switch self {
        case .declared: 0
        case .documentSeen: 1
        case .verified: 2
        case .biometric: 3
        }
    }
}

/// One statement about one person or household, as a source made it; never changed once recorded.
package struct SourceRecord: Sendable, Equatable {
    package var id: ID<SourceRecord>
    package var kind: SubjectKind
    /// `desk` for commands and approved corrections, else the import source.
    package var source: String
    package var sourceKey: String
    package var command: CommandID
    package var batch: UUID?
    package var survey: UUID?
    /// The day from which the statement holds.
    package var observedOn: CalendarDate
    package var recordedAt: Date
    package var actor: ActorID
    package var assurance: Assurance
    package var membership: MembershipClaim?
    /// Attribute values: absent means not stated, null means stated as empty.
    package var claims: JSONObject
    package var contacts: Contacts?

    package init(
        id: ID<SourceRecord> = ID(), kind: SubjectKind, source: String, sourceKey: String, command: CommandID,
        batch: UUID? = nil, survey: UUID? = nil, observedOn: CalendarDate, recordedAt: Date, actor: ActorID,
        assurance: Assurance = .declared, membership: MembershipClaim? = nil, claims: JSONObject,
        contacts: Contacts? = nil
    ) {
        (self.id, self.kind, self.source, self.sourceKey) = (id, kind, source, sourceKey)
        (self.command, self.batch, self.survey) = (command, batch, survey)
        (self.observedOn, self.recordedAt, self.actor) = (observedOn, recordedAt, actor)
        (self.assurance, self.membership, self.claims, self.contacts) = (assurance, membership, claims, contacts)
    }
}

extension SourceRecord {
    /// Whether it tells nothing but what a programme reported, so that nobody was seen or asked.
    package var isReport: Bool {
        claims.count == 1 && claims["participation"] != nil && membership == nil && contacts == nil
    }
}

/// What a person's record says about belonging to a household.
package struct MembershipClaim: Sendable, Equatable {
    package enum Operation: String, Sendable {
        /// Becomes a member, or is confirmed as one.
        case join
        /// Role, relationship or recipient rank changes.
        case amend
        /// Is no longer a member.
        case leave
    }

    /// A record of the household; whose household it is follows from that record's link.
    package var household: ID<SourceRecord>
    package var operation: Operation
    /// First day of the membership (join), of the change (amend), or no longer a member (leave).
    package var on: CalendarDate
    package var role: MemberRole?
    /// Code of the list `relationship`.
    package var relationship: String?
    package var recipient: Recipient?
    /// Code of the list `end_reason`.
    package var reason: String?
    package var successor: ID<Person>?

    package init(
        household: ID<SourceRecord>, operation: Operation, on: CalendarDate, role: MemberRole? = nil,
        relationship: String? = nil, recipient: Recipient? = nil, reason: String? = nil,
        successor: ID<Person>? = nil
    ) {
        (self.household, self.operation, self.on) = (household, operation, on)
        (self.role, self.relationship, self.recipient) = (role, relationship, recipient)
        (self.reason, self.successor) = (reason, successor)
    }
}

package enum MemberRole: String, Sendable, CaseIterable { case head, member }

/// Who takes the money: the first recipient, the alternate, or (in a claim) nobody any more.
package enum Recipient: String, Sendable, CaseIterable { case first, alternate, none }

/// Identifiers and phone numbers, which leave memory only sealed.
package struct Contacts: Sendable, Equatable {
    /// As many as matching looks at, so that none that is accepted is passed over.
    package static let mostIdentifiers: Int = MatchRecord.mostIdentifiers
    package static let mostPhones: Int = MatchRecord.mostPhones

    package var identifiers: [Identifier]
    /// E.164; nil when the record says nothing about phones.
    package var phones: [String]?

    package init(identifiers: [Identifier] = [], phones: [String]? = nil) {
        (self.identifiers, self.phones) = (identifiers, phones)
    }

    package var isEmpty: Bool { identifiers.isEmpty && phones == nil }
}

/// One identifier as stated, its value in normal form.
package struct Identifier: Sendable, Equatable {
    /// Code of the list `identifier_type`.
    package var type: String
    package var value: String
    package var issuer: String?
    package var verifiedOn: CalendarDate?
    package var verifiedHow: String?
    package var validFrom: CalendarDate?
    /// A day in the past withdraws the identifier.
    package var validTo: CalendarDate?

    package init(
        type: String, value: String, issuer: String? = nil, verifiedOn: CalendarDate? = nil,
        verifiedHow: String? = nil, validFrom: CalendarDate? = nil, validTo: CalendarDate? = nil
    ) {
        (self.type, self.value, self.issuer) = (type, value, issuer)
        (self.verifiedOn, self.verifiedHow) = (verifiedOn, verifiedHow)
        (self.validFrom, self.validTo) = (validFrom, validTo)
    }
}

/// A link as stored: this record is about that subject, held true in an interval of recorded time.
package struct Link: Sendable, Equatable {
    package var record: ID<SourceRecord>
    package var subject: Subject
    package var recordedFrom: Date
    package var recordedTo: Date?

    package init(record: ID<SourceRecord>, subject: Subject, recordedFrom: Date, recordedTo: Date? = nil) {
        (self.record, self.subject) = (record, subject)
        (self.recordedFrom, self.recordedTo) = (recordedFrom, recordedTo)
    }
}
