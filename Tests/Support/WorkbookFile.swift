import CZip
import Foundation

/// Writes small .xlsx workbooks part by part, so that a test can also write what no program would.
package struct WorkbookFile {
    /// Sheets in their order: name and what stands between `<worksheet>` tags.
    package var sheets: [(name: String, xml: String)] = []
    package var sharedTexts: [String] = []
    /// Further parts, or other content for those written by themselves.
    package var parts: [String: String] = [:]
    package var countsFrom1904 = false
    package var hidden: Set<String> = []
    package var password: String?

    package init() {}

    package struct Trouble: Error {}

    /// A sheet of rows of texts, the way most programs write them inline.
    package static func sheet(_ rows: [[String]]) -> String {
        let lines = rows.enumerated().map { number, cells in
            let inner = cells.enumerated().map { place, text in
                text.isEmpty
                    ? "" : "<c r=\"\(column(place))\(number + 1)\" t=\"inlineStr\"><is><t>\(escaped(text))</t></is></c>"
            }
            return "<row r=\"\(number + 1)\">\(inner.joined())</row>"
        }
        return "<sheetData>\(lines.joined())</sheetData>"
    }

    package static func column(_ place: Int) -> String {
        let last = String(UnicodeScalar(UInt8(65 + place % 26)))
        return place < 26 ? last : column(place / 26 - 1) + last
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
    }

    package func write(to path: String) throws {
        var error: Int32 = 0
        guard let archive = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, &error) else { throw Trouble() }
        // The archive is written when it is closed; the bytes must live until then.
        var held: [UnsafeMutableRawPointer] = []
        defer { for bytes in held { bytes.deallocate() } }
        for (name, text) in all.sorted(by: { $0.key < $1.key }) {
            let bytes = Array(text.utf8)
            let copy = UnsafeMutableRawPointer.allocate(byteCount: max(1, bytes.count), alignment: 1)
            copy.copyMemory(from: bytes, byteCount: bytes.count)
            held.append(copy)
            guard let source = zip_source_buffer(archive, copy, zip_uint64_t(bytes.count), 0) else { throw Trouble() }
            let place = zip_file_add(archive, name, source, zip_flags_t(ZIP_FL_ENC_UTF_8))
            guard place >= 0 else { throw Trouble() }
            if let password {
                zip_file_set_encryption(archive, zip_uint64_t(place), UInt16(ZIP_EM_AES_256), password)
            }
        }
        guard zip_close(archive) == 0 else { throw Trouble() }
    }

    private var all: [String: String] {
        let head = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"
        let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
        let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
        let package = "http://schemas.openxmlformats.org/package/2006"
        func link(_ id: String, _ kind: String, _ target: String) -> String {
            "<Relationship Id=\"\(id)\" Type=\"\(office)/\(kind)\" Target=\"\(target)\"/>"
        }
        var result: [String: String] = [
            "[Content_Types].xml": "\(head)<Types xmlns=\"\(package)/content-types\"/>",
            "_rels/.rels":
                "\(head)<Relationships xmlns=\"\(package)/relationships\">\(link("r1", "officeDocument", "xl/workbook.xml"))</Relationships>",
            "xl/styles.xml": """
            \(head)<styleSheet xmlns="\(main)"><numFmts count="1"><numFmt numFmtId="170" formatCode="dd\\-mmm\\-yyyy"/></numFmts>
            <cellStyleXfs count="1"><xf numFmtId="14"/></cellStyleXfs>
            <cellXfs count="4"><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="170"/><xf numFmtId="22"/></cellXfs></styleSheet>
            """,
        ]
        var list = ""
        var links = link("s", "styles", "styles.xml") + link("t", "sharedStrings", "/xl/sharedStrings.xml")
        for (number, sheet) in sheets.enumerated() {
            let state = hidden.contains(sheet.name) ? " state=\"hidden\"" : ""
            list +=
                "<sheet name=\"\(Self.escaped(sheet.name))\" sheetId=\"\(number + 1)\"\(state) r:id=\"w\(number)\"/>"
            links += link("w\(number)", "worksheet", "worksheets/sheet\(number + 1).xml")
            result["xl/worksheets/sheet\(number + 1).xml"] =
                "\(head)<worksheet xmlns=\"\(main)\">\(sheet.xml)</worksheet>"
        }
        result["xl/workbook.xml"] = """
            \(head)<workbook xmlns="\(main)" xmlns:r="\(office)"><workbookPr\(countsFrom1904 ? " date1904=\"1\"" : "")/>
            <sheets>\(list)</sheets></workbook>
            """
        result["xl/_rels/workbook.xml.rels"] =
            "\(head)<Relationships xmlns=\"\(package)/relationships\">\(links)</Relationships>"
        let texts = sharedTexts.map { "<si><t>\(Self.escaped($0))</t></si>" }.joined()
        result["xl/sharedStrings.xml"] = "\(head)<sst xmlns=\"\(main)\">\(texts)</sst>"
        return result.merging(parts) { $1 }
    }
}
