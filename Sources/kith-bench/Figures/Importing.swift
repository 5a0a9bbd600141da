import Foundation
import Postgres

extension Measure {
    /// A country's file, through every check, into an empty registry; and out again.
    static let importing: Measure = Measure(
        name: "import",
        summary: """
            kith import of the demo population, against one session's COPY BINARY of every row it wrote into the same \
            indexed tables; peak memory; kith export of the whole
            """
    ) { ground in
        try await Importing(ground: ground).figures()
    }
}

private struct Importing: Sendable {
    let ground: BenchGround

    private var households: Int { max(200, ground.population.people * 222 / 1000) }

    func figures() async throws -> [Figure] {
        let folder = ground.folder + "/demo"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        _ = try await ProgramRun.output(
            ground.kith, ["demo", "--households", "\(households)", "--seed", "7", "--out", folder, "--json"],
            environment: ground.environment, folder: ground.folder)
        let house = try await ground.emptyHouse("kith_import")
        var environment = ground.environment
        environment["KITH_DATABASE_URL"] = house.settings.connectionString
        let run = try await ProgramRun.measured(
            ground.kith, ["import", folder + "/registry.csv", "--source", "bench", "--json"],
            environment: environment, folder: ground.folder,
            // 1 tells that lines went to quarantine, as the demo's broken ones should.
            accepted: [0, 1])
        let people = try await count("registry.person", house)
        let out = folder + "/export.csv"
        let export = try await ProgramRun.measured(
            ground.kith, ["export", "--format", "csv"], environment: environment, folder: ground.folder, into: out)
        unlink(out)
        let copied = try await copySeconds(house)
        await house.close()
        try await ground.drop("kith_import")
        let million = Double(people) / 1_000_000
        return [
            Figure(
                name: "import", value: Double(people) / run.seconds, unit: "people/s", target: .share(0.5),
                limit: Double(people) / copied),
            Figure(name: "import-seconds", value: run.seconds, unit: "s", target: .atMost(90 * million)),
            Figure(name: "import-memory", value: run.peakMegabytes, unit: "MB", target: .atMost(300)),
            Figure(
                name: "export", value: Double(people) / export.seconds, unit: "rows/s", target: .atLeast(100_000)),
            Figure(name: "export-memory", value: export.peakMegabytes, unit: "MB"),
        ]
    }

    private func count(_ table: String, _ house: Database) async throws -> Int {
        let rows = try await house.read(as: BenchGround.mandate, once: ["SELECT count(*) FROM \(unchecked: table)"])
        return Int(try rows.first?.first?.get(0, as: Int64.self) ?? 0)
    }

    /// In an order that keeps every foreign key.
    private static let tables = [
        "registry.command", "registry.source_record", "registry.link", "registry.household", "registry.person",
        "registry.membership", "registry.identifier", "registry.name_key", "registry.event", "intake.import_batch",
        "intake.import_chunk", "intake.quarantine",
    ]

    /// What one session of COPY needs for the rows of the import, into a database with the same tables and indexes.
    private func copySeconds(_ house: Database) async throws -> Double {
        // PostgreSQL itself writes and reads these files, as the user it runs as.
        let rows = try await house.read(
            as: BenchGround.mandate, once: ["SELECT current_setting('data_directory')"])
        guard let folder: String = try rows.first?.first?.get(0) else {
            throw BenchFault.answer("PostgreSQL does not tell where its files lie")
        }
        let place = folder + "/kith-bench-"
        try await house.withConnection { connection in
            for table in Self.tables {
                _ = try await connection.query(
                    "COPY (SELECT * FROM \(unchecked: table)) TO \(unchecked: Self.quoted(place + table)) (FORMAT binary)"
                )
            }
        }
        let target = try await ground.emptyHouse("kith_copy")
        let began = Stopwatch.nanoseconds
        try await target.withConnection { connection in
            for table in Self.tables {
                _ = try await connection.query(
                    "COPY \(unchecked: table) FROM \(unchecked: Self.quoted(place + table)) (FORMAT binary)")
            }
        }
        let seconds = Double(Stopwatch.nanoseconds - began) / 1e9
        for table in Self.tables { unlink(place + table) }
        await target.close()
        try await ground.drop("kith_copy")
        return seconds
    }

    private static func quoted(_ path: String) -> String { "'" + path.replacing("'", with: "''") + "'" }
}
