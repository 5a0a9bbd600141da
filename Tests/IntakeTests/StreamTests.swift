import Documents
import Foundation
import Groundwork
import Postgres
import Registry
import TestKit
import Testing

@testable import Demo
@testable import Intake

/// The same few households in any encoding and with any separator.
private struct PlainText {
    static let header: [String] = [
        "household_key", "person_key", "given_name", "family_name", "sex", "role", "area_code", "consent_basis",
        "observed_on",
    ]
    var rows: [[String]] = []

    static func sample(_ count: Int) -> PlainText {
        var text = PlainText()
        for number in 0..<count {
            text.rows.append([
                "H\(number)", "P\(number)", number % 2 == 0 ? "André" : "Jean; dit \"Ñ\"", "Ndayizeye", "male", "head",
                "BI01010101", "consent", "2026-01-05",
            ])
        }
        return text
    }

    func text(_ separator: String) -> String {
        ([Self.header] + rows).map { row in
            row.map { cell in
                cell.contains(separator) || cell.contains("\"")
                    ? "\"" + cell.replacing("\"", with: "\"\"") + "\"" : cell
            }.joined(separator: separator)
        }.joined(separator: "\n") + "\n"
    }

    static func bytes(_ text: String, _ encoding: String) -> [UInt8] {
        switch encoding {
        case "utf-8 with mark": [0xEF, 0xBB, 0xBF] + Array(text.utf8)
        case "utf-16le": [0xFF, 0xFE] + text.utf16.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
        case "utf-16be": [0xFE, 0xFF] + text.utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] }
        case "utf-16le without mark": text.utf16.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
        case "latin1": text.unicodeScalars.map { UInt8($0.value) }
        default: Array(text.utf8)
        }
    }
}

@Suite(.scratchDatabase, .serialized) struct `Files in many forms` {
    private static let forms: [(String, String, String)] = [
        ("utf-8", ",", "UTF-8"), ("utf-8", ";", "UTF-8"), ("utf-8", "\t", "UTF-8"), ("utf-8", "|", "UTF-8"),
        ("utf-8 with mark", ";", "UTF-8 with a byte-order mark"), ("utf-16le", "\t", "UTF-16, little end first"),
        ("utf-16be", ",", "UTF-16, big end first"), ("utf-16le without mark", ",", "UTF-16, little end first"),
        ("latin1", ";", "Windows-1252"),
    ]

    @Test(arguments: forms) func `are detected, told and read`(
        encoding: String, separator: String, shown: String
    ) async throws {
        let fixture = try await ImportFixture.make()
        let folder = try ScratchFolder()
        let bytes = PlainText.bytes(PlainText.sample(30).text(separator), encoding)
        try Data(bytes).write(to: URL(fileURLWithPath: folder.path + "/file.csv"))

        let report = try await fixture.run(folder.path + "/file.csv", source: "\(encoding) \(separator)")

        #expect(report.detected.encoding == shown)
        #expect(report.counts.peopleRegistered == 30)
        #expect(report.counts.rowsQuarantined == 0)
        #expect(report.detected.bound == PlainText.header)
        let names = try await fixture.number(
            """
            SELECT count(*) FROM registry.person AS p JOIN registry.source_record AS r ON r.batch_id = \(report.batch)
            JOIN registry.link AS l ON l.record_id = r.id AND l.subject_id = p.id
            WHERE given_name IN ('André', 'Jean; dit "Ñ"')
            """)
        #expect(names == 30)
    }

    @Test func `are read as told where the guess would be wrong`() async throws {
        let fixture = try await ImportFixture.make()
        let folder = try ScratchFolder()
        // One accented letter only: a guess would take it for one bad cell.
        let bytes = PlainText.bytes(PlainText.sample(1).text(";"), "latin1")
        try Data(bytes).write(to: URL(fileURLWithPath: folder.path + "/file.csv"))

        let guessed = try await fixture.run(folder.path + "/file.csv", source: "guessed")
        let told = try await fixture.take(folder.path + "/file.csv") {
            ($0.source, $0.encoding, $0.separator) = ("told", .windows1252, UInt8(ascii: ";"))
        }

        #expect(guessed.counts.rowsBad == 1)
        #expect(told.counts.peopleRegistered == 1)
    }

    @Test func `of two encodings hold back the cells in the other one`() async throws {
        let fixture = try await ImportFixture.make()
        let folder = try ScratchFolder()
        let sample = PlainText.sample(8)
        var mostly1252 = PlainText.bytes(sample.text(","), "latin1")
        mostly1252 += Array("H90,P90,André,Ndayizeye,male,head,BI01010101,consent,2026-01-05\n".utf8)
        try Data(mostly1252).write(to: URL(fileURLWithPath: folder.path + "/a.csv"))
        var mostlyUTF8 = Array(sample.text(",").utf8)
        mostlyUTF8 += PlainText.bytes("H90,P90,André,Ndayizeye,male,head,BI01010101,consent,2026-01-05\n", "latin1")
        try Data(mostlyUTF8).write(to: URL(fileURLWithPath: folder.path + "/b.csv"))

        for file in ["a", "b"] {
            let report = try await fixture.run(folder.path + "/\(file).csv", source: "mixed-" + file)

            let held = try await fixture.quarantined(report.batch)
            #expect(held.flatMap(\.findings).map(\.code) == ["csv.encoding"])
            #expect(held.flatMap(\.findings).map(\.field) == ["given_name"])
            #expect(report.counts.peopleRegistered == 8)
        }
    }

    @Test func `with a line that never ends hold back that line alone`() async throws {
        let fixture = try await ImportFixture.make()
        let folder = try ScratchFolder()
        let path = folder.path + "/endless.csv"
        try Data().write(to: URL(fileURLWithPath: path))
        let handle = try #require(FileHandle(forWritingAtPath: path))
        try handle.write(contentsOf: Data(PlainText.sample(200).text(",").utf8))
        // A quarter of a gigabyte that takes no room on the disk; the reader is tried with two gigabytes.
        try handle.truncate(atOffset: UInt64(1) << 28)
        try handle.seekToEnd()
        try handle.write(contentsOf: Data("\nH901,P901,Jean,Ndayizeye,male,head,BI01010101,consent,2026-01-05\n".utf8))
        try handle.close()

        let report = try await fixture.run(path, source: "endless")

        let bad = try await fixture.quarantined(report.batch)
        #expect(bad.filter(\.isBad).map(\.line) == [202])
        #expect(bad.filter(\.isBad).flatMap(\.findings).map(\.code) == ["csv.too_long"])
        #expect(bad.allSatisfy { $0.raw.count <= 1 << 20 })
        #expect(report.counts.peopleRegistered == 200)
    }

    @Test func `are cut between households, however many lines those have`() async throws {
        let fixture = try await ImportFixture.make()
        let folder = try ScratchFolder()
        var file = PlainFile()
        for number in 0..<1_700 {
            file.head("C\(number)", "C\(number)-1")
            file.line("C\(number)", "C\(number)-2", ["family_name": "Bigirimana"])
            file.line("C\(number)", "C\(number)-3", ["family_name": "Hakizimana"])
        }
        try file.write(to: folder.path + "/cut.csv")

        let report = try await fixture.run(folder.path + "/cut.csv", source: "cut")

        #expect(report.counts.householdsRegistered == 1_700)
        #expect(report.counts.peopleRegistered == 5_100)
        let chunks = try await fixture.number(
            "SELECT count(*) FROM intake.import_chunk WHERE batch_id = \(report.batch)")
        #expect(chunks == 2)
    }
}

@Suite(.scratchDatabase, .serialized) struct `Workbooks` {
    private func book(_ count: Int, _ change: (inout WorkbookFile, inout [[String]]) -> Void = { _, _ in })
        -> WorkbookFile
    {
        var file = WorkbookFile()
        var rows = [PlainText.header] + PlainText.sample(count).rows
        change(&file, &rows)
        file.sheets.append(("People", WorkbookFile.sheet(rows)))
        return file
    }

    @Test func `are read like CSV, and what they hold back is a CSV to be mended`() async throws {
        let fixture = try await ImportFixture.make()
        let folder = try ScratchFolder()
        let path = folder.path + "/people.xlsx"
        try book(20) { _, rows in rows[5][4] = "Q" }.write(to: path)
        let quarantine = folder.path + "/bad.csv"

        let report = try await fixture.run(path, source: "book", quarantine: quarantine)

        #expect(report.detected.text == "XLSX, sheet People")
        #expect(report.counts.peopleRegistered == 19)
        #expect(try await fixture.quarantined(report.batch).map(\.line) == [6])
        let text = try String(contentsOfFile: quarantine, encoding: .utf8)
        try text.replacing(",Q,", with: ",male,").write(toFile: quarantine, atomically: true, encoding: .utf8)
        let mended = try await fixture.run(quarantine, source: "book")
        #expect(mended.counts.peopleRegistered == 1)
        let again = try await fixture.run(path, source: "book")
        #expect(again.counts.peopleUnchanged == 19)
    }

    @Test func `hold back lines with formulas, errors and merged cells`() async throws {
        let fixture = try await ImportFixture.make()
        let folder = try ScratchFolder()
        let path = folder.path + "/cells.xlsx"
        var file = book(6)
        file.sheets[0].xml = file.sheets[0].xml
            .replacing(
                "<c r=\"C3\" t=\"inlineStr\"><is><t>Jean; dit \"Ñ\"</t></is></c>", with: "<c r=\"C3\"><f>A1</f></c>"
            )
            .replacing(
                "<c r=\"D5\" t=\"inlineStr\"><is><t>Ndayizeye</t></is></c>", with: "<c r=\"D5\" t=\"e\"><v>#N/A</v></c>"
            )
        file.sheets[0].xml += "<mergeCells count=\"1\"><mergeCell ref=\"G6:G7\"/></mergeCells>"
        try file.write(to: path)

        let report = try await fixture.run(path, source: "cells")

        let held = try await fixture.quarantined(report.batch)
        #expect(held.map(\.line) == [3, 5, 7])
        #expect(held.map { $0.findings[0].code } == ["sheet.formula", "sheet.error", "sheet.merged"])
        #expect(held.map { $0.findings[0].field } == ["given_name", "family_name", "area_code"])
        #expect(report.counts.peopleRegistered == 3)
    }

    @Test func `with several sheets ask which, and list them`() async throws {
        let fixture = try await ImportFixture.make()
        let folder = try ScratchFolder()
        let path = folder.path + "/sheets.xlsx"
        try book(3) { file, _ in file.sheets = [("Guide", WorkbookFile.sheet([["read me"]]))] }.write(to: path)

        await #expect(throws: IntakeFault.self) { try await fixture.run(path, source: "sheets") }
        do {
            try await fixture.run(path, source: "sheets")
        } catch let fault as IntakeFault {
            #expect(fault.summary.contains("Guide, People"))
        }
        let report = try await fixture.take(path) { ($0.source, $0.sheet) = ("sheets", "People") }
        #expect(report.counts.peopleRegistered == 3)
    }

    @Test(arguments: ["xlsx", "utf-16"]) func `and converted files go on where they were stopped`(kind: String)
        async throws
    {
        let fixture = try await ImportFixture.make()
        let folder = try ScratchFolder()
        let path = folder.path + "/large." + kind
        if kind == "xlsx" {
            try book(9_000).write(to: path)
        } else {
            try Data(PlainText.bytes(PlainText.sample(9_000).text(","), "utf-16le"))
                .write(to: URL(fileURLWithPath: path))
        }
        let source = "stopped-" + kind
        let stopped = Task {
            try await fixture.run(path, source: source) {
                if $0.rowsDone > 0 { withUnsafeCurrentTask { $0?.cancel() } }
            }
        }
        _ = try? await stopped.value
        let done = try await fixture.number(
            "SELECT rows_read FROM intake.import_batch WHERE source = \(source) AND state = 'running'")
        #expect((1..<9_000).contains(done))

        let report = try await fixture.run(path, source: source)

        #expect(report.isResumed)
        #expect(report.counts.peopleRegistered == 9_000)
        #expect(report.counts.rowsQuarantined == 0)
        let people = try await fixture.number(
            "SELECT count(DISTINCT source_key) FROM registry.source_record WHERE source = \(source) AND subject_kind = 'person'"
        )
        #expect(people == 9_000)
    }
}
