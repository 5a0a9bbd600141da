import Access
import Audit
import Cryptography
import Documents
import Foundation
import Groundwork
import Postgres
import Runtime
import TestKit
import Testing

@testable import kith

@Suite(.serialized) struct `The commands` {
    @Test(.emptyDatabase) func `bring a file in, find who is in it, and take it back`() async throws {
        let roof = try Roof()
        #expect(try await roof.up(households: 0).exit == .ok)
        let folder = roof.data.path + "/made"
        #expect(try await roof.run("demo", "--households", "30", "--seed", "9", "--out", folder).exit == .ok)

        let dry = try await roof.run("import", folder + "/registry.csv", "--source", "trial", "--dry-run", json: true)
        #expect(try JSON.parse(dry.output)["dry_run"]?.bool == true)
        #expect(try await roof.count("registry.source_record") == 0)

        let quarantine = folder + "/bad.csv"
        let done = try await roof.run(
            "import", folder + "/registry.csv", "--source", "trial", "--quarantine", quarantine, json: true)
        let report = try JSON.parse(done.output)
        let held = try #require(report["quarantined"]?.int)
        #expect(done.exit == (held > 0 ? .refused : .ok))
        #expect(try await roof.count("registry.person") == report["people_registered"]?.int)

        let again = try await roof.run("import", folder + "/registry.csv", "--source", "trial", json: true)
        #expect(try JSON.parse(again.output)["people_registered"]?.int == 0)

        let none = try await roof.run("import", folder + "/registry.csv", "--source", "trial", "--resume")
        #expect(none.exit == .refused)
        #expect(none.notes.contains("leave out --resume"))

        let found = try await roof.run(
            "search", "--filter", #"{"attribute": "age", "op": "ge", "value": 0}"#, "--count")
        #expect((Int(found.output.filter(\.isNumber)) ?? 0) > 50)

        let batch = try #require(report["batch"]?.string)
        let undone = try await roof.run("import", "undo", batch, json: true)
        #expect(undone.exit == .ok, "\(undone.notes)")
        #expect(try JSON.parse(undone.output)["people_withdrawn"]?.int == report["people_registered"]?.int)
    }

    @Test(.emptyDatabase) func `bring files of other layouts in, and show what was detected`() async throws {
        let roof = try Roof()
        #expect(try await roof.up(households: 0).exit == .ok)
        let sample = RegistryFixture.root + "/profiles/burundi/demo/openimis.csv"
        let words = ["import", sample, "--source", "mis", "--mapping", "openimis", "--set", "observed_on=2026-01-31"]

        let dry = try await roof.run(words + ["--dry-run"])
        #expect(dry.output.contains("CSV, UTF-8, separated by comma; layout openimis"))
        #expect(dry.output.contains("columns read: first_name, last_name, dob"))
        #expect(dry.output.contains("code.unknown: 1"))
        #expect(try await roof.count("registry.person") == 0)
        let done = try await roof.run(words)
        #expect(done.exit == .refused)
        #expect(try await roof.count("registry.person") == 5)

        let folder = roof.data.path + "/former"
        let made = try await roof.run("demo", "--layout", "merankabandi", "--households", "20", "--out", folder)
        #expect(made.exit == .ok, "\(made.notes)")
        let former = try await roof.run(
            "import", folder + "/registry.csv", "--source", "former", "--mapping", "merankabandi")
        #expect(former.exit == .ok, "\(former.output)")

        let untold = try await roof.run("import", sample, "--source", "mis", "--mapping", "openimis")
        #expect(untold.notes.contains("must be told observed_on"))
        let unknown = try await roof.run("demo", "--layout", "nothing", "--out", folder)
        #expect(unknown.notes.contains("merankabandi"))
        let sign = try await roof.run("import", sample, "--source", "mis", "--separator", "semi")
        #expect(sign.exit == .usage)
    }

    @Test(.emptyDatabase) func `refuse what cannot be done, and say why`() async throws {
        let roof = try Roof()
        #expect(try await roof.up(households: 0).exit == .ok)

        let missing = try await roof.run("import", "/nowhere.csv", "--source", "x")
        #expect(missing.exit == .file)
        let nameless = try await roof.run("import", "/etc/hostname")
        #expect(nameless.exit == .usage)
        let stranger = try await roof.run("search", "name", "x", "--as", "nobody")
        #expect(stranger.exit == .refused)
        #expect(stranger.notes.contains("No actor is called nobody"))
        let powerless = try await roof.run("search", "name", "x", "--as", "partner")
        #expect(powerless.exit == .refused)
        #expect(powerless.notes.contains("search.read"))
        let mistaken = try await roof.run("search", "--filter", #"{"attribute": "colour", "value": 1}"#)
        #expect(mistaken.exit == .refused)
        let broken = try await roof.run("search", "--filter", "{")
        #expect(broken.exit == .usage)
        let batch = try await roof.run("import", "undo", "seven")
        #expect(batch.exit == .usage)
        let unknown = try await roof.run("import", "undo", UUID().uuidString)
        #expect(unknown.exit == .refused)
    }

    @Test(.emptyDatabase) func `verify the audit record, and name the row that a superuser changed`() async throws {
        let roof = try Roof()
        #expect(try await roof.up(households: 3).exit == .ok)
        for _ in 0..<3 { _ = try await roof.run("search", "name", "Jean") }
        let keys = try KeyRing.load(file: roof.data.key)
        let sealer = AuditSealer(database: Scratch.database, keys: keys)
        var sealed = 0
        for _ in 0..<200 where sealed < 3 {
            // Transactions beside this one hold the horizon back for a moment.
            if let block = try await sealer.seal().block { sealed += block.entries }
            try await Task.sleep(for: .milliseconds(10))
        }

        let whole = try await roof.run("audit", "verify", json: true)
        let list = try await roof.run("audit", "list", "--actor", "clerk")
        try await Scratch.database.write(as: Mandate(actor: Actors.system, purpose: .operation)) { tx in
            _ = try await tx.query("SET LOCAL session_replication_role = replica")
            _ = try await tx.query("UPDATE audit.entry SET purpose = 'searcH' WHERE seq = 2")
        }
        let broken = try await roof.run("audit", "verify")

        #expect(whole.exit == .ok)
        #expect(try JSON.parse(whole.output)["whole"] == true)
        #expect(try JSON.parse(whole.output)["entries"]?.int ?? 0 >= 3)
        #expect(list.output.contains("POST /api/v1/search"))
        #expect(broken.exit == .refused)
        #expect(broken.output.contains("entry.changed: Entry 2 of block"))
        #expect(try await roof.run("audit", "verify", "--anchors", "/nowhere").exit == .refused)
        #expect(try await roof.run("audit", "burn").exit == .usage)
    }

    @Test(.emptyDatabase) func `issue tokens that work until they are revoked`() async throws {
        let roof = try Roof()
        #expect(try await roof.up(households: 0).exit == .ok)

        let issued = try await roof.run("token", "issue", "reviewer")
        let token = issued.output.split(separator: "\n").joined()
        #expect(token.count >= 40)
        #expect(try await holder(of: token) == "reviewer")

        #expect(try await roof.run("token", "revoke", "reviewer").exit == .ok)
        #expect(try await holder(of: token) == nil)
        #expect(try await roof.run("token", "issue", "stranger").exit == .refused)
        #expect(try await roof.run("token", "give", "clerk").exit == .usage)
    }

    /// Asks the table, as every new process does.
    private func holder(of token: String) async throws -> String? {
        try await Authenticator(database: Scratch.database).authenticate(bearer: token)?.name
    }

    @Test func `check a profile and tell every mistake`() async throws {
        let place = try TemporaryFolder()
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let profiles = place.folder.path + "/profiles"
        let copy = profiles + "/uganda"
        try FileManager.default.createDirectory(atPath: profiles, withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: root.path + "/profiles/uganda", toPath: copy)
        try FileManager.default.copyItem(atPath: root.path + "/profiles/schema", toPath: profiles + "/schema")
        // The shapes of formulas are published beside the profiles.
        try FileManager.default.copyItem(
            atPath: root.path + "/standards", toPath: place.folder.path + "/standards")
        #expect(try await check(copy).exit == .ok)

        try Files.write(Array("{".utf8), to: copy + "/codes/sex.json")
        try Files.write(
            Array(#"{"$schema": "../schema/profile.schema.json", "code": 7}"#.utf8), to: copy + "/profile.json")

        let ended = try await check(copy)
        #expect(ended.exit == .refused)
        #expect(ended.notes.contains("codes/sex.json"))
        #expect(ended.notes.contains("profile.json.code"))
        #expect(try await check(place.folder.path).exit == .file)
    }

    private func check(_ folder: String) async throws -> Ended {
        let notes = try Paper()
        let exit = await Program.run(
            ["profile", "check", folder], environment: [:], output: notes.terminal, notes: notes.terminal)
        return Ended(exit: exit, output: "", notes: notes.text)
    }
}
