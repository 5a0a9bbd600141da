import Documents
import Foundation
import Groundwork
import Registry

extension RowReader {
    func text(_ text: String, _ column: FileMapping.Column, _ read: inout ReadRow) -> String? {
        let limit = min(column.maxLength ?? AttributeDictionary.longestText, AttributeDictionary.longestText)
        guard text.utf8.count <= limit || text.count <= limit else {
            read.refuse(column.name, "text.too_long", "The text is longer than \(limit) characters.", "Shorten it.")
            return nil
        }
        guard !text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else {
            read.refuse(column.name, "text.control", "The text holds a control character.", "Remove it.")
            return nil
        }
        return text
    }

    /// The code that a word means.
    func code(_ bound: Bound, _ text: String, _ read: inout ReadRow) -> JSON? {
        let found: JSON?
        if let known = bound.codes[text] {
            found = known
        } else {
            found = look(text, bound.column)
            if bound.codes.count < 5000 { bound.codes[text] = .some(found) }
        }
        if found == nil { refuseCode(bound.column, &read) }
        return found
    }

    private func look(_ text: String, _ column: FileMapping.Column) -> JSON? {
        guard let name = column.list, let list = dictionary.lists[name] else { return .string(text) }
        return list.code(for: text).map { .string($0.code) }
    }

    private func refuseCode(_ column: FileMapping.Column, _ read: inout ReadRow) {
        let name = column.list ?? column.name
        let codes = dictionary.lists[name]?.codes ?? []
        let some = codes.prefix(12).map(\.code).joined(separator: ", ")
        read.refuse(
            column.name, "code.unknown", "The word is not in the list \(name).",
            "Use one of: \(some)\(codes.count > 12 ? ", …" : "").")
    }

    func codes(_ bound: Bound, _ text: String, _ read: inout ReadRow) -> JSON? {
        var codes: [JSON] = []
        let words = text.split(separator: Character(UnicodeScalar(bound.column.separator)))
        guard words.count <= 30 else {
            read.refuse(bound.column.name, "codes.too_many", "More than 30 codes are given.", "Give at most 30.")
            return nil
        }
        for word in words {
            guard let code = code(bound, Self.trimmed(String(word)), &read) else { return nil }
            if !codes.contains(code) { codes.append(code) }
        }
        return codes.isEmpty ? nil : .array(codes)
    }

    func date(_ text: String, _ field: String, _ read: inout ReadRow) -> CalendarDate? {
        guard let date = CalendarDate(text) else {
            refuseDay(text, field, "Write a day that exists as YYYY-MM-DD.", &read)
            return nil
        }
        guard date <= today else {
            read.refuse(field, "date.future", "The day lies in the future.", "Give a day up to today.")
            return nil
        }
        return date
    }

    /// Days as the numbers by which spreadsheets count them have five digits from 1927 to 2173.
    private func refuseDay(_ text: String, _ field: String, _ remedy: String, _ read: inout ReadRow) {
        guard text.utf8.count == 5, text.utf8.allSatisfy({ ($0 &- 0x30) < 10 }) else {
            return read.refuse(field, "date.invalid", "There is no such day.", remedy)
        }
        read.refuse(
            field, "date.serial", "The cell is no day, but looks like the number by which a spreadsheet counts days.",
            "Give the column the form YYYY-MM-DD before the file is saved, or let the layout read it with the form serial."
        )
    }

    func birth(_ text: String, _ field: String, _ read: inout ReadRow) -> PartialDate? {
        guard let birth = PartialDate(text) else {
            refuseDay(
                text, field, "Write a day that exists as YYYY-MM-DD, or YYYY-MM or YYYY when less is known.", &read)
            return nil
        }
        guard birth.date <= today else {
            read.refuse(field, "date.future", "The birth lies in the future.", "Give a day up to today.")
            return nil
        }
        guard birth.date.year >= today.year - 130 else {
            read.refuse(field, "date.too_early", "The birth lies more than 130 years back.", "Check the year.")
            return nil
        }
        return birth
    }

    func integer(_ text: String, _ column: FileMapping.Column, _ read: inout ReadRow) -> Int? {
        guard let number = Int(text) else {
            read.refuse(column.name, "type.integer", "The cell is no whole number.", "Write digits only.")
            return nil
        }
        let low = column.minimum ?? .min
        guard number >= low, number <= column.maximum ?? max(low, Int(Int32.max)) else {
            read.refuse(column.name, "number.range", "The number is out of range.", range(column))
            return nil
        }
        return number
    }

    func decimal(_ text: String, _ column: FileMapping.Column, _ read: inout ReadRow) -> JSONNumber? {
        let plain = text.contains(",") ? text.replacing(",", with: ".") : text
        guard Self.isDecimal(plain), var number = Decimal(string: plain), number.isFinite else {
            read.refuse(column.name, "type.decimal", "The cell is no decimal number.", "Write it as 12.5.")
            return nil
        }
        let (low, high) = (column.minimum.map { Decimal($0) }, column.maximum.map { Decimal($0) })
        guard abs(number) < 10_000_000_000, low.map({ number >= $0 }) ?? true, high.map({ number <= $0 }) ?? true else {
            read.refuse(column.name, "number.range", "The number is out of range.", range(column))
            return nil
        }
        if let digits = column.digits {
            var rounded = Decimal()
            NSDecimalRound(&rounded, &number, digits, .plain)
            number = rounded
        }
        return JSONNumber(number)
    }

    /// Digits with at most one point among them, and a sign in front at most: Foundation reads what comes before anything
    /// else, and would take 1.000.000 for one.
    static func isDecimal(_ text: String) -> Bool {
        var (digits, points) = (0, 0)
        for (place, byte) in text.utf8.enumerated() {
            switch byte {
            case 0x30...0x39: digits += 1
            case 0x2E: points += 1
            case 0x2B,
                0x2D where place == 0:
                continue
            default: return false
            }
        }
        return digits > 0 && points <= 1
    }

    private func range(_ column: FileMapping.Column) -> String {
        switch (column.minimum, column.maximum) {
        case (let low?, let high?): "Give a number from \(low) to \(high)."
        case (let low?, nil): "Give a number of at least \(low)."
        case (nil, let high?): "Give a number of at most \(high)."
        case (nil, nil): "Give a smaller number."
        }
    }

    func boolean(_ text: String, _ column: FileMapping.Column, _ read: inout ReadRow) -> JSON? {
        switch text.lowercased() {
        case "true", "1", "yes", "y", "oui": return .bool(true)
        case "false", "0", "no", "n", "non": return .bool(false)
        default:
            read.refuse(column.name, "type.boolean", "The cell is neither true nor false.", "Write true or false.")
            return nil
        }
    }

    func identifiers(_ text: String, _ column: FileMapping.Column, _ read: inout ReadRow) -> [Identifier] {
        var identifiers: [Identifier] = []
        for item in text.split(separator: Character(UnicodeScalar(column.separator))) {
            let parts = item.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, let type = identifierType(Self.trimmed(String(parts[0]))) else {
                let types = dictionary.identifierTypes.keys.sorted().joined(separator: ", ")
                read.refuse(
                    column.name, "identifier.type_unknown", "An identifier has no known type.",
                    "Write TYPE:value with one of: \(types).")
                continue
            }
            guard let value = type.normalise(Self.trimmed(String(parts[1]))) else {
                read.refuse(
                    column.name, "identifier.malformed", "A value does not fit the type \(type.code).",
                    "Give \(type.minimumLength) to \(type.maximumLength) characters.")
                continue
            }
            let identifier = Identifier(type: type.code, value: value, issuer: type.issuer)
            if !identifiers.contains(identifier) { identifiers.append(identifier) }
        }
        return identifiers
    }

    private func identifierType(_ word: String) -> IdentifierType? {
        if let type = dictionary.identifierTypes[word] ?? dictionary.identifierTypes[word.uppercased()] { return type }
        return dictionary.lists["identifier_type"]?.code(for: word).flatMap { dictionary.identifierTypes[$0.code] }
    }

    func phones(_ text: String, _ column: FileMapping.Column, _ read: inout ReadRow) -> [String]? {
        var phones: [String] = []
        for item in text.split(separator: Character(UnicodeScalar(column.separator))) {
            guard let phone = dictionary.phone(String(item)) else {
                read.refuse(
                    column.name, "phone.malformed", "A phone number has too few or too many digits.",
                    "Write it as +\(dictionary.callingCode)… .")
                continue
            }
            if !phones.contains(phone) { phones.append(phone) }
        }
        return phones.isEmpty ? nil : phones
    }
}

extension RowReader {
    /// What stands for a cell of a spreadsheet that has no value to be trusted, before a word that says why.
    static let substitute: UInt8 = 0x1A

    /// Cells that are not to be read, each with its finding.
    func brokenCells(_ row: CSVRow, _ read: inout ReadRow) -> [Int] {
        var broken = row.fieldsNotUTF8
        for place in broken {
            refuse(place, "csv.encoding", "The cell is not UTF-8.", "Save the file as UTF-8 and send it again.", &read)
        }
        switch header.format {
        case .text: return broken
        case .sheet:
            guard row.raw.contains(Self.substitute) else { return broken }
            for place in 0..<row.count where row.withBytes(place, { $0.first == Self.substitute }) {
                broken.append(place)
                let (code, reason, remedy) = Self.reason(row[place].dropFirst())
                refuse(place, code, reason, remedy, &read)
            }
        case .windows1252:
            guard Self.looksTwiceEncoded(row.raw) else { return broken }
            for place in 0..<row.count where Self.looksTwiceEncoded(row.bytes(place)) {
                broken.append(place)
                refuse(
                    place, "csv.encoding", "The cell is UTF-8 in a file that is Windows-1252 elsewhere.",
                    "Save the file in one encoding, best UTF-8, and send it again.", &read)
            }
        }
        return broken
    }

    private func refuse(
        _ place: Int, _ code: String, _ reason: String, _ remedy: String, _ read: inout ReadRow
    ) {
        // A column that the layout does not read can hold what it likes.
        guard header.names.indices.contains(place), header.bound.contains(place) else { return }
        read.refuse(header.names[place], code, reason, remedy)
    }

    private static func reason(_ word: Substring) -> (code: String, reason: String, remedy: String) {
        switch word {
        case "merged":
            (
                "sheet.merged", "The cell is part of merged cells, so that its value is not its own.",
                "Unmerge the cells and give each its value."
            )
        case "formula":
            (
                "sheet.formula", "The cell holds a formula, not a value.",
                "Copy the cells and paste them as values, then send the file again."
            )
        default:
            ("sheet.error", "The cell shows an error, such as #REF!.", "Give the cell a value or empty it.")
        }
    }

    /// “Ã” before another letter or sign beyond ASCII: what an accented letter in UTF-8 looks like to Windows-1252.
    private static func looksTwiceEncoded(_ bytes: [UInt8]) -> Bool {
        guard bytes.count > 2 else { return false }
        return bytes.indices.dropLast(2).contains {
            bytes[$0] == 0xC3 && bytes[$0 + 1] == 0x83 && bytes[$0 + 2] >= 0x80
        }
    }
}
