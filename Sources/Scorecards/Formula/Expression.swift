/// A number made of the answers.
public indirect enum Expression: Sendable {
    case input(String)
    case feature(String)
    case number(ExactDecimal)
    case sum([Expression])
    case product([Expression])
    case difference(Expression, Expression)
    case most([Expression])
    case least([Expression])
    case quotient(Expression, Expression, Division, ByZero)
    case choice(Condition, then: Expression, otherwise: Expression)
    case count(Gathering)
    /// Of an empty list, `ofNone`; without it such a household cannot be scored.
    case share(Gathering, Division, ofNone: ExactDecimal?)
    /// The sum of an answer over the rows that fit.
    case total(Gathering, of: String)
}

/// What a division by zero means.
public enum ByZero: Sendable, Hashable {
    /// The household cannot be scored.
    case unscorable
    case value(ExactDecimal)
}

/// The rows of a list that fit a condition.
public struct Gathering: Sendable {
    /// What becomes of a row of which nobody knows whether it fits, because an answer is missing.
    public enum Unknown: String, Sendable, CaseIterable {
        /// The household cannot be scored.
        case refuse
        /// Counted as fitting; the number of such rows is told with the score.
        case fits
        /// Counted as not fitting; the number of such rows is told with the score.
        case leaveOut = "leave_out"
    }

    public var rows: String
    public var condition: Condition?
    public var unknown: Unknown
}

/// Something that holds, does not hold, or is unknown because an answer is missing.
public indirect enum Condition: Sendable {
    public enum Relation: String, Sendable, CaseIterable {
        case equals, differs
        case atLeast = "at_least"
        case atMost = "at_most"
        case above, below
    }

    case compare(String, Relation, Answer)
    case within(String, [String])
    case answered(String)
    case all([Condition])
    case any([Condition])
    case not(Condition)
    /// At least one row fits.
    case some(Gathering)
}
