import Documents
import Testing

@Suite struct `Writing CSV` {
    @Test func `quotes only where it must`() {
        var writer = CSVWriter()

        writer.row(["plain", "a,b", "say \"yes\"", "two\nlines", " edge", "é", ""])
        writer.field(42)
        writer.emptyField()
        writer.endRow()
        writer.row([""])

        let expected = "plain,\"a,b\",\"say \"\"yes\"\"\",\"two\nlines\",\" edge\",é,\r\n42,\r\n\"\"\r\n"
        #expect(String(decoding: writer.bytes, as: UTF8.self) == expected)
    }

    @Test func `reads back as it was written`() {
        let rows = [["", "\"", ",", "\r\n", "\u{FEFF}a"], [""], ["x", "", ""], ["\u{FEFF}", "\"\""], ["é😀"]]
        for lineEnd in [CSVWriter.LineEnd.lf, .crlf] {
            var writer = CSVWriter(separator: 0x09, lineEnd: lineEnd)
            for row in rows { writer.row(row) }
            #expect(CSVReader.rows(of: writer.bytes, separator: 0x09).map(\.texts) == rows)
        }
    }

    @Test func `hands over in pieces what it would write as a whole`() {
        var writer = CSVWriter(lineEnd: .lf)
        var bytes: [UInt8] = []
        writer.field("a")
        bytes += writer.take()
        writer.field("")
        writer.endRow()
        bytes += writer.take()
        writer.field("")
        bytes += writer.take()
        writer.endRow()
        bytes += writer.take()
        #expect(String(decoding: bytes, as: UTF8.self) == "a,\n\"\"\n")
    }

    @Test func `guards formulas when asked to`() {
        var writer = CSVWriter(lineEnd: .lf, guardsFormulas: true, hasByteOrderMark: true)
        writer.row(["=1+1", "@x", "-5", "+25.5", "-cmd", "-", "safe"])
        #expect(
            String(decoding: writer.bytes, as: UTF8.self)
                == "\u{FEFF}\"'=1+1\",\"'@x\",-5,+25.5,\"'-cmd\",\"'-\",safe\n")
    }

    @Test(arguments: [true, false]) func `what is guarded comes back as it was`(guards: Bool) {
        let fields = ["=1+1", "'=1+1", "''@x", "'t Hooft", "'", "-5", "'-5", "+257|+258", "safe", "Ñ=1"]
        var writer = CSVWriter(lineEnd: .lf, guardsFormulas: guards, keepsGuards: true)
        writer.row(fields)

        let row = CSVReader.rows(of: writer.bytes)[0]

        #expect(row.texts.map { FormulaGuard.removed(from: $0) } == fields)
        #expect(row[1] == "''=1+1")
        #expect(row[0] == (guards ? "'=1+1" : "=1+1"))
        #expect(row[3] == "'t Hooft")
    }
}
