package import Documents

/// Reads a sync search message by the published interface, member by member.
///
/// In the strict dialect everything that breaks the interface is an objection and the message fails as a whole; in the
/// lenient one, what is wrong inside a request refuses that request alone. What the interface allows and we cannot
/// answer is refused request by request in both.
/// - Source: social_api_v1.0.0, `POST /registry/sync/search`; docs/dci.md, 4, 6 and 10.
package struct MessageReader {
    /// Longest id accepted, in characters (transaction_id: maxLength 99; the others are held to the same).
    static let longestID = 99

    private let dialect: Dialect
    private var objections: [Objection] = []

    private init(_ dialect: Dialect) {
        self.dialect = dialect
    }

    /// The message, from JSON that the normaliser has put right where the dialect is lenient.
    package static func read(_ json: JSON, _ dialect: Dialect) throws(DCIFault) -> SearchMessage {
        var reader = MessageReader(dialect)
        let message = reader.message(json)
        guard let message, reader.objections.isEmpty else { throw .objections(reader.objections) }
        return message
    }

    private mutating func object(_ place: String, _ sentence: String, code: ErrorCode = .bad) {
        objections.append(Objection(place, sentence, code: code))
    }

    private mutating func message(_ json: JSON) -> SearchMessage? {
        guard let root = json.object else {
            object("", "The body is a JSON object with the members header and message.")
            return nil
        }
        if let signature = root["signature"], signature.string == nil { object("signature", "a string is expected.") }
        let header = header(root["header"])
        guard let body = root["message"]?.object else {
            object("message", "an object is expected here.")
            return nil
        }
        if body["ciphertext"] != nil {
            object("message", Self.encrypted, code: .encryptionInvalid)
            return nil
        }
        let transaction = transactionID(body["transaction_id"])
        guard let requests = body["search_request"]?.array else {
            object("message.search_request", "a list of requests is expected here.")
            return nil
        }
        var items: [SearchItem] = []
        items.reserveCapacity(requests.count)
        for (index, request) in requests.enumerated() {
            if let item = item(request, index) { items.append(item) }
            // A hundred complaints are enough to see that the message is of another kind.
            if objections.count > 100 { break }
        }
        guard let header, let transaction else { return nil }
        return SearchMessage(header: header, transactionID: transaction, items: items)
    }

    private static let encrypted = "encrypted messages cannot be read here; send the message in plain JSON over TLS."

    // MARK: - Header

    private mutating func header(_ json: JSON?) -> MessageHeader? {
        guard let header = json?.object else {
            object("header", "an object is expected here.")
            return nil
        }
        version(header["version"])
        let messageID = id(header["message_id"], "header.message_id", .bad)
        timestamp(header["message_ts"], "header.message_ts")
        switch header["action"] {
        case .string("search"): break
        case .string: object("header.action", "this path carries out the action search and no other.")
        default: object("header.action", "the action search is expected here.")
        }
        let senderID = id(header["sender_id"], "header.sender_id", .senderInvalid)
        senderURI(header["sender_uri"])
        if let receiver = header["receiver_id"], receiver.string == nil {
            object("header.receiver_id", "a string is expected.", code: .receiverInvalid)
        }
        switch header["is_msg_encrypted"] {
        case nil, .bool(false): break
        case .bool(true): object("header.is_msg_encrypted", Self.encrypted, code: .encryptionInvalid)
        default: object("header.is_msg_encrypted", "true or false is expected.")
        }
        if let meta = header["meta"], meta.object == nil { object("header.meta", "an object is expected.") }
        guard let total = header["total_count"]?.int else {
            object("header.total_count", "the number of requests in the message is expected here, as a number.")
            return nil
        }
        guard let messageID, let senderID else { return nil }
        return MessageHeader(
            messageID: messageID, senderID: senderID, receiverID: header["receiver_id"]?.string, totalCount: total)
    }

    private mutating func version(_ json: JSON?) {
        guard let json else { return }
        guard let version = json.string else { return object("header.version", "a string such as 1.0.0 is expected.") }
        guard version == "1.0.0" || version.hasPrefix("1.") || version == "1" else {
            return object("header.version", "version 1.0.0 is spoken here.", code: .versionNotSupported)
        }
    }

    /// A mandatory id: text, neither empty nor too long, without control characters (the store refuses NUL).
    private mutating func id(_ json: JSON?, _ place: String, _ code: ErrorCode) -> String? {
        guard let json else {
            object(place, "the member is missing.")
            return nil
        }
        guard let text = json.string else {
            object(place, "a string is expected.")
            return nil
        }
        guard !text.isEmpty, text.count <= Self.longestID, Self.isPlain(text) else {
            object(place, "1 to \(Self.longestID) characters without control characters are expected.", code: code)
            return nil
        }
        return text
    }

    static func isPlain(_ text: String) -> Bool {
        !text.utf8.contains { $0 < 0x20 || $0 == 0x7F }
    }

    private mutating func senderURI(_ json: JSON?) {
        guard let json else { return }
        guard let text = json.string, Self.isAbsoluteURI(text) else {
            return object(
                "header.sender_uri", "a full URI is expected, e.g. https://example.org/dci/callback/on-search.",
                code: .senderURIInvalid)
        }
    }

    /// RFC 3986: a scheme, a colon and something after it, all in visible ASCII.
    static func isAbsoluteURI(_ text: String) -> Bool {
        guard let colon = text.utf8.firstIndex(of: 0x3A), colon != text.utf8.startIndex else { return false }
        let scheme = text.utf8[..<colon]
        let letters = scheme.allSatisfy { byte in
            (0x61...0x7A).contains(byte | 0x20) || (0x30...0x39).contains(byte) || [0x2B, 0x2D, 0x2E].contains(byte)
        }
        guard letters, let first = scheme.first, (0x61...0x7A).contains(first | 0x20) else { return false }
        let rest = text.utf8[text.utf8.index(after: colon)...]
        return !rest.isEmpty && rest.allSatisfy { (0x21...0x7E).contains($0) && $0 != 0x22 && $0 != 0x3C && $0 != 0x3E }
    }

    private mutating func transactionID(_ json: JSON?) -> String? {
        guard let text = json?.string else {
            object("message.transaction_id", json == nil ? "the member is missing." : "a string is expected.")
            return nil
        }
        guard text.unicodeScalars.count <= Self.longestID else {
            object("message.transaction_id", "at most \(Self.longestID) characters are accepted.")
            return nil
        }
        return text
    }

    private mutating func timestamp(_ json: JSON?, _ place: String) {
        guard let json else {
            if dialect == .strict { object(place, "the member is missing.") }
            return
        }
        guard let text = json.string, let stamp = Timestamp(text, lenient: dialect == .lenient) else {
            let hasOffset = json.string.flatMap { Timestamp($0, lenient: true) }.map { $0.offset != nil } ?? true
            return object(place, hasOffset ? Self.dateTime : "an offset is required, e.g. +02:00 or Z.")
        }
        if stamp.offset == nil, dialect == .strict { object(place, "an offset is required, e.g. +02:00 or Z.") }
    }

    private static let dateTime = "a date-time with offset is expected, e.g. 2026-11-20T09:30:00+02:00."

    // MARK: - One request

    private mutating func item(_ json: JSON, _ index: Int) -> SearchItem? {
        let place = "message.search_request[\(index)]"
        guard let request = json.object else {
            object(place, "an object is expected here.")
            return nil
        }
        var trouble: [ItemTrouble] = []
        guard let reference = request["reference_id"]?.string else {
            object(
                "\(place).reference_id",
                request["reference_id"] == nil ? "the member is missing." : "a string is expected.")
            return nil
        }
        if reference.unicodeScalars.count > Self.longestID {
            trouble.append(
                .meaning(.referenceInvalid, "reference_id: at most \(Self.longestID) characters are accepted."))
        } else if reference.isEmpty, dialect == .strict {
            trouble.append(.meaning(.referenceInvalid, "reference_id: the reference is empty."))
        }
        check(request["timestamp"], &trouble)
        var locale: String?
        if let value = request["locale"] {
            locale = value.string.flatMap { Self.isLocale($0) ? $0 : nil }
            if locale == nil {
                trouble.append(
                    .schema("locale", .criteriaInvalid, "three lower-case letters of ISO 639-3 are expected, e.g. fra.")
                )
            }
        }
        var criteria: SearchCriteria?
        if let value = request["search_criteria"] {
            criteria = CriteriaReader.read(value, dialect, &trouble)
        } else {
            trouble.append(.schema("search_criteria", .criteriaInvalid, "the member is missing."))
        }
        if dialect == .strict {
            for case .schema(let member, _, let sentence) in trouble { object("\(place).\(member)", sentence) }
        }
        let outcome: Result<SearchCriteria, ItemRefusal>
        if let first = trouble.first {
            outcome = .failure(first.refusal)
        } else if let criteria {
            outcome = .success(criteria)
        } else {
            outcome = .failure(ItemRefusal(.criteriaInvalid, "The criteria were not understood."))
        }
        return SearchItem(referenceID: reference, locale: locale, outcome: outcome)
    }

    private func check(_ timestamp: JSON?, _ trouble: inout [ItemTrouble]) {
        guard let timestamp else {
            if dialect == .strict { trouble.append(.schema("timestamp", .timestampInvalid, "the member is missing.")) }
            return
        }
        let text = timestamp.string
        let stamp = text.flatMap { Timestamp($0, lenient: true) }
        if stamp == nil {
            trouble.append(.schema("timestamp", .timestampInvalid, Self.dateTime))
        } else if dialect == .strict, text.flatMap({ Timestamp($0) }) == nil {
            let sentence = stamp?.offset == nil ? "an offset is required, e.g. +02:00 or Z." : Self.dateTime
            trouble.append(.schema("timestamp", .timestampInvalid, sentence))
        }
    }

    static func isLocale(_ text: String) -> Bool {
        text.utf8.count == 3 && text.utf8.allSatisfy { (0x61...0x7A).contains($0) }
    }
}

/// Something wrong inside one request.
enum ItemTrouble: Error {
    /// The published interface does not allow it: a place within the request, and what is expected there.
    case schema(String, ItemReason, String)
    /// The interface allows it, but it cannot be answered.
    case meaning(ItemReason, String)

    var refusal: ItemRefusal {
        switch self {
        case .schema(let place, let reason, let sentence): ItemRefusal(reason, "\(place): \(sentence)")
        case .meaning(let reason, let sentence): ItemRefusal(reason, sentence)
        }
    }
}
