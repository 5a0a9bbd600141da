import Groundwork
import Linkage
import Testing

@Suite struct `Comparing two persons` {
    private func given(_ a: String, _ b: String) -> String? {
        MatchSamples.level(.given, MatchRecord(given: a), MatchRecord(given: b))
    }

    @Test(arguments: [
        ("Jean Pierre", "PIERRE  Jean", "equal"), ("Élisabeth", "elisabeth", "equal"),
        ("Mme Chantal", "Chantal", "equal"),
        ("Jean", "Yohani", "sound"), ("Gloriose", "Groriose", "sound"), ("Jean-Pierre", "Jeanpierre", "sound"),
        ("Jean Pierre", "Jean", "part"), ("Chantal", "Chantla", "near"), ("Emmanuel", "Emanuele", "near"),
        ("Jean Claude", "J. Claude", "initial"), ("Jean Claude", "Jean Bosco", "shared"),
        ("Jean", "Dieudonné", "different"),
    ])
    func `reads given names in any order, spelling and language`(a: String, b: String, level: String) {
        #expect(given(a, b) == level)
        #expect(given(b, a) == level)
    }

    @Test func `takes names in exchanged fields for what they are`() {
        let straight = MatchRecord(given: "Chantal", family: "Nkurunziza")
        let swapped = MatchRecord(given: "Nkurunziza", family: "Chantal")
        let pooled = MatchRecord(given: "Chantal Nkurunziza")

        #expect(MatchSamples.level(.order, straight, swapped) == "swapped")
        #expect(MatchSamples.level(.given, straight, swapped) == "equal")
        #expect(MatchSamples.level(.family, straight, swapped) == "equal")
        #expect(MatchSamples.level(.order, straight, pooled) == "one_field")
        #expect(MatchSamples.level(.family, pooled, straight) == "equal")
        #expect(MatchSamples.level(.given, pooled, straight) == "equal")
    }

    @Test(arguments: [
        ("1985-04-12", "1985-04-12", "equal"), ("1985-04-12", "1985-12-04", "swapped"),
        ("1985-04-12", "1985-04-13", "one_part"), ("1985-04-12", "1986-04-12", "other_year"),
        ("1985-04-12", "1985-07-30", "same_year"), ("1985-04-12", "1986-07-30", "near_year"),
        ("1985-04-12", "1991-07-30", "different"), ("1985-04-12", "1985-01-01", "year_equal"),
        ("1985-01-01", "1985-01-01", "year_equal"), ("1985-04-12", "1984", "year_1"), ("1985", "1990", "year_5"),
        ("1985", "1994", "year_10"), ("1985", "2004", "year_different"),
    ])
    func `reads the first of January as a year`(a: String, b: String, level: String) {
        let (a, b) = (MatchRecord(birth: PartialDate(a)), MatchRecord(birth: PartialDate(b)))

        #expect(MatchSamples.level(.birth, a, b) == level)
        #expect(MatchSamples.level(.birth, b, a) == level)
    }

    @Test func `compares every identifier and every phone that a registration may have`() {
        let many = MatchRecord(
            phones: (0..<MatchRecord.mostPhones).map { "7912000\($0)" },
            identifiers: (0..<MatchRecord.mostIdentifiers).map { .init(type: "CARD", value: "\(4000 + $0 * 1111)") })
        let last = MatchRecord(
            phones: many.phones.suffix(1), identifiers: many.identifiers.suffix(1))

        #expect(MatchSamples.level(.identifier, many, last) == "equal")
        #expect(MatchSamples.level(.phone, many, last) == "equal")
    }

    @Test func `compares identifiers within their type, whatever the signs between`() {
        func holder(_ type: String, _ value: String) -> MatchRecord {
            MatchRecord(identifiers: [.init(type: type, value: value)])
        }
        let known = holder("NATIONAL_ID", "0501/123456.789")

        #expect(MatchSamples.level(.identifier, known, holder("NATIONAL_ID", "0501123456789")) == "equal")
        #expect(MatchSamples.level(.identifier, known, holder("NATIONAL_ID", "0501/123465.789")) == "edits")
        #expect(MatchSamples.level(.identifier, known, holder("NATIONAL_ID", "0702/998877.111")) == "conflict")
        #expect(MatchSamples.level(.identifier, known, holder("PASSPORT", "0501/123456.789")) == nil)
    }

    @Test func `takes the disagreement of an identifier with wrong check digits for a slip`() {
        let known = MatchRecord(identifiers: [.init(type: "N", value: "123456789")])
        let wrong = MatchRecord(identifiers: [.init(type: "N", value: "987650001", isSound: false)])
        let near = MatchRecord(identifiers: [.init(type: "N", value: "123456798", isSound: false)])

        #expect(MatchSamples.level(.identifier, known, wrong) == nil)
        #expect(MatchSamples.level(.identifier, wrong, known) == nil)
        #expect(MatchSamples.level(.identifier, known, near) == "edits")
        #expect(MatchSamples.level(.identifier, wrong, wrong) == "equal")
    }

    @Test(arguments: [
        ("+257 79 12 34 56", "79123456", "equal"), ("79123456", "79123457", "edit"), ("79123456", "79124356", "edit"),
        ("79123456", "68000000", "different"),
    ])
    func `compares the last digits of phones`(a: String, b: String, level: String) {
        #expect(MatchSamples.level(.phone, MatchRecord(phones: [a]), MatchRecord(phones: [b])) == level)
    }

    @Test func `measures places by the areas they share`() {
        func at(_ places: String...) -> MatchRecord { MatchRecord(places: places) }
        let home = at("Gitega", "Giheta", "Z1", "Kibogoye")

        #expect(MatchSamples.level(.place, home, home) == "same")
        #expect(MatchSamples.level(.place, home, at("Gitega", "Giheta", "Z1", "Ruhande")) == "next")
        #expect(MatchSamples.level(.place, home, at("Gitega", "Giheta")) == "second")
        #expect(MatchSamples.level(.place, home, at("Gitega", "Makebuko", "Z1", "Kibogoye")) == "third")
        #expect(MatchSamples.level(.place, home, at("Ngozi", "Giheta", "Z1", "Kibogoye")) == "far")
    }

    @Test func `takes head and spouse for the parents whom a child's line does not name`() {
        let father = MatchRecord(
            given: "Joseph", family: "Ndayizeye", sex: .male, household: "H1", role: .head)
        let child = MatchRecord(given: "Aline", family: "Nduwimana", household: "H1", role: .child)
        let elsewhere = MatchRecord(given: "Aline", family: "Nduwimana", father: "Ndayizeye Joseph", household: "H2")

        let people = MatchSamples.population([father, child, elsewhere], parents: true)
        #expect(MatchField.parents.levels[people.compare(1, 2).levels[.parents]] == "one")
        let bare = MatchSamples.population([father, child, elsewhere])
        #expect(!bare.compare(1, 2).levels.has(.parents))
    }

    @Test(arguments: MatchField.allCases.filter { $0.isOwn }) func `holds a missing value for no evidence`(
        field: MatchField
    ) {
        let found = MatchSamples.compare(MatchSamples.jean, MatchRecord())

        #expect(!found.levels.has(field))
    }

    @Test func `survives names of five thousand letters, mixed scripts and invisible signs`() {
        let long = MatchRecord(
            given: String(repeating: "abcdefghij ", count: 500), family: String(repeating: "x", count: 5000))
        let mixed = MatchRecord(given: "Жан Jean ジャン", family: "Nkurunziza\u{200B}\u{200D}")

        #expect(MatchSamples.level(.given, long, long) == "equal")
        #expect(MatchSamples.level(.family, long, MatchSamples.jean) == "different")
        #expect(MatchSamples.level(.given, mixed, mixed) == "equal")
        #expect(MatchSamples.level(.family, mixed, MatchRecord(given: "Жан", family: "Nkurunziza")) == "equal")
    }
}
