import Documents

/// The layout of another system in which the demo's rows can be written, from `demo/<layout>.json` of the profile.
///
/// Rows are then none of them broken on purpose: what each mistake raises belongs to the plain layout.
package struct DemoForm: Sendable {
    private struct Column: Sendable {
        var name: String
        var from: [String]
        var isOfFirstRow: Bool
        var words: [String: String]
        var word: String?
        var digits: Int?
        var turnsDays: Bool
        var isUpper: Bool
        var identifier: String?
        var level: String?
        var givesCode: Bool
    }

    /// Code of the layout, and of the mapping that reads it.
    package let code: String
    private let columns: [Column]

    var header: String { columns.map(\.name).joined(separator: ",") }

    /// Nil when the document is none of a layout.
    init?(_ json: JSON) {
        guard let code = json["code"]?.string, let columns = json["columns"]?.array else { return nil }
        self.code = code
        self.columns = columns.map { item in
            var words: [String: String] = [:]
            for (code, word) in item["words"]?.object ?? [:] { words[code] = word.string }
            return Column(
                name: item["column"]?.string ?? "", from: (item["from"]?.array ?? []).compactMap(\.string),
                isOfFirstRow: item["row"]?.string == "first", words: words, word: item["is"]?.string,
                digits: item["digits"]?.int, turnsDays: item["day"] != nil, isUpper: item["letters"]?.string == "upper",
                identifier: item["identifier"]?.string, level: item["area"]?.string,
                givesCode: item["area_code"]?.bool ?? false)
        }
    }

    /// Appends the rows of a household as lines of CSV.
    func write(_ rows: [DemoRow], at place: DemoSource.Place?, to bytes: inout [UInt8]) {
        for (number, row) in rows.enumerated() {
            for (index, column) in columns.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                if column.isOfFirstRow, number > 0 { continue }
                let text = text(column, row, place)
                if !text.isEmpty { DemoRow.append(text, to: &bytes) }
            }
            bytes.append(UInt8(ascii: "\n"))
        }
    }

    private func text(_ column: Column, _ row: DemoRow, _ place: DemoSource.Place?) -> String {
        if let level = column.level { return place?.names[level] ?? "" }
        if column.givesCode { return place.map { $0.isAmbiguous ? $0.code : "" } ?? "" }
        if let type = column.identifier {
            let own = row["identifiers"].split(separator: "|").first { $0.hasPrefix(type + ":") }
            return own.map { String($0.dropFirst(type.count + 1)) } ?? ""
        }
        let cells = column.from.map { row[$0] }.filter { !$0.isEmpty }
        if let word = column.word { return cells.contains { $0.split(separator: "|").contains(word[...]) } ? "1" : "0" }
        var text = cells.joined(separator: " ")
        if let meaning = column.words[text] { text = meaning }
        if let digits = column.digits {
            text = text.filter(\.isNumber)
            text = String(repeating: "0", count: max(0, digits - text.count)) + text
        }
        if column.turnsDays, text.utf8.count == 10 {
            text = text.split(separator: "-").reversed().joined(separator: "/")
        }
        return column.isUpper ? text.uppercased() : text
    }
}
