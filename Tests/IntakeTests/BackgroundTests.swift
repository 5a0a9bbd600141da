import Cryptography
import Documents
import Foundation
import Groundwork
import Intake
import Postgres
import Registry
import TestKit
import Testing

@Suite(.serialized) struct `Importing in the background` {
    @Test(.scratchDatabase) func `goes on behind the last chunk when the server was killed half-way`() async throws {
        let folder = try ScratchFolder()
        let fixture = try await UploadFixture.make(in: folder.path)
        let bytes = try UploadFixture.demo(1800, in: folder.path)
        let whole = try await ImportFixture.make()
        let id = try await fixture.begin(bytes)
        try await fixture.send(bytes, to: id)

        // Cancelled without a shutdown, the run says nothing more and leaves its lease behind, as a kill does.
        let killed = fixture.worker(lease: .milliseconds(400))
        let job = try #require(try await fixture.uploads.job(of: id, as: fixture.mandate))
        await withTaskGroup(of: Void.self) { group in
            group.addTask { _ = try? await killed.step() }
            group.addTask {
                for _ in 0..<3000 {
                    let chunks = try? await whole.number(
                        "SELECT coalesce(max(chunks), 0) FROM intake.import_batch WHERE id = \(job.id)")
                    if chunks ?? 0 > 0 { return }
                    try? await Task.sleep(for: .milliseconds(5))
                }
            }
            _ = await group.next()
            group.cancelAll()
        }
        let stopped = try await whole.number("SELECT chunks FROM intake.import_batch WHERE id = \(job.id)")
        let states = try await fixture.imports.importer.sight(job.id, as: fixture.mandate)
        #expect(states.state == "running")

        let next = fixture.restarted.worker()
        var isDone = false
        for _ in 0..<100 where !isDone {
            isDone = try await next.step()
            if !isDone { try await Task.sleep(for: .milliseconds(50)) }
        }

        let sight = try await fixture.imports.importer.sight(job.id, as: fixture.mandate)
        #expect(stopped > 0)
        #expect(sight.state == "finished")
        #expect(sight.job?.attempts == 2)
        let chunks = try await whole.number("SELECT chunks FROM intake.import_batch WHERE id = \(job.id)")
        #expect(chunks > stopped)
        let people = try await whole.number("SELECT count(*) FROM registry.person")
        #expect(people == sight.batch?.counts.peopleRegistered)
        #expect(
            try await whole.number(
                "SELECT count(DISTINCT source_key) FROM registry.source_record WHERE subject_kind = 'person'") == people
        )
    }

    @Test(.scratchDatabase) func `runs one job at a time, the oldest first`() async throws {
        let folder = try ScratchFolder()
        let fixture = try await UploadFixture.make(in: folder.path)
        let bytes = try UploadFixture.demo(20, in: folder.path)
        let first = try await fixture.begin(bytes, isDryRun: true)
        try await fixture.send(bytes, to: first)
        let second = try await fixture.begin(bytes, source: "other")
        try await fixture.send(bytes, to: second)

        #expect(try await fixture.worker().step())
        #expect(try await fixture.uploads.job(of: first, as: fixture.mandate)?.state == .finished)
        #expect(try await fixture.uploads.job(of: second, as: fixture.mandate)?.state == .queued)
        #expect(try await fixture.worker().step())
        #expect(try await !fixture.worker().step())

        // A file that was only tried is kept, so that it can be imported without being sent again.
        #expect(try await fixture.uploads.find(first, as: fixture.mandate).state == .complete)
        #expect(try await fixture.uploads.find(second, as: fixture.mandate).state == .imported)
        let uploads = fixture.uploads
        _ = try await fixture.imports.registry.database.write(as: fixture.mandate) { tx in
            try await uploads.requestImport(first, isDryRun: false, in: tx)
        }
        #expect(try await fixture.worker().step())
        #expect(try await fixture.uploads.find(first, as: fixture.mandate).state == .imported)
    }

    @Test(.scratchDatabase) func `says why a file cannot be imported, and lets it be given up`() async throws {
        let folder = try ScratchFolder()
        let fixture = try await UploadFixture.make(in: folder.path)
        let bytes = Array("nothing,of,this\n1,2,3\n".utf8)
        let bad = try await fixture.begin(bytes)
        try await fixture.send(bytes, to: bad)
        let waiting = try await fixture.begin(bytes)
        try await fixture.send(bytes, to: waiting)
        let job = try #require(try await fixture.uploads.job(of: waiting, as: fixture.mandate))

        #expect(try await fixture.worker().step())
        try await fixture.imports.importer.giveUp(job.id, as: fixture.mandate)

        let failed = try #require(try await fixture.uploads.job(of: bad, as: fixture.mandate))
        #expect(failed.state == .failed)
        #expect(failed.fault?.code == "intake.file.missing_columns")
        #expect(try await fixture.imports.importer.sight(job.id, as: fixture.mandate).state == "abandoned")
        #expect(try await !fixture.worker().step())
        #expect(try await fixture.imports.importer.sights(limit: 10, as: fixture.mandate).count == 2)
    }

    @Test(.scratchDatabase) func `lets go of its job when the server stops, and the next start takes it up at once`()
        async throws
    {
        let folder = try ScratchFolder()
        let fixture = try await UploadFixture.make(in: folder.path)
        let bytes = try UploadFixture.demo(1500, in: folder.path)
        let id = try await fixture.begin(bytes)
        try await fixture.send(bytes, to: id)
        let job = try #require(try await fixture.uploads.job(of: id, as: fixture.mandate))
        let worker = fixture.worker()

        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await worker.run() }
            group.addTask {
                while try await fixture.uploads.job(of: id, as: fixture.mandate)?.state != .running {
                    try await Task.sleep(for: .milliseconds(5))
                }
                await worker.shutdown()
            }
            try await group.waitForAll()
        }
        let next = fixture.restarted
        let isTaken = try await next.worker().step()

        let sight = try await next.imports.importer.sight(job.id, as: fixture.mandate)
        #expect(isTaken || sight.job?.attempts == 1)
        #expect(sight.state == "finished")
        #expect(
            try await fixture.imports.number("SELECT count(*) FROM registry.household")
                == sight.batch?.counts.householdsRegistered)
    }

    @Test(.scratchDatabase) func `reports by rule and area, and gives the lines held back as a file to be mended`()
        async throws
    {
        let folder = try ScratchFolder()
        let fixture = try await ImportFixture.make()
        var file = PlainFile()
        file.head("H1", "P1")
        file.head("H2", "P2", ["area_code": "BI02010101", "birth_date": "nonsense"])
        file.line("H2", "P3")
        file.head("H3", "P4", ["area_code": "BI02010101", "sex": "who knows"])
        try file.write(to: folder.path + "/in.csv")
        let report = try await fixture.run(folder.path + "/in.csv")

        let found = try await fixture.importer.breakdown(of: report.batch, level: 1, as: fixture.mandate)

        let places = Dictionary(found.places.map { ($0.area?.code ?? "", $0) }, uniquingKeysWith: { first, _ in first })
        #expect(places["BI01"]?.households == 1)
        #expect(places["BI01"]?.people == 1)
        #expect(places["BI01"]?.lines == [:])
        #expect(places["BI02"]?.households == 0)
        #expect(places["BI02"]?.lines.values.reduce(0, +) == 2)
        #expect(places["BI02"]?.linesHeld == 1)
        let batch = try await fixture.importer.batch(report.batch, as: fixture.mandate)
        let gathered = Gathered<UInt8>()
        try await fixture.importer.quarantineFile(of: batch, as: fixture.mandate) { gathered.add($0) }
        let rows = CSVReader.rows(of: gathered.all)
        #expect(rows.count == 4)
        #expect(rows[0].texts.suffix(5).first == "quarantine_line")
        #expect(rows[1][1] == "P2")
    }
}
