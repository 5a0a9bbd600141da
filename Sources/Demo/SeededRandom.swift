import Foundation

/// A small reproducible source of random numbers: SplitMix64 of Steele, Lea and Flood (2014).
///
/// The standard library may change how it turns bits into ranges; a seed must give the same registry for ever, so every
/// draw is spelled out here.
struct SeededRandom: Sendable {
    private var state: UInt64

    /// Independent streams of one seed: what is drawn in one never shifts another.
    init(seed: UInt64, stream: UInt64, index: UInt64 = 0) {
        let base = Self.mix(seed &+ stream &* 0xD1B5_4A32_D192_ED03)
        state = Self.mix(base &+ index &* 0x9E37_79B9_7F4A_7C15)
    }

    static func mix(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return Self.mix(state)
    }

    /// From 0 up to, but not including, 1.
    mutating func unit() -> Double {
        Double(next() >> 11) * 0x1p-53
    }

    mutating func chance(_ probability: Double) -> Bool {
        unit() < probability
    }

    /// From 0 to `bound` − 1; 0 when there is nothing to choose from.
    mutating func below(_ bound: Int) -> Int {
        bound < 2 ? 0 : Int(next().multipliedFullWidth(by: UInt64(bound)).high)
    }

    mutating func within(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + below(range.count)
    }

    mutating func pick<Element>(_ choices: [Element]) -> Element? {
        choices.isEmpty ? nil : choices[below(choices.count)]
    }

    /// Standard normal, by Box and Muller.
    mutating func normal() -> Double {
        let radius = (-2 * log(1 - unit())).squareRoot()
        return radius * cos(2 * .pi * unit())
    }

    /// Failures before the `successes`-th success, with the mean given.
    mutating func negativeBinomial(successes: Int, mean: Double) -> Int {
        let failure = mean / (mean + Double(successes))
        var total = 0
        for _ in 0..<successes { total += Int(log(1 - unit()) / log(failure)) }
        return total
    }

    /// Poisson by multiplication, for small means.
    mutating func poisson(_ mean: Double) -> Int {
        let limit = exp(-mean)
        var (count, product) = (0, unit())
        while product > limit, count < 60 {
            count += 1
            product *= unit()
        }
        return count
    }
}

/// Things with weights, drawn in time logarithmic in their number.
struct Weighted<Element: Sendable>: Sendable {
    let elements: [Element]
    private let sums: [Double]

    init(_ pairs: [(Element, Double)]) {
        elements = pairs.map(\.0)
        var sum = 0.0
        sums = pairs.map {
            sum += max(0, $0.1)
            return sum
        }
    }

    func place(_ random: inout SeededRandom) -> Int {
        let target = random.unit() * (sums.last ?? 0)
        var (low, high) = (0, sums.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if sums[middle] > target { high = middle } else { low = middle + 1 }
        }
        return low
    }

    func draw(_ random: inout SeededRandom) -> Element? {
        elements.isEmpty ? nil : elements[place(&random)]
    }
}
