/// Reduces a written name to lower-case tokens of plain letters and digits.
///
/// Accents go, letters with a usual Latin spelling are spelled out (ß → ss, Ø → o), apostrophes join, every other run of
/// signs separates. Letters of other scripts stay, in lower case, so that no country's names vanish.
public struct NameNormaliser: Sendable {
    private let honorifics: Set<[UInt8]>
    private let longestHonorific: Int

    /// - Parameter honorifics: words removed in front of a name when something is left after them, e.g. `mzee`; they are
    ///   normalised themselves, so accents and case do not matter.
    public init(honorifics: some Sequence<String> = EmptyCollection<String>()) {
        var words: Set<[UInt8]> = []
        for honorific in honorifics {
            for token in NameTokens(honorific) { words.insert(Array(token)) }
        }
        self.honorifics = words
        longestHonorific = words.map(\.count).max() ?? 0
    }

    /// Tokens joined by one space; empty when the text holds no letter or digit.
    public func normalised(_ text: String) -> String {
        let tokens = split(text)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(tokens.bytes.count + tokens.count)
        for token in tokens {
            if !bytes.isEmpty { bytes.append(0x20) }
            bytes.append(contentsOf: token)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The tokens in their written order.
    public func tokens(_ text: String) -> [String] {
        split(text).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The tokens as slices of one buffer, for callers that count microseconds.
    func split(_ text: String) -> NameTokens {
        var tokens = NameTokens(text)
        while tokens.count > 1, let first = tokens.first, first.count <= longestHonorific,
            honorifics.contains(Array(first))
        {
            tokens.removeFirst()
        }
        return tokens
    }
}

/// Normalised tokens of one text, kept as ranges of one byte buffer.
struct NameTokens: Sendable, RandomAccessCollection {
    private(set) var bytes: [UInt8] = []
    private var ranges: [Range<Int>] = []
    private var start = 0

    init(_ text: String) {
        var text = text
        bytes.reserveCapacity(text.utf8.count + 8)
        text.withUTF8 { source in
            var open = 0
            var index = 0
            while index < source.count {
                let byte = source[index]
                if byte < 0x80 {
                    index += 1
                    switch byte {
                    case 0x61...0x7A, 0x30...0x39: bytes.append(byte)
                    case 0x41...0x5A: bytes.append(byte | 0x20)
                    case 0x27, 0x60: break  // an apostrophe joins: N'Diaye is Ndiaye
                    default: close(&open)
                    }
                } else {
                    let length = byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4
                    let end = Swift.min(index + length, source.count)
                    appendLetter(source, index..<end, &open)
                    index = end
                }
            }
            close(&open)
        }
    }

    private mutating func close(_ open: inout Int) {
        if bytes.count > open { ranges.append(open..<bytes.count) }
        open = bytes.count
    }

    private mutating func appendLetter(_ source: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, _ open: inout Int) {
        if range.count == 2 {
            let scalar = Int(source[range.lowerBound] & 0x1F) << 6 | Int(source[range.lowerBound + 1] & 0x3F)
            if scalar >= 0xC0, scalar < 0xC0 + LatinLetters.plain.count {
                let letters = LatinLetters.plain[scalar - 0xC0]
                if letters == 0 { return close(&open) }
                bytes.append(UInt8(truncatingIfNeeded: letters))
                if letters > 0xFF { bytes.append(UInt8(truncatingIfNeeded: letters >> 8)) }
                return
            }
        }
        for scalar in String(decoding: source[range], as: UTF8.self).unicodeScalars {
            switch scalar.value {
            // Combining accents vanish, typographic apostrophes join.
            case 0x300...0x36F, 0x2018, 0x2019, 0x02BC: continue
            default: appendOther(scalar, &open)
            }
        }
    }

    private mutating func appendOther(_ scalar: Unicode.Scalar, _ open: inout Int) {
        guard scalar.properties.isAlphabetic || scalar.properties.numericType != nil else { return close(&open) }
        let decomposed = LatinLetters.decomposed(scalar)
        if let ascii = decomposed.first, ascii < 0x80 { return bytes.append(contentsOf: decomposed) }
        bytes.append(contentsOf: scalar.properties.lowercaseMapping.utf8)
    }

    var startIndex: Int { start }
    var endIndex: Int { ranges.count }
    subscript(position: Int) -> ArraySlice<UInt8> { bytes[ranges[position]] }
    mutating func removeFirst() { start += 1 }
}
