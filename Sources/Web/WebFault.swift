public import Groundwork

/// A fault that knows its own HTTP status, where the nine kinds of `FaultKind` are too coarse (410, 412, 413, 415 …).
public protocol StatusFault: Fault {
    /// The status of the answer; outside HTTP the fault's `kind` holds.
    var status: Status { get }
}

/// Every way in which the web layer itself refuses a request.
public enum WebFault: StatusFault, Equatable {
    /// The path or query holds a broken escape, bytes that are not UTF-8, or NUL.
    case malformedTarget
    /// The message breaks HTTP in a way that could hide a second request in it: two lengths, or an unknown framing.
    case malformedMessage
    /// The body is compressed, which no route reads.
    case encodedBody
    case routeNotFound
    case methodNotAllowed([Method])
    /// The method is none that Kith knows.
    case methodUnknown
    /// The body is larger than so many bytes.
    case bodyTooLarge(limit: Int)
    /// The client went away, or was cut off for slowness, before its body was complete.
    case bodyInterrupted
    /// The body was already read; it can be read once.
    case bodyConsumed
    /// The body is in a format that this route does not read; `expected` is a media type.
    case unsupportedMediaType(expected: String)
    /// The body is not the encoding that its Content-Type says, e.g. a form with a broken escape.
    case malformedBody
    /// The client went away while the answer was being written.
    case clientGone
    /// More requests are being served than the server was set up for; retry after so many seconds.
    case busy(retryAfter: Int)
    /// The request was given up, because the client left or the server is stopping.
    case cancelled

    public var status: Status {
        switch self {
        case .malformedTarget, .malformedMessage, .bodyInterrupted, .malformedBody: .badRequest
        case .routeNotFound: .notFound
        case .methodNotAllowed: .methodNotAllowed
        case .methodUnknown: .notImplemented
        case .bodyTooLarge: .contentTooLarge
        case .unsupportedMediaType, .encodedBody: .unsupportedMediaType
        case .bodyConsumed: .internalServerError
        case .busy, .clientGone, .cancelled: .serviceUnavailable
        }
    }

    public var kind: FaultKind {
        switch self {
        case .malformedTarget, .malformedMessage, .bodyInterrupted, .malformedBody, .bodyTooLarge: .invalid([])
        case .unsupportedMediaType, .encodedBody, .methodNotAllowed, .methodUnknown: .invalid([])
        case .routeNotFound: .missing
        case .bodyConsumed: .defect
        case .busy(let seconds): .unavailable(retryAfter: seconds)
        case .clientGone, .cancelled: .unavailable(retryAfter: 1)
        }
    }

    public var code: String {
        switch self {
        case .malformedTarget: "web.target.malformed"
        case .malformedMessage: "web.message.malformed"
        case .encodedBody: "web.body.encoded"
        case .routeNotFound: "web.route.not_found"
        case .methodNotAllowed: "web.method.not_allowed"
        case .methodUnknown: "web.method.unknown"
        case .bodyTooLarge: "web.body.too_large"
        case .bodyInterrupted: "web.body.interrupted"
        case .bodyConsumed: "web.body.consumed"
        case .unsupportedMediaType: "web.body.unsupported_media_type"
        case .malformedBody: "web.body.malformed"
        case .clientGone: "web.client.gone"
        case .busy: "web.server.busy"
        case .cancelled: "web.request.cancelled"
        }
    }

    public var summary: String {
        switch self {
        case .malformedTarget: "The path or query is not valid percent-encoded UTF-8; correct the URL."
        case .malformedMessage: "The length of the body is not given in one clear way."
        case .encodedBody: "The body is compressed; send it without Content-Encoding."
        case .routeNotFound: "Nothing is served at this path."
        case .methodNotAllowed(let allowed):
            "This path answers \(allowed.map(\.rawValue).joined(separator: ", ")) only."
        case .methodUnknown: "This request method is not known here."
        case .bodyTooLarge(let limit): "The body is larger than \(limit) bytes; send less at once."
        case .bodyInterrupted: "The body ended before it was complete; send the request again."
        case .bodyConsumed: "The body was read twice."
        case .unsupportedMediaType(let expected): "Send the body as \(expected)."
        case .malformedBody: "The body is not valid in the format that its Content-Type names."
        case .clientGone: "The client went away."
        case .busy(let seconds): "The server is busy; try again in \(seconds) s."
        case .cancelled: "The request was given up; try again."
        }
    }
}
