import Documents
import Foundation
import Groundwork
import Registry

/// Reads the cells of a line by the layout: words into codes, dates, numbers, identifiers and phones in normal form.
struct RowReader {
    /// A column of the layout that the file has, with what reading it needs.
    struct Bound {
        var column: FileMapping.Column
        var place: Int
        var target: Target
        /// Words met so far and the codes they mean.
        let words = WordMemory()
    }

    /// Cells repeat, looking a word up does not have to.
    final class WordMemory {
        var codes: [String: JSON?] = [:]
    }

    enum Target {
        case householdKey, personKey, role, relationship, recipient, birthDate, birthPrecision, age
        case identifiers, phones, observedOn
        case personClaim, householdClaim

        var isOfHousehold: Bool {
            switch self {
            case .observedOn, .householdClaim: true
            default: false
            }
        }
    }

    let dictionary: AttributeDictionary
    let today: CalendarDate
    let width: Int
    private let headValue: String
    let own: [Bound]
    let shared: [Bound]
    private let keyPlace: Int
    private let rolePlace: Int
    private let separator: UInt8
    let areas: AreaResolver

    init(
        header: FileHeader, mapping: FileMapping, dictionary: AttributeDictionary, areas: AreaResolver,
        today: CalendarDate
    ) {
        (self.dictionary, self.areas, self.today) = (dictionary, areas, today)
        (width, separator, headValue) = (header.names.count, mapping.separator, mapping.headValue)
        let all = mapping.columns.compactMap { column -> Bound? in
            guard let place = header.places[column.name] else { return nil }
            return Bound(column: column, place: place, target: Self.target(of: column))
        }
        own = all.filter { !$0.target.isOfHousehold }
        shared = all.filter { $0.target.isOfHousehold }
        keyPlace = all.first { if case .householdKey = $0.target { true } else { false } }?.place ?? 0
        rolePlace = all.first { if case .role = $0.target { true } else { false } }?.place ?? 0
    }

    private static func target(of column: FileMapping.Column) -> Target {
        switch column.plain {
        case "household_key": .householdKey
        case "person_key": .personKey
        case "role": .role
        case "relationship": .relationship
        case "recipient": .recipient
        case "birth_date": .birthDate
        case "birth_precision": .birthPrecision
        case "age": .age
        case "identifiers": .identifiers
        case "phones": .phones
        case "observed_on": .observedOn
        default: column.subject == .household ? .householdClaim : .personClaim
        }
    }

    /// - Parameters:
    ///   - lines: lines of the file before the part that the row was read from.
    ///   - bytes: bytes of the file before that part.
    func read(_ row: CSVRow, linesBefore lines: Int, bytesBefore bytes: Int) -> ReadRow {
        var read = ReadRow(line: lines + row.lineNumber, offset: bytes + row.offset, raw: row.raw)
        if let fault = row.fault {
            read.householdKey = keyOfBrokenLine(row.raw)
            read.findings.append(Self.finding(for: fault))
            read.isReadable = false
            return read
        }
        let broken = row.fieldsNotUTF8
        for place in broken {
            let name = (own + shared).first { $0.place == place }?.column.name ?? ""
            read.refuse(name, "csv.encoding", "The cell is not UTF-8.", "Save the file as UTF-8 and send it again.")
        }
        guard row.count == width else {
            read.householdKey = text(row, keyPlace)
            read.isReadable = false
            read.refuse(
                "", "csv.columns", "The line has \(row.count) cells, the header \(width).",
                "Give the line as many cells as the header.")
            return read
        }
        read.isHead = isHead(row)
        for index in own.indices where !row.withBytes(own[index].place, \.isEmpty) || own[index].column.isRequired {
            if !broken.isEmpty, broken.contains(own[index].place) { continue }
            readOwn(index, row, &read)
        }
        readShared(row, broken, &read)
        checkRow(&read)
        return read
    }

    private func isHead(_ row: CSVRow) -> Bool {
        let word = row[rolePlace]
        if word == headValue { return true }
        return dictionary.lists["role"]?.code(for: Self.trimmed(word))?.code == headValue
    }

    private func readShared(_ row: CSVRow, _ broken: [Int], _ read: inout ReadRow) {
        for index in shared.indices {
            let bound = shared[index]
            let isEmpty = row.withBytes(bound.place, \.isEmpty)
            guard read.isHead else {
                if !isEmpty { read.repeated.append((bound.place, row.bytes(bound.place))) }
                continue
            }
            if isEmpty, !bound.column.isRequired { continue }
            if !broken.isEmpty, broken.contains(bound.place) { continue }
            readShared(index, row, &read)
        }
        if read.isHead || !read.repeated.isEmpty { read.cells = row }
    }

    private func checkRow(_ read: inout ReadRow) {
        if read.age != nil, read.birth != nil {
            read.refuse(
                "age", "birth.both", "Birth date and age are both given.", "Keep the birth date and empty the age.")
        }
        if read.person["given_name"] == nil, read.person["family_name"] == nil,
            !read.findings.contains(where: { $0.field == "given_name" || $0.field == "family_name" })
        {
            read.refuse(
                "given_name", "name.missing", "The line has no name.", "Give given_name or family_name or both.")
        }
        if let precision = read.precision, let birth = read.birth {
            read.birth = PartialDate(birth.date, precision: precision)
        }
    }

    // MARK: Lines that cannot be read

    private static func finding(for fault: CSVFault) -> RowFinding {
        switch fault.reason {
        case .strayQuote, .textAfterQuote, .unterminatedQuote:
            RowFinding(
                "", "csv.quoting", fault.summary,
                "Put the whole cell in double quotes and double the quotes inside it.")
        case .tooLong:
            RowFinding("", "csv.too_long", fault.summary, "Look for a missing line end or a missing quote.")
        case .tooManyFields:
            RowFinding("", "csv.columns", fault.summary, "Give the line as many cells as the header.")
        }
    }

    /// The household's key where it stands before the trouble: cells without quotes up to it.
    private func keyOfBrokenLine(_ raw: [UInt8]) -> String? {
        var place = 0
        for cell in raw.split(separator: separator, maxSplits: keyPlace + 1, omittingEmptySubsequences: false) {
            if cell.contains(0x22) { return nil }
            if place == keyPlace {
                guard cell.endIndex < raw.endIndex, let text = String(validating: cell, as: UTF8.self) else {
                    return nil
                }
                return text.isEmpty ? nil : text
            }
            place += 1
        }
        return nil
    }

    private func text(_ row: CSVRow, _ place: Int) -> String? {
        guard let text = row.text(place), !text.isEmpty else { return nil }
        return Self.trimmed(text)
    }

    /// Without white space at either end; the common case costs two comparisons.
    static func trimmed(_ text: String) -> String {
        guard let first = text.utf8.first, let last = text.utf8.last else { return text }
        if first > 0x20, first < 0x7F, last > 0x20, last < 0x7F { return text }
        return text.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}

extension RowReader {
    private func readOwn(_ index: Int, _ row: CSVRow, _ read: inout ReadRow) {
        let text = Self.trimmed(row[own[index].place])
        let name = own[index].column.name
        if text.isEmpty {
            guard own[index].column.isRequired else { return }
            return read.refuse(name, "value.missing", "The cell is empty.", "Fill in \(name).")
        }
        switch own[index].target {
        case .householdKey: read.householdKey = key(text, own[index].column, &read)
        case .personKey: read.personKey = key(text, own[index].column, &read)
        case .role: _ = code(own[index], text, &read)
        case .relationship: read.relationship = code(own[index], text, &read)?.string
        case .recipient: read.recipient = code(own[index], text, &read)?.string.flatMap(Recipient.init(rawValue:))
        case .birthDate: read.birth = birth(text, name, &read)
        case .birthPrecision:
            read.precision = code(own[index], text, &read)?.string.flatMap(PartialDate.Precision.init(rawValue:))
        case .age: read.age = integer(text, own[index].column, &read)
        case .identifiers: readIdentifiers(text, own[index].column, &read)
        case .phones: readPhones(text, own[index].column, &read)
        case .personClaim:
            if let value = value(own[index], text, &read) { read.person[own[index].column.attribute] = value }
        default: return
        }
    }

    private func readShared(_ index: Int, _ row: CSVRow, _ read: inout ReadRow) {
        let text = Self.trimmed(row[shared[index].place])
        let column = shared[index].column
        if text.isEmpty {
            guard column.isRequired else { return }
            return read.refuse(column.name, "value.missing", "The cell is empty.", "Fill in \(column.name).")
        }
        switch shared[index].target {
        case .observedOn: read.observedOn = date(text, column.name, &read)
        case .householdClaim:
            if let value = value(shared[index], text, &read) { read.household[column.attribute] = value }
        default: return
        }
    }

    private func key(_ text: String, _ column: FileMapping.Column, _ read: inout ReadRow) -> String? {
        guard text.utf8.count <= column.maxLength ?? 64 else {
            read.refuse(
                column.name, "text.too_long", "The key is longer than \(column.maxLength ?? 64) characters.",
                "Use a shorter key.")
            return nil
        }
        return text
    }

    /// The value of a plain attribute, as it may stand in claims.
    private func value(_ bound: Bound, _ text: String, _ read: inout ReadRow) -> JSON? {
        let column = bound.column
        switch column.type {
        case .text: return self.text(text, column, &read).map { .string($0) }
        case .code: return code(bound, text, &read)
        case .codes: return codes(bound, text, &read)
        case .date: return date(text, column.name, &read).map { .string($0.description) }
        case .integer: return integer(text, column, &read).map { .number(JSONNumber($0)) }
        case .decimal: return decimal(text, column, &read).map { .number($0) }
        case .boolean: return boolean(text, column, &read)
        case .area:
            switch areas.area(text, field: column.name) {
            case .found(let area): return .string(area.reference)
            case .refused(let finding):
                read.findings.append(finding)
                return nil
            }
        case .identifiers, .phones: return nil
        }
    }
}
