/// Many persons in columns, ready to be compared with one another.
///
/// Immutable once built, so that any number of tasks may read it. Takes about 250 bytes a person.
public struct Population: Sendable {
    var rows: ContiguousArray<PersonRow>
    /// Phones as numbers, identifiers as type and value, words of addresses.
    var extras: ContiguousArray<Int32>
    var tokens: TokenTable
    /// Letters of identifiers.
    var identifiers: TokenTable
    /// Sound, letters and frequency of each word, for the comparer.
    var marks: ContiguousArray<TokenMark>
    /// −log2 of the share of persons born in a year, for 0 to 2,200.
    var yearRarity: [Float]
    /// −log2 of the share of persons with a phone or an identifier, by the place in `extras`.
    var extraRarity: ContiguousArray<Float>
    /// What stands for an area in keys that are kept.
    var placeHashes: ContiguousArray<UInt64>
    public let frequencies: NameFrequencies

    public var count: Int { rows.count }
    /// The number of distinct households; records without one do not count.
    public let householdCount: Int

    /// The household's number of a record, or nil.
    public func household(_ record: Int) -> Int? {
        let household = rows[record].household
        return household < 0 ? nil : Int(household)
    }
}

/// What a comparison needs of a word, in one place of the memory.
struct TokenMark: Sendable {
    var sound: UInt64
    var start: UInt32
    var heardStart: UInt32
    var length: UInt8
    var heardLength: UInt8
    /// One bit for each letter that occurs, so that unlike words are told apart at once.
    var lettersPresent: UInt32
    /// −log2 of the share of persons who bear the word, and of those who bear one that sounds like it.
    var rarity: Float
    var soundRarity: Float
}

/// How often words, sounds, phones and years occur among the persons of a registry.
///
/// Taken from a whole registry once, it makes the comparison of two single records as exact as a batch would be.
public struct NameFrequencies: Sendable, Hashable {
    /// The number of persons counted.
    public var total: Int
    /// Persons by the hash of a word and of a sound; those borne by one person only are left out.
    public var words: [UInt64: UInt32]
    public var sounds: [UInt64: UInt32]
    /// Persons by year of birth.
    public var years: [Int: UInt32]

    public init(
        total: Int = 0, words: [UInt64: UInt32] = [:], sounds: [UInt64: UInt32] = [:], years: [Int: UInt32] = [:]
    ) {
        (self.total, self.words, self.sounds, self.years) = (total, words, sounds, years)
    }

    /// −log2 of a share; at most that of one person among the counted.
    func rarity(_ count: UInt32?) -> Float {
        Rarity.bits(count: Int(count ?? 1), of: total)
    }
}

enum Rarity {
    /// −log2(count ÷ total), from 0 to 24.
    static func bits(count: Int, of total: Int) -> Float {
        guard total > 0 else { return 10 }
        return min(24, max(0, -logarithm(Double(max(1, count)) / Double(total))))
    }

    private static func logarithm(_ value: Double) -> Float { Float(Binary.log2(value)) }
}
