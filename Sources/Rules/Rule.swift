import Groundwork

/// An eligibility rule: an expression over one household and its members that is true or false, never unknown.
///
/// The grammar is that of the Common Expression Language. A comparison with a missing value is false, whatever the comparison, and
/// `!` is the plain opposite of what it encloses; `has(x)` and `x == null` ask for missing values themselves.
///
///     size >= 5 && members.exists(m, m.age < 5) && !enrolled("cash")
public struct Rule: Sendable {
    public let text: String
    /// For the compiler.
    public let condition: RuleCondition
    /// Not mistakes, but worth a look before the rule is published.
    public let warnings: [RuleFinding]
    let syntax: Syntax

    /// Reads and checks a rule.
    ///
    /// - Throws: every mistake with its place: bad syntax, an unknown attribute or code, types that do not fit, nesting that is too
    ///   deep, and what no statement can express.
    public init(_ text: String, _ schema: RuleSchema) throws(RuleFault) {
        syntax = try Parser.parse(text)
        var checker = RuleChecker(schema)
        let condition = checker.condition(syntax)
        let blocking = checker.findings.filter { $0.severity == .blocking }
        guard let condition, blocking.isEmpty else {
            // Whoever is told of a fault is told a place, whatever the checker forgot to say.
            let unexplained = RuleFinding(syntax.position, "invalid", "this cannot be read as a condition.")
            throw RuleFault(blocking.isEmpty ? [unexplained] : blocking)
        }
        (self.text, self.condition) = (text, condition)
        warnings = checker.findings.filter { $0.severity == .warning }
    }

    /// Whether the household fits, by reading the rule as it is written: the reference for every other way to run it.
    public func fits(_ household: RuleRecord) -> Bool {
        RuleInterpreter(household).holds(syntax)
    }
}
