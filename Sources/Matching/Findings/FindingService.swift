import Foundation
package import Groundwork
import Postgres
import Runtime
package import Telemetry

/// Looks for what is odd as often as the profile says, also when nobody asks.
package struct FindingService: Service {
    private let findings: FindingRun
    private let mandate: Mandate
    private let logger: Logger

    package init(_ run: FindingRun, worker: ActorID, logger: Logger = .silent) {
        (findings, self.logger) = (run, logger)
        mandate = Mandate(actor: worker, purpose: .maintenance)
    }

    package var name: String { "findings" }

    package func run() async throws {
        while !Task.isCancelled {
            do {
                if try await isDue() {
                    for (kind, fault) in try await findings.run(as: mandate).failed {
                        logger.warning(
                            "a kind of finding must wait", [LogKey("kind"): .code(kind), .fault: .fault(fault)])
                    }
                }
            } catch {
                if Task.isCancelled { break }
                logger.warning("findings must wait", [.fault: .fault(MatchingFault(any: error))])
            }
            try? await Task.sleep(for: .seconds(600))
        }
    }

    /// Whether the last whole run began longer ago than the profile allows; a new registry is left alone for a while.
    ///
    /// A run that failed or was killed is begun again after an hour, the next after two, four, and so on.
    package func isDue() async throws -> Bool {
        guard !findings.rules.kinds.isEmpty else { return false }
        let every = Int32(findings.rules.everyHours)
        let rows = try await findings.database.read(
            as: mandate,
            once: [
                """
                WITH whole AS (
                    SELECT max(began_at) AS began_at FROM matching.finding_run WHERE ended_at IS NOT NULL
                ), broken AS (
                    SELECT count(*) AS times, max(r.began_at) AS began_at
                    FROM matching.finding_run AS r
                    JOIN whole AS w ON r.began_at > COALESCE(w.began_at, '-infinity')
                    WHERE r.ended_at IS NULL
                )
                SELECT COALESCE(w.began_at, (SELECT min(recorded_at) FROM registry.command))
                        < clock_timestamp() - make_interval(hours => \(every)::int)
                    AND (b.times = 0 OR b.began_at < clock_timestamp() - make_interval(
                        hours => LEAST(\(every)::int, (2 ^ (LEAST(b.times, 14) - 1))::int)))
                FROM whole AS w
                CROSS JOIN broken AS b
                """
            ])
        return try rows.first?.first?.get(0, as: Bool?.self) ?? false
    }
}
