import Synchronization

/// A number that only grows; adding costs one atomic instruction.
public final class Counter: MetricInstrument {
    private let count = Atomic<Int>(0)

    init() {}

    public func increment(by amount: Int = 1) {
        count.wrappingAdd(amount, ordering: .relaxed)
    }

    public var value: Int { count.load(ordering: .relaxed) }

    public var isTouched: Bool { value != 0 }

    public func write(_ name: String, _ labels: String, into text: inout String) {
        text += "\(name)\(bracketed(labels)) \(value)\n"
    }
}

/// A number that goes up and down.
public final class Gauge: MetricInstrument {
    private let bits = Atomic<UInt64>(0)
    private let wasSet = Atomic<Bool>(false)

    init() {}

    public func set(_ value: Double) {
        wasSet.store(true, ordering: .relaxed)
        bits.store(value.bitPattern, ordering: .relaxed)
    }

    public func add(_ amount: Double) {
        wasSet.store(true, ordering: .relaxed)
        var known = bits.load(ordering: .relaxed)
        while true {
            let next = (Double(bitPattern: known) + amount).bitPattern
            let (exchanged, original) = bits.compareExchange(expected: known, desired: next, ordering: .relaxed)
            if exchanged { return }
            known = original
        }
    }

    public var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }

    public var isTouched: Bool { wasSet.load(ordering: .relaxed) }

    public func write(_ name: String, _ labels: String, into text: inout String) {
        text += "\(name)\(bracketed(labels)) \(printed(value))\n"
    }
}

/// A number that somebody else keeps and that is read on demand.
final class Reading: MetricInstrument {
    private let read: @Sendable () -> Double

    init(_ reading: @escaping @Sendable () -> Double) {
        read = reading
    }

    public var isTouched: Bool { true }

    public func write(_ name: String, _ labels: String, into text: inout String) {
        text += "\(name)\(bracketed(labels)) \(printed(read()))\n"
    }
}

/// A distribution of measured values over fixed buckets.
public final class Histogram: MetricInstrument {
    /// Half a millisecond to thirty seconds: request and query times.
    public static let secondsBuckets: [Double] = [
        0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
    ]

    private struct State {
        var counts: [Int]
        var sum: Double
    }

    private let bounds: [Double]
    private let state: Mutex<State>

    init(buckets: [Double]) {
        bounds = buckets
        state = Mutex(State(counts: Array(repeating: 0, count: buckets.count + 1), sum: 0))
    }

    /// Counts one value, in the unit of the buckets.
    public func observe(_ value: Double) {
        var place = 0
        while place < bounds.count, value > bounds[place] { place += 1 }
        state.withLock { state in
            state.counts[place] += 1
            state.sum += value
        }
    }

    /// Counts one span of time, in seconds.
    public func observe(_ duration: Duration) {
        observe(duration / .seconds(1))
    }

    public var count: Int { state.withLock { $0.counts.reduce(0, +) } }
    public var sum: Double { state.withLock { $0.sum } }

    public var isTouched: Bool { count != 0 }

    public func write(_ name: String, _ labels: String, into text: inout String) {
        let state = state.withLock { $0 }
        let separator = labels.isEmpty ? "" : ","
        var running = 0
        for (place, count) in state.counts.enumerated() {
            running += count
            let bound = place < bounds.count ? printed(bounds[place]) : "+Inf"
            text += "\(name)_bucket{\(labels)\(separator)le=\"\(bound)\"} \(running)\n"
        }
        text += "\(name)_sum\(bracketed(labels)) \(printed(state.sum))\n"
        text += "\(name)_count\(bracketed(labels)) \(running)\n"
    }
}

private func bracketed(_ labels: String) -> String { labels.isEmpty ? "" : "{\(labels)}" }

private func printed(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
    let whole = value.rounded(.towardZero)
    return whole == value && abs(value) < 1e15 ? String(Int(whole)) : String(value)
}
