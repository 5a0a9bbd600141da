import Access
import Foundation
import Groundwork
import Intake
import Postgres
import Registry
import Runtime

/// Brings the demo population in, once, by the same way as real files; a start that was cut short is gone on with.
struct FirstPeople: Sendable {
    let house: House

    /// Makes and imports what was planned, and notes that it is done.
    func settle(_ installation: inout Installation) async throws {
        guard installation.demo == .planned else { return }
        let data = house.ground.data
        let console = house.ground.console
        // The manifest is written last: with it, the other files are whole, and an import under way wants the same ones.
        if !FileManager.default.fileExists(atPath: data.demo + "/manifest.json") {
            console.note("making a demo population of \(Grouped.count(installation.households, "household"))")
            _ = try DemoPopulation(
                households: installation.households, seed: installation.seed, today: house.clock.today
            ).write(to: data.demo, from: house.ground)
        }
        let request = ImportRequest(
            path: data.demo + "/registry.csv", source: "demo", quarantineFile: data.demo + "/quarantine.csv")
        let actor = try await house.principal("clerk", needs: "import.write").actor
        let report = try await house.importer.run(
            request, as: Mandate(actor: actor, purpose: .import), showing: console)
        for line in report.text.split(separator: "\n") { console.note(String(line)) }
        installation.demo = .done
        try installation.save(data)
    }

    /// Whether the registry holds nobody yet.
    static func isAwaited(on store: Store) async throws -> Bool {
        let rows = try await store.database.read(
            as: Mandate(actor: Actors.system, purpose: .operation),
            once: ["SELECT NOT EXISTS (SELECT 1 FROM registry.source_record)"])
        return try rows.first?.first?.get(0) ?? false
    }

    /// The social id of somebody invented, to be asked for in the lines to try.
    static func example(on store: Store) async throws -> String? {
        let rows = try await store.database.read(
            as: Mandate(actor: Actors.system, purpose: .operation),
            once: ["SELECT social_id FROM registry.person WHERE status = 'active' ORDER BY id LIMIT 1"])
        return try rows.first?.first?.get(0)
    }
}
