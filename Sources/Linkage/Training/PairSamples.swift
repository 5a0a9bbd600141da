/// The pairs from which a model is estimated: strangers, relatives, and persons known to be one.
struct PairSamples: Sendable {
    var random = LevelTally()
    var kin = LevelTally()
    /// Pairs that agree on a trusted identifier.
    var anchored = LevelTally()
    /// Pairs that agree on both names and the full date, for the errors of identifiers themselves.
    var named = LevelTally()
    var anchors: [(a: UInt32, b: UInt32)] = []
    /// The number of pairs of lines of one household, sampled or not.
    var householdPairs = 0
}

extension PairSamples {
    /// - Parameter most: how many random, and how many kin pairs are compared at most.
    static func draw(_ population: Population, most: Int, workers: Int) async -> PairSamples {
        var samples = PairSamples()
        guard population.count > 1 else { return samples }
        let wanted = min(most, population.count * 10)
        for part in await Parallel.map(wanted, workers: workers, { strangers(population, $0) }) {
            samples.random.add(part)
        }
        let homes = households(population)
        samples.householdPairs = homes.reduce(0) { $0 + $1.count * ($1.count - 1) / 2 }
        let step = max(1, samples.householdPairs / max(1, most))
        for part in await Parallel.map(homes.count, workers: workers, { relatives(population, homes, $0, step) }) {
            samples.kin.add(part)
        }
        samples.takeAnchors(population)
        samples.takeNamed(population)
        return samples
    }

    private static func strangers(_ population: Population, _ range: Range<Int>) -> LevelTally {
        population.withComparer { comparer in
            var tally = LevelTally()
            for number in range {
                let draw = StableHash.mix(UInt64(number) &* 0x9E37_79B9_7F4A_7C15 &+ 0x51_7C_C1_B7)
                let other = StableHash.mix(draw)
                let a = Int(draw.multipliedFullWidth(by: UInt64(population.count)).high)
                let b = Int(other.multipliedFullWidth(by: UInt64(population.count)).high)
                let home = comparer.rows[a].household
                if a == b || (home >= 0 && home == comparer.rows[b].household) { continue }
                tally.add(comparer.compare(a, b))
            }
            return tally
        }
    }

    /// Records by household, those alone left out; at most sixteen of a household, which is a family and no institution.
    static func households(_ population: Population) -> [[UInt32]] {
        var homes = [[UInt32]](repeating: [], count: population.householdCount)
        for (record, row) in population.rows.enumerated() where row.household >= 0 {
            if homes[Int(row.household)].count < 16 { homes[Int(row.household)].append(UInt32(record)) }
        }
        return homes.filter { $0.count > 1 }
    }

    private static func relatives(
        _ population: Population, _ homes: [[UInt32]], _ range: Range<Int>, _ step: Int
    ) -> LevelTally {
        population.withComparer { comparer in
            var tally = LevelTally()
            for home in homes[range] {
                for (place, a) in home.enumerated() {
                    for b in home[..<place] where StableHash.mix(UInt64(a) << 32 | UInt64(b)) % UInt64(step) == 0 {
                        var found = comparer.compare(Int(a), Int(b))
                        // The two lines stand for relatives wherever they are met: the common form is no evidence here.
                        found.levels[.household] = MatchField.missing
                        tally.add(found)
                    }
                }
            }
            return tally
        }
    }

    /// Pairs that share an identifier, and the full date or roughly a given name; an identifier on many records is nobody's.
    private mutating func takeAnchors(_ population: Population) {
        var holders: [Int64: [UInt32]] = [:]
        for (record, row) in population.rows.enumerated() where row.identifierCount > 0 {
            for number in 0..<Int(row.identifierCount) {
                let place = Int(row.extras) + Int(row.phoneCount) + 2 * number
                if population.extras[place] < 0 { continue }
                let key = Int64(population.extras[place]) << 32 | Int64(population.extras[place + 1])
                holders[key, default: []].append(UInt32(record))
            }
        }
        let shared = holders.values.filter { $0.count > 1 && $0.count <= 6 }.sorted { $0[0] < $1[0] }
        population.withComparer { comparer in
            for records in shared {
                for (place, b) in records.enumerated() {
                    for a in records[..<place] { takeAnchor(comparer, Int(a), Int(b)) }
                }
            }
        }
    }

    private mutating func takeAnchor(_ comparer: PairComparer, _ a: Int, _ b: Int) {
        var found = comparer.compare(a, b)
        // A card that two of a family were noted with is no anchor; one date, or roughly one name, makes it one.
        guard found.levels[.given] <= 6 || found.levels[.birth] <= 3 else { return }
        found.levels[.identifier] = MatchField.missing
        anchored.add(found)
        anchors.append((UInt32(a), UInt32(b)))
    }

    /// Pairs of one name and full date of birth, by whose identifiers the errors of identifiers are known.
    private mutating func takeNamed(_ population: Population) {
        var namesakes: [UInt64: [UInt32]] = [:]
        for (record, row) in population.rows.enumerated()
        where row.identifierCount > 0 && row.hasFullDate && row.givenCount > 0 && row.familyCount > 0 {
            var key = UInt64(UInt16(bitPattern: row.year)) << 16 | UInt64(row.day)
            for lane in 0..<4 {
                let words =
                    UInt64(UInt32(bitPattern: row.given[lane])) << 32 | UInt64(UInt32(bitPattern: row.family[lane]))
                key = StableHash.mix(key ^ words)
            }
            namesakes[key, default: []].append(UInt32(record))
        }
        let shared = namesakes.values.filter { $0.count > 1 && $0.count <= 6 }.sorted { $0[0] < $1[0] }
        population.withComparer { comparer in
            for records in shared {
                for (place, b) in records.enumerated() {
                    for a in records[..<place] { named.add(comparer.compare(Int(a), Int(b)), .identifier) }
                }
            }
        }
    }
}
