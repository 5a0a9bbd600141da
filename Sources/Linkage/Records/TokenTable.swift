/// Distinct words with their letters, their sound, and how often persons bear them.
struct TokenTable: Sendable {
    /// A word is compared up to so many bytes; nobody's name is told apart by the sixty-fifth.
    static let longest = 64

    /// Letters of all words, one behind the other.
    private(set) var letters: [UInt8] = []
    private(set) var starts: [UInt32] = [0]
    /// What is heard, for words that sound alike to meet; the sounds of a group of equivalent names are one.
    private(set) var sounds: [UInt64] = []
    /// Letters of the sounds.
    private(set) var heard: [UInt8] = []
    private(set) var heardStarts: [UInt32] = [0]
    private var places: [UInt64: Int32] = [:]
    private var scratch: [UInt8] = []

    var count: Int { sounds.count }

    /// The number of a word; the same word always has the same.
    mutating func intern(_ word: ArraySlice<UInt8>, _ keys: NameKeys) -> Int32 {
        let word = word.prefix(Self.longest)
        let hash = StableHash.hash(word, domain: 17)
        if let place = places[hash] { return place }
        let place = Int32(sounds.count)
        places[hash] = place
        letters.append(contentsOf: word)
        starts.append(UInt32(letters.count))
        sounds.append(keys.sound(of: word, &scratch).hash)
        heard.append(contentsOf: scratch)
        heardStarts.append(UInt32(heard.count))
        return place
    }

    func bytes(_ token: Int32) -> ArraySlice<UInt8> {
        letters[Int(starts[Int(token)])..<Int(starts[Int(token) + 1])]
    }
}

/// Distinct texts as numbers, in the order in which they came.
struct TextTable: Sendable {
    private var places: [String: Int32] = [:]
    /// A hash of each text that is the same in every process.
    private(set) var hashes: ContiguousArray<UInt64> = []

    var count: Int { places.count }

    /// Minus one for an empty text.
    mutating func intern(_ text: String) -> Int32 {
        if text.isEmpty { return -1 }
        if let place = places[text] { return place }
        let place = Int32(places.count)
        places[text] = place
        hashes.append(StableHash.hash(text.utf8, domain: 23))
        return place
    }
}
