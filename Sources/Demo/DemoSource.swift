/// What a demo registry is made of: a country's areas, names and code lists, as its profile holds them.
package struct DemoSource: Sendable {
    /// A place where households live.
    package struct Place: Sendable {
        package var code: String
        package var isUrban: Bool
        /// Among the places of camps.
        package var isCamp: Bool
        /// In an area that hosts displaced people, as near a border.
        package var isHost: Bool
        /// Its name and those of the areas around it, by code of the level.
        package var names: [String: String] = [:]
        /// Whether another place has the same names.
        package var isAmbiguous: Bool = false
        /// Its code in the former system, as invented.
        package var number: String = ""

        package init(code: String, isUrban: Bool = false, isCamp: Bool = false, isHost: Bool = false) {
            (self.code, self.isUrban, self.isCamp, self.isHost) = (code, isUrban, isCamp, isHost)
        }
    }

    /// One code of a list, with the other words it is known by.
    package struct Word: Sendable {
        package var code: String
        package var aliases: [String]

        package init(code: String, aliases: [String] = []) {
            (self.code, self.aliases) = (code, aliases)
        }
    }

    /// Code of the profile, e.g. `burundi`.
    package var profile: String
    package var callingCode: String
    /// Columns of the plain layout, in order.
    package var columns: [String]
    /// Places of the lowest level in the order of their codes, so that neighbours stand together.
    package var places: [Place]
    package var lists: [String: [Word]]
    package var maleNames: [(String, Double)]
    package var femaleNames: [(String, Double)]
    package var familyNames: [(String, Double)]
    /// Share of households whose members share a family name, 0 to 1.
    package var sharedFamilyName: Double
    /// Forms of one given name across languages.
    package var equivalences: [[String]]
    package var honorifics: [String]
    package var languages: [String]

    package init(
        profile: String, callingCode: String, columns: [String], places: [Place], lists: [String: [Word]],
        maleNames: [(String, Double)], femaleNames: [(String, Double)], familyNames: [(String, Double)],
        sharedFamilyName: Double, equivalences: [[String]], honorifics: [String], languages: [String]
    ) {
        (self.profile, self.callingCode, self.columns, self.places) = (profile, callingCode, columns, places)
        (self.lists, self.maleNames, self.femaleNames) = (lists, maleNames, femaleNames)
        (self.familyNames, self.sharedFamilyName, self.equivalences) = (familyNames, sharedFamilyName, equivalences)
        (self.honorifics, self.languages) = (honorifics, languages)
    }

    /// The first of the words that the list has as a code; empty when it has none of them.
    func code(_ list: String, _ wanted: String...) -> String {
        guard let words = lists[list] else { return "" }
        for word in wanted where words.contains(where: { $0.code == word }) { return word }
        return ""
    }

    /// Codes of the list, those that say nothing (`other`, `unknown`) left out.
    func codes(_ list: String) -> [String] {
        (lists[list] ?? []).map(\.code).filter { $0 != "other" && $0 != "unknown" }
    }
}
