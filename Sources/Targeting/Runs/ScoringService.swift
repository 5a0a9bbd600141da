import Foundation
package import Groundwork
package import Postgres
import Registry
import Runtime
package import Telemetry

/// Follows the event log and scores again whose answers changed; carries out runs that were noted or cut short.
package final class ScoringService: Service {
    private let database: Database
    private let formulas: Formulas
    private let mandate: Mandate
    private let tick: Duration
    private let logger: Logger
    private static let reader = "scoring"
    /// Events taken at a time.
    private static let window = 500

    package init(
        database: Database, formulas: Formulas, worker: ActorID, tick: Duration = .seconds(1), logger: Logger = .silent
    ) {
        (self.database, self.formulas, self.tick, self.logger) = (database, formulas, tick, logger)
        mandate = Mandate(actor: worker, purpose: .maintenance)
    }

    package var name: String { "scoring" }

    package func run() async throws {
        await WorkLoop(every: tick, logger: logger, waiting: "scoring must wait").run { try await step() }
    }

    /// One open run, or one window of events; the cursor moves in the transaction of the scores.
    ///
    /// - Returns: whether there was anything to do.
    package func step() async throws -> Bool {
        let runs = ScoreRun(database: database, formulas: formulas)
        if try await runs.hasOpen(as: mandate) {
            switch try await runs.goOn(as: mandate) {
            case .ended(let report):
                if let reason = report.reason {
                    logger.warning(
                        "a scoring run was given up", [.run: .count(report.id), .reason: .unredacted(reason)])
                }
                return true
            // Somebody at a terminal is carrying one out.
            case .busy, .idle: return false
            }
        }
        return try await database.write(as: mandate) { (tx: borrowing Transaction) async throws -> Bool in
            let cursor = try await EventLog.cursor(of: Self.reader, in: tx)
            let end = try await EventLog.head(in: tx)
            guard cursor != end else { return false }
            let inForce = try await tx.query("SELECT EXISTS (SELECT 1 FROM targeting.formula WHERE state = 'active')")
            guard try inForce.first?.get(0, as: Bool.self) ?? false else {
                // Nothing is scored yet; the run before an activation takes everybody.
                try await EventLog.move(Self.reader, to: end, in: tx)
                return false
            }
            let free = try await tx.query("SELECT pg_try_advisory_xact_lock(\(ScoreLock.runs))")
            guard try free.first?.get(0, as: Bool.self) ?? false else { return false }
            let (events, next) = try await EventLog.events(after: cursor, limit: Self.window, in: tx)
            let households = try await Self.households(of: events, in: tx)
            _ = try await ChangeScorer(formulas: formulas).refresh(households, in: tx)
            try await EventLog.move(Self.reader, to: next, in: tx)
            return next != cursor
        }
    }

    /// What happens to households and changes no answer.
    private static let others: Set<String> = [
        EventType.householdScored.rawValue, EventType.householdTargeted.rawValue,
    ]

    /// Whom the events may have changed: the households themselves, and those of people.
    private static func households(
        of events: [PlacedEvent], in tx: borrowing Transaction
    ) async throws -> [UUID] {
        var (people, households): (Set<UUID>, Set<UUID>) = ([], [])
        for event in events where !others.contains(event.type) {
            switch SubjectKind(rawValue: event.subjectKind) {
            case .person: people.insert(event.subjectID)
            case .household: households.insert(event.subjectID)
            case nil: break
            }
        }
        guard !people.isEmpty else { return Array(households) }
        for row in try await tx.query(
            """
            SELECT DISTINCT p.household_id FROM registry.person AS p
            WHERE p.id = ANY(\(Array(people))) AND p.household_id IS NOT NULL
            """)
        { households.insert(try row.get(0)) }
        return Array(households)
    }
}

extension LogKey {
    fileprivate static let run: LogKey = LogKey("run")
}

extension ScoreRun {
    fileprivate func hasOpen(as mandate: Mandate) async throws -> Bool {
        let rows = try await database.read(
            as: mandate,
            once: ["SELECT EXISTS (SELECT 1 FROM targeting.run WHERE state IN ('scoring', 'publishing'))"])
        return try rows.first?.first?.get(0) ?? false
    }
}
