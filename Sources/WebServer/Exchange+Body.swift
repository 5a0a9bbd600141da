import Synchronization
import Web

extension Exchange: RequestBodySource {
    /// A piece of the body; false closes the connection.
    func receive(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let reader: UnsafeContinuation<Void, Never>?
        let isWelcome: Bool
        (reader, isWelcome) = state.withLock { state -> (UnsafeContinuation<Void, Never>?, Bool) in
            state.received += bytes.count
            peer.expect(by: server.pace.deadline(from: state.bodyStart, bytes: state.received))
            switch state.phase {
            case .collecting where state.answer == nil:
                state.body.append(contentsOf: bytes)
                return (nil, true)
            case .streaming where state.answer == nil && state.received <= state.limit:
                state.body.append(contentsOf: bytes)
                if state.body.count >= Self.highWater { pause(&state) }
                return (takeReader(&state), true)
            case .streaming where state.answer == nil:
                state.phase = .discarding
                state.bodyEnd = .failure(.bodyTooLarge(limit: state.limit))
                state.body = []
                return (takeReader(&state), true)
            default:
                // A client within its limit sends to the end and reads why it was refused.
                state.discarded += bytes.count
                return (nil, state.received <= state.limit || state.discarded <= Self.discardLimit)
            }
        }
        reader?.resume()
        return isWelcome
    }

    private func pause(_ state: inout State) {
        state.pausedAt = Monotonic.now()
        peer.expectNothing()
        suspend(&state)
    }

    /// The next piece for the handler; asks the client for the body first, and lets it go on when it was paused.
    func next() async throws(WebFault) -> [UInt8]? {
        while true {
            let step = state.withLock { state -> Step in find(&state) }
            if step.wakes { connection.resume() }
            switch step.found {
            case .success(let bytes)?: return bytes
            case .failure(let fault)?: throw fault
            case nil: break
            }
            if Task.isCancelled { throw .cancelled }
            await waitForBytes()
        }
    }

    /// What the reader found: `.success(nil)` is the end of the body, nil means that nothing is here yet.
    private typealias Step = (found: Result<[UInt8]?, WebFault>?, wakes: Bool)

    private func find(_ state: inout State) -> Step {
        if !state.body.isEmpty {
            let bytes = state.body
            state.body = []
            guard let pausedAt = state.pausedAt else { return (.success(bytes), false) }
            state.bodyStart += Monotonic.now() - pausedAt
            state.pausedAt = nil
            peer.expect(by: server.pace.deadline(from: state.bodyStart, bytes: state.received))
            return (.success(bytes), wake(&state))
        }
        switch state.bodyEnd {
        case .success?: return (.success(nil), false)
        case .failure(let fault)?: return (.failure(fault), false)
        case nil: break
        }
        guard state.phase == .asking, !state.wantsBody else { return (nil, false) }
        state.wantsBody = true
        return (nil, wake(&state))
    }

    private func waitForBytes() async {
        await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                let waits = state.withLock { state in
                    guard state.body.isEmpty, state.bodyEnd == nil, !Task.isCancelled else { return false }
                    state.reader = continuation
                    return true
                }
                if !waits { continuation.resume() }
            }
        } onCancel: {
            state.withLock { takeReader(&$0) }?.resume()
        }
    }

    private func takeReader(_ state: inout State) -> UnsafeContinuation<Void, Never>? {
        defer { state.reader = nil }
        return state.reader
    }

    /// Inside the lock; a resumed reader waits for the lock at most a moment.
    func wakeReader(_ state: inout State) {
        takeReader(&state)?.resume()
    }
}

/// How a request says where its body ends (RFC 9112, section 6).
enum Framing {
    case none
    case length(Int)
    case chunked
    /// Two lengths, or a coding other than `chunked`: a proxy before us could read it in another way.
    case broken

    init(_ headers: Headers) {
        let lengths = headers.all("Content-Length")
        let codings = headers.all("Transfer-Encoding")
        if !codings.isEmpty {
            let isChunked = codings.count == 1 && Headers.matches(codings[0], "chunked")
            self = isChunked && lengths.isEmpty ? .chunked : .broken
        } else if let first = lengths.first {
            guard lengths.count == 1, let length = Int(first), length >= 0 else {
                self = .broken
                return
            }
            self = length == 0 ? .none : .length(length)
        } else {
            self = .none
        }
    }

    /// The announced length in bytes, when there is one above zero.
    var length: Int? {
        if case .length(let length) = self { return length }
        return nil
    }

    var hasBody: Bool {
        if case .none = self { return false }
        return true
    }
}
