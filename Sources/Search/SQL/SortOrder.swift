import Foundation
import Groundwork
import Postgres
import Registry

/// The order of an answer, which the id always completes.
///
/// Missing values stand last when ascending and first when descending, as PostgreSQL's indexes keep them.
struct SortOrder {
    struct Key {
        var expression: SQL
        var isDescending: Bool
        var isNullable: Bool
        var kind: CursorValue.Kind
        var name: String
    }

    /// Without the id.
    let keys: [Key]
    let idIsDescending: Bool
    let row: String

    /// Without sort keys, the order of the index that serves the filter.
    init(_ request: RegistryRequest, compiler: QueryCompiler, row: String) throws(RegistryFault) {
        self.row = row
        guard !request.sort.isEmpty else {
            keys = SortOrder.natural(request.filter).map { key in
                Key(
                    expression: "\(unchecked: row).\(identifier: key.column)", isDescending: false, isNullable: false,
                    kind: key.kind, name: key.column)
            }
            idIsDescending = false
            return
        }
        var keys: [Key] = []
        for (place, sort) in request.sort.enumerated() where sort.field.name != "id" {
            let shape = try compiler.shape(sort.field, request.subject)
            let operand = Operand(field: sort.field, shape: shape, row: row)
            let isLast = place == request.sort.count - 1
            keys.append(try SortOrder.key(operand, sort, isLast: isLast, today: request.today))
        }
        idIsDescending =
            request.sort.last?.field.name == "id"
            ? request.sort.last?.order == .descending : keys.last?.isDescending ?? false
        self.keys = keys
    }

    private static func key(
        _ operand: Operand, _ sort: Sort, isLast: Bool, today: CalendarDate
    ) throws(RegistryFault) -> Key {
        let isDescending = sort.order == .descending
        func key(_ expression: SQL, _ kind: CursorValue.Kind, reversed: Bool = false) -> Key {
            Key(
                expression: expression, isDescending: isDescending != reversed,
                isNullable: !required.contains(operand.field.name), kind: kind, name: sort.field.name)
        }
        switch operand.shape.kind {
        case .text, .code, .socialID: return key("(\(fragment: operand.text)) COLLATE \"C\"", .text)
        case .date where operand.isExtra: return key("(\(fragment: operand.text)) COLLATE \"C\"", .text)
        case .date, .birthDate: return key(operand.column, .date)
        // The youngest first is the latest birth first; only as the last key, since birth dates tell equal ages apart.
        case .age where isLast: return key(operand.column, .date, reversed: true)
        case .birthYear where isLast: return key(operand.column, .date)
        case .age: return key("extract(year FROM age(\(today), \(fragment: operand.column)))::int4", .integer)
        case .birthYear: return key("extract(year FROM \(fragment: operand.column))::int4", .integer)
        case .integer where !operand.isExtra: return key(operand.column, .integer)
        case .integer, .decimal: return key(operand.number, .number)
        case .boolean where operand.isExtra:
            return key("(\(fragment: operand.extra) = 'true'::jsonb)", .boolean)
        case .boolean: return key(operand.column, .boolean)
        case .instant: return key(operand.column, .instant)
        case .id: return key(operand.column, .id)
        case .area: return key(operand.column, .integer)
        case .set:
            throw .invalid([
                Finding("sort", code: "sort.unsuited", "An attribute with several values cannot order an answer.")
            ])
        }
    }

    /// Columns that are never NULL.
    private static let required: Set<String> = [
        "id", "social_id", "status", "registered_at", "updated_at", "observed_on", "kind", "size",
    ]

    /// The order in which an index gives the rows that the filter asks for; its columns are not NULL in any of them.
    private static func natural(_ filter: RegistryQuery) -> [(column: String, kind: CursorValue.Kind)] {
        let indexed: [String: (column: String, kind: CursorValue.Kind)] = [
            "birth_date": ("birth_date", .date), "age": ("birth_date", .date), "birth_year": ("birth_date", .date),
            "yob": ("birth_date", .date), "poverty_score": ("poverty_score", .number), "size": ("size", .integer),
            "due_on": ("due_on", .date), "updated_at": ("updated_at", .instant),
        ]
        let parts = filter.conjuncts
        if parts.contains(where: { $0.isSelective }) { return [] }
        for part in parts {
            switch part {
            case .within: return [("area_order", .integer)]
            case .compare(let field, .eq, _) where field.name == "area": return [("area_order", .integer)]
            default: continue
            }
        }
        for part in parts {
            guard case .compare(let field, let comparison, _) = part, comparison != .ne else { continue }
            if let key = indexed[field.name] { return [key] }
        }
        return []
    }
}

extension SortOrder {
    /// What a cursor must have been made under.
    var fingerprint: String {
        keys.map { $0.name + ($0.isDescending ? "-" : "+") }.joined(separator: ",") + (idIsDescending ? "-" : "+")
    }

    private var id: SQL { "\(unchecked: row).id" }

    var columns: SQL {
        SQL.joined(keys.map { ", \(fragment: $0.expression)" }, by: "")
    }

    var orderBy: SQL {
        var parts = keys.map { key -> SQL in
            "\(fragment: key.expression)\(unchecked: key.isDescending ? " DESC" : "")"
        }
        parts.append("\(fragment: id)\(unchecked: idIsDescending ? " DESC" : "")")
        return SQL.joined(parts, by: ", ")
    }

    /// Conditions on what follows the cursor, each the start of one index scan, in the order in which they are read.
    func segments(after cursor: Cursor) -> [SQL] {
        let values = cursor.values
        let sign: SQL = idIsDescending ? "<" : ">"
        let idFollows: SQL = "\(fragment: id) \(fragment: sign) \(cursor.id)"
        if keys.isEmpty { return [idFollows] }
        if keys.count == 1, keys[0].isDescending == idIsDescending {
            return single(keys[0], values[0], sign, cursor.id, idFollows)
        }
        if keys.allSatisfy({ !$0.isNullable && $0.isDescending == idIsDescending }), !values.contains(.missing) {
            return [tuple(keys, values, sign, cursor.id)]
        }
        return [expanded(keys, values, idFollows)]
    }

    private func tuple(_ keys: [Key], _ values: [CursorValue], _ sign: SQL, _ last: UUID) -> SQL {
        let left = SQL.joined(keys.map(\.expression) + [id], by: ", ")
        let right = SQL.joined(values.map(\.sql) + ["\(last)"], by: ", ")
        return "(\(fragment: left)) \(fragment: sign) (\(fragment: right))"
    }

    private func single(
        _ key: Key, _ value: CursorValue, _ sign: SQL, _ last: UUID, _ idFollows: SQL
    ) -> [SQL] {
        let isNull: SQL = "\(fragment: key.expression) IS NULL"
        guard value != .missing else {
            let sameGroup: SQL = "(\(fragment: isNull) AND \(fragment: idFollows))"
            return key.isDescending ? [sameGroup, "\(fragment: key.expression) IS NOT NULL"] : [sameGroup]
        }
        let following = tuple([key], [value], sign, last)
        return key.isNullable && !key.isDescending ? [following, isNull] : [following]
    }

    /// For mixed directions and missing values: key by key.
    private func expanded(_ keys: [Key], _ values: [CursorValue], _ idFollows: SQL) -> SQL {
        var equal: [SQL] = []
        var ways: [SQL] = []
        for (key, value) in zip(keys, values) {
            let beyond: SQL
            let same: SQL
            if value == .missing {
                same = "\(fragment: key.expression) IS NULL"
                beyond = key.isDescending ? "\(fragment: key.expression) IS NOT NULL" : "FALSE"
            } else {
                same = "\(fragment: key.expression) = \(fragment: value.sql)"
                let sign: SQL = key.isDescending ? "<" : ">"
                let further: SQL = "\(fragment: key.expression) \(fragment: sign) \(fragment: value.sql)"
                beyond =
                    key.isNullable && !key.isDescending
                    ? "(\(fragment: further) OR \(fragment: key.expression) IS NULL)" : further
            }
            ways.append("(\(fragment: SQL.joined(equal + [beyond], by: " AND ")))")
            equal.append(same)
        }
        ways.append("(\(fragment: SQL.joined(equal + [idFollows], by: " AND ")))")
        return "(\(fragment: SQL.joined(ways, by: " OR ")))"
    }
}
