import CMicrohttpd
import Glibc

/// Opens the socket that the server accepts connections on.
enum ListeningSocket {
    static func open(host: String, port: Int) throws(ServerFault) -> Int32 {
        guard (0...65_535).contains(port) else { throw .portUnavailable(port, reason: "ports end at 65535") }
        let host = host == "localhost" ? "127.0.0.1" : host
        var four = sockaddr_in()
        var six = sockaddr_in6()
        if inet_pton(AF_INET, host, &four.sin_addr) == 1 {
            four.sin_family = sa_family_t(AF_INET)
            four.sin_port = in_port_t(port).bigEndian
            return try open(AF_INET, port) { socket in
                withUnsafePointer(to: &four) { bound(socket, $0) }
            }
        }
        guard inet_pton(AF_INET6, host, &six.sin6_addr) == 1 else { throw .hostUnreadable }
        six.sin6_family = sa_family_t(AF_INET6)
        six.sin6_port = in_port_t(port).bigEndian
        return try open(AF_INET6, port) { socket in
            withUnsafePointer(to: &six) { bound(socket, $0) }
        }
    }

    private static func open(_ family: Int32, _ port: Int, _ bind: (Int32) -> Int32) throws(ServerFault) -> Int32 {
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let socket = Glibc.socket(family, kind, 0)
        guard socket >= 0 else { throw .portUnavailable(port, reason: reason()) }
        var yes: Int32 = 1
        setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        guard bind(socket) == 0, listen(socket, SOMAXCONN) == 0 else {
            let fault = ServerFault.portUnavailable(port, reason: reason())
            close(socket)
            throw fault
        }
        return socket
    }

    private static func bound<Address>(_ socket: Int32, _ address: UnsafePointer<Address>) -> Int32 {
        address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            Glibc.bind(socket, $0, socklen_t(MemoryLayout<Address>.size))
        }
    }

    private static func reason() -> String { String(cString: strerror(errno)) }

    /// The port that the system gave.
    static func port(of socket: Int32) -> Int {
        var storage = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { _ = getsockname(socket, $0, &size) }
            // sin_port and sin6_port lie at the same place.
            return pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                Int(in_port_t(bigEndian: $0.pointee.sin_port))
            }
        }
    }

    /// The numeric address of a peer, without its port; empty when it has none.
    static func text(of address: UnsafePointer<sockaddr>?) -> String {
        guard let address else { return "" }
        let size =
            address.pointee.sa_family == sa_family_t(AF_INET6)
            ? MemoryLayout<sockaddr_in6>.size : MemoryLayout<sockaddr_in>.size
        var host = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        guard getnameinfo(address, socklen_t(size), &host, socklen_t(host.count), nil, 0, NI_NUMERICHOST) == 0 else {
            return ""
        }
        return String(decoding: host.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// Nanoseconds of the monotonic clock, for deadlines.
enum Monotonic {
    static func now() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}

extension Duration {
    /// Whole nanoseconds, at least zero.
    var nanoseconds: UInt64 { UInt64(max(0, self / .nanoseconds(1))) }
}
