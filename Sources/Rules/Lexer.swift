import Foundation

/// One word or sign of a rule.
struct Token: Equatable {
    enum Kind: Equatable {
        case name(String)
        case number(Decimal)
        case text(String)
        /// Operators, brackets, commas and points.
        case sign(String)
        case end
    }

    var kind: Kind
    var position: RulePosition
}

/// Cuts the text of a rule into words, as the Common Expression Language does.
struct Lexer {
    private var rest: Substring
    private var position = RulePosition(line: 1, column: 1)

    private static let signs = [
        "&&", "||", "==", "!=", "<=", ">=", "<", ">", "!", "(", ")", "[", "]", "{", "}", ",", ".", "+", "-", "*", "/",
        "%",
        "?", ":",
    ]

    static func tokens(_ text: String) throws(RuleFault) -> [Token] {
        var lexer = Lexer(rest: text[...])
        var tokens: [Token] = []
        while true {
            let token = try lexer.next()
            tokens.append(token)
            if token.kind == .end { return tokens }
        }
    }

    private init(rest: Substring) {
        self.rest = rest
    }

    private mutating func next() throws(RuleFault) -> Token {
        skipBlanks()
        let start = position
        guard let first = rest.first else { return Token(kind: .end, position: start) }
        if first.isASCII, first.isLetter || first == "_" {
            let name = take { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
            return Token(kind: .name(name), position: start)
        }
        if first.isASCII, first.isNumber { return Token(kind: .number(try number(start)), position: start) }
        if first == "\"" || first == "'" { return Token(kind: .text(try text(first, start)), position: start) }
        for sign in Self.signs where rest.hasPrefix(sign) {
            drop(sign.count)
            return Token(kind: .sign(sign), position: start)
        }
        throw RuleFault(start, "character", "“\(first)” means nothing here; texts stand in quotes.")
    }

    private mutating func skipBlanks() {
        while let first = rest.first {
            if first.isWhitespace {
                drop(1)
            } else if rest.hasPrefix("//") {
                _ = take { !$0.isNewline }
            } else {
                return
            }
        }
    }

    private mutating func number(_ start: RulePosition) throws(RuleFault) -> Decimal {
        var digits = take { $0.isASCII && $0.isNumber }
        if rest.first == ".", rest.dropFirst().first?.isNumber == true {
            drop(1)
            digits += "." + take { $0.isASCII && $0.isNumber }
        }
        if let next = rest.first, next.isLetter || next == "_" {
            throw RuleFault(start, "number", "a number is digits with at most one point; remove the “\(next)”.")
        }
        guard digits.count <= 30, let value = Decimal(string: digits, locale: Locale(identifier: "en_US_POSIX")) else {
            throw RuleFault(start, "number", "the number has too many digits; 30 are the most.")
        }
        return value
    }

    private mutating func text(_ quote: Character, _ start: RulePosition) throws(RuleFault) -> String {
        drop(1)
        var result = ""
        while let next = rest.first, !next.isNewline {
            drop(1)
            if next == quote { return result }
            guard next == "\\" else {
                result.append(next)
                continue
            }
            guard let escaped = rest.first, "\\\"'".contains(escaped) else {
                throw RuleFault(position, "escape", "behind \\ stands a quote or another \\.")
            }
            drop(1)
            result.append(escaped)
        }
        throw RuleFault(start, "text", "the text has no end; close it with \(quote) in the same line.")
    }

    private mutating func take(_ fits: (Character) -> Bool) -> String {
        let taken = rest.prefix(while: fits)
        drop(taken.count)
        return String(taken)
    }

    private mutating func drop(_ count: Int) {
        for _ in 0..<count {
            guard let character = rest.popFirst() else { return }
            if character.isNewline {
                position = RulePosition(line: position.line + 1, column: 1)
            } else {
                position.column += 1
            }
        }
    }
}
