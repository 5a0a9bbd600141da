import Demo
import Documents
import Foundation
import Groundwork
import Intake
import Postgres
import Registry
import TestKit
import Testing

@Suite(.scratchDatabase, .serialized) struct `Lines that cannot be accepted` {
    /// One mistake, where it is reported, and under which code.
    struct Mistake: Sendable, CustomTestStringConvertible {
        var cells: [String: String]
        var field: String
        var code: String
        var onHead = false

        var testDescription: String { "\(code) in \(field)" }
    }

    static let mistakes: [Mistake] = [
        Mistake(cells: ["sex": "Q"], field: "sex", code: "code.unknown"),
        Mistake(cells: ["sex": ""], field: "sex", code: "value.missing"),
        Mistake(cells: ["birth_date": "1987-02-30"], field: "birth_date", code: "date.invalid"),
        Mistake(cells: ["birth_date": "31914"], field: "birth_date", code: "date.serial"),
        Mistake(cells: ["observed_on": "46023"], field: "observed_on", code: "date.serial", onHead: true),
        Mistake(cells: ["birth_date": "2031-01-01"], field: "birth_date", code: "date.future"),
        Mistake(cells: ["birth_date": "1799-01-01"], field: "birth_date", code: "date.too_early"),
        Mistake(cells: ["age": "30"], field: "age", code: "birth.both"),
        Mistake(cells: ["birth_date": "", "age": "old"], field: "age", code: "type.integer"),
        Mistake(cells: ["birth_date": "", "age": "200"], field: "age", code: "number.range"),
        Mistake(cells: ["given_name": "", "family_name": ""], field: "given_name", code: "name.missing"),
        Mistake(cells: ["given_name": "a\u{1}b"], field: "given_name", code: "text.control"),
        Mistake(
            cells: ["given_name": String(repeating: "x", count: 300)], field: "given_name", code: "text.too_long"),
        Mistake(cells: ["person_key": String(repeating: "k", count: 90)], field: "person_key", code: "text.too_long"),
        Mistake(cells: ["identifiers": "NID:12"], field: "identifiers", code: "identifier.malformed"),
        Mistake(cells: ["identifiers": "XYZ:123456"], field: "identifiers", code: "identifier.type_unknown"),
        Mistake(cells: ["phones": "12"], field: "phones", code: "phone.malformed"),
        Mistake(cells: ["role": "head"], field: "role", code: "members.head_count"),
        Mistake(cells: ["rooms": "4"], field: "rooms", code: "household.differs"),
        Mistake(cells: ["role": "member"], field: "role", code: "members.head_count", onHead: true),
        Mistake(cells: ["area_code": "BI0101ZZ"], field: "area_code", code: "area.unknown", onHead: true),
        Mistake(cells: ["area_code": ""], field: "area_code", code: "value.missing", onHead: true),
        Mistake(cells: ["consent_basis": ""], field: "consent_basis", code: "value.missing", onHead: true),
        Mistake(cells: ["consent_basis": "refused"], field: "consent_basis", code: "consent.refused", onHead: true),
        Mistake(cells: ["observed_on": "2031-05-01"], field: "observed_on", code: "date.future", onHead: true),
        Mistake(cells: ["rooms": "-1"], field: "rooms", code: "number.range", onHead: true),
        Mistake(cells: ["land_owned": "perhaps"], field: "land_owned", code: "type.boolean", onHead: true),
        Mistake(cells: ["land_hectares": "much"], field: "land_hectares", code: "type.decimal", onHead: true),
        Mistake(cells: ["land_hectares": "1.234.567"], field: "land_hectares", code: "type.decimal", onHead: true),
        Mistake(cells: ["land_hectares": "12-5"], field: "land_hectares", code: "type.decimal", onHead: true),
        Mistake(cells: ["person_key": "P\u{1}2"], field: "person_key", code: "text.control"),
    ]

    @Test(arguments: mistakes) func `a mistake names its field and its remedy`(mistake: Mistake) async throws {
        let fixture = try await ImportFixture.make()
        let folder = try ScratchFolder()
        var file = PlainFile()
        file.head("H1", "P1", mistake.onHead ? mistake.cells : [:])
        file.line("H1", "P2", mistake.onHead ? [:] : mistake.cells)
        file.head("H2", "P3")
        try file.write(to: folder.path + "/bad.csv")

        let report = try await fixture.run(folder.path + "/bad.csv", source: "mistake \(mistake.code) \(mistake.cells)")

        let held = try await fixture.quarantined(report.batch)
        let bad = held.filter(\.isBad).flatMap(\.findings)
        let found = bad.first { $0.code == mistake.code }
        #expect(found?.field == mistake.field)
        #expect(!(found?.remedy.isEmpty ?? true))
        #expect(held.count == 2)
        #expect(held.filter(\.isBad).map(\.line) == [mistake.onHead ? 2 : 3])
        #expect(report.counts.peopleRegistered == 1)
    }

    @Test func `broken quoting, bytes that are not UTF-8 and missing cells hold back one household each`() async throws
    {
        let fixture = try await ImportFixture.make()
        let folder = try ScratchFolder()
        let path = folder.path + "/raw.csv"
        let columns = "household_key,person_key,given_name,family_name,sex,role,area_code,consent_basis,observed_on\n"
        var bytes = Array(columns.utf8)
        bytes += Array("H1,P1,\"Jean\"x,Ndayizeye,male,head,BI01010101,consent,2026-01-05\n".utf8)
        bytes += Array("H1,P2,Aline,Ndayizeye,female,member,,,\n".utf8)
        bytes += Array("H2,P3,J".utf8) + [0xE9] + Array("r,Ndayizeye,male,head,BI01010101,consent,2026-01-05\n".utf8)
        bytes += Array("H3,P4,Jean,Ndayizeye,male,head\n".utf8)
        bytes += Array("H4,P5,\"Jean\nPaul\",Ndayizeye,male,head,BI01010101,consent,2026-01-05\n".utf8)
        bytes += Array("H5,P6,Odette,Ndayizeye,female,head,BI01010101,consent,2026-01-05\n".utf8)
        try Data(bytes).write(to: URL(fileURLWithPath: path))

        let report = try await fixture.run(path, source: "raw")

        let held = try await fixture.quarantined(report.batch)
        #expect(held.map(\.line) == [2, 3, 4, 5, 6])
        #expect(held[0].findings.map(\.code) == ["csv.quoting"])
        #expect(held[1].findings.map(\.code) == ["household.held"])
        #expect(held[2].findings.map(\.code) == ["csv.encoding"])
        #expect(held[2].findings.map(\.field) == ["given_name"])
        #expect(held[3].findings.map(\.code) == ["csv.columns"])
        #expect(held[4].findings.map(\.code) == ["text.control"])
        #expect(report.counts.peopleRegistered == 1)
    }

    @Test func `keys that repeat across households hold back the later one`() async throws {
        let fixture = try await ImportFixture.make()
        let folder = try ScratchFolder()
        var file = PlainFile()
        file.head("R1", "A1")
        file.head("R2", "A2")
        file.line("R2", "A1")
        file.head("R3", "A3")
        file.line("R1", "A9")
        file.line("R3", "A4")
        try file.write(to: folder.path + "/repeated.csv")

        let report = try await fixture.run(folder.path + "/repeated.csv", source: "repeated")

        let bad = try await fixture.quarantined(report.batch).filter(\.isBad)
        #expect(bad.first { $0.line == 4 }?.findings.map(\.code) == ["key.repeated"])
        #expect(bad.first { $0.line == 6 }?.findings.map(\.code).contains("household.repeated") ?? false)
        #expect(bad.first { $0.line == 7 }?.findings.map(\.code).contains("household.repeated") ?? false)
        #expect(report.counts.householdsRegistered == 2)
    }

    @Test func `a quarantine file that was mended can be sent again`() async throws {
        let fixture = try await ImportFixture.make()
        let folder = try ScratchFolder()
        var file = PlainFile()
        file.head("Z1", "Y1", ["given_name": "Odette, dite \"Odi\""])
        file.line("Z1", "Y2", ["sex": "Q"])
        file.head("Z2", "Y3")
        try file.write(to: folder.path + "/first.csv")
        let quarantine = folder.path + "/quarantine.csv"
        let first = try await fixture.run(folder.path + "/first.csv", source: "mended", quarantine: quarantine)
        #expect(first.quarantineFile == quarantine)
        let text = try String(contentsOfFile: quarantine, encoding: .utf8)
        #expect(text.contains("quarantine_line,quarantine_field,quarantine_code,quarantine_reason,quarantine_remedy"))
        try text.replacing(",Q,", with: ",F,").write(toFile: quarantine, atomically: true, encoding: .utf8)

        let second = try await fixture.run(quarantine, source: "mended")

        #expect(second.counts.peopleRegistered == 2)
        #expect(second.counts.rowsQuarantined == 0)
        #expect(second.unknownColumns.isEmpty)
        #expect(
            try await fixture.number(
                "SELECT count(*) FROM registry.person WHERE given_name = 'Odette, dite \"Odi\"'") == 1)
    }

    @Test func `an area is found by its path of names, and near names are suggested`() async throws {
        let fixture = try await ImportFixture.make()
        let folder = try ScratchFolder()
        let areas = fixture.registry.context.areas.index
        let colline = try #require(areas.area("BI01010101"))
        let path = areas.path(to: colline).dropFirst().map(\.name).joined(separator: " / ")
        var file = PlainFile()
        file.head("N1", "N1-1", ["area_code": path.uppercased()])
        file.head("N2", "N2-1", ["area_code": colline.name.dropLast() + "x"])
        try file.write(to: folder.path + "/areas.csv")

        let report = try await fixture.run(folder.path + "/areas.csv", source: "areas")

        #expect(report.counts.peopleRegistered == 1)
        let held = try await fixture.quarantined(report.batch)
        #expect(held.first?.findings.first?.code == "area.unknown")
        #expect(held.first?.findings.first?.remedy.contains(colline.code) ?? false)
    }
}

@Suite(.scratchDatabase, .serialized) struct `Files that are refused whole` {
    private func refusal(_ bytes: [UInt8]) async throws -> IntakeFault? {
        let fixture = try await ImportFixture.make()
        let folder = try ScratchFolder()
        try Data(bytes).write(to: URL(fileURLWithPath: folder.path + "/file.csv"))
        do {
            _ = try await fixture.run(folder.path + "/file.csv", source: "refused")
            return nil
        } catch {
            return error as? IntakeFault
        }
    }

    @Test func `an empty file, a picture and other programs' files say what they are`() async throws {
        #expect(try await refusal([])?.code == "intake.file.empty")
        #expect(try await refusal([0x89, 0x50, 0x4E, 0x47, 0, 0, 0, 13, 0, 1, 2])?.code == "intake.file.header")
        let old: [UInt8] = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1] + Array(repeating: 0, count: 600)
        #expect(try await refusal(old)?.summary.contains("(.xls)") ?? false)
        let mark = "EncryptedPackage".utf16.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
        #expect(try await refusal(old + mark)?.summary.contains("password") ?? false)
        #expect(try await refusal([0x1F, 0x8B, 8, 0])?.code == "intake.file.not_readable")
        #expect(try await refusal(Array("%PDF-1.7".utf8))?.code == "intake.file.not_readable")
        #expect(try await refusal([0x50, 0x4B, 3, 4, 0, 0])?.code == "sheet.damaged")
    }

    @Test func `missing and repeated columns are named`() async throws {
        let missing = try await refusal(Array("household_key,given_name\nH1,Jean\n".utf8))
        #expect(missing?.code == "intake.file.missing_columns")
        #expect(missing?.summary.contains("person_key") ?? false)
        let twice = try await refusal(Array("household_key,person_key,sex,sex\n".utf8))
        #expect(twice?.code == "intake.file.repeated_columns")
    }

    @Test func `another file of a source waits for the unfinished one`() async throws {
        let fixture = try await ImportFixture.make()
        let folder = try ScratchFolder()
        _ = try Samples.demo(1_200, in: folder.path)
        var small = PlainFile()
        small.head("H1", "P1")
        try small.write(to: folder.path + "/small.csv")
        let stopped = Task {
            try await fixture.run(folder.path + "/registry.csv", source: "busy") {
                if $0.rowsStaged > 0 { withUnsafeCurrentTask { $0?.cancel() } }
            }
        }
        _ = try? await stopped.value

        await #expect(throws: IntakeFault.self) {
            try await fixture.run(folder.path + "/small.csv", source: "busy")
        }
        let batches = try await fixture.importer.batches(as: fixture.mandate)
        let running = try #require(batches.first { $0.state == "running" && $0.source == "busy" })
        try await fixture.importer.abandon(running.id, as: fixture.mandate)

        let report = try await fixture.run(folder.path + "/small.csv", source: "busy")
        #expect(report.state == "finished")
    }

    @Test func `a dry run applies nothing and reports everything`() async throws {
        let fixture = try await ImportFixture.make()
        let folder = try ScratchFolder()
        let manifest = try Samples.demo(100, broken: 0.2, in: folder.path)
        let before = try await fixture.number("SELECT count(*) FROM registry.source_record")

        let report = try await fixture.run(folder.path + "/registry.csv", source: "dry", isDryRun: true)

        #expect(report.counts.peopleRegistered == manifest.people)
        #expect(report.counts.rowsQuarantined == manifest.quarantined)
        #expect(try await fixture.number("SELECT count(*) FROM registry.source_record") == before)
        let leftovers = try await fixture.number(
            "SELECT count(*) FROM registry.event WHERE subject_kind = 'import' AND subject_id = \(report.batch)")
        #expect(leftovers == 0)
    }
}
