import Groundwork
public import Telemetry

/// The rhythm of a service in the background: step after step while there is work, a rest when there is none, and a
/// single line in the log while what it needs is away.
public struct WorkLoop: Sendable {
    private let tick: Duration
    private let logger: Logger
    private let waiting: StaticString

    /// - Parameters:
    ///   - tick: how long it rests when there is nothing to do, or when a step failed.
    ///   - waiting: what the log says when a step failed; told again only after a step that did not fail.
    public init(every tick: Duration, logger: Logger, waiting: StaticString) {
        (self.tick, self.logger, self.waiting) = (tick, logger, waiting)
    }

    /// Works until the task is cancelled or `isStopping` says so.
    ///
    /// - Parameter step: does what is at hand; true when there may be more at once.
    public func run(until isStopping: () -> Bool = { false }, step: () async throws -> Bool) async {
        var isAway = false
        while !Task.isCancelled, !isStopping() {
            do {
                let isMore = try await step()
                isAway = false
                if isMore { continue }
            } catch {
                if Task.isCancelled { return }
                if !isAway { logger.warning(waiting, [.fault: .unredacted(Self.code(of: error))]) }
                isAway = true
            }
            try? await Task.sleep(for: tick)
        }
    }

    // Either is mute about data: faults by contract, and a type's name by nature.
    private static func code(of error: any Error) -> String {
        (error as? any Fault)?.code ?? String(describing: type(of: error))
    }
}
