/// How long to wait between attempts: growing by a factor up to a ceiling, spread by chance.
///
/// The spread keeps many clients that failed together from coming back together.
public struct Backoff: Sendable {
    public var first: Duration
    public var factor: Double
    public var ceiling: Duration
    /// 0 waits exactly; 0.5 waits between half and the whole of the computed time. From 0 to 1.
    public var jitter: Double
    /// How many attempts in all; nil for no limit.
    public var attempts: Int?

    public init(
        first: Duration = .milliseconds(100), factor: Double = 2, ceiling: Duration = .seconds(30),
        jitter: Double = 0.5, attempts: Int? = nil
    ) {
        (self.first, self.factor, self.ceiling, self.jitter, self.attempts) = (first, factor, ceiling, jitter, attempts)
    }

    /// The wait after attempt `attempt`, counted from 1; nil when there is to be no further attempt.
    public func delay(
        after attempt: Int, using generator: inout some RandomNumberGenerator
    ) -> Duration? {
        if let attempts, attempt >= attempts { return nil }
        var wait = first
        for _ in 1..<max(1, attempt) where wait < ceiling { wait = wait.scaled(by: factor) }
        wait = min(wait, ceiling)
        return wait.scaled(by: 1 - jitter * Double.random(in: 0...1, using: &generator))
    }

    /// The wait after attempt `attempt`, by the system's randomness.
    public func delay(after attempt: Int) -> Duration? {
        var generator = SystemRandomNumberGenerator()
        return delay(after: attempt, using: &generator)
    }

    /// Runs `body` until it succeeds, waiting between attempts.
    ///
    /// - Parameters:
    ///   - isTransient: whether another attempt may help; other errors are thrown at once.
    ///   - sleep: how to wait; tests pass their own.
    ///   - body: is given the number of the attempt, from 1.
    /// - Throws: the last error of `body`, or `CancellationError`.
    public func run<Result>(
        while isTransient: (any Error) -> Bool = { _ in true },
        sleep: (Duration) async throws -> Void = { try await Task.sleep(for: $0) },
        _ body: (Int) async throws -> Result
    ) async throws -> Result {
        var attempt = 1
        while true {
            do {
                return try await body(attempt)
            } catch {
                guard !(error is CancellationError), isTransient(error), let wait = delay(after: attempt) else {
                    throw error
                }
                try await sleep(wait)
                attempt += 1
            }
        }
    }
}

extension Duration {
    /// Rounded to the nanosecond, so that 100 ms times three is 300 ms.
    fileprivate func scaled(by factor: Double) -> Duration {
        .nanoseconds(Int64((self / .nanoseconds(1) * factor).rounded()))
    }
}
