import Linkage
import Testing

@Suite struct `Keys of names` {
    private let keys = Samples.keys

    private func finds(_ text: String, given: String?, further: String? = nil, family: String?) -> Bool {
        let stored = Set(keys.keys(given: given, further: further, family: family))
        return keys.query(text).strong.contains { stored.contains($0) }
    }

    @Test(arguments: [
        "Jean Nkurunziza", "NKURUNZIZA Jean", "nkurunziza  jean", "John Nkurunziza", "Yohani Nkuruziza Nkurunziza",
        "Jéan Nkourounziza", "Jean Pierre Nkurunziza", "Jeanpierre Nkurunziza", "J. Nkurunziza", "Mzee Jean Nkurunziza",
        "Jean Petero", "Nkulunziza Jean",
    ])
    func `a variant finds the person by strong keys`(text: String) {
        #expect(finds(text, given: "Jean", further: "Pierre", family: "Nkurunziza"))
    }

    @Test func `a name written as one word is found by its parts, and the other way round`() {
        #expect(finds("Jean Pierre Rwasa", given: "Jeanpierre", family: "Rwasa"))
        #expect(finds("Jeanpierre Rwasa", given: "Jean-Pierre", family: "Rwasa"))
    }

    @Test(arguments: ["Jean Ndayizeye", "Marie Nkurunziza", "X. Nkurunziza", "Pierre Jacques"])
    func `another person is not found by strong keys`(text: String) {
        #expect(!finds(text, given: "Jean", family: "Nkurunziza"))
    }

    @Test func `given and family name may stand in each other's field`() {
        #expect(finds("Jean Rwasa", given: "Rwasa", family: "Jean"))
    }

    @Test func `one word asks by its own key`() {
        let query = keys.query("Nkurunziza")

        #expect(query.strong == query.weak)
        #expect(finds("NKURUNZIZA", given: nil, family: "Nkurunziza"))
    }

    @Test func `a text without letters asks for nothing`() {
        #expect(keys.query(" - ").isEmpty)
        #expect(keys.keys(given: nil, family: "").isEmpty)
    }

    @Test func `keys are distinct and few`() {
        let stored = keys.keys(given: "Jean", further: "Pierre", family: "Nkurunziza")

        // Three tokens, three pairs, two initials, the joined given names and their pair with the family name.
        #expect(stored.count == 10)
        #expect(Set(stored).count == stored.count)
        #expect(stored == stored.sorted())
    }

    @Test func `a very long name is cut, not refused`() {
        let many = (0..<50).map { "name\($0)" }.joined(separator: " ")

        #expect(keys.keys(given: many, family: many).count < 250)
    }

    @Test func `keys never change between processes`() {
        #expect(StableHash.hash("niyonkuru".utf8) == StableHash.hash(Array("niyonkuru".utf8)))
        #expect(keys.query("Niyonkuru").weak == [expectedNiyonkuru])
    }
}

/// Written down once: a database holds such keys, so a change here is a migration.
private let expectedNiyonkuru: Int64 = 3_547_751_000_632_592_788
