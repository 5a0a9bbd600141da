import Documents
import Groundwork
import Linkage
import Testing

@Suite struct `Scoring a pair` {
    private let scorer = MatchSamples.scorer

    /// The same person with one thing other, and a stranger.
    private static let others: [MatchRecord] = {
        var typed = MatchSamples.jean
        typed.family = "Nkurunzisa"
        var moved = MatchSamples.jean
        (moved.places, moved.phones) = (["Ngozi", "Busiga", "Z2", "Mihigo"], [])
        var swapped = MatchSamples.jean
        (swapped.given, swapped.family) = (swapped.family, swapped.given)
        let stranger = MatchRecord(
            given: "Aline", family: "Hakizimana", sex: .female, birth: PartialDate("2001-09-30"), father: "Paul Minani",
            places: ["Ruyigi", "Butezi", "Z1", "Mugera"], household: "H9", role: .spouse)
        return [typed, moved, swapped, stranger, MatchRecord()]
    }()

    @Test(arguments: others) func `is symmetric`(other: MatchRecord) {
        let population = MatchSamples.population([MatchSamples.jean, other])

        #expect(population.compare(0, 1) == population.compare(1, 0))
    }

    @Test(arguments: others) func `is told by steps that add up to the total`(other: MatchRecord) throws {
        let found = MatchSamples.compare(MatchSamples.jean, other)

        let waterfall = scorer.explain(found)
        let sum = waterfall.steps.reduce(0) { $0 + $1.bits }
        #expect(abs(sum - scorer.score(found)) < 0.005)
        #expect(abs(waterfall.total - scorer.score(found)) < 0.005)
        #expect(waterfall.steps.first?.field == nil)
        #expect(
            waterfall.steps.dropFirst().compactMap(\.field?.rawValue)
                == waterfall.steps.dropFirst().compactMap(\.field?.rawValue).sorted())
    }

    @Test func `with nothing known is the prior`() {
        let found = MatchSamples.compare(MatchRecord(), MatchSamples.jean)

        #expect(scorer.explain(found).steps.count == 1)
        #expect(scorer.score(found) < -10)
    }

    @Test func `finds the same person likelier than kin, and kin likelier than a stranger`() {
        var sister = MatchSamples.jean
        (sister.given, sister.sex, sister.birth) = ("Aline", .female, PartialDate("1991-02-03"))
        sister.identifiers = []

        let same = scorer.score(MatchSamples.compare(MatchSamples.jean, MatchSamples.jean))
        let kin = scorer.score(MatchSamples.compare(MatchSamples.jean, sister))
        let stranger = scorer.score(MatchSamples.compare(MatchSamples.jean, Self.others[3]))
        #expect(same > 0)
        #expect(kin < 0)
        #expect(stranger < kin)
    }

    @Test func `counts agreement on a rare name for more`() {
        var records = (0..<200).map { MatchRecord(given: "Jean", family: "Niyonkuru", household: "\($0)") }
        records.append(MatchRecord(given: "Zébédée", family: "Vyukusenge", household: "a"))
        records.append(MatchRecord(given: "Zébédée", family: "Vyukusenge", household: "b"))
        let population = MatchSamples.population(records)

        #expect(scorer.score(population.compare(200, 201)) > scorer.score(population.compare(0, 1)))
    }

    @Test func `by a model read back from its JSON is the same`() throws {
        let read = try MatchModel(json: try JSON.parse(MatchSamples.model.json.text))
        let found = MatchSamples.compare(MatchSamples.jean, Self.others[0])

        #expect(abs(MatchScorer(read).score(found) - scorer.score(found)) < 0.001)
    }

    @Test func `refuses a model with what is no probability, naming the place`() throws {
        var json = MatchSamples.model.json.object ?? [:]
        json["fields"] = .object(["sex": ["match": ["equal": 2, "different": 0]], "nose": [:]])

        let fault = #expect(throws: InvalidInput.self) { try MatchModel(json: .object(json)) }
        #expect(fault?.findings.contains { $0.path.description == "/fields/sex/match/equal" } == true)
        #expect(fault?.findings.contains { $0.path.description == "/fields/nose" } == true)
    }

    @Test func `of two records takes frequencies from the whole registry`() throws {
        let registry = MatchSamples.population((0..<500).map { MatchRecord(given: "Jean", family: "Fam\($0)") })
        let kept = try #require(NameFrequencies(json: try JSON.parse(registry.frequencies.json(least: 2).text)))
        var builder = PopulationBuilder(Samples.keys)
        builder.add(MatchRecord(given: "Jean"))
        builder.add(MatchRecord(given: "Jean"))

        let two = builder.finish(frequencies: kept)
        #expect(two.compare(0, 1).rarity(of: .given) == registry.compare(0, 1).rarity(of: .given))
    }
}

@Suite struct `Keys of a person` {
    @Test func `are shared by two spellings of one person, and stable`() {
        var other = MatchSamples.jean
        (other.given, other.family, other.phones, other.identifiers) = ("Yohani Petero", "NKULUNZIZA", [], [])
        let people = MatchSamples.population([MatchSamples.jean, other])

        let (keys, others) = (people.blockingKeys(0), people.blockingKeys(1))
        #expect(!Set(keys.map(\.hash)).isDisjoint(with: others.map(\.hash)))
        let again = MatchSamples.population([MatchRecord(given: "X"), other, MatchSamples.jean])
        #expect(again.blockingKeys(2) == keys)
        #expect(Set(keys.map(\.hash)).count == keys.count)
    }

    @Test func `are narrowed by district, and by year`() throws {
        var moved = MatchSamples.jean
        moved.places = ["Ngozi", "Busiga", "Z2", "Mihigo"]
        let people = MatchSamples.population([MatchSamples.jean, moved])
        let key = try #require(people.blockingKeys(0).first { $0.family == .words })
        let other = try #require(people.blockingKeys(1).first { $0.hash == key.hash })

        #expect(Set(key.narrower).intersection(other.narrower).count == 1)
        #expect(key.narrowest != other.narrowest)
    }

    @Test func `are none for somebody of whom nothing is known`() {
        #expect(MatchSamples.population([MatchRecord()]).blockingKeys(0).isEmpty)
    }
}
