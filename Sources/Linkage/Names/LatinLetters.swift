import Foundation

/// The plain spelling of accented Latin letters.
enum LatinLetters {
    /// From U+00C0 to U+017F: the one or two plain letters, low byte first; 0 separates.
    ///
    /// A table, because Foundation's decomposition of a name costs more than all of its keys.
    static let plain: [UInt16] = (0xC0...0x17F).map { value in
        guard let scalar = Unicode.Scalar(UInt32(value)) else { return 0 }
        let letters = special[scalar].map { Array($0.utf8) } ?? decomposed(scalar)
        switch letters.count {
        case 1: return UInt16(letters[0])
        case 2: return UInt16(letters[0]) | UInt16(letters[1]) << 8
        default: return 0
        }
    }

    private static let special: [Unicode.Scalar: String] = [
        "Æ": "ae", "æ": "ae", "Œ": "oe", "œ": "oe", "Ø": "o", "ø": "o", "Ð": "d", "ð": "d", "Đ": "d", "đ": "d",
        "Þ": "th",
        "þ": "th", "ß": "ss", "Ł": "l", "ł": "l", "Ħ": "h", "ħ": "h", "ı": "i", "ĸ": "k", "Ŋ": "ng", "ŋ": "ng",
        "Ŧ": "t",
        "ŧ": "t", "Ĳ": "ij", "ĳ": "ij", "ſ": "s", "ŉ": "n", "Ŀ": "l", "ŀ": "l",
    ]

    /// Plain lower-case letters under the accents; empty when the scalar decomposes into nothing plain.
    static func decomposed(_ scalar: Unicode.Scalar) -> [UInt8] {
        let parts = String(Character(scalar)).decomposedStringWithCompatibilityMapping.lowercased().utf8
        let plain = parts.filter { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) }
        return plain.isEmpty ? [] : Array(plain)
    }
}
