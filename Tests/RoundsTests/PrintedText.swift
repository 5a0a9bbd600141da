import CZlib
import Foundation

/// What a PDF of ours says, read back from its pages: texts in the order in which they were written.
///
/// The fonts are embedded with the encoding Identity-H, whose codes are UTF-16, and a table from codes to letters of the font.
struct PrintedText {
    private(set) var lines: [String] = []
    /// Letters of the font by code, for each font: 2 bytes each, zero for a letter that it lacks.
    private(set) var glyphs: [[UInt8]] = []

    init(_ document: [UInt8]) {
        for stream in Self.streams(Data(document)) {
            if stream.count == 2 * 0xFFFF { glyphs.append(stream) }
            guard let text = String(bytes: stream, encoding: .utf8), text.contains("BT\n") else { continue }
            lines += text.matches(of: /<([0-9A-F]+)> Tj/).map { Self.decoded($0.output.1) }
        }
    }

    /// Whether every letter of the text prints as itself in every font.
    func prints(_ text: String) -> Bool {
        text.utf16.allSatisfy { unit in
            glyphs.allSatisfy { $0[2 * Int(unit)] != 0 || $0[2 * Int(unit) + 1] != 0 }
        }
    }

    private static func decoded(_ hexadecimal: Substring) -> String {
        var (units, rest): ([UInt16], Substring) = ([], hexadecimal)
        while let unit = UInt16(rest.prefix(4), radix: 16) {
            units.append(unit)
            rest = rest.dropFirst(4)
        }
        return String(decoding: units, as: UTF16.self)
    }

    /// The contents of all compressed streams.
    private static func streams(_ document: Data) -> [[UInt8]] {
        var result: [[UInt8]] = []
        var place = document.startIndex
        let (word, end) = (Data("stream".utf8), Data("endstream".utf8))
        while let found = document.range(of: word, in: place..<document.endIndex) {
            guard let last = document.range(of: end, in: found.upperBound..<document.endIndex) else { break }
            let begin = document[found.upperBound...].firstIndex { $0 != 0x0D && $0 != 0x0A } ?? last.lowerBound
            if let content = inflated(Array(document[begin..<last.lowerBound])) { result.append(content) }
            place = last.upperBound
        }
        return result
    }

    private static func inflated(_ bytes: [UInt8]) -> [UInt8]? {
        var size = uLongf(4 << 20)
        var result = [UInt8](repeating: 0, count: Int(size))
        guard uncompress(&result, &size, bytes, uLong(bytes.count)) == Z_OK else { return nil }
        return Array(result.prefix(Int(size)))
    }
}
