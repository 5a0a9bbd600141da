import CMicrohttpd
import Synchronization
import Web

/// The bytes of a streamed answer on their way from the handler to the socket.
///
/// The handler waits while `highWater` bytes are unsent; the connection sleeps while there are none.
final class AnswerStream: ResponseSink {
    private enum End { case whole, cut }

    private struct State {
        var bytes = OutgoingBytes()
        var end: End?
        var isConnectionAsleep = false
        /// The client is gone, or the server gave the request up.
        var isClosed = false
        var writer: UnsafeContinuation<Void, Never>?
        var total = 0
    }

    private static let highWater = 256 << 10
    // What one callback may fill; larger than the connection's memory, which is the true bound.
    private static let blockSize = 64 << 10

    private let connection: Connection
    private let peer: Peer
    private let pace: Pace
    private let state = Mutex(State())

    init(_ connection: Connection, peer: Peer, pace: Pace) {
        (self.connection, self.peer, self.pace) = (connection, peer, pace)
    }

    /// Bytes given to the library so far.
    var total: Int { state.withLock { $0.total } }

    func makeResponse() -> OpaquePointer? {
        MHD_create_response_from_callback(
            .max, Self.blockSize, readAnswer, Unmanaged.passRetained(self).toOpaque(), freeAnswer)
    }

    // MARK: The handler's side

    func write(_ bytes: [UInt8]) async throws(WebFault) {
        let wakes = state.withLock { state in
            guard !state.isClosed, state.end == nil else { return false }
            state.bytes.add(bytes)
            return Self.wakeConnection(&state)
        }
        if wakes { connection.resume() }
        await waitForRoom()
        if state.withLock({ $0.isClosed }) { throw .clientGone }
        if Task.isCancelled { throw .cancelled }
    }

    func flush() async throws(WebFault) {}

    /// The handler is done: `isWhole` ends the body properly, otherwise the connection is cut.
    func finish(isWhole: Bool) {
        let wakes = state.withLock { state in
            if state.end == nil { state.end = isWhole ? .whole : .cut }
            return Self.wakeConnection(&state)
        }
        if wakes { connection.resume() }
    }

    private func waitForRoom() async {
        await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                let waits = state.withLock { state in
                    guard state.bytes.count >= Self.highWater, !state.isClosed, !Task.isCancelled else { return false }
                    state.writer = continuation
                    return true
                }
                if !waits { continuation.resume() }
            }
        } onCancel: {
            state.withLock { Self.takeWriter(&$0) }?.resume()
        }
    }

    private static func takeWriter(_ state: inout State) -> UnsafeContinuation<Void, Never>? {
        defer { state.writer = nil }
        return state.writer
    }

    private static func wakeConnection(_ state: inout State) -> Bool {
        defer { state.isConnectionAsleep = false }
        return state.isConnectionAsleep
    }

    // MARK: The socket's side

    /// Nobody will read any more; the handler's next write throws.
    func close() {
        state.withLock { state in
            state.isClosed = true
            return Self.takeWriter(&state)
        }?.resume()
    }

    /// Makes the connection come back to the library even though the handler is not done.
    func abandon() {
        close()
        finish(isWhole: false)
    }

    fileprivate func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let (count, writer) = state.withLock { state -> (Int, UnsafeContinuation<Void, Never>?) in
            let count = state.bytes.take(into: buffer)
            guard count > 0 else {
                switch state.end {
                case .whole: return (endOfStream, nil)
                case .cut: return (endWithError, nil)
                case nil:
                    peer.expectNothing()
                    state.isConnectionAsleep = true
                    connection.suspend()
                    return (0, nil)
                }
            }
            state.total += count
            return (count, state.bytes.count < Self.highWater / 2 ? Self.takeWriter(&state) : nil)
        }
        writer?.resume()
        if count > 0 { peer.expect(by: pace.deadline(bytes: count)) }
        return count
    }
}

private let endOfStream = -1
private let endWithError = -2

private func readAnswer(
    _ context: UnsafeMutableRawPointer?, _ position: UInt64, _ buffer: UnsafeMutablePointer<CChar>?, _ size: Int
) -> Int {
    guard let context, let buffer else { return endWithError }
    let stream = Unmanaged<AnswerStream>.fromOpaque(context).takeUnretainedValue()
    return stream.read(into: UnsafeMutableRawBufferPointer(start: buffer, count: size))
}

private func freeAnswer(_ context: UnsafeMutableRawPointer?) {
    guard let context else { return }
    Unmanaged<AnswerStream>.fromOpaque(context).takeRetainedValue().close()
}
