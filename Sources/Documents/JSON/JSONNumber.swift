public import struct Foundation.Decimal

/// A number as it stands in a document: its exact text, never a binary float.
///
/// Two numbers are equal when their values are: `1`, `1.0` and `10e-1` are one number.
public struct JSONNumber: Sendable, Hashable, CustomStringConvertible {
    /// The text exactly as written, in the grammar of RFC 8259 section 6.
    public let text: String

    /// Written as decimal digits.
    public init(_ value: Int) {
        text = String(value)
    }

    /// Written without an exponent, with as many digits as the value has.
    public init(_ value: Decimal) {
        // A Decimal that is not a number has no JSON form; the nearest honest value is none, and zero is not it.
        precondition(!value.isNaN, "a JSON number is always a number")
        text = value.description
    }

    /// Nil when the text does not follow the grammar of RFC 8259 section 6.
    public init?(text: String) {
        guard JSONNumber.isNumber(text) else { return nil }
        self.text = text
    }

    init(checked text: String) {
        self.text = text
    }

    /// The value when it is whole and fits 64 bits; `1.0` and `1e3` count as whole.
    public var int: Int? {
        if let value = Int(text) { return value }
        let form = Parts(text)
        guard form.exponent >= 0, form.digits.count + form.exponent <= 19 else { return nil }
        let digits = String(decoding: form.digits, as: UTF8.self) + String(repeating: "0", count: form.exponent)
        return Int((form.isNegative ? "-" : "") + digits)
    }

    /// The exact value; nil when it needs more than 38 digits or an exponent outside −127…127.
    public var decimal: Decimal? {
        if let value = Int(text) { return Decimal(value) }
        let form = Parts(text)
        guard form.digits.count <= 38, (-127...127).contains(form.exponent) else { return nil }
        var significand = Decimal(0)
        for digit in form.digits {
            significand = significand * 10 + Decimal(Int(digit - 0x30))
        }
        return Decimal(sign: form.isNegative ? .minus : .plus, exponent: form.exponent, significand: significand)
    }

    public var description: String { text }

    /// True when the value has no fraction, whatever its size.
    public var isWhole: Bool { Parts(text).exponent >= 0 }

    /// Compares exact values of any length.
    public static func < (left: JSONNumber, right: JSONNumber) -> Bool {
        if let a = Int(left.text), let b = Int(right.text) { return a < b }
        return Parts(left.text).precedes(Parts(right.text))
    }

    /// Compares exact values of any length.
    public static func <= (left: JSONNumber, right: JSONNumber) -> Bool { !(right < left) }

    public static func == (left: JSONNumber, right: JSONNumber) -> Bool {
        left.text == right.text || Parts(left.text) == Parts(right.text)
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(Parts(text))
    }

    /// The shortest plain text of the value, the same for equal numbers: no exponent unless the zeros would exceed 40.
    public var canonicalText: String {
        let form = Parts(text)
        guard !form.digits.isEmpty else { return "0" }
        let digits = String(decoding: form.digits, as: UTF8.self)
        let sign = form.isNegative ? "-" : ""
        let point = form.digits.count + form.exponent
        if form.exponent >= 0 {
            if form.exponent > 40 { return "\(sign)\(digits)e\(form.exponent)" }
            return sign + digits + String(repeating: "0", count: form.exponent)
        }
        if point < -40 { return "\(sign)\(digits)e\(form.exponent)" }
        if point <= 0 { return sign + "0." + String(repeating: "0", count: -point) + digits }
        return sign + digits.prefix(point) + "." + digits.dropFirst(point)
    }
}

extension JSONNumber: ExpressibleByIntegerLiteral {
    public init(integerLiteral value: Int) { self.init(value) }
}

extension JSONNumber {
    /// Sign, digits without zeros at either end, and the power of ten that the last digit counts.
    struct Parts: Hashable {
        var isNegative = false
        var digits: [UInt8] = []
        var exponent = 0

        init(_ text: String) {
            var fraction = 0
            var isFraction = false
            var bytes = text.utf8[...]
            while let byte = bytes.popFirst() {
                switch byte {
                case UInt8(ascii: "-"): isNegative = true
                case UInt8(ascii: "."): isFraction = true
                case UInt8(ascii: "e"), UInt8(ascii: "E"):
                    exponent = Parts.exponent(String(bytes) ?? "0")
                    bytes = bytes[bytes.endIndex...]
                default:
                    if isFraction { fraction += 1 }
                    if !digits.isEmpty || byte != 0x30 { digits.append(byte) }
                }
            }
            exponent -= fraction
            while digits.last == 0x30 {
                digits.removeLast()
                exponent += 1
            }
            if digits.isEmpty { (isNegative, exponent) = (false, 0) }
        }

        /// An exponent beyond ±10¹⁵ is held there: no document tells such numbers apart for a reason.
        private static func exponent(_ text: String) -> Int {
            let limit = 1_000_000_000_000_000
            if let value = Int(text) { return Swift.min(Swift.max(value, -limit), limit) }
            return text.hasPrefix("-") ? -limit : limit
        }

        func precedes(_ other: Parts) -> Bool {
            if digits.isEmpty || other.digits.isEmpty {
                if digits.isEmpty { return !other.digits.isEmpty && !other.isNegative }
                return isNegative
            }
            if isNegative != other.isNegative { return isNegative }
            let ascending = isNegative ? other.magnitudePrecedes(self) : magnitudePrecedes(other)
            return ascending
        }

        private func magnitudePrecedes(_ other: Parts) -> Bool {
            let (scale, otherScale) = (digits.count + exponent, other.digits.count + other.exponent)
            if scale != otherScale { return scale < otherScale }
            return digits.lexicographicallyPrecedes(other.digits)
        }
    }

    /// `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`
    static func isNumber(_ text: String) -> Bool {
        var bytes = text.utf8[...]
        func digits(_ bytes: inout Substring.UTF8View) -> Int {
            let rest = bytes.drop { (0x30...0x39).contains($0) }
            defer { bytes = rest }
            return bytes.count - rest.count
        }
        if bytes.first == UInt8(ascii: "-") { bytes.removeFirst() }
        let leadsWithZero = bytes.first == 0x30
        let whole = digits(&bytes)
        guard whole == 1 || (whole > 1 && !leadsWithZero) else { return false }
        if bytes.first == UInt8(ascii: ".") {
            bytes.removeFirst()
            guard digits(&bytes) > 0 else { return false }
        }
        if let byte = bytes.first, byte | 0x20 == UInt8(ascii: "e") {
            bytes.removeFirst()
            if let sign = bytes.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { bytes.removeFirst() }
            guard digits(&bytes) > 0 else { return false }
        }
        return bytes.isEmpty
    }
}
