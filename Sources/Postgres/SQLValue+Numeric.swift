public import struct Foundation.Decimal

// The binary form of numeric, from numeric_send in src/backend/utils/adt/numeric.c: the number of digits in base
// 10,000, the weight of the first (its power of 10,000), a sign word, the count of decimals shown, and the digits.
private let positive: UInt16 = 0x0000
private let negative: UInt16 = 0x4000
private let notANumber: UInt16 = 0xC000

/// Exact both ways; a `Decimal` keeps 38 digits, and a longer number is refused rather than rounded.
extension Decimal: SQLValue {
    public static var sqlType: SQLType { .numeric }

    public func encode(into buffer: inout SQLBuffer) {
        guard !isNaN else {
            for word: UInt16 in [0, 0, notANumber, 0] { buffer.append(word) }
            return
        }
        var number = DecimalDigits(description)
        let groups = number.groups()
        buffer.append(Int16(groups.digits.count))
        buffer.append(Int16(groups.weight))
        buffer.append(number.isNegative && !groups.digits.isEmpty ? negative : positive)
        buffer.append(Int16(number.scale))
        for digit in groups.digits { buffer.append(digit) }
    }

    /// Reads `numeric` and the integer types.
    /// - Throws: `.decode` for the infinities and for numbers of more than 38 significant digits.
    public static func decode(_ cell: SQLCell) throws(DatabaseError) -> Decimal {
        guard cell.oid == SQLType.numeric.oid else { return Decimal(try cell.anyInteger()) }
        let bytes = try cell.required()
        guard bytes.count >= 8 else { throw cell.failure("numeric cut short") }
        func word(_ index: Int) -> UInt16 {
            UInt16(bigEndian: bytes.loadUnaligned(fromByteOffset: index * 2, as: UInt16.self))
        }
        let count = Int(word(0))
        guard bytes.count == 8 + count * 2 else { throw cell.failure("numeric cut short") }
        let sign = word(2)
        if sign == notANumber { return .nan }
        guard sign == positive || sign == negative else { throw cell.failure("infinite number") }
        if count == 0 { return 0 }

        var weight = Int(Int16(bitPattern: word(1)))
        weight -= count - 1
        var exponent = weight * 4
        var last = word(3 + count)
        var dropped = 0
        // The last group may end in zeros that are not digits of the number; dropping them keeps 38 digits for it.
        while last % 10 == 0, last > 0 {
            last /= 10
            dropped += 1
        }
        exponent += dropped
        var significand: UInt128 = 0
        for index in 0..<count {
            let isLast = index == count - 1
            let factor: UInt128 = isLast ? [10_000, 1_000, 100, 10][dropped] : 10_000
            let (product, tooLong) = significand.multipliedReportingOverflow(by: factor)
            let (sum, carried) = product.addingReportingOverflow(UInt128(isLast ? last : word(4 + index)))
            guard !tooLong, !carried else { throw cell.failure("more than 38 digits") }
            significand = sum
        }
        return try exact(significand, exponent: exponent, isNegative: sign == negative, cell)
    }

    private static func exact(
        _ significand: UInt128, exponent: Int, isNegative: Bool, _ cell: SQLCell
    ) throws(DatabaseError) -> Decimal {
        guard (-128...127).contains(exponent) else { throw cell.failure("exponent out of range") }
        let sign: FloatingPointSign = isNegative ? .minus : .plus
        if significand <= UInt128(UInt64.max) {
            return Decimal(sign: sign, exponent: exponent, significand: Decimal(UInt64(significand)))
        }
        // A Decimal holds 128 bits, so neither the product nor the sum rounds.
        let high = UInt64(truncatingIfNeeded: significand >> 64)
        let low = UInt64(truncatingIfNeeded: significand)
        let whole = Decimal(high) * (Decimal(UInt64.max) + 1) + Decimal(low)
        return Decimal(sign: sign, exponent: exponent, significand: whole)
    }
}

/// The digits of a plain decimal text such as `-12.50`.
private struct DecimalDigits {
    var isNegative = false
    var digits: [UInt8] = []
    /// How many of the digits stand after the point.
    var scale = 0

    init(_ text: String) {
        var seenPoint = false
        digits.reserveCapacity(text.utf8.count)
        for byte in text.utf8 {
            switch byte {
            case 0x2D: isNegative = true
            case 0x2E: seenPoint = true
            default:
                digits.append(byte &- 0x30)
                if seenPoint { scale += 1 }
            }
        }
    }

    /// The digits in groups of four around the point, without empty groups at either end.
    mutating func groups() -> (digits: [UInt16], weight: Int) {
        let whole = digits.count - scale
        let lead = (4 - whole % 4) % 4
        var groups: [UInt16] = []
        var place = -lead
        while place < digits.count {
            var group: UInt16 = 0
            for index in place..<place + 4 {
                group = group * 10 + (digits.indices.contains(index) ? UInt16(digits[index]) : 0)
            }
            groups.append(group)
            place += 4
        }
        var weight = (whole + lead) / 4 - 1
        while groups.first == 0 {
            groups.removeFirst()
            weight -= 1
        }
        while groups.last == 0 { groups.removeLast() }
        return (groups, groups.isEmpty ? 0 : weight)
    }
}
