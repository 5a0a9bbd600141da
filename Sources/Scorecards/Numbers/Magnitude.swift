/// A whole number without sign, of any length.
///
/// Nearly all numbers of formulas fit 128 bits; what does not goes on in limbs. Equal numbers have one form.
enum Magnitude: Hashable, Sendable {
    case short(UInt128)
    /// Never less than 2 to the power of 128.
    case long(LongMagnitude)

    init(_ value: UInt64 = 0) {
        self = .short(UInt128(value))
    }

    /// Decimal digits, most significant first; nil where one is none.
    init?(digits: some Collection<UInt8>) {
        guard digits.count > 38 else {
            var value: UInt128 = 0
            for digit in digits {
                guard (0x30...0x39).contains(digit) else { return nil }
                value = value * 10 + UInt128(digit - 0x30)
            }
            self = .short(value)
            return
        }
        guard let value = LongMagnitude(digits: digits) else { return nil }
        self.init(value)
    }

    private init(_ value: LongMagnitude) {
        guard value.limbs.count <= 4 else {
            self = .long(value)
            return
        }
        var short: UInt128 = 0
        for limb in value.limbs.reversed() { short = short << 32 | UInt128(limb) }
        self = .short(short)
    }

    private var long: LongMagnitude {
        switch self {
        case .long(let value): return value
        case .short(let value):
            return LongMagnitude(limbs: (0..<4).map { UInt32(truncatingIfNeeded: value >> UInt128($0 * 32)) })
        }
    }

    var isZero: Bool { self == .short(0) }

    /// Beyond some 19,000 digits.
    var isVast: Bool {
        switch self {
        case .short: false
        case .long(let value): value.limbs.count > 2_000
        }
    }

    var isOdd: Bool {
        switch self {
        case .short(let value): value & 1 == 1
        case .long(let value): value.isOdd
        }
    }

    /// Decimal digits, most significant first; `0` for zero.
    var digits: String {
        switch self {
        case .short(let value): value <= UInt128(UInt64.max) ? String(UInt64(value)) : String(value)
        case .long(let value): value.digits
        }
    }

    private static let powers: [UInt128] = (0...38).map { exponent in
        (0..<exponent).reduce(UInt128(1)) { power, _ in power * 10 }
    }

    static func powerOfTen(_ exponent: Int) -> Magnitude {
        exponent <= 38 ? .short(powers[exponent]) : Magnitude(LongMagnitude.powerOfTen(exponent))
    }

    static func < (left: Magnitude, right: Magnitude) -> Bool {
        switch (left, right) {
        case (.short(let a), .short(let b)): a < b
        case (.short, .long): true
        case (.long, .short): false
        case (.long(let a), .long(let b)): a < b
        }
    }

    static func + (left: Magnitude, right: Magnitude) -> Magnitude {
        if case (.short(let a), .short(let b)) = (left, right) {
            let (sum, isTooLong) = a.addingReportingOverflow(b)
            if !isTooLong { return .short(sum) }
        }
        return Magnitude(left.long + right.long)
    }

    /// The left must not be the smaller one.
    static func - (left: Magnitude, right: Magnitude) -> Magnitude {
        if case (.short(let a), .short(let b)) = (left, right) { return .short(a - b) }
        return Magnitude(left.long - right.long)
    }

    static func * (left: Magnitude, right: Magnitude) -> Magnitude {
        if case (.short(let a), .short(let b)) = (left, right) {
            let (product, isTooLong) = a.multipliedReportingOverflow(by: b)
            if !isTooLong { return .short(product) }
        }
        return Magnitude(left.long * right.long)
    }

    /// The divisor is not zero.
    func dividing(by divisor: Magnitude) -> (quotient: Magnitude, remainder: Magnitude) {
        if case (.short(let a), .short(let b)) = (self, divisor) {
            let (quotient, remainder) = a.quotientAndRemainder(dividingBy: b)
            return (.short(quotient), .short(remainder))
        }
        let (quotient, remainder) = long.dividing(by: divisor.long)
        return (Magnitude(quotient), Magnitude(remainder))
    }

    static func == (left: Magnitude, right: Magnitude) -> Bool {
        switch (left, right) {
        case (.short(let a), .short(let b)): a == b
        case (.long(let a), .long(let b)): a == b
        default: false
        }
    }
}
