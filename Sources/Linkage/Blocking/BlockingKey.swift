/// What two records must share to be compared at all.
public enum BlockingFamily: UInt8, Sendable, Hashable, CaseIterable {
    case identifier, phone, words, wordYearDistrict, wordVillage, date, motherYear, fatherYear, stemsYear,
        stemsDistrict,
        familyYearSex, givenTailYear, word, village, address

    /// Whether blocks beyond the cap are simply left out, because other families hold the narrower keys.
    var givesWay: Bool { self == .word || self == .village || self == .address }
}

/// One key of one record, with the narrower keys that take its place where too many records share it.
public struct BlockingKey: Sendable, Hashable {
    public var family: BlockingFamily
    /// Stable in every process and on every machine.
    public var hash: UInt64
    /// The key together with district, and with year of birth: for blocks beyond the cap. None where another family is the
    /// narrower one.
    public var narrower: [UInt64]
    /// The key with district, year and sex: for blocks that are still beyond the cap.
    public var narrowest: UInt64?
}

extension Population {
    /// The keys of one record, without repetition: about fourteen of a record with all fields.
    public func blockingKeys(_ record: Int) -> [BlockingKey] {
        withComparer { comparer in
            var maker = BlockingKeyMaker(comparer)
            maker.read(record)
            return maker.keys.map { key in
                BlockingKey(
                    family: key.family, hash: key.hash, narrower: key.family.givesWay ? [] : maker.narrower(key.hash),
                    narrowest: key.family.givesWay ? nil : maker.narrowest(key.hash))
            }
        }
    }
}

/// Makes the keys of one record after another, without allocating for each.
struct BlockingKeyMaker {
    struct Key {
        var hash: UInt64
        var family: BlockingFamily
    }

    private let comparer: PairComparer
    private(set) var keys: [Key] = []
    private var sounds: [UInt64] = []
    private var year: UInt64 = 0
    private var district: UInt64 = 0
    private var sex: UInt64 = 0

    init(_ comparer: PairComparer) {
        self.comparer = comparer
        keys.reserveCapacity(32)
        sounds.reserveCapacity(12)
    }

    mutating func read(_ record: Int) {
        keys.removeAll(keepingCapacity: true)
        sounds.removeAll(keepingCapacity: true)
        let row = comparer.rows[record]
        year = row.year > 0 ? UInt64(row.year) : 0
        sex = UInt64(row.sex)
        district = district(row)
        addNumbers(row)
        addWords(row)
        addParents(row)
        addStems(row)
        if row.hasFullDate { add(.date, year << 24 | UInt64(row.day) << 8 | sex) }
        removeRepeats()
    }

    /// Keys for a block beyond the cap: by district, and by year of birth.
    func narrower(_ hash: UInt64) -> [UInt64] {
        [StableHash.mix(hash ^ StableHash.mix(district &+ 1)), StableHash.mix(hash ^ StableHash.mix(year &+ 2 << 40))]
    }

    func narrowest(_ hash: UInt64) -> UInt64 {
        StableHash.mix(hash ^ StableHash.mix(StableHash.mix(district &+ 3) ^ (year << 8 | sex)))
    }

    private mutating func add(_ family: BlockingFamily, _ value: UInt64) {
        let hash = StableHash.mix(value ^ UInt64(family.rawValue &+ 1) &* 0x9E37_79B9_7F4A_7C15)
        keys.append(Key(hash: hash, family: family))
    }

    /// The second narrowest area, or the narrowest of few: a commune, a sub-county.
    private func district(_ row: PersonRow) -> UInt64 {
        let count = Int(row.placeCount)
        guard count > 0 else { return 0 }
        return comparer.placeHashes[Int(row.places[count > 2 ? 1 : count - 1])] | 1
    }

    private mutating func addNumbers(_ row: PersonRow) {
        var place = Int(row.extras)
        for _ in 0..<Int(row.phoneCount) {
            add(.phone, UInt64(UInt32(bitPattern: comparer.extras[place])))
            place += 1
        }
        for _ in 0..<Int(row.identifierCount) {
            let value = comparer.extras[place + 1]
            let (start, end) = (
                Int(comparer.identifierStarts[Int(value)]), Int(comparer.identifierStarts[Int(value) + 1])
            )
            add(.identifier, StableHash.hash(comparer.identifierLetters[start..<end], domain: 19))
            place += 2
        }
        for _ in 0..<Int(row.addressCount) {
            let mark = comparer.words.marks[Int(comparer.extras[place])]
            if mark.length >= 4 { add(.address, mark.sound) }
            place += 1
        }
    }

    private mutating func addWords(_ row: PersonRow) {
        for lane in 0..<Int(row.givenCount) { addSound(row.given[lane]) }
        for lane in 0..<Int(row.familyCount) { addSound(row.family[lane]) }
        if row.joined >= 0 { addSound(row.joined) }
        let village = row.placeCount > 2 ? comparer.placeHashes[Int(row.places[Int(row.placeCount) - 1])] | 1 : 0
        if village > 0 { add(.village, village) }
        for (place, sound) in sounds.enumerated() {
            add(.word, sound)
            for other in sounds[..<place] { add(.words, StableHash.pair(sound, other, domain: 21)) }
            if year > 0, district > 0 { add(.wordYearDistrict, sound ^ StableHash.mix(year ^ district)) }
            if village > 0 { add(.wordVillage, sound ^ StableHash.mix(village)) }
        }
    }

    private mutating func addSound(_ token: Int32) {
        let mark = comparer.words.marks[Int(token)]
        if mark.length >= 3, !sounds.contains(mark.sound) { sounds.append(mark.sound) }
    }

    private mutating func addParents(_ row: PersonRow) {
        guard year > 0 else { return }
        if let mother = parent(row.mother, Int(row.motherCount)) { add(.motherYear, mother ^ StableHash.mix(year)) }
        if let father = parent(row.father, Int(row.fatherCount)) { add(.fatherYear, father ^ StableHash.mix(year)) }
    }

    /// The sounds of a parent's names in no order; nil for less than two words or eight letters.
    private func parent(_ words: SIMD4<Int32>, _ count: Int) -> UInt64? {
        guard count >= 2 else { return nil }
        var letters = 0
        var sum: UInt64 = 0
        for lane in 0..<count {
            let mark = comparer.words.marks[Int(words[lane])]
            letters += Int(mark.length)
            sum &+= StableHash.mix(mark.sound)
        }
        return letters >= 8 ? sum : nil
    }

    private mutating func addStems(_ row: PersonRow) {
        guard row.firstGiven >= 0, row.firstFamily >= 0 else { return }
        let given = comparer.words.marks[Int(row.firstGiven)]
        let family = comparer.words.marks[Int(row.firstFamily)]
        let stems = begin(family, 4) << 32 | begin(given, 3)
        if year > 0 {
            add(.stemsYear, stems ^ year << 48)
            if sex > 0 { add(.familyYearSex, family.sound ^ StableHash.mix(year << 8 | sex)) }
            add(.givenTailYear, given.sound ^ StableHash.mix(year << 40 | end(family, 4)))
        }
        if district > 0 { add(.stemsDistrict, StableHash.mix(stems) ^ district) }
    }

    private func begin(_ mark: TokenMark, _ count: Int) -> UInt64 {
        let heard = comparer.words.heard
        var value: UInt64 = 0
        for place in 0..<min(count, Int(mark.heardLength)) {
            value = value << 8 | UInt64(heard[Int(mark.heardStart) + place])
        }
        return value
    }

    private func end(_ mark: TokenMark, _ count: Int) -> UInt64 {
        let heard = comparer.words.heard
        var value: UInt64 = 0
        for place in max(0, Int(mark.heardLength) - count)..<Int(mark.heardLength) {
            value = value << 8 | UInt64(heard[Int(mark.heardStart) + place])
        }
        return value
    }

    private mutating func removeRepeats() {
        var kept = 0
        for index in keys.indices where !keys[..<kept].contains(where: { $0.hash == keys[index].hash }) {
            keys[kept] = keys[index]
            kept += 1
        }
        keys.removeLast(keys.count - kept)
    }
}
