package import Documents

/// What the columns of a file hold, before anybody maps them.
package struct FileProfile: Sendable {
    package enum Kind: String, Sendable { case integer, decimal, date, text, empty }

    package struct Column: Sendable {
        package var name: String
        /// The attribute that the layout reads it into; nil where it knows no such column.
        package var attribute: String?
        package var subject: String?
        /// Whether values are left out, because they may tell who somebody is.
        package var isMasked: Bool
        package var filled: Int
        package var empty: Int
        /// Cells that are not UTF-8.
        package var broken: Int
        package var distinct: Int
        package var isDistinctExact: Bool
        package var kind: Kind
        package var lengths: (least: Int, most: Int)?
        /// Smallest and largest number or day.
        package var range: (least: String, most: String)?
        package var patterns: [(pattern: String, count: Int)]
        package var top: [(value: String, count: Int)]
        /// Whether patterns and top values were counted exactly.
        package var isCountExact: Bool
        package var outliers: [String]
    }

    package var rows: Int
    /// Rows whose quoting is broken or whose number of cells is another than the header's.
    package var brokenRows: Int
    /// Of the whole file.
    package var bytes: Int
    /// Whether the file is longer than what was looked at.
    package var isSample: Bool
    /// Between columns, as found.
    package var separator: String
    package var columns: [Column]
    /// Columns that the layout needs and the file lacks.
    package var missing: [String]
}

extension FileProfile {
    package var json: JSON {
        .object([
            "rows": .number(JSONNumber(rows)), "broken_rows": .number(JSONNumber(brokenRows)),
            "bytes": .number(JSONNumber(bytes)), "is_sample": .bool(isSample), "separator": .string(separator),
            "missing_columns": .array(missing.map { .string($0) }), "columns": .array(columns.map(\.json)),
        ])
    }
}

extension FileProfile.Column {
    var json: JSON {
        func number(_ value: Int?) -> JSON { value.map { .number(JSONNumber($0)) } ?? .null }
        func text(_ value: String?) -> JSON { value.map { .string($0) } ?? .null }
        let total = filled + empty + broken
        var object: JSONObject = [
            "name": .string(name), "subject": text(subject), "attribute": text(attribute), "is_masked": .bool(isMasked),
        ]
        object["filled"] = number(filled)
        object["empty"] = number(empty)
        object["broken"] = number(broken)
        object["filled_percent"] = number(total == 0 ? 0 : filled * 100 / total)
        object["distinct"] = number(distinct)
        object["is_distinct_exact"] = .bool(isDistinctExact)
        object["kind"] = .string(kind.rawValue)
        object["shortest"] = number(lengths?.least)
        object["longest"] = number(lengths?.most)
        object["least"] = text(range?.least)
        object["most"] = text(range?.most)
        object["patterns"] = Self.counted(patterns.map { ($0.pattern, $0.count) }, "pattern")
        object["top"] = Self.counted(top.map { ($0.value, $0.count) }, "value")
        object["is_count_exact"] = .bool(isCountExact)
        object["outliers"] = .array(outliers.map { .string($0) })
        return .object(object)
    }

    private static func counted(_ items: [(String, Int)], _ name: String) -> JSON {
        let objects = items.map { item -> JSON in
            .object([name: .string(item.0), "count": .number(JSONNumber(item.1))])
        }
        return .array(objects)
    }
}
