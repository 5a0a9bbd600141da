import Postgres
import Profiles
import Runtime

extension Store {
    /// Runs `work` with everything that touches people; for commands on an installed database.
    static func withHouse<Result: Sendable>(
        _ ground: Ground, _ claim: Claim = .visiting, purpose: String,
        work: @escaping @Sendable (House) async throws -> Result
    ) async throws -> Result? {
        let folder = ground.profileFolder
        return try await with(ground, claim, purpose: purpose, beside: { try Profile.load(folder) }) { store, profile in
            try await store.requireSchema()
            return try await work(House.open(store, profile: profile))
        }
    }

    /// Refuses a database that lacks migrations; one that is newer than the program is refused by the migrator.
    func requireSchema() async throws {
        let pending = try await Migrator(folder: ground.home.migrations).pending(database)
        guard pending.isEmpty else { throw RoofFault.notMigrated(pending: pending.count) }
    }
}
