import Foundation

/// Logarithms to base two, in one place so that every figure in bits comes from the same function.
enum Binary {
    static func log2(_ value: Double) -> Double { Foundation.log2(value) }
    static func exp2(_ value: Double) -> Double { Foundation.exp2(value) }

    /// log2(2^a + 2^b) without overflow.
    static func sum(_ a: Double, _ b: Double) -> Double {
        let (low, high) = a < b ? (a, b) : (b, a)
        return high - low > 60 ? high : high + log2(1 + exp2(low - high))
    }

    /// The probability that goes with odds of so many bits.
    static func probability(bits: Double) -> Double {
        bits > 0 ? 1 / (1 + exp2(-bits)) : exp2(bits) / (1 + exp2(bits))
    }
}
