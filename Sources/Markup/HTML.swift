/// HTML under construction, written as HTML: interpolated text is escaped, interpolated `HTML` nests.
///
/// Example: `let row: HTML = "<td>\(person.name)</td>"`. Attribute values stand in double quotes in the literal, and the
/// escaping of text is safe there too. Unescaped text cannot be brought in from outside this module.
public struct HTML: Sendable, ExpressibleByStringInterpolation {
    /// The markup so far.
    public private(set) var text: String

    public init(stringLiteral value: StaticString) {
        text = value.description
    }

    /// What the compiler makes of a literal with `\(…)` in it.
    public init(stringInterpolation: Interpolation) {
        text = stringInterpolation.text
    }

    /// Text that is already markup; internal, so that no door can reach it.
    init(raw text: String) {
        self.text = text
    }

    /// Nothing.
    public static let empty: HTML = HTML(raw: "")

    /// Plain text, escaped.
    public static func text(_ text: some StringProtocol) -> HTML { HTML(raw: Escaping.escape(text)) }

    /// The markup in UTF-8.
    public var bytes: [UInt8] { Array(text.utf8) }

    /// Whether there is no markup at all.
    public var isEmpty: Bool { text.isEmpty }

    /// The one after the other.
    public static func + (left: HTML, right: HTML) -> HTML { HTML(raw: left.text + right.text) }

    /// Adds to the end.
    public static func += (left: inout HTML, right: HTML) { left.text += right.text }
}

extension HTML {
    /// Collects the pieces of one literal.
    public struct Interpolation: StringInterpolationProtocol {
        var text: String

        public init(literalCapacity: Int, interpolationCount: Int) {
            text = ""
            text.reserveCapacity(literalCapacity + interpolationCount * 24)
        }

        /// The literal parts are written by us, so they stand as they are.
        public mutating func appendLiteral(_ literal: StaticString) {
            literal.withUTF8Buffer { text += String(decoding: $0, as: UTF8.self) }
        }

        /// Escapes.
        public mutating func appendInterpolation(_ value: some StringProtocol) {
            text += Escaping.escape(value)
        }

        /// A number has nothing to escape.
        public mutating func appendInterpolation(_ value: some BinaryInteger) {
            text += String(value)
        }

        /// Escapes; nil is nothing.
        public mutating func appendInterpolation(_ value: (some StringProtocol)?) {
            if let value { text += Escaping.escape(value) }
        }

        /// Nests.
        public mutating func appendInterpolation(_ html: HTML) {
            text += html.text
        }

        /// Nests; nil is nothing.
        public mutating func appendInterpolation(_ html: HTML?) {
            if let html { text += html.text }
        }

        /// Nests one after the other.
        public mutating func appendInterpolation(_ parts: some Sequence<HTML>) {
            for part in parts { text += part.text }
        }

        /// Nests attributes, each after a space.
        public mutating func appendInterpolation(_ attributes: Attributes) {
            text += attributes.text
        }
    }
}

extension Sequence<HTML> {
    /// The parts one after the other, with `separator` between them.
    public func joined(separator: HTML = .empty) -> HTML {
        HTML(raw: map(\.text).joined(separator: separator.text))
    }
}

/// Escaping of text for element content and for attribute values in double quotes.
enum Escaping {
    static func escape(_ text: some StringProtocol) -> String {
        guard text.utf8.contains(where: isSpecial) else { return String(text) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count + 16)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "&"): bytes += "&amp;".utf8
            case UInt8(ascii: "<"): bytes += "&lt;".utf8
            case UInt8(ascii: ">"): bytes += "&gt;".utf8
            case UInt8(ascii: "\""): bytes += "&quot;".utf8
            case UInt8(ascii: "'"): bytes += "&#39;".utf8
            // Control characters are not allowed in HTML; the replacement character shows that one stood here.
            case 0..<0x09, 0x0B, 0x0E..<0x20, 0x7F: bytes += "\u{FFFD}".utf8
            default: bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func isSpecial(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x22, 0x26, 0x27, 0x3C, 0x3E, 0x7F, 0..<0x09, 0x0B, 0x0E..<0x20: true
        default: false
        }
    }
}
