/// An HTTP status code with its standard phrase (RFC 9110, section 15).
public struct Status: Sendable, Hashable {
    /// Three digits, 100 to 599.
    public let code: Int

    /// The status of this code; codes outside 100 to 599 become 500.
    public init(_ code: Int) {
        self.code = (100...599).contains(code) ? code : 500
    }

    public static let ok: Status = Status(200)
    public static let created: Status = Status(201)
    public static let accepted: Status = Status(202)
    public static let noContent: Status = Status(204)
    public static let movedPermanently: Status = Status(301)
    public static let found: Status = Status(302)
    public static let seeOther: Status = Status(303)
    public static let notModified: Status = Status(304)
    public static let permanentRedirect: Status = Status(308)
    public static let badRequest: Status = Status(400)
    public static let unauthorized: Status = Status(401)
    public static let forbidden: Status = Status(403)
    public static let notFound: Status = Status(404)
    public static let methodNotAllowed: Status = Status(405)
    public static let notAcceptable: Status = Status(406)
    public static let requestTimeout: Status = Status(408)
    public static let conflict: Status = Status(409)
    public static let gone: Status = Status(410)
    public static let preconditionFailed: Status = Status(412)
    public static let contentTooLarge: Status = Status(413)
    public static let unsupportedMediaType: Status = Status(415)
    public static let unprocessableContent: Status = Status(422)
    public static let preconditionRequired: Status = Status(428)
    public static let tooManyRequests: Status = Status(429)
    public static let internalServerError: Status = Status(500)
    public static let notImplemented: Status = Status(501)
    public static let serviceUnavailable: Status = Status(503)

    /// Whether the code is 200 to 299.
    public var isSuccess: Bool { (200...299).contains(code) }

    /// The phrase of RFC 9110 for people; empty for a code that has none here.
    public var reason: String {
        switch code {
        case 200: "OK"
        case 201: "Created"
        case 202: "Accepted"
        case 204: "No Content"
        case 206: "Partial Content"
        case 301: "Moved Permanently"
        case 302: "Found"
        case 303: "See Other"
        case 304: "Not Modified"
        case 307: "Temporary Redirect"
        case 308: "Permanent Redirect"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 406: "Not Acceptable"
        case 408: "Request Timeout"
        case 409: "Conflict"
        case 410: "Gone"
        case 412: "Precondition Failed"
        case 413: "Content Too Large"
        case 414: "URI Too Long"
        case 415: "Unsupported Media Type"
        case 422: "Unprocessable Content"
        case 428: "Precondition Required"
        case 429: "Too Many Requests"
        case 431: "Request Header Fields Too Large"
        case 500: "Internal Server Error"
        case 501: "Not Implemented"
        case 502: "Bad Gateway"
        case 503: "Service Unavailable"
        case 504: "Gateway Timeout"
        default: ""
        }
    }
}
