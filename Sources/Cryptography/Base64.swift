/// Bytes as base64 and base64url (RFC 4648, sections 4 and 5).
public enum Base64 {
    /// With `+`, `/` and padding.
    public static func encode(_ bytes: [UInt8]) -> String {
        encode(bytes, alphabet: standard, isPadded: true)
    }

    /// With `-`, `_` and no padding, as in URLs and tokens.
    public static func encodeURL(_ bytes: [UInt8]) -> String {
        encode(bytes, alphabet: url, isPadded: false)
    }

    /// Nil unless the text is whole, padded, canonical base64 without white space.
    public static func decode(_ text: some StringProtocol) -> [UInt8]? {
        let letters = Array(text.utf8)
        guard letters.count.isMultiple(of: 4) else { return nil }
        let padding = letters.suffix(2).count { $0 == UInt8(ascii: "=") }
        guard padding == 0 || letters.last == UInt8(ascii: "=") else { return nil }
        return decode(letters.dropLast(padding), plus: UInt8(ascii: "+"), slash: UInt8(ascii: "/"))
    }

    /// Nil unless the text is whole, unpadded, canonical base64url without white space.
    public static func decodeURL(_ text: some StringProtocol) -> [UInt8]? {
        decode(Array(text.utf8)[...], plus: UInt8(ascii: "-"), slash: UInt8(ascii: "_"))
    }

    private static let standard: [UInt8] = alphabet("+/")
    private static let url: [UInt8] = alphabet("-_")

    private static func alphabet(_ last: String) -> [UInt8] {
        Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8) + Array(last.utf8)
    }

    private static func encode(_ bytes: [UInt8], alphabet: [UInt8], isPadded: Bool) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            var bits: UInt32 = 0
            for byte in group { bits = bits << 8 | UInt32(byte) }
            bits <<= UInt32(8 * (3 - group.count))
            for place in 0...group.count {
                text.append(alphabet[Int(bits >> UInt32(18 - 6 * place)) & 63])
            }
            if isPadded { text.append(contentsOf: repeatElement(UInt8(ascii: "="), count: 3 - group.count)) }
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static func decode(_ letters: ArraySlice<UInt8>, plus: UInt8, slash: UInt8) -> [UInt8]? {
        guard letters.count % 4 != 1 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(letters.count * 3 / 4)
        var bits: UInt32 = 0
        var held: UInt32 = 0
        for letter in letters {
            guard let value = value(letter, plus, slash) else { return nil }
            bits = bits << 6 | value
            held += 6
            if held >= 8 {
                held -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> held))
            }
        }
        // Left-over bits that are not zero would give one value two texts.
        return bits & ((1 << held) - 1) == 0 ? bytes : nil
    }

    private static func value(_ letter: UInt8, _ plus: UInt8, _ slash: UInt8) -> UInt32? {
        switch letter {
        case 0x41...0x5A: UInt32(letter) - 0x41
        case 0x61...0x7A: UInt32(letter) - 0x61 + 26
        case 0x30...0x39: UInt32(letter) - 0x30 + 52
        case plus: 62
        case slash: 63
        default: nil
        }
    }
}
