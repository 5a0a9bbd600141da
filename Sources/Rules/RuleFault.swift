public import Groundwork

/// A place in the text of a rule, counted from 1.
public struct RulePosition: Sendable, Hashable {
    public var line: Int
    public var column: Int

    public init(line: Int, column: Int) {
        (self.line, self.column) = (line, column)
    }

    public var words: String { "line \(line), column \(column)" }
}

/// Something wrong, or worth knowing, at a place of a rule.
public struct RuleFinding: Sendable, Hashable {
    public var position: RulePosition
    public var code: String
    public var severity: Finding.Severity
    public var summary: String

    public init(_ position: RulePosition, _ code: String, severity: Finding.Severity = .blocking, _ summary: String) {
        (self.position, self.code, self.severity, self.summary) = (position, "rules.\(code)", severity, summary)
    }
}

/// Why a rule is refused, with every place.
public struct RuleFault: Fault, Equatable {
    public let findings: [RuleFinding]

    public init(_ findings: [RuleFinding]) {
        self.findings = findings
    }

    init(_ position: RulePosition, _ code: String, _ summary: String) {
        findings = [RuleFinding(position, code, summary)]
    }

    public var code: String { findings.first?.code ?? "rules.invalid" }
    public var kind: FaultKind {
        .invalid(
            findings.map {
                Finding(
                    FieldPath(["rule", "\($0.position.line):\($0.position.column)"]), code: $0.code,
                    severity: $0.severity,
                    $0.summary)
            })
    }

    public var summary: String {
        findings.map { "At \($0.position.words): \($0.summary)" }.joined(separator: "\n")
    }
}

/// Bounds of one rule.
public enum RuleLimits {
    /// Characters.
    public static let length: Int = 8000
    /// Brackets, calls and negations within one another.
    public static let depth: Int = 20
    /// Characters of one text.
    public static let text: Int = 200
    /// Values of one list.
    public static let values: Int = 500
}
