import CMicrohttpd
import Web

/// An answer in libmicrohttpd's form, ready to be queued.
// Unchecked, because the library's response object counts its references behind a lock of its own.
final class PreparedAnswer: @unchecked Sendable {
    let response: OpaquePointer
    let status: UInt32
    /// Bytes of the body; nil when it is streamed.
    let size: Int?
    let stream: AnswerStream?

    /// Nil when memory is short.
    init?(_ answer: Response, to method: Method, stream: AnswerStream?, closes: Bool) {
        let created: OpaquePointer?
        switch answer.body {
        case .bytes(let bytes):
            created = bytes.withUnsafeBytes { buffer in
                // The library copies the bytes at once, so it never writes through this pointer.
                MHD_create_response_from_buffer(
                    buffer.count, UnsafeMutableRawPointer(mutating: buffer.baseAddress), .RESPMEM_MUST_COPY)
            }
            size = bytes.count
        case .stream where stream != nil:
            created = stream?.makeResponse()
            size = nil
        case .empty, .stream:
            let length = method == .head ? answer.headers["Content-Length"].flatMap(UInt64.init) : 0
            // For HEAD the library sends the length of the body and never asks for it.
            created =
                length == 0
                ? MHD_create_response_from_buffer(0, nil, .RESPMEM_PERSISTENT)
                : MHD_create_response_from_callback(length ?? .max, 1024, endOfBody, nil, nil)
            size = 0
        }
        guard let created else { return nil }
        (response, status, self.stream) = (created, UInt32(answer.status.code), stream)
        for (name, value) in answer.headers where !Self.belongsToLibrary(name) {
            MHD_add_response_header(created, Headers.canonical(name), value)
        }
        if closes { MHD_add_response_header(created, "Connection", "close") }
    }

    deinit {
        MHD_destroy_response(response)
    }

    private static func belongsToLibrary(_ name: String) -> Bool {
        switch name.utf8.count {
        case 14: Headers.matches(name, "Content-Length")
        case 10: Headers.matches(name, "Connection")
        case 17: Headers.matches(name, "Transfer-Encoding")
        default: false
        }
    }
}

private func endOfBody(
    _ context: UnsafeMutableRawPointer?, _ position: UInt64, _ buffer: UnsafeMutablePointer<CChar>?, _ size: Int
) -> Int { -1 }
