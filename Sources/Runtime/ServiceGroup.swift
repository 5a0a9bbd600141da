import Groundwork
public import Telemetry

#if canImport(Glibc)
    import Glibc
#endif

/// Runs services together and ends them together.
///
/// They start in order. The first failure, a signal, `stop()` or cancellation of the caller ends the group: services
/// are shut down one by one in reverse order, so that a server stops before what it stands on. Services that return
/// are let go; when all have returned, so does the group.
public final class ServiceGroup: Sendable {
    private enum Event: Sendable {
        case ended(Int, failure: (any Error)?)
        case shutDown(Int)
        case signal(Int32)
        case stop
        case graceOver
    }

    private let services: [any Service]
    private let signals: [Int32]
    private let grace: Duration
    private let logger: Logger
    private let events: AsyncStream<Event>
    private let feed: AsyncStream<Event>.Continuation

    /// - Parameters:
    ///   - services: in the order of starting: what others stand on comes first.
    ///   - signals: which signals end the group gracefully; a second one cancels everything at once.
    ///   - grace: how long the whole shutdown may take.
    public init(
        _ services: [any Service], signals: [Int32] = Signals.ending, grace: Duration = .seconds(30), logger: Logger
    ) {
        (self.services, self.signals, self.grace, self.logger) = (services, signals, grace, logger)
        (events, feed) = AsyncStream.makeStream()
    }

    /// Asks a running group to end gracefully; returns at once.
    public func stop() {
        feed.yield(.stop)
    }

    /// Runs everything and returns when all services have ended; a group runs once.
    ///
    /// - Throws: the first failure of a service, or `RuntimeFault.stopTimedOut`.
    public func run() async throws {
        // The loop must outlive a cancelled caller, because a cancelled task reads nothing more from a stream.
        let conductor = Task { @concurrent in try await self.conduct() }
        try await withTaskCancellationHandler {
            try await conductor.value
        } onCancel: {
            feed.yield(.stop)
        }
    }

    private func conduct() async throws {
        let watch = SignalWatch(signals) { [feed] in feed.yield(.signal($0)) }
        defer { watch.end() }
        let feed = feed
        let tasks = services.enumerated().map { place, service in
            Task { @concurrent in
                do {
                    try await service.run()
                    feed.yield(.ended(place, failure: nil))
                } catch {
                    feed.yield(.ended(place, failure: error))
                }
            }
        }
        var state = State(running: Set(tasks.indices))
        await waitForTheEnd(&state)
        try await shutDown(tasks, &state)
        if let failure = state.failure { throw failure }
    }

    private struct State {
        var running: Set<Int>
        var failure: (any Error)?

        mutating func ended(_ place: Int, _ error: (any Error)?) {
            running.remove(place)
            if let error, !(error is CancellationError), failure == nil { failure = error }
        }
    }

    private func waitForTheEnd(_ state: inout State) async {
        guard !state.running.isEmpty else { return }
        for await event in events {
            switch event {
            case .ended(let place, let failure):
                state.ended(place, failure)
                guard let failure else {
                    if state.running.isEmpty { return }
                    continue
                }
                logger.error(
                    "service failed",
                    [.service: .unredacted(services[place].name), .reason: .unredacted(Self.code(of: failure))])
                return
            case .signal(let number):
                logger.info("stopping on a signal", [.signal: .count(number)])
                return
            case .stop: return
            case .shutDown, .graceOver: continue
            }
        }
    }

    private func shutDown(
        _ tasks: [Task<Void, Never>], _ state: inout State
    ) async throws {
        guard !state.running.isEmpty else { return }
        let feed = feed
        let alarm = Task { @concurrent [grace] in
            try await Task.sleep(for: grace)
            feed.yield(.graceOver)
        }
        defer { alarm.cancel() }
        for place in services.indices.reversed() where state.running.contains(place) {
            let service = services[place]
            Task { @concurrent in
                await service.shutdown()
                feed.yield(.shutDown(place))
            }
            for await event in events {
                switch event {
                case .ended(let place, let failure): state.ended(place, failure)
                case .shutDown(let place): tasks[place].cancel()
                case .signal: for task in tasks { task.cancel() }
                case .stop: continue
                case .graceOver:
                    for task in tasks { task.cancel() }
                    throw RuntimeFault.stopTimedOut(services: state.running.sorted().map { services[$0].name })
                }
                if !state.running.contains(place) { break }
            }
        }
    }

    /// Errors of others may describe data; a fault's code and a type's name do not.
    private static func code(of error: any Error) -> String {
        (error as? any Fault)?.code ?? String(describing: type(of: error))
    }
}
