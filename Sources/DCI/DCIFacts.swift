import Documents
import Foundation
package import Profiles
import Registry

/// What the door needs to know of a country beyond the trunk's context.
package struct DCIFacts: Sendable {
    package var partners: PartnerBook
    package var zone: TimeZoneName
    /// ISO 3166-1 alpha-2.
    package var countryCode: String
    /// ISO 639-3, for answers to requests without a locale.
    package var locale: String
    /// Identifier types of the registry's own numbers.
    package var personNumber: String
    package var householdNumber: String
    /// Identifier types that households carry.
    package var householdTypes: Set<String>

    /// IANA name, e.g. `Africa/Bujumbura`.
    package typealias TimeZoneName = String

    package init(
        partners: PartnerBook = PartnerBook(), zone: TimeZoneName = "UTC", countryCode: String = "",
        locale: String = "eng", personNumber: String = "UIN", householdNumber: String = "HOUSEHOLD",
        householdTypes: Set<String> = ["HOUSEHOLD"]
    ) {
        (self.partners, self.zone, self.countryCode, self.locale) = (partners, zone, countryCode, locale)
        (self.personNumber, self.householdNumber) = (personNumber, householdNumber)
        self.householdTypes = householdTypes
    }

    /// Reads them from a profile: `registry/partners.json`, `codes/identifier_type.json`, `profile.json`.
    ///
    /// - Throws: what is wrong with the list of partners, or a file that cannot be read.
    package init(profile: Profile) throws {
        func json(_ path: String) throws -> JSON {
            try JSON.parse(Array(try Data(contentsOf: URL(fileURLWithPath: profile.folder + "/" + path))))
        }
        let sources = try json("profile.json")["id_sources"]
        let types = try json("codes/identifier_type.json")["codes"]?.array ?? []
        let carried = types.filter { $0["subject"]?.string == "household" }.compactMap { $0["code"]?.string }
        let householdNumber = sources?["household"]?.string ?? "HOUSEHOLD"
        self.init(
            partners: try PartnerBook(try json("registry/partners.json")), zone: profile.timeZone,
            countryCode: profile.country, locale: profile.defaultLanguage,
            personNumber: sources?["registry"]?.string ?? "UIN", householdNumber: householdNumber,
            householdTypes: Set(carried + [householdNumber]))
    }
}
