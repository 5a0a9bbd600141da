import CPostgres
import Synchronization

/// Asks the server to end the statement that one connection is running, from any thread.
///
/// A statement holds a ticket while it runs. A request that arrives late finds another ticket, or none, and does
/// nothing; one under way delays the next statement until it is through, so that it cannot hit the wrong one.
///
/// Unchecked: the handle is only used under the lock, and `PQcancel` may be called from any thread.
final class Canceller: @unchecked Sendable {
    private struct State {
        var running: UInt64 = 0
        var next: UInt64 = 1
        var wasFired = false
    }

    private let state = Mutex(State())
    private let handle: OpaquePointer?

    init(connection: OpaquePointer) {
        handle = PQgetCancel(connection)
    }

    deinit {
        PQfreeCancel(handle)
    }

    /// Marks the start of a statement.
    func begin() -> UInt64 {
        state.withLock { state in
            state.running = state.next
            state.next += 1
            state.wasFired = false
            return state.running
        }
    }

    /// Marks its end.
    func finish() {
        state.withLock { $0.running = 0 }
    }

    /// Whether the running statement was asked to end.
    var wasFired: Bool { state.withLock { $0.wasFired } }

    /// Asks for the end of that statement, without waiting: `PQcancel` opens a connection of its own.
    func fire(_ ticket: UInt64) {
        state.withLock { state in
            if state.running == ticket { state.wasFired = true }
        }
        // Without a thread for it the statement runs on; its timeout still bounds it.
        _ = BareThread.start { [self] in
            state.withLock { state in
                guard state.running == ticket else { return }
                withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { complaint in
                    _ = PQcancel(handle, complaint.baseAddress, 256)
                }
            }
        }
    }
}
