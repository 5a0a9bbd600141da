import Access
import Audit
import Cryptography
import Foundation
import Groundwork
import Postgres
import Profiles
import Registry
import Runtime

/// What every command that touches people works with: database, keys, profile, the trunk's context, a clock.
struct House: Sendable {
    let store: Store
    let keys: KeyRing
    let profile: Profile
    let context: RegistryContext
    let clock: SystemClock
    /// Puts on record what leaves, whichever way it leaves.
    let audit: AuditWriter

    var database: Database { store.database }
    var ground: Ground { store.ground }

    /// Puts the parts together: keys, then the areas as installed, then the profile over them.
    ///
    /// - Throws: `.notMigrated`, `.profileNotInstalled`, and what `KeyCheck` throws.
    static func open(
        _ store: Store, profile: Profile, mayMakeKey: Bool = false
    ) async throws -> House {
        let keys = try await KeyCheck.open(store.ground.keyFile, for: store.database, mayMake: mayMakeKey)
        let mandate = Mandate(actor: Actors.system, purpose: .operation)
        let areas = try await store.database.read(as: mandate) { tx in try await AreaIndex.load(in: tx) }
        guard !areas.areas.isEmpty else { throw RoofFault.profileNotInstalled(profile.code) }
        return House(
            store: store, keys: keys, profile: profile,
            context: profile.registryContext(keys: keys, areas: AreaBook(areas)),
            clock: SystemClock(zone: TimeZone(identifier: profile.timeZone) ?? .gmt),
            audit: AuditWriter(database: store.auditing, keys: keys))
    }
}
