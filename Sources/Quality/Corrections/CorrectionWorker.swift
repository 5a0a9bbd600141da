package import Groundwork
import Postgres
import Runtime
import Synchronization
package import Telemetry

/// Carries approved corrections out, some hundred records in one transaction each; a stop in between loses nothing.
package final class CorrectionWorker: Service {
    private let corrections: Corrections
    private let mandate: Mandate
    private let tick: Duration
    private let logger: Logger

    package init(
        _ corrections: Corrections, worker: ActorID, tick: Duration = .seconds(1), logger: Logger = .silent
    ) {
        (self.corrections, self.tick, self.logger) = (corrections, tick, logger)
        mandate = Mandate(actor: worker, purpose: .maintenance)
    }

    package var name: String { "corrections" }

    package func run() async throws {
        await WorkLoop(every: tick, logger: logger, waiting: "corrections must wait").run {
            try await corrections.step(as: mandate)
        }
    }
}
