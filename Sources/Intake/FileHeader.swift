import Documents
import Groundwork

/// The first line of a file: which column stands where.
struct FileHeader {
    let names: [String]
    let places: [String: Int]
    /// The line as it was, for the quarantine file.
    let raw: [UInt8]
    /// Byte of the file after the header.
    let end: Int
    /// Lines that the header takes.
    let lines: Int
    /// Columns that the layout does not know; they are passed over.
    let unknown: [String]
    /// How many cells from the front are the sender's; those after were added by an earlier quarantine.
    let ownWidth: Int

    /// Columns that a quarantine file has behind those of the file it came from.
    static let added: [String] = [
        "quarantine_line", "quarantine_field", "quarantine_code", "quarantine_reason", "quarantine_remedy",
    ]

    /// - Throws: one clear fault for a file that is none of this layout.
    init(prefix: [UInt8], isWhole: Bool, mapping: FileMapping) throws(IntakeFault) {
        guard !prefix.isEmpty else { throw .fileEmpty }
        let encoding = TextEncoding.detect(prefix)
        // A single cell in another encoding is that cell's trouble; a header in UTF-16 is the file's.
        guard encoding == .utf8 || encoding == .windows1252 else { throw .encoding(encoding.rawValue.uppercased()) }
        guard !prefix.prefix(4096).contains(0) else { throw .headerBroken }
        var rows: [CSVRow] = []
        var reader = CSVReader(separator: mapping.separator)
        reader.feed(prefix) { if rows.count < 2 { rows.append($0) } }
        if isWhole || rows.isEmpty { reader.finish { if rows.count < 2 { rows.append($0) } } }
        guard let first = rows.first, first.fault == nil else { throw .headerBroken }
        guard first.fieldsNotUTF8.isEmpty, !Self.isElsewise(prefix, mapping) else {
            throw .encoding("another encoding")
        }
        names = first.texts.map { RowReader.trimmed($0) }
        raw = first.raw
        let next = rows.count > 1 ? rows[1] : nil
        end = next?.offset ?? prefix.count
        lines = (next?.lineNumber ?? 2) - 1
        var places: [String: Int] = [:]
        var twice: [String] = []
        for (place, name) in names.enumerated() where !name.isEmpty {
            if places[name] != nil { twice.append(name) } else { places[name] = place }
        }
        guard twice.isEmpty else { throw .repeatedColumns(twice) }
        self.places = places
        let missing = mapping.columns.filter { $0.isRequired && places[$0.name] == nil }.map(\.name)
        guard missing.isEmpty else { throw .missingColumns(missing, found: names) }
        let known = Set(mapping.columns.map(\.name) + Self.added)
        unknown = names.filter { !known.contains($0) }
        ownWidth = names.firstIndex { Self.added.contains($0) } ?? names.count
    }

    /// Whether most lines with letters beyond ASCII are not UTF-8: then the file is in another encoding, and not a cell.
    private static func isElsewise(_ prefix: [UInt8], _ mapping: FileMapping) -> Bool {
        var (accented, broken) = (0, 0)
        var reader = CSVReader(separator: mapping.separator)
        reader.feed(prefix) { row in
            guard row.raw.contains(where: { $0 >= 0x80 }) else { return }
            accented += 1
            if !row.fieldsNotUTF8.isEmpty { broken += 1 }
        }
        return broken >= 3 && broken * 2 > accented
    }
}
