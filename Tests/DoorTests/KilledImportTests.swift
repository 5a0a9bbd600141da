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
        // Nobody has to wait for the database's own upkeep before the planner knows of a country.
        let unknown = "pg_class WHERE oid = 'registry.person'::regclass AND reltuples < \(people) / 2"
        #expect(try await roof.count(unknown) == 0)
        let batch = try #require(report["batch"]?.string)
        let undone = try await roof.run("import", "undo", batch, json: true)
        #expect(try JSON.parse(undone.output)["people_withdrawn"]?.int == people)
        #expect(try await roof.count("registry.person WHERE status = 'active'") == 0)
    }

    /// Each of the five files is killed twice; a later one speaks of what the earlier ones brought.
    @Test(.emptyDatabase) func `of a former system ends in the same state, file by file`() async throws {
        let roof = try Roof()
        #expect(try await roof.up(households: 0).exit == .ok)
        let made = roof.data.path + "/made"
        let demo = ["demo", "--layout", "former", "--households", "1500", "--seed", "7", "--out", made]
        #expect(try await roof.run(demo).exit == .ok)
        let steps = [
            ("1-areas", "former_areas"), ("2-households", "former_households"), ("3-people", "former_people"),
            ("4-beneficiaries", "former_beneficiaries"), ("5-payments", "former_payments"),
        ]
        func command(_ step: (file: String, layout: String)) -> [String] {
            ["import", made + "/\(step.file).csv", "--source", "former", "--mapping", step.layout]
        }

        var moments = SeededGenerator(seed: 11)
        for step in steps {
            for _ in 0..<2 {
                let milliseconds = Int.random(in: 250...1500, using: &moments)
                try await start(command(step), roof, killAfter: .milliseconds(milliseconds))
            }
            let ended = try await roof.run(command(step), json: true)
            #expect(ended.exit == .ok, "\(step) \(ended.notes)")
        }
        let people = try await state(of: Scratch.database)[0]
        let told = try await reported(in: Scratch.database)

        try await Scratch.withFresh { whole in
            let other = ["KITH_DATABASE_URL": whole.settings.connectionString]
            #expect(try await roof.run(["up", "--exit-when-ready", "--households", "0"], other).exit == .ok)
            for step in steps { #expect(try await roof.run(command(step), other).exit == .ok) }
            #expect(try await self.state(of: whole)[0] == people)
            let wholly = try await reported(in: whole)
            #expect(wholly == told)
        }
        let count = try await roof.count("registry.participation")
        #expect(count > 2000)
    }

    /// What programmes reported, by the keys of the former system, and its codes of areas.
    private func reported(in database: Database) async throws -> [String] {
        let rows = try await database.read(
            as: Mandate(actor: ActorID(), purpose: .operation),
            once: [
                """
                SELECT md5(string_agg(line, '' ORDER BY line)) FROM (
                    SELECT concat_ws('|', t.subject_kind, t.programme, t.kind, t.item_key, t.status, t.from_on, t.to_on,
                        t.amount_minor, t.currency, t.detail, (
                            SELECT string_agg(r.source_key, ',' ORDER BY r.source_key)
                            FROM registry.link AS l JOIN registry.source_record AS r ON r.id = l.record_id
                            WHERE l.subject_id = t.subject_id AND l.recorded_to = 'infinity')) AS line
                    FROM registry.participation AS t) AS s
                """,
                """
                SELECT md5(string_agg(concat_ws('|', c.system, c.code, a.code), '' ORDER BY c.system, c.code))
                FROM registry.area_code AS c JOIN registry.area AS a ON a.id = c.area_id
                WHERE c.command_id IS NOT NULL
                """,
                // A run that was done before it could be killed leaves a second one that finds nothing new.
                """
                SELECT string_agg(line, ';' ORDER BY line) FROM (
                    SELECT concat_ws(' ', file_name, min(state), max(state), sum(reports_registered),
                        sum(people_registered), sum(households_registered), sum(codes_registered)) AS line
                    FROM intake.import_batch GROUP BY file_name) AS s
                """,
                """
                SELECT concat_ws(' ', (SELECT count(*) FROM registry.household), (SELECT count(*) FROM registry.membership),
                    (SELECT count(*) FROM registry.source_record), (SELECT count(*) FROM registry.link),
                    (SELECT count(*) FROM registry.event WHERE subject_kind <> 'import'))
                """,
            ])
        return try rows.map { try $0[0].get(0, as: String.self) }
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
                WITH keys AS (SELECT person_id AS id, count(*) FROM registry.name_key GROUP BY 1),
                    identifiers AS (SELECT subject_id AS id, count(*) FROM registry.identifier GROUP BY 1),
                    events AS (SELECT subject_id AS id, count(*) FROM registry.event GROUP BY 1)
                SELECT md5(string_agg(line, '' ORDER BY line)) FROM (
                    SELECT concat_ws('|', r.source_key, p.given_name, p.family_name, p.birth_date, p.extras,
                        p.relationship, p.version, p.area_order, h.size, h.extras,
                        coalesce(k.count, 0), coalesce(i.count, 0), coalesce(e.count, 0)) AS line
                    FROM registry.person AS p
                    JOIN registry.link AS l ON l.subject_id = p.id
                    JOIN registry.source_record AS r ON r.id = l.record_id
                    LEFT JOIN keys AS k ON k.id = p.id
                    LEFT JOIN identifiers AS i ON i.id = p.id
                    LEFT JOIN events AS e ON e.id = p.id
                    LEFT JOIN registry.household AS h ON h.id = p.household_id) AS s
                """,
                """
                SELECT concat_ws(' ', (SELECT count(*) FROM registry.person), (SELECT count(*) FROM registry.household),
                    (SELECT count(*) FROM registry.event), (SELECT count(*) FROM registry.source_record),
                    (SELECT count(*) FROM registry.membership), (SELECT count(*) FROM intake.quarantine),
                    (SELECT max(chunks) FROM intake.import_batch),
                    (SELECT md5(string_agg(indexdef, ';' ORDER BY indexdef)) FROM pg_indexes
                    WHERE schemaname = 'registry'))
                """,
            ])
        return try rows.map { try $0[0].get(0, as: String.self) }
    }
}
