import Documents
import Groundwork

/// The layout of another system in which the demo's rows can be written, from `demo/<layout>.json` of the profile.
///
/// Rows are then none of them broken on purpose: what each mistake raises belongs to the plain layout.
package struct DemoForm: Sendable {
    fileprivate struct Column: Sendable {
        var name: String
        var from: [String]
        var isOfFirstRow: Bool
        var words: [String: String]
        var otherwise: String?
        var word: String?
        var digits: Int?
        var turnsDays: Bool
        var isUpper: Bool
        var identifier: String?
        var level: String?
        var givesCode: Bool

        init(_ item: JSON) {
            words = [:]
            for (code, word) in item["words"]?.object ?? [:] { words[code] = word.string }
            name = item["column"]?.string ?? ""
            from = (item["from"]?.array ?? []).compactMap(\.string)
            isOfFirstRow = item["row"]?.string == "first"
            (otherwise, word) = (item["otherwise"]?.string, item["is"]?.string)
            (digits, turnsDays) = (item["digits"]?.int, item["day"] != nil)
            isUpper = item["letters"]?.string == "upper"
            (identifier, level) = (item["identifier"]?.string, item["area"]?.string)
            givesCode = item["area_code"]?.bool ?? false
        }
    }

    /// What one line of a file is.
    enum Rows: String, Sendable { case person, household, area, enrolment, benefit }

    /// One of the layout's files.
    struct Sheet: Sendable {
        /// Its name.
        var file: String
        var rows: Rows
        fileprivate var columns: [Column]

        var header: String { columns.map(\.name).joined(separator: ",") }
    }

    /// Code of the layout; of one with a single file also that of the mapping that reads it.
    package let code: String
    let sheets: [Sheet]
    /// Names of its files, in the order in which they are imported.
    package var files: [String] { sheets.map(\.file) }

    /// Nil when the document is none of a layout.
    init?(_ json: JSON) {
        guard let code = json["code"]?.string else { return nil }
        self.code = code
        if let columns = json["columns"]?.array {
            sheets = [Sheet(file: "registry.csv", rows: .person, columns: columns.map(Column.init))]
            return
        }
        sheets = (json["files"]?.array ?? []).compactMap { item in
            guard let file = item["file"]?.string, let rows = item["rows"]?.string.flatMap(Rows.init(rawValue:)) else {
                return nil
            }
            return Sheet(file: file, rows: rows, columns: (item["columns"]?.array ?? []).map(Column.init))
        }
        guard !sheets.isEmpty else { return nil }
    }

    /// Appends the lines that a sheet has of a household as CSV.
    func write(
        _ rows: [DemoRow], slot: Int, at place: DemoSource.Place?, today: CalendarDate, _ sheet: Sheet,
        to bytes: inout [UInt8]
    ) {
        guard let head = rows.first else { return }
        var words: [String: String] = ["household_observed_on": head["observed_on"]]
        if let place { words["area_number"] = place.number }
        switch sheet.rows {
        case .area: return
        case .household: line(sheet, head, words, place, isFirst: true, to: &bytes)
        case .person:
            for (number, row) in rows.enumerated() {
                line(sheet, row, words, place, isFirst: number == 0, to: &bytes)
            }
        case .enrolment, .benefit:
            guard let observed = CalendarDate(head["observed_on"]),
                let enrolment = FormerProgramme.enrolment(
                    slot: slot, household: head["household_key"], observed: observed, today: today)
            else { return }
            let lines =
                sheet.rows == .enrolment
                ? [enrolment] : FormerProgramme.benefits(slot: slot, of: enrolment, today: today)
            for own in lines {
                line(sheet, head, words.merging(own) { $1 }, place, isFirst: true, to: &bytes)
            }
        }
    }

    /// Appends the line of an area.
    func write(_ place: DemoSource.Place, like row: DemoRow, _ sheet: Sheet, to bytes: inout [UInt8]) {
        line(sheet, row, ["area_number": place.number], place, isFirst: true, to: &bytes)
    }

    private func line(
        _ sheet: Sheet, _ row: DemoRow, _ words: [String: String], _ place: DemoSource.Place?, isFirst: Bool,
        to bytes: inout [UInt8]
    ) {
        for (index, column) in sheet.columns.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            if column.isOfFirstRow, !isFirst { continue }
            let text = text(column, row, words, place)
            if !text.isEmpty { DemoRow.append(text, to: &bytes) }
        }
        bytes.append(UInt8(ascii: "\n"))
    }

    private func text(
        _ column: Column, _ row: DemoRow, _ extra: [String: String], _ place: DemoSource.Place?
    ) -> String {
        if let level = column.level { return place?.names[level] ?? "" }
        if column.givesCode { return place.map { $0.isAmbiguous ? $0.code : "" } ?? "" }
        if let type = column.identifier {
            let own = row["identifiers"].split(separator: "|").first { $0.hasPrefix(type + ":") }
            return own.map { String($0.dropFirst(type.count + 1)) } ?? ""
        }
        let cells = column.from.map { extra[$0] ?? row[$0] }.filter { !$0.isEmpty }
        if let word = column.word { return cells.contains { $0.split(separator: "|").contains(word[...]) } ? "1" : "0" }
        var text = cells.joined(separator: " ")
        if let meaning = column.words[text] {
            text = meaning
        } else if let otherwise = column.otherwise, !text.isEmpty {
            text = otherwise
        }
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
