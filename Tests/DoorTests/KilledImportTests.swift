import Documents
import Foundation
import Glibc
import Groundwork
import Postgres
import TestKit
import Testing

@testable import kith

@Suite(.serialized) struct `An import that is killed` {
    @Test(.emptyDatabase) func `ends in the same state after ten kills and the same command`() async throws {
        let roof = try Roof()
        #expect(try await roof.up(households: 0).exit == .ok)
        let made = roof.data.path + "/made"
        #expect(try await roof.run("demo", "--households", "1800", "--seed", "7", "--out", made).exit == .ok)
        let command = ["import", made + "/registry.csv", "--source", "census", "--quarantine"]

        var moments = SeededGenerator(seed: 7)
        for _ in 0..<10 {
            let milliseconds = Int.random(in: 150...1800, using: &moments)
            try await start(command + [made + "/killed.csv"], roof, killAfter: .milliseconds(milliseconds))
        }
        let ended = try await roof.run(command + [made + "/killed.csv"], json: true)
        #expect([ExitCode.ok, .refused].contains(ended.exit), "\(ended.notes)")
        let state = try await state(of: Scratch.database)

        // The same file, the same keys, and nobody who kills.
        try await Scratch.withFresh { whole in
            let other = ["KITH_DATABASE_URL": whole.settings.connectionString]
            #expect(try await roof.run(["up", "--exit-when-ready", "--households", "0"], other).exit == .ok)
            _ = try await roof.run(command + [made + "/whole.csv"], other)
            #expect(try await self.state(of: whole) == state)
        }
        let quarantines = try ["killed", "whole"].map { try Data(contentsOf: URL(filePath: made + "/\($0).csv")) }
        #expect(quarantines[0] == quarantines[1])

        let report = try JSON.parse(ended.output)
        let people = try await roof.count("registry.person")
        #expect(report["people_registered"]?.int == people)
        let batch = try #require(report["batch"]?.string)
        let undone = try await roof.run("import", "undo", batch, json: true)
        #expect(try JSON.parse(undone.output)["people_withdrawn"]?.int == people)
        #expect(try await roof.count("registry.person WHERE status = 'active'") == 0)
    }

    /// Runs the program as a process and kills it, unless it ends before.
    private func start(_ arguments: [String], _ roof: Roof, killAfter delay: Duration) async throws {
        let program = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "kith")
        let process = Process()
        process.executableURL = program
        process.arguments = arguments + ["--data", roof.data.path, "--log-level", "error"]
        process.environment = roof.environment.merging(
            ["KITH_HOME": RegistryFixture.root, "PATH": "/usr/bin:/bin"], uniquingKeysWith: { first, _ in first })
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        try await Task.sleep(for: delay)
        _ = Glibc.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// What stands in the registry, without the ids that every run makes anew.
    private func state(of database: Database) async throws -> [String] {
        let mandate = Mandate(actor: ActorID(), purpose: .operation)
        let rows = try await database.read(
            as: mandate,
            once: [
                """
                SELECT md5(string_agg(line, '' ORDER BY line)) FROM (
                    SELECT concat_ws('|', r.source_key, p.given_name, p.family_name, p.birth_date, p.extras,
                        p.relationship, p.version, p.area_order, h.size, h.extras,
                        (SELECT count(*) FROM registry.name_key AS k WHERE k.person_id = p.id),
                        (SELECT count(*) FROM registry.identifier AS i WHERE i.subject_id = p.id),
                        (SELECT count(*) FROM registry.event AS e WHERE e.subject_id = p.id)) AS line
                    FROM registry.person AS p
                    JOIN registry.link AS l ON l.subject_id = p.id
                    JOIN registry.source_record AS r ON r.id = l.record_id
                    LEFT JOIN registry.household AS h ON h.id = p.household_id) AS s
                """,
                """
                SELECT concat_ws(' ', (SELECT count(*) FROM registry.person), (SELECT count(*) FROM registry.household),
                    (SELECT count(*) FROM registry.event), (SELECT count(*) FROM registry.source_record),
                    (SELECT count(*) FROM registry.membership), (SELECT count(*) FROM intake.quarantine),
                    (SELECT max(chunks) FROM intake.import_batch))
                """,
            ])
        return try rows.map { try $0[0].get(0, as: String.self) }
    }
}
