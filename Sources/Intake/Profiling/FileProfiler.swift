import Documents
import Foundation
import Groundwork
package import Registry

/// Looks at a file in one pass, in memory that depends on its columns and not on its rows.
///
/// Values are shown only of columns that tell nobody apart: those that the layout reads into attributes that are not
/// sensitive, and code columns and unknown columns of few values, each only when it stands there often enough.
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
    private var separator: UInt8 = UInt8(ascii: ",")
    private var names: [String] = []
    private var sketches: [ColumnSketch] = []
    private var isHeaderRead = false
    private var isHeaderBroken = false
    private var rows = 0
    private var brokenRows = 0
    private var bytes = 0

    /// - Parameter mapping: the layout by which columns are known; nil for a file of none.
    package init(mapping: FileMapping?, dictionary: AttributeDictionary) {
        (self.mapping, self.dictionary) = (mapping, dictionary)
    }

    /// Takes the next piece of the file; the first should hold the whole header.
    package mutating func feed(_ piece: [UInt8]) throws(IntakeFault) {
        bytes += piece.count
        if reader == nil { try begin(piece) }
        guard var reader else { return }
        self.reader = nil
        reader.feed(piece) { take($0) }
        self.reader = reader
        if isHeaderBroken { throw .headerBroken }
    }

    private mutating func begin(_ prefix: [UInt8]) throws(IntakeFault) {
        guard !prefix.isEmpty else { throw .fileEmpty }
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

    private func column(_ name: String) -> FileMapping.Column? { mapping?.columns.first { $0.name == name } }

    /// Whether the layout reads the column into something that tells who somebody is.
    private func isPersonal(_ name: String) -> Bool {
        guard let column = column(name) else { return false }
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
            missing: mapping?.columns.filter { $0.isRequired && !known.contains($0.name) }.map(\.name) ?? [])
    }

    private func profile(_ name: String, _ sketch: ColumnSketch) -> FileProfile.Column {
        let column = column(name)
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
    /// Looks at a file on the disk, or at its beginning.
    ///
    /// - Parameter limit: bytes to look at; nil for all.
    package static func profile(
        path: String, mapping: FileMapping?, dictionary: AttributeDictionary, limit: Int? = nil
    ) async throws(IntakeFault) -> FileProfile {
        var profiler = FileProfiler(mapping: mapping, dictionary: dictionary)
        var isSample = false
        try await FileReading(path: path).pieces(from: 0) { piece throws(IntakeFault) in
            try profiler.feed(piece)
            if let limit, profiler.bytes >= limit { isSample = true }
            return !isSample
        }
        return try profiler.finish(isSample: isSample)
    }
}
