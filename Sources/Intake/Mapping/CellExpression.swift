import Documents
import Groundwork
import Linkage

/// What a mapping makes of the cells of a row: a small closed language, so that cleaning a file needs no code.
///
/// Every expression gives a text or nothing. What each form means stands, with examples, in docs/imports.md.
indirect enum CellExpression: Sendable {
    /// The first of these columns that the file has.
    case column([String])
    case constant(String)
    case parameter(String)
    /// The parts that say something, joined.
    case join([CellExpression], with: String)
    /// The first that says something.
    case first([CellExpression])
    case squeeze(CellExpression)
    case recase(CellExpression, LetterCase)
    case replace(CellExpression, [Replacement])
    case part(CellExpression, at: String, Piece)
    case keep(CellExpression, Kept)
    case pad(CellExpression, to: Int, with: String)
    case look(CellExpression, WordTable, Otherwise)
    case date(CellExpression, [DateForm], Otherwise)
    case phone(CellExpression, Otherwise)
    case number(CellExpression, NumberForm)
    case choose(CellCondition, then: CellExpression, otherwise: CellExpression?)
    case area(AreaWords, Otherwise)
    case identifier(type: String, CellExpression)
    case digest([CellExpression])

    struct Replacement: Sendable {
        var old: String
        var new: String
    }

    enum LetterCase: String, Sendable, CaseIterable { case upper, lower, title }

    enum Kept: String, Sendable, CaseIterable { case digits, letters }

    /// Which piece of a text that was cut.
    enum Piece: Sendable {
        case first, last, allButFirst, allButLast
        /// Counted from 1.
        case number(Int)
    }

    /// What becomes of a value that the expression cannot understand.
    enum Otherwise: String, Sendable, CaseIterable {
        /// The row is held back with the reason.
        case refuse
        /// The value says nothing.
        case nothing
        /// The value stays as it is.
        case keep
    }

    /// How a file writes numbers.
    struct NumberForm: Sendable {
        var decimal: Character = "."
        /// Whether `3.0` is to read `3`.
        var isWhole = false
    }

    /// An area by its code in a system of codes, by its names from the top, or by both, the code first.
    struct AreaWords: Sendable {
        var code: CellExpression?
        var system: String?
        var path: [CellExpression] = []
        var geography: String?
        /// Names of parameters that give either.
        var systemParameter: String?
        var geographyParameter: String?
    }

    /// What the text is by its form, as far as that is known before any row is read.
    enum Kind: String, Sendable { case text, date, number, area, phone, identifiers }
}

/// A question about the cells of a row.
indirect enum CellCondition: Sendable {
    case filled(CellExpression)
    case isOneOf(CellExpression, WordTable)
    case matches(CellExpression, TextPattern)
    case all([CellCondition])
    case any([CellCondition])
    case not(CellCondition)
}

extension CellExpression {
    var kind: Kind {
        switch self {
        case .column, .parameter, .constant, .squeeze, .recase, .replace, .part, .keep, .pad, .look, .digest: .text
        case .join(let parts, _):
            parts.allSatisfy { $0.kind == .identifiers } ? .identifiers : parts.count == 1 ? parts[0].kind : .text
        case .first(let choices): Self.common(choices.map(\.kind))
        case .choose(_, let then, let otherwise): Self.common([then.kind] + (otherwise.map { [$0.kind] } ?? []))
        case .date: .date
        case .phone: .phone
        case .number: .number
        case .area: .area
        case .identifier: .identifiers
        }
    }

    private static func common(_ kinds: [Kind]) -> Kind {
        guard let first = kinds.first, kinds.allSatisfy({ $0 == first }) else { return .text }
        return first
    }

    /// Every text it can give, where that is known before any row is read.
    var outcomes: [String]? {
        switch self {
        case .constant(let text): return [text]
        case .look(_, let table, let otherwise): return otherwise == .keep ? nil : table.values
        case .first(let choices): return Self.gathered(choices)
        case .choose(_, let then, let otherwise): return Self.gathered([then] + (otherwise.map { [$0] } ?? []))
        case .join(let parts, with: _): return Self.gathered(parts)
        default: return nil
        }
    }

    private static func gathered(_ parts: [CellExpression]) -> [String]? {
        var all: [String] = []
        for part in parts {
            guard let own = part.outcomes else { return nil }
            all += own
        }
        return all
    }

    /// What it is made of.
    private var inner: [CellExpression] {
        switch self {
        case .column, .constant, .parameter: []
        case .join(let parts, _), .first(let parts), .digest(let parts): parts
        case .squeeze(let of), .recase(let of, _), .replace(let of, _), .part(let of, _, _), .keep(let of, _),
            .pad(let of, _, _), .look(let of, _, _), .date(let of, _, _), .phone(let of, _), .number(let of, _),
            .identifier(_, let of):
            [of]
        case .choose(let condition, let then, let otherwise):
            // The value stands before the question, so that a finding names the column that gives the value.
            [then] + (otherwise.map { [$0] } ?? []) + condition.inner
        case .area(let words, _): (words.code.map { [$0] } ?? []) + words.path.reversed()
        }
    }

    /// The columns that it reads, each with its other names, in the order in which they matter.
    var columns: [[String]] {
        if case .column(let names) = self { return [names] }
        return inner.flatMap(\.columns)
    }

    /// The parameters that it needs.
    var parameters: [String] {
        if case .parameter(let name) = self { return [name] }
        return inner.flatMap(\.parameters)
    }
}

extension CellCondition {
    fileprivate var inner: [CellExpression] {
        switch self {
        case .filled(let of), .isOneOf(let of, _), .matches(let of, _): [of]
        case .all(let parts), .any(let parts): parts.flatMap(\.inner)
        case .not(let part): part.inner
        }
    }
}

/// Words and what they mean, found without regard to case, accents and signs.
struct WordTable: Sendable {
    private static let folding: NameNormaliser = NameNormaliser()

    private let meanings: [String: String]
    let values: [String]

    init(_ pairs: [(String, String)]) {
        meanings = Dictionary(pairs.map { (Self.folded($0), $1) }, uniquingKeysWith: { first, _ in first })
        values = pairs.map(\.1)
    }

    subscript(_ word: String) -> String? { meanings[Self.folded(word)] }

    private static func folded(_ word: String) -> String {
        let folded = folding.normalised(word)
        return folded.isEmpty ? word : folded
    }
}
