package import Documents
package import Foundation
package import Groundwork

/// What is held true about one person: derived from source records and links, never edited.
package struct PersonView: Sendable, Equatable {
    package enum Status: String, Sendable { case active, inactive, deceased, merged }

    package var id: ID<Person>
    package var status: Status
    /// Attribute values by name, without nulls: the keys of `profiles/<country>/registry/attributes.json`.
    package var values: JSONObject
    /// The record an attribute came from, only where it is not the newest record.
    package var origins: [String: ID<SourceRecord>]
    package var contacts: Contacts
    package var spells: [Spell]
    package var participation: [Participation]
    package var unions: [CivilUnion]
    package var birth: BirthFacts?
    package var mergedInto: ID<Person>?
    package var observedOn: CalendarDate
    package var dueOn: CalendarDate?
    package var registeredAt: Date

    /// The spell that counts: open and marked primary.
    package var primarySpell: Spell? { spells.first { $0.isPrimary } }
}

/// What is held true about one household or other group.
package struct HouseholdView: Sendable, Equatable {
    package enum Status: String, Sendable { case active, inactive, merged }

    package var id: ID<Household>
    package var status: Status
    package var values: JSONObject
    package var origins: [String: ID<SourceRecord>]
    package var contacts: Contacts
    package var participation: [Participation]
    package var mergedInto: ID<Household>?
    package var observedOn: CalendarDate
    package var dueOn: CalendarDate?
    package var registeredAt: Date
}

/// One uninterrupted membership of one person in one household.
package struct Spell: Sendable, Equatable {
    package var household: ID<Household>
    package var from: CalendarDate
    /// First day no longer a member; nil while open.
    package var to: CalendarDate?
    package var role: MemberRole
    package var relationship: String?
    package var recipient: Recipient?
    package var isPrimary: Bool
    package var endReason: String?
    package var successor: ID<Person>?

    package func covers(_ day: CalendarDate) -> Bool {
        from <= day && to.map { day < $0 } ?? true
    }
}

/// Enrolment or benefit as a programme reported it.
package struct Participation: Sendable, Equatable {
    package enum Kind: String, Sendable { case enrolment, benefit }

    package var programme: String
    package var kind: Kind
    /// The programme's own key of the enrolment or benefit: a later report of the same key replaces an earlier one.
    package var key: String
    package var status: String?
    package var from: CalendarDate?
    package var to: CalendarDate?
    package var amount: Money?
    package var detail: JSONObject

    package init(
        programme: String, kind: Kind, key: String, status: String? = nil, from: CalendarDate? = nil,
        to: CalendarDate? = nil, amount: Money? = nil, detail: JSONObject = [:]
    ) {
        (self.programme, self.kind, self.key, self.status) = (programme, kind, key, status)
        (self.from, self.to, self.amount, self.detail) = (from, to, amount, detail)
    }
}

extension Participation {
    struct Key: Hashable {
        var programme: String
        var kind: Kind
        var key: String
    }

    /// What tells one enrolment or benefit of a subject from another.
    var identity: Key { Key(programme: programme, kind: kind, key: key) }
}

package struct CivilUnion: Sendable, Equatable {
    package var partner: ID<Person>
    package var kind: String
    package var from: CalendarDate
    package var to: CalendarDate?
    package var endReason: String?
    /// `geography:code` of the area where it was recorded.
    package var place: String?
    package var registration: String?
}

package struct BirthFacts: Sendable, Equatable {
    package var mother: ID<Person>?
    package var father: ID<Person>?
    package var place: String?
    package var registration: String?
}
