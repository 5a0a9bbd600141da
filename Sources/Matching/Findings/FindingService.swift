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
                if try await isDue() { _ = try await findings.run(as: mandate) }
            } catch {
                if Task.isCancelled { break }
                logger.warning("findings must wait", [.fault: .fault(MatchingFault(any: error))])
            }
            try? await Task.sleep(for: .seconds(600))
        }
    }

    /// Whether the last run began longer ago than the profile allows; a new registry is left alone for a while.
    package func isDue() async throws -> Bool {
        guard !findings.rules.kinds.isEmpty else { return false }
        let rows = try await findings.database.read(
            as: mandate,
            once: [
                """
                SELECT COALESCE(
                    (SELECT max(began_at) FROM matching.finding_run),
                    (SELECT min(recorded_at) FROM registry.command)) < clock_timestamp() - make_interval(
                        hours => \(Int32(findings.rules.everyHours)))
                """
            ])
        return try rows.first?.first?.get(0, as: Bool?.self) ?? false
    }
}
