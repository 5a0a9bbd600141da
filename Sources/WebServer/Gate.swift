import Synchronization

/// Counts the requests being handled, refuses too many, and tells when all are done.
final class Gate: Sendable {
    private struct State {
        var open = 0
        var waiter: CheckedContinuation<Void, Never>?
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

    /// Returns when no request is open, or when `giveUp` is called.
    func empty() async {
        await withCheckedContinuation { continuation in
            let isEmpty = state.withLock { state in
                if state.open > 0 { state.waiter = continuation }
                return state.open == 0
            }
            if isEmpty { continuation.resume() }
        }
    }

    /// Lets whoever waits in `empty` go on.
    func giveUp() {
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }
}
