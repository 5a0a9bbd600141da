import Documents
public import Groundwork

/// An error told to a program and to the person behind it (RFC 9457, `application/problem+json`).
///
/// It carries nothing about anybody: codes, places in the sent document, and remedies.
public struct Problem: Sendable {
    /// One thing to correct in what was sent.
    public struct Entry: Sendable, Hashable {
        /// RFC 6901 pointer into the body, or the name of a parameter.
        public var pointer: String
        /// Stable and greppable.
        public var code: String
        /// What is wrong, with the remedy.
        public var detail: String

        /// A finding as it stands in an answer.
        public init(pointer: String, code: String, detail: String) {
            (self.pointer, self.code, self.detail) = (pointer, code, detail)
        }
    }

    /// Repeated in the document, as RFC 9457 asks.
    public var status: Status
    /// Stable and greppable, e.g. `registry.household.not_found`.
    public var code: String
    /// A short name of the kind of problem, the same for every occurrence.
    public var title: String
    /// One sentence about this occurrence, with the remedy where there is one.
    public var detail: String?
    /// The request in which it occurred, as `urn:kith:request:<id>`.
    public var instance: String?
    /// Everything to correct, all at once.
    public var errors: [Entry]
    /// Headers of the answer: Retry-After, Allow, WWW-Authenticate.
    public var headers: Headers = [:]

    /// The URI of the kind of problem, made from its code.
    public var type: String { "urn:kith:problem:\(code)" }

    /// A problem; `title` is the status' own phrase unless given.
    public init(
        _ status: Status, code: String, title: String? = nil, detail: String? = nil, requestID: String? = nil,
        errors: [Entry] = []
    ) {
        (self.status, self.code, self.title, self.detail) = (status, code, title ?? status.reason, detail)
        (self.instance, self.errors) = (requestID.map { "urn:kith:request:\($0)" }, errors)
    }

    /// Translates a fault by its kind, or by its own status where it has one.
    ///
    /// A defect shows its code and the request id, and nothing else of itself.
    public init(fault: any Fault, requestID: String) {
        let status = Self.status(of: fault)
        let isDefect = fault.kind == .defect
        self.init(status, code: fault.code, detail: isDefect ? Self.apology : fault.summary, requestID: requestID)
        switch fault.kind {
        case .invalid(let findings):
            errors = findings.map { Entry(pointer: $0.path.description, code: $0.code, detail: $0.summary) }
        case .unauthenticated: headers["WWW-Authenticate"] = "Bearer"
        case .limited(let seconds), .unavailable(let seconds): headers["Retry-After"] = String(max(0, seconds))
        case .forbidden, .missing, .conflict, .defect: break
        }
        if case .methodNotAllowed(let allowed)? = fault as? WebFault {
            headers["Allow"] = allowed.map(\.rawValue).joined(separator: ", ")
        }
    }

    private static func status(of fault: any Fault) -> Status {
        if let fault = fault as? any StatusFault { return fault.status }
        // The body is not JSON at all, so it was not even looked at.
        return fault is JSONFault ? .badRequest : Status(kind: fault.kind)
    }

    /// What any error that is not a fault becomes: 500 and the request id.
    public static func unexpected(requestID: String) -> Problem {
        Problem(.internalServerError, code: "web.unexpected", detail: apology, requestID: requestID)
    }

    private static let apology = "Something went wrong here; name the request id when you ask about it."
}

extension Status {
    /// The status of a kind of fault.
    public init(kind: FaultKind) {
        switch kind {
        case .invalid: self = .unprocessableContent
        case .unauthenticated: self = .unauthorized
        case .forbidden: self = .forbidden
        case .missing: self = .notFound
        case .conflict: self = .conflict
        case .limited: self = .tooManyRequests
        case .unavailable: self = .serviceUnavailable
        case .defect: self = .internalServerError
        }
    }
}
