public import Groundwork

/// Why some bytes are not a JSON document, and where.
public struct JSONFault: Fault, Equatable, CustomStringConvertible {
    /// What is wrong; the raw value ends the code.
    public enum Reason: String, Sendable, CaseIterable {
        case empty, unfinished, trailing, value, separator
        case memberName = "member_name"
        case duplicateMember = "duplicate_member"
        case byteOrderMark = "byte_order_mark"
        case number, literal, control, escape, surrogate, encoding, depth, size
    }

    /// What is wrong.
    public let reason: Reason
    /// Counted from 1; line feeds end lines.
    public let line: Int
    /// Counted from 1, in Unicode scalars.
    public let column: Int
    /// Counted from 0, in bytes.
    public let offset: Int

    /// For whoever reads JSON in another way than `JSON.parse`.
    public init(_ reason: Reason, line: Int, column: Int, offset: Int) {
        (self.reason, self.line, self.column, self.offset) = (reason, line, column, offset)
    }

    public var code: String { "json.\(reason.rawValue)" }
    public var kind: FaultKind { .invalid([Finding(.root, code: code, summary)]) }
    public var summary: String { "Line \(line), column \(column): \(reason.sentence)" }
    public var description: String { summary }
}

extension JSONFault.Reason {
    var sentence: String {
        switch self {
        case .empty: "the document is empty."
        case .unfinished: "the document ends in the middle of a value."
        case .trailing: "something follows the end of the document."
        case .value: "a value was expected here."
        case .separator: "a comma or a closing bracket was expected here."
        case .memberName: "a member name in double quotes, followed by a colon, was expected here."
        case .duplicateMember: "a member name stands twice in one object."
        case .byteOrderMark: "the document begins with a byte order mark; save it as UTF-8 without one."
        case .number: "a number is not written as JSON allows."
        case .literal: "only true, false and null may stand without quotes."
        case .control: "a control character stands unescaped in a text."
        case .escape: "an escape in a text is not one that JSON knows."
        case .surrogate: "an escaped surrogate has no partner."
        case .encoding: "the bytes are not UTF-8."
        case .depth: "the document is nested too deeply."
        case .size: "the document is too large."
        }
    }
}
