import Groundwork

/// An .xlsx workbook: its sheets, and what their cells refer to.
public struct Workbook: Sendable {
    /// Names of the sheets with cells in their order, hidden ones only where there is no other.
    public let sheets: [String]
    /// Whether days are counted from 1904.
    public let countsFrom1904: Bool

    private let path: String
    private let limits: SpreadsheetLimits
    private let parts: [String: String]
    private let styles: CellStyles
    private let texts: SharedTexts

    /// Opens a workbook and reads what its sheets have in common; the sheets themselves are read as streams.
    ///
    /// - Throws: what is wrong with it, in words for whoever made it.
    public init(path: String, limits: SpreadsheetLimits = .standard) throws(SpreadsheetFault) {
        (self.path, self.limits) = (path, limits)
        let archive = try ZipArchive(path: path, limits: limits)
        guard archive.contains("[Content_Types].xml") else {
            throw archive.contains("EncryptedPackage") ? .encrypted : .notWorkbook
        }
        let main =
            try Self.links(of: "", in: archive).first { $0.kind == "officeDocument" }?.target ?? "xl/workbook.xml"
        guard archive.contains(main) else { throw .notWorkbook }
        let links = try Self.links(of: main, in: archive)
        let list = SheetList()
        try ElementSink.read(main, of: archive) { list.note($0, $1) }
        let found = list.sheets.compactMap { sheet in
            links.first { $0.id == sheet.link && $0.kind == "worksheet" }.map { (sheet, $0.target) }
        }
        guard !found.isEmpty else { throw .notWorkbook }
        let shown = found.filter { !$0.0.isHidden }
        sheets = (shown.isEmpty ? found : shown).map(\.0.name)
        parts = Dictionary(found.map { ($0.0.name, $0.1) }, uniquingKeysWith: { first, _ in first })
        countsFrom1904 = list.countsFrom1904
        styles =
            try links.first { $0.kind == "styles" }.map { link throws(SpreadsheetFault) in
                try CellStyles(part: link.target, of: archive)
            } ?? CellStyles()
        texts =
            try links.first { $0.kind == "sharedStrings" }.map { link throws(SpreadsheetFault) in
                try Self.texts(link.target, of: archive, limits)
            } ?? SharedTexts.none
    }

    /// Whether the shared texts are too many for memory and lie in a temporary file.
    public var keepsTextsInFile: Bool { texts.isSpilled }

    /// Reads a sheet as CSV, piece by piece.
    ///
    /// - Parameter refusesFormulas: whether a formula is marked even where the workbook keeps its result.
    public func reader(of sheet: String, refusesFormulas: Bool = false) throws(SpreadsheetFault) -> SheetReader {
        guard let part = parts[sheet] else { throw .sheetMissing(sheet) }
        let merged = try MergedCells(part: part, of: ZipArchive(path: path, limits: limits), limits)
        let stream = try ZipArchive(path: path, limits: limits).open(part, largest: limits.largestPart)
        let sink = SheetSink(
            texts: texts, styles: styles, countsFrom1904: countsFrom1904, merged: merged,
            refusesFormulas: refusesFormulas)
        return try SheetReader(stream: stream, sink: sink)
    }

    private static func texts(
        _ part: String, of archive: ZipArchive, _ limits: SpreadsheetLimits
    ) throws(SpreadsheetFault) -> SharedTexts {
        let push = try XMLPush(SharedTextSink(mostInMemory: limits.textsInMemory), part: part)
        let stream = try archive.open(part, largest: limits.largestPart)
        while let piece = try stream.next() { try push.feed(piece) }
        try push.finish()
        return try push.sink.finish()
    }

    // MARK: What belongs to what

    private struct Link {
        var id: String
        var kind: String
        var target: String
    }

    /// The parts that a part refers to.
    private static func links(of part: String, in archive: ZipArchive) throws(SpreadsheetFault) -> [Link] {
        let folder = part.split(separator: "/").dropLast().joined(separator: "/")
        let name = part.split(separator: "/").last.map(String.init) ?? ""
        let prefix = folder.isEmpty ? "" : folder + "/"
        let list = prefix + "_rels/" + name + ".rels"
        guard archive.contains(list) else { return [] }
        let gathered = LinkList()
        try ElementSink.read(list, of: archive) { element, attributes in
            guard element == "Relationship", let id = attributes.string("Id"), let type = attributes.string("Type"),
                let target = attributes.string("Target")
            else { return }
            let kind = type.split(separator: "/").last.map(String.init) ?? ""
            let path = target.hasPrefix("/") ? String(target.dropFirst()) : prefix + target
            gathered.links.append(Link(id: id, kind: kind, target: path))
        }
        return gathered.links
    }

    private final class LinkList {
        var links: [Link] = []
    }
}

/// Gathers what `workbook.xml` says.
private final class SheetList {
    struct Sheet {
        var name: String
        var link: String
        var isHidden: Bool
    }

    var sheets: [Sheet] = []
    var countsFrom1904 = false

    func note(_ name: XMLName, _ attributes: XMLAttributes) {
        if name == "sheet", let title = attributes.string("name"), let link = attributes.string("id") {
            sheets.append(
                Sheet(name: title, link: link, isHidden: (attributes.string("state") ?? "visible") != "visible"))
        } else if name == "workbookPr" {
            countsFrom1904 = ["1", "true"].contains(attributes.string("date1904") ?? "")
        }
    }
}
