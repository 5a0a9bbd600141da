/// How alike two full names are, whatever the order of their words; used to rank what a search found.
public struct NameSimilarity: Sendable {
    private let keys: NameKeys

    /// - Parameter keys: the tables by which names are read: the same as for the search keys.
    public init(_ keys: NameKeys) {
        self.keys = keys
    }

    /// A name read once, for comparing it with many.
    public struct Name: Sendable {
        fileprivate let words: [Word]
    }

    fileprivate struct Word: Sendable {
        var letters: [UInt8]
        var sound: [UInt8]
        var hash: UInt64
    }

    public func read(_ text: String) -> Name {
        var scratch: [UInt8] = []
        let words = keys.normaliser.split(text).prefix(NameKeys.longestName).map { token in
            let sound = keys.sound(of: token, &scratch)
            return Word(letters: Array(token), sound: scratch, hash: sound.hash)
        }
        return Name(words: words)
    }

    /// From 0, nothing alike, to 1000, the same words in any order.
    public func score(_ a: String, _ b: String) -> Int { score(read(a), read(b)) }

    /// From 0 to 1000: each word with its best partner, by length; a word without partner weighs half.
    public func score(_ a: Name, _ b: Name) -> Int {
        guard !a.words.isEmpty, !b.words.isEmpty else { return 0 }
        var pairs: [(score: Int, left: Int, right: Int)] = []
        for (left, word) in a.words.enumerated() {
            for (right, other) in b.words.enumerated() {
                let score = Self.likeness(word, other)
                if score > 0 { pairs.append((score, left, right)) }
            }
        }
        // The strongest pair first; ties by position, so that the result does not depend on the sort.
        pairs.sort { ($1.score, $0.left, $0.right) < ($0.score, $1.left, $1.right) }
        var freeLeft = [Bool](repeating: true, count: a.words.count)
        var freeRight = [Bool](repeating: true, count: b.words.count)
        var gained = 0
        var weight = 0
        for pair in pairs where freeLeft[pair.left] && freeRight[pair.right] {
            freeLeft[pair.left] = false
            freeRight[pair.right] = false
            let letters = 2 * (a.words[pair.left].letters.count + b.words[pair.right].letters.count)
            gained += pair.score * letters
            weight += letters
        }
        for (word, free) in zip(a.words, freeLeft) where free { weight += word.letters.count }
        for (word, free) in zip(b.words, freeRight) where free { weight += word.letters.count }
        return gained / weight
    }

    /// Equal 1000, same sound 970, same name in another language 950, its initial 850, else Jaro–Winkler above 800.
    private static func likeness(_ a: Word, _ b: Word) -> Int {
        if a.letters == b.letters { return 1000 }
        if a.sound == b.sound { return 970 }
        if a.hash == b.hash { return 950 }
        if a.letters.count == 1 || b.letters.count == 1 { return a.letters.first == b.letters.first ? 850 : 0 }
        let written = max(JaroWinkler.similarity(a.letters, b.letters), JaroWinkler.similarity(a.sound, b.sound))
        return written > 800 ? min(written, 940) : 0
    }
}
