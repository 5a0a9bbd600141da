/// A whole number of any length, for what 128 bits do not hold.
///
/// Limbs of 32 bits, the least significant first, no zero limb at the end.
struct LongMagnitude: Hashable, Sendable {
    private(set) var limbs: [UInt32]

    init(_ value: UInt64 = 0) {
        limbs = [UInt32(truncatingIfNeeded: value), UInt32(truncatingIfNeeded: value >> 32)]
        trim()
    }

    init(limbs: [UInt32]) {
        self.limbs = limbs
        trim()
    }

    /// Decimal digits, most significant first; nil where one is none.
    init?(digits: some Sequence<UInt8>) {
        self.init()
        var (chunk, factor): (UInt32, UInt32) = (0, 1)
        for digit in digits {
            guard (0x30...0x39).contains(digit) else { return nil }
            chunk = chunk * 10 + UInt32(digit - 0x30)
            factor *= 10
            if factor == 1_000_000_000 {
                multiply(by: factor, adding: chunk)
                (chunk, factor) = (0, 1)
            }
        }
        if factor > 1 { multiply(by: factor, adding: chunk) }
    }

    var isZero: Bool { limbs.isEmpty }
    var isOdd: Bool { (limbs.first ?? 0) & 1 == 1 }

    /// Decimal digits, most significant first; `0` for zero.
    var digits: String {
        guard !isZero else { return "0" }
        var (rest, parts): (LongMagnitude, [String]) = (self, [])
        while !rest.isZero { parts.append(String(rest.divide(by: 1_000_000_000))) }
        let tail = parts.dropLast().reversed().map { String(repeating: "0", count: 9 - $0.count) + $0 }
        return (parts.last ?? "") + tail.joined()
    }

    static func powerOfTen(_ exponent: Int) -> LongMagnitude {
        var result = LongMagnitude(1)
        for _ in 0..<(exponent / 9) { result.multiply(by: 1_000_000_000, adding: 0) }
        for _ in 0..<(exponent % 9) { result.multiply(by: 10, adding: 0) }
        return result
    }

    static func < (left: LongMagnitude, right: LongMagnitude) -> Bool {
        guard left.limbs.count == right.limbs.count else { return left.limbs.count < right.limbs.count }
        for (a, b) in zip(left.limbs.reversed(), right.limbs.reversed()) where a != b { return a < b }
        return false
    }

    static func + (left: LongMagnitude, right: LongMagnitude) -> LongMagnitude {
        var (result, carry): ([UInt32], UInt64) = ([], 0)
        for index in 0..<max(left.limbs.count, right.limbs.count) {
            let sum = UInt64(left[index]) + UInt64(right[index]) + carry
            result.append(UInt32(truncatingIfNeeded: sum))
            carry = sum >> 32
        }
        if carry > 0 { result.append(UInt32(carry)) }
        return LongMagnitude(limbs: result)
    }

    /// The left must not be the smaller one.
    static func - (left: LongMagnitude, right: LongMagnitude) -> LongMagnitude {
        var (result, borrow): ([UInt32], Int64) = ([], 0)
        for index in left.limbs.indices {
            var difference = Int64(left[index]) - Int64(right[index]) - borrow
            borrow = difference < 0 ? 1 : 0
            if difference < 0 { difference += 1 << 32 }
            result.append(UInt32(difference))
        }
        precondition(borrow == 0, "a magnitude has no sign")
        return LongMagnitude(limbs: result)
    }

    static func * (left: LongMagnitude, right: LongMagnitude) -> LongMagnitude {
        guard !left.isZero, !right.isZero else { return LongMagnitude() }
        var result = [UInt32](repeating: 0, count: left.limbs.count + right.limbs.count)
        for (place, factor) in left.limbs.enumerated() {
            var carry: UInt64 = 0
            for (offset, other) in right.limbs.enumerated() {
                let sum = UInt64(factor) * UInt64(other) + UInt64(result[place + offset]) + carry
                result[place + offset] = UInt32(truncatingIfNeeded: sum)
                carry = sum >> 32
            }
            result[place + right.limbs.count] = UInt32(carry)
        }
        return LongMagnitude(limbs: result)
    }

    /// Divides in place by a small number and gives the remainder.
    mutating func divide(by divisor: UInt32) -> UInt32 {
        var remainder: UInt64 = 0
        for index in limbs.indices.reversed() {
            let part = remainder << 32 | UInt64(limbs[index])
            limbs[index] = UInt32(part / UInt64(divisor))
            remainder = part % UInt64(divisor)
        }
        trim()
        return UInt32(remainder)
    }

    /// Long division (Knuth, The Art of Computer Programming 2, 4.3.1, algorithm D); the divisor is not zero.
    func dividing(by divisor: LongMagnitude) -> (quotient: LongMagnitude, remainder: LongMagnitude) {
        precondition(!divisor.isZero, "division by zero is refused before")
        if self < divisor { return (LongMagnitude(), self) }
        if divisor.limbs.count == 1 {
            var quotient = self
            let remainder = quotient.divide(by: divisor.limbs[0])
            return (quotient, LongMagnitude(UInt64(remainder)))
        }
        let shift = divisor.limbs[divisor.limbs.count - 1].leadingZeroBitCount
        let v = divisor.shifted(left: shift, padding: 0)
        var u = shifted(left: shift, padding: 1)
        let (n, m) = (v.count, u.count - v.count - 1)
        var quotient = [UInt32](repeating: 0, count: m + 1)
        for j in stride(from: m, through: 0, by: -1) {
            let top = UInt64(u[j + n]) << 32 | UInt64(u[j + n - 1])
            var (guess, rest) = (top / UInt64(v[n - 1]), top % UInt64(v[n - 1]))
            while guess >> 32 != 0 || guess * UInt64(v[n - 2]) > (rest << 32 | UInt64(u[j + n - 2])) {
                guess -= 1
                rest += UInt64(v[n - 1])
                if rest >> 32 != 0 { break }
            }
            var (borrow, carry): (Int64, UInt64) = (0, 0)
            for i in 0..<n {
                let product = guess * UInt64(v[i]) + carry
                carry = product >> 32
                let difference = Int64(u[i + j]) - borrow - Int64(product & 0xFFFF_FFFF)
                u[i + j] = UInt32(truncatingIfNeeded: difference)
                borrow = difference < 0 ? 1 : 0
            }
            let difference = Int64(u[j + n]) - borrow - Int64(carry)
            u[j + n] = UInt32(truncatingIfNeeded: difference)
            if difference < 0 {
                guess -= 1
                var carry: UInt64 = 0
                for i in 0..<n {
                    let sum = UInt64(u[i + j]) + UInt64(v[i]) + carry
                    u[i + j] = UInt32(truncatingIfNeeded: sum)
                    carry = sum >> 32
                }
                u[j + n] = UInt32(truncatingIfNeeded: UInt64(u[j + n]) + carry)
            }
            quotient[j] = UInt32(guess)
        }
        let rest = (0..<n).map { i in
            shift == 0 ? u[i] : u[i] >> UInt32(shift) | u[i + 1] << UInt32(32 - shift)
        }
        return (LongMagnitude(limbs: quotient), LongMagnitude(limbs: rest))
    }

    private subscript(_ index: Int) -> UInt32 { index < limbs.count ? limbs[index] : 0 }

    private func shifted(left shift: Int, padding: Int) -> [UInt32] {
        var (result, carry): ([UInt32], UInt32) = ([], 0)
        for limb in limbs {
            result.append(shift == 0 ? limb : limb << UInt32(shift) | carry)
            carry = shift == 0 ? 0 : limb >> UInt32(32 - shift)
        }
        return padding == 0 ? result : result + [carry]
    }

    private mutating func multiply(by factor: UInt32, adding addend: UInt32) {
        var carry = UInt64(addend)
        for index in limbs.indices {
            let product = UInt64(limbs[index]) * UInt64(factor) + carry
            limbs[index] = UInt32(truncatingIfNeeded: product)
            carry = product >> 32
        }
        if carry > 0 { limbs.append(UInt32(carry)) }
    }

    private mutating func trim() {
        while limbs.last == 0 { limbs.removeLast() }
    }
}
