import Foundation

/// Runs the body on that many threads of their own, since waiting sockets and programs must not hold the task pool.
func onThreads<Result: Sendable>(
    _ count: Int, _ body: @escaping @Sendable (Int) throws -> Result
) async throws -> [Result] {
    try await withThrowingTaskGroup(of: (Int, Result).self) { group in
        for place in 0..<count {
            group.addTask {
                let result: Result = try await withCheckedThrowingContinuation { continuation in
                    let thread = Thread { continuation.resume(with: Swift.Result { try body(place) }) }
                    thread.stackSize = 1 << 20
                    thread.start()
                }
                return (place, result)
            }
        }
        var results: [(Int, Result)] = []
        for try await result in group { results.append(result) }
        return results.sorted { $0.0 < $1.0 }.map(\.1)
    }
}

/// Time since the machine started, for spans between two moments.
enum Stopwatch {
    static var nanoseconds: UInt64 { clock_gettime_nsec() }

    private static func clock_gettime_nsec() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
