import Foundation

/// A rule as it is written, part by part with its place.
indirect enum Syntax: Sendable {
    case null(RulePosition)
    case bool(Bool, RulePosition)
    case number(Decimal, RulePosition)
    case text(String, RulePosition)
    case list([Syntax], RulePosition)
    case name(String, RulePosition)
    case field(Syntax, String, RulePosition)
    /// A function, or with a target a method.
    case call(Syntax?, String, [Syntax], RulePosition)
    case not(Syntax, RulePosition)
    case negative(Syntax, RulePosition)
    case binary(String, Syntax, Syntax, RulePosition)
    case choice(Syntax, Syntax, Syntax, RulePosition)
    case index(Syntax, Syntax, RulePosition)

    /// What the word joins, from left to right, without descending into brackets on the right.
    func chain(of word: String) -> [Syntax] {
        var parts: [Syntax] = []
        var rest = self
        while case .binary(let joint, let left, let right, _) = rest, joint == word {
            parts.append(right)
            rest = left
        }
        return [rest] + parts.reversed()
    }

    var position: RulePosition {
        switch self {
        case .null(let place), .bool(_, let place), .number(_, let place), .text(_, let place), .list(_, let place),
            .name(_, let place), .field(_, _, let place), .call(_, _, _, let place), .not(_, let place),
            .negative(_, let place), .binary(_, _, _, let place), .choice(_, _, _, let place), .index(_, _, let place):
            place
        }
    }
}

/// Reads the grammar of the Common Expression Language.
///
/// Source: github.com/google/cel-spec, language definition; what this registry has no use for, such as maps and messages, is refused
/// at its place.
struct Parser {
    private let tokens: [Token]
    private var place = 0
    private var depth = 0

    /// Binary operators from the loosest to the tightest.
    private static let levels: [Set<String>] = [
        ["||"], ["&&"], ["==", "!=", "<", "<=", ">", ">=", "in"], ["+", "-"], ["*", "/", "%"],
    ]

    static func parse(_ text: String) throws(RuleFault) -> Syntax {
        let start = RulePosition(line: 1, column: 1)
        guard text.count <= RuleLimits.length else {
            throw RuleFault(
                start, "length", "a rule has at most \(RuleLimits.length) characters; part it into several.")
        }
        var parser = Parser(tokens: try Lexer.tokens(text))
        guard parser.peek != .end else {
            throw RuleFault(start, "empty", "the rule is empty; an empty rule takes nobody.")
        }
        let syntax = try parser.expression()
        guard parser.peek == .end else { throw parser.unexpected("an operator or the end of the rule") }
        return syntax
    }

    private init(tokens: [Token]) {
        self.tokens = tokens
    }

    private var token: Token { tokens[min(place, tokens.count - 1)] }
    private var peek: Token.Kind { token.kind }

    private func unexpected(_ wanted: String) -> RuleFault {
        let found =
            switch peek {
            case .end: "the rule ends"
            case .name(let name): "“\(name)” stands"
            case .number(let value): "“\(value)” stands"
            case .text: "a text stands"
            case .sign(let sign): "“\(sign)” stands"
            }
        return RuleFault(token.position, "syntax", "\(found) where \(wanted) was expected.")
    }

    private mutating func accept(_ sign: String) -> Bool {
        guard peek == .sign(sign) else { return false }
        place += 1
        return true
    }

    private mutating func expect(_ sign: String) throws(RuleFault) {
        guard accept(sign) else { throw unexpected("“\(sign)”") }
    }

    private mutating func expression() throws(RuleFault) -> Syntax {
        depth += 1
        defer { depth -= 1 }
        guard depth <= RuleLimits.depth else {
            throw RuleFault(token.position, "depth", "the rule is nested deeper than \(RuleLimits.depth); part it.")
        }
        let condition = try binary(0)
        let position = token.position
        guard accept("?") else { return condition }
        let then = try expression()
        try expect(":")
        return .choice(condition, then, try expression(), position)
    }

    private mutating func binary(_ level: Int) throws(RuleFault) -> Syntax {
        guard level < Self.levels.count else { return try unary() }
        var left = try binary(level + 1)
        while let word = operatorWord, Self.levels[level].contains(word) {
            let position = token.position
            place += 1
            left = .binary(word, left, try binary(level + 1), position)
        }
        return left
    }

    private var operatorWord: String? {
        switch peek {
        case .sign(let sign): sign
        case .name("in"): "in"
        default: nil
        }
    }

    private mutating func unary() throws(RuleFault) -> Syntax {
        let position = token.position
        var (signs, isNot) = (0, false)
        if peek == .sign("!") {
            isNot = true
            while accept("!") { signs += 1 }
        } else {
            while accept("-") { signs += 1 }
        }
        guard signs <= RuleLimits.depth else {
            throw RuleFault(position, "depth", "so many signs are nested too deep; remove pairs of them.")
        }
        var result = try postfix()
        for _ in 0..<signs { result = isNot ? .not(result, position) : .negative(result, position) }
        return result
    }

    private mutating func postfix() throws(RuleFault) -> Syntax {
        var result = try primary()
        while true {
            let position = token.position
            if accept(".") {
                guard case .name(let name) = peek else { throw unexpected("a name") }
                let namePosition = token.position
                place += 1
                result =
                    accept("(")
                    ? .call(result, name, try items(until: ")"), namePosition) : .field(result, name, namePosition)
            } else if accept("[") {
                let inner = try expression()
                try expect("]")
                result = .index(result, inner, position)
            } else {
                return result
            }
        }
    }

    private mutating func primary() throws(RuleFault) -> Syntax {
        let token = token
        switch token.kind {
        case .number(let value):
            place += 1
            return .number(value, token.position)
        case .text(let text):
            guard text.count <= RuleLimits.text else {
                throw RuleFault(token.position, "text_length", "a text has at most \(RuleLimits.text) characters.")
            }
            place += 1
            return .text(text, token.position)
        case .name("in"): throw unexpected("a value")
        case .name(let name):
            place += 1
            switch name {
            case "true", "false": return .bool(name == "true", token.position)
            case "null": return .null(token.position)
            default: break
            }
            return accept("(") ? .call(nil, name, try items(until: ")"), token.position) : .name(name, token.position)
        case .sign("("):
            place += 1
            let inner = try expression()
            try expect(")")
            return inner
        case .sign("["):
            place += 1
            return .list(try items(until: "]"), token.position)
        case .sign("{"):
            throw RuleFault(token.position, "unsupported", "maps have no use in a rule; write a list in [ ].")
        default: throw unexpected("a value")
        }
    }

    private mutating func items(until close: String) throws(RuleFault) -> [Syntax] {
        var result: [Syntax] = []
        if accept(close) { return result }
        repeat {
            result.append(try expression())
            guard result.count <= RuleLimits.values else {
                throw RuleFault(token.position, "values", "a list has at most \(RuleLimits.values) values.")
            }
        } while accept(",")
        try expect(close)
        return result
    }
}
