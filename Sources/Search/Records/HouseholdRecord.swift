package import Cryptography
package import Documents
package import Foundation
package import Groundwork
package import Registry

/// One household or other group as the current row holds it.
package struct HouseholdRecord: Sendable, Equatable {
    package var id: ID<Household>
    package var version: Int
    package var status: HouseholdView.Status
    package var socialID: String
    /// Code of the list `group_kind`.
    package var kind: String
    package var head: ID<Person>?
    /// Number of open members.
    package var size: Int
    /// Values by attribute name of the dictionary, in the form of claims, without missing ones.
    package var values: JSONObject
    /// Identifiers and phone numbers, sealed; see `contacts(_:)`.
    package var sealedContacts: [UInt8]?
    package var area: Area?
    package var mergedInto: ID<Household>?
    package var observedOn: CalendarDate
    package var dueOn: CalendarDate?
    package var registeredAt: Date
    package var updatedAt: Date
    /// The open members, the head first; nil unless asked for.
    package var members: [PersonRecord]?

    package init(
        id: ID<Household>, version: Int, status: HouseholdView.Status, socialID: String, kind: String, size: Int,
        values: JSONObject, observedOn: CalendarDate, registeredAt: Date, updatedAt: Date
    ) {
        (self.id, self.version, self.status, self.socialID) = (id, version, status, socialID)
        (self.kind, self.size, self.values, self.observedOn) = (kind, size, values, observedOn)
        (self.registeredAt, self.updatedAt) = (registeredAt, updatedAt)
    }

    /// Opens the identifiers and phone numbers; empty when there are none.
    /// - Throws: `CryptographyFault` when the key is not the one that sealed them.
    package func contacts(_ keys: KeyRing) throws -> Contacts {
        guard let sealedContacts else { return Contacts() }
        return try Contacts(opening: sealedContacts, with: keys)
    }

    /// The values with `gps` as `{latitude, longitude}` and `consent` as `{basis, on}` in place of their attributes.
    package var attributes: JSONObject { values.gathered }
}
