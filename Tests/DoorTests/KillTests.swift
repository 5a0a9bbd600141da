import Foundation
import Glibc
import Groundwork
import Intake
import Postgres
import Profiles
import Registry
import Runtime
import Synchronization
import TestKit
import Testing

@testable import kith

/// The program as a process of its own, so that it can be killed.
private final class Served: Sendable {
    private let process: Mutex<Process>
    private let output: Pipe = Pipe()

    /// Nil when the program was not built beside the tests.
    init?(_ roof: Roof) throws {
        let folder = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
        let program = folder.appending(path: "kith")
        guard FileManager.default.isExecutableFile(atPath: program.path) else { return nil }
        let process = Process()
        process.executableURL = program
        process.arguments = ["serve", "--data", roof.data.path, "--port", "0", "--log-level", "error"]
        process.environment = roof.environment.merging(
            ["KITH_HOME": RegistryFixture.root, "PATH": "/usr/bin:/bin"], uniquingKeysWith: { first, _ in first })
        process.standardOutput = output
        process.standardError = output
        try process.run()
        self.process = Mutex(process)
    }

    func kill() {
        process.withLock { process in
            _ = Glibc.kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
    }
}

@Suite(.serialized) struct `A server that is killed` {
    @Test(.emptyDatabase) func `goes on with its import at the next start`() async throws {
        let roof = try Roof()
        #expect(try await roof.up(households: 0).exit == .ok)
        let made = roof.data.path + "/made"
        #expect(try await roof.run("demo", "--households", "2500", "--seed", "3", "--out", made).exit == .ok)
        let bytes = [UInt8](try Data(contentsOf: URL(filePath: made + "/registry.csv")))
        let house = try await house(roof)
        let (uploads, mandate) = (house.uploads, Mandate(actor: ActorID(), purpose: .import))
        let draft = UploadDraft(fileName: "registry.csv", source: "survey", size: bytes.count)
        let upload = try await Scratch.database.write(as: mandate) { tx in try await uploads.begin(draft, in: tx).id }
        _ = try await uploads.take(Uploads.Piece(offset: 0), of: upload, from: Whole(bytes: bytes), as: mandate)
        let job = try #require(try await uploads.job(of: upload, as: mandate)).id

        let first = try #require(try Served(roof), "the program is not built")
        let chunks = try await wait(for: "SELECT chunks FROM intake.import_batch WHERE id = \(job) AND chunks > 0")
        first.kill()
        let state = try await wait(for: "SELECT (state = 'running')::int FROM intake.import_job WHERE id = \(job)")
        #expect(state == 1)
        let second = try #require(try Served(roof))
        defer { second.kill() }
        _ = try await wait(for: "SELECT 1 FROM intake.import_job WHERE id = \(job) AND state = 'finished'")

        let sight = try await house.importer.sight(job, as: mandate)
        #expect(sight.state == "finished")
        #expect(sight.job?.attempts == 2)
        let all = try await wait(for: "SELECT chunks FROM intake.import_batch WHERE id = \(job)")
        #expect(all > chunks)
        #expect(try await roof.count("registry.person") == sight.batch?.counts.peopleRegistered)
        #expect(try await uploads.find(upload, as: mandate).state == .imported)
        let left = try FileManager.default.contentsOfDirectory(atPath: roof.data.files + "/uploads")
        #expect(left == [])
    }

    private func house(_ roof: Roof) async throws -> House {
        let notes = try Paper()
        let settings = try Settings.load(
            SettingsTable.all, arguments: ["--data", roof.data.path], environment: roof.environment)
        let ground = try Ground(
            Invocation(
                command: "serve", words: [], options: [:], switches: [], settings: settings,
                console: Console(wantsJSON: false, output: notes.terminal, notes: notes.terminal)))
        let store = Store(
            ground: ground, database: Scratch.database, auditing: Scratch.database, cluster: nil)
        return try await House.open(store, profile: Profile.load(ground.profileFolder))
    }

    /// The number that the statement gives, as soon as it gives one.
    private func wait(for sql: SQL) async throws -> Int {
        let limit = ContinuousClock.now + .seconds(240)
        while ContinuousClock.now < limit {
            let rows = try await Scratch.database.read(as: Mandate(actor: ActorID(), purpose: .operation), once: [sql])
            if let row = rows[0].first { return try row.get(0) }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw CancellationError()
    }
}

/// A body in one piece.
private struct Whole: AsyncSequence, Sendable {
    typealias Element = [UInt8]
    let bytes: [UInt8]

    struct AsyncIterator: AsyncIteratorProtocol {
        var rest: [UInt8]?

        mutating func next() async throws -> [UInt8]? {
            defer { rest = nil }
            return rest
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(rest: bytes) }
}
