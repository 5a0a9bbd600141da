import Cryptography
import Documents
import Foundation
import Groundwork
import Linkage
import Postgres
import Registry

/// Writes the rows that a registry of that many people has, by COPY, without the commands that would make them.
struct RegistryBuilder: Sendable {
    let ground: BenchGround

    private static let tables: [String] = [
        "registry.person", "registry.household", "registry.membership", "registry.identifier", "registry.name_key",
        "registry.source_record", "registry.link",
    ]
    var population: Population { ground.population }
    var context: RegistryContext { ground.context }
    static let day: CalendarDate = CalendarDate(daysSince1970: 20_300) ?? .earliest
    static let command: UUID = UUIDv7.value(stamp: 1_750_000_000_000, random: 7)

    /// Builds, unless the registry holds exactly these people already.
    func build() async throws {
        let mandate = BenchGround.mandate
        let held: Int64 = try await ground.database.read(as: mandate) { tx in
            try await tx.query("SELECT count(*) FROM registry.person WHERE id >= \(population.personID(0))")
                .first?.get(0) ?? 0
        }
        if held >= population.people, ground.isKept { return }
        guard held == 0 else { throw BenchFault.usage("the folder holds another registry; name another one") }
        ground.note("making a registry of \(population.people) people")
        let began = Stopwatch.nanoseconds
        let keeper = try await ground.database.write(as: mandate) { tx in
            try await writeCommand(in: tx)
            return try await IndexKeeper.drop(Self.tables, in: tx)
        }
        let numbers = try await socialIDs()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await writePeople(numbers) }
            group.addTask { try await writeIdentifiers() }
            group.addTask { try await writeNameKeys() }
            group.addTask { try await writeRecords() }
            group.addTask { try await writeHouseholds(numbers) }
            try await group.waitForAll()
        }
        try await keeper.restore(on: ground.database)
        try await ground.database.withConnection { session in
            _ = try await session.query("VACUUM (FREEZE, ANALYZE)")
            _ = try await session.query("CHECKPOINT")
        }
        ground.note("made in \((Stopwatch.nanoseconds - began) / 1_000_000_000) s")
    }

    func copy(
        _ table: String, _ columns: String, _ body: @Sendable (inout CopyWriter) async throws -> Void
    ) async throws {
        let names = columns.split(separator: ",").map { $0.filter { $0 != " " && $0 != "\n" } }
        _ = try await ground.database.write(as: BenchGround.mandate) { tx in
            try await tx.copyIn(table, columns: names, body)
        }
    }

    private func writeCommand(in tx: borrowing Transaction) async throws {
        let mandate = BenchGround.mandate
        _ = try await tx.execute(
            """
            INSERT INTO registry.command (id, kind, actor_id, purpose, trace, recorded_at)
            VALUES (\(Self.command), 'import', \(mandate.actor), 'import', \(mandate.trace.description), now())
            """)
    }

    /// Numbers for all people, then all households, drawn as the server draws them.
    private func socialIDs() async throws -> [String] {
        let count = population.people + population.households
        return try await ground.database.write(as: BenchGround.mandate) { tx in
            let first: Int64 =
                try await tx.query(
                    """
                    UPDATE registry.social_id_counter SET next_place = next_place + \(count)
                    RETURNING next_place - \(count)
                    """
                ).first?.get(0) ?? 0
            return (0..<count).map { place in
                let body =
                    1_000_000_000
                    + ground.keys.permute(UInt64(Int(first) + place), below: 9_000_000_000, domain: "social-id")
                return String(body) + MOD97.checkDigits(String(body))
            }
        }
    }
}
