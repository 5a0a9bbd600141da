/// Why a message as a whole was not processed, in the header of the answer (MsgHeaderStatusReasonCode).
package enum HeaderReason: String, Sendable, CaseIterable {
    case versionInvalid = "rjct.version.invalid"
    case messageDuplicate = "rjct.message_id.duplicate"
    case timestampInvalid = "rjct.message_ts.invalid"
    case actionInvalid = "rjct.action.invalid"
    case actionNotSupported = "rjct.action.not_supported"
    case countInvalid = "rjct.total_count.invalid"
    case countOverLimit = "rjct.total_count.limit_exceeded"
    case errorsTooMany = "rjct.errors.too_many"
}

/// Why one request of a message was not answered (SearchStatusReasonCode).
package enum ItemReason: String, Sendable, CaseIterable {
    case referenceInvalid = "rjct.reference_id.invalid"
    case referenceDuplicate = "rjct.reference_id.duplicate"
    case timestampInvalid = "rjct.timestamp.invalid"
    case criteriaInvalid = "rjct.search_criteria.invalid"
    case filterInvalid = "rjct.filter.invalid"
    case sortInvalid = "rjct.sort.invalid"
    case pageInvalid = "rjct.pagination.invalid"
    case tooManyRecords = "rjct.search.too_many_records_found"
}

/// Why a message could not be read or let in at all (components/schemas/Error).
package enum ErrorCode: String, Sendable, CaseIterable {
    case bad = "err.request.bad"
    case unauthorized = "err.request.unauthorized"
    case forbidden = "err.request.forbidden"
    case notFound = "err.request.not_found"
    case timeout = "err.request.timeout"
    case tooManyRequests = "err.request.too_many_requests"
    case versionNotSupported = "err.version.not_supported"
    case senderInvalid = "err.sender_id.invalid"
    case senderURIInvalid = "err.sender_uri.invalid"
    case receiverInvalid = "err.receiver_id.invalid"
    case signatureMissing = "err.signature.missing"
    case signatureInvalid = "err.signature.invalid"
    case encryptionInvalid = "err.encryption.invalid"
    case unavailable = "err.service.unavailable"
}

/// One request refused, with the sentence that says how to put it right.
package struct ItemRefusal: Error, Sendable, Equatable {
    package var reason: ItemReason
    package var sentence: String

    package init(_ reason: ItemReason, _ sentence: String) {
        (self.reason, self.sentence) = (reason, sentence)
    }
}
