import Foundation
import TestKit
import Testing

@testable import Spreadsheets

@Suite struct `A workbook` {
    private let folder: String

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("kith-book-" + UUID().uuidString).path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    private func write(_ file: WorkbookFile) throws -> String {
        let path = folder + "/book.xlsx"
        try file.write(to: path)
        return path
    }

    private func text(
        _ path: String, _ sheet: String? = nil, limits: SpreadsheetLimits = .standard, refusesFormulas: Bool = false
    ) throws -> String {
        let book = try Workbook(path: path, limits: limits)
        let reader = try book.reader(of: sheet ?? book.sheets[0], refusesFormulas: refusesFormulas)
        var bytes: [UInt8] = []
        while let piece = try reader.next() { bytes += piece }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func one(_ xml: String, texts: [String] = []) throws -> String {
        var file = WorkbookFile()
        file.sheets = [("Data", xml)]
        file.sharedTexts = texts
        return try write(file)
    }

    private func fault(_ path: String, limits: SpreadsheetLimits = .standard) -> SpreadsheetFault? {
        do {
            _ = try text(path, limits: limits)
            return nil
        } catch {
            return error as? SpreadsheetFault
        }
    }

    @Test func `is read as CSV with texts of every kind`() throws {
        let path = try one(
            """
            <sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="s"><v>2</v></c></row>
            <row r="2"><c r="A2" t="inlineStr"><is><r><t>Jean</t></r><r><t xml:space="preserve"> Paul</t></r></is></c>
            <c r="B2" t="b"><v>1</v></c><c r="C2" t="str"><f>A1</f><v>R&amp;D "x"</v></c></row></sheetData>
            """, texts: ["name", "is it", "a,b"])

        #expect(try text(path) == "name,is it,\"a,b\"\nJean Paul,true,\"R&D \"\"x\"\"\"\n")
    }

    @Test func `keeps gaps between rows and cells`() throws {
        let path = try one(
            """
            <sheetData><row r="1"><c r="A1"><v>1</v></c><c r="B1"><v>2</v></c><c r="C1"><v>3</v></c></row>
            <row r="4"><c r="C4"><v>7</v></c></row><row r="5"><c r="B5" s="1"/></row><row r="6"><c r="A6"><v>9</v></c></row></sheetData>
            """)

        #expect(try text(path) == "1,2,3\n\n\n,,7\n\n9,,\n")
    }

    @Test func `shows days as days, counted from 1900 or from 1904`() throws {
        let xml = """
            <sheetData><row r="1"><c r="A1" s="1"><v>36526</v></c><c r="B1" s="2"><v>1</v></c><c r="C1" s="3"><v>36526.75</v></c>
            <c r="D1"><v>36526</v></c></row></sheetData>
            """
        #expect(try text(try one(xml)) == "2000-01-01,1900-01-01,2000-01-01 18:00:00,36526\n")

        var file = WorkbookFile()
        file.sheets = [("Data", xml)]
        file.countsFrom1904 = true
        #expect(try text(try write(file)) == "2004-01-02,1904-01-02,2004-01-02 18:00:00,36526\n")
    }

    @Test(arguments: [
        ("3", "3"), ("0.10000000000000001", "0.1"), ("25779123456", "25779123456"), ("2.5779123456E10", "25779123456"),
        ("1.5E-7", "0.00000015"), ("-12.5", "-12.5"),
    ]) func `writes numbers as people do`(kept: String, shown: String) throws {
        #expect(try text(try one("<sheetData><row><c><v>\(kept)</v></c></row></sheetData>")) == shown + "\n")
    }

    @Test func `takes the kept result of a formula, marks one without and errors`() throws {
        let path = try one(
            """
            <sheetData><row><c><f>1+1</f><v>2</v></c><c><f>NOW()</f></c><c t="e"><v>#REF!</v></c></row></sheetData>
            """)

        #expect(try text(path) == "2,\"\u{1A}formula\",\"\u{1A}error\"\n")
        #expect(try text(path, refusesFormulas: true).hasPrefix("\"\u{1A}formula\""))
    }

    @Test func `marks cells under merged ones`() throws {
        let path = try one(
            WorkbookFile.sheet([["a", "b"], ["x", "1"], ["", "2"], ["y", "3"]])
                + "<mergeCells count=\"1\"><mergeCell ref=\"A2:A3\"/></mergeCells>")

        #expect(try text(path) == "a,b\nx,1\n\"\u{1A}merged\",2\ny,3\n")
    }

    @Test func `lists the sheets that are shown and reads the one that is named`() throws {
        var file = WorkbookFile()
        file.sheets = [
            ("Guide", WorkbookFile.sheet([["read me"]])), ("R&D", WorkbookFile.sheet([["x"]])),
            ("Lists", WorkbookFile.sheet([["y"]])),
        ]
        file.hidden = ["Lists"]
        let path = try write(file)

        #expect(try Workbook(path: path).sheets == ["Guide", "R&D"])
        #expect(try text(path, "R&D") == "x\n")
        #expect(throws: SpreadsheetFault.sheetMissing("Data")) { try text(path, "Data") }
    }

    @Test func `keeps many shared texts in a temporary file`() throws {
        let texts = (0..<3_000).map { "text number \($0) é" }
        let cells = (0..<3_000).map { "<row><c t=\"s\"><v>\(($0 * 7) % 3_000)</v></c></row>" }.joined()
        let path = try one("<sheetData>\(cells)</sheetData>", texts: texts)
        let limits = SpreadsheetLimits(textsInMemory: 4_096)

        #expect(try Workbook(path: path, limits: limits).keepsTextsInFile)
        #expect(try !Workbook(path: path).keepsTextsInFile)
        let expected = (0..<3_000).map { texts[($0 * 7) % 3_000] + "\n" }.joined()
        #expect(try text(path, limits: limits) == expected)
        #expect(try text(path) == expected)
    }

    @Test func `that unpacks to too much is not read further`() throws {
        let path = try one("<sheetData><row><c><v>1</v></c></row></sheetData>" + String(repeating: " ", count: 4 << 20))

        let byRatio = SpreadsheetLimits(ratio: 100, ratioFloor: 1 << 20)
        #expect(fault(path, limits: byRatio) == .bomb(part: "xl/worksheets/sheet1.xml"))
        let bySize = SpreadsheetLimits(largestPart: 1 << 20)
        #expect(fault(path, limits: bySize) == .bomb(part: "xl/worksheets/sheet1.xml"))
        #expect(fault(path) == nil)
    }

    @Test func `with a document type is refused before an entity grows`() throws {
        var file = WorkbookFile()
        file.sheets = [("Data", "")]
        file.parts["xl/worksheets/sheet1.xml"] = """
            <?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>
            <worksheet><sheetData><row><c t="inlineStr"><is><t>&b;</t></is></c></row></sheetData></worksheet>
            """

        #expect(fault(try write(file)) == .documentType(part: "xl/worksheets/sheet1.xml"))
    }

    @Test func `that is broken, locked or none at all says so`() throws {
        var broken = WorkbookFile()
        broken.sheets = [("Data", "<sheetData><row><c><v>1</c></row>")]
        #expect(fault(try write(broken)) == .damaged(part: "xl/worksheets/sheet1.xml"))

        var locked = WorkbookFile()
        locked.sheets = [("Data", WorkbookFile.sheet([["a"]]))]
        locked.password = "secret"
        #expect(fault(try write(locked)) == .encrypted)

        let backwards = try one("<sheetData><row r=\"5\"/><row r=\"2\"/></sheetData>")
        #expect(fault(backwards) == .damaged(part: "row 6"))

        try Data(Array("PK\u{3}\u{4} and nothing more".utf8)).write(to: URL(fileURLWithPath: folder + "/bad.xlsx"))
        #expect(fault(folder + "/bad.xlsx") == .damaged(part: "the archive"))
    }

    @Test func `of more than libxml's own limits is read as a stream`() throws {
        let row = "<row><c t=\"inlineStr\"><is><t>\(String(repeating: "word ", count: 40))</t></is></c></row>"
        let path = try one("<sheetData>\(String(repeating: row, count: 60_000))</sheetData>")
        let book = try Workbook(path: path)
        let reader = try book.reader(of: "Data")

        var lines = 0
        var largest = 0
        while let piece = try reader.next() {
            lines += piece.count { $0 == 0x0A }
            largest = max(largest, piece.count)
        }
        #expect(lines == 60_000)
        #expect(largest < 1 << 19)
    }

    @Test(arguments: [
        ("yyyy-mm-dd", true), ("d/m/yy h:mm", true), ("General", false), ("0.00", false), ("[Red]0.0", false),
        ("\"day\" 0", false), ("h:mm:ss", false), ("[$-40C]d mmm yyyy", true), ("\\d0", false),
    ]) func `tells formats of days from others`(code: String, isDay: Bool) {
        #expect(CellStyles.showsDay(code) == isDay)
    }

    @Test func `places and blocks are understood`() {
        #expect(CellPlace(Array("C5".utf8)) == CellPlace(Array("$C$5".utf8)))
        #expect(CellPlace(Array("XFE1".utf8)) == nil)
        #expect(CellPlace(Array("A0".utf8)) == nil)
        #expect(MergedCells.block("<mergeCell ref=\"B2:C4\"")?.rows == 1...3)
        #expect(MergedCells.block("<mergeCell ref=\"C4:B2\"") == nil)
    }
}
