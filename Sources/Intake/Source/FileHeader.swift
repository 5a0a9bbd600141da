import Documents
import Groundwork

/// The first line of a file: which column stands where.
struct FileHeader {
    let names: [String]
    let places: [String: Int]
    /// Places of the columns that the layout reads.
    let bound: Set<Int>
    /// Between the cells of the rows as they are read.
    let separator: UInt8
    let format: RowSource.Format
    /// Byte of the rows as they are read after the header.
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

    /// - Parameter prefix: the beginning of the rows as they are read, in UTF-8.
    /// - Throws: one clear fault for a file that is none of this layout.
    init(
        prefix: [UInt8], isWhole: Bool, separator: UInt8, format: RowSource.Format, mapping: FileMapping
    ) throws(IntakeFault) {
        guard !prefix.isEmpty else { throw .fileEmpty }
        guard !prefix.prefix(4096).contains(0) else { throw .headerBroken }
        var rows: [CSVRow] = []
        var reader = CSVReader(separator: separator)
        reader.feed(prefix) { if rows.count < 2 { rows.append($0) } }
        if isWhole || rows.isEmpty { reader.finish { if rows.count < 2 { rows.append($0) } } }
        guard let first = rows.first, first.fault == nil, !first.raw.contains(RowReader.substitute) else {
            throw .headerBroken
        }
        guard first.fieldsNotUTF8.isEmpty else { throw .encoding("another encoding") }
        names = first.texts.map { RowReader.trimmed($0) }
        (self.separator, self.format) = (separator, format)
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
        let missing = mapping.requiredColumns.filter { places[$0] == nil }
        guard missing.isEmpty else { throw .missingColumns(missing, found: names) }
        bound = Set(mapping.knownColumns.compactMap { places[$0] })
        unknown = names.filter { !mapping.knownColumns.contains($0) && !Self.added.contains($0) }
        ownWidth = names.firstIndex { Self.added.contains($0) } ?? names.count
    }

    /// The separator under which the first line names the most columns of the layout; as guessed when it names none.
    static func separator(of prefix: [UInt8], mapping: FileMapping) -> UInt8 {
        var best = (known: 0, separator: CSVShape.detect(prefix).separator)
        let candidates = [mapping.separator, UInt8(ascii: ","), UInt8(ascii: ";"), 0x09, UInt8(ascii: "|")]
        for candidate in candidates {
            var first: CSVRow?
            var reader = CSVReader(separator: candidate)
            reader.feed(prefix) { if first == nil { first = $0 } }
            if first == nil { reader.finish { if first == nil { first = $0 } } }
            let known = first?.texts.count { mapping.knownColumns.contains(RowReader.trimmed($0)) } ?? 0
            if known > best.known { best = (known, candidate) }
        }
        return best.separator
    }
}
