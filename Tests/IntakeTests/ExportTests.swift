import Demo
import Documents
import Foundation
import Groundwork
import Intake
import Postgres
import Registry
import Search
import TestKit
import Testing

@Suite(.serialized) struct `Exporting` {
    private func write(_ fixture: ImportFixture, _ request: ExportRequest, to path: String) async throws -> Int {
        let exporter = Exporter(
            database: fixture.registry.database, context: fixture.registry.context,
            mapping: try FileMapping(
                try #require(fixture.mappingJSON), dictionary: fixture.registry.context.dictionary))
        let gathered = Gathered<UInt8>()
        let lines = try await exporter.export(request, as: fixture.mandate) { gathered.add($0) }
        try Data(gathered.all).write(to: URL(fileURLWithPath: path))
        return lines
    }

    @Test(.scratchDatabase) func `what is exported can be imported into an empty registry`() async throws {
        let folder = try ScratchFolder()
        let manifest = try Samples.demo(150, in: folder.path)
        let path = folder.path + "/export.csv"
        let fixture = try await ImportFixture.make()
        try await fixture.run(folder.path + "/registry.csv", source: "first")
        let before = try await fixture.content()
        let lines = try await write(fixture, ExportRequest(form: .csv), to: path)
        #expect(lines == manifest.people)
        let batch = try await fixture.importer.batches(as: fixture.mandate)[0].id
        _ = try await fixture.importer.undo(batch, as: fixture.mandate)
        #expect(try await fixture.number("SELECT count(*) FROM registry.person") == 0)

        let report = try await fixture.run(path, source: "second")

        #expect(report.counts.rowsQuarantined == 0)
        #expect(report.counts.peopleRegistered == manifest.people)
        #expect(try await fixture.content() == before)
    }

    @Test(.scratchDatabase)
    func `cells that a spreadsheet would run are guarded when asked for, and come back as they were`()
        async throws
    {
        let folder = try ScratchFolder()
        let path = folder.path + "/export.csv"
        let fixture = try await ImportFixture.make()
        var file = PlainFile()
        // An apostrophe of the name's own is written twice where it looks like a guard.
        file.head("H1", "P1", ["given_name": "=cmd|' /C calc'!A0", "family_name": "''@sum"])
        file.line("H1", "P2", ["given_name": "'t", "family_name": "-Niyonkuru", "phones": "79123456|79123457"])
        try file.write(to: folder.path + "/in.csv")
        try await fixture.run(folder.path + "/in.csv", source: "first")
        let before = try await fixture.content()
        #expect(before.first?.contains("'@sum") ?? false)

        for isForSpreadsheet in [true, false] {
            var request = ExportRequest(form: .csv, source: "first")
            request.isForSpreadsheet = isForSpreadsheet
            _ = try await write(fixture, request, to: path)
            let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
            let text = String(decoding: bytes, as: UTF8.self)
            #expect(bytes.starts(with: [0xEF, 0xBB, 0xBF]) == isForSpreadsheet)
            #expect(text.contains("\"'=cmd|") == isForSpreadsheet)
            #expect(text.contains("''@sum"))

            let report = try await fixture.run(path, source: "first")
            #expect(report.counts.rowsQuarantined == 0)
            #expect(try await fixture.content() == before)
        }
    }

    @Test(.scratchDatabase) func `an area and lines of JSON hold who lives there`() async throws {
        let folder = try ScratchFolder()
        let fixture = try await ImportFixture.make()
        var file = PlainFile()
        file.head("H1", "P1", ["identifiers": "NID:531010299", "phones": "79123456", "rooms": "3"])
        file.line("H1", "P2", ["given_name": "Jean", "sex": "male", "birth_date": "", "age": "31"])
        file.head("H2", "P3", ["area_code": "BI02010101"])
        try file.write(to: folder.path + "/in.csv")
        try await fixture.run(folder.path + "/in.csv")
        let area = try #require(fixture.registry.context.areas.index.area("BI01"))

        let people = try await write(
            fixture, ExportRequest(form: .ndjson, area: area), to: folder.path + "/people.ndjson")
        let households = try await write(
            fixture, ExportRequest(form: .ndjson, content: .households), to: folder.path + "/households.ndjson")

        #expect(people == 2)
        #expect(households == 2)
        let lines = try String(contentsOfFile: folder.path + "/households.ndjson", encoding: .utf8).split(
            separator: "\n")
        let home = try #require(try lines.map { try JSON.parse(String($0)) }.first { $0["size"]?.int == 2 })
        #expect(home["rooms"]?.int == 3)
        #expect(home["area"]?.string == "bi-2023:BI01010101")
        #expect(home["members"]?[0]?["identifiers"]?[0]?["value"]?.string == "531010299")
        #expect(home["members"]?[0]?["phones"]?[0]?.string == "+25779123456")
        #expect(home["members"]?[1]?["birth_precision"]?.string == "estimated")
    }

    @Test(.scratchDatabase) func `what is exported makes the same registry in a fresh database`() async throws {
        let folder = try ScratchFolder()
        let path = folder.path + "/export.csv"
        let manifest = try Samples.demo(120, in: folder.path)
        let fixture = try await ImportFixture.make()
        try await fixture.run(folder.path + "/registry.csv", source: "first")
        let before = try await fixture.content()
        _ = try await write(fixture, ExportRequest(form: .csv), to: path)

        let after = try await Scratch.withFresh { database in
            let fresh = try await ImportFixture.make(on: database)
            let report = try await fresh.run(path, source: "export")
            #expect(report.counts.rowsQuarantined == 0)
            #expect(report.counts.peopleRegistered == manifest.people)
            return try await fresh.content()
        }

        #expect(after == before)
    }

    @Test(.scratchDatabase) func `a source's own keys come back as the source's own people`() async throws {
        let folder = try ScratchFolder()
        let path = folder.path + "/export.csv"
        let manifest = try Samples.demo(60, in: folder.path)
        let fixture = try await ImportFixture.make()
        try await fixture.run(folder.path + "/registry.csv", source: "first")

        _ = try await write(fixture, ExportRequest(form: .csv, source: "first"), to: path)
        let report = try await fixture.run(path, source: "first")

        #expect(report.counts.peopleRegistered == 0)
        #expect(report.counts.householdsRegistered == 0)
        #expect(report.counts.rowsQuarantined == 0)
        #expect(try await fixture.number("SELECT count(*) FROM registry.person") == manifest.people)
    }

    @Test(.scratchDatabase) func `a cohort holds whole households, or only the people who fit`() async throws {
        let folder = try ScratchFolder()
        let fixture = try await ImportFixture.make()
        var file = PlainFile()
        file.head("H1", "P1")
        file.line("H1", "P2", ["given_name": "Jean", "sex": "male"])
        file.head("H2", "P3", ["area_code": "BI02010101"])
        try file.write(to: folder.path + "/in.csv")
        try await fixture.run(folder.path + "/in.csv")
        let men = ExportRequest.Chosen(
            .person, .compare(.person("sex"), .eq, .text("male")), today: RegistryFixture.today)
        let area = try #require(fixture.registry.context.areas.index.area("BI02"))
        let there = ExportRequest.Chosen(.household, .within([area.range]), today: RegistryFixture.today)
        func lines(_ request: ExportRequest) async throws -> Int {
            try await write(fixture, request, to: folder.path + "/out")
        }

        #expect(try await lines(ExportRequest(form: .csv, chosen: men)) == 2)
        #expect(try await lines(ExportRequest(form: .ndjson, chosen: men)) == 1)
        #expect(try await lines(ExportRequest(form: .ndjson, content: .households, chosen: men)) == 1)
        #expect(try await lines(ExportRequest(form: .csv, chosen: there)) == 1)
        #expect(try await lines(ExportRequest(form: .ndjson, chosen: there)) == 1)
        #expect(try await lines(ExportRequest(form: .ndjson)) == 3)
    }

    @Test(.scratchDatabase) func `the view rebuilt from statements equals the stored row`() async throws {
        let folder = try ScratchFolder()
        let fixture = try await ImportFixture.make()
        _ = try Samples.demo(60, in: folder.path)
        try await fixture.run(folder.path + "/registry.csv")
        let second = try ScratchFolder()
        _ = try Samples.demo(70, seed: 3, in: second.path)
        try await fixture.run(second.path + "/registry.csv")

        #expect(try await fixture.rowsThatDiffer() == [])
    }
}
