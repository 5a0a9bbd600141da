/// What files from the field are written in.
public enum TextEncoding: String, Sendable, CaseIterable {
    case utf8 = "utf-8"
    case utf16LittleEndian = "utf-16le"
    case utf16BigEndian = "utf-16be"
    case windows1252 = "windows-1252"

    /// Guesses from the beginning of a file: its byte order mark, else what its bytes allow.
    ///
    /// Bytes that are not UTF-8 are taken for Windows-1252, which leaves no byte without a meaning.
    /// - Parameter prefix: some thousand bytes, or the whole file; a character cut off at the end is no sign of anything.
    public static func detect(_ prefix: [UInt8]) -> TextEncoding {
        if prefix.starts(with: [0xEF, 0xBB, 0xBF]) { return .utf8 }
        if prefix.starts(with: [0xFF, 0xFE]) { return .utf16LittleEndian }
        if prefix.starts(with: [0xFE, 0xFF]) { return .utf16BigEndian }
        if let encoding = detectByZeros(prefix) { return encoding }
        return prefix.withUnsafeBufferPointer { bytes in
            guard let place = UTF8Check.firstInvalid(in: bytes) else { return .utf8 }
            let isCutOff = place + 4 > bytes.count && isCharacterStart(bytes, place)
            return isCutOff ? .utf8 : .windows1252
        }
    }

    /// In UTF-16 without a mark every other byte of Latin text is zero.
    private static func detectByZeros(_ prefix: [UInt8]) -> TextEncoding? {
        guard prefix.count >= 4 else { return nil }
        var zeros = (even: 0, odd: 0)
        for (index, byte) in prefix.enumerated() where byte == 0 {
            if index & 1 == 0 { zeros.even += 1 } else { zeros.odd += 1 }
        }
        if zeros.odd > prefix.count / 4, zeros.even < zeros.odd / 8 { return .utf16LittleEndian }
        if zeros.even > prefix.count / 4, zeros.odd < zeros.even / 8 { return .utf16BigEndian }
        return nil
    }

    /// True when everything from here to the end can be the first part of one character.
    private static func isCharacterStart(_ bytes: UnsafeBufferPointer<UInt8>, _ place: Int) -> Bool {
        let lead = bytes[place]
        let length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2
        guard (0xC2...0xF4).contains(lead), place + length > bytes.count else { return false }
        return bytes[(place + 1)...].allSatisfy { $0 & 0xC0 == 0x80 }
    }
}

/// Converts text that arrives in pieces to UTF-8.
public struct TextConverter: Sendable {
    /// How many characters had no meaning in the encoding and became U+FFFD.
    public private(set) var replacements: Int = 0

    private let encoding: TextEncoding
    private var pending: [UInt8] = []
    private var highSurrogate: UInt16?

    /// A converter from that encoding.
    public init(_ encoding: TextEncoding) {
        self.encoding = encoding
    }

    /// The piece in UTF-8; what a character cut off at its end lacks comes with the next piece.
    public mutating func feed(_ chunk: UnsafeRawBufferPointer) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(chunk.count + chunk.count / 8)
        switch encoding {
        case .utf8: result.append(contentsOf: chunk)
        case .windows1252: for byte in chunk { append(windows1252: byte, to: &result) }
        case .utf16LittleEndian, .utf16BigEndian:
            for byte in chunk {
                pending.append(byte)
                guard pending.count == 2 else { continue }
                let (first, second) = (UInt16(pending[0]), UInt16(pending[1]))
                pending.removeAll(keepingCapacity: true)
                append(unit: encoding == .utf16LittleEndian ? second << 8 | first : first << 8 | second, to: &result)
            }
        }
        return result
    }

    /// The piece in UTF-8.
    public mutating func feed(_ chunk: [UInt8]) -> [UInt8] {
        chunk.withUnsafeBytes { feed($0) }
    }

    /// What is left at the end: nothing, or U+FFFD for half a character.
    public mutating func finish() -> [UInt8] {
        var result: [UInt8] = []
        if highSurrogate != nil || !pending.isEmpty { replace(&result) }
        (highSurrogate, pending) = (nil, [])
        return result
    }

    private mutating func replace(_ result: inout [UInt8]) {
        replacements += 1
        result += [0xEF, 0xBF, 0xBD]
    }

    private mutating func append(windows1252 byte: UInt8, to result: inout [UInt8]) {
        if byte < 0x80 {
            result.append(byte)
        } else if byte >= 0xA0 {
            result.append(0xC0 | byte >> 6)
            result.append(0x80 | byte & 0x3F)
        } else if let scalar = Self.windows1252Upper[Int(byte) - 0x80] {
            result.append(contentsOf: Array(String(scalar).utf8))
        } else {
            replace(&result)
        }
    }

    /// The characters of 0x80 to 0x9F; a space stands for the five that are not assigned.
    private static let windows1252Upper: [Unicode.Scalar?] = "€ ‚ƒ„…†‡ˆ‰Š‹Œ Ž  ‘’“”•–—˜™š›œ žŸ".unicodeScalars.map {
        $0 == " " ? nil : $0
    }

    private mutating func append(unit: UInt16, to result: inout [UInt8]) {
        let scalar: Unicode.Scalar?
        switch unit {
        case 0xD800..<0xDC00:
            if highSurrogate != nil { replace(&result) }
            highSurrogate = unit
            return
        case 0xDC00..<0xE000:
            guard let high = highSurrogate else { return replace(&result) }
            highSurrogate = nil
            scalar = Unicode.Scalar(0x10000 + (UInt32(high) - 0xD800) << 10 + (UInt32(unit) - 0xDC00))
        default:
            if highSurrogate != nil { replace(&result) }
            highSurrogate = nil
            scalar = Unicode.Scalar(unit)
        }
        if let scalar, let bytes = UTF8.encode(scalar) { result.append(contentsOf: bytes) }
    }
}
