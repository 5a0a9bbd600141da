import Foundation
import Groundwork
import Postgres
import Runtime
import Synchronization

/// The database that a command works with, and what it takes to let go of it.
struct Store: Sendable {
    let ground: Ground
    let database: Database
    /// One connection for the audit record alone, so that no commit of it waits behind readers; opened when first needed.
    let auditing: Database
    /// The server of the data folder; nil when `database.url` names another one.
    let cluster: EmbeddedCluster?

    /// Whether the database belongs to this data folder alone.
    var isOwn: Bool { cluster != nil }
}

/// How much of a data folder a command wants.
enum Claim: Sendable {
    /// The folder to itself, made when it is new: `up`, `serve`.
    case whole
    /// The folder, made when it is new, or what a running server offers: `migrate`.
    case making
    /// What is there already: all other commands.
    case visiting
}

extension Store {
    /// Runs `work` with the database and ends everything in order afterwards, also on SIGTERM and SIGINT.
    ///
    /// The data folder's own PostgreSQL is started when it does not run, and stopped at the end by whoever holds the
    /// folder; a command beside a running `kith up` uses that one's.
    /// - Returns: nil when a signal ended the work before it was done.
    static func with<Result: Sendable>(
        _ ground: Ground, _ claim: Claim, purpose: String, work: @escaping @Sendable (Store) async throws -> Result
    ) async throws -> Result? {
        try await with(ground, claim, purpose: purpose, beside: {}) { store, _ in try await work(store) }
    }

    /// The same, with work that needs no database done while that one starts.
    static func with<Beside: Sendable, Result: Sendable>(
        _ ground: Ground, _ claim: Claim, purpose: String, beside: @escaping @Sendable () async throws -> Beside,
        work: @escaping @Sendable (Store, Beside) async throws -> Result
    ) async throws -> Result? {
        let site = try Site(ground, claim, purpose: purpose)
        let outcome = Outcomes<Result>()
        let stopper = Mutex<ServiceGroup?>(nil)
        let worker = ClosureService(purpose) {
            // However the work ends, the keeper below it has nothing left to keep.
            defer { stopper.withLock { $0 }?.stop() }
            async let prepared = beside()
            let store = try await site.open()
            do {
                let result = try await work(store, prepared)
                await store.close()
                outcome.set(result)
            } catch {
                await store.close()
                throw error
            }
        }
        let group = ServiceGroup(
            site.keeper.map { [$0, worker] } ?? [worker],
            grace: ground.settings.duration(SettingsTable.drainTime) + .seconds(40), logger: ground.logger)
        stopper.withLock { $0 = group }
        // The group holds the worker and the worker holds the group: without this nobody would let go of the folder.
        defer { stopper.withLock { $0 = nil } }
        try await group.run()
        return outcome.value
    }

    private func close() async {
        await database.close()
        await auditing.close()
    }

    /// The settings of every connection, from the table.
    static func tuned(_ settings: ConnectionSettings, _ ground: Ground) -> ConnectionSettings {
        var settings = settings
        settings.poolSize = ground.settings.integer(SettingsTable.databasePool)
        settings.prepared =
            ConnectionSettings.Prepared(rawValue: ground.settings.text(SettingsTable.databasePrepared)) ?? .named
        settings.checkoutTimeout = ground.settings.duration(SettingsTable.databaseWait)
        settings.statementTimeout = ground.settings.duration(SettingsTable.databaseStatementTime)
        settings.idleTimeout = ground.settings.duration(SettingsTable.databaseIdleTime)
        return settings
    }
}

/// One value that a task leaves for another.
private final class Outcomes<Value: Sendable>: Sendable {
    private let held = Mutex<Value?>(nil)
    func set(_ value: Value) { held.withLock { $0 = value } }
    var value: Value? { held.withLock { $0 } }
}

/// Where the database is to be found, decided before anything is started.
private struct Site: Sendable {
    let ground: Ground
    let claim: Claim
    let cluster: EmbeddedCluster?
    /// Held as long as the command runs.
    let lock: DataLock?

    init(_ ground: Ground, _ claim: Claim, purpose: String) throws {
        (self.ground, self.claim) = (ground, claim)
        if claim != .visiting { try ground.data.make() }
        if ground.settings.isSet(SettingsTable.databaseURL) {
            cluster = nil
            // Keys and credentials lie in the folder all the same.
            lock = claim == .whole ? try DataLock(ground.data, purpose: purpose) : nil
            return
        }
        let own = EmbeddedCluster.own(ground)
        let isNew = !FileManager.default.fileExists(atPath: own.dataFolder + "/PG_VERSION")
        guard claim != .visiting || !isNew else { throw RoofFault.noDatabase(ground.data.path) }
        if let blocked = EmbeddedCluster.unreachable(own.dataFolder) {
            throw RoofFault.fileUnreadable(
                blocked, reason: "PostgreSQL runs as the user postgres and must be able to enter it (chmod o+x)")
        }
        do {
            lock = try DataLock(ground.data, purpose: purpose)
        } catch {
            guard claim != .whole, own.isRunning else { throw error }
            lock = nil
        }
        cluster = own
    }

    /// Stops the server at the end, when it is ours to stop.
    var keeper: ClusterKeeper? {
        guard lock != nil, let cluster else { return nil }
        return ClusterKeeper(cluster: cluster)
    }

    func open() async throws -> Store {
        let text = ground.settings.secretIfSet(SettingsTable.databaseURL)?.reveal()
        let settings: ConnectionSettings
        if let text {
            settings = try ConnectionSettings(parsing: text)
        } else if let cluster {
            if lock != nil { try await cluster.start() }
            settings = try await cluster.database(named: "kith")
        } else {
            throw RoofFault.noDatabase(ground.data.path)
        }
        let tuned = Store.tuned(settings, ground)
        var auditing = tuned
        auditing.poolSize = 1
        return Store(ground: ground, database: Database(tuned), auditing: Database(auditing), cluster: cluster)
    }
}
