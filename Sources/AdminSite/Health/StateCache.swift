import Groundwork
import Postgres
import Registry
import Synchronization

/// The state of the registry, read at most every few seconds however many ask.
final class StateCache: Sendable {
    private struct Held {
        var state: RegistryState
        var until: ContinuousClock.Instant
    }

    static let freshness: Duration = .seconds(5)

    private let database: Database
    private let mandate: Mandate
    private let held: Mutex<Held?> = Mutex(nil)

    init(database: Database, mandate: Mandate) {
        (self.database, self.mandate) = (database, mandate)
    }

    /// Nil when the database does not answer.
    func current() async -> RegistryState? {
        let now = ContinuousClock.now
        if let held = held.withLock({ $0 }), held.until > now { return held.state }
        guard let state = try? await database.read(as: mandate, { tx in try await RegistryState.read(in: tx) }) else {
            return nil
        }
        held.withLock { $0 = Held(state: state, until: now + Self.freshness) }
        return state
    }
}
