import Documents
import Testing

@Suite struct `JSON items` {
    private func items(_ text: String, piece: Int) throws -> [JSON] {
        var reader = JSONItems()
        var result: [JSON] = []
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: piece) {
            result += try reader.feed(bytes[start..<min(start + piece, bytes.count)])
        }
        try reader.finish()
        return result
    }

    @Test(arguments: [1, 3, 1000]) func `are the objects of an array or of lines, in pieces of any size`(piece: Int)
        throws
    {
        let expected: [JSON] = [["a": "]}\"{", "b": [1, ["c": 2]]], [:]]

        #expect(try items(#" [{"a":"]}\"{","b":[1,{"c":2}]} , {}] "#, piece: piece) == expected)
        #expect(try items("{\"a\":\"]}\\\"{\",\"b\":[1,{\"c\":2}]}\n{}\n", piece: piece) == expected)
        #expect(try items("[]", piece: piece) == [])
    }

    @Test(arguments: ["", "[{}", "{\"a\":", "[1]", "[{}] x", "x"]) func `refuse what is cut off or is something else`(
        text: String
    ) {
        #expect(throws: JSONFault.self) { try items(text, piece: 2) }
    }

    @Test func `tell the line of a mistake in the whole file`() {
        var reader = JSONItems()
        let fault = #expect(throws: JSONFault.self) { try reader.feed(Array("[\n{\"a\": 1},\n{\"a\": 01}\n]".utf8)) }

        #expect(fault?.line == 3)
    }
}
