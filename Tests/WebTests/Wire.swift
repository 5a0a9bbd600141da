import Dispatch
import Glibc

/// What went wrong on a test's own socket.
struct WireTrouble: Error {
    var reason: String
}

/// Runs blocking work on a thread that Swift's handlers do not need.
func offPool<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        DispatchQueue(label: "wire").async { continuation.resume(with: Result { try work() }) }
    }
}

/// A client that speaks bytes, so that tests can be slow, rude or wrong in ways that no HTTP library allows.
// Unchecked, because each test uses one connection from one thread at a time.
final class Wire: @unchecked Sendable {
    struct Answer: Sendable {
        var status: Int
        var fields: [(name: String, value: String)]
        var body: [UInt8]
        /// Whether the body ended as it was announced.
        var isWhole: Bool

        subscript(name: String) -> String? { fields.first { $0.name == name }?.value }
        var text: String { String(decoding: body, as: UTF8.self) }
    }

    private let socket: Int32
    private var pending: [UInt8] = []

    /// Connects to the local port; every read gives up after `patience` seconds.
    init(port: Int, patience: Int = 20) throws {
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        let failed = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard failed == 0 else {
            Glibc.close(socket)
            throw WireTrouble(reason: "refused")
        }
        var time = timeval(tv_sec: patience, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { Glibc.close(socket) }

    func send(_ text: String) throws { try send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw WireTrouble(reason: "send failed: \(errno)") }
            rest = rest.dropFirst(count)
        }
    }

    /// Writes until the other end takes no more for `quiet` milliseconds; returns how many bytes went out.
    func flood(atMost limit: Int, quiet: Int32 = 300) -> Int {
        let block = [UInt8](repeating: 0x61, count: 64 << 10)
        var sent = 0
        while sent < limit {
            var descriptor = pollfd(fd: socket, events: Int16(POLLOUT), revents: 0)
            guard poll(&descriptor, 1, quiet) > 0 else { return sent }
            let count = block.withUnsafeBytes {
                Glibc.send(
                    socket, $0.baseAddress, min($0.count, limit - sent),
                    Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
            }
            guard count > 0 else { return sent }
            sent += count
        }
        return sent
    }

    /// Ends the connection as a crashed client does.
    func hangUp() { shutdown(socket, Int32(SHUT_RDWR)) }

    /// Ends our half of the connection; answers can still be read.
    func finishSending() { shutdown(socket, Int32(SHUT_WR)) }

    /// Whether the other end closes the connection within so many milliseconds.
    func isHungUp(within time: Int32) -> Bool {
        // POLLRDHUP, which glibc shows to _GNU_SOURCE only.
        var descriptor = pollfd(fd: socket, events: 0x2000, revents: 0)
        return poll(&descriptor, 1, time) > 0
    }

    /// Whether the other end closed the connection, seen within the patience of the socket.
    func isClosedByServer() -> Bool {
        while true {
            switch fill() {
            case .bytes: continue
            case .closed: return true
            case .silent: return false
            }
        }
    }

    /// The next answer; `.isWhole` tells whether its body came to its announced end.
    func answer(toHead: Bool = false) throws -> Answer {
        let head = try headers()
        let lines = head.split(separator: "\r\n").map(String.init)
        guard let first = lines.first, let status = Int(first.split(separator: " ")[1]) else {
            throw WireTrouble(reason: "no status line")
        }
        let fields = lines.dropFirst().map { line -> (name: String, value: String) in
            let halves = line.split(separator: ":", maxSplits: 1).map(String.init)
            return (halves[0], String((halves.count > 1 ? halves[1] : "").drop { $0 == " " }))
        }
        var answer = Answer(status: status, fields: fields, body: [], isWhole: true)
        if toHead || status == 204 || status == 304 || status == 100 { return answer }
        if answer["Transfer-Encoding"] == "chunked" {
            (answer.body, answer.isWhole) = chunks()
        } else if let length = answer["Content-Length"].flatMap(Int.init) {
            (answer.body, answer.isWhole) = (take(length), true)
            answer.isWhole = answer.body.count == length
        } else {
            answer.body = rest()
        }
        return answer
    }

    /// One chunk of a chunked body; nil at its proper end or when the connection breaks off.
    func chunk() -> [UInt8]? {
        guard let line = line(), let size = Int(line, radix: 16) else { return nil }
        let bytes = take(size)
        _ = self.line()
        return size == 0 || bytes.count < size ? nil : bytes
    }

    func headers() throws -> String {
        while true {
            if let end = pending.firstRange(of: Array("\r\n\r\n".utf8)) {
                let head = String(decoding: pending[..<end.lowerBound], as: UTF8.self)
                pending.removeSubrange(..<end.upperBound)
                return head
            }
            guard case .bytes = fill() else { throw WireTrouble(reason: "closed before an answer") }
        }
    }

    private func chunks() -> ([UInt8], Bool) {
        var body: [UInt8] = []
        while let line = line(), let size = Int(line, radix: 16) {
            let bytes = take(size)
            body += bytes
            guard bytes.count == size, self.line() != nil else { break }
            if size == 0 { return (body, true) }
        }
        return (body, false)
    }

    private func line() -> String? {
        while true {
            if let end = pending.firstRange(of: Array("\r\n".utf8)) {
                let line = String(decoding: pending[..<end.lowerBound], as: UTF8.self)
                pending.removeSubrange(..<end.upperBound)
                return line
            }
            guard case .bytes = fill() else { return nil }
        }
    }

    private func take(_ count: Int) -> [UInt8] {
        while pending.count < count, case .bytes = fill() {}
        let taken = Array(pending.prefix(count))
        pending.removeFirst(taken.count)
        return taken
    }

    private func rest() -> [UInt8] {
        while case .bytes = fill() {}
        defer { pending = [] }
        return pending
    }

    private enum Filled { case bytes, closed, silent }

    private func fill() -> Filled {
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        let count = recv(socket, &buffer, buffer.count, 0)
        if count > 0 { pending += buffer[..<count] }
        return count > 0 ? .bytes : count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) ? .silent : .closed
    }
}
