import Intake

extension FileProfile {
    /// One paragraph for each column, for people.
    var text: String {
        var lines = [
            "\(Grouped.count(rows, "row")), \(Grouped.count(columns.count, "column")), separated by “\(separator)”"
        ]
        if brokenRows > 0 { lines.append("  rows that cannot be read: \(Grouped.number(brokenRows))") }
        if !missing.isEmpty { lines.append("  columns that the layout needs: \(missing.joined(separator: ", "))") }
        for column in columns { lines += column.lines(of: rows - brokenRows) }
        return lines.joined(separator: "\n")
    }
}

extension FileProfile.Column {
    fileprivate func lines(of rows: Int) -> [String] {
        let share = rows == 0 ? 0 : filled * 100 / rows
        let known = attribute.map { " → \(subject ?? "") \($0)" } ?? ", unknown to the layout"
        var lines = [
            "\(name)\(known)",
            "  \(share) % filled, \(isDistinctExact ? "" : "about ")\(Grouped.number(distinct)) different, \(kind.rawValue)"
                + (broken > 0 ? ", \(Grouped.number(broken)) not UTF-8" : ""),
        ]
        if let range { lines.append("  from \(range.least) to \(range.most)") }
        if !outliers.isEmpty { lines.append("  far from the rest: \(outliers.joined(separator: ", "))") }
        if !top.isEmpty {
            lines.append(
                "  often: " + top.prefix(8).map { "\($0.value) (\(Grouped.number($0.count)))" }.joined(separator: ", "))
        } else if !patterns.isEmpty {
            lines.append(
                "  looks like: "
                    + patterns.prefix(4).map { "\($0.pattern) (\(Grouped.number($0.count)))" }.joined(separator: ", "))
        }
        return lines
    }
}
