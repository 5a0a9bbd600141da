import Glibc
import Synchronization

/// One connection: its socket, the request on it, and by when the client must have done its next step.
final class Peer: Sendable {
    let socket: Int32
    let address: String
    /// On the monotonic clock; `.max` while the client owes us nothing.
    private let deadline: Atomic<UInt64>
    private let current = Mutex<Exchange?>(nil)

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

    /// Cuts off clients that are late and tells requests about clients that left; returns how many were late.
    ///
    /// libmicrohttpd does not look at a connection whose request is being handled, so hang-ups are found here.
    func watch() -> Int {
        open.withLock { open in
            let now = Monotonic.now()
            var late = 0
            var waiting: [Exchange] = []
            var sockets: [pollfd] = []
            for peer in open.values {
                if peer.isLate(at: now) {
                    peer.cutOff()
                    late += 1
                } else if let exchange = peer.exchange, exchange.isWaiting(at: now) {
                    waiting.append(exchange)
                    sockets.append(pollfd(fd: peer.socket, events: Self.hangUp, revents: 0))
                }
            }
            guard !sockets.isEmpty, poll(&sockets, nfds_t(sockets.count), 0) > 0 else { return late }
            let gone = Self.hangUp | Int16(POLLHUP | POLLERR)
            for (place, socket) in sockets.enumerated() where socket.revents & gone != 0 { waiting[place].clientLeft() }
            return late
        }
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
