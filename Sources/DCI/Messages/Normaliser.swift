package import Documents
import Groundwork

/// Puts the oddities of real messages right, so that the reader behind it sees the published structure only.
///
/// What it cannot put right it leaves as it is, for the reader to refuse.
/// - Source: docs/dci.md, 10.
package struct Normaliser: Sendable {
    /// ISO 639-3 codes by every spelling that senders use, from the profile's list `language`.
    private let language: @Sendable (String) -> String?

    package init(language: @escaping @Sendable (String) -> String?) {
        self.language = language
    }

    package func normalised(_ json: JSON) -> JSON {
        guard case .object(var root) = json else { return json }
        root = present(root)
        if root["signature"]?.string == nil { root["signature"] = nil }
        let message = root["message"].map(message)
        if let message { root["message"] = message }
        if case .object(let header)? = root["header"] {
            root["header"] = .object(self.header(header, items: message?["search_request"]?.array?.count))
        }
        return .object(root)
    }

    /// Members that say something: neither null nor blank text.
    func present(_ members: JSONObject) -> JSONObject {
        JSONObject(members.filter { !Self.isBlank($0.value) }.map { ($0.key, $0.value) })
    }

    static func isBlank(_ json: JSON) -> Bool {
        switch json {
        case .null: true
        case .string(let text): text.utf8.allSatisfy { $0 == 0x20 }
        default: false
        }
    }

    private func header(_ members: JSONObject, items: Int?) -> JSONObject {
        var header = present(members)
        if let version = header["version"]?.number { header["version"] = .string(version.text) }
        for name in ["message_id", "sender_id", "receiver_id"] {
            if let number = header[name]?.number { header[name] = .string(number.text) }
        }
        if let stamp = header["message_ts"]?.string, Timestamp(stamp, lenient: true) == nil {
            header["message_ts"] = nil
        }
        if let action = header["action"]?.string { header["action"] = .string(action.lowercased()) }
        if let uri = header["sender_uri"], !(uri.string.map(MessageReader.isAbsoluteURI) ?? false) {
            // A synchronous answer goes back the way it came; where a callback would go does not matter.
            header["sender_uri"] = nil
        }
        if let total = Self.number(header["total_count"]) ?? items.map({ JSON.number(JSONNumber($0)) }) {
            header["total_count"] = total
        }
        if let flag = header["is_msg_encrypted"] {
            header["is_msg_encrypted"] = Self.truth(flag).map { .bool($0) } ?? flag
        }
        if header["meta"]?.object == nil { header["meta"] = nil }
        return header
    }

    private func message(_ json: JSON) -> JSON {
        guard case .object(let raw) = json else { return json }
        var body = present(raw)
        switch body["transaction_id"] {
        case nil: body["transaction_id"] = ""
        case .number(let number): body["transaction_id"] = .string(number.text)
        default: break
        }
        if case .object? = body["search_request"], let single = body["search_request"] {
            body["search_request"] = .array([single])
        }
        if let items = body["search_request"]?.array { body["search_request"] = .array(items.map(item)) }
        return .object(body)
    }

    private func item(_ json: JSON) -> JSON {
        guard case .object(let raw) = json else { return json }
        var item = present(raw)
        switch item["reference_id"] {
        case nil: item["reference_id"] = ""
        case .number(let number): item["reference_id"] = .string(number.text)
        default: break
        }
        if let locale = item["locale"] { item["locale"] = self.locale(locale) }
        if case .object(var criteria)? = item["search_criteria"] {
            // Some put paging and order beside the criteria instead of inside (docs/dci.md, 5).
            for name in ["pagination", "sort"] where criteria[name].map(Self.isBlank) ?? true {
                criteria[name] = item[name]
            }
            item["search_criteria"] = .object(self.criteria(criteria))
        }
        return .object(item)
    }

    /// `en`, `ENG`, `EN/GB` and `en-GB` mean `eng`; what is no language at all is dropped.
    private func locale(_ json: JSON) -> JSON? {
        guard let text = json.string?.lowercased() else { return nil }
        let first = text.prefix { ("a"..."z").contains($0) }
        if let known = language(String(first)), MessageReader.isLocale(known) { return .string(known) }
        return MessageReader.isLocale(text) ? .string(text) : nil
    }

    private func criteria(_ raw: JSONObject) -> JSONObject {
        var criteria = present(raw)
        if let version = criteria["version"]?.number { criteria["version"] = .string(version.text) }
        for name in ["consent", "authorize"] where criteria[name]?.object == nil { criteria[name] = nil }
        if let entity = criteria["response_entity"]?.string {
            criteria["response_entity"] = .string(Self.entity(entity) ?? entity)
        }
        if let type = criteria["reg_type"]?.string, Self.isSocial(type) {
            criteria["reg_type"] = "ns:org:RegistryType:Social"
        }
        if let type = criteria["reg_record_type"]?.string, let last = type.split(separator: ":").last {
            switch last.lowercased() {
            case "group", "household": criteria["reg_record_type"] = "Group"
            case "member": criteria["reg_record_type"] = "Member"
            case "srperson", "person": criteria["reg_record_type"] = "SRPerson"
            default: break
            }
        }
        if let sort = criteria["sort"] { criteria["sort"] = self.sort(sort) }
        if let page = criteria["pagination"] { criteria["pagination"] = self.page(page) }
        let (query, kind) = QueryNormaliser(shape: criteria["query"] ?? .null).normalised
        if let query { criteria["query"] = query }
        if let kind { criteria["query_type"] = .string(kind.rawValue) }
        return criteria
    }

    private static func entity(_ text: String) -> String? {
        switch text.lowercased().split(separator: ":").last {
        case "group", "household": "Group"
        case "member", "person", "individual", "srperson": "Member"
        default: nil
        }
    }

    private static func isSocial(_ text: String) -> Bool {
        let last = text.lowercased().split(separator: ":").last.map(String.init) ?? ""
        return ["social", "social_registry", "socialregistry", "sr"].contains(last)
    }

    private func sort(_ json: JSON) -> JSON? {
        let entries = json.array ?? [json]
        let terms: [JSON] = entries.compactMap { entry in
            guard case .object(let raw) = entry else { return entry }
            var term = present(raw)
            if let order = term["sort_order"]?.string?.lowercased() {
                term["sort_order"] = .string(order.hasPrefix("desc") ? "desc" : order.hasPrefix("asc") ? "asc" : order)
            }
            return term.isEmpty ? nil : .object(term)
        }
        return terms.isEmpty ? nil : .array(terms)
    }

    private func page(_ json: JSON) -> JSON? {
        guard case .object(let raw) = json else { return json }
        var page = present(raw)
        for name in ["page_size", "page_number"] {
            if let number = Self.number(page[name]) { page[name] = number }
        }
        return page["page_size"] == nil && page["page_number"] == nil ? nil : .object(page)
    }

    /// A number, also one written as text.
    static func number(_ json: JSON?) -> JSON? {
        switch json {
        case .number?: json
        case .string(let text)?: JSONNumber(text: text).map { .number($0) }
        default: nil
        }
    }

    /// True or false, also as text or digit.
    static func truth(_ json: JSON) -> Bool? {
        switch json {
        case .bool(let value): value
        case .number(let number): number.int.flatMap { $0 == 0 ? false : $0 == 1 ? true : nil }
        case .string(let text):
            switch text.lowercased() {
            case "true", "1", "yes": true
            case "false", "0", "no": false
            default: nil
            }
        default: nil
        }
    }
}
