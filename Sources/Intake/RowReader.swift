import Documents
import Foundation
import Groundwork
import Registry

/// Reads the cells of a line by the layout: words into codes, dates, numbers, identifiers and phones in normal form.
struct RowReader {
    /// A column of the layout that the file has, with what reading it needs; a class, so that handing it on costs little.
    final class Bound {
        let column: FileMapping.Column
        /// Of a plain cell; of a computed value the first cell that it reads, or -1.
        let place: Int
        let target: Target
        /// Words met so far and the codes they mean: cells repeat, looking a word up does not have to.
        var codes: [String: JSON?] = [:]
        /// Makes the value from several cells; nil for a plain one.
        let feed: ExpressionCompiler.Feed?
        /// Every cell that a computed value reads.
        let places: [Int]
        /// Whether no other column feeds the attribute, so that it need not be looked for before it is added.
        var isOnly: Bool = false

        init(column: FileMapping.Column, place: Int, feed: ExpressionCompiler.Feed? = nil, places: [Int] = []) {
            (self.column, self.place, self.feed, self.places) = (column, place, feed, places)
            target = RowReader.target(of: column)
        }
    }

    enum Target {
        case householdKey, personKey, role, relationship, recipient, birthDate, birthPrecision, age
        case identifiers, phones, observedOn
        case householdIdentifiers, householdPhones
        case personDueOn, householdDueOn
        case personClaim, householdClaim
        case personStatus, householdStatus
        /// Of what a programme reported, or of a code.
        case stated

        var isOfHousehold: Bool {
            switch self {
            case .observedOn, .householdClaim, .householdIdentifiers, .householdPhones, .householdStatus,
                .householdDueOn:
                true
            default: false
            }
        }
    }

    let dictionary: AttributeDictionary
    let today: CalendarDate
    let width: Int
    let content: FileMapping.Content
    private let headValue: String
    private let lines: FileMapping.HouseholdLines
    /// Plain cells of the person and of the household.
    let own: [Bound]
    let shared: [Bound]
    /// Values made of several cells; none in the plain layout.
    let ownMade: [Bound]
    let sharedMade: [Bound]
    private let key: Bound?
    private let role: Bound?
    let header: FileHeader
    let areas: AreaResolver

    init(
        header: FileHeader, mapping: FileMapping, parameters: [String: String] = [:],
        dictionary: AttributeDictionary, areas: AreaResolver, today: CalendarDate
    ) {
        (self.dictionary, self.areas, self.today, self.header) = (dictionary, areas, today, header)
        (width, headValue) = (header.names.count, mapping.headValue)
        (content, lines) = (mapping.content, mapping.content.isSingle ? .same : mapping.householdLines)
        let compiler = ExpressionCompiler(
            header: header, dictionary: dictionary, areas: areas, parameters: parameters)
        let all = mapping.columns.filter { !$0.isInformation }.compactMap { column -> Bound? in
            guard let value = column.value else {
                return header.places[column.name].map { Bound(column: column, place: $0) }
            }
            let places = value.columns.compactMap { compiler.place($0) }
            var column = column
            if let first = places.first { column.name = header.names[first] }
            return Bound(
                column: column, place: places.first ?? -1, feed: compiler.feed(value, field: column.name),
                places: places)
        }
        for bound in all {
            bound.isOnly = !all.contains {
                $0 !== bound && $0.target.isOfHousehold == bound.target.isOfHousehold
                    && $0.column.attribute == bound.column.attribute
            }
        }
        own = all.filter { !$0.target.isOfHousehold && $0.feed == nil }
        shared = all.filter { $0.target.isOfHousehold && $0.feed == nil }
        ownMade = all.filter { !$0.target.isOfHousehold && $0.feed != nil }
        sharedMade = all.filter { $0.target.isOfHousehold && $0.feed != nil }
        key = all.first { $0.target == .householdKey }
        role = all.first { $0.target == .role }
    }

    private static func target(of column: FileMapping.Column) -> Target {
        if column.subject == .participation || column.subject == .area, column.plain != "observed_on" { return .stated }
        return switch column.plain {
        case "household_key": .householdKey
        case "person_key": .personKey
        case "role": .role
        case "relationship": .relationship
        case "recipient": .recipient
        case "birth_date": .birthDate
        case "birth_precision": .birthPrecision
        case "age": .age
        case "identifiers": column.subject == .household ? .householdIdentifiers : .identifiers
        case "phones": column.subject == .household ? .householdPhones : .phones
        case "observed_on": .observedOn
        case "due_on": column.subject == .household ? .householdDueOn : .personDueOn
        case "status": column.subject == .household ? .householdStatus : .personStatus
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
        let broken = brokenCells(row, &read)
        guard row.count == width else {
            read.householdKey = householdKey(row)
            read.isReadable = false
            read.refuse(
                "", "csv.columns", "The line has \(row.count) cells, the header \(width).",
                "Give the line as many cells as the header.")
            return read
        }
        read.isHead = isHead(row)
        for index in own.indices where !row.withBytes(own[index].place, \.isEmpty) || own[index].column.isRequired {
            if !broken.isEmpty, broken.contains(own[index].place) { continue }
            takeOwn(Self.trimmed(row[own[index].place]), own[index], &read)
        }
        for bound in ownMade where broken.isEmpty || !bound.places.contains(where: broken.contains) {
            if let text = made(bound, row, &read) { takeOwn(text, bound, &read) }
        }
        takeShared(row, broken, &read)
        checkRow(&read)
        return read
    }

    /// The value of several cells; nil when something in it was refused already.
    private func made(_ bound: Bound, _ row: CSVRow, _ read: inout ReadRow) -> String? {
        let before = read.findings.count
        let text = bound.feed?(row, &read)
        if let text { return text }
        return read.findings.count == before && bound.column.isRequired ? "" : nil
    }

    private func isHead(_ row: CSVRow) -> Bool {
        let word = role.map { text($0, row) } ?? ""
        if word == headValue { return true }
        return dictionary.lists["role"]?.code(for: Self.trimmed(word))?.code == headValue
    }

    /// The text of a column outside the reading of a row, whose findings come when the row is read.
    private func text(_ bound: Bound, _ row: CSVRow) -> String {
        guard let feed = bound.feed else { return row[bound.place] }
        var passing = ReadRow(line: 0, offset: 0, raw: [])
        return feed(row, &passing) ?? ""
    }

    private func householdKey(_ row: CSVRow) -> String? {
        guard let key else { return nil }
        if key.feed == nil, row.text(key.place) == nil { return nil }
        let text = Self.trimmed(text(key, row))
        return text.isEmpty ? nil : text
    }

    // MARK: What is said of the household

    private func takeShared(_ row: CSVRow, _ broken: [Int], _ read: inout ReadRow) {
        switch lines {
        case .first:
            // Which line is the first is known only when the household is whole.
            read.cells = row
            return
        case .head where !read.isHead: return
        case .same, .head: break
        }
        guard read.isHead || content.isSingle else {
            for bound in shared { note(bound.place, of: row, &read) }
            for bound in sharedMade { for place in bound.places { note(place, of: row, &read) } }
            if !read.repeated.isEmpty { read.cells = row }
            return
        }
        readShared(row, broken, &read)
        read.cells = row
    }

    private func note(_ place: Int, of row: CSVRow, _ read: inout ReadRow) {
        if !row.withBytes(place, \.isEmpty) { read.repeated.append((place, row.bytes(place))) }
    }

    private func readShared(_ row: CSVRow, _ broken: [Int], _ read: inout ReadRow) {
        for index in shared.indices
        where !row.withBytes(shared[index].place, \.isEmpty) || shared[index].column.isRequired {
            if !broken.isEmpty, broken.contains(shared[index].place) { continue }
            takeShared(Self.trimmed(row[shared[index].place]), shared[index], &read)
        }
        for bound in sharedMade where broken.isEmpty || !bound.places.contains(where: broken.contains) {
            if let text = made(bound, row, &read) { takeShared(text, bound, &read) }
        }
    }

    /// Reads what the first line of a household says of it, where the layout puts it there, and hands it to the head's.
    func gather(_ rows: inout [ReadRow]) {
        guard lines == .first, let first = rows.firstIndex(where: { $0.cells != nil }), let row = rows[first].cells
        else { return }
        readShared(row, row.fieldsNotUTF8, &rows[first])
        for index in rows.indices { rows[index].cells = nil }
        guard let head = rows.firstIndex(where: \.isHead), head != first else { return }
        (rows[head].household, rows[head].observedOn) = (rows[first].household, rows[first].observedOn)
        rows[head].householdContacts = rows[first].householdContacts
        rows[head].householdDueOn = rows[first].householdDueOn
    }

    private func checkRow(_ read: inout ReadRow) {
        if read.age != nil, read.birth != nil {
            read.refuse(
                "age", "birth.both", "Birth date and age are both given.", "Keep the birth date and empty the age.")
        }
        if content == .registry || content == .people, read.person["given_name"] == nil,
            read.person["family_name"] == nil,
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
        guard let key, key.feed == nil else { return nil }
        var place = 0
        for cell in raw.split(separator: header.separator, maxSplits: key.place + 1, omittingEmptySubsequences: false) {
            if cell.contains(0x22) { return nil }
            if place == key.place {
                guard cell.endIndex < raw.endIndex, let text = String(validating: cell, as: UTF8.self) else {
                    return nil
                }
                return text.isEmpty ? nil : text
            }
            place += 1
        }
        return nil
    }

    /// Without white space at either end, and without the apostrophe by which an export keeps a spreadsheet from running a
    /// cell; the common case costs two comparisons.
    static func trimmed(_ text: String) -> String {
        guard let first = text.utf8.first, let last = text.utf8.last else { return text }
        if first > 0x27, first < 0x7F, last > 0x20, last < 0x7F { return text }
        return FormulaGuard.removed(from: text.trimmingCharacters(in: .whitespacesAndNewlines))
    }
}

extension RowReader {
    private func takeOwn(_ text: String, _ bound: Bound, _ read: inout ReadRow) {
        if text.isEmpty {
            guard bound.column.isRequired else { return }
            return read.refuse(
                bound.column.name, "value.missing", "The cell is empty.", "Fill in \(bound.column.name).")
        }
        switch bound.target {
        case .householdKey: read.householdKey = key(text, bound.column, &read)
        case .personKey: read.personKey = key(text, bound.column, &read)
        case .role: _ = code(bound, text, &read)
        case .relationship: read.relationship = code(bound, text, &read)?.string
        case .recipient: read.recipient = code(bound, text, &read)?.string.flatMap(Recipient.init(rawValue:))
        case .birthDate: read.birth = birth(text, bound.column.name, &read)
        case .birthPrecision:
            read.precision = code(bound, text, &read)?.string.flatMap(PartialDate.Precision.init(rawValue:))
        case .age: read.age = integer(text, bound.column, &read)
        case .identifiers: read.contacts.identifiers += identifiers(text, bound.column, &read)
        case .phones: if let phones = phones(text, bound.column, &read) { read.contacts.phones = phones }
        case .personClaim:
            if let value = value(bound, text, &read) { Self.put(value, bound, into: &read.person) }
        case .personStatus: if let status = status(text, bound, &read) { read.person["status"] = status }
        case .personDueOn: read.personDueOn = dayAhead(text, bound.column.name, &read)
        case .stated: takeStated(text, bound, &read)
        default: return
        }
    }

    private func takeShared(_ text: String, _ bound: Bound, _ read: inout ReadRow) {
        if text.isEmpty {
            guard bound.column.isRequired else { return }
            return read.refuse(
                bound.column.name, "value.missing", "The cell is empty.", "Fill in \(bound.column.name).")
        }
        switch bound.target {
        case .observedOn: read.observedOn = date(text, bound.column.name, &read)
        case .householdIdentifiers:
            read.householdContacts.identifiers += identifiers(text, bound.column, &read)
        case .householdPhones: read.householdContacts.phones = phones(text, bound.column, &read)
        case .householdClaim:
            if let value = value(bound, text, &read) { Self.put(value, bound, into: &read.household) }
        case .householdDueOn: read.householdDueOn = dayAhead(text, bound.column.name, &read)
        case .householdStatus: if let status = status(text, bound, &read) { read.household["status"] = status }
        default: return
        }
    }

    private static func put(_ value: JSON, _ bound: Bound, into claims: inout JSONObject) {
        if bound.isOnly { claims.append(bound.column.attribute, value) } else { claims[bound.column.attribute] = value }
    }

    private func key(_ text: String, _ column: FileMapping.Column, _ read: inout ReadRow) -> String? {
        guard text.utf8.count <= column.maxLength ?? 64 else {
            read.refuse(
                column.name, "text.too_long", "The key is longer than \(column.maxLength ?? 64) characters.",
                "Use a shorter key.")
            return nil
        }
        guard text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            read.refuse(
                column.name, "text.control", "The key holds a character that cannot be shown.", "Use a plain key.")
            return nil
        }
        return text
    }

    /// The value of a plain attribute, as it may stand in claims.
    func value(_ bound: Bound, _ text: String, _ read: inout ReadRow) -> JSON? {
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
