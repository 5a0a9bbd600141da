/// Makes the search keys of a person's names, and the keys that a searched text asks for.
///
/// A key is a stable 64-bit hash of what is heard, so that order, accents, usual misspellings and the language of a given
/// name do not matter. Stored keys change with the tables: a profile that changes its fold or its equivalences has its keys
/// written again.
public struct NameKeys: Sendable {
    /// At most so many tokens of a name make keys; longer texts are cut.
    public static let longestName: Int = 8

    public let normaliser: NameNormaliser
    public let fold: PhoneticFold
    private let canonical: [UInt64: UInt64]

    /// - Parameter equivalences: groups of forms of one given name across languages; the first form is canonical. A form
    ///   that sounds like one of an earlier group stays with that group.
    public init(
        normaliser: NameNormaliser = NameNormaliser(), fold: PhoneticFold, equivalences: some Sequence<[String]> = []
    ) {
        (self.normaliser, self.fold) = (normaliser, fold)
        var canonical: [UInt64: UInt64] = [:]
        var sound: [UInt8] = []
        for group in equivalences {
            var target: UInt64?
            for form in group {
                let tokens = normaliser.split(form)
                guard tokens.count == 1, let token = tokens.first else { continue }
                fold.fold(token, into: &sound)
                let hash = StableHash.hash(sound, domain: Domain.token)
                let first = target ?? canonical[hash] ?? hash
                target = first
                if canonical[hash] == nil { canonical[hash] = first }
            }
        }
        self.canonical = canonical
    }

    /// The keys to store for a person, without repetition, in rising order.
    ///
    /// For g given and f other tokens: g + f tokens, each unordered pair of them, the initial of each given token with each
    /// other token, and the given tokens written as one word.
    public func keys(
        given: String?, further: String? = nil, family: String?, maiden: String? = nil, others: [String] = []
    ) -> [Int64] {
        var keys: [Int64] = []
        keys.reserveCapacity(24)
        var scratch: [UInt8] = []
        var givenSounds: [Sound] = []
        var familySounds: [Sound] = []
        append(given, to: &givenSounds, &scratch)
        let joined = joinedSound(given, further, &scratch)
        append(further, to: &givenSounds, &scratch)
        append(family, to: &familySounds, &scratch)
        append(maiden, to: &familySounds, &scratch)
        for name in others { append(name, to: &familySounds, &scratch) }
        for sound in givenSounds + familySounds { keys.append(sound.key) }
        appendPairs(givenSounds + familySounds, to: &keys)
        for own in givenSounds {
            for other in familySounds { keys.append(Self.initialKey(own.initial, other)) }
        }
        if let joined {
            keys.append(joined.key)
            for other in familySounds { keys.append(Self.pairKey(joined, other)) }
        }
        return Self.unique(keys)
    }

    /// The keys that a searched text asks for.
    public func query(_ text: String) -> NameQuery {
        var scratch: [UInt8] = []
        var sounds: [Sound] = []
        append(text, to: &sounds, &scratch)
        var strong: [Int64] = []
        let words = sounds.filter { $0.length > 1 }
        appendPairs(words, to: &strong)
        for initial in sounds where initial.length == 1 {
            for word in words { strong.append(Self.initialKey(initial.initial, word)) }
        }
        appendJoined(text, words, to: &strong, &scratch)
        let weak = Self.unique(words.map(\.key))
        return NameQuery(strong: strong.isEmpty ? weak : Self.unique(strong), weak: weak)
    }
}

/// The keys that a searched name asks for; a person who holds one of them is a candidate.
public struct NameQuery: Sendable, Hashable {
    /// Keys of two words together, or of the only word: few candidates, nearly all of them right.
    public let strong: [Int64]
    /// Keys of single words: many candidates; used when the strong keys find too few.
    public let weak: [Int64]

    /// Nothing to search for: no letter in the text.
    public var isEmpty: Bool { strong.isEmpty && weak.isEmpty }
}

extension NameKeys {
    private enum Domain {
        static let token: UInt8 = 1
        static let pair: UInt8 = 2
        static let initial: UInt8 = 3
    }

    /// What is heard of one token.
    struct Sound {
        var hash: UInt64
        /// First letter as written, and the number of letters written.
        var initial: UInt8
        var length: Int

        var key: Int64 { Int64(bitPattern: hash) }
    }

    func sound(of token: ArraySlice<UInt8>, _ scratch: inout [UInt8]) -> Sound {
        fold.fold(token, into: &scratch)
        let hash = StableHash.hash(scratch, domain: Domain.token)
        return Sound(hash: canonical[hash] ?? hash, initial: token.first ?? 0, length: token.count)
    }

    private func append(_ text: String?, to sounds: inout [Sound], _ scratch: inout [UInt8]) {
        guard let text, !text.isEmpty else { return }
        for token in normaliser.split(text) where sounds.count < Self.longestName {
            sounds.append(sound(of: token, &scratch))
        }
    }

    /// `Jean Pierre` as `jeanpierre`, for those who write it so.
    private func joinedSound(_ given: String?, _ further: String?, _ scratch: inout [UInt8]) -> Sound? {
        var bytes: [UInt8] = []
        var count = 0
        for text in [given, further] {
            guard let text, !text.isEmpty else { continue }
            for token in normaliser.split(text) where count < 2 {
                bytes.append(contentsOf: token)
                count += 1
            }
        }
        return count == 2 ? sound(of: bytes[...], &scratch) : nil
    }

    private func appendJoined(_ text: String, _ words: [Sound], to keys: inout [Int64], _ scratch: inout [UInt8]) {
        let tokens = normaliser.split(text)
        guard tokens.count > 1, tokens.count <= Self.longestName else { return }
        for index in tokens.indices.dropLast() where tokens[index].count > 1 && tokens[index + 1].count > 1 {
            let joined = sound(of: (Array(tokens[index]) + Array(tokens[index + 1]))[...], &scratch)
            // Alone it is evidence enough only where nothing else was written.
            if tokens.count == 2 { keys.append(joined.key) }
            for other in tokens.indices where other != index && other != index + 1 {
                keys.append(Self.pairKey(joined, sound(of: tokens[other], &scratch)))
            }
        }
    }

    private func appendPairs(_ sounds: [Sound], to keys: inout [Int64]) {
        for index in sounds.indices {
            for other in sounds[..<index] where other.hash != sounds[index].hash {
                keys.append(Self.pairKey(sounds[index], other))
            }
        }
    }

    private static func pairKey(_ a: Sound, _ b: Sound) -> Int64 {
        Int64(bitPattern: StableHash.pair(a.hash, b.hash, domain: Domain.pair))
    }

    private static func initialKey(_ initial: UInt8, _ other: Sound) -> Int64 {
        Int64(
            bitPattern: StableHash.mix(
                other.hash ^ (UInt64(initial) << 8 | UInt64(Domain.initial)) &* 0x9E37_79B9_7F4A_7C15))
    }

    private static func unique(_ keys: [Int64]) -> [Int64] {
        var sorted = keys
        sorted.sort()
        var kept = 0
        for index in sorted.indices where index == 0 || sorted[index] != sorted[kept - 1] {
            sorted[kept] = sorted[index]
            kept += 1
        }
        sorted.removeLast(sorted.count - kept)
        return sorted
    }
}
