import Foundation

/// One keep-alive connection with blocking calls; used by one thread only.
final class HTTPSession {
    private let socket: Int32
    private var buffer = [UInt8](repeating: 0, count: 1 << 16)
    private var filled = 0

    /// - Throws: `.connection` when nobody listens.
    init(port: Int) throws(BenchFault) {
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var one: Int32 = 1
        setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
        var limit = timeval(tv_sec: 30, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let isConnected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isConnected else {
            close(socket)
            throw .connection("refused")
        }
    }

    deinit { close(socket) }

    /// What came back: the status and whether the body held the needle.
    struct Answer {
        var status: Int
        var holds: Bool
    }

    /// Sends a whole request and reads the whole answer.
    func exchange(_ request: [UInt8], needle: [UInt8] = []) throws(BenchFault) -> Answer {
        try send(request)
        filled = 0
        var head: Int?
        while head == nil {
            try receive()
            head = find([13, 10, 13, 10], from: 0, to: filled).map { $0 + 4 }
        }
        let body = head ?? 0
        guard let status = number(at: 9), let length = contentLength(before: body) else {
            throw .answer("a head without status or Content-Length")
        }
        while filled < body + length { try receive() }
        let holds = needle.isEmpty || find(needle, from: body, to: body + length) != nil
        return Answer(status: status, holds: holds)
    }

    /// The body of the last answer, for telling what was wrong.
    var text: String { String(decoding: buffer[..<filled], as: UTF8.self) }

    private func send(_ bytes: [UInt8]) throws(BenchFault) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                Glibc.send(
                    socket, buffer.baseAddress.map { $0 + sent }, buffer.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw .connection("the server closed while a request was sent") }
            sent += count
        }
    }

    private func receive() throws(BenchFault) {
        if filled == buffer.count { buffer += [UInt8](repeating: 0, count: buffer.count) }
        let start = filled
        let count = buffer.withUnsafeMutableBytes {
            recv(socket, $0.baseAddress.map { $0 + start }, $0.count - start, 0)
        }
        guard count > 0 else { throw .connection("the server closed before its answer") }
        filled += count
    }

    private func find(_ needle: [UInt8], from: Int, to: Int) -> Int? {
        guard let first = needle.first, to - from >= needle.count else { return nil }
        return buffer.withUnsafeBytes { hay -> Int? in
            guard let base = hay.baseAddress else { return nil }
            var place = from
            while place <= to - needle.count,
                let hit = memchr(base + place, Int32(first), to - needle.count - place + 1)
            {
                let found = UnsafeRawPointer(hit)
                if memcmp(found, needle, needle.count) == 0 { return found - base }
                place = found - base + 1
            }
            return nil
        }
    }

    private func number(at place: Int) -> Int? {
        var value: Int?
        var place = place
        while place < filled, (48...57).contains(buffer[place]) {
            value = (value ?? 0) * 10 + Int(buffer[place] - 48)
            place += 1
        }
        return value
    }

    private func contentLength(before end: Int) -> Int? {
        for spelling in ["\r\nContent-Length: ", "\r\ncontent-length: "] {
            let mark = Array(spelling.utf8)
            if let found = find(mark, from: 0, to: end) { return number(at: found + mark.count) }
        }
        return nil
    }
}
