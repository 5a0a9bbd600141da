import Groundwork

/// Reads records into a ``Population``.
public struct PopulationBuilder: Sendable {
    /// Words beyond these many of a name are not compared.
    public static let longestName: Int = 4
    /// Words beyond these many of an address are not compared.
    public static let longestAddress: Int = 12

    private let keys: NameKeys
    private let phoneDigits: Int
    private var rows: ContiguousArray<PersonRow> = []
    private var extras: ContiguousArray<Int32> = []
    private var tokens = TokenTable()
    private var identifiers = TokenTable()
    private var places = TextTable()
    /// Places met so far: of many persons few live anywhere else than somebody before.
    private var paths: [[String]: (places: SIMD8<Int32>, count: UInt8)] = [:]
    private static let mostPaths = 20_000
    private var households = TextTable()
    private var types = TextTable()
    private var plain = NameKeys(fold: PhoneticFold(.none))

    /// - Parameters:
    ///   - keys: the tables by which names are read.
    ///   - phoneDigits: how many of the last digits of a phone are compared, 6 to 9.
    public init(_ keys: NameKeys, phoneDigits: Int = 8) {
        self.keys = keys
        self.phoneDigits = min(9, max(6, phoneDigits))
    }

    public var count: Int { rows.count }

    public mutating func reserve(_ count: Int) {
        rows.reserveCapacity(count)
        extras.reserveCapacity(count * 2)
    }

    /// Adds a person, whose number is the number of persons before.
    public mutating func add(_ record: MatchRecord) {
        var row = PersonRow()
        addNames(record, &row)
        (row.father, row.fatherCount) = name(record.father)
        (row.mother, row.motherCount) = name(record.mother)
        addBirth(record.birth, &row)
        row.sex = record.sex.rawValue
        row.role = record.role.rawValue
        row.household = households.intern(record.household)
        addPlaces(record.places, &row)
        addExtras(record, &row)
        row.digest = digest(row)
        rows.append(row)
    }

    private mutating func addNames(_ record: MatchRecord, _ row: inout PersonRow) {
        let given = keys.normaliser.split(record.given)
        row.firstGiven = given.first.map { tokens.intern($0, keys) } ?? -1
        (row.given, row.givenCount) = name(given)
        let family = keys.normaliser.split(record.family)
        row.firstFamily = family.first.map { tokens.intern($0, keys) } ?? -1
        (row.family, row.familyCount) = name(family)
        if given.count == 2 {
            row.joined = tokens.intern((Array(given[0]) + Array(given[1]))[...], keys)
        }
    }

    private mutating func name(_ text: String) -> (SIMD4<Int32>, UInt8) {
        text.isEmpty ? (SIMD4(repeating: -1), 0) : name(keys.normaliser.split(text))
    }

    private mutating func name(_ words: NameTokens) -> (SIMD4<Int32>, UInt8) {
        var result = SIMD4<Int32>(repeating: -1)
        var count = 0
        for word in words where count < Self.longestName {
            let token = tokens.intern(word, keys)
            var place = count
            // Kept in rising order; four words do not deserve a sort.
            while place > 0, result[place - 1] > token {
                result[place] = result[place - 1]
                place -= 1
            }
            result[place] = token
            count += 1
        }
        return (result, UInt8(count))
    }

    private func addBirth(_ birth: PartialDate?, _ row: inout PersonRow) {
        guard let birth, (1000...2199).contains(birth.date.year) else { return }
        row.year = Int16(birth.date.year)
        if birth.precision == .day, birth.date.month != 1 || birth.date.day != 1 {
            row.day = UInt16(birth.date.month * 32 + birth.date.day)
        }
    }

    private mutating func addPlaces(_ names: [String], _ row: inout PersonRow) {
        if let known = paths[names] { return (row.places, row.placeCount) = known }
        // Places are told apart by all that stands above them, so that two villages of one name are two.
        var path = ""
        for name in names.prefix(8) where !name.isEmpty {
            path += name + "\u{1F}"
            row.places[Int(row.placeCount)] = places.intern(path)
            row.placeCount += 1
        }
        if paths.count < Self.mostPaths { paths[names] = (row.places, row.placeCount) }
    }

    private mutating func addExtras(_ record: MatchRecord, _ row: inout PersonRow) {
        row.extras = UInt32(extras.count)
        for phone in record.phones where row.phoneCount < MatchRecord.mostPhones {
            guard let number = digits(phone) else { continue }
            extras.append(number)
            row.phoneCount += 1
        }
        for identifier in record.identifiers where row.identifierCount < MatchRecord.mostIdentifiers {
            let signs = identifier.value.utf8.filter { Self.isSign($0) }.map { $0 | ($0 >= 0x41 ? 0x20 : 0) }
            guard signs.count >= 4 else { continue }
            let type = types.intern(identifier.type + " ")
            // A number whose check digits are wrong is marked by the sign of its type.
            extras.append(identifier.isSound ? type : ~type)
            extras.append(identifiers.intern(signs[...], plain))
            row.identifierCount += 1
        }
        guard !record.address.isEmpty else { return }
        for word in keys.normaliser.split(record.address) where row.addressCount < Self.longestAddress {
            extras.append(tokens.intern(word, keys))
            row.addressCount += 1
        }
    }

    private static func isSign(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }

    /// The last digits as one number; nil when there are fewer than six.
    private func digits(_ phone: String) -> Int32? {
        let digits = phone.utf8.filter { (0x30...0x39).contains($0) }
        guard digits.count >= 6 else { return nil }
        return digits.suffix(phoneDigits).reduce(Int32(0)) { $0 * 10 + Int32($1 - 0x30) }
    }

    private func digest(_ row: PersonRow) -> UInt64 {
        var value: UInt64 = 0x9E37_79B9_7F4A_7C15
        func mix(_ part: UInt64) { value = StableHash.mix(value ^ part) }
        for lane in 0..<4 {
            mix(UInt64(UInt32(bitPattern: row.given[lane])) << 32 | UInt64(UInt32(bitPattern: row.family[lane])))
            mix(UInt64(UInt32(bitPattern: row.father[lane])) << 32 | UInt64(UInt32(bitPattern: row.mother[lane])))
        }
        mix(UInt64(UInt32(bitPattern: row.firstGiven)) << 32 | UInt64(UInt32(bitPattern: row.joined)))
        for lane in 0..<8 { mix(UInt64(UInt32(bitPattern: row.places[lane]))) }
        mix(UInt64(UInt16(bitPattern: row.year)) << 32 | UInt64(row.day) << 8 | UInt64(row.sex))
        mix(UInt64(row.phoneCount) << 16 | UInt64(row.identifierCount) << 8 | UInt64(row.addressCount))
        for place in Int(row.extras)..<extras.count { mix(UInt64(UInt32(bitPattern: extras[place]))) }
        return value
    }
}

extension PopulationBuilder {
    /// Ends the reading.
    ///
    /// - Parameters:
    ///   - frequencies: those of the whole registry, when the persons are only a few of it; nil to count these persons.
    ///   - takesParentsFromRoles: whether a child whose parents are not named is a child of head and spouse of the form.
    public consuming func finish(
        frequencies: NameFrequencies? = nil, takesParentsFromRoles: Bool = true
    ) -> Population {
        if takesParentsFromRoles { takeParents() }
        let frequencies = frequencies ?? counted()
        var marks: ContiguousArray<TokenMark> = []
        marks.reserveCapacity(tokens.count)
        for token in 0..<tokens.count { marks.append(mark(token, frequencies)) }
        // Only years that occur are ever asked for.
        var years = [Float](repeating: -1, count: 2201)
        for row in rows where row.year > 0 && years[Int(row.year)] < 0 {
            years[Int(row.year)] = frequencies.rarity(frequencies.years[Int(row.year)])
        }
        return Population(
            rows: rows, extras: extras, tokens: tokens, identifiers: identifiers, marks: marks, yearRarity: years,
            extraRarity: extraRarity(), placeHashes: places.hashes, frequencies: frequencies,
            householdCount: households.count)
    }

    private func mark(_ token: Int, _ frequencies: NameFrequencies) -> TokenMark {
        let bytes = tokens.bytes(Int32(token))
        var present: UInt32 = 0
        for byte in bytes { present |= 1 << UInt32(byte & 31) }
        let heard = tokens.heardStarts[token + 1] - tokens.heardStarts[token]
        return TokenMark(
            sound: tokens.sounds[token], start: tokens.starts[token], heardStart: tokens.heardStarts[token],
            length: UInt8(bytes.count), heardLength: UInt8(min(64, heard)), lettersPresent: present,
            rarity: frequencies.rarity(frequencies.words[StableHash.hash(bytes, domain: 17)]),
            soundRarity: frequencies.rarity(frequencies.sounds[tokens.sounds[token]]))
    }

    /// Persons by word, sound and year; each person counts once for a word.
    private func counted() -> NameFrequencies {
        var words = [UInt32](repeating: 0, count: tokens.count)
        var result = NameFrequencies(total: rows.count)
        for row in rows {
            for lane in 0..<Int(row.givenCount) where lane == 0 || row.given[lane] != row.given[lane - 1] {
                words[Int(row.given[lane])] += 1
            }
            for lane in 0..<Int(row.familyCount) where lane == 0 || row.family[lane] != row.family[lane - 1] {
                words[Int(row.family[lane])] += 1
            }
            if row.year > 0 { result.years[Int(row.year), default: 0] += 1 }
        }
        for (token, count) in words.enumerated() where count > 0 {
            result.sounds[tokens.sounds[token], default: 0] += count
            if count > 1 { result.words[StableHash.hash(tokens.bytes(Int32(token)), domain: 17)] = count }
        }
        result.sounds = result.sounds.filter { $0.value > 1 }
        return result
    }

    private func extraRarity() -> ContiguousArray<Float> {
        var counts: [Int64: Int] = [:]
        func key(_ place: Int, isPhone: Bool) -> Int64 { Int64(extras[place]) << 1 | (isPhone ? 1 : 0) }
        for row in rows {
            let start = Int(row.extras)
            for place in start..<start + Int(row.phoneCount) { counts[key(place, isPhone: true), default: 0] += 1 }
            let first = start + Int(row.phoneCount)
            for number in 0..<Int(row.identifierCount) {
                counts[key(first + 2 * number + 1, isPhone: false), default: 0] += 1
            }
        }
        var rarity = ContiguousArray<Float>(repeating: 0, count: extras.count)
        for row in rows {
            let start = Int(row.extras)
            // Two holders are what a match is made of; more make the value less telling.
            for place in start..<start + Int(row.phoneCount) {
                rarity[place] = -Float(Binary.log2(Double(counts[key(place, isPhone: true)] ?? 1)))
            }
            let first = start + Int(row.phoneCount)
            for number in 0..<Int(row.identifierCount) {
                let place = first + 2 * number + 1
                rarity[place] = -Float(Binary.log2(Double(max(2, counts[key(place, isPhone: false)] ?? 1)) / 2))
            }
        }
        return rarity
    }

    /// Head and spouse stand in for the parents that a child's line does not name.
    private mutating func takeParents() {
        var heads = [Int32](repeating: -1, count: households.count)
        var spouses = heads
        for (number, row) in rows.enumerated() where row.household >= 0 {
            if row.role == MatchRecord.Role.head.rawValue { heads[Int(row.household)] = Int32(number) }
            if row.role == MatchRecord.Role.spouse.rawValue { spouses[Int(row.household)] = Int32(number) }
        }
        for number in rows.indices where rows[number].household >= 0 {
            guard rows[number].role == MatchRecord.Role.child.rawValue else { continue }
            for parent in [heads[Int(rows[number].household)], spouses[Int(rows[number].household)]] where parent >= 0 {
                let known = rows[Int(parent)]
                Self.take(known, for: &rows[number])
            }
        }
    }

    private static func take(_ parent: PersonRow, for row: inout PersonRow) {
        var words = SIMD4<Int32>(repeating: -1)
        var count = 0
        for lane in 0..<Int(parent.givenCount) where count < 4 {
            words[count] = parent.given[lane]
            count += 1
        }
        for lane in 0..<Int(parent.familyCount) where count < 4 {
            words[count] = parent.family[lane]
            count += 1
        }
        if parent.sex == MatchRecord.Sex.male.rawValue, row.fatherCount == 0 {
            (row.father, row.fatherCount) = (words, UInt8(count))
        } else if parent.sex == MatchRecord.Sex.female.rawValue, row.motherCount == 0 {
            (row.mother, row.motherCount) = (words, UInt8(count))
        }
    }
}
