import Synchronization

/// A short queue between two tasks: the writer waits when it is full, the reader when it is empty.
///
/// Whichever task ends first closes it, so that the other never waits for ever.
final class Pipe<Element: Sendable>: Sendable {
    private struct State {
        var waiting: [Element] = []
        var isClosed = false
        var writer: CheckedContinuation<Void, Never>?
        var reader: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())
    private let capacity: Int

    init(capacity: Int) {
        self.capacity = capacity
    }

    /// False when the other side is gone.
    func send(_ element: sending Element) async -> Bool {
        while true {
            let (isFull, isClosed) = state.withLock { ($0.waiting.count >= capacity, $0.isClosed) }
            if isClosed { return false }
            if !isFull { break }
            await wait(for: \.writer) { $0.waiting.count >= self.capacity && !$0.isClosed }
        }
        wake(\.reader) { $0.waiting.append(element) }
        return true
    }

    /// Nil when the writer has closed and nothing is left.
    func next() async -> Element? {
        while true {
            let (element, isClosed) = state.withLock { state in
                (state.waiting.isEmpty ? nil : state.waiting.removeFirst(), state.isClosed)
            }
            if let element {
                wake(\.writer) { _ in }
                return element
            }
            if isClosed { return nil }
            await wait(for: \.reader) { $0.waiting.isEmpty && !$0.isClosed }
        }
    }

    func close() {
        wake(\.reader) { $0.isClosed = true }
        wake(\.writer) { _ in }
    }

    /// Closes and drops what is left, when the reader gives up.
    func abandon() {
        wake(\.writer) {
            $0.isClosed = true
            $0.waiting = []
        }
        wake(\.reader) { _ in }
    }

    private func wait(
        for side: WritableKeyPath<State, CheckedContinuation<Void, Never>?>, while isBlocked: (State) -> Bool
    ) async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let goesOn = state.withLock { state in
                guard isBlocked(state) else { return true }
                state[keyPath: side] = continuation
                return false
            }
            if goesOn { continuation.resume() }
        }
    }

    private func wake(
        _ side: WritableKeyPath<State, CheckedContinuation<Void, Never>?>, _ change: (inout State) -> Void
    ) {
        let continuation = state.withLock { state in
            change(&state)
            let waiting = state[keyPath: side]
            state[keyPath: side] = nil
            return waiting
        }
        continuation?.resume()
    }
}
