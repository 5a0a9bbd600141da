import Groundwork

/// Writes true people down as an enumerator does: in a hurry, by ear, without documents.
struct Recorder: Sendable {
    let source: DemoSource
    let layout: DemoLayout
    let today: CalendarDate
    private let noise: NameNoise
    private let living: LivingConditions
    private let identifierType: String
    private let birthType: String

    init(source: DemoSource, today: CalendarDate) {
        (self.source, self.today) = (source, today)
        layout = DemoLayout(source.columns)
        noise = NameNoise(equivalences: source.equivalences, honorifics: source.honorifics)
        living = LivingConditions(source: source)
        identifierType = source.code("identifier_type", "NID", "NIN")
        birthType = source.code("identifier_type", "BRN")
    }

    /// One visit to a household.
    struct Visit: Sendable {
        /// Number of the household within the file; its keys follow from it.
        var slot: Int
        var place: Int
        var observed: CalendarDate
        var care: NameNoise.Care
        var isRepeat: Bool
        var usesShortCodes: Bool

        init(slot: Int, place: Int, today: CalendarDate, isRepeat: Bool, _ random: inout SeededRandom) {
            (self.slot, self.place, self.isRepeat) = (slot, place, isRepeat)
            observed = today.adding(days: -(isRepeat ? random.below(200) : 30 + random.below(700)))
            care = NameNoise.Care.draw(&random, isRepeat: isRepeat)
            usesShortCodes = random.chance(0.2)
        }

        var householdKey: String { Visit.padded("H", slot, 7) }
        func personKey(_ place: Int) -> String { householdKey + "-" + Visit.padded("", place, 2) }

        private static func padded(_ prefix: String, _ number: Int, _ width: Int) -> String {
            let digits = String(number)
            return prefix + String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
        }
    }

    /// The rows of a household; the first of `members` is entered as its head.
    func rows(
        _ members: [TruePerson], of home: TrueHousehold, visit: Visit, _ random: inout SeededRandom
    ) -> [DemoRow] {
        var rows: [DemoRow] = []
        for (place, person) in members.enumerated() {
            var row = self.row(person, home: home, visit: visit, isHead: place == 0, &random)
            row["person_key"] = visit.personKey(place + 1)
            if place == 0 {
                row["area_code"] = source.places[visit.place].code
                row["consent_basis"] =
                    random.chance(0.97)
                    ? source.code("consent_basis", "consent") : source.code("consent_basis", "public_task", "consent")
                row["observed_on"] = visit.observed.description
                living.fill(&row, of: home, &random)
            }
            rows.append(row)
        }
        giveRecipients(&rows, &random)
        return rows
    }

    func row(
        _ person: TruePerson, home: TrueHousehold, visit: Visit, isHead: Bool, _ random: inout SeededRandom
    ) -> DemoRow {
        var row = DemoRow(layout)
        row.identity = person.identity
        row["household_key"] = visit.householdKey
        let names = noise.written(
            .init(given: person.given, family: person.family), care: visit.care, &random)
        row["given_name"] = names.given.first ?? ""
        row["further_names"] = names.given.dropFirst().joined(separator: " ")
        row["family_name"] = names.family
        row["maiden_name"] = person.maiden ?? ""
        row["sex"] = sex(person, visit, &random)
        writeBirth(person, visit, &row, &random)
        row["role"] = source.code("role", isHead ? "head" : "member")
        row["relationship"] = isHead ? source.code("relationship", "head") : relationship(person)
        writeContacts(person, visit, &row, &random)
        writeLife(person, home, visit, &row, &random)
        return row
    }

    private func sex(_ person: TruePerson, _ visit: Visit, _ random: inout SeededRandom) -> String {
        let isMale = random.chance(0.006) ? !person.isMale : person.isMale
        let code = source.code("sex", isMale ? "male" : "female")
        guard visit.usesShortCodes else { return code }
        return source.lists["sex"]?.first { $0.code == code }?.aliases.first ?? code
    }

    private func writeBirth(
        _ person: TruePerson, _ visit: Visit, _ row: inout DemoRow, _ random: inout SeededRandom
    ) {
        let age = person.birth.completedYears(on: visit.observed)
        var born = min(person.birth, visit.observed)
        if age >= 4, random.chance(visit.care.slip * 0.6) {
            let years = random.chance(0.7) ? (random.chance(0.5) ? 1 : -1) : (random.chance(0.5) ? 2 : -2)
            born = min(born.adding(months: 12 * years), visit.observed)
        }
        if random.chance(age < 15 ? 0.72 : age < 40 ? 0.52 : 0.34) {
            row["birth_date"] = born.description
            return
        }
        switch random.unit() {
        case ..<0.3: row["birth_date"] = String(born.description.prefix(4))
        case ..<0.4: row["birth_date"] = String(born.description.prefix(7))
        case ..<0.6: row["birth_date"] = String(born.description.prefix(4)) + "-01-01"
        case ..<0.9:
            // Told ages gather at round numbers, the more the older somebody is.
            let told = age > 20 && random.chance(0.55) ? (age + 2) / 5 * 5 : age
            row["age"] = String(min(110, told))
        default: return
        }
    }

    private func writeContacts(
        _ person: TruePerson, _ visit: Visit, _ row: inout DemoRow, _ random: inout SeededRandom
    ) {
        var identifiers: [String] = []
        if let number = person.nationalID, !identifierType.isEmpty, random.chance(0.72) {
            identifiers.append(identifierType + ":" + copied(number, visit.care, &random))
        }
        if let number = person.birthNumber, !birthType.isEmpty { identifiers.append(birthType + ":" + number) }
        row["identifiers"] = identifiers.joined(separator: "|")
        if let phone = person.phone, random.chance(0.9) {
            row["phones"] = visit.usesShortCodes ? "00" + phone.dropFirst() : phone
        }
    }

    /// A number copied from a card: separators may go, a digit may be wrong.
    private func copied(_ number: String, _ care: NameNoise.Care, _ random: inout SeededRandom) -> String {
        var text = number
        if random.chance(0.15) { text = text.filter(\.isNumber) }
        if random.chance(care.slip * 0.4) {
            var letters = Array(text)
            let digits = letters.indices.filter { letters[$0].isNumber }
            if let place = random.pick(digits) { letters[place] = Character(String(random.below(10))) }
            text = String(letters)
        }
        return text
    }

    private func writeLife(
        _ person: TruePerson, _ home: TrueHousehold, _ visit: Visit, _ row: inout DemoRow,
        _ random: inout SeededRandom
    ) {
        let age = person.birth.completedYears(on: visit.observed)
        let own = source.languages.contains("run") ? "run" : source.languages.first ?? ""
        var languages = [source.code("language", own)]
        if age > 12, random.chance(0.1 + 0.6 * person.schooling) {
            languages.append(source.code("language", "fra", "eng"))
        }
        if random.chance(home.isUrban ? 0.3 : 0.05) { languages.append(source.code("language", "swh")) }
        row["languages"] = unique(languages).joined(separator: "|")
        if age >= 15 { row["civil_status"] = civilStatus(person, age, &random) }
        if age >= 6 { row["education"] = schooling(person, age) }
        if age >= 15 {
            let codes = source.codes("occupation")
            let farms = random.chance(home.isUrban ? 0.25 : 0.85)
            row["occupation"] = farms ? source.code("occupation", "agriculture") : random.pick(codes) ?? ""
            row["employment"] =
                farms
                ? source.code("employment", "own_account", "employed") : random.pick(source.codes("employment")) ?? ""
        }
        if person.isDisplaced {
            row["displacement"] =
                home.isCamp
                ? source.code("displacement", "refugee")
                : random.chance(0.7)
                    ? source.code("displacement", "returnee") : source.code("displacement", "internally_displaced")
        } else if home.isHost {
            row["displacement"] = source.code("displacement", "host")
        }
        if let levels = person.difficulties { writeDifficulties(levels, &row) }
        if age >= 3, random.chance(0.012), let flag = random.pick(source.codes("flag").filter { $0 != "orphan" }) {
            row["flags"] = flag
        }
    }

    private func writeDifficulties(_ levels: [Int], _ row: inout DemoRow) {
        let words = (source.lists["wg_severity"] ?? []).map(\.code)
        let columns = ["wg_seeing", "wg_hearing", "wg_walking", "wg_remembering", "wg_self_care", "wg_communicating"]
        for (column, level) in zip(columns, levels) where words.indices.contains(level - 1) {
            row[column] = words[level - 1]
        }
    }

    private func civilStatus(_ person: TruePerson, _ age: Int, _ random: inout SeededRandom) -> String {
        if person.isMarried {
            return random.chance(0.3)
                ? source.code("civil_status", "free_union", "married")
                : source.code("civil_status", "married")
        }
        if age > 45, random.chance(0.6) { return source.code("civil_status", "widowed") }
        return source.code("civil_status", "never_married", "unmarried")
    }

    private func schooling(_ person: TruePerson, _ age: Int) -> String {
        let codes = source.codes("education")
        guard !codes.isEmpty else { return "" }
        let reach = person.schooling * Double(codes.count) * min(1, Double(age - 4) / 18)
        return codes[max(0, min(codes.count - 1, Int(reach)))]
    }

    private func relationship(_ person: TruePerson) -> String {
        let isMale = person.isMale
        switch person.kin {
        case .head, .other: return source.code("relationship", "other_relative")
        case .spouse: return source.code("relationship", isMale ? "husband" : "wife", "spouse")
        case .child: return source.code("relationship", isMale ? "son" : "daughter", "child")
        case .parent: return source.code("relationship", isMale ? "father" : "mother", "parent")
        case .sibling: return source.code("relationship", isMale ? "brother" : "sister", "sibling")
        case .grandchild: return source.code("relationship", isMale ? "grandson" : "granddaughter", "grandchild")
        case .niece:
            return source.code("relationship", isMale ? "nephew" : "niece", "nephew_or_niece", "other_relative")
        case .unrelated: return source.code("relationship", "not_related", "other_relative")
        }
    }

    private func giveRecipients(_ rows: inout [DemoRow], _ random: inout SeededRandom) {
        guard !rows.isEmpty else { return }
        rows[0]["recipient"] = source.code("recipient", "first")
        if rows.count > 1, random.chance(0.6) { rows[1]["recipient"] = source.code("recipient", "alternate") }
    }

    private func unique(_ words: [String]) -> [String] {
        var seen: Set<String> = []
        return words.filter { !$0.isEmpty && seen.insert($0).inserted }
    }
}
