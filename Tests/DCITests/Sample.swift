import Documents
import Foundation

/// Messages to change and send.
enum Sample {
    /// The folder of this package.
    static let root: String = {
        var folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        while !FileManager.default.fileExists(atPath: folder.appendingPathComponent("Package.swift").path) {
            folder = folder.deletingLastPathComponent()
        }
        return folder.path
    }()

    static func bytes(_ path: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: root + "/" + path)))
    }

    static func json(_ path: String) throws -> JSON { try JSON.parse(try bytes(path)) }

    /// A strict message with these criteria, one request each.
    static func message(
        _ criteria: [JSON], messageID: String = UUID().uuidString, sender: String = "spmis.example.org",
        transactionID: String = "T-1"
    ) -> JSON {
        [
            "header": [
                "version": "1.0.0", "message_id": .string(messageID),
                "message_ts": "2026-11-20T09:30:00.000+02:00", "action": "search", "sender_id": .string(sender),
                "sender_uri": "https://spmis.example.org/dci/callback/registry/on-search",
                "receiver_id": "usr.example.bi", "total_count": .number(JSONNumber(criteria.count)),
                "is_msg_encrypted": false,
            ],
            "message": [
                "transaction_id": .string(transactionID),
                "search_request": .array(
                    criteria.enumerated().map { index, criteria in
                        [
                            "reference_id": .string("R-\(index + 1)"),
                            "timestamp": "2026-11-20T09:30:00.000+02:00", "locale": "fra",
                            "search_criteria": criteria,
                        ]
                    }),
            ],
        ]
    }

    static func identifier(_ type: String, _ value: String, entity: String? = nil) -> JSON {
        var criteria: JSONObject = [
            "version": "1.0.0", "reg_type": "ns:org:RegistryType:Social", "query_type": "idtype-value",
            "query": ["type": .string(type), "value": .string(value)],
        ]
        if let entity { criteria["response_entity"] = .string(entity) }
        return .object(criteria)
    }

    static func expression(_ query: JSON, entity: String = "Member") -> JSON {
        [
            "query_type": "expression", "response_entity": .string(entity),
            "query": [
                "type": "ns:org:QueryType:expression", "value": ["expression": ["collection": "x", "query": query]],
            ],
        ]
    }

    static func predicates(_ entries: [JSON], entity: String = "Member") -> JSON {
        ["query_type": "predicate", "response_entity": .string(entity), "query": .array(entries)]
    }

    static func predicate(_ name: String, _ symbol: String, _ value: JSON) -> JSON {
        ["attribute_name": .string(name), "operator": .string(symbol), "attribute_value": value]
    }
}

extension JSON {
    /// The same with the member at the path set, or removed by nil.
    func setting(_ path: String..., to value: JSON?) -> JSON { setting(path[...], value) }
    func setting(_ path: [String], to value: JSON?) -> JSON { setting(path[...], value) }

    private func setting(_ path: ArraySlice<String>, _ value: JSON?) -> JSON {
        guard let step = path.first else { return value ?? .null }
        let rest = path.dropFirst()
        switch self {
        case .object(var members):
            members[step] = rest.isEmpty ? value : (members[step] ?? [:]).setting(rest, value)
            return .object(members)
        case .array(var items):
            guard let index = Int(step), items.indices.contains(index) else { return self }
            if rest.isEmpty, value == nil {
                items.remove(at: index)
            } else {
                items[index] = rest.isEmpty ? (value ?? .null) : items[index].setting(rest, value)
            }
            return .array(items)
        default: return self
        }
    }
}
