import CMicrohttpd
import Web

/// libmicrohttpd's handle of a connection.
// Unchecked, because the library allows resuming from any thread and everything else is called on its own thread.
struct Connection: @unchecked Sendable {
    let pointer: OpaquePointer

    /// Stops events of this connection; only from a callback of the library.
    func suspend() { MHD_suspend_connection(pointer) }

    /// Undoes one `suspend`; from any thread, exactly once.
    func resume() { MHD_resume_connection(pointer) }

    func queue(_ answer: PreparedAnswer) -> Bool {
        MHD_queue_response(pointer, answer.status, answer.response) == .YES
    }

    var headers: Headers {
        var headers = Headers(capacity: 12)
        withUnsafeMutablePointer(to: &headers) { pointer in
            _ = MHD_get_connection_values_n(self.pointer, .HEADER_KIND, collectHeader, pointer)
        }
        return headers
    }

    var peer: Peer? {
        kith_http_peer(pointer).map { Unmanaged<Peer>.fromOpaque($0).takeUnretainedValue() }
    }
}

private func collectHeader(
    _ context: UnsafeMutableRawPointer?, _ kind: MHD_ValueKind, _ name: UnsafePointer<CChar>?, _ nameSize: Int,
    _ value: UnsafePointer<CChar>?, _ valueSize: Int
) -> MHD_Result {
    guard let context, let name else { return .YES }
    let headers = context.assumingMemoryBound(to: Headers.self)
    headers.pointee.append(received: text(name, nameSize), value.map { text($0, valueSize) } ?? "")
    return .YES
}

private func text(_ start: UnsafePointer<CChar>, _ size: Int) -> String {
    start.withMemoryRebound(to: UInt8.self, capacity: size) {
        String(decoding: UnsafeBufferPointer(start: $0, count: size), as: UTF8.self)
    }
}
