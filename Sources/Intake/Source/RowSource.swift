import Cryptography
import Documents
import Foundation
import Groundwork
import Spreadsheets

/// A file of any kind as a stream of rows in CSV and UTF-8.
///
/// A place in it is a byte of that stream, whatever the file is: the stream is the same every time, so that an import goes
/// on where it stopped in a converted file and in a workbook as in a plain one, and a line held back is a line of CSV.
struct RowSource: Sendable {
    /// What the cells were before they became UTF-8.
    enum Format: Sendable, Equatable { case text, windows1252, sheet }

    private enum Kind: Sendable {
        case plain
        case converted(TextEncoding)
        case sheet(Workbook, String)
    }

    let file: FileReading
    let detected: DetectedShape
    let separator: UInt8
    private let kind: Kind
    let prefix: [UInt8]
    let isWhole: Bool
    /// SHA-256 and bytes of the file as it is.
    let hash: [UInt8]
    let size: Int
    let refusesFormulas: Bool

    var format: Format {
        switch kind {
        case .plain: .text
        case .converted(let encoding): encoding == .windows1252 ? .windows1252 : .text
        case .sheet: .sheet
        }
    }

    /// Looks at the file: what it is, in which encoding, with which separator, which sheet.
    ///
    /// - Throws: one clear fault for a file that is none of a kind that can be read.
    init(_ request: ImportRequest, mapping: FileMapping) async throws(IntakeFault) {
        file = FileReading(path: request.path)
        refusesFormulas = mapping.refusesFormulas
        var digest = SHA256Stream()
        var (raw, size): ([UInt8], Int) = ([], 0)
        try await file.pieces(from: 0) { piece throws(IntakeFault) in
            digest.update(piece)
            size += piece.count
            if raw.count < Self.prefixSize { raw += piece.prefix(Self.prefixSize - raw.count) }
            return true
        }
        (hash, self.size) = (digest.digest(), size)
        guard size > 0 else { throw .fileEmpty }
        switch FileMark(raw) {
        case .zip:
            let workbook: Workbook
            do {
                workbook = try Workbook(path: request.path)
            } catch {
                throw .workbook(error)
            }
            let sheet = try Self.sheet(request.sheet, of: workbook)
            (kind, separator, isWhole) = (.sheet(workbook, sheet), UInt8(ascii: ","), false)
            prefix = try Self.prefix(of: workbook, sheet: sheet, refusesFormulas)
            detected = DetectedShape(format: "XLSX", sheet: sheet, sheets: workbook.sheets)
        case .other(let what): throw .notReadable(what)
        case nil:
            guard request.sheet == nil else { throw .noSheets }
            let encoding = request.encoding ?? Self.encoding(of: raw, mapping)
            var text = raw
            if encoding != .utf8 {
                var converter = TextConverter(encoding)
                text = converter.feed(raw)
                if text.starts(with: [0xEF, 0xBB, 0xBF]) { text.removeFirst(3) }
            }
            kind = encoding == .utf8 ? .plain : .converted(encoding)
            separator = request.separator ?? FileHeader.separator(of: text, mapping: mapping)
            (prefix, isWhole) = (text, raw.count == size)
            let mark = raw.starts(with: [0xEF, 0xBB, 0xBF]) ? " with a byte-order mark" : ""
            detected = DetectedShape(
                format: "CSV", encoding: encoding.shown + mark, separator: CSVShape.name(of: separator))
        }
    }

    /// Bytes that its rows are likely to have as text; a workbook is packed.
    var textSize: Int { format == .sheet ? size * 8 : size }

    /// What decides how its rows are read, beside the layout; an import goes on only in the same way.
    func reading(with parameters: [String: String]) -> JSON {
        let facts = [
            "format=\(detected.format)", "encoding=\(detected.encoding ?? "")", "separator=\(separator)",
            "sheet=\(detected.sheet ?? "")",
        ]
        return .array((facts + parameters.map { "\($0)=\($1)" }.sorted()).map(JSON.string))
    }

    private static let prefixSize = 1 << 16

    private static func encoding(of raw: [UInt8], _ mapping: FileMapping) -> TextEncoding {
        let guess = TextEncoding.detect(raw)
        // A single cell in another encoding is that cell's trouble; most of them are the file's.
        return guess == .windows1252 && !isElsewise(raw) ? .utf8 : guess
    }

    /// Whether most lines with letters beyond ASCII are not UTF-8, or the header is not.
    private static func isElsewise(_ prefix: [UInt8]) -> Bool {
        var (accented, broken, line) = (0, 0, 0)
        var isHeaderBroken = false
        for part in prefix.split(separator: 0x0A) {
            defer { line += 1 }
            guard part.contains(where: { $0 >= 0x80 }) else { continue }
            accented += 1
            guard String(validating: part, as: UTF8.self) == nil else { continue }
            // The last line may be cut within a character.
            if part.endIndex == prefix.endIndex { continue }
            broken += 1
            if line == 0 { isHeaderBroken = true }
        }
        return isHeaderBroken || broken >= 3 && broken * 2 > accented
    }

    // MARK: Sheets

    private static func sheet(_ wanted: String?, of workbook: Workbook) throws(IntakeFault) -> String {
        let names = workbook.sheets
        if let wanted {
            guard names.contains(wanted) else { throw .sheetUnknown(wanted, found: names) }
            return wanted
        }
        guard names.count == 1, let only = names.first else { throw .sheetChoice(names) }
        return only
    }

    private static func prefix(
        of workbook: Workbook, sheet: String, _ refusesFormulas: Bool
    ) throws(IntakeFault) -> [UInt8] {
        do {
            let reader = try workbook.reader(of: sheet, refusesFormulas: refusesFormulas)
            var prefix: [UInt8] = []
            while prefix.count < prefixSize, let piece = try reader.next() { prefix += piece }
            return prefix
        } catch {
            throw .workbook(error)
        }
    }

    // MARK: The rows

    /// Hands over the rows from a place on, piece by piece, with the bytes of the file that were read for each.
    func pieces(
        from offset: Int, _ body: ([UInt8], _ consumed: Int) async throws(IntakeFault) -> Bool
    ) async throws(IntakeFault) {
        switch kind {
        case .plain:
            try await file.pieces(from: offset) { piece throws(IntakeFault) in try await body(piece, piece.count) }
        case .converted(let encoding):
            var converter = TextConverter(encoding)
            var skip = Skip(offset)
            try await file.pieces(from: 0) { piece throws(IntakeFault) in
                var text = converter.feed(piece)
                if skip.isAtStart, text.starts(with: [0xEF, 0xBB, 0xBF]) { text.removeFirst(3) }
                return try await body(skip.rest(of: text), piece.count)
            }
            _ = try await body(skip.rest(of: converter.finish()), 0)
        case .sheet(let workbook, let name):
            try await pieces(of: workbook, name, Skip(offset), body)
        }
    }

    private func pieces(
        of workbook: Workbook, _ name: String, _ start: Skip,
        _ body: ([UInt8], _ consumed: Int) async throws(IntakeFault) -> Bool
    ) async throws(IntakeFault) {
        var skip = start
        let reader: SheetReader
        do {
            reader = try workbook.reader(of: name, refusesFormulas: refusesFormulas)
        } catch {
            throw .workbook(error)
        }
        var told = 0
        while true {
            if Task.isCancelled { throw .cancelled }
            let piece: [UInt8]?
            do {
                piece = try reader.next()
            } catch {
                throw .workbook(error)
            }
            guard let piece else { return }
            // The sheet is a part of the file; its share stands for the whole.
            let consumed = Int(reader.share * Double(size)) - told
            told += consumed
            guard try await body(skip.rest(of: piece), consumed) else { return }
        }
    }
}

/// Bytes of a stream that were read by an earlier run.
private struct Skip {
    private var left: Int
    private(set) var isAtStart = true

    init(_ count: Int) {
        left = count
    }

    mutating func rest(of piece: [UInt8]) -> [UInt8] {
        isAtStart = false
        guard left > 0 else { return piece }
        let dropped = min(left, piece.count)
        left -= dropped
        return Array(piece.dropFirst(dropped))
    }
}

/// What the first bytes of a file tell about it.
private enum FileMark {
    case zip
    /// Something that cannot be read, in words.
    case other(String)

    init?(_ prefix: [UInt8]) {
        if prefix.starts(with: [0x50, 0x4B, 0x03, 0x04]) || prefix.starts(with: [0x50, 0x4B, 0x05, 0x06]) {
            self = .zip
        } else if prefix.starts(with: [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]) {
            let mark = "EncryptedPackage".utf16.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
            self = .other(
                Self.holds(prefix, mark)
                    ? "a workbook with a password; save it without one"
                    : "a workbook of the old kind (.xls); save it as .xlsx or CSV")
        } else if prefix.starts(with: [0x1F, 0x8B]) {
            self = .other("compressed by gzip; unpack it first")
        } else if prefix.starts(with: Array("%PDF".utf8)) {
            self = .other("a PDF; export the table as CSV or XLSX")
        } else {
            return nil
        }
    }

    private static func holds(_ bytes: [UInt8], _ wanted: [UInt8]) -> Bool {
        guard bytes.count >= wanted.count else { return false }
        return (0...bytes.count - wanted.count).contains { bytes[$0...].starts(with: wanted) }
    }
}
