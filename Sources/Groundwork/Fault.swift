/// What stopped a piece of work, told in a way that every door can translate.
///
/// `summary` and `code` are mute about data: no name, number, place or answer of a person stands in them.
public protocol Fault: Error, Sendable {
    /// Stable and greppable, e.g. `registry.household.not_found`. Never reused for another meaning.
    var code: String { get }
    var kind: FaultKind { get }
    /// One sentence for the person at the other end, with the remedy where there is one.
    var summary: String { get }
}

/// The nine ways in which work can be refused; each door maps them to its own status codes.
public enum FaultKind: Sendable, Equatable {
    case invalid([Finding])
    case unauthenticated
    case forbidden
    case missing
    case conflict
    /// Retry after so many seconds.
    case limited(retryAfter: Int)
    case unavailable(retryAfter: Int)
    case defect
}

/// One thing that a person can correct: where it is, what is wrong, and what to do.
public struct Finding: Sendable, Hashable {
    public enum Severity: String, Sendable, Hashable { case blocking, warning }

    public var path: FieldPath
    public var code: String
    public var severity: Severity
    public var summary: String

    public init(_ path: FieldPath, code: String, severity: Severity = .blocking, _ summary: String) {
        (self.path, self.code, self.severity, self.summary) = (path, code, severity, summary)
    }
}

/// A place inside a document, printed as an RFC 6901 JSON Pointer.
public struct FieldPath: Sendable, Hashable, CustomStringConvertible, ExpressibleByStringLiteral {
    public private(set) var steps: [String]

    public static let root: FieldPath = FieldPath([])

    public init(_ steps: [String]) {
        self.steps = steps
    }

    /// A literal names one step, or several separated by `/`.
    public init(stringLiteral value: String) {
        steps = value.split(separator: "/").map(String.init)
    }

    public func appending(_ step: String) -> FieldPath { FieldPath(steps + [step]) }
    public func appending(_ index: Int) -> FieldPath { FieldPath(steps + [String(index)]) }
    public func appending(_ path: FieldPath) -> FieldPath { FieldPath(steps + path.steps) }

    public var description: String {
        steps.map {
            "/" + $0.replacing("~", with: "~0").replacing("/", with: "~1")
        }.joined()
    }

    /// `message.search_request[0].timestamp`, for protocols whose users read it so.
    public var dotted: String {
        var text = ""
        for step in steps {
            if let index = Int(step) {
                text += "[\(index)]"
            } else {
                text += text.isEmpty ? step : ".\(step)"
            }
        }
        return text
    }
}

/// Several findings at once, thrown by whoever understands a document.
public struct InvalidInput: Fault {
    public let findings: [Finding]
    public let code: String

    public init(_ findings: [Finding], code: String = "input.invalid") {
        (self.findings, self.code) = (findings, code)
    }

    public var kind: FaultKind { .invalid(findings) }
    public var summary: String {
        findings.first.map { "\($0.path): \($0.summary)" } ?? "The input is not valid."
    }
}
