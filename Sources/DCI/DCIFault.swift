package import Documents
package import Groundwork
package import Web

/// One thing in a message that its sender can correct.
package struct Objection: Sendable, Equatable {
    /// A dotted place, e.g. `message.search_request[0].timestamp`.
    package var place: String
    package var sentence: String
    package var code: ErrorCode

    package init(_ place: String, _ sentence: String, code: ErrorCode = .bad) {
        (self.place, self.sentence, self.code) = (place, sentence, code)
    }

    /// As it stands in the answer.
    package var text: String { place.isEmpty ? sentence : "\(place): \(sentence)" }
}

/// Every way in which the door refuses a message as a whole.
package enum DCIFault: StatusFault {
    case notJSON(JSONFault)
    /// Never empty.
    case objections([Objection])
    case mediaType
    case unknownSender

    package var status: Status {
        switch self {
        case .mediaType: .unsupportedMediaType
        case .notJSON, .objections, .unknownSender: .badRequest
        }
    }

    package var kind: FaultKind { .invalid([]) }

    package var code: String {
        switch self {
        case .notJSON: "dci.message.not_json"
        case .objections: "dci.message.invalid"
        case .mediaType: "dci.message.media_type"
        case .unknownSender: "dci.message.sender_unknown"
        }
    }

    package var summary: String { objections[0].text }

    /// All that is wrong, in DCI's terms.
    package var objections: [Objection] {
        switch self {
        case .notJSON(let fault): [Objection("", "The body is not JSON. \(fault.summary)")]
        case .objections(let all): all.isEmpty ? [Objection("", "The message is not valid.")] : all
        case .mediaType: [Objection("", "Send the body with Content-Type: application/json.")]
        case .unknownSender:
            [
                Objection(
                    "header.sender_id", "no partner is registered under this id; ask the registry to be added.",
                    code: .senderInvalid)
            ]
        }
    }
}
