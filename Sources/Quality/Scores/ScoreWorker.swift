package import Groundwork
import Postgres
import Runtime
import Synchronization
package import Telemetry

/// Counts the scores that were asked for, and those that everybody wants anew when they are too old.
package final class ScoreWorker: Service {
    private let scores: Scores
    private let mandate: Mandate
    private let tick: Duration
    private let logger: Logger
    private let state: Mutex<State> = Mutex(State())

    private struct State {
        var isStopping = false
        var isRunning = false
    }

    /// How often is looked whether an answer is too old; also how long a server that starts is left in peace.
    private static let standingPause: Duration = .seconds(60)

    package init(_ scores: Scores, worker: ActorID, tick: Duration = .seconds(1), logger: Logger = .silent) {
        (self.scores, self.tick, self.logger) = (scores, tick, logger)
        mandate = Mandate(actor: worker, purpose: .operation)
    }

    package var name: String { "scores" }

    private var isStopping: Bool { state.withLock { $0.isStopping } }

    package func run() async throws {
        state.withLock { $0.isRunning = true }
        defer { state.withLock { $0.isRunning = false } }
        var looked = ContinuousClock.now
        await WorkLoop(every: tick, logger: logger, waiting: "scores must wait").run(until: { isStopping }) {
            if ContinuousClock.now - looked > Self.standingPause {
                try await scores.askStanding(as: mandate)
                looked = ContinuousClock.now
            }
            return try await scores.step(as: mandate, until: { self.isStopping })
        }
    }

    /// Lets go of the count in hand, so that a restart is not taken for a death.
    package func shutdown() async {
        state.withLock { $0.isStopping = true }
        while state.withLock({ $0.isRunning }), !Task.isCancelled { try? await Task.sleep(for: .milliseconds(20)) }
    }
}
