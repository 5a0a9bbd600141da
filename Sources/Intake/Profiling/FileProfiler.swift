import Documents
import Foundation
import Groundwork
package import Registry

/// Looks at a file in one pass, in memory that depends on its columns and not on its rows.
///
/// Values are shown only of columns that tell nobody apart: those that the layout reads into attributes that are not
/// sensitive, code columns, and unknown columns of few values whose header does not sound like a sensitive attribute; each
/// value only when it stands there often enough.
package struct FileProfiler {
    /// Fewer occurrences of a value might point to somebody.
    static let leastShown = 5
    /// An unknown column with more different values is taken for personal.
    private static let mostUnknown = 60
    private static let topValues = 20
    private static let topPatterns = 10
    private static let mostColumns = 1000

    private let mapping: FileMapping?
    private let dictionary: AttributeDictionary
    private var reader: CSVReader?
    private let personalWords: Set<String>
    private let statedSeparator: UInt8?
    private var separator: UInt8 = UInt8(ascii: ",")
    private var names: [String] = []
    private var sketches: [ColumnSketch] = []
    private var isHeaderRead = false
    private var isHeaderBroken = false
    private var rows = 0
    private var brokenRows = 0
    private var bytes = 0

    /// - Parameters:
    ///   - mapping: the layout by which columns are known; nil for a file of none.
    ///   - separator: between the cells of a text in UTF-8; nil to find out both.
    package init(mapping: FileMapping?, dictionary: AttributeDictionary, separator: UInt8? = nil) {
        (self.mapping, self.dictionary, statedSeparator) = (mapping, dictionary, separator)
        let sensitive = dictionary.attributes.values.flatMap(\.values).filter(\.isSensitive)
        personalWords = Set(
            sensitive.flatMap { [$0.name] + Array($0.labels.values) + $0.dci }.flatMap(Self.words)
                + dictionary.identifierTypes.keys.flatMap(Self.words) + ["phone", "phones", "key", "id", "telephone"])
    }

    private static func words(_ text: String) -> [String] {
        text.folding(options: [.diacriticInsensitive, .caseInsensitive], locale: nil)
            .split { !$0.isLetter && !$0.isNumber }.map(String.init)
    }

    /// Takes the next piece of the file; the first should hold the whole header.
    package mutating func feed(_ piece: [UInt8]) throws(IntakeFault) {
        guard !piece.isEmpty else { return }
        bytes += piece.count
        if reader == nil { try begin(piece) }
        guard var reader else { return }
        self.reader = nil
        reader.feed(piece) { take($0) }
        self.reader = reader
        if isHeaderBroken { throw .headerBroken }
    }

    private mutating func begin(_ prefix: [UInt8]) throws(IntakeFault) {
        if let statedSeparator {
            separator = statedSeparator
            reader = CSVReader(separator: separator)
            return
        }
        let encoding = TextEncoding.detect(prefix)
        if encoding == .utf8 || encoding == .windows1252, prefix.prefix(4096).contains(0) { throw .headerBroken }
        separator = Self.separator(of: prefix)
        // A few cells in another encoding are those cells' trouble, and are counted as broken.
        reader = CSVReader(separator: separator, encoding: encoding == .windows1252 ? .utf8 : encoding)
    }

    /// The candidate that stands most often in the first line.
    private static func separator(of prefix: [UInt8]) -> UInt8 {
        let line = prefix.prefix { $0 != 0x0A && $0 != 0x0D }
        let candidates = ",;\t|".utf8.map { mark in (mark, line.count { $0 == mark }) }
        return candidates.max { $0.1 < $1.1 }.flatMap { $0.1 > 0 ? $0.0 : nil } ?? UInt8(ascii: ",")
    }

    private mutating func take(_ row: CSVRow) {
        guard isHeaderRead else {
            isHeaderRead = true
            isHeaderBroken = row.fault != nil || row.count > Self.mostColumns
            names = row.texts.map { $0.trimmingCharacters(in: .whitespaces) }
            sketches = names.map { ColumnSketch(keepsValues: !isPersonal($0)) }
            return
        }
        rows += 1
        guard row.fault == nil, row.count == sketches.count else {
            brokenRows += 1
            return
        }
        for place in sketches.indices { row.withBytes(place) { sketches[place].add($0) } }
    }

    /// The values of the layout that are read from a column.
    private func readings(_ name: String) -> [FileMapping.Column] {
        mapping?.columns.filter { column in
            column.value.map { $0.columns.contains { $0.contains(name) } } ?? (column.name == name)
        } ?? []
    }

    /// Whether the layout reads the column into something that tells who somebody is.
    private func isPersonal(_ name: String) -> Bool {
        let readings = readings(name)
        guard !readings.isEmpty else { return Self.words(name).contains { personalWords.contains($0) } }
        return readings.contains { isPersonal($0) }
    }

    private func isPersonal(_ column: FileMapping.Column) -> Bool {
        if ["household_key", "person_key", "birth_date", "identifiers", "phones"].contains(column.plain) {
            return true
        }
        // Codes are few, and each is shown only when it stands there often.
        if column.list != nil || column.subject == .membership { return false }
        if ["age", "observed_on"].contains(column.plain) { return false }
        let kind: SubjectKind = column.subject == .household ? .household : .person
        return dictionary.attributes[kind]?[column.attribute]?.isSensitive ?? true
    }

    /// Ends the file.
    ///
    /// - Parameter isSample: whether more of the file was left unread.
    package mutating func finish(isSample: Bool = false) throws(IntakeFault) -> FileProfile {
        guard var reader else { throw .fileEmpty }
        self.reader = nil
        if !isSample || !isHeaderRead { reader.finish { take($0) } }
        guard isHeaderRead, !isHeaderBroken else { throw .headerBroken }
        let known = Set(names)
        return FileProfile(
            rows: rows, brokenRows: brokenRows, bytes: bytes, isSample: isSample,
            separator: String(decoding: [separator], as: UTF8.self),
            columns: zip(names, sketches).map { profile($0, $1) },
            missing: mapping?.requiredColumns.filter { !known.contains($0) } ?? [])
    }

    private func profile(_ name: String, _ sketch: ColumnSketch) -> FileProfile.Column {
        let readings = readings(name)
        // Keys are made of what stands there anyway, so what else becomes of the column tells more.
        let column = readings.first { $0.attribute != "source_key" } ?? readings.first
        let isUnknown = column == nil
        let isCrowded = sketch.distinct.count > Self.mostUnknown || !sketch.values.isExact
        let isMasked = !sketch.keepsValues || isUnknown && isCrowded
        let top = isMasked ? [] : sketch.values.top(Self.topValues).filter { $0.count >= Self.leastShown }
        return FileProfile.Column(
            name: name, attribute: column?.attribute, subject: column?.subject.rawValue, isMasked: isMasked,
            filled: sketch.filled, empty: sketch.empty, broken: sketch.broken, distinct: sketch.distinct.count,
            isDistinctExact: sketch.distinct.isExact, kind: sketch.kind, lengths: sketch.lengths,
            range: isMasked ? nil : sketch.range,
            patterns: sketch.patterns.top(Self.topPatterns).map { (pattern: $0.item, count: $0.count) },
            top: top.map { (value: $0.item, count: $0.count) },
            isCountExact: sketch.patterns.isExact && sketch.values.isExact, outliers: isMasked ? [] : sketch.outliers)
    }
}

extension FileProfiler {
    /// Looks at a file on the disk, of any kind and encoding that can be imported, or at its beginning.
    ///
    /// - Parameters:
    ///   - reading: how to read it, where the file does not show it rightly.
    ///   - limit: bytes to look at; nil for all.
    package static func profile(
        path: String, mapping: FileMapping, dictionary: AttributeDictionary,
        reading: UploadReading = UploadReading(), limit: Int? = nil
    ) async throws(IntakeFault) -> FileProfile {
        var request = ImportRequest(path: path, source: "")
        request.read(reading)
        let source = try await RowSource(request, mapping: mapping)
        var profiler = FileProfiler(mapping: mapping, dictionary: dictionary, separator: source.separator)
        var (seen, isSample) = (0, false)
        try await source.pieces(from: 0) { piece, consumed throws(IntakeFault) in
            try profiler.feed(piece)
            seen += consumed
            if let limit, seen >= limit, seen < source.size { isSample = true }
            return !isSample
        }
        var profile = try profiler.finish(isSample: isSample)
        profile.bytes = source.size
        return profile
    }
}
