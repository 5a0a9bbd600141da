import Documents
import Testing

private func rows(_ text: String) -> [CSVRow] { CSVReader.rows(of: Array(text.utf8)) }

@Suite struct `Reading CSV` {
    @Test(arguments: ["a,b\r\nc,d\r\n", "a,b\nc,d\n", "a,b\rc,d\r", "a,b\r\nc,d", "\u{FEFF}a,b\n\n\r\nc,d\n\n"])
    func `takes every line end, a byte order mark and blank lines`(text: String) {
        let rows = rows(text)

        #expect(rows.map(\.texts) == [["a", "b"], ["c", "d"]])
        #expect(rows.allSatisfy { $0.fault == nil })
        #expect(rows.map(\.rowNumber) == [1, 2])
    }

    @Test func `takes quoted separators, quotes and line ends`() {
        let rows = rows("\"a,1\",\"say \"\"yes\"\"\",\"two\r\nlines\"\r\nb,,\"\"\r\n,")

        #expect(rows.map(\.texts) == [["a,1", "say \"yes\"", "two\r\nlines"], ["b", "", ""], ["", ""]])
        #expect(rows.map(\.lineNumber) == [1, 3, 4])
        #expect(rows[1].isQuoted(2))
        #expect(!rows[1].isQuoted(1))
        #expect(rows[0].bytes(1) == Array("say \"yes\"".utf8))
    }

    @Test func `tells where a row stands and what its bytes were`() {
        let text = "id,name\n1,Ndayizeye\n2,\"Nkurunziza, P.\"\n"

        let rows = rows(text)

        #expect(rows.map(\.offset) == [0, 8, 20])
        #expect(rows.map(\.raw) == text.split(separator: "\n").map { Array($0.utf8) })
        #expect(rows[2][7] == "")
        #expect(rows[2].text(7) == nil)
    }

    @Test(arguments: [
        ("a,b\"c,d\nnext,1\n", CSVFault.Reason.strayQuote, "a,b\"c,d"),
        ("a,\"b\"c,d\nnext,1\n", .textAfterQuote, "a,\"b\"c,d"),
        ("a,\"b\nnext,1\n", .unterminatedQuote, "a,\"b"),
        ("a,\"b\r\nnext,1\r\n", .unterminatedQuote, "a,\"b"),
        // The quote that opens on the first line closes before the text of the second.
        ("a,\"b\n\"next\",1\n", .textAfterQuote, "a,\"b"),
    ])
    func `hands on a broken row and resumes on the next line`(text: String, reason: CSVFault.Reason, raw: String) {
        let rows = rows(text)

        #expect(rows.count == 2)
        #expect(rows[0].fault == CSVFault(reason, line: 1))
        #expect(rows[0].raw == Array(raw.utf8))
        #expect(rows[0].count == 0)
        #expect(rows[1].texts == ["next", "1"])
        #expect(rows[1].lineNumber == 2)
    }

    @Test func `holds rows to their limits`() {
        var reader = CSVReader(limits: CSVReader.Limits(rowBytes: 20, fields: 3))
        var rows: [CSVRow] = []
        let long = String(repeating: "x", count: 300)

        reader.feed(Array("a,b,c\n1,2,3,4\n\(long),\(long)\nd,e\n\"never\nclosed but\nlonger than twenty\nf,g\n".utf8))
        {
            rows.append($0)
        }
        reader.finish { rows.append($0) }

        #expect(
            rows.map { $0.fault?.reason } == [
                nil, .tooManyFields, .tooLong, nil, .unterminatedQuote, nil, nil, nil,
            ])
        #expect(rows[2].raw.count == 20)
        #expect(rows.last?.texts == ["f", "g"])
        #expect(rows.last?.lineNumber == 8)
    }

    @Test func `passes over a line of two gigabytes and keeps its beginning alone`() {
        var reader = CSVReader()
        var rows: [CSVRow] = []
        let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)

        reader.feed(Array("a,b\n".utf8)) { rows.append($0) }
        for _ in 0..<2048 { reader.feed(piece) { rows.append($0) } }
        reader.feed(Array("\nc,d\n".utf8)) { rows.append($0) }
        reader.finish { rows.append($0) }

        #expect(rows.map { $0.fault?.reason } == [nil, .tooLong, nil])
        #expect(rows[1].raw.count == CSVReader.Limits().rowBytes)
        #expect(rows[2].texts == ["c", "d"])
        #expect(rows[2].lineNumber == 3)
        #expect(rows[2].offset == (2 << 30) + 5)
    }

    @Test func `names the fields that are not UTF-8 and reads the others`() {
        let rows = CSVReader.rows(of: [0x61, 0x2C, 0xE9, 0x2C, 0xC3, 0xA9, 0x0A])

        #expect(rows[0].fieldsNotUTF8 == [1])
        #expect(rows[0].text(1) == nil)
        #expect(rows[0][1] == "\u{FFFD}")
        #expect(rows[0].text(2) == "é")
    }

    @Test func `survives an error of the caller`() throws {
        struct Stop: Error {}
        var reader = CSVReader()
        var seen: [String] = []

        #expect(throws: Stop.self) {
            try reader.feed(Array("a\nb\nc\nd".utf8)) { row throws(Stop) in
                seen.append(row[0])
                if row[0] == "b" { throw Stop() }
            }
        }
        reader.feed(Array("e\n".utf8)) { seen.append($0[0]) }

        #expect(seen == ["a", "b", "c", "de"])
    }

    @Test(arguments: ["a;b;c\n1;2,5;3\n4;5;6\n", "a\tb\n1,2\t3\n", "a,b\n1;2,3\n", "a|b|c\n1|2|3\n"])
    func `guesses the separator`(text: String) {
        let expected = text.utf8.dropFirst().first

        #expect(CSVShape.detect(Array(text.utf8)).separator == expected)
    }

    @Test func `guesses the encoding and converts`() {
        let text = "nom;ménage\nÉlise;€ 5 – “vu”\n"
        let utf16 = text.utf16.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
        let utf16Big = text.utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] }
        let ansi: [UInt8] = text.unicodeScalars.map { scalar in
            switch scalar {
            case "€": 0x80
            case "–": 0x96
            case "“": 0x93
            case "”": 0x94
            default: UInt8(scalar.value)
            }
        }
        let files: [(bytes: [UInt8], encoding: TextEncoding)] = [
            (Array(text.utf8), .utf8), ([0xEF, 0xBB, 0xBF] + Array(text.utf8), .utf8),
            ([0xFF, 0xFE] + utf16, .utf16LittleEndian), ([0xFE, 0xFF] + utf16Big, .utf16BigEndian),
            (utf16, .utf16LittleEndian), (utf16Big, .utf16BigEndian), (ansi, .windows1252),
        ]
        for file in files {
            let shape = CSVShape.detect(file.bytes)
            #expect(shape == CSVShape(encoding: file.encoding, separator: UInt8(ascii: ";")))
            let rows = CSVReader.rows(of: file.bytes, separator: shape.separator, encoding: shape.encoding)
            #expect(rows.map(\.texts) == [["nom", "ménage"], ["Élise", "€ 5 – “vu”"]])
        }
        let cut = Array("nom,ménage\né".utf8.dropLast())
        #expect(TextEncoding.detect(cut) == .utf8)
    }

    @Test func `converts what has no meaning to the replacement character and counts it`() {
        var ansi = TextConverter(.windows1252)
        #expect(ansi.feed([0x41, 0x81, 0x9F]) == Array("A\u{FFFD}Ÿ".utf8))
        #expect(ansi.replacements == 1)

        var wide = TextConverter(.utf16LittleEndian)
        let pair = wide.feed([0x3D, 0xD8, 0x00]) + wide.feed([0xDE])
        #expect(pair == Array("😀".utf8))
        #expect(
            wide.feed([0x3D, 0xD8, 0x41, 0x00, 0x00, 0xDC, 0x42]) + wide.finish()
                == Array("\u{FFFD}A\u{FFFD}\u{FFFD}".utf8))
    }
}
