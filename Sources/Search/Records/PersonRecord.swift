package import Cryptography
package import Documents
package import Foundation
package import Groundwork
package import Registry

/// One person as the current row holds it.
package struct PersonRecord: Sendable, Equatable {
    package var id: ID<Person>
    package var version: Int
    package var status: PersonView.Status
    package var socialID: String
    /// Values by attribute name of the dictionary, in the form of claims, without missing ones; identifiers are not among them.
    package var values: JSONObject
    /// Identifiers and phone numbers, sealed; see `contacts(_:)`.
    package var sealedContacts: [UInt8]?
    /// Household, role, relationship and recipient rank of the primary membership, or of the one by which a household's
    /// record lists the person.
    package var household: ID<Household>?
    package var role: MemberRole?
    package var relationship: String?
    package var recipient: Recipient?
    /// First day of that membership; only where a household's record lists the person.
    package var memberSince: CalendarDate?
    package var area: Area?
    package var mergedInto: ID<Person>?
    package var observedOn: CalendarDate
    package var dueOn: CalendarDate?
    package var registeredAt: Date
    package var updatedAt: Date

    package init(
        id: ID<Person>, version: Int, status: PersonView.Status, socialID: String, values: JSONObject,
        observedOn: CalendarDate, registeredAt: Date, updatedAt: Date
    ) {
        (self.id, self.version, self.status, self.socialID) = (id, version, status, socialID)
        (self.values, self.observedOn) = (values, observedOn)
        (self.registeredAt, self.updatedAt) = (registeredAt, updatedAt)
    }

    /// Opens the identifiers and phone numbers; empty when there are none.
    /// - Throws: `CryptographyFault` when the key is not the one that sealed them.
    package func contacts(_ keys: KeyRing) throws -> Contacts {
        guard let sealedContacts else { return Contacts() }
        return try Contacts(opening: sealedContacts, with: keys)
    }

    /// All names in the order in which they are written: given, further, family, maiden.
    package var fullName: String {
        PersonRow.names(values).joined(separator: " ")
    }

    package var birth: PartialDate? { PartialDate(claim: values["birth_date"]) }

    /// Completed years on the day; nil when no birth date is known.
    package func age(on day: CalendarDate) -> Int? {
        birth?.date.completedYears(on: day)
    }

    /// The values with `consent` as `{basis, on}` in place of its two attributes.
    package var attributes: JSONObject { values.gathered }
}

extension PartialDate {
    /// Reads `{date, precision}` as it stands in claims; nil for anything else.
    package init?(claim: JSON?) {
        guard let date = claim?["date"]?.string.flatMap({ CalendarDate($0) }),
            let precision = claim?["precision"]?.string.flatMap(PartialDate.Precision.init(rawValue:))
        else { return nil }
        self.init(date, precision: precision)
    }
}

extension JSONObject {
    /// Attributes that tell one thing together, put together: `gps` from latitude and longitude, `consent` from basis and day.
    var gathered: JSONObject {
        guard self["latitude"] != nil || self["consent_basis"] != nil || self["consent_on"] != nil else { return self }
        var result: JSONObject = [:]
        for (name, value) in self {
            switch name {
            case "latitude":
                if let longitude = self["longitude"] {
                    result["gps"] = ["latitude": value, "longitude": longitude]
                }
            case "longitude": continue
            case "consent_basis", "consent_on":
                var consent = result["consent"]?.object ?? [:]
                consent[name == "consent_on" ? "on" : "basis"] = value
                result["consent"] = .object(consent)
            default: result[name] = value
            }
        }
        return result
    }
}
