import Foundation
import Groundwork
import Postgres
import TestKit
import Testing

@testable import Intake

@Suite(.serialized) struct `An import that ends its server over and over` {
    /// A run that takes the job up and dies.
    private func die(_ fixture: UploadFixture, done rows: Int = 0) async throws {
        let owner = UUID()
        try await fixture.imports.registry.database.write(as: fixture.mandate) { tx in
            guard let job = try await ImportQueue.claim(owner, lease: .milliseconds(1), in: tx) else { return }
            var progress = job.progress
            progress.batch = nil
            progress.rowsDone += rows
            _ = try await ImportQueue.renew(job.id, owner, lease: .milliseconds(1), progress, in: tx)
        }
        try await Task.sleep(for: .milliseconds(5))
    }

    @Test(.scratchDatabase) func `is given up with a reason, lets others come, and can be asked for again`()
        async throws
    {
        let folder = try ScratchFolder()
        let fixture = try await UploadFixture.make(in: folder.path)
        let bytes = try UploadFixture.demo(20, in: folder.path)
        let bad = try await fixture.begin(bytes)
        try await fixture.send(bytes, to: bad)
        let other = try await fixture.begin(bytes, source: "other")
        try await fixture.send(bytes, to: other)
        for _ in 0..<ImportWorker.mostSilentRuns { try await die(fixture) }
        let job = try #require(try await fixture.uploads.job(of: bad, as: fixture.mandate))
        #expect(job.state == .running)

        #expect(try await fixture.worker().step())

        let dead = try await fixture.imports.importer.sight(job.id, as: fixture.mandate)
        #expect(dead.state == "failed")
        #expect(dead.job?.fault?.code == "intake.import.died")
        #expect(dead.job?.fault?.summary.contains("again") ?? false)
        #expect(try await fixture.uploads.job(of: other, as: fixture.mandate)?.state == .finished)
        let uploads = fixture.uploads
        _ = try await fixture.imports.registry.database.write(as: fixture.mandate) { tx in
            try await uploads.requestImport(bad, isDryRun: false, in: tx)
        }
        #expect(try await fixture.worker().step())
        #expect(try await fixture.uploads.find(bad, as: fixture.mandate).state == .imported)
    }

    @Test(.scratchDatabase) func `goes on as long as every run gets something done, or is let go`() async throws {
        let folder = try ScratchFolder()
        let fixture = try await UploadFixture.make(in: folder.path)
        let bytes = try UploadFixture.demo(20, in: folder.path)
        let id = try await fixture.begin(bytes)
        try await fixture.send(bytes, to: id)
        for _ in 0...ImportWorker.mostSilentRuns { try await die(fixture, done: 1) }
        for _ in 0...ImportWorker.mostSilentRuns {
            let owner = UUID()
            try await fixture.imports.registry.database.write(as: fixture.mandate) { tx in
                if let job = try await ImportQueue.claim(owner, lease: .seconds(15), in: tx) {
                    try await ImportQueue.release(job.id, owner, in: tx)
                }
            }
        }

        #expect(try await fixture.worker().step())

        #expect(try await fixture.uploads.find(id, as: fixture.mandate).state == .imported)
    }
}
