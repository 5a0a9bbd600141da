import Groundwork
public import Telemetry

/// One HTTP request, with its body still to be read.
public struct Request: Sendable {
    public var method: Method
    /// Path and query as sent, percent-encoded; signatures are made over this.
    public let target: String
    /// The path as sent, percent-encoded; handlers read decoded values from `parameters`.
    public let path: String
    /// The decoded query, in the order sent.
    public let query: Query
    /// As sent, without the framing that the server undid.
    public var headers: Headers
    /// Arrives while it is read; it can be read once.
    public var body: RequestBody
    /// The caller's `X-Request-Id` when it is sane, else one made here; it stands in the log and in every answer.
    public var requestID: String
    /// The caller's trace with a span of our own, or a new trace.
    public var trace: TraceContext
    /// The address of the other end of the connection, without its port; empty in process.
    public var peer: String
    /// Whether the request came over TLS.
    public var isSecure: Bool
    /// The decoded values of the `{names}` in the route's path.
    public var parameters: [String: String] = [:]
    /// Who asks, as the middleware that authenticates found it.
    public var principal: (any Sendable)?
    /// Where the handler notes about whom its answer tells, as the middleware that keeps the record put it there.
    public var disclosed: (any Sendable)?

    let isMalformed: Bool

    /// A request for `target`, a path with an optional query, e.g. `/api/v1/people?area=1`.
    public init(
        _ method: Method, _ target: String, headers: Headers = [:], body: RequestBody = RequestBody(),
        requestID: String = RequestID.new(), trace: TraceContext = TraceContext(), peer: String = "",
        isSecure: Bool = false
    ) {
        (self.method, self.headers, self.body) = (method, headers, body)
        (self.requestID, self.trace, self.peer, self.isSecure) = (requestID, trace, peer, isSecure)
        let origin = Self.originForm(target)
        self.target = origin
        if let mark = origin.utf8.firstIndex(of: UInt8(ascii: "?")) {
            path = String(origin[..<mark])
            let query = Query(parsing: origin[origin.utf8.index(after: mark)...])
            (self.query, isMalformed) = (query ?? Query(), query == nil)
        } else {
            (path, query, isMalformed) = (origin, Query(), false)
        }
    }

    /// The decoded value of `{name}` in the route's path.
    ///
    /// Asking for a name that the template lacks is a mistake in the program, so the answer is the empty string and the
    /// parser behind it refuses that.
    public func parameter(_ name: String) -> String { parameters[name] ?? "" }

    /// The media type of the body in lower case, without its parameters; nil when none is named.
    public var contentType: String? {
        headers["Content-Type"].map { value in
            let type = value.prefix { $0 != ";" && $0 != " " }
            return type.utf8.contains { (0x41...0x5A).contains($0) } ? type.lowercased() : String(type)
        }
    }

    /// The token of `Authorization: Bearer …`; nil for another scheme or none.
    public var bearerToken: String? {
        guard let value = headers["Authorization"], let space = value.firstIndex(of: " ") else { return nil }
        guard Headers.matches(String(value[..<space]), "bearer") else { return nil }
        let token = value[space...].drop { $0 == " " }
        return token.isEmpty ? nil : String(token)
    }

    /// A proxy may send the absolute form `http://host/path`, which RFC 9112, section 3.2.2, asks servers to accept.
    private static func originForm(_ target: String) -> String {
        guard target.utf8.first != UInt8(ascii: "/") else { return target }
        for scheme in ["http://", "https://"] where target.hasPrefix(scheme) {
            let rest = target.dropFirst(scheme.count)
            guard let slash = rest.firstIndex(where: { $0 == "/" || $0 == "?" }) else { return "/" }
            return rest[slash] == "?" ? "/" + rest[slash...] : String(rest[slash...])
        }
        return target
    }
}

/// Names one request, for the log and for people who ask about it.
public enum RequestID {
    /// A new id of 16 hexadecimal digits.
    public static func new() -> String {
        Entropy.hex(Entropy.next())
    }

    /// The caller's id when it has 8 to 64 letters, digits, `-`, `_` or `.`; nil otherwise.
    public static func accepted(_ text: String?) -> String? {
        guard let text, (8...64).contains(text.utf8.count) else { return nil }
        return text.utf8.allSatisfy(isPlain) ? text : nil
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: true
        default: false
        }
    }
}
