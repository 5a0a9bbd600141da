/// One HTTP answer.
public struct Response: Sendable {
    public var status: Status
    public var headers: Headers
    public var body: Body
    /// Whether the server may compress the body; turn it off where a secret and the caller's own text share a body.
    public var isCompressible: Bool = true

    /// What follows the headers.
    public enum Body: Sendable {
        case empty
        case bytes([UInt8])
        /// Written while it is sent; a throw cuts the connection off, so that the reader sees that the body is not whole.
        case stream(@Sendable (ResponseWriter) async throws -> Void)
    }

    /// An answer; without a body it has length zero.
    public init(_ status: Status = .ok, headers: Headers = [:], body: Body = .empty) {
        (self.status, self.headers, self.body) = (status, headers, body)
    }

    /// Bytes of the media type.
    public static func bytes(_ bytes: [UInt8], type: String, status: Status = .ok) -> Response {
        Response(status, headers: ["Content-Type": type], body: .bytes(bytes))
    }

    /// JSON that is already serialized.
    public static func json(_ bytes: [UInt8], status: Status = .ok) -> Response {
        .bytes(bytes, type: "application/json", status: status)
    }

    /// A page.
    public static func html(_ text: String, status: Status = .ok) -> Response {
        .bytes(Array(text.utf8), type: "text/html; charset=utf-8", status: status)
    }

    /// Plain text.
    public static func text(_ text: String, status: Status = .ok) -> Response {
        .bytes(Array(text.utf8), type: "text/plain; charset=utf-8", status: status)
    }

    /// RFC 9457 `application/problem+json`, with the headers that the problem asks for.
    public static func problem(_ problem: Problem) -> Response {
        var response = Response.bytes(problem.bytes, type: "application/problem+json", status: problem.status)
        for (name, value) in problem.headers { response.headers[name] = value }
        return response
    }

    /// 303: go on to another page with GET, as after a form.
    public static func seeOther(_ location: String) -> Response {
        Response(.seeOther, headers: ["Location": location])
    }

    /// A body written while it is sent.
    public static func stream(
        type: String, status: Status = .ok, _ write: @escaping @Sendable (ResponseWriter) async throws -> Void
    ) -> Response {
        Response(status, headers: ["Content-Type": type], body: .stream(write))
    }

    /// The same answer with this header set.
    public func with(_ name: String, _ value: String) -> Response {
        var copy = self
        copy.headers[name] = value
        return copy
    }

    /// The whole body, running a stream to its end; for tests and for answers that are signed.
    public func bytes() async throws -> [UInt8] {
        switch body {
        case .empty: return []
        case .bytes(let bytes): return bytes
        case .stream(let write):
            let sink = CollectingSink()
            try await write(ResponseWriter(sink: sink))
            return await sink.bytes
        }
    }
}

/// Takes the chunks of a streamed answer; each write waits while the client is slow to read.
public struct ResponseWriter: Sendable {
    private let sink: any ResponseSink

    /// Writes into this sink.
    package init(sink: any ResponseSink) {
        self.sink = sink
    }

    /// Sends bytes on.
    ///
    /// - Throws: `.clientGone` when nobody reads any more, `.cancelled` when the server gives the request up.
    public func write(_ bytes: [UInt8]) async throws(WebFault) {
        if !bytes.isEmpty { try await sink.write(bytes) }
    }

    /// Sends UTF-8 text on.
    public func write(_ text: String) async throws(WebFault) {
        try await write(Array(text.utf8))
    }

    /// Makes what was written visible to the reader now, where compression would hold it back.
    public func flush() async throws(WebFault) {
        try await sink.flush()
    }
}

/// Where the chunks of a streamed answer go.
package protocol ResponseSink: Sendable {
    func write(_ bytes: [UInt8]) async throws(WebFault)
    func flush() async throws(WebFault)
}

actor CollectingSink: ResponseSink {
    private(set) var bytes: [UInt8] = []

    func write(_ bytes: [UInt8]) { self.bytes += bytes }
    func flush() {}
}
