import Foundation
import Groundwork

/// Turns the cells of a sheet into lines of CSV.
final class SheetSink: XMLSink {
    private enum CellType { case number, shared, text, boolean, error }

    private let texts: SharedTexts
    private let styles: CellStyles
    private let dayZero: Int
    private let refusesFormulas: Bool
    private var merged: MergedCells
    private let hasMerged: Bool

    /// Whole lines not yet taken.
    private(set) var lines: [UInt8] = []
    private(set) var fault: SpreadsheetFault?

    // Of the row: its number from 0, its cells, and how many cells the first row with any has.
    private var row = -1
    private var written = 0
    private var cells: [[UInt8]] = []
    private var filled = 0
    private var width = 0
    // Of the cell.
    private var column = -1
    private var type: CellType = .number
    private var style = 0
    private var value: [UInt8] = []
    private var hasValue = false
    private var hasFormula = false
    private var isGathering = false
    private var isInPhonetics = false
    /// Texts met lately: columns of codes repeat few of them.
    private var recent: [(number: Int, text: [UInt8])] = Array(repeating: (-1, []), count: 4096)

    init(
        texts: SharedTexts, styles: CellStyles, countsFrom1904: Bool, merged: MergedCells, refusesFormulas: Bool
    ) {
        (self.texts, self.styles, self.merged, self.refusesFormulas) = (texts, styles, merged, refusesFormulas)
        hasMerged = !merged.isEmpty
        let first = CalendarDate(
            year: countsFrom1904 ? 1904 : 1899, month: countsFrom1904 ? 1 : 12, day: countsFrom1904 ? 1 : 30)
        dayZero = first?.daysSince1970 ?? 0
        is1900 = !countsFrom1904
    }

    private let is1900: Bool

    func take() -> [UInt8] {
        defer { lines = [] }
        return lines
    }

    // MARK: Events

    func start(_ name: XMLName, _ attributes: XMLAttributes) {
        if name == "c" {
            startCell(attributes)
        } else if name == "v" || name == "t" {
            (isGathering, hasValue) = (!isInPhonetics, true)
        } else if name == "row" {
            startRow(attributes)
        } else if name == "f" {
            hasFormula = true
        } else if name == "rPh" {
            isInPhonetics = true
        }
    }

    func end(_ name: XMLName) {
        if name == "c" {
            endCell()
        } else if name == "v" || name == "t" {
            isGathering = false
        } else if name == "row" {
            endRow()
        } else if name == "rPh" {
            isInPhonetics = false
        }
    }

    func text(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard isGathering else { return }
        value.append(contentsOf: bytes)
        if value.count > 1 << 20 { fault = .damaged(part: "row \(row + 1)") }
    }

    // MARK: Rows and cells

    private func startRow(_ attributes: XMLAttributes) {
        let number = attributes["r"].flatMap { Self.int($0) }.map { $0 - 1 } ?? row + 1
        guard number > row, number < 1_048_576 else { return fault = .damaged(part: "row \(row + 2)") }
        row = number
        column = -1
        filled = 0
    }

    private func startCell(_ attributes: XMLAttributes) {
        let place = attributes["r"].flatMap { CellPlace($0) }?.column ?? column + 1
        guard place > column, place < 16_384 else { return fault = .damaged(part: "row \(row + 1)") }
        column = place
        style = attributes["s"].flatMap { Self.int($0) } ?? 0
        type = .number
        if let word = attributes["t"], let first = word.first {
            switch first {
            case UInt8(ascii: "s"): type = word.count == 1 ? .shared : .text
            case UInt8(ascii: "b"): type = .boolean
            case UInt8(ascii: "e"): type = .error
            case UInt8(ascii: "n"): type = .number
            default: type = .text
            }
        }
        value.removeAll(keepingCapacity: true)
        (hasValue, hasFormula) = (false, false)
    }

    private func endCell() {
        if hasFormula, refusesFormulas || !hasValue { return set(Self.mark("formula")) }
        guard hasValue, !value.isEmpty else { return }
        switch type {
        case .text: set(value)
        case .boolean: set(Array((value == [UInt8(ascii: "1")] ? "true" : "false").utf8))
        case .error: set(Self.mark("error"))
        case .number: set(number())
        case .shared:
            guard let number = value.withUnsafeBufferPointer({ Self.int($0) }), let text = shared(number) else {
                return fault = .damaged(part: "row \(row + 1)")
            }
            set(text)
        }
    }

    private func shared(_ number: Int) -> [UInt8]? {
        guard number >= 0 else { return nil }
        let slot = number & 4095
        if recent[slot].number == number { return recent[slot].text }
        guard let text = texts.text(number) else { return nil }
        recent[slot] = (number, text)
        return text
    }

    private func set(_ text: [UInt8]) {
        guard !text.isEmpty else { return }
        while cells.count <= column { cells.append([]) }
        cells[column] = text
        for place in filled..<column where !cells[place].isEmpty { cells[place] = [] }
        filled = column + 1
    }

    private static func mark(_ word: String) -> [UInt8] { [0x1A] + Array(word.utf8) }

    private func endRow() {
        if hasMerged { coverMerged() }
        // Rows that are not there are blank lines, so that a line's number is the row's.
        while written < row {
            lines.append(0x0A)
            written += 1
        }
        written += 1
        if filled > 0 {
            if width == 0 { width = filled }
            for place in 0..<max(width, filled) {
                if place > 0 { lines.append(UInt8(ascii: ",")) }
                if place < filled { append(cells[place]) }
            }
        }
        lines.append(0x0A)
    }

    private func coverMerged() {
        // Where nothing else stands, merged cells are a title or an ornament.
        let columns = merged.columns(of: row)
        guard filled > 0 else { return }
        for place in columns where place < max(width, filled) {
            while cells.count <= place { cells.append([]) }
            while filled <= place {
                cells[filled] = []
                filled += 1
            }
            cells[place] = Self.mark("merged")
        }
    }

    private func append(_ text: [UInt8]) {
        guard text.contains(where: { $0 < 0x20 || $0 == 0x22 || $0 == 0x2C }) || text.first == 0xEF else {
            lines.append(contentsOf: text)
            return
        }
        lines.append(0x22)
        for byte in text {
            if byte == 0x22 { lines.append(0x22) }
            lines.append(byte == 0x0A || byte == 0x0D || byte == 0x09 ? 0x20 : byte)
        }
        lines.append(0x22)
    }

    // MARK: Numbers

    private func number() -> [UInt8] {
        if styles.showsDay(style), let day = day() { return Array(day.utf8) }
        // Fifteen digits are what a spreadsheet keeps; the sixteenth and seventeenth are noise of the binary form.
        if value.count <= 15, value.allSatisfy({ ($0 &- 0x30) < 10 || $0 == 0x2E || $0 == 0x2D }) { return value }
        let text = String(decoding: value, as: UTF8.self)
        guard let binary = Double(text), binary.isFinite else { return value }
        let short = String(format: "%.15g", binary)
        guard short.contains("e") else { return Array(short.utf8) }
        return Array((Decimal(string: short)?.description ?? short).utf8)
    }

    private func day() -> String? {
        guard let serial = Double(String(decoding: value, as: UTF8.self)), (0..<2_958_466).contains(serial) else {
            return nil
        }
        // Half a second decides, since a day's fraction is not exact.
        let seconds = Int((serial * 86_400).rounded())
        let (days, rest) = (seconds / 86_400, seconds % 86_400)
        let isBeforeLeap = is1900 && days < 60
        guard let date = CalendarDate(daysSince1970: dayZero + days + (isBeforeLeap ? 1 : 0)) else { return nil }
        guard rest > 0 else { return date.description }
        return date.description + String(format: " %02d:%02d:%02d", rest / 3600, rest / 60 % 60, rest % 60)
    }

    private static func int(_ bytes: UnsafeBufferPointer<UInt8>) -> Int? {
        guard !bytes.isEmpty, bytes.count < 10 else { return nil }
        var number = 0
        for byte in bytes {
            guard (byte &- 0x30) < 10 else { return nil }
            number = number * 10 + Int(byte &- 0x30)
        }
        return number
    }
}
