/// The score of one household by one formula, with what every term gave.
public struct Score: Sendable {
    public var stratum: String
    public var intercept: ExactDecimal
    public var contributions: [Contribution]
    /// Intercept and contributions, exact.
    public var sum: ExactDecimal
    /// The published score: the sum after the formula's output rule.
    public var value: ExactDecimal
}

/// What one term gave, and how it came by its value.
public struct Contribution: Sendable {
    /// How a missing answer was treated.
    public enum Treatment: Sendable, Hashable {
        case answered
        case neutral
        case declaredPoints
        case imputed
    }

    public var term: String
    /// What the term looked at: a number, a code, true or false; nil where the answer is missing.
    public var value: String?
    public var points: ExactDecimal
    public var treatment: Treatment
    /// The answers that were missing, by name.
    public var missing: [String]
    /// Rows of which nobody knows whether they fit, counted by the declared rule.
    public var unknownRows: Int
}

/// What became of one household.
public enum Scoring: Sendable {
    case scored(Score)
    /// Never silently low or high: with every reason at once.
    case unscorable([Refusal])
}

/// Why a household has no score.
public struct Refusal: Sendable, Hashable {
    public enum Reason: String, Sendable {
        case missing
        case notUnderstood = "not_understood"
        case outOfRange = "out_of_range"
        case divisionByZero = "division_by_zero"
        case emptyRows = "empty_rows"
        case unknownRows = "unknown_rows"
        case noStratum = "no_stratum"
    }

    public var reason: Reason
    /// The term that needs the answer; nil for the choice of the stratum.
    public var term: String?
    /// The answers or rows concerned.
    public var inputs: [String]

    public init(reason: Reason, term: String?, inputs: [String]) {
        (self.reason, self.term, self.inputs) = (reason, term, inputs)
    }

    /// One sentence with the remedy; it names questions, never answers.
    public var words: String {
        let names = inputs.joined(separator: ", ")
        let place = term.map { " (term \($0))" } ?? ""
        switch reason {
        case .missing: return "\(names) is not answered\(place); ask for it."
        case .notUnderstood:
            return "\(names) has an answer that the formula does not know\(place); correct it or its mapping."
        case .outOfRange: return "\(names) lies outside what is possible\(place); correct it."
        case .divisionByZero: return "a division by zero\(place): \(names) is zero; correct it."
        case .emptyRows: return "there is nobody and nothing in \(names)\(place); complete the list."
        case .unknownRows: return "some of \(names) lack an answer that decides\(place); complete the list."
        case .noStratum: return "\(names) leads to no stratum of the formula; correct it."
        }
    }
}
