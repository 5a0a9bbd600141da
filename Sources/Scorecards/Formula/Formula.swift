public import Groundwork

/// A scoring formula as data: versioned, dated and hashed, so that a score can be explained and made again years later.
///
/// Shape: `standards/pmt/formula.schema.json`. A formula names its own inputs; a ``Binding`` tells where they come from. All
/// arithmetic is in ``ExactDecimal``.
public struct Formula: Sendable {
    public enum Kind: String, Sendable, CaseIterable {
        /// Predicted consumption, fitted on a survey.
        case proxyMeansTest = "proxy_means_test"
        /// A weighted count of things that a household lacks.
        case deprivationCount = "deprivation_count"
    }

    public enum Poorer: String, Sendable, CaseIterable { case lower, higher }

    /// Which stratum a household belongs to, by one of its codes.
    public struct Selector: Sendable {
        public var input: String
        /// Codes by stratum.
        public var codes: [String: String]
        /// For codes that are not listed; nil refuses them.
        public var otherwise: String?
    }

    public struct Stratum: Sendable {
        public var code: String
        public var intercept: ExactDecimal
        public var terms: [Term]
    }

    /// A number with a name, used by terms.
    public struct Feature: Sendable {
        public var name: String
        public var value: Expression
        public var unit: Unit?
        public var labels: [String: String]
    }

    /// From the sum to the published score: times `factor`, plus `addend`, rounded, held between the bounds.
    public struct Output: Sendable {
        public var factor: ExactDecimal
        public var addend: ExactDecimal
        /// Digits after the point; nil keeps all.
        public var places: Int?
        public var rounding: Rounding
        public var minimum: ExactDecimal?
        public var maximum: ExactDecimal?

        func score(of sum: ExactDecimal) -> ExactDecimal {
            var score = factor * sum + addend
            if let places { score = score.rounded(places: places, rounding) }
            if let minimum, score < minimum { score = minimum }
            if let maximum, maximum < score { score = maximum }
            return score
        }
    }

    /// A class of need by the place in the ranking: up to this percentile, itself included.
    public struct PercentileClass: Sendable, Hashable {
        public var code: String
        public var upTo: ExactDecimal
    }

    /// What decides between equal scores, in this order; the household's own id is always the last.
    public enum TieBreak: String, Sendable, CaseIterable {
        case largerHousehold = "larger_household"
        case earlierRegistered = "earlier_registered"
        case household
    }

    public var kind: Kind
    public var code: String
    public var version: Int
    public var title: [String: String]
    public var source: String
    public var validFrom: CalendarDate?
    public var validTo: CalendarDate?
    public var poorer: Poorer
    public var inputs: [Input]
    public var rows: [RowSet]
    public var features: [Feature]
    /// Nil when there is one stratum for everybody.
    public var selector: Selector?
    public var strata: [Stratum]
    public var output: Output
    public var classes: [PercentileClass]
    public var tieBreak: [TieBreak]
    /// SHA-256 of the canonical JSON (RFC 8785) of the file without its `$schema`, in hexadecimal digits.
    public var sha256: String

    public func stratum(_ code: String) -> Stratum? { strata.first { $0.code == code } }
    public func input(_ name: String) -> Input? { inputs.first { $0.name == name } }
    public func rowSet(_ name: String) -> RowSet? { rows.first { $0.name == name } }

    /// Whether the formula may be used on that day.
    public func isValid(on day: CalendarDate) -> Bool {
        if let validFrom, day < validFrom { return false }
        if let validTo, validTo < day { return false }
        return true
    }
}
