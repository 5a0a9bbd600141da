package import Cryptography
package import Documents
package import Groundwork
package import Linkage
package import Registry

/// A country's choices, read from `profiles/<country>`: data only, so that no code is Burundian or Ugandan.
package struct Profile: Sendable {
    /// One file of the profile as loaded.
    package struct Part: Sendable {
        /// Path within the profile, e.g. `codes/sex.json`.
        package var path: String
        package var version: String
        package var hash: [UInt8]
    }

    package struct Language: Sendable {
        /// ISO 639-3.
        package var code: String
        package var name: String
    }

    /// How strictly messages of one DCI sender are read.
    package struct Partner: Sendable {
        package enum Dialect: String, Sendable { case strict, lenient }
        package var sender: String
        package var dialect: Dialect
    }

    package struct NamedActor: Sendable {
        package var name: String
        package var role: String
        package var scopes: [String]
    }

    package struct Form: Sendable {
        package var code: String
        package var version: Int
        package var title: String
        package var subject: SubjectKind
        package var definition: JSON
    }

    package var folder: String
    package var code: String
    package var title: String
    package var version: Int
    /// ISO 3166-1 alpha-2.
    package var country: String
    package var currency: String
    package var currencyExponent: Int
    /// IANA name of the zone of civil dates.
    package var timeZone: String
    package var languages: [Language]
    package var defaultLanguage: String
    package var modules: [String]
    package var geographies: [Geography]
    package var areaSets: [AreaSet]
    /// What became of the areas of one division in another, with what an administration stated over it.
    package var crosswalks: [Crosswalk]
    package var lists: [CodeList]
    package var attributes: [Attribute]
    package var identifierTypes: [IdentifierType]
    package var dictionary: AttributeDictionary
    package var rules: ViewRules
    package var partners: [Partner]
    package var defaultDialect: Partner.Dialect
    package var actors: [NamedActor]
    /// What each scope allows, in words.
    package var scopes: [(name: String, summary: String)]
    package var forms: [Form]
    /// File layouts by code, as `profiles/schema/mapping.schema.json` shapes them.
    package var mappings: [String: JSON]
    /// Rules of quality by file name without ending, as `profiles/schema/quality.schema.json` shapes them.
    package var quality: [String: JSON]
    /// Tables of names by file name without ending, e.g. `given_male`.
    package var names: [String: JSON]
    /// Model and policy of matching by file name without ending, e.g. `policy`.
    package var match: [String: JSON]
    /// How programmes choose and enrol, by file name without ending, e.g. `targeting`.
    package var programmes: [String: JSON]
    /// Words of the screens by language.
    package var labels: [String: [String: String]]
    package var parts: [Part]
    /// How names are read here.
    package let nameKeys: NameKeys

    /// Everything the trunk takes from the profile.
    ///
    /// - Parameter areas: the areas as installed in the database.
    package func registryContext(keys: KeyRing, areas: AreaBook) -> RegistryContext {
        RegistryContext(keys: keys, rules: rules, dictionary: dictionary, names: nameKeys, areas: areas)
    }

    /// The model by which persons are matched until one is trained on the registry itself; nil when the profile has none.
    ///
    /// - Throws: `.malformed` naming the file.
    package func matchModel() throws(ProfileFault) -> MatchModel? {
        guard let json = match["model"] else { return nil }
        do {
            return try MatchModel(json: json)
        } catch {
            throw .malformed(file: "match/model.json", reason: error.findings.first?.summary ?? "it is no model.")
        }
    }

    package func dialect(of sender: String) -> Partner.Dialect {
        partners.first { $0.sender == sender }?.dialect ?? defaultDialect
    }
}

/// One division of the country with its areas.
package struct Geography: Sendable {
    package struct Entry: Sendable {
        package var code: String
        package var name: String
        package var level: Int
        package var levelName: String
        package var parent: String?
        package var aliases: [String]
        /// Codes in other systems: `(system, code)`.
        package var otherCodes: [(system: String, code: String)]
        /// Further columns of the table, e.g. `settlement`.
        package var facts: [String: String]
    }

    package var code: String
    package var title: String
    package var validFrom: CalendarDate?
    package var validTo: CalendarDate?
    /// Parents stand before their children.
    package var entries: [Entry]
    package var part: String
}

/// A named set of areas.
package struct AreaSet: Sendable {
    package var code: String
    package var name: String
    package var kind: String
    package var geography: String
    package var validFrom: CalendarDate?
    package var validTo: CalendarDate?
    package var areas: [String]
}

/// Why a profile cannot be used.
package enum ProfileFault: Fault {
    case unreadable(file: String)
    case malformed(file: String, reason: String)
    case invalid([Finding])

    package var code: String {
        switch self {
        case .unreadable: "profile.unreadable"
        case .malformed: "profile.malformed"
        case .invalid: "profile.invalid"
        }
    }

    package var kind: FaultKind {
        switch self {
        case .unreadable, .malformed: .invalid([])
        case .invalid(let findings): .invalid(findings)
        }
    }

    package var summary: String {
        switch self {
        case .unreadable(let file): "The profile file \(file) cannot be read."
        case .malformed(let file, let reason): "The profile file \(file) is not as it should be: \(reason)"
        case .invalid(let findings):
            "The profile has \(findings.count) mistakes, the first at "
                + (findings.first.map { "\($0.path): \($0.summary)" } ?? "")
        }
    }
}
