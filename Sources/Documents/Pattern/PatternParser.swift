/// Reads a regular expression into a program of `TextPattern`.
struct PatternParser {
    private typealias Code = [TextPattern.Operation]

    private let scalars: [Unicode.Scalar]
    private var place = 0
    private var depth = 0
    /// `[0-9]{1,1000}` is 2,000 steps; nested counts multiply, and a text costs up to one look at each step per character.
    private static let mostSteps = 20_000

    init(_ source: String) {
        scalars = Array(source.unicodeScalars)
    }

    mutating func pattern() throws(TextPatternFault) -> [TextPattern.Operation] {
        let code = try alternatives()
        if place < scalars.count { throw .syntax(offset: place) }
        return code
    }

    private mutating func alternatives() throws(TextPatternFault) -> Code {
        depth += 1
        defer { depth -= 1 }
        if depth > 100 { throw .tooLarge }
        let first = try sequence()
        guard takes("|") else { return first }
        let rest = try alternatives()
        return [.split(1, first.count + 2)] + first + [.jump(rest.count + 1)] + rest
    }

    private mutating func sequence() throws(TextPatternFault) -> Code {
        var code: Code = []
        while let next = peek, next != "|", next != ")" {
            code += try repeated(try atom())
            if code.count > Self.mostSteps { throw .tooLarge }
        }
        return code
    }

    private mutating func atom() throws(TextPatternFault) -> Code {
        let start = place
        guard let scalar = peek else { throw .syntax(offset: place) }
        place += 1
        switch scalar {
        case "^": return [.start]
        case "$": return [.end]
        case ".": return [.scalar(.notLineEnd)]
        case "[": return [.scalar(try characterClass())]
        case "(": return try group(start)
        case "\\": return try escapedAtom()
        case "*", "+", "?", "{", "}", "]": throw .syntax(offset: start)
        default: return [.scalar(ScalarSet([scalar.value...scalar.value]))]
        }
    }

    private mutating func group(_ start: Int) throws(TextPatternFault) -> Code {
        if takes("?") {
            if takes("<") {
                if peek == "=" || peek == "!" { throw .unsupported(offset: start) }
                while let next = peek, next != ">" { place += 1 }
                guard takes(">") else { throw .syntax(offset: start) }
            } else if !takes(":") {
                throw peek == "=" || peek == "!" ? .unsupported(offset: start) : .syntax(offset: start)
            }
        }
        let inner = try alternatives()
        guard takes(")") else { throw .syntax(offset: start) }
        return inner
    }

    private mutating func repeated(_ atom: Code) throws(TextPatternFault) -> Code {
        let start = place
        var counts: (least: Int, most: Int?)
        switch peek {
        case "*": counts = (0, nil)
        case "+": counts = (1, nil)
        case "?": counts = (0, 1)
        case "{": counts = try braces()
        default: return atom
        }
        if scalars[start] != "{" { place += 1 }
        // A lazy repeat accepts the same texts.
        _ = takes("?")
        if let most = counts.most, most < counts.least { throw .syntax(offset: start) }
        let copies = max(counts.least, counts.most ?? counts.least + 1)
        guard copies <= 1000, copies * (atom.count + 2) <= Self.mostSteps else { throw .tooLarge }
        var code: Code = []
        for _ in 0..<counts.least { code += atom }
        if let most = counts.most {
            for _ in counts.least..<most { code += [.split(1, atom.count + 1)] + atom }
        } else {
            code += [.split(1, atom.count + 2)] + atom + [.jump(-(atom.count + 1))]
        }
        return code
    }

    /// `{2}`, `{2,}` or `{2,5}`
    private mutating func braces() throws(TextPatternFault) -> (least: Int, most: Int?) {
        let start = place
        place += 1
        guard let least = number() else { throw .syntax(offset: start) }
        var most: Int? = least
        if takes(",") { most = number() }
        guard takes("}") else { throw .syntax(offset: start) }
        return (least, most)
    }

    private mutating func number() -> Int? {
        var value: Int?
        while let next = peek, next.value &- 0x30 < 10 {
            value = min((value ?? 0) * 10 + Int(next.value - 0x30), 1_000_000)
            place += 1
        }
        return value
    }

    private var peek: Unicode.Scalar? { place < scalars.count ? scalars[place] : nil }

    private mutating func takes(_ wanted: Unicode.Scalar) -> Bool {
        guard peek == wanted else { return false }
        place += 1
        return true
    }
}

extension PatternParser {
    private mutating func escapedAtom() throws(TextPatternFault) -> Code {
        switch peek {
        case "b", "B":
            let wanted = peek == "b"
            place += 1
            return [.wordBoundary(wanted)]
        case "1", "2", "3", "4", "5", "6", "7", "8", "9", "k": throw .unsupported(offset: place - 1)
        default: return [.scalar(try escapedSet().set)]
        }
    }

    /// After a backslash: a set, and the single scalar if it is one.
    private mutating func escapedSet() throws(TextPatternFault) -> (set: ScalarSet, scalar: UInt32?) {
        let start = place - 1
        guard let letter = peek else { throw .syntax(offset: start) }
        place += 1
        switch letter {
        case "d": return (.digit, nil)
        case "D": return (ScalarSet.digit.inverted, nil)
        case "w": return (.word, nil)
        case "W": return (ScalarSet.word.inverted, nil)
        case "s": return (.space, nil)
        case "S": return (ScalarSet.space.inverted, nil)
        case "p", "P": return (try property(isNegated: letter == "P", start), nil)
        default: break
        }
        let value = try escapedScalar(letter, start)
        return (ScalarSet([value...value]), value)
    }

    private mutating func escapedScalar(_ letter: Unicode.Scalar, _ start: Int) throws(TextPatternFault) -> UInt32 {
        switch letter {
        case "t": return 0x09
        case "n": return 0x0A
        case "v": return 0x0B
        case "f": return 0x0C
        case "r": return 0x0D
        case "0": return 0
        case "x": return try hexadecimal(2, start)
        case "u":
            guard takes("{") else { return try unit(start) }
            var value: UInt32 = 0
            while let digit = peek, digit != "}", value <= 0x10FFFF { value = value << 4 | (try hexadecimal(1, start)) }
            guard takes("}"), value <= 0x10FFFF else { throw .syntax(offset: start) }
            return value
        case "c":
            guard let control = peek, control.isASCII, control.properties.isAlphabetic else {
                throw .syntax(offset: start)
            }
            place += 1
            return control.value & 31
        default:
            // Letters that mean nothing yet stay free; everything else stands for itself.
            if letter.isASCII, letter.properties.isAlphabetic || letter.value &- 0x30 < 10 {
                throw .syntax(offset: start)
            }
            return letter.value
        }
    }

    /// Four digits, and the second half of a pair of surrogates.
    private mutating func unit(_ start: Int) throws(TextPatternFault) -> UInt32 {
        let first = try hexadecimal(4, start)
        guard (0xD800..<0xDC00).contains(first), takes("\\"), takes("u") else { return first }
        let second = try hexadecimal(4, start)
        guard (0xDC00..<0xE000).contains(second) else { throw .syntax(offset: start) }
        return 0x10000 + (first - 0xD800) << 10 + (second - 0xDC00)
    }

    private mutating func hexadecimal(_ count: Int, _ start: Int) throws(TextPatternFault) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<count {
            guard let digit = peek.flatMap({ Character($0).hexDigitValue }), peek?.isASCII == true else {
                throw .syntax(offset: start)
            }
            value = value << 4 | UInt32(digit)
            place += 1
        }
        return value
    }

    private mutating func property(isNegated: Bool, _ start: Int) throws(TextPatternFault) -> ScalarSet {
        guard takes("{") else { throw .syntax(offset: start) }
        var name = ""
        while let next = peek, next != "}" {
            name.unicodeScalars.append(next)
            place += 1
        }
        guard takes("}") else { throw .syntax(offset: start) }
        let long = [
            "Letter": "L", "Uppercase_Letter": "Lu", "Lowercase_Letter": "Ll", "Number": "N", "Punctuation": "P",
        ]
        let short = long[name] ?? name
        guard ScalarSet.categories.contains(short) else { throw .unsupported(offset: start) }
        var set = ScalarSet()
        set.insert(ScalarSet.Property(name: short, isNegated: isNegated))
        return set
    }

    private mutating func characterClass() throws(TextPatternFault) -> ScalarSet {
        let start = place - 1
        let isNegated = takes("^")
        var set = ScalarSet()
        while let next = peek {
            if next == "]" {
                place += 1
                return isNegated ? set.inverted : set
            }
            let low = try classItem()
            guard peek == "-", place + 1 < scalars.count, scalars[place + 1] != "]" else {
                if let scalar = low.scalar { set.insert(scalar...scalar) } else { set.insert(low.set) }
                continue
            }
            place += 1
            guard let from = low.scalar, let to = try classItem().scalar, from <= to else {
                throw .syntax(offset: start)
            }
            set.insert(from...to)
        }
        throw .syntax(offset: start)
    }

    private mutating func classItem() throws(TextPatternFault) -> (set: ScalarSet, scalar: UInt32?) {
        guard let scalar = peek else { throw .syntax(offset: place) }
        place += 1
        guard scalar == "\\" else { return (ScalarSet([scalar.value...scalar.value]), scalar.value) }
        if takes("b") { return (ScalarSet([8...8]), 8) }
        if takes("-") { return (ScalarSet([0x2D...0x2D]), 0x2D) }
        return try escapedSet()
    }
}
