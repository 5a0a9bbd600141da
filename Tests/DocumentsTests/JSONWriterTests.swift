import Documents
import Foundation
import Testing

@Suite struct `Writing JSON` {
    @Test func `places commas and escapes only what it must`() throws {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("a")
        writer.beginArray()
        writer.int(-12)
        writer.bool(true)
        writer.null()
        writer.beginObject()
        writer.endObject()
        writer.beginArray()
        writer.endArray()
        writer.endArray()
        writer.member("é\"", "line\nquote\" back\\ nul\u{0} esc\u{1B} del\u{7F} / é😀")
        writer.member("n", try JSON.parse("1.50"))
        writer.key("raw")
        writer.raw(Array(#"{"x":1}"#.utf8))
        writer.key("d")
        writer.decimal(Decimal(string: "0.10") ?? 0)
        writer.endObject()

        let expected =
            #"{"a":[-12,true,null,{},[]],"é\"":"line\nquote\" back\\ nul\u0000 esc\u001b del"# + "\u{7F}"
            + #" / é😀","n":1.50,"raw":{"x":1},"d":0.1}"#
        #expect(String(decoding: writer.bytes, as: UTF8.self) == expected)
    }

    @Test func `writes lines and hands over in pieces`() {
        var writer = JSONWriter()
        var bytes: [UInt8] = []
        for number in 0..<3 {
            writer.object { $0.member("n", number) }
            writer.endLine()
            if number == 1 { bytes += writer.take() }
        }
        bytes += writer.take()
        #expect(String(decoding: bytes, as: UTF8.self) == "{\"n\":0}\n{\"n\":1}\n{\"n\":2}\n")
    }

    @Test func `indents when asked to`() {
        let json: JSON = ["a": [1, ["b": nil]], "e": [], "o": [:]]
        let expected = """
            {
              "a": [
                1,
                {
                  "b": null
                }
              ],
              "e": [],
              "o": {}
            }
            """
        #expect(String(decoding: json.serialized(pretty: true), as: UTF8.self) == expected)
    }

    @Test func `has one canonical form for equal documents`() throws {
        let left = try JSON.parse(#"{ "b" : [1.0, "\u00e9/"], "a": {"z": -0, "aa": null}, "B": 1e2 }"#)
        let right = try JSON.parse(#"{"B":100,"a":{"aa":null,"z":0},"b":[1,"é\/"]}"#)

        #expect(left == right)
        #expect(left.hashValue == right.hashValue)
        #expect(left.canonical() == right.canonical())
        #expect(String(decoding: left.canonical(), as: UTF8.self) == #"{"B":100,"a":{"aa":null,"z":0},"b":[1,"é/"]}"#)
    }
}

@Suite struct `A JSON object` {
    @Test func `keeps its order through changes, small and large`() {
        for count in [3, 16, 17, 200] {
            var object = JSONObject()
            for number in 0..<count { object["k\(number)"] = .number(JSONNumber(number)) }
            object["k1"] = "changed"
            object["k0"] = nil
            object["k0"] = "last"
            object.removeValue(forKey: "none")

            #expect(object.count == count)
            #expect(object.keys == (1..<count).map { "k\($0)" } + ["k0"])
            #expect(object["k1"] == "changed")
            #expect(object["k\(count - 1)"]?.int == count - 1 || count == 2)
            #expect(object["k\(count)"] == nil)
            #expect(object.removeValue("k1") == "changed")
            #expect(!object.contains("k1"))
            #expect(object["k2"] == 2)
        }
    }

    @Test func `equals another in whatever order`() {
        let left: JSONObject = ["a": 1, "b": [2]]
        let right: JSONObject = ["b": [2], "a": 1]
        #expect(left == right)
        #expect(Set([left, right]).count == 1)
        #expect(left != ["a": 1])
        #expect(left != ["a": 1, "c": [2]])
    }
}
