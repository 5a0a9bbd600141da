import Documents
import Testing

@Suite struct `A line that never ends` {
    @Test func `of two gigabytes is one broken row, and the rows after it are read`() {
        var reader = CSVReader()
        var rows: [CSVRow] = []
        let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)

        reader.feed(Array("a,b\n1,".utf8)) { rows.append($0) }
        for _ in 0..<2_048 { reader.feed(piece) { rows.append($0) } }
        reader.feed(Array("\n3,4\n".utf8)) { rows.append($0) }
        reader.finish { rows.append($0) }

        #expect(rows.map(\.lineNumber) == [1, 2, 3])
        #expect(rows[1].fault?.reason == .tooLong)
        #expect(rows[1].raw.count == 1 << 20)
        #expect(rows[2].texts == ["3", "4"])
        #expect(rows[2].offset == 4 + 2 + (2_048 << 20) + 1)
    }
}
