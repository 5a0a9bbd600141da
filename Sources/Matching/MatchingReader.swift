import Foundation
package import Groundwork
package import Postgres
import Registry
import Runtime
package import Telemetry

/// Follows the event log: whoever is registered or changed is keyed and looked up anew.
package final class MatchingReader: Service {
    private let database: Database
    private let matcher: Matcher
    private let mandate: Mandate
    private let tick: Duration
    private let logger: Logger
    private static let reader = "matching"
    /// Events taken at a time.
    private static let window = 500

    package init(
        database: Database, matcher: Matcher, worker: ActorID, tick: Duration = .seconds(1), logger: Logger = .silent
    ) {
        (self.database, self.matcher, self.tick, self.logger) = (database, matcher, tick, logger)
        mandate = Mandate(actor: worker, purpose: .maintenance)
    }

    package var name: String { "matching" }

    package func run() async throws {
        var isAway = false
        while !Task.isCancelled {
            do {
                if try await step() { continue }
                isAway = false
            } catch {
                if Task.isCancelled { break }
                if !isAway { logger.warning("matching must wait", [.fault: .fault(MatchingFault(any: error))]) }
                isAway = true
            }
            try? await Task.sleep(for: tick)
        }
    }

    /// Takes one window of events; the cursor and what followed from them move together.
    ///
    /// - Returns: whether there was anything to do.
    package func step() async throws -> Bool {
        try await database.write(as: mandate) { (tx: borrowing Transaction) async throws -> Bool in
            // Without a model nobody is keyed; the first run over all takes everybody.
            guard try await matcher.models.active(in: tx) != nil else { return false }
            let cursor = try await EventLog.cursor(of: Self.reader, in: tx)
            let (events, next) = try await EventLog.events(after: cursor, limit: Self.window, in: tx)
            guard next != cursor else { return false }
            var people: Set<UUID> = []
            var households: Set<UUID> = []
            for event in events {
                if event.subjectKind == SubjectKind.person.rawValue {
                    people.insert(event.subjectID)
                } else if event.type != EventType.householdRegistered.rawValue {
                    households.insert(event.subjectID)
                }
            }
            if !households.isEmpty {
                let rows = try await tx.query(
                    "SELECT id FROM registry.person WHERE household_id = ANY(\(Array(households))) LIMIT 20000")
                for row in rows { people.insert(try row.get(0)) }
            }
            // What was read with the model's run, or matched since, needs no second look.
            let due = try await tx.query(
                """
                SELECT w.id
                FROM unnest(\(Array(people))::uuid[]) AS w (id)
                LEFT JOIN registry.person AS p ON p.id = w.id
                LEFT JOIN matching.keyed_person AS k ON k.person_id = w.id
                WHERE k.version IS DISTINCT FROM p.version OR p.status = 'merged'
                """
            ).map { try $0.get(0, as: UUID.self) }
            for start in stride(from: 0, to: due.count, by: 500) {
                try await matcher.refresh(Array(due[start..<min(start + 500, due.count)]), in: tx)
            }
            try await EventLog.move(Self.reader, to: next, in: tx)
            return true
        }
    }
}
