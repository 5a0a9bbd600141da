import Documents

/// Reads `search_criteria` (social_api_v1.0.0, SearchRequest).
struct CriteriaReader {
    private let dialect: Dialect
    private var trouble: [ItemTrouble] = []

    private init(_ dialect: Dialect) {
        self.dialect = dialect
    }

    /// The criteria; nil when `trouble` grew.
    static func read(_ json: JSON, _ dialect: Dialect, _ trouble: inout [ItemTrouble]) -> SearchCriteria? {
        guard let members = json.object else {
            trouble.append(.schema("search_criteria", .criteriaInvalid, "an object is expected."))
            return nil
        }
        var reader = CriteriaReader(dialect)
        let criteria = reader.criteria(members)
        guard reader.trouble.isEmpty else {
            trouble += reader.trouble
            return nil
        }
        return criteria
    }

    private mutating func refuse(_ member: String, _ reason: ItemReason, _ sentence: String) {
        trouble.append(.schema("search_criteria.\(member)", reason, sentence))
    }

    private mutating func criteria(_ members: JSONObject) -> SearchCriteria? {
        for name in ["version", "reg_type", "reg_record_type"] {
            if let value = members[name], value.string == nil {
                refuse(name, .criteriaInvalid, "a string is expected.")
            }
        }
        for name in ["consent", "authorize"] {
            if let value = members[name], value.object == nil {
                refuse(name, .criteriaInvalid, "an object is expected.")
            }
        }
        if let version = members["version"]?.string, !version.hasPrefix("1") {
            trouble.append(.meaning(.criteriaInvalid, "search_criteria.version: version 1.0.0 is spoken here."))
        }
        registry(members["reg_type"]?.string)
        let record = record(members)
        let query = query(members)
        let sort = sort(members["sort"])
        let page = page(members["pagination"])
        guard let record, let query else { return nil }
        return SearchCriteria(record: record, query: query, sort: sort, page: page)
    }

    /// `ns:org:RegistryType:Social`: what counts is the last word.
    private mutating func registry(_ name: String?) {
        guard let name else { return }
        if name.split(separator: ":").last != "Social" {
            trouble.append(
                .meaning(
                    .criteriaInvalid,
                    "search_criteria.reg_type: the social registry answers here, ns:org:RegistryType:Social."))
        }
    }

    private mutating func record(_ members: JSONObject) -> RecordKind? {
        if let entity = members["response_entity"] {
            switch entity {
            case .string("Group"): return .group
            case .string("Member"): return .member
            default:
                refuse("response_entity", .criteriaInvalid, "Group or Member is expected.")
                return nil
            }
        }
        if let type = members["reg_record_type"]?.string {
            switch type.split(separator: ":").last {
            case "Group": return .group
            case "Member": return .member
            case "SRPerson", "Person": return .person
            default:
                trouble.append(
                    .meaning(
                        .criteriaInvalid,
                        "search_criteria.reg_record_type: Group, Member and SRPerson records are held here."))
                return nil
            }
        }
        // The collection of an expression is the only other word about what is asked for.
        if let collection = members["query"]?["value"]?["expression"]?["collection"]?.string {
            if ["group", "household"].contains(collection.lowercased()) { return .group }
        }
        return .member
    }

    private mutating func query(_ members: JSONObject) -> DCIQuery? {
        guard let query = members["query"] else {
            refuse("query", .criteriaInvalid, "the member is missing.")
            return nil
        }
        guard let type = members["query_type"] else {
            refuse("query_type", .criteriaInvalid, "the member is missing.")
            return nil
        }
        guard let kind = type.string.flatMap(QueryKind.init(rawValue:)) else {
            refuse("query_type", .criteriaInvalid, "idtype-value, expression or predicate is expected.")
            return nil
        }
        do {
            return try QueryReader.read(query, kind)
        } catch {
            switch error {
            case .schema(let place, let reason, let sentence): refuse("query\(place)", reason, sentence)
            case .meaning: trouble.append(error)
            }
            return nil
        }
    }

    private mutating func sort(_ json: JSON?) -> [SortTerm] {
        guard let json else { return [] }
        guard let entries = json.array else {
            refuse("sort", .sortInvalid, "a list is expected.")
            return []
        }
        var terms: [SortTerm] = []
        for (index, entry) in entries.enumerated() {
            guard let members = entry.object else {
                refuse("sort[\(index)]", .sortInvalid, "an object is expected.")
                continue
            }
            let order = members["sort_order"]
            switch order {
            case nil, .string("asc"), .string("desc"): break
            default: refuse("sort[\(index)].sort_order", .sortInvalid, "asc or desc is expected.")
            }
            guard let name = members["attribute_name"] else {
                trouble.append(
                    .meaning(.sortInvalid, "search_criteria.sort[\(index)].attribute_name: the member is missing."))
                continue
            }
            guard let attribute = name.string else {
                refuse("sort[\(index)].attribute_name", .sortInvalid, "a string is expected.")
                continue
            }
            terms.append(SortTerm(attribute, isDescending: order == .string("desc")))
        }
        if terms.count > 8 {
            trouble.append(.meaning(.sortInvalid, "search_criteria.sort: at most 8 attributes are accepted."))
        }
        return terms
    }

    private mutating func page(_ json: JSON?) -> PageTerm? {
        guard let json else { return nil }
        guard let members = json.object else {
            refuse("pagination", .pageInvalid, "an object is expected.")
            return nil
        }
        let size = positive(members["page_size"], "page_size")
        let number = members["page_number"] == nil ? 1 : positive(members["page_number"], "page_number")
        guard let size, let number else { return nil }
        return PageTerm(size: size, number: number)
    }

    /// A 32-bit whole number from 1 (`format: int32`; "counting starts with 1").
    private mutating func positive(_ json: JSON?, _ name: String) -> Int? {
        guard let value = json?.int, (1...Int(Int32.max)).contains(value) else {
            refuse("pagination.\(name)", .pageInvalid, "a whole number from 1 is expected.")
            return nil
        }
        return value
    }
}

/// The query types of the social registry; graphql belongs to other registers.
enum QueryKind: String {
    case identifier = "idtype-value"
    case expression
    case predicate
}
