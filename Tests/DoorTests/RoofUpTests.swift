import Documents
import Foundation
import Groundwork
import Postgres
import Runtime
import TestKit
import Testing

@testable import kith

/// Runs the program in process against the suite's own database and a data folder of its own.
struct Roof {
    let place: TemporaryFolder
    let environment: [String: String]

    init() throws {
        place = try TemporaryFolder()
        // Long waits, because other suites keep the machine busy; what is tested is never the wait.
        environment = [
            "KITH_DATABASE_URL": Scratch.connectionString, "KITH_DATABASE_POOL": "4", "KITH_DATABASE_WAIT": "60s",
        ]
    }

    var data: DataFolder { place.folder }

    func run(_ arguments: String..., json: Bool = false) async throws -> Ended {
        try await run(arguments, json: json)
    }

    /// - Parameter other: what differs from the roof's own environment.
    func run(_ arguments: [String], _ other: [String: String] = [:], json: Bool = false) async throws -> Ended {
        let output = try Paper()
        let notes = try Paper()
        let exit = await Program.run(
            arguments + ["--data", data.path, "--port", "0", "--log-level", "error"] + (json ? ["--json"] : []),
            environment: environment.merging(other) { _, new in new }, output: output.terminal,
            notes: notes.terminal)
        return Ended(exit: exit, output: output.text, notes: notes.text)
    }

    /// `kith up` until it is ready.
    func up(households: Int) async throws -> Ended {
        try await run("up", "--exit-when-ready", "--households", String(households))
    }

    func count(_ table: String) async throws -> Int {
        let rows = try await Scratch.database.read(
            as: Mandate(actor: ActorID(), purpose: .operation), once: [SQL(unchecked: "SELECT count(*) FROM \(table)")])
        return Int(try rows[0][0].get(0, as: Int64.self))
    }

    /// The one text that a statement answers.
    func text(_ sql: SQL) async throws -> String {
        let rows = try await Scratch.database.read(as: Mandate(actor: ActorID(), purpose: .operation), once: [sql])
        return try rows[0][0].get(0)
    }
}

@Suite(.serialized) struct `Setting a registry up` {
    @Test(.emptyDatabase) func `ends serving a demo whose counts are the generator's`() async throws {
        let roof = try Roof()

        let ended = try await roof.up(households: 60)

        #expect(ended.exit == .ok, "\(ended.notes)")
        #expect(ended.output.contains("kith is ready at http://127.0.0.1:"))
        let manifest = try JSON.parse(Array(try Data(contentsOf: URL(filePath: roof.data.demo + "/manifest.json"))))
        let expected = try #require(manifest["accepted"])
        #expect(try await roof.count("registry.household") == expected["households"]?.int)
        #expect(try await roof.count("registry.person") == expected["people"]?.int)
        let script = try String(contentsOfFile: roof.data.tryScript, encoding: .utf8)
        #expect(script.split(separator: "\n").filter { $0.hasPrefix("curl ") }.count == 3)
        for path in [roof.data.key, roof.data.credentials] {
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            #expect((attributes[.posixPermissions] as? Int) == 0o600)
        }
        #expect(
            try Credentials.load(roof.data).entries.map(\.name)
                == ["clerk", "reviewer", "signer-1", "signer-2", "partner"])
    }

    @Test(.emptyDatabase) func `a second time changes nothing`() async throws {
        let roof = try Roof()
        _ = try await roof.up(households: 20)
        let credentials = try Data(contentsOf: URL(filePath: roof.data.credentials))
        let records = try await roof.count("registry.source_record")
        #expect(records > 0)

        let again = try await roof.up(households: 40)

        #expect(again.exit == .ok)
        #expect(again.notes == "")
        #expect(try await roof.count("registry.source_record") == records)
        #expect(try Data(contentsOf: URL(filePath: roof.data.credentials)) == credentials)
    }

    @Test(.emptyDatabase) func `without a demo never gets one later`() async throws {
        let roof = try Roof()

        #expect(try await roof.up(households: 0).exit == .ok)
        #expect(try await roof.up(households: 20).exit == .ok)

        #expect(try await roof.count("registry.source_record") == 0)
    }

    @Test(.emptyDatabase) func `goes on where a start was killed`() async throws {
        let roof = try Roof()
        _ = try await roof.up(households: 20)
        let people = try await roof.count("registry.person")
        // Killed after the last chunk and before the note that all is done; and before the tokens were kept.
        var installation = try #require(try Installation.load(roof.data))
        installation.demo = .planned
        try installation.save(roof.data)

        let again = try await roof.up(households: 20)

        #expect(again.exit == .ok, "\(again.notes)")
        #expect(try await roof.count("registry.person") == people)
        #expect(try Installation.load(roof.data)?.demo == .done)
    }

    @Test(.emptyDatabase) func `refuses a key that is missing or another's`() async throws {
        let roof = try Roof()
        _ = try await roof.up(households: 20)
        let commands = try await roof.count("registry.command")
        let away = roof.data.key + ".away"
        try FileManager.default.moveItem(atPath: roof.data.key, toPath: away)

        let missing = try await roof.up(households: 20)
        #expect(missing.exit == .file)
        #expect(missing.notes.contains("is missing"))
        #expect(!FileManager.default.fileExists(atPath: roof.data.key))

        try Files.write(Array("kith-key-1:\(String(repeating: "07", count: 32))\n".utf8), to: roof.data.key)
        let foreign = try await roof.up(households: 20)
        #expect(foreign.exit == .file)
        #expect(foreign.notes.contains("is not the one this database was sealed with"))

        chmod(away, 0o644)
        let exposed = try await roof.run("search", "name", "x", "--key-file", away)
        #expect(exposed.exit == .file)
        #expect(exposed.notes.contains("mode 644"))
        #expect(try await roof.count("registry.command") == commands)
    }

    @Test(.emptyDatabase) func `is told to migrate before serving`() async throws {
        let roof = try Roof()

        let serve = try await roof.run("serve")
        #expect(serve.exit == .refused)
        #expect(serve.notes.contains("run kith migrate first"))

        #expect(try await roof.run("migrate", "--pending").exit == .refused)
        #expect(try await roof.run("migrate").exit == .ok)
        #expect(try await roof.run("migrate", "--pending").exit == .ok)
        #expect(try await roof.run("search", "name", "x").exit == .file, "there is no key yet")
    }

    @Test(.emptyDatabase) func `tells that the folder is taken, and by whom`() async throws {
        let roof = try Roof()
        let lock = try DataLock(roof.data, purpose: "kith up")

        let second = try await roof.up(households: 0)

        #expect(second.exit == .tryAgain)
        #expect(second.notes.contains("kith up (process"))
        withExtendedLifetime(lock) {}
    }

    @Test func `tells that the database is away`() async throws {
        let place = try TemporaryFolder()
        let notes = try Paper()

        let exit = await Program.run(
            ["migrate", "--data", place.folder.path],
            environment: ["KITH_DATABASE_URL": "host=127.0.0.1 port=1 dbname=kith"], output: notes.terminal,
            notes: notes.terminal)

        #expect(exit == .unavailable)
        #expect(notes.text.contains("cannot be reached"))
    }
}
