public import Groundwork

/// Why one row of a CSV file cannot be read; the rows after it can.
public struct CSVFault: Fault, Equatable, CustomStringConvertible {
    /// What is wrong; the raw value ends the code.
    public enum Reason: String, Sendable, CaseIterable {
        case strayQuote = "stray_quote"
        case textAfterQuote = "text_after_quote"
        case unterminatedQuote = "unterminated_quote"
        case tooLong = "too_long"
        case tooManyFields = "too_many_fields"
    }

    /// What is wrong.
    public let reason: Reason
    /// The line on which the row begins, counted from 1.
    public let line: Int

    /// For whoever reads rows in another way than `CSVReader`.
    public init(_ reason: Reason, line: Int) {
        (self.reason, self.line) = (reason, line)
    }

    public var code: String { "csv.\(reason.rawValue)" }
    public var kind: FaultKind { .invalid([Finding(.root, code: code, summary)]) }
    public var description: String { summary }

    public var summary: String {
        let sentence =
            switch reason {
            case .strayQuote: "a double quote stands inside a field that does not begin with one."
            case .textAfterQuote: "something follows the closing quote of a field."
            case .unterminatedQuote: "a quoted field is never closed."
            case .tooLong: "the row is longer than allowed."
            case .tooManyFields: "the row has more fields than allowed."
            }
        return "Line \(line): \(sentence)"
    }
}
