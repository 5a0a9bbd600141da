import Foundation

/// Load from keep-alive connections, each with a thread of its own that asks again as soon as it is answered.
struct HTTPLoad: Sendable {
    let port: Int
    let connections: Int
    /// Counted after a tenth of it has gone by as warm-up.
    let seconds: Double
    /// The expected status.
    var status = 200
    /// The request with a running number, unique over all connections and runs, and what its answer must hold.
    let request: @Sendable (Int) -> (bytes: [UInt8], needle: [UInt8])

    struct Outcome: Sendable {
        /// Answered requests a second.
        var rate: Double
        /// Sorted, in nanoseconds.
        var latencies: [UInt32]

        /// Milliseconds; `share` 0.99 for p99.
        func percentile(_ share: Double) -> Double {
            guard !latencies.isEmpty else { return 0 }
            return Double(latencies[min(latencies.count - 1, Int(Double(latencies.count) * share))]) / 1e6
        }
    }

    /// - Parameter first: where the running number starts.
    /// - Throws: `.answer` at the first answer that is not the one expected.
    func run(from first: Int) async throws -> Outcome {
        let load = self
        let start = Stopwatch.nanoseconds
        let counted = start + UInt64(seconds * 0.1 * 1e9)
        let end = start + UInt64(seconds * 1.1 * 1e9)
        let all = try await onThreads(connections) { place in
            let session = try HTTPSession(port: load.port)
            var latencies: [UInt32] = []
            latencies.reserveCapacity(1 << 16)
            var number = first + place
            while true {
                let (bytes, needle) = load.request(number)
                number += load.connections
                let asked = Stopwatch.nanoseconds
                guard asked < end else { break }
                let answer = try session.exchange(bytes, needle: needle)
                let done = Stopwatch.nanoseconds
                guard answer.status == load.status, answer.holds else {
                    throw BenchFault.answer(String(session.text.prefix(1200)))
                }
                if asked >= counted, done <= end { latencies.append(UInt32(clamping: done - asked)) }
            }
            return latencies
        }
        let latencies = all.flatMap { $0 }.sorted()
        return Outcome(rate: Double(latencies.count) / seconds, latencies: latencies)
    }
}
