import Documents
import Testing

/// SplitMix64: small, seeded, the same everywhere.
private struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}

@Suite struct `Fuzzing` {
    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func `JSON documents survive writing and reading`(seed: UInt64) throws {
        var generator = SeededGenerator(state: seed)
        for round in 0..<150 {
            let json = Self.document(depth: 0, &generator)

            let compact = json.serialized()
            var writer = JSONWriter()
            writer.value(json)
            let isSame = try JSON.parse(compact) == json && writer.bytes == compact
            let isSamePretty = try JSON.parse(json.serialized(pretty: true)).canonical() == json.canonical()

            #expect(isSame && isSamePretty, "seed \(seed), round \(round)")
        }
    }

    @Test(arguments: [5, 6, 7, 8] as [UInt64])
    func `broken JSON is refused or read, never worse`(seed: UInt64) {
        var generator = SeededGenerator(state: seed)
        for _ in 0..<600 {
            var bytes = Self.document(depth: 2, &generator).serialized(pretty: Bool.random(using: &generator))
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                guard !bytes.isEmpty else { break }
                let place = bytes.indices.randomElement(using: &generator) ?? 0
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: bytes[place] = UInt8.random(in: .min ... .max, using: &generator)
                case 1: bytes.remove(at: place)
                case 2:
                    bytes.insert(Array("{}[]\",:\\eu0-.\u{0}".utf8).randomElement(using: &generator) ?? 0, at: place)
                default: bytes.removeSubrange(place...)
                }
            }
            do {
                let json = try JSON.parse(bytes)
                let isSame =
                    try JSON.parse(json.serialized()) == json && String(validating: bytes, as: UTF8.self) != nil
                #expect(isSame)
            } catch {
                #expect(error.offset <= bytes.count && error.line >= 1 && error.column >= 1)
            }
        }
    }

    @Test(arguments: [9, 10, 11, 12] as [UInt64])
    func `CSV rows survive writing, cutting and reading`(seed: UInt64) {
        var generator = SeededGenerator(state: seed)
        for round in 0..<100 {
            let rows: [[String]] = (0..<Int.random(in: 1...20, using: &generator)).map { _ in
                (0..<Int.random(in: 1...8, using: &generator)).map { _ in Self.text(&generator) }
            }
            let separators: [UInt8] = [0x2C, 0x3B, 0x09]
            let separator = separators.randomElement(using: &generator) ?? 0x2C
            var writer = CSVWriter(separator: separator, lineEnd: Bool.random(using: &generator) ? .lf : .crlf)
            for row in rows { writer.row(row) }

            let read = Self.readInPieces(writer.bytes, separator: separator, &generator)

            #expect(read.map(\.texts) == rows, "seed \(seed), round \(round)")
        }
    }

    @Test(arguments: [13, 14, 15, 16] as [UInt64])
    func `broken CSV reads the same in pieces as in one`(seed: UInt64) {
        var generator = SeededGenerator(state: seed)
        let alphabet: [UInt8] = Array("a\"\",;\n\r\n\"é ".utf8) + [0xFF]
        for round in 0..<700 {
            let bytes = (0..<Int.random(in: 0...80, using: &generator)).map { _ in
                alphabet.randomElement(using: &generator) ?? 0
            }
            let whole = CSVReader.rows(of: bytes)
            let pieces = Self.readInPieces(bytes, separator: UInt8(ascii: ","), &generator)

            #expect(Self.summary(whole) == Self.summary(pieces), "seed \(seed), round \(round)")
            for row in whole where row.fault == nil {
                #expect(Array(bytes[row.offset..<row.offset + row.raw.count]) == row.raw)
            }
        }
    }

    private static func summary(_ rows: [CSVRow]) -> [String] {
        rows.map { row in
            let place = "\(row.lineNumber) \(row.rowNumber) \(row.offset) \(row.fault?.code ?? "")"
            return place + " \(row.raw) \(row.texts) \(row.fieldsNotUTF8)"
        }
    }

    private static func readInPieces(
        _ bytes: [UInt8], separator: UInt8, _ generator: inout SeededGenerator
    ) -> [CSVRow] {
        var reader = CSVReader(separator: separator)
        var rows: [CSVRow] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = Int.random(in: 0...6, using: &generator)
            reader.feed(Array(rest.prefix(count))) { rows.append($0) }
            rest = rest.dropFirst(count)
        }
        reader.finish { rows.append($0) }
        return rows
    }

    private static func text(_ generator: inout SeededGenerator) -> String {
        let alphabet: [Unicode.Scalar] = [
            "a", "b", "\"", "\\", ",", ";", "\n", "\r", "\t", "\u{0}", "\u{1F}", "é", "€", "😀", " ", "/",
        ]
        var text = ""
        for _ in 0..<Int.random(in: 0...20, using: &generator) {
            text.unicodeScalars.append(alphabet.randomElement(using: &generator) ?? "x")
        }
        return text
    }

    private static func document(depth: Int, _ generator: inout SeededGenerator) -> JSON {
        switch Int.random(in: 0..<(depth < 3 ? 8 : 5), using: &generator) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &generator))
        case 2: return .number(JSONNumber(Int.random(in: .min ... .max, using: &generator)))
        case 3: return .string(text(&generator))
        case 4:
            let texts = ["0", "-0.5", "1e10", "1.25E-3", "12345678901234567890.5"]
            return .number(JSONNumber(text: texts.randomElement(using: &generator) ?? "0") ?? 0)
        case 5:
            return .array(
                (0..<Int.random(in: 0...5, using: &generator)).map { _ in document(depth: depth + 1, &generator) })
        default:
            var object = JSONObject()
            for _ in 0..<Int.random(in: 0...(depth == 0 ? 40 : 4), using: &generator) {
                object[text(&generator)] = document(depth: depth + 1, &generator)
            }
            return .object(object)
        }
    }
}
