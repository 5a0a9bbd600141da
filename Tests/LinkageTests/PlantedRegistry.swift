import Groundwork
import Linkage

/// A made-up registry whose errors and doubles are planted, so that what is estimated can be held to what is true.
struct PlantedRegistry {
    /// How often a repeated record has another sex, a slip in the given name, a year only, and another village.
    static let otherSex: Double = 0.04
    static let slip: Double = 0.2
    static let yearOnly: Double = 0.4
    static let moved: Double = 0.3

    private(set) var records: [MatchRecord] = []
    private(set) var persons: [Int32] = []
    private var random: SmallRandom
    private let given: [String]
    private let family: [String]

    var truth: KnownTruth { KnownTruth(persons: persons) }

    /// - Parameter households: true households, of about four persons; one in eight is registered twice.
    init(households: Int, seed: UInt64) {
        random = SmallRandom(state: seed)
        let syllables = [
            "ka", "ni", "mu", "re", "zo", "ti", "ba", "shi", "ndo", "gwe", "ya", "lu", "cha", "fe", "ro", "ju",
        ]
        func words(_ count: Int, _ parts: Int, _ random: inout SmallRandom) -> [String] {
            (0..<count).map { _ in (0..<parts).map { _ in syllables[random.below(syllables.count)] }.joined() }
        }
        given = words(150, 3, &random)
        family = words(900, 4, &random)
        for number in 0..<households { addHousehold(number) }
    }

    private mutating func addHousehold(_ number: Int) {
        let place = ["P\(random.below(4))", "C\(random.below(6))", "Z\(random.below(3))", "V\(random.below(5))"]
        let phone = "7\(1_000_000 + random.below(9_000_000))"
        var members: [MatchRecord] = []
        for member in 0..<(2 + random.below(5)) {
            let isAdult = member < 2
            var record = MatchRecord(
                given: pick(given), family: pick(family), sex: member == 0 ? .male : member == 1 ? .female : sex(),
                birth: CalendarDate(
                    year: isAdult ? 1950 + random.below(45) : 1996 + random.below(25), month: 2 + random.below(11),
                    day: 1 + random.below(28)
                ).map { PartialDate($0) },
                phones: [phone], places: place, household: "A\(number)",
                role: member == 0 ? .head : member == 1 ? .spouse : .child)
            if isAdult {
                (record.father, record.mother) = (pick(given) + " " + pick(family), pick(given) + " " + pick(family))
                let value = String(100_000_000_000 + number * 1_000_003 + member * 77_777_777)
                if random.chance(0.7) { record.identifiers = [.init(type: "N", value: value)] }
            } else {
                (record.father, record.mother) = (
                    members[0].given + " " + members[0].family, members[1].given + " " + members[1].family
                )
            }
            members.append(record)
        }
        let first = Int32(persons.count)
        for (place, member) in members.enumerated() { add(member, first + Int32(place)) }
        if random.chance(0.125) { repeatHousehold(members, first, number) }
    }

    private mutating func repeatHousehold(_ members: [MatchRecord], _ first: Int32, _ number: Int) {
        let hasMoved = random.chance(Self.moved)
        for (place, member) in members.enumerated() where place < 2 || random.chance(0.85) {
            var record = member
            record.household = "B\(number)"
            if hasMoved { record.places = ["P9", "C9", "Z9", "V\(number % 30)"] }
            if random.chance(Self.otherSex) { record.sex = record.sex == .male ? .female : .male }
            if random.chance(Self.slip) { record.given = slipped(record.given) }
            if random.chance(Self.yearOnly) {
                record.birth = record.birth.map { PartialDate($0.date, precision: .year) }
            }
            add(record, first + Int32(place))
        }
    }

    private mutating func add(_ record: MatchRecord, _ person: Int32) {
        records.append(record)
        persons.append(person)
    }

    private mutating func pick(_ words: [String]) -> String {
        // The product of two draws makes the first words common.
        words[random.below(words.count) * random.below(words.count) / words.count]
    }

    private mutating func sex() -> MatchRecord.Sex { random.chance(0.5) ? .male : .female }

    private mutating func slipped(_ word: String) -> String {
        var letters = Array(word)
        letters.remove(at: 1 + random.below(letters.count - 1))
        return String(letters)
    }

    func population() -> Population {
        var builder = PopulationBuilder(Samples.keys)
        for record in records { builder.add(record) }
        return builder.finish()
    }
}

/// SplitMix64.
struct SmallRandom {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func below(_ bound: Int) -> Int { Int(next() >> 11) % max(1, bound) }
    mutating func chance(_ share: Double) -> Bool { Double(next() >> 11) * 0x1p-53 < share }
}
