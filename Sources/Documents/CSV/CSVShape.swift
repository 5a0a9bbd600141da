/// How a CSV file is written, guessed from its beginning.
public struct CSVShape: Sendable, Equatable {
    /// What the bytes are in.
    public var encoding: TextEncoding
    /// The ASCII character between fields.
    public var separator: UInt8

    /// A shape that is known, not guessed.
    public init(encoding: TextEncoding = .utf8, separator: UInt8 = UInt8(ascii: ",")) {
        (self.encoding, self.separator) = (encoding, separator)
    }

    /// The guess: the separator that splits the most lines into the same number of fields, more than one.
    ///
    /// - Parameter prefix: the first bytes of the file, best some 64 kB; a line cut off at the end is left out.
    public static func detect(_ prefix: [UInt8]) -> CSVShape {
        let encoding = TextEncoding.detect(prefix)
        var converter = TextConverter(encoding)
        var text = converter.feed(prefix)
        if let lastLine = text.lastIndex(where: { $0 == 0x0A || $0 == 0x0D }) { text.removeSubrange((lastLine + 1)...) }
        var best = (score: 0.0, separator: UInt8(ascii: ","))
        for candidate in [UInt8(ascii: ","), UInt8(ascii: ";"), 0x09, UInt8(ascii: "|")] {
            let score = score(text, candidate)
            if score > best.score { best = (score, candidate) }
        }
        return CSVShape(encoding: encoding, separator: best.separator)
    }

    /// The share of rows with the first row's number of fields; more fields decide between equals.
    private static func score(_ text: [UInt8], _ separator: UInt8) -> Double {
        let rows = CSVReader.rows(of: text, separator: separator).prefix(100)
        guard let width = rows.first(where: { $0.fault == nil })?.count, width > 1 else { return 0 }
        let alike = rows.count { $0.count == width }
        return Double(alike) / Double(rows.count) + Double(min(width, 1000)) / 100_000
    }
}
