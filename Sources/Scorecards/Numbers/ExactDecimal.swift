public import Documents

/// How digits are dropped.
public enum Rounding: String, Sendable, CaseIterable {
    /// Towards zero.
    case truncate
    /// To the nearest; halves away from zero.
    case halfUp = "half_up"
    /// To the nearest; halves to the even neighbour.
    case halfEven = "half_even"
}

/// A decimal number of any length: a whole number of units of ten to the power of `-places`.
///
/// Sums, differences and products are exact, so that their order does not matter; only a division and an explicit rounding drop
/// digits, and both are told how many to keep. No binary float is ever made of one, nor one of a binary float.
public struct ExactDecimal: Sendable, CustomStringConvertible {
    let isNegative: Bool
    let units: Magnitude
    /// Digits after the point, trailing zeros included.
    public let places: Int

    public static let zero: ExactDecimal = ExactDecimal(0)
    public static let one: ExactDecimal = ExactDecimal(1)

    init(isNegative: Bool, units: Magnitude, places: Int) {
        (self.isNegative, self.units, self.places) = (isNegative && !units.isZero, units, places)
    }

    public init(_ value: Int) {
        self.init(isNegative: value < 0, units: Magnitude(UInt64(value.magnitude)), places: 0)
    }

    /// Reads `-12.50`, `.25`, `7` and `1e-3`; nil for anything else, and beyond 1,000 digits.
    public init?(_ text: String) {
        var bytes = text.utf8[...]
        let isNegative = bytes.first == UInt8(ascii: "-")
        if let sign = bytes.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") { bytes.removeFirst() }
        var exponent = 0
        if let mark = bytes.firstIndex(where: { $0 | 0x20 == UInt8(ascii: "e") }) {
            guard let value = Int(String(bytes[bytes.index(after: mark)...]) ?? ""), (-1000...1000).contains(value)
            else { return nil }
            exponent = value
            bytes = bytes[..<mark]
        }
        var fraction = 0
        var digits: [UInt8] = []
        if let point = bytes.firstIndex(of: UInt8(ascii: ".")) {
            fraction = bytes.distance(from: point, to: bytes.endIndex) - 1
            digits = Array(bytes[..<point]) + Array(bytes[bytes.index(after: point)...])
        } else {
            digits = Array(bytes)
        }
        guard !digits.isEmpty, digits.count <= 1000, let units = Magnitude(digits: digits) else { return nil }
        let places = fraction - exponent
        self.init(
            isNegative: isNegative, units: places < 0 ? units * Magnitude.powerOfTen(-places) : units,
            places: max(0, places))
    }

    /// The exact value of a number in a document, whatever its length.
    public init?(_ number: JSONNumber) {
        self.init(number.text)
    }

    public var isZero: Bool { units.isZero }

    /// Whether a database keeps it, also after the output rule: numeric of PostgreSQL ends 16,383 digits after the point.
    var isKeepable: Bool { places <= 10_000 && !units.isVast }

    /// Plain digits without exponent and without trailing zeros after the point: the same text for equal numbers.
    public var description: String {
        guard !isZero else { return "0" }
        var digits = units.digits
        var places = places
        while places > 0, digits.hasSuffix("0") {
            digits.removeLast()
            places -= 1
        }
        if places > 0 {
            if digits.count <= places { digits = String(repeating: "0", count: places + 1 - digits.count) + digits }
            digits.insert(".", at: digits.index(digits.endIndex, offsetBy: -places))
        }
        return (isNegative ? "-" : "") + digits
    }

    /// The nearest binary float, for statistics and comparisons with other systems; never the way back.
    public var statistic: Double { Double(description) ?? .nan }

    /// The value when it is whole and fits.
    public var int: Int? { Int(description) }

    public static prefix func - (value: ExactDecimal) -> ExactDecimal {
        ExactDecimal(isNegative: !value.isNegative, units: value.units, places: value.places)
    }

    public static func + (left: ExactDecimal, right: ExactDecimal) -> ExactDecimal {
        let places = max(left.places, right.places)
        let (a, b) = (left.units(at: places), right.units(at: places))
        if left.isNegative == right.isNegative {
            return ExactDecimal(isNegative: left.isNegative, units: a + b, places: places)
        }
        return a < b
            ? ExactDecimal(isNegative: right.isNegative, units: b - a, places: places)
            : ExactDecimal(isNegative: left.isNegative, units: a - b, places: places)
    }

    public static func - (left: ExactDecimal, right: ExactDecimal) -> ExactDecimal { left + -right }

    public static func * (left: ExactDecimal, right: ExactDecimal) -> ExactDecimal {
        ExactDecimal(
            isNegative: left.isNegative != right.isNegative, units: left.units * right.units,
            places: left.places + right.places)
    }

    /// The quotient, as exact as `division` asks; nil when the divisor is zero.
    public func divided(by divisor: ExactDecimal, _ division: Division) -> ExactDecimal? {
        guard !divisor.isZero else { return nil }
        // value = units/10^p ÷ (dunits/10^q) = units·10^(q + r − p) ÷ dunits, in units of 10^−r
        let shift = divisor.places + division.places - places
        let numerator = shift >= 0 ? units * Magnitude.powerOfTen(shift) : units
        let denominator = shift >= 0 ? divisor.units : divisor.units * Magnitude.powerOfTen(-shift)
        let (quotient, remainder) = numerator.dividing(by: denominator)
        return ExactDecimal(
            isNegative: isNegative != divisor.isNegative,
            units: Self.round(quotient, remainder, of: denominator, division.rounding), places: division.places)
    }

    /// The value with at most so many digits after the point.
    public func rounded(places: Int, _ rounding: Rounding) -> ExactDecimal {
        guard self.places > places else { return self }
        let divisor = Magnitude.powerOfTen(self.places - places)
        let (quotient, remainder) = units.dividing(by: divisor)
        return ExactDecimal(
            isNegative: isNegative, units: Self.round(quotient, remainder, of: divisor, rounding), places: places)
    }

    private static func round(
        _ quotient: Magnitude, _ remainder: Magnitude, of divisor: Magnitude, _ rounding: Rounding
    ) -> Magnitude {
        let twice = remainder + remainder
        let goesUp =
            switch rounding {
            case .truncate: false
            case .halfUp: !(twice < divisor)
            case .halfEven: divisor < twice || (twice == divisor && quotient.isOdd)
            }
        return goesUp ? quotient + Magnitude(1) : quotient
    }

    private func units(at places: Int) -> Magnitude {
        places == self.places ? units : units * Magnitude.powerOfTen(places - self.places)
    }
}

/// How exact a quotient is, and how its last digit is found.
public struct Division: Sendable, Hashable {
    /// Digits after the point that are kept.
    public var places: Int
    public var rounding: Rounding

    public init(places: Int, rounding: Rounding) {
        (self.places, self.rounding) = (places, rounding)
    }
}

extension ExactDecimal: Comparable, Hashable {
    public static func == (left: ExactDecimal, right: ExactDecimal) -> Bool {
        let places = max(left.places, right.places)
        return left.isNegative == right.isNegative && left.units(at: places) == right.units(at: places)
    }

    public static func < (left: ExactDecimal, right: ExactDecimal) -> Bool {
        if left.isNegative != right.isNegative { return left.isNegative }
        let places = max(left.places, right.places)
        let (a, b) = (left.units(at: places), right.units(at: places))
        return left.isNegative ? b < a : a < b
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(description)
    }
}

extension ExactDecimal: ExpressibleByIntegerLiteral {
    public init(integerLiteral value: Int) { self.init(value) }
}

extension ExactDecimal: JSONReadable {
    /// A text of decimal digits, or a number with its exact text.
    public init?(json: JSON) {
        switch json {
        case .string(let text): self.init(text)
        case .number(let number): self.init(number)
        default: return nil
        }
    }

    public static var expectation: String { "a decimal number" }
}
