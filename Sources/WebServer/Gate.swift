import Synchronization

/// Counts the requests being handled, refuses too many, and tells when all are done.
final class Gate: Sendable {
    private struct State {
        var open = 0
        var waiter: CheckedContinuation<Void, Never>?
        /// Numbers the waits, so that a late alarm does not end the next one.
        var wait = 0
    }

    private let limit: Int
    private let handled = Atomic<Int>(0)
    private let draining = Atomic<Bool>(false)
    private let state = Mutex(State())

    init(limit: Int) {
        self.limit = limit
    }

    /// Handlers at work now.
    var handling: Int { handled.load(ordering: .relaxed) }
    var isDraining: Bool { draining.load(ordering: .acquiring) }

    /// Takes a place for a handler; false when all are taken and `always` is not asked for.
    func enter(always: Bool) -> Bool {
        let before = handled.wrappingAdd(1, ordering: .relaxed).oldValue
        if before < limit || always { return true }
        handled.wrappingSubtract(1, ordering: .relaxed)
        return false
    }

    func leave() { handled.wrappingSubtract(1, ordering: .relaxed) }

    /// A request has begun to arrive.
    func opened() { state.withLock { $0.open += 1 } }

    /// A request is answered and sent, or its connection is gone.
    func closed() {
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            state.open -= 1
            guard state.open == 0 else { return nil }
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }

    func beginDraining() { draining.store(true, ordering: .releasing) }

    /// Returns when no request is open, or when the time is over.
    func empty(within time: Duration) async {
        let alarm = Mutex<Task<Void, any Error>?>(nil)
        await withCheckedContinuation { continuation in
            let wait = state.withLock { state -> Int? in
                guard state.open > 0 else { return nil }
                state.wait += 1
                state.waiter = continuation
                return state.wait
            }
            guard let wait else { return continuation.resume() }
            // Set after the waiter stands, so that even the shortest time finds it.
            let task = Task { @concurrent in
                try await Task.sleep(for: time)
                self.giveUp(wait)
            }
            alarm.withLock { $0 = task }
        }
        alarm.withLock { $0 }?.cancel()
    }

    private func giveUp(_ wait: Int) {
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard state.wait == wait else { return nil }
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }
}
