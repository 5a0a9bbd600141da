import Linkage
import Testing

@Suite struct `Comparing words` {
    // The well-known examples of Jaro and Winkler, in thousandths.
    @Test(arguments: [
        ("martha", "marhta", 961), ("dwayne", "duane", 840), ("dixon", "dicksonx", 813), ("jones", "johnson", 832),
        ("abc", "abc", 1000), ("abc", "xyz", 0), ("", "abc", 0), ("", "", 0), ("a", "a", 1000),
    ])
    func `gives the published similarity`(a: String, b: String, expected: Int) {
        #expect(JaroWinkler.similarity(a, b) == expected)
        #expect(JaroWinkler.similarity(b, a) == expected)
    }

    @Test func `words beyond the limit are compared by their beginning`() {
        let long = String(repeating: "ab", count: 200)

        #expect(JaroWinkler.similarity(long, long) == 1000)
    }
}

@Suite struct `Comparing full names` {
    private let names = Samples.similarity

    @Test func `order, case and accents do not matter`() {
        #expect(names.score("Élise Kaneza", "KANEZA elise") == 1000)
    }

    @Test func `a closer name scores higher`() {
        let exact = names.score("Jean Nkurunziza", "Nkurunziza Jean")
        let sound = names.score("Jean Nkurunziza", "Jean Nkulunziza")
        let language = names.score("Jean Nkurunziza", "Yohani Nkurunziza")
        let initial = names.score("Jean Nkurunziza", "J. Nkurunziza")
        let missing = names.score("Jean Nkurunziza", "Nkurunziza")
        let other = names.score("Jean Nkurunziza", "Marie Ndayizeye")

        #expect(exact > sound)
        #expect(sound > initial)
        #expect(language > initial)
        #expect(initial > missing)
        #expect(missing > other)
    }

    @Test(arguments: [
        ("Ndayishimiye Éric", "Eric Ndayishimye"), ("Habyarimana Rose", "Havyarimana Rose"), ("Niyonkuru", "Niyonkulu"),
    ])
    func `a slip of the pen stays close`(a: String, b: String) {
        #expect(names.score(a, b) > 930)
    }

    @Test(arguments: [("Ndayizeye Jean", "Jean"), ("A B", "B A"), ("Marie Rose", "Rose Marie Kaneza"), ("", "Rose")])
    func `comparison is symmetric`(a: String, b: String) {
        #expect(names.score(a, b) == names.score(b, a))
        #expect((0...1000).contains(names.score(a, b)))
    }
}
