/// What a number counts; a formula adds and compares only like with like.
public enum Unit: String, Sendable, CaseIterable {
    case person, year, month, day, room, item, animal, hectare, metre, kilometre, meal, money
}

/// One thing that a formula asks about a household or about one of its members: a name of the formula's own, with its kind.
///
/// Where the answers come from, and in which words they are written there, is the matter of a ``Binding``.
public struct Input: Sendable {
    public enum Kind: Sendable, Hashable {
        case number(Unit?)
        /// One of a closed set of codes, in the order of the formula.
        case code([String])
        /// An area at a level of a division, by the codes of one system.
        case area(AreaCodes)
        case flag
        /// Words of which only matters whether there are any.
        case text

        /// As people say it.
        public var words: String {
            switch self {
            case .number: "a number"
            case .code: "a code"
            case .area: "an area"
            case .flag: "true or false"
            case .text: "a text"
            }
        }
    }

    public var name: String
    public var kind: Kind
    /// The code list of the profile that the codes belong to.
    public var list: String?
    /// Least and greatest value of a number; what lies outside is no answer to this question.
    public var minimum: ExactDecimal?
    public var maximum: ExactDecimal?
    /// By language.
    public var labels: [String: String]

    /// Whether an answer lies within the bounds; what is no number always does.
    func allows(_ answer: Answer) -> Bool {
        guard case .number(let value) = answer else { return true }
        if let minimum, value < minimum { return false }
        if let maximum, maximum < value { return false }
        return true
    }
}

/// Which areas a geographic adjustment speaks of: the level of one division, named by one system of codes.
public struct AreaCodes: Sendable, Hashable {
    /// The division, e.g. `bi-former`; a formula stays with the one it was fitted on.
    public var geography: String
    public var level: String
    /// The system of codes; nil for the division's own.
    public var system: String?
}

/// A list of things asked one by one: members, assets.
public struct RowSet: Sendable {
    public var name: String
    public var inputs: [Input]
    public var labels: [String: String]
}

/// One answer; a missing one is no value at all, whether absent, null or empty.
public enum Answer: Sendable, Hashable {
    case number(ExactDecimal)
    case code(String)
    case flag(Bool)
    case text(String)

    /// For explanations.
    public var words: String {
        switch self {
        case .number(let value): value.description
        case .code(let code): code
        case .flag(let value): value ? "true" : "false"
        case .text: "given"
        }
    }
}

/// What one household answered, in the formula's own names.
public struct Answers: Sendable {
    public var values: [String: Answer]
    public var rows: [String: [[String: Answer]]]
    /// What was there but could not be understood, e.g. a code of no list; a formula that asks for it refuses the household.
    public var troubles: [String: String]

    public init(
        values: [String: Answer] = [:], rows: [String: [[String: Answer]]] = [:], troubles: [String: String] = [:]
    ) {
        (self.values, self.rows, self.troubles) = (values, rows, troubles)
    }
}
