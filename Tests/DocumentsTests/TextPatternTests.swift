import Documents
import Testing

@Suite struct `A text pattern` {
    @Test(
        arguments: [
            ("^[a-z]{3,3}$", ["eng", "fra"], ["en", "engl", "ENG", "eng\n"]),
            (#"^\d{1,13}\.\d{1,2}$"#, ["0.5", "1234567890123.45"], [".5", "1.", "1.234", "١.٢"]),
            (#"^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$"#, ["0", "-1.5e+10", "10"], ["01", "1.", "e5", "+1"]),
            (#"^[ \r\n\t\S]+$"#, ["a b\tc", "é"], ["", "\u{A0}"]),
            (#"^[^\s]+(\s[^\s]+)*$"#, ["a", "a b c"], [" a", "a  b", "a "]),
            (#"^(\s*([0-9a-zA-Z\+/=]){4}\s*)+$"#, ["abcd", " abcd efg= "], ["abc", "abcde"]),
            (#"^[A-Za-z0-9\-\.]{1,64}$"#, ["a-b.c"], ["", "a_b"]),
            ("^true|false$", ["true", "trueish", "xfalse"], ["xtrue", "falsey"]),
            ("a|b|", ["", "c"], []),
            ("^(?:ab)?c(?<name>d)+$", ["c" + "d", "abcdd"], ["abc", "acd"]),
            (#"\bword\b"#, ["a word.", "word"], ["sword", "wordy"]),
            (#"^\p{Lu}\p{Ll}+$"#, ["Élise", "Ndayizeye"], ["élise", "E1"]),
            (#"^\P{L}+$"#, ["123", "-"], ["a1"]),
            (#"^\u00e9\x41\u{1F600}\ud83d\ude00$"#, ["éA😀😀"], ["eA😀😀"]),
            ("^[^a-c]$", ["d", "é", "😀"], ["a", "b", "c", "dd"]),
            (#"^[\]\-\\^]+$"#, ["]-\\^"], ["a"]),
            (#"^[a\-z]+$"#, ["a-z"], ["b"]),
            (#"^[\w.-]+$"#, ["a_b.c-d"], ["a b"]),
            ("^.$", ["a", "é"], ["\n", "", "ab"]),
            ("^(a*)*b$", ["b", "aab"], ["aac"]),
            ("^a{2,}?$", ["aa", "aaaa"], ["a"]),
            ("^a{2}$", ["aa"], ["a", "aaa"]),
            ("^[]$", [], ["", "a"]),
            (#"^[^]$"#, ["a", "\n"], [""]),
        ] as [(String, [String], [String])])
    func `follows ECMA-262`(source: String, fits: [String], fails: [String]) throws {
        let pattern = try TextPattern(source)

        for text in fits { #expect(pattern.matches(text), "\(text)") }
        for text in fails { #expect(!pattern.matches(text), "\(text)") }
    }

    @Test func `can ask for the whole text`() throws {
        let pattern = try TextPattern("[0-9]{4}|x")

        #expect(pattern.matchesWhole("1234"))
        #expect(pattern.matchesWhole("x"))
        #expect(!pattern.matchesWhole("12345"))
        #expect(pattern.matches("12345"))
        #expect(!pattern.matchesWhole(""))
    }

    @Test(arguments: ["(", ")", "[", "a{2,1}", "*a", "a**", "[z-a]", #"\"#, #"\u12"#, "{", "(?x)", #"\q"#])
    func `refuses what is no expression`(source: String) {
        #expect(throws: TextPatternFault.self) { try TextPattern(source) }
    }

    @Test(arguments: [#"(a)\1"#, "(?=a)", "(?!a)", "(?<=a)b", #"\p{Script=Greek}"#])
    func `refuses what a linear matcher cannot do`(source: String) {
        #expect(throws: TextPatternFault.unsupported(offset: source.hasPrefix("(a)") ? 3 : 0)) {
            try TextPattern(source)
        }
    }

    @Test func `refuses counts that unfold too far, and depths without end`() {
        #expect(throws: TextPatternFault.tooLarge) { try TextPattern("(((a{100}){100}){100}){100}") }
        #expect(throws: TextPatternFault.tooLarge) { try TextPattern(String(repeating: "(", count: 10_000)) }
    }

    @Test func `stays linear where a backtracking matcher would not end`() throws {
        let pattern = try TextPattern("^(a+)+$")
        #expect(!pattern.matches(String(repeating: "a", count: 5000) + "b"))
    }
}
