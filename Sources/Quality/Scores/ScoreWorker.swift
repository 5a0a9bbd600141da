package import Groundwork
import Postgres
import Runtime
package import Telemetry

/// Counts the scores that were asked for, and those that everybody wants anew when they are too old.
package final class ScoreWorker: Service {
    private let scores: Scores
    private let mandate: Mandate
    private let tick: Duration
    private let logger: Logger

    /// How often is looked whether an answer is too old; also how long a server that starts is left in peace.
    private static let standingPause: Duration = .seconds(60)

    package init(_ scores: Scores, worker: ActorID, tick: Duration = .seconds(1), logger: Logger = .silent) {
        (self.scores, self.tick, self.logger) = (scores, tick, logger)
        mandate = Mandate(actor: worker, purpose: .operation)
    }

    package var name: String { "scores" }

    package func run() async throws {
        var looked = ContinuousClock.now
        var isAway = false
        while !Task.isCancelled {
            do {
                if ContinuousClock.now - looked > Self.standingPause {
                    try await scores.askStanding(as: mandate)
                    looked = ContinuousClock.now
                }
                if try await scores.step(as: mandate) { continue }
                isAway = false
            } catch {
                if Task.isCancelled { break }
                if !isAway { logger.warning("scores must wait", [.fault: .fault(error)]) }
                isAway = true
            }
            try? await Task.sleep(for: tick)
        }
    }
}
