import CMicrohttpd
import Synchronization
import Telemetry
import Web

/// One request and its answer, between libmicrohttpd's thread and the task of the handler.
///
/// libmicrohttpd calls with headers, with pieces of the body, and once more at its end. A small body is collected
/// before the handler starts; a larger one is streamed, and not even begun until the handler asks for it, so that a
/// refusal costs no upload. While it waits for the handler the connection is suspended.
final class Exchange: Sendable {
    enum Phase {
        /// The request line is here, the headers are not.
        case opened
        /// A small body is collected before the handler starts.
        case collecting
        /// The handler runs and has not asked for the body yet.
        case asking
        /// The handler runs and reads the body as it comes.
        case streaming
        /// The rest of the body is of no use to anybody.
        case discarding
        /// The request is all here; the answer is not.
        case complete
        case replying
    }

    struct State {
        var phase: Phase = .opened
        var request: Request?
        var resolution: Site.Resolution = .refused(.routeNotFound)
        var framing: Framing = .none
        var limit = 0
        /// Whether the client waits for `100 Continue` before it sends the body.
        var expectsContinue = false

        /// Collected, or waiting for the reader.
        var body: [UInt8] = []
        var bodyEnd: Result<Void, WebFault>?
        var reader: UnsafeContinuation<Void, Never>?
        var wantsBody = false
        var received = 0
        var discarded = 0
        /// When the body began, moved forward by the time in which we did not let the client send.
        var bodyStart: UInt64 = 0
        var pausedAt: UInt64?

        var isSuspended = false
        var answer: PreparedAnswer?
        var task: Task<Void, Never>?
        var began: UInt64 = 0
        var answerDue: UInt64 = .max
        /// libmicrohttpd has let go of the request.
        var isOver = false
        /// The connection is to be closed without an answer.
        var isAbandoned = false
    }

    /// Bodies up to this size are collected before the handler starts, which saves a change of threads for each piece.
    static let smallBody = 64 << 10
    /// Bytes of a streamed body that may wait for the handler.
    static let highWater = 256 << 10
    /// Bytes read and dropped so that a refused client sees its answer and keeps its connection.
    static let discardLimit = 4 << 20

    let server: ServerCore
    let connection: Connection
    let peer: Peer
    let target: String
    let state = Mutex(State())

    init(_ server: ServerCore, _ connection: Connection, peer: Peer, target: String) {
        (self.server, self.connection, self.peer, self.target) = (server, connection, peer, target)
    }

    /// libmicrohttpd's call: headers, a piece of the body, or the end.
    func advance(_ method: UnsafePointer<CChar>, _ bytes: UnsafeRawBufferPointer) -> MHD_Result {
        if !bytes.isEmpty { return receive(bytes) ? .YES : .NO }
        let (phase, isAbandoned) = state.withLock { ($0.phase, $0.isAbandoned) }
        if isAbandoned { return .NO }
        switch phase {
        case .opened: return begin(String(cString: method)) ? .YES : .NO
        case .asking: return askedOrAnswered() ? .YES : .NO
        case .collecting, .streaming, .discarding, .complete: return arrived() ? .YES : .NO
        case .replying: return .YES
        }
    }

    /// The headers are here: decides how the body is taken.
    private func begin(_ methodName: String) -> Bool {
        let method = Method(rawValue: methodName)
        let headers = connection.headers
        let request = server.request(method ?? .get, target, headers, peer)
        let framing = Framing(headers)
        let resolution = server.site.resolve(request)
        let limit = server.bodyLimit(resolution)
        state.withLock { state in
            state.began = Monotonic.now()
            state.bodyStart = state.began
            (state.request, state.resolution, state.framing, state.limit) = (request, resolution, framing, limit)
            state.expectsContinue = framing.hasBody && headers["Expect"] != nil
        }
        guard method != nil else { return settle(.methodUnknown, request, closes: true) }
        if case .broken = framing { return settle(.malformedMessage, request, closes: true) }
        if case .refused(let fault) = resolution { return settle(fault, request) }
        if let length = framing.length, length > limit { return settle(.bodyTooLarge(limit: limit), request) }
        if framing.length.map({ $0 > Self.smallBody }) ?? framing.hasBody {
            // The copy that the task holds: kept in `state`, it would keep this exchange alive for ever.
            var streamed = request
            streamed.body = RequestBody(source: self, announcedLength: framing.length)
            return launch(streamed, from: .asking)
        }
        state.withLock { state in
            state.phase = .collecting
            state.body.reserveCapacity(framing.length ?? 0)
        }
        peer.expect(by: server.pace.deadline(bytes: 0))
        return true
    }

    /// Runs the handler and puts the connection to sleep until it answers, or asks for the body.
    private func launch(_ request: Request, from phase: Phase) -> Bool {
        let resolution = state.withLock { $0.resolution }
        guard server.enter(resolution) else { return settle(.busy(retryAfter: 1), request) }
        peer.expectNothing()
        state.withLock { state in
            state.phase = phase
            if phase == .complete { state.answerDue = Monotonic.now() + server.answerTime }
            suspend(&state)
        }
        let task = Task { @concurrent [self] in
            await server.answer(request, resolution, self)
            server.gate.leave()
        }
        let isOver = state.withLock { state in
            state.task = task
            return state.isOver
        }
        if isOver { task.cancel() }
        return true
    }

    /// The handler, started before the body, has answered or wants the body.
    private func askedOrAnswered() -> Bool {
        let answer = state.withLock { state -> PreparedAnswer? in
            if state.answer == nil {
                if state.wantsBody {
                    state.phase = .streaming
                    state.bodyStart = Monotonic.now()
                } else {
                    suspend(&state)
                }
            }
            return state.answer
        }
        if let answer { return settle(answer, closes: false) }
        peer.expect(by: server.pace.deadline(bytes: 0))
        return true
    }

    /// The whole request is here.
    private func arrived() -> Bool {
        let (answer, launched) = state.withLock { state -> (PreparedAnswer?, Request?) in
            let phase = state.phase
            if state.bodyEnd == nil { state.bodyEnd = .success(()) }
            if phase == .collecting, state.answer == nil, var request = state.request {
                request.body = RequestBody(state.body)
                (state.body, state.request) = ([], request)
                return (nil, request)
            }
            wakeReader(&state)
            if state.answer == nil {
                state.phase = .complete
                if state.answerDue == .max { state.answerDue = Monotonic.now() + server.answerTime }
                suspend(&state)
            }
            return (state.answer, nil)
        }
        if let launched { return launch(launched, from: .complete) }
        if let answer { return reply(answer) }
        peer.expectNothing()
        return true
    }

    // MARK: Answers

    private func settle(_ fault: WebFault, _ request: Request, closes: Bool = false) -> Bool {
        if case .busy = fault { server.log.refusedBusy() }
        let response = server.site.refuse(fault, request)
        guard let answer = server.prepare(response, to: request, stream: nil, closes: closes) else { return false }
        return settle(answer, closes: closes)
    }

    /// An answer before the body was read: small bodies are read to their end first, which saves the connection.
    private func settle(_ answer: PreparedAnswer, closes: Bool) -> Bool {
        let waits = state.withLock { state -> Bool in
            state.answer = answer
            // Its body is all here, when there is one.
            if state.phase == .collecting || state.phase == .complete { return false }
            switch state.framing {
            case .none where !closes: state.phase = .collecting
            case .length(let length) where !closes && length <= Self.discardLimit && !state.expectsContinue:
                state.phase = .discarding
            default: return false
            }
            return true
        }
        guard !waits else {
            peer.expect(by: server.pace.deadline(bytes: 0))
            return true
        }
        return reply(answer)
    }

    private func reply(_ answer: PreparedAnswer) -> Bool {
        state.withLock { $0.phase = .replying }
        peer.expect(by: server.pace.deadline(bytes: answer.size ?? 0))
        return connection.queue(answer)
    }

    /// The handler's answer, from its task; nil when it could not be made, which closes the connection.
    func deliver(_ answer: PreparedAnswer?) {
        let (wakes, isOver) = state.withLock { state -> (Bool, Bool) in
            if state.isOver { return (false, true) }
            state.answer = answer
            state.answerDue = .max
            if answer == nil { state.isAbandoned = true }
            return (wake(&state), false)
        }
        if isOver { answer?.stream?.close() }
        if wakes { connection.resume() }
    }

    // MARK: Sleep

    /// Only on libmicrohttpd's thread, and inside the lock, so that nobody wakes a connection that does not sleep yet.
    func suspend(_ state: inout State) {
        guard !state.isSuspended else { return }
        state.isSuspended = true
        connection.suspend()
    }

    /// Whether the caller must resume the connection, after it left the lock.
    func wake(_ state: inout State) -> Bool {
        defer { state.isSuspended = false }
        return state.isSuspended
    }
}
