/// A Swift file cut into lines of code without strings and comments, and lines of comment.
struct SwiftSource {
    /// Code of each line; text in string literals is left out, code in their interpolations stays.
    private(set) var code: [String] = []
    /// Comment text of each line.
    private(set) var comments: [String] = []

    private let bytes: [UInt8]
    private var place = 0
    /// The line that is being read.
    private var codeBytes: [UInt8] = []
    private var commentBytes: [UInt8] = []

    init(_ text: String) {
        bytes = Array(text.utf8)
        readCode(untilBracket: false)
        newLine()
    }

    /// The modules that the file imports, with their lines, counted from 1.
    var imports: [(module: String, line: Int)] {
        code.enumerated().compactMap { index, text in
            var words = text.split(separator: " ").map(String.init)
            while let first = words.first, first.hasPrefix("@") || Self.accessLevels.contains(first) {
                words.removeFirst()
            }
            guard words.first == "import", words.count > 1 else { return nil }
            let name = Self.kinds.contains(words[1]) && words.count > 2 ? words[2] : words[1]
            return (String(name.prefix { $0 != "." && $0 != ";" }), index + 1)
        }
    }

    private static let accessLevels: Set<String> = ["public", "package", "internal", "fileprivate", "private"]
    private static let kinds: Set<String> = ["struct", "class", "enum", "protocol", "func", "typealias", "var", "let"]

    private func has(_ text: StaticString, at offset: Int = 0) -> Bool {
        text.withUTF8Buffer { wanted in
            place + offset + wanted.count <= bytes.count
                && wanted.indices.allSatisfy { bytes[place + offset + $0] == wanted[$0] }
        }
    }

    private mutating func newLine() {
        code.append(String(decoding: codeBytes, as: UTF8.self))
        comments.append(String(decoding: commentBytes, as: UTF8.self))
        codeBytes.removeAll(keepingCapacity: true)
        commentBytes.removeAll(keepingCapacity: true)
    }

    private mutating func keep() {
        codeBytes.append(bytes[place])
        place += 1
    }

    /// Most bytes mean nothing to the reader, and asking them one by one takes a minute for all sources.
    private static let telling: [Bool] = (0..<256).map { "/#\"\n()".utf8.contains(UInt8($0)) }

    private mutating func readCode(untilBracket: Bool) {
        var depth = 0
        while place < bytes.count {
            if !Self.telling[Int(bytes[place])] {
                keep()
            } else if has("//") {
                readLineComment()
            } else if has("/*") {
                readBlockComment()
            } else if let hashes = hashesBeforeQuote() {
                readString(hashes: hashes)
            } else if has("\n") {
                newLine()
                place += 1
            } else {
                if untilBracket, has(")"), depth == 0 { return }
                if has("(") { depth += 1 }
                if has(")") { depth -= 1 }
                keep()
            }
        }
    }

    private mutating func readLineComment() {
        while place < bytes.count, bytes[place] != 0x0A {
            commentBytes.append(bytes[place])
            place += 1
        }
    }

    private mutating func readBlockComment() {
        var depth = 0
        repeat {
            if has("/*") {
                depth += 1
                place += 2
            } else if has("*/") {
                depth -= 1
                place += 2
            } else if has("\n") {
                newLine()
                place += 1
            } else {
                commentBytes.append(bytes[place])
                place += 1
            }
        } while depth > 0 && place < bytes.count
    }

    private func hashesBeforeQuote() -> Int? {
        var count = 0
        while place + count < bytes.count, bytes[place + count] == UInt8(ascii: "#") { count += 1 }
        return has("\"", at: count) ? count : nil
    }

    private mutating func readString(hashes: Int) {
        place += hashes
        let isLong = has("\"\"\"")
        place += isLong ? 3 : 1
        while place < bytes.count {
            if isLong ? has("\"\"\"") : has("\"") {
                let end = place + (isLong ? 3 : 1)
                if end + hashes <= bytes.count, bytes[end..<end + hashes].allSatisfy({ $0 == UInt8(ascii: "#") }) {
                    place = end + hashes
                    return
                }
            }
            if has("\n") {
                newLine()
                place += 1
                // A quote that never closes belongs to a bare regex; better to lose a line than the file.
                if !isLong { return }
            } else if has("\\"), bytes[(place + 1)...].prefix(hashes).allSatisfy({ $0 == UInt8(ascii: "#") }) {
                place += 1 + hashes
                if has("(") {
                    place += 1
                    readCode(untilBracket: true)
                }
                // A backslash before a line's end leaves the end to be counted above.
                if place < bytes.count, !has("\n") { place += 1 }
            } else {
                place += 1
            }
        }
    }
}
