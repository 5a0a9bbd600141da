import Documents
import TestKit

/// Makes messages that the interface allows, from a seed.
struct RandomMessages {
    var random: SeededGenerator

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
    }

    mutating func pick<Item>(_ items: [Item]) -> Item {
        items[Int(random.next() % UInt64(items.count))]
    }

    mutating func chance(_ one: Int) -> Bool { random.next() % UInt64(one) == 0 }

    private static let attributes: [String] = [
        "age", "sex", "YOB", "DOB", "birth_date", "marital_status", "poverty_score", "location", "group_size",
        "is_disabled",
        "UIN", "NID", "MOBILE", "name", "demographic_info.sex", "registration_date", "education_level", "group_type",
        "member_list.age", "group_head_info.sex", "HOUSEHOLD_ID", "given_name", "relationship_type", "shoe_size", "",
        "occupation", "last_updated", "status", "pin-code", "displacement", "rooms", "languages", "$odd", "a.b.c",
    ]

    private mutating func literal() -> JSON {
        let texts: [String] = [
            "female", "5", "-1", "2020-01-01", "2020-01-01T00:00:00+02:00", "M", "W", "2", "true", "Bujumbura",
            "79000001", "",
            "a,b", "é\u{0301}", "'; DROP TABLE x", "\u{0}", "%", "99999999999999999999999999",
        ]
        return chance(6)
            ? pick([.bool(true), .bool(false), .number(JSONNumber(text: "2.5") ?? 2)]) : .string(pick(texts))
    }

    private mutating func anyLiteral() -> JSON {
        chance(3) ? .number(JSONNumber(Int(random.next() % 100) - 10)) : chance(12) ? .null : literal()
    }

    private mutating func condition(_ depth: Int) -> JSON {
        if depth > 0, chance(2) {
            let parts = JSON.array((0..<Int(1 + random.next() % 3)).map { _ in condition(depth - 1) })
            switch random.next() % 4 {
            case 0: return ["$and": parts]
            case 1: return ["$or": parts]
            case 2: return ["$nor": parts]
            default: return ["$not": condition(depth - 1)]
            }
        }
        let symbol = pick(["$eq", "$ne", "$lt", "$lte", "$gt", "$gte", "$in", "$nin", "$exists"])
        let value: JSON =
            switch symbol {
            case "$in", "$nin": [anyLiteral(), anyLiteral()]
            case "$exists": .bool(chance(2))
            default: anyLiteral()
            }
        return .object([pick(Self.attributes): chance(5) ? anyLiteral() : .object([symbol: value])])
    }

    private mutating func predicate() -> JSON {
        Sample.predicate(pick(Self.attributes), pick(["gt", "lt", "eq", "ge", "le", "in"]), literal())
    }

    private mutating func criteria() -> JSON {
        let entity = pick(["Group", "Member"])
        var criteria: JSON
        switch random.next() % 3 {
        case 0: criteria = Sample.identifier(pick(Self.attributes), "1198700123456", entity: entity)
        case 1: criteria = Sample.expression(condition(3), entity: entity)
        default:
            let entries = (0..<Int(random.next() % 3)).map { _ -> JSON in
                var entry: JSONObject = ["seq_num": .number(JSONNumber(Int(random.next() % 9)))]
                entry["expression1"] = predicate()
                if chance(2) { entry["condition"] = .string(pick(["and", "or", "not"])) }
                if chance(2) { entry["expression2"] = predicate() }
                return .object(entry)
            }
            criteria = Sample.predicates(entries, entity: entity)
        }
        if chance(3) {
            criteria = criteria.setting(
                "sort",
                to: [["attribute_name": .string(pick(Self.attributes)), "sort_order": .string(pick(["asc", "desc"]))]])
        }
        if chance(3) {
            criteria = criteria.setting(
                "pagination",
                to: [
                    "page_size": .number(JSONNumber(pick([1, 2, 10, 5000]))),
                    "page_number": .number(JSONNumber(pick([1, 2, 7, 2_000_000_000]))),
                ])
        }
        if chance(4) { criteria = criteria.setting("response_entity", to: nil) }
        return criteria
    }

    /// A message of one to four requests.
    mutating func message() -> JSON {
        let requests = (0...Int(random.next() % 4)).map { _ in criteria() }
        var json = Sample.message(requests, transactionID: pick(["", "T-1", String(repeating: "x", count: 99)]))
        if chance(3) { json = json.setting("header", "sender_uri", to: nil).setting("header", "meta", to: ["a": 1]) }
        if chance(5) { json = json.setting("message", "search_request", "0", "locale", to: nil) }
        return json
    }

    // MARK: - Damage

    /// Another value, or none, at some place of the document.
    mutating func damaged(_ json: JSON) -> JSON {
        switch json {
        case .object(let members) where !members.isEmpty:
            let key = pick(members.keys)
            if chance(4) { return json.setting(key, to: chance(2) ? nil : oddity()) }
            return json.setting(key, to: damaged(members[key] ?? .null))
        case .array(let items) where !items.isEmpty:
            let index = Int(random.next() % UInt64(items.count))
            var copy = items
            if chance(4) { copy.append(oddity()) } else { copy[index] = damaged(items[index]) }
            return .array(copy)
        default: return oddity()
        }
    }

    private mutating func oddity() -> JSON {
        pick([
            .null, .bool(true), 0, -1, 5, .number(JSONNumber(text: "1e400") ?? 0), "", " ", "\u{0}", "x", "2026-13-45",
            [], [:],
            [[]], ["$and": []], .string(String(repeating: "é", count: 120)), ["type": 5], ["page_size": 0], "en",
            "search",
            .number(JSONNumber(text: "0.5") ?? 0), ["expression1": [:]], ["$where": "1"],
        ])
    }

    /// The bytes with some of them changed, doubled or lost.
    mutating func broken(_ bytes: [UInt8]) -> [UInt8] {
        var copy = bytes
        for _ in 0...Int(random.next() % 4) where !copy.isEmpty {
            let place = Int(random.next() % UInt64(copy.count))
            switch random.next() % 4 {
            case 0: copy[place] = UInt8(truncatingIfNeeded: random.next())
            case 1: copy.remove(at: place)
            case 2: copy.insert(copy[place], at: place)
            default: copy.removeSubrange(place..<min(copy.count, place + 1 + Int(random.next() % 40)))
            }
        }
        return copy
    }
}
