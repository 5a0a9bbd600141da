/// One line of a formula: what it looks at and how many points that gives.
public struct Term: Sendable {
    public enum Kind: Sendable {
        /// Weight times number.
        case linear(Expression, weight: ExactDecimal)
        /// Points of the band in which the number lies; outside all bands, `otherwise`.
        case bands(Expression, [Band], otherwise: ExactDecimal)
        /// Points of the code; of a code that is not listed, `otherwise`, without which such a household is refused.
        case lookup(String, [String: ExactDecimal], otherwise: ExactDecimal?)
        /// The weight when the code is one of these; with `except`, when it is none of these.
        case set(String, [String], except: Bool, weight: ExactDecimal)
        case ratio(Ratio, weight: ExactDecimal)
        /// The weight when the condition holds.
        case condition(Condition, weight: ExactDecimal)
    }

    public var name: String
    public var kind: Kind
    public var missing: MissingPolicy
    /// For deprivation counts: the dimension that the term belongs to.
    public var dimension: String?
    public var labels: [String: String]
    /// Every answer of the household, not of its rows, that the term looks at.
    public internal(set) var inputs: Set<String>
}

/// Points for numbers from `from` on, below `below`; nil has no bound.
public struct Band: Sendable, Hashable {
    public var from: ExactDecimal?
    public var below: ExactDecimal?
    public var points: ExactDecimal

    func contains(_ value: ExactDecimal) -> Bool {
        if let from, value < from { return false }
        if let below, !(value < below) { return false }
        return true
    }
}

/// A quotient with the precision that the formula declares.
public struct Ratio: Sendable {
    public enum Order: String, Sendable, CaseIterable {
        /// Weight times numerator first, then the division.
        case productFirst = "product_first"
        /// The division first; its rounded quotient is weighted.
        case quotientFirst = "quotient_first"
    }

    public var over: Expression
    public var by: Expression
    public var division: Division
    public var order: Order
    public var byZero: ByZero
}

/// What a term gives where an answer is missing; every use is counted and published.
public enum MissingPolicy: Sendable {
    /// The household cannot be scored.
    case refuse
    /// The term gives nothing.
    case neutral
    /// The term gives these points.
    case points(ExactDecimal)
    /// These answers stand in for missing ones; what is not named here is refused.
    case impute([String: Answer])
}
