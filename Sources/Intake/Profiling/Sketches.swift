import Foundation
import Linkage

/// How many different values there were: exactly while they are few, else estimated within about 2 per cent (HyperLogLog,
/// Flajolet and others 2007, with 4,096 registers).
struct DistinctCounter {
    private static let mostExact = 1024
    private static let bits = 12

    private var exact: Set<UInt64> = []
    private var registers: [UInt8] = []

    var isExact: Bool { registers.isEmpty }

    mutating func add(_ hash: UInt64) {
        if registers.isEmpty {
            exact.insert(hash)
            guard exact.count > Self.mostExact else { return }
            registers = [UInt8](repeating: 0, count: 1 << Self.bits)
            for value in exact { note(value) }
            exact = []
        } else {
            note(hash)
        }
    }

    private mutating func note(_ hash: UInt64) {
        let place = Int(hash >> UInt64(64 - Self.bits))
        let rank = UInt8((hash << UInt64(Self.bits) | 1 << UInt64(Self.bits - 1)).leadingZeroBitCount + 1)
        if rank > registers[place] { registers[place] = rank }
    }

    var count: Int {
        guard !registers.isEmpty else { return exact.count }
        let size = Double(registers.count)
        let sum = registers.reduce(0.0) { $0 + exp2(-Double($1)) }
        let estimate = 0.7213 / (1 + 1.079 / size) * size * size / sum
        let empty = registers.count { $0 == 0 }
        // With many registers empty, counting those tells more.
        return Int((estimate <= 2.5 * size && empty > 0 ? size * log(size / Double(empty)) : estimate).rounded())
    }
}

/// The most frequent of many, in bounded memory (Misra and Gries 1982): exact while there are few different ones, else
/// no count is too high, and none too low by more than `slack`.
struct FrequentItems {
    private let capacity: Int
    private var counts: [String: Int] = [:]
    private(set) var slack: Int = 0

    init(capacity: Int) {
        self.capacity = capacity
    }

    var isExact: Bool { slack == 0 }

    mutating func add(_ item: String) {
        if counts[item] != nil || counts.count < capacity {
            counts[item, default: 0] += 1
            return
        }
        slack += 1
        counts = counts.compactMapValues { $0 > 1 ? $0 - 1 : nil }
    }

    /// The most frequent first.
    func top(_ number: Int) -> [(item: String, count: Int)] {
        counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(number).map { ($0.key, $0.value) }
    }
}

/// A sample of numbers in which each had the same chance; the same file gives the same sample.
struct Reservoir {
    private static let size = 2048

    private var values: [Double] = []
    private var seen: UInt64 = 0

    mutating func add(_ value: Double) {
        seen += 1
        if values.count < Self.size {
            values.append(value)
            return
        }
        let place = StableHash.hash(withUnsafeBytes(of: seen.littleEndian) { Array($0) }) % seen
        if place < UInt64(Self.size) { values[Int(place)] = value }
    }

    /// First quartile, median and third quartile; nil for fewer than eight numbers.
    var quartiles: (Double, Double, Double)? {
        guard values.count >= 8 else { return nil }
        let sorted = values.sorted()
        func at(_ share: Double) -> Double { sorted[Int((Double(sorted.count - 1) * share).rounded())] }
        return (at(0.25), at(0.5), at(0.75))
    }
}
