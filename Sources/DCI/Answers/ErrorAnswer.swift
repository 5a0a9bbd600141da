import Documents
import Groundwork
package import Web

/// Tells an error in both shapes that are in circulation, in one body (docs/dci.md, 4).
package struct ErrorAnswer: Sendable {
    package var status: Status
    /// Never empty; the first stands in the acknowledgement.
    package var errors: [(code: ErrorCode, message: String)]
    package var headers: Headers = [:]

    package init(status: Status, errors: [(code: ErrorCode, message: String)]) {
        (self.status, self.errors) = (status, errors)
    }

    /// The door's own refusal.
    package init(_ fault: DCIFault) {
        self.init(status: fault.status, errors: fault.objections.map { ($0.code, $0.text) })
    }

    /// What anything else refused: router, server, authentication, store.
    package init(_ problem: Problem) {
        let detail = problem.detail ?? problem.title
        var errors = problem.errors.map { entry in
            (code: Self.code(problem.status), message: "\(entry.pointer): \(entry.detail)")
        }
        if errors.isEmpty { errors = [(Self.code(problem.status), detail)] }
        self.init(status: Self.status(problem.status), errors: errors)
        headers = problem.headers
    }

    /// The statuses of docs/dci.md, 4; what has none there takes the nearest.
    private static func status(_ status: Status) -> Status {
        switch status {
        case .unprocessableContent, .conflict, .gone, .preconditionFailed, .preconditionRequired: .badRequest
        default: status
        }
    }

    private static func code(_ status: Status) -> ErrorCode {
        switch status.code {
        case 401: .unauthorized
        case 403: .forbidden
        case 404: .notFound
        case 408, 504: .timeout
        case 429: .tooManyRequests
        case 500...: .unavailable
        default: .bad
        }
    }

    /// Longest message, in characters (components/schemas/Error: maxLength 999).
    static let longestMessage = 999

    /// - Parameters:
    ///   - time: now, with offset.
    ///   - correlationID: required also of errors.
    package func response(time: String, correlationID: String) -> Response {
        var writer = JSONWriter(capacity: 512)
        let first = errors.first ?? (.bad, "The message is not valid.")
        writer.object { writer in
            writer.key("message")
            writer.object { writer in
                writer.member("ack_status", "ERR")
                writer.member("timestamp", time)
                writer.member("correlation_id", correlationID)
                writer.key("error")
                Self.write(first, to: &writer)
            }
            writer.key("errors")
            writer.array { writer in
                for error in errors.prefix(50) { Self.write(error, to: &writer) }
            }
        }
        var response = Response.json(writer.bytes, status: status)
        for (name, value) in headers { response.headers[name] = value }
        return response
    }

    private static func write(_ error: (code: ErrorCode, message: String), to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("code", error.code.rawValue)
            writer.member("message", shortened(error.message))
        }
    }

    static func shortened(_ text: String) -> String {
        guard text.unicodeScalars.count > longestMessage else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.prefix(longestMessage - 1))) + "…"
    }
}
