import Documents

/// Writes the envelope of a synchronous answer; the records inside are written by whoever knows them.
///
/// The header is the superset of both header schemas, so that it is valid wherever it lands (docs/dci.md, 3).
package struct AnswerWriter: Sendable {
    /// What the header of every answer says.
    package struct Head: Sendable {
        package var registryID: String
        package var messageID: String
        package var correlationID: String
        /// Now, with offset.
        package var time: String

        package init(registryID: String, messageID: String, correlationID: String, time: String) {
            (self.registryID, self.messageID) = (registryID, messageID)
            (self.correlationID, self.time) = (correlationID, time)
        }
    }

    /// The answer to one request of the message.
    package enum Item: Sendable {
        /// - Parameters:
        ///   - records: the list `reg_records`, already JSON with its brackets.
        case found(RecordKind, records: [UInt8], page: PageTerm, total: Int)
        case refused(ItemRefusal)
    }

    private let head: Head
    private let request: SearchMessage
    private let locale: String

    package init(_ head: Head, answering request: SearchMessage, locale: String) {
        (self.head, self.request, self.locale) = (head, request, locale)
    }

    /// The answer to a message that was processed.
    ///
    /// - Parameters:
    ///   - items: one for each request, in their order.
    package func bytes(_ items: [Item]) -> [UInt8] {
        let size = items.reduce(700) { sum, item in
            if case .found(_, let records, _, _) = item { sum + records.count + 300 } else { sum + 300 }
        }
        return envelope(capacity: size, rejection: nil) { writer in
            for (item, asked) in zip(items, request.items) {
                writer.object { self.item(&$0, item, asked) }
            }
        }
    }

    /// The answer to a message that was not processed: every request is refused with it, in order.
    package func rejection(_ reason: HeaderReason, _ sentence: String) -> [UInt8] {
        envelope(capacity: 1024, rejection: (reason, sentence)) { writer in
            for asked in request.items {
                writer.object { writer in
                    writer.member("reference_id", asked.referenceID)
                    writer.member("timestamp", head.time)
                    writer.member("status", "rjct")
                    writer.member("status_reason_message", ErrorAnswer.shortened("Not processed: \(sentence)"))
                    writer.member("locale", asked.locale ?? locale)
                }
            }
        }
    }

    private func envelope(
        capacity: Int, rejection: (reason: HeaderReason, sentence: String)?, items: (inout JSONWriter) -> Void
    ) -> [UInt8] {
        var writer = JSONWriter(capacity: capacity)
        writer.object { writer in
            writer.key("header")
            writer.object { header(&$0, rejection) }
            writer.key("message")
            writer.object { writer in
                writer.member("transaction_id", request.transactionID)
                writer.member("correlation_id", head.correlationID)
                writer.key("search_response")
                writer.array { items(&$0) }
            }
        }
        return writer.bytes
    }

    private func header(_ writer: inout JSONWriter, _ rejection: (reason: HeaderReason, sentence: String)?) {
        writer.member("version", "1.0.0")
        writer.member("message_id", head.messageID)
        writer.member("message_ts", head.time)
        writer.member("action", "on-search")
        writer.member("status", rejection == nil ? "succ" : "rjct")
        if let rejection {
            writer.member("status_reason_code", rejection.reason.rawValue)
            writer.member("status_reason_message", ErrorAnswer.shortened(rejection.sentence))
        }
        writer.member("total_count", request.items.count)
        // Successes and functional errors both count as completed; a rejected message completes nothing.
        writer.member("completed_count", rejection == nil ? request.items.count : 0)
        writer.member("sender_id", head.registryID)
        writer.member("receiver_id", request.header.senderID)
        writer.member("is_msg_encrypted", false)
    }

    private func item(_ writer: inout JSONWriter, _ item: Item, _ asked: SearchItem) {
        writer.member("reference_id", asked.referenceID)
        writer.member("timestamp", head.time)
        switch item {
        case .refused(let refusal):
            writer.member("status", "rjct")
            writer.member("status_reason_code", refusal.reason.rawValue)
            writer.member("status_reason_message", ErrorAnswer.shortened(refusal.sentence))
        case .found(let kind, let records, let page, let total):
            writer.member("status", "succ")
            writer.key("data")
            writer.object { writer in
                writer.member("version", "1.0.0")
                writer.member("reg_type", "ns:org:RegistryType:Social")
                writer.member("reg_record_type", kind.rawValue)
                writer.key("reg_records")
                writer.raw(records)
            }
            writer.key("pagination")
            writer.object { writer in
                writer.member("page_size", page.size)
                writer.member("page_number", page.number)
                writer.member("total_count", total)
            }
        }
        writer.member("locale", asked.locale ?? locale)
    }
}
