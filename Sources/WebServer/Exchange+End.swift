import Synchronization
import Web

extension Exchange {
    /// What the log says about a request.
    struct Summary {
        var request: Request?
        var routeIndex: Int?
        /// 499 when the client left before an answer.
        var status: Int
        var nanoseconds: UInt64
        var bytesIn: Int
        var bytesOut: Int
    }

    /// libmicrohttpd is done with the request, because it was answered or because its connection is gone.
    func end(isComplete: Bool) -> Summary {
        let (summary, task, answer) = state.withLock { state in
            state.isOver = true
            if state.bodyEnd == nil { state.bodyEnd = .failure(.bodyInterrupted) }
            wakeReader(&state)
            let answer = state.phase == .replying ? state.answer : nil
            let summary = Summary(
                request: state.request, routeIndex: state.resolution.routeIndex,
                status: answer.map { Int($0.status) } ?? 499,
                nanoseconds: Monotonic.now() - state.began, bytesIn: state.received,
                bytesOut: answer.map { $0.stream?.total ?? $0.size ?? 0 } ?? 0)
            defer { (state.task, state.answer) = (nil, nil) }
            return (summary, state.task, state.answer)
        }
        answer?.stream?.close()
        if !isComplete { task?.cancel() }
        return summary
    }

    /// Whether the handler works while nobody looks at the socket; cancels one that takes too long.
    func isWaiting(at now: UInt64) -> Bool {
        let (isWaiting, overdue) = state.withLock { state -> (Bool, Task<Void, Never>?) in
            let isWaiting =
                switch state.phase {
                case .asking, .complete: true
                case .replying: state.answer?.stream != nil
                case .opened, .collecting, .streaming, .discarding: false
                }
            guard now > state.answerDue else { return (isWaiting, nil) }
            state.answerDue = .max
            return (isWaiting, state.task)
        }
        overdue?.cancel()
        return isWaiting
    }

    func clientLeft() { state.withLock { $0.task }?.cancel() }

    /// Gives the request up at shutdown: its handler is cancelled, and told so if it still listens.
    func cancel() { state.withLock { $0.task }?.cancel() }

    /// Closes the connection of a handler that did not heed its cancellation.
    func abandon() {
        let (wakes, answer) = state.withLock { state -> (Bool, PreparedAnswer?) in
            state.isAbandoned = true
            return (wake(&state), state.answer)
        }
        answer?.stream?.abandon()
        if wakes { connection.resume() }
    }
}
