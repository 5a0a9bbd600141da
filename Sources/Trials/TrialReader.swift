import Documents
import Groundwork
import Linkage

/// Reads persons from rows by a mapping.
struct TrialReader {
    let mapping: TrialMapping
    private(set) var builder: PopulationBuilder
    /// For each record, the person as told by its own row; the hash of the text, 0 for none.
    private(set) var persons: [UInt64] = []
    private(set) var records: [UInt64: UInt32] = [:]
    /// How many records the first file holds.
    private(set) var firstCount = 0

    init(_ mapping: TrialMapping, keys: NameKeys) {
        self.mapping = mapping
        builder = PopulationBuilder(keys)
    }

    /// The places of the columns in one file.
    private struct Layout {
        var id = 0
        var given: [Int] = []
        var family: [Int] = []
        var father: [Int] = []
        var mother: [Int] = []
        var sex: Int?
        var birth: Int?
        var estimated: Int?
        var phones: [Int] = []
        var identifiers: [(type: String, place: Int)] = []
        var places: [Int] = []
        var address: [Int] = []
        var household: Int?
        var role: Int?
        var person: Int?
    }

    static func hash(_ text: String) -> UInt64 { StableHash.hash(text.utf8, domain: 29) }

    mutating func read(_ file: TrialFile) throws(TrialFault) {
        var layout: Layout?
        try file.rows(separator: mapping.separator) { row throws(TrialFault) in
            guard let known = layout else {
                layout = try self.layout(row.texts.map(Self.trimmed), file.name)
                return
            }
            try self.take(row, known, file.name)
        }
        if firstCount == 0 { firstCount = builder.count }
    }

    private func layout(_ header: [String], _ file: String) throws(TrialFault) -> Layout {
        func place(_ column: String) throws(TrialFault) -> Int {
            guard let place = header.firstIndex(of: column) else {
                throw .columnMissing(file: file, column: column, known: header)
            }
            return place
        }
        func places(_ columns: [String]) throws(TrialFault) -> [Int] {
            var places: [Int] = []
            for column in columns { places.append(try place(column)) }
            return places
        }
        func optional(_ column: String?) throws(TrialFault) -> Int? {
            guard let column else { return nil }
            return try place(column)
        }
        var layout = Layout()
        layout.id = try place(mapping.id)
        (layout.given, layout.family) = (try places(mapping.given), try places(mapping.family))
        (layout.father, layout.mother) = (try places(mapping.father), try places(mapping.mother))
        (layout.sex, layout.birth) = (try optional(mapping.sex), try optional(mapping.birth))
        (layout.estimated, layout.role) = (try optional(mapping.estimated), try optional(mapping.role))
        for (type, column) in mapping.identifiers { layout.identifiers.append((type, try place(column))) }
        (layout.phones, layout.places) = (try places(mapping.phones), try places(mapping.places))
        (layout.address, layout.household) = (try places(mapping.address), try optional(mapping.household))
        if case .column(let column, _, _) = mapping.truth { layout.person = try place(column) }
        return layout
    }

    private mutating func take(_ row: CSVRow, _ layout: Layout, _ file: String) throws(TrialFault) {
        func cell(_ place: Int) -> String { Self.trimmed(row[place]) }
        func text(_ places: [Int]) -> String {
            places.count == 1 ? cell(places[0]) : places.map(cell).filter { !$0.isEmpty }.joined(separator: " ")
        }
        func value(_ field: String, _ place: Int?) -> String? { place.flatMap { mapping.values[field]?[cell($0)] } }
        let key = Self.hash(cell(layout.id))
        guard records.updateValue(UInt32(builder.count), forKey: key) == nil else {
            throw .recordTwice(file: file, line: row.lineNumber)
        }
        var record = MatchRecord(
            given: text(layout.given), family: text(layout.family), father: text(layout.father),
            mother: text(layout.mother), address: text(layout.address))
        record.sex =
            switch value("sex", layout.sex) {
            case "male": .male
            case "female": .female
            default: .unknown
            }
        record.role =
            switch value("role", layout.role) {
            case "head": .head
            case "spouse": .spouse
            case "child": .child
            case "other": .other
            default: .unknown
            }
        record.birth = layout.birth.flatMap { TrialDate.read(cell($0), mapping.dateOrder) }
        if value("birth_estimated", layout.estimated) == "true" {
            record.birth = record.birth.map { PartialDate($0.date, precision: .estimated) }
        }
        record.phones = layout.phones.map(cell).filter { !$0.isEmpty }
        for (type, place) in layout.identifiers where !cell(place).isEmpty {
            record.identifiers.append(.init(type: type, value: cell(place)))
        }
        // An area below one that is not named cannot be placed.
        record.places = Array(layout.places.map(cell).prefix { !$0.isEmpty })
        if let place = layout.household { record.household = cell(place) }
        builder.add(record)
        persons.append(layout.person.map { person(cell($0)) } ?? 0)
    }

    private func person(_ cell: String) -> UInt64 {
        guard case .column(_, let separator, let part) = mapping.truth, let separator else {
            return cell.isEmpty ? 0 : Self.hash(cell)
        }
        let parts = cell.split(separator: separator, omittingEmptySubsequences: false)
        return parts.indices.contains(part) ? Self.hash(String(parts[part])) : 0
    }

    static func trimmed(_ text: String) -> String {
        guard text.utf8.first == 0x20 || text.utf8.last == 0x20 else { return text }
        var text = Substring(text)
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}

/// Dates as people write them.
enum TrialDate {
    /// `1985-04-12`, `12/04/1985`, `19850412`, `1985`; nil for what is no date.
    static func read(_ text: String, _ order: TrialMapping.DateOrder) -> PartialDate? {
        var parts = text.split { !$0.isASCII || !$0.isNumber }.map(String.init)
        if parts.count == 1, parts[0].utf8.count == 8 {
            let digits = Array(parts[0])
            let cuts = order == .ymd ? [0..<4, 4..<6, 6..<8] : [0..<2, 2..<4, 4..<8]
            parts = cuts.map { String(digits[$0]) }
        }
        let numbers = parts.compactMap { Int($0) }
        guard numbers.count == parts.count else { return nil }
        if numbers.count == 1 {
            return CalendarDate(year: numbers[0], month: 1, day: 1).map { PartialDate($0, precision: .year) }
        }
        guard numbers.count >= 3 else { return nil }
        let (year, month, day) =
            switch order {
            case .ymd: (numbers[0], numbers[1], numbers[2])
            case .dmy: (numbers[2], numbers[1], numbers[0])
            case .mdy: (numbers[2], numbers[0], numbers[1])
            }
        return CalendarDate(year: year, month: month, day: day).map { PartialDate($0) }
    }
}
