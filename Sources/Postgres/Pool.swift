import Dispatch
import Synchronization

/// What the pool is doing, for metrics and tests.
public struct PoolStatistics: Sendable, Equatable {
    /// Connections that exist or are being opened.
    public var open: Int = 0
    /// Of those, lent to somebody.
    public var inUse: Int = 0
    /// Tasks waiting for one.
    public var waiting: Int = 0
    /// Connections opened since the start.
    public var opened: Int = 0
    /// Connections that broke and were given up since the start.
    public var broken: Int = 0
    /// Checkouts that waited in vain since the start.
    public var timeouts: Int = 0
    /// Transactions run again because others interfered, since the start.
    public var retries: Int = 0
}

/// Lends connections, first come, first served; opens them when needed and never more than the settings say.
final class Pool: Sendable {
    /// A connection on loan, with how long it had lain unused.
    struct Lease: Sendable {
        let connection: Connection
        let idleFor: Duration
    }

    private enum Grant: Sendable {
        case use(Lease)
        /// Room for one more connection, which the receiver opens.
        case open
        case refused(DatabaseError)
    }

    private struct Waiter {
        let id: UInt64
        let deadline: ContinuousClock.Instant
        let continuation: CheckedContinuation<Grant, Never>
    }

    private struct Idle {
        let connection: Connection
        let since: ContinuousClock.Instant
    }

    private struct State {
        var idle: [Idle] = []
        var waiters: [Waiter] = []
        var statistics = PoolStatistics()
        var nextWaiter: UInt64 = 0
        var isClosed = false
        var isTimerSet = false
        var closers: [CheckedContinuation<Void, Never>] = []
    }

    private let settings: ConnectionSettings
    private let state = Mutex(State())

    init(_ settings: ConnectionSettings) {
        self.settings = settings
    }

    var statistics: PoolStatistics { state.withLock { $0.statistics } }

    /// Notes that a transaction is run again.
    func countRetry() {
        state.withLock { $0.statistics.retries += 1 }
    }

    /// Borrows a connection; it must come back by `give(back:)`.
    /// - Throws: `.exhausted` after the time allowed, `.connection` when none can be opened, `.cancelled`.
    func checkout() async throws(DatabaseError) -> Lease {
        let now = ContinuousClock.now
        let quick = state.withLock { state in takeNow(&state, at: now) }
        switch quick {
        case .use(let lease): return lease
        case .open: return try await openOne()
        case .refused(let error): throw error
        case nil: break
        }
        switch await wait(until: now + settings.checkoutTimeout) {
        case .use(let lease): return lease
        case .open: return try await openOne()
        case .refused(let error): throw error
        }
    }

    private func takeNow(_ state: inout State, at now: ContinuousClock.Instant) -> Grant? {
        guard !state.isClosed else { return .refused(Self.closed) }
        guard state.waiters.isEmpty else { return nil }
        if let idle = state.idle.popLast() {
            state.statistics.inUse += 1
            return .use(Lease(connection: idle.connection, idleFor: now - idle.since))
        }
        guard state.statistics.open < settings.poolSize else { return nil }
        state.statistics.open += 1
        state.statistics.inUse += 1
        return .open
    }

    private func openOne() async throws(DatabaseError) -> Lease {
        do {
            let connection = try await Connection.open(settings)
            state.withLock { $0.statistics.opened += 1 }
            return Lease(connection: connection, idleFor: .zero)
        } catch {
            release(nil)
            throw error
        }
    }

    // MARK: Waiting

    private func wait(until deadline: ContinuousClock.Instant) async -> Grant {
        let id = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                enqueue(Waiter(id: id, deadline: deadline, continuation: continuation))
            }
        } onCancel: {
            withdraw(id)
        }
    }

    private func enqueue(_ waiter: Waiter) {
        let grant: Grant? = state.withLock { state in
            if Task.isCancelled { return .refused(.cancelled) }
            // Something may have come free since the first look.
            if let grant = takeNow(&state, at: .now) { return grant }
            state.waiters.append(waiter)
            state.statistics.waiting = state.waiters.count
            if !state.isTimerSet {
                state.isTimerSet = true
                setTimer(for: waiter.deadline)
            }
            return nil
        }
        if let grant { waiter.continuation.resume(returning: grant) }
    }

    private func withdraw(_ id: UInt64) {
        let waiter = state.withLock { state -> Waiter? in
            guard let index = state.waiters.firstIndex(where: { $0.id == id }) else { return nil }
            defer { state.statistics.waiting = state.waiters.count }
            return state.waiters.remove(at: index)
        }
        waiter?.continuation.resume(returning: .refused(.cancelled))
    }

    /// All wait equally long, so the first in the queue is always the first to time out: one timer is enough.
    private func setTimer(for deadline: ContinuousClock.Instant) {
        let delay = max(0, (deadline - .now).inSeconds) + 0.001
        DispatchQueue.global().asyncAfter(deadline: .now() + delay) { [weak self] in self?.expire() }
    }

    private func expire() {
        let expired = state.withLock { state -> [Waiter] in
            let now = ContinuousClock.now
            let count = state.waiters.prefix { $0.deadline <= now }.count
            let expired = Array(state.waiters.prefix(count))
            state.waiters.removeFirst(count)
            state.statistics.waiting = state.waiters.count
            state.statistics.timeouts += count
            state.isTimerSet = !state.waiters.isEmpty
            if let first = state.waiters.first { setTimer(for: first.deadline) }
            return expired
        }
        let error = DatabaseError(.exhausted, message: "no connection came free in time")
        for waiter in expired { waiter.continuation.resume(returning: .refused(error)) }
    }

    // MARK: Giving back

    /// Takes a connection back, or hands it to the first who waits.
    func give(back connection: Connection) {
        release(connection.isBroken ? nil : connection, wasBroken: connection.isBroken)
    }

    private func release(_ connection: Connection?, wasBroken: Bool = false) {
        var leaving: [Connection] = []
        let resumption = state.withLock { state -> (Waiter, Grant)? in
            let now = ContinuousClock.now
            if wasBroken {
                // What broke one session, such as a restart of the server, broke the others too.
                leaving = state.idle.map(\.connection)
                state.statistics.open -= leaving.count
                state.statistics.broken += 1 + leaving.count
                state.idle = []
            }
            if let connection, !state.isClosed {
                if !state.waiters.isEmpty {
                    let waiter = state.waiters.removeFirst()
                    state.statistics.waiting = state.waiters.count
                    return (waiter, .use(Lease(connection: connection, idleFor: .zero)))
                }
                state.idle.append(Idle(connection: connection, since: now))
                state.statistics.inUse -= 1
                if let oldest = state.idle.first, now - oldest.since > settings.idleTimeout {
                    leaving.append(state.idle.removeFirst().connection)
                    state.statistics.open -= 1
                }
                return nil
            }
            if !state.waiters.isEmpty, !state.isClosed {
                let waiter = state.waiters.removeFirst()
                state.statistics.waiting = state.waiters.count
                return (waiter, .open)
            }
            if let connection { leaving.append(connection) }
            state.statistics.open -= 1
            state.statistics.inUse -= 1
            return nil
        }
        resumption.map { $0.continuation.resume(returning: $1) }
        for connection in leaving { Task { await connection.close() } }
        finishClosing()
    }

    // MARK: Closing

    /// Refuses new work, waits for what is lent out, and ends all sessions.
    func close() async {
        let (waiters, idle) = state.withLock { state -> ([Waiter], [Idle]) in
            state.isClosed = true
            defer {
                state.statistics.open -= state.idle.count
                state.statistics.waiting = 0
                (state.waiters, state.idle) = ([], [])
            }
            return (state.waiters, state.idle)
        }
        for waiter in waiters { waiter.continuation.resume(returning: .refused(Self.closed)) }
        for entry in idle { await entry.connection.close() }
        await withCheckedContinuation { continuation in
            state.withLock { $0.closers.append(continuation) }
            finishClosing()
        }
    }

    private func finishClosing() {
        let closers = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            guard state.isClosed, state.statistics.open == 0 else { return [] }
            defer { state.closers = [] }
            return state.closers
        }
        for closer in closers { closer.resume() }
    }

    private static let closed = DatabaseError(.connection, message: "the pool has been closed")
}
