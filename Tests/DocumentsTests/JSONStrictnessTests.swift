import Documents
import Testing

/// Our own list in the manner of JSONTestSuite: what every parser of RFC 8259 must take and must refuse.
@Suite struct `Strict JSON` {
    @Test(arguments: [
        "null", " true ", "false", "0", "-0", "-1", "123e65", "0e+1", "0e1", "1E22", "1E-2", "1e-2", "1E+2", "20e1",
        "123.456789",
        "-0.000000000000000000000000000000000000000000000000000000000000000000000000000001", "[]", "[   ]", "{}",
        "[\"\"]",
        "[\"a\",\n4]", "[null, 1, \"1\", {}]", "[1,null,null,null,2]", "[ 4]", "[2] ", "\"\"", "\" \"", "\"\\\"\"",
        "\"\\\\\"",
        "\"\\/\"", "\"\\b\\f\\n\\r\\t\"", "\"\\u0000\"", "\"\\u0012\"", "\"\\uD801\\uDC37\"",
        "\"\\ud83d\\ude39\\ud83d\\udc8d\"",
        "\"\\uDBFF\\uDFFF\"", "\"\\uFFFF\"", "\"\u{7F}\"", "\"\u{2028}\u{2029}\"", "\"é\"", "\"😀\"", "\"\u{10FFFF}\"",
        "\"\\u0061\\u30af\\u30EA\\u30b9\"", "\"/* no comment */\"", "{\"\":0}", "{\"a\":[]}",
        "{\"a\":\"b\",\"c\":\"d\"}",
        "{\"a\\u0000b\":1}", "{ \"min\": -1.0e+28, \"max\": 1.0e+28 }", "{\"a\":\n\"b\"\n}", "\t[\r\n1\t]\r\n",
        "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
    ])
    func `takes`(text: String) throws {
        let json = try JSON.parse(text)

        #expect(try JSON.parse(json.text) == json)
        #expect(try JSON.parse(json.serialized(pretty: true)) == json)
        #expect(try JSON.parse(json.canonical()) == json)
    }

    @Test(
        arguments: [
            ("", .empty), ("  \n", .empty), ("[", .unfinished), ("{", .unfinished), ("[1", .unfinished),
            ("[1,", .unfinished),
            ("{\"a\"", .unfinished), ("{\"a\":", .unfinished), ("{\"a\":1", .unfinished), ("{\"a\":1,", .unfinished),
            ("\"", .unfinished), ("\"a", .unfinished), ("\"\\", .unfinished), ("\"\\u00", .unfinished),
            ("tru", .unfinished),
            ("-", .unfinished), ("1.", .unfinished), ("1e", .unfinished), ("1e+", .unfinished),
            ("1 2", .trailing), ("[]]", .trailing), ("{}}", .trailing), ("null,", .trailing), ("\"a\"x", .trailing),
            ("[1]#", .trailing),
            ("[,1]", .value), ("[1,,2]", .value), ("[1,]", .value), ("]", .value), ("{\"a\":}", .value),
            ("[-]", .number),
            ("'a'", .value), ("/*c*/1", .value), ("#1", .value), (".5", .value), ("+1", .value), ("[1 2]", .separator),
            ("[\"a\" \"b\"]", .separator), ("[\"a\";\"b\"]", .separator), ("{\"a\":1 \"b\":2}", .separator),
            ("[1}", .separator),
            ("{\"a\":1]", .separator), ("{a:1}", .memberName), ("{'a':1}", .memberName), ("{1:1}", .memberName),
            ("{,}", .memberName),
            ("{\"a\":1,}", .memberName), ("{\"a\" 1}", .memberName), ("{\"a\"}", .memberName),
            ("{null:1}", .memberName),
            ("{\"a\":1,\"a\":2}", .duplicateMember), ("{\"a\":1,\"\\u0061\":2}", .duplicateMember),
            ("{\"\\u00e9\":1,\"e\\u0301\":2}", .duplicateMember), ("\u{FEFF}1", .byteOrderMark),
            ("01", .number), ("-01", .number), ("00", .number), ("-a", .number), ("1.a", .number), ("1.e1", .number),
            ("1ea", .number),
            ("1e+a", .number), ("0x1", .trailing), ("1.2.3", .trailing), ("1_000", .trailing), ("1e1.5", .trailing),
            ("0e", .unfinished),
            ("TRUE", .literal), ("nul1", .literal), ("truth", .literal), ("NaN", .literal), ("Infinity", .literal),
            ("undefined", .literal),
            ("True", .literal), ("a", .literal), ("-Infinity", .number),
            ("\"\n\"", .control), ("\"\t\"", .control), ("\"\u{0}\"", .control), ("\"\u{1F}\"", .control),
            ("\"abcdefghijk\u{1}\"", .control),
            ("\"\\n\n\"", .control), ("\"\\x\"", .escape), ("\"\\'\"", .escape), ("\"\\0\"", .escape),
            ("\"\\U0041\"", .escape),
            ("\"\\u00G0\"", .escape), ("\"\\u-001\"", .escape), ("\"\\é\"", .escape), ("\"\\u 041\"", .escape),
            ("\"\\uD800\"", .surrogate), ("\"\\uDC00\"", .surrogate), ("\"\\uD800\\n\"", .surrogate),
            ("\"\\uD800x\"", .surrogate),
            ("\"\\uD800\\uD800\"", .surrogate), ("\"\\uDFFF\\uD800\"", .surrogate), ("\"\\uD83D\\u0041\"", .surrogate),
            ("é", .value),
            ("[\u{A0}1]", .value), ("[1,\u{2028}2]", .value),
        ] as [(String, JSONFault.Reason)])
    func `refuses`(text: String, reason: JSONFault.Reason) {
        let fault = #expect(throws: JSONFault.self) { try JSON.parse(text) }
        #expect(fault?.reason == reason)
    }

    @Test(
        arguments: [
            [0x80], [0xC0, 0x80], [0xC1, 0xBF], [0xE0, 0x80, 0x80], [0xE0, 0x9F, 0xBF], [0xED, 0xA0, 0x80],
            [0xED, 0xBF, 0xBF],
            [0xF0, 0x8F, 0xBF, 0xBF], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFF], [0xFE], [0xC3],
            [0xE2, 0x82],
            [0xF0, 0x9F, 0x98], [0xC3, 0x28], [0xE2, 0x28, 0xA1],
        ] as [[UInt8]])
    func `refuses bytes that are not UTF-8, wherever they stand`(bytes: [UInt8]) {
        let quote = [UInt8(ascii: "\"")]
        for before in ["", "abcdefghij", "é", "\\n"] {
            let place = 1 + before.utf8.count
            let fault = #expect(throws: JSONFault.self) { try JSON.parse(quote + Array(before.utf8) + bytes + quote) }
            #expect(fault?.reason == .encoding)
            #expect(fault?.offset == place)
        }
        let member: [UInt8] = Array("{\"".utf8) + bytes + Array("\":1}".utf8)
        #expect(throws: JSONFault.self) { try JSON.parse(member) }
        #expect(throws: JSONFault.self) { try JSON.parse(bytes) }
    }

    @Test func `lets the last of equal names hold for senders who are known to need it`() throws {
        let text = #"{"a":1,"b":2,"a":{"c":3,"c":4}}"#

        let json = try JSON.parse(text, limits: JSON.Limits(takesLastDuplicate: true))

        #expect(json.text == #"{"a":{"c":4},"b":2}"#)
        #expect(throws: JSONFault.self) { try JSON.parse(text) }
    }

    @Test func `refuses what is too deep or too large`() throws {
        let deep = String(repeating: "[", count: 65) + String(repeating: "]", count: 65)
        let mixed = String(repeating: "{\"a\":[", count: 33) + String(repeating: "]}", count: 33)
        let bottomless = String(repeating: "[", count: 1_000_000)
        for text in [deep, mixed, bottomless] {
            #expect(throws: JSONFault.self) { try JSON.parse(text) }
        }
        _ = try JSON.parse(deep, limits: JSON.Limits(depth: 65))
        let fault = #expect(throws: JSONFault.self) { try JSON.parse("[1,2,3]", limits: JSON.Limits(bytes: 6)) }
        #expect(fault?.reason == .size)
        _ = try JSON.parse("[1,2,3]", limits: JSON.Limits(bytes: 7))
    }

    @Test func `takes large objects in time that grows with their size`() throws {
        let members = (0..<100_000).map { "\"k\($0)\":\($0)" }.joined(separator: ",")

        let json = try JSON.parse("{\(members)}")

        #expect(json["k99999"]?.int == 99_999)
        #expect(throws: JSONFault.self) { try JSON.parse("{\(members),\"k500\":1}") }
    }
}
