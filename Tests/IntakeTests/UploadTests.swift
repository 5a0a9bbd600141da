import Cryptography
import Documents
import Foundation
import Groundwork
import Intake
import Postgres
import Registry
import TestKit
import Testing

/// Pieces of a body, as a connection brings them.
struct Pieces: AsyncSequence, Sendable {
    struct Broken: Error {}
    typealias Element = [UInt8]

    var pieces: [[UInt8]]
    /// Whether the line breaks after the last of them.
    var breaks: Bool = false

    struct AsyncIterator: AsyncIteratorProtocol {
        var rest: ArraySlice<[UInt8]>
        let breaks: Bool

        mutating func next() async throws -> [UInt8]? {
            if let piece = rest.popFirst() { return piece }
            if breaks { throw Broken() }
            return nil
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(rest: pieces[...], breaks: breaks) }
}

/// Uploads in a folder of the test's own.
struct UploadFixture: Sendable {
    let imports: ImportFixture
    let folder: String
    let limits: UploadLimits
    let uploads: Uploads

    static func make(in folder: String, limits: UploadLimits = UploadLimits()) async throws -> UploadFixture {
        UploadFixture(imports: try await ImportFixture.make(), folder: folder, limits: limits)
    }

    private init(imports: ImportFixture, folder: String, limits: UploadLimits) {
        (self.imports, self.folder, self.limits) = (imports, folder, limits)
        uploads = Uploads(
            database: imports.registry.database,
            vault: UploadVault(folder: folder + "/uploads", keys: imports.registry.context.keys), limits: limits)
    }

    /// As after a restart of the server: nothing is left in memory.
    var restarted: UploadFixture { UploadFixture(imports: imports, folder: folder, limits: limits) }

    var mandate: Mandate { imports.mandate }

    func worker(lease: Duration = .seconds(15)) -> ImportWorker {
        let importer = imports.importer
        return ImportWorker(
            uploads: uploads, worker: mandate.actor, lease: lease, tick: .milliseconds(20),
            importer: { try importer.with(layout: $0) })
    }

    func begin(
        _ bytes: [UInt8], isDryRun: Bool = false, starts: Bool = true, hash: [UInt8]? = nil, source: String = "survey"
    ) async throws -> UUID {
        let draft = UploadDraft(
            fileName: "registry.csv", source: source, isDryRun: isDryRun, startsImport: starts, size: bytes.count,
            hash: hash)
        let uploads = uploads
        return try await imports.registry.database.write(as: mandate) { tx in try await uploads.begin(draft, in: tx).id
        }
    }

    @discardableResult
    func send(_ bytes: [UInt8], to id: UUID, at offset: Int = 0) async throws -> FileUpload {
        try await uploads.take(
            Uploads.Piece(offset: offset, length: bytes.count), of: id, from: Pieces(pieces: [bytes]), as: mandate)
    }

    var files: [String] { (try? FileManager.default.contentsOfDirectory(atPath: folder + "/uploads")) ?? [] }

    static func demo(_ households: Int, in folder: String) throws -> [UInt8] {
        _ = try Samples.demo(households, in: folder)
        return [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder + "/registry.csv")))
    }
}

@Suite(.serialized) struct `Sending a file in pieces` {
    @Test(.scratchDatabase) func `goes on where it stopped, also after a restart, and is imported by the server`()
        async throws
    {
        let folder = try ScratchFolder()
        let fixture = try await UploadFixture.make(in: folder.path)
        let bytes = try UploadFixture.demo(120, in: folder.path)
        let id = try await fixture.begin(bytes, hash: Digest.sha256(bytes))
        try await fixture.send(Array(bytes[..<1000]), to: id)

        let later = fixture.restarted
        let held = try await later.uploads.find(id, as: later.mandate)
        #expect(held.received == 1000)
        #expect(try await later.uploads.digest(held) == Digest.sha256(bytes[..<1000]))
        let done = try await later.uploads.take(
            Uploads.Piece(offset: 1000, before: Digest.sha256(bytes[..<1000]), hash: Digest.sha256(bytes[1000...])),
            of: id, from: Pieces(pieces: [Array(bytes[1000..<5000]), Array(bytes[5000...])]), as: later.mandate)
        #expect(done.state == .complete)
        #expect(try await later.worker().step())

        let job = try #require(try await later.uploads.job(of: id, as: later.mandate))
        #expect(job.state == .finished)
        let sight = try await later.imports.importer.sight(job.id, as: later.mandate)
        #expect(sight.state == "finished")
        #expect(sight.batch?.id == job.id)
        #expect(sight.standing?.permille == 1000)
        #expect(try await later.imports.number("SELECT count(*) FROM registry.household") > 100)
        #expect(try await later.uploads.find(id, as: later.mandate).state == .imported)
        #expect(later.files == [])
    }

    @Test(.scratchDatabase) func `keeps what came before the line broke`() async throws {
        let folder = try ScratchFolder()
        let fixture = try await UploadFixture.make(in: folder.path)
        let bytes = [UInt8](repeating: 7, count: 3_000_000)
        let id = try await fixture.begin(bytes, starts: false)

        await #expect(throws: Pieces.Broken.self) {
            _ = try await fixture.uploads.take(
                Uploads.Piece(offset: 0), of: id, from: Pieces(pieces: [Array(bytes[..<1_500_000])], breaks: true),
                as: fixture.mandate)
        }

        #expect(try await fixture.uploads.find(id, as: fixture.mandate).received == 1_500_000)
        let done = try await fixture.send(Array(bytes[1_500_000...]), to: id, at: 1_500_000)
        #expect(done.state == .complete)
        #expect(done.fileHash == Digest.sha256(bytes))
    }

    @Test(.scratchDatabase) func `counts a piece with a digest whole or not at all`() async throws {
        let folder = try ScratchFolder()
        let fixture = try await UploadFixture.make(in: folder.path)
        let bytes = [UInt8](repeating: 9, count: 5000)
        let id = try await fixture.begin(bytes, starts: false)
        func send(_ hash: [UInt8], breaks: Bool) async throws {
            _ = try await fixture.uploads.take(
                Uploads.Piece(offset: 0, hash: hash), of: id,
                from: Pieces(pieces: [Array(bytes[..<100])], breaks: breaks), as: fixture.mandate)
        }

        await #expect(throws: UploadFault.self) { try await send(Digest.sha256([1]), breaks: false) }
        await #expect(throws: Pieces.Broken.self) { try await send(Digest.sha256(bytes[..<100]), breaks: true) }

        #expect(try await fixture.uploads.find(id, as: fixture.mandate).received == 0)
        try await fixture.send(bytes, to: id)
    }

    @Test(.scratchDatabase) func `notices a file that changed half-way`() async throws {
        let folder = try ScratchFolder()
        let fixture = try await UploadFixture.make(in: folder.path)
        let bytes = [UInt8](repeating: 1, count: 4000)
        let stated = try await fixture.begin(bytes, hash: Digest.sha256(bytes))
        let unstated = try await fixture.begin(bytes)
        try await fixture.send(Array(bytes[..<2000]), to: stated)
        try await fixture.send(Array(bytes[..<2000]), to: unstated)
        let changed = [UInt8](repeating: 2, count: 4000)

        var codes: [String] = []
        do {
            try await fixture.send(Array(changed[2000...]), to: stated, at: 2000)
        } catch let fault as UploadFault {
            codes.append(fault.code)
        }
        do {
            _ = try await fixture.uploads.take(
                Uploads.Piece(offset: 2000, before: Digest.sha256(changed[..<2000])), of: unstated,
                from: Pieces(pieces: [Array(changed[2000...])]), as: fixture.mandate)
        } catch let fault as UploadFault {
            codes.append(fault.code)
        }

        #expect(codes == ["intake.upload.other_file", "intake.upload.changed"])
        #expect(try await fixture.uploads.find(stated, as: fixture.mandate).state == .refused)
        #expect(try await fixture.uploads.find(unstated, as: fixture.mandate).received == 2000)
        #expect(try await !fixture.worker().step())
    }

    @Test(.scratchDatabase) func `keeps nothing readable on the disk, and refuses what was tampered with`() async throws
    {
        let folder = try ScratchFolder()
        let fixture = try await UploadFixture.make(in: folder.path)
        let bytes = Array(String(repeating: "Espérance Niyonzima,", count: 200).utf8)
        let id = try await fixture.begin(bytes, starts: false)
        try await fixture.send(bytes, to: id)
        let path = folder.path + "/uploads/" + (try #require(fixture.files.first))
        var sealed = try Data(contentsOf: URL(fileURLWithPath: path))

        #expect(sealed.range(of: Data("Niyonzima".utf8)) == nil)
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        sealed[sealed.count - 1] ^= 1
        try sealed.write(to: URL(fileURLWithPath: path))
        await #expect(throws: UploadFault.self) { _ = try await fixture.uploads.opened(id, as: fixture.mandate) }
    }

    @Test(.scratchDatabase) func `forgets uploads that nobody goes on with, and files that belong to nothing`()
        async throws
    {
        let folder = try ScratchFolder()
        let fixture = try await UploadFixture.make(
            in: folder.path, limits: UploadLimits(size: 10_000, open: 2, patience: .milliseconds(1)))
        let id = try await fixture.begin([1, 2, 3, 4])
        try await fixture.send([1, 2], to: id)
        try Data([1]).write(to: URL(fileURLWithPath: folder.path + "/uploads/\(UUID().lowercased).sealed"))
        try await Task.sleep(for: .milliseconds(20))

        #expect(try await fixture.uploads.sweep(as: fixture.mandate) == 2)

        #expect(fixture.files == [])
        #expect(try await fixture.uploads.find(id, as: fixture.mandate).state == .expired)
        await #expect(throws: UploadFault.self) { try await fixture.send([3], to: id, at: 2) }
    }

    @Test(.scratchDatabase) func `has bounds for size and number`() async throws {
        let folder = try ScratchFolder()
        let fixture = try await UploadFixture.make(in: folder.path, limits: UploadLimits(size: 100, open: 2))
        let first = try await fixture.begin([1, 2, 3])
        _ = try await fixture.begin([1, 2, 3])

        for bytes in [[1], [UInt8](repeating: 0, count: 101)] {
            await #expect(throws: UploadFault.self) { _ = try await fixture.begin(bytes) }
        }
        await #expect(throws: UploadFault.self) { try await fixture.send([1, 2, 3, 4], to: first) }
        await #expect(throws: UploadFault.self) { try await fixture.send([1], to: first, at: 1) }
        #expect(try await fixture.uploads.find(first, as: fixture.mandate).received == 0)
    }
}
