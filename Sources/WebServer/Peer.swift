import Glibc
import Synchronization

/// One connection: its socket, the request on it, and by when the client must have done its next step.
final class Peer: Sendable {
    let socket: Int32
    let address: String
    /// On the monotonic clock; `.max` while the client owes us nothing.
    private let deadline: Atomic<UInt64>
    private let current = Mutex<Exchange?>(nil)
    /// How far the request was when the client was last seen to send no more; -1 when it was not.
    private let endSeenAt = Atomic<Int>(-1)

    init(socket: Int32, address: String, deadline: UInt64) {
        (self.socket, self.address) = (socket, address)
        self.deadline = Atomic(deadline)
    }

    /// The request on this connection; nil between requests.
    var exchange: Exchange? {
        get { current.withLock { $0 } }
        set { current.withLock { $0 = newValue } }
    }

    func expect(by time: UInt64) { deadline.store(time, ordering: .relaxed) }
    func expectNothing() { deadline.store(.max, ordering: .relaxed) }
    func isLate(at now: UInt64) -> Bool { now > deadline.load(ordering: .relaxed) }

    /// Notes that the client closed its side while we still read; true when nothing moved since this was last noted.
    ///
    /// libmicrohttpd can miss the end when it comes together with the last bytes. Two looks are needed because what it
    /// has just read may still complete the request.
    func hasEnded(at progress: Int) -> Bool {
        var unread: Int32 = 0
        guard ioctl(socket, UInt(FIONREAD), &unread) == 0, unread == 0 else { return false }
        return endSeenAt.exchange(progress, ordering: .relaxed) == progress
    }

    /// Ends the connection at its socket; libmicrohttpd then sees it closed and cleans up.
    func cutOff() {
        expectNothing()
        Glibc.shutdown(socket, Int32(SHUT_RDWR))
    }
}

/// The open connections, and the watch over them.
final class Peers: Sendable {
    // POLLRDHUP of poll(2), which glibc shows to _GNU_SOURCE only.
    private static let hangUp: Int16 = 0x2000

    private let open = Mutex<[ObjectIdentifier: Peer]>([:])

    var count: Int { open.withLock { $0.count } }

    func add(_ peer: Peer) { open.withLock { $0[ObjectIdentifier(peer)] = peer } }

    /// Called before the socket closes: after that its number may belong to another connection.
    func remove(_ peer: Peer) { open.withLock { _ = $0.removeValue(forKey: ObjectIdentifier(peer)) } }

    /// Cuts off clients that are late, and cancels requests that take too long or whose client left.
    ///
    /// libmicrohttpd does not look at a connection whose request is being handled, so hang-ups are found here. Returns
    /// how many clients were late.
    func watch() -> Int {
        let (late, cancelled) = open.withLock { open in inspect(open.values) }
        // Outside the lock: a handler's cancellation runs code of others, which may take its time.
        for exchange in cancelled { exchange.cancel() }
        return late
    }

    private func inspect(_ peers: some Sequence<Peer>) -> (late: Int, cancelled: [Exchange]) {
        let now = Monotonic.now()
        var late = 0
        var cancelled: [Exchange] = []
        var watched: [(peer: Peer, standing: Exchange.Standing)] = []
        var sockets: [pollfd] = []
        for peer in peers {
            let standing = peer.exchange?.standing(at: now) ?? .reading(0)
            if peer.isLate(at: now) {
                peer.cutOff()
                late += 1
            } else if case .overdue(let exchange) = standing {
                cancelled.append(exchange)
            } else {
                watched.append((peer, standing))
                sockets.append(pollfd(fd: peer.socket, events: Self.hangUp, revents: 0))
            }
        }
        guard !sockets.isEmpty, poll(&sockets, nfds_t(sockets.count), 0) > 0 else { return (late, cancelled) }
        let gone = Self.hangUp | Int16(POLLHUP | POLLERR)
        for (place, socket) in sockets.enumerated() where socket.revents & gone != 0 {
            switch watched[place].standing {
            case .waiting(let exchange): cancelled.append(exchange)
            case .reading(let progress):
                if watched[place].peer.hasEnded(at: progress) { watched[place].peer.cutOff() }
            case .overdue, .replying: break
            }
        }
        return (late, cancelled)
    }

    /// Closes the connections on which no request is running.
    func closeIdle() {
        open.withLock { open in
            for peer in open.values where peer.exchange == nil { peer.cutOff() }
        }
    }

    /// The requests that are running.
    var exchanges: [Exchange] { open.withLock { $0.values.compactMap(\.exchange) } }
}
