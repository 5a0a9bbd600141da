import Cryptography
import Groundwork
public import Linkage

/// One person as bits, and the keyed tokens of his or her numbers.
public struct EncodedPerson: Sendable, Hashable {
    /// The list's own key of the record; it should tell nothing.
    public var id: String
    /// 16 words of 64 bits.
    public var filter: [UInt64]
    /// One for each number, the same on both sides for the same number.
    public var tokens: [String]

    public init(id: String, filter: [UInt64], tokens: [String] = []) {
        (self.id, self.filter, self.tokens) = (id, filter, tokens)
    }

    /// Bits that are set.
    public var weight: Int { filter.reduce(0) { $0 + $1.nonzeroBitCount } }

    /// Dice's coefficient in ten-thousandths: twice the shared bits over the bits of both.
    public func likeness(to other: EncodedPerson) -> Int {
        let sum = weight + other.weight
        guard sum > 0 else { return 0 }
        return 20_000 * shared(other) / sum
    }

    func shared(_ other: EncodedPerson) -> Int {
        var count = 0
        for (mine, theirs) in zip(filter, other.filter) { count += (mine & theirs).nonzeroBitCount }
        return count
    }

    /// The filter in hexadecimal digits.
    public var text: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(EncodingScheme.bits / 8)
        for word in filter { withUnsafeBytes(of: word.bigEndian) { bytes.append(contentsOf: $0) } }
        return Hex.encode(bytes)
    }

    /// - Returns: nil when the text is no filter.
    public init?(id: String, text: String, tokens: String) {
        guard let bytes = Hex.decode(text), bytes.count == EncodingScheme.bits / 8 else { return nil }
        var filter: [UInt64] = []
        for start in stride(from: 0, to: bytes.count, by: 8) {
            filter.append(bytes[start..<start + 8].reduce(0) { $0 << 8 | UInt64($1) })
        }
        self.init(id: id, filter: filter, tokens: tokens.split(separator: " ").map(String.init))
    }
}

/// Encodes persons of one list.
public struct PersonEncoder: Sendable {
    private let scheme: EncodingScheme
    private let normaliser: NameNormaliser

    public init(_ scheme: EncodingScheme, normaliser: NameNormaliser = NameNormaliser()) {
        (self.scheme, self.normaliser) = (scheme, normaliser)
    }

    /// Bits that one letter pair of a name, one part of the date, the sex, and one letter pair of the mother's name set.
    private static let weights = (name: 10, date: 24, sex: 10, mother: 4)
    /// Letter pairs of one person's names that are looked at; a name may be of any length.
    private static let longest = 200

    public func encode(_ record: MatchRecord, id: String) -> EncodedPerson {
        var filter = [UInt64](repeating: 0, count: EncodingScheme.bits / 64)
        let salt = salt(of: record)
        for pair in pairs(record.given + " " + record.family) { set("n" + pair, Self.weights.name, salt, &filter) }
        for pair in pairs(record.mother) { set("m" + pair, Self.weights.mother, salt, &filter) }
        if let birth = record.birth {
            set("y\(birth.date.year)", Self.weights.date, salt, &filter)
            // The first of January stands for an unknown day.
            if birth.precision == .day, birth.date.month != 1 || birth.date.day != 1 {
                set("o\(birth.date.month)", Self.weights.date, salt, &filter)
                set("d\(birth.date.day)", Self.weights.date, salt, &filter)
            }
        }
        if record.sex != .unknown { set("s\(record.sex.rawValue)", Self.weights.sex, salt, &filter) }
        if filter.contains(where: { $0 != 0 }) { disturb(&filter, id) }
        return EncodedPerson(id: id, filter: filter, tokens: tokens(of: record))
    }

    private func salt(of record: MatchRecord) -> String {
        switch scheme.salt {
        case .none: ""
        case .sex: "\(record.sex.rawValue)"
        case .year: record.birth.map { "\($0.date.year)" } ?? ""
        }
    }

    /// Letter pairs of each word, with its ends, each once.
    private func pairs(_ text: String) -> Set<String> {
        var pairs: Set<String> = []
        for word in normaliser.tokens(String(text.prefix(1000))) {
            let letters = Array("_\(word)_")
            for place in 1..<letters.count where pairs.count < Self.longest {
                pairs.insert(String(letters[place - 1...place]))
            }
        }
        return pairs
    }

    private func set(_ text: String, _ count: Int, _ salt: String, _ filter: inout [UInt64]) {
        var left = count
        var round = 0
        while left > 0 {
            let code = scheme.code("bit\(round)", "\(salt)|\(text)")
            for place in stride(from: 0, to: min(code.count, left * 2), by: 2) {
                let bit = (Int(code[place]) << 8 | Int(code[place + 1])) % EncodingScheme.bits
                filter[bit >> 6] |= 1 << UInt64(bit & 63)
            }
            left -= code.count / 2
            round += 1
        }
    }

    /// Flips some bits, by the secret and the record's key, so that the same record is disturbed the same way each time.
    private func disturb(_ filter: inout [UInt64], _ id: String) {
        guard scheme.noise > 0 else { return }
        var state = scheme.code("noise", id).prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        for bit in 0..<EncodingScheme.bits {
            if Chance.next(&state) % 1000 < UInt64(scheme.noise) { filter[bit >> 6] ^= 1 << UInt64(bit & 63) }
        }
    }

    private func tokens(of record: MatchRecord) -> [String] {
        record.identifiers.compactMap { identifier in
            let value = identifier.value.uppercased().filter { $0.isASCII && ($0.isLetter || $0.isNumber) }
            guard value.count >= 4 else { return nil }
            return Hex.encode(Array(scheme.code("token", "\(identifier.type.uppercased())|\(value)").prefix(16)))
        }.sorted()
    }
}
