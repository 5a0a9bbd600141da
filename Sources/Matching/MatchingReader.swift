import Documents
import Foundation
package import Groundwork
package import Postgres
import Registry
import Runtime
import Synchronization
package import Telemetry

/// Follows the event log: whoever is registered or changed is keyed and looked up anew.
package final class MatchingReader: Service {
    private let database: Database
    private let matcher: Matcher
    private let mandate: Mandate
    private let tick: Duration
    private let logger: Logger
    private let queue: MatchQueue?
    private let revived: Mutex<ContinuousClock.Instant?> = Mutex(nil)
    private static let reader = "matching"
    /// Events taken at a time.
    private static let window = 500

    /// - Parameter queue: opens pairs again whose merge was refused; nil to leave that to others.
    package init(
        database: Database, matcher: Matcher, queue: MatchQueue? = nil, worker: ActorID, tick: Duration = .seconds(1),
        logger: Logger = .silent
    ) {
        self.queue = queue
        (self.database, self.matcher, self.tick, self.logger) = (database, matcher, tick, logger)
        mandate = Mandate(actor: worker, purpose: .maintenance)
    }

    package var name: String { "matching" }

    package func run() async throws {
        await WorkLoop(every: tick, logger: logger, waiting: "matching must wait").run { try await step() }
    }

    /// Takes one window of events; the cursor moves when everybody of the window is done.
    ///
    /// Some hundred people in each transaction, so that no reader of the log waits for long; whoever is done already is
    /// left alone when a window comes again.
    ///
    /// - Returns: whether there was anything to do.
    package func step() async throws -> Bool {
        guard let window = try await look() else {
            try await revive()
            return false
        }
        for start in stride(from: 0, to: window.due.count, by: Self.together) {
            let part = Array(window.due[start..<min(start + Self.together, window.due.count)])
            guard try await refresh(part) else { return false }
        }
        try await database.write(as: mandate) { (tx: borrowing Transaction) async throws -> Void in
            if !window.parted.isEmpty {
                _ = try await tx.query(
                    """
                    UPDATE matching.pair SET state = 'different', updated_at = clock_timestamp()
                    WHERE state = 'same' AND (low_id = ANY(\(window.parted)) OR high_id = ANY(\(window.parted)))
                    """)
            }
            try await EventLog.move(Self.reader, to: window.next, in: tx)
        }
        return true
    }

    /// What happens to households and changes no member: members are registered by events of their own, a score is no answer.
    private static let others: Set<String> = [
        EventType.householdRegistered.rawValue, EventType.householdScored.rawValue,
        EventType.householdTargeted.rawValue,
    ]

    /// People of one transaction.
    package static let together: Int = 100

    private struct Window: Sendable {
        var due: [UUID]
        /// People who were taken out of a merge: whoever they were held to be, they are not.
        var parted: [UUID]
        var next: EventCursor
    }

    private func look() async throws -> Window? {
        try await database.write(as: mandate) { (tx: borrowing Transaction) async throws -> Window? in
            // Without a model nobody is keyed; the first run over all takes everybody.
            guard let model = try await matcher.models.active(in: tx) else { return nil }
            let cursor = try await EventLog.cursor(of: Self.reader, in: tx)
            let (events, next) = try await EventLog.events(after: cursor, limit: Self.window, in: tx)
            guard next != cursor else { return nil }
            // A run that was cut short has not compared whom it read.
            let readUpTo = model.isFinished ? model.readPosition : 0
            var people: Set<UUID> = []
            var households: Set<UUID> = []
            var parted: [UUID] = []
            for event in events {
                if event.type == EventType.personUnmerged.rawValue, event.body["survivor"] != nil {
                    parted.append(event.subjectID)
                }
                if event.subjectKind == SubjectKind.person.rawValue {
                    people.insert(event.subjectID)
                } else if event.subjectKind == SubjectKind.household.rawValue, event.pos > readUpTo,
                    !Self.others.contains(event.type)
                {
                    households.insert(event.subjectID)
                }
            }
            // What was read with the model's run, or matched since, needs no second look. An address is a household's, and
            // does not show in the version of its members.
            let due = try await tx.query(
                """
                SELECT w.id
                FROM unnest(\(Array(people))::uuid[]) AS w (id)
                LEFT JOIN registry.person AS p ON p.id = w.id
                LEFT JOIN matching.keyed_person AS k ON k.person_id = w.id
                WHERE k.version IS DISTINCT FROM p.version OR p.status = 'merged'
                UNION
                SELECT p.id FROM registry.person AS p WHERE p.household_id = ANY(\(Array(households)))
                """
            ).map { try $0.get(0, as: UUID.self) }
            return Window(due: due, parted: parted, next: next)
        }
    }

    /// - Returns: false while a run over all is under way, which the reader waits for.
    private func refresh(_ people: [UUID]) async throws -> Bool {
        do {
            return try await database.write(as: mandate) { (tx: borrowing Transaction) async throws -> Bool in
                let free = try await tx.query("SELECT pg_try_advisory_xact_lock_shared(\(MatchLock.key))")
                guard try free.first?.get(0, as: Bool.self) ?? false else { return false }
                try await matcher.refresh(people, in: tx)
                return true
            }
        } catch {
            if Task.isCancelled { throw error }
            // One who cannot be read must not keep all others waiting for ever.
            guard people.count == 1 else {
                for person in people where try await !refresh([person]) { return false }
                return true
            }
            if let error = error as? DatabaseError, error.isTransient { throw error }
            logger.error("somebody cannot be matched", [.fault: .fault(MatchingFault(any: error))])
            return true
        }
    }

    private func revive() async throws {
        let now = ContinuousClock.now
        let isDue = revived.withLock { last in
            if let last, now - last < .seconds(30) { return false }
            last = now
            return true
        }
        guard isDue, let queue else { return }
        _ = try await database.write(as: mandate) { tx throws(MatchingFault) in try await queue.revive(in: tx) }
    }
}
