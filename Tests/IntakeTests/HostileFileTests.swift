import Foundation
import Groundwork
import Postgres
import Spreadsheets
import TestKit
import Testing

@testable import Intake

/// Workbooks that are far more than they look.
@Suite(.scratchDatabase, .serialized) struct `A workbook that unpacks` {
    private static let header: [String] = [
        "household_key", "person_key", "given_name", "family_name", "sex", "role", "area_code", "consent_basis",
        "observed_on",
    ]

    @Test func `to hundreds of times its size is refused whole, and nothing of it is applied`() async throws {
        let fixture = try await ImportFixture.make()
        let folder = try ScratchFolder()
        let path = folder.path + "/bomb.xlsx"
        var file = WorkbookFile()
        let row = ["H1", "P1", "Aline", "Niyonkuru", "female", "head", "BI01010101", "consent", "2026-01-05"]
        let padding = String(repeating: " ", count: 72 << 20)
        file.sheets = [
            ("Data", WorkbookFile.sheet([Self.header, row]).replacing("</sheetData>", with: padding + "</sheetData>"))
        ]
        try file.write(to: path)
        let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
        #expect(size < 1 << 20)

        let fault = await #expect(throws: IntakeFault.self) { try await fixture.run(path, source: "bomb") }

        guard case .workbook(.bomb(let part))? = fault else {
            return #expect(Bool(false), "\(String(describing: fault))")
        }
        #expect(part == "xl/worksheets/sheet1.xml")
        #expect(try await fixture.number("SELECT count(*) FROM registry.source_record WHERE source = 'bomb'") == 0)
    }

    @Test func `to a million shared texts is read with few of them in memory`() async throws {
        let fixture = try await ImportFixture.make()
        let folder = try ScratchFolder()
        let path = folder.path + "/texts.xlsx"
        let row = ["H1", "P1", "Aline", "Niyonkuru", "female", "head", "BI01010101", "consent", "2026-01-05"]
        // The texts in use stand at the very end.
        let count = 1_000_000
        var texts = "<sst xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\">"
        texts.reserveCapacity(count * 56)
        for number in 0..<count { texts += "<si><t>a text that nobody asks for \(number)</t></si>" }
        for text in Self.header + row { texts += "<si><t>\(text)</t></si>" }
        texts += "</sst>"
        var file = WorkbookFile()
        let cells = [Self.header, row].enumerated().map { line, texts in
            "<row>"
                + texts.indices.map { "<c t=\"s\"><v>\(count + line * texts.count + $0)</v></c>" }.joined()
                + "</row>"
        }
        file.sheets = [("Data", "<sheetData>\(cells.joined())</sheetData>")]
        file.parts["xl/sharedStrings.xml"] = texts
        try file.write(to: path)
        #expect(try Workbook(path: path).keepsTextsInFile)

        let report = try await fixture.run(path, source: "texts")

        #expect(report.counts.peopleRegistered == 1)
        #expect(report.counts.rowsQuarantined == 0)
    }
}
