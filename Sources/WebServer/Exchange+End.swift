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
        // Elsewhere, because cancellation runs code of the handler's and this is libmicrohttpd's thread.
        if !isComplete, let task { Task { @concurrent in task.cancel() } }
        return summary
    }

    /// Whom a request waits for.
    enum Standing {
        /// For the client, of whose request so many bytes are here.
        case reading(Int)
        /// For the handler, and nobody looks at the socket.
        case waiting(Exchange)
        /// For the handler, for too long; said once.
        case overdue(Exchange)
        /// For the client to read.
        case replying
    }

    func standing(at now: UInt64) -> Standing {
        state.withLock { state in
            if now > state.answerDue {
                state.answerDue = .max
                return .overdue(self)
            }
            switch state.phase {
            case .opened, .collecting, .discarding: return .reading(1 + state.received)
            case .streaming: return state.isSuspended ? .replying : .reading(1 + state.received)
            case .asking, .complete: return .waiting(self)
            case .replying: return state.answer?.stream == nil ? .replying : .waiting(self)
            }
        }
    }

    /// Cancels the handler; whoever calls waits for the handler's own cancellation code.
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
