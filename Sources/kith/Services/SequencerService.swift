import Access
import Foundation
import Groundwork
import Postgres
import Registry
import Runtime
import Telemetry

/// Gives every event its place in the log, soon after its transaction has ended.
///
/// It rests for `tick` when nothing happened and shorter while there is work; when the database is away it waits longer.
struct SequencerService: Service {
    private let database: Database
    private let tick: Duration
    private let logger: Logger
    private let placed: Counter
    private let lag: Gauge
    private let mandate: Mandate

    init(database: Database, tick: Duration, logger: Logger, metrics: Metrics) {
        (self.database, self.tick, self.logger) = (database, tick, logger)
        mandate = Mandate(actor: Actors.system, purpose: .operation)
        placed = metrics.counter("kith_events_placed_total", "Events that were given their place in the log.")
        lag = metrics.gauge(
            "kith_event_lag_seconds", "Age of the oldest event without a place in the log; 0 when all have one.")
    }

    var name: String { "event sequencer" }

    func run() async throws {
        let backoff = Backoff(first: tick, ceiling: .seconds(5))
        var failures = 0
        var isAdopted = false
        var measured: ContinuousClock.Instant?
        while !Task.isCancelled {
            var rest = tick
            do {
                if !isAdopted {
                    if try await adopt() { logger.warning("a log restored from elsewhere begins a new epoch") }
                    isAdopted = true
                }
                let began = ContinuousClock.now
                let count = try await sequence()
                if failures > 0 { logger.info("the sequencer works again", [.attempt: .count(failures)]) }
                failures = 0
                if count > 0 {
                    placed.increment(by: count)
                    // Under load a window is taken as often as one fifth of the time allows.
                    rest = min(tick, max(.milliseconds(10), (ContinuousClock.now - began) * 4))
                }
                if measured.map({ began - $0 > .seconds(1) }) ?? true {
                    lag.set(try await age())
                    measured = began
                }
            } catch {
                if Task.isCancelled { break }
                failures += 1
                if failures == 1 { logger.warning("the sequencer must wait", [.fault: .fault(error)]) }
                rest = backoff.delay(after: failures) ?? .seconds(5)
                lag.add(rest / .seconds(1))
            }
            try? await Task.sleep(for: rest)
        }
    }

    private func adopt() async throws(RegistryFault) -> Bool {
        try await database.write(as: mandate) { tx throws(RegistryFault) in try await EventLog.adopt(in: tx) }
    }

    private func sequence() async throws(RegistryFault) -> Int {
        try await database.write(as: mandate) { tx throws(RegistryFault) in
            try await EventLog.sequence(in: tx) ?? 0
        }
    }

    /// Seconds since the oldest event that has no place yet was written.
    private func age() async throws(RegistryFault) -> Double {
        do {
            let rows = try await database.read(
                as: mandate,
                once: [
                    """
                    SELECT coalesce(extract(epoch FROM now() - min(e.recorded_at)), 0)::numeric
                    FROM registry.event AS e
                    WHERE e.xid >= (SELECT horizon FROM registry.event_sequencer)
                        AND NOT EXISTS (SELECT 1 FROM registry.event_order AS o WHERE o.seq = e.seq)
                    """
                ])
            let age = try rows.first?.first?.get(0, as: Decimal.self) ?? 0
            return max(0, NSDecimalNumber(decimal: age).doubleValue)
        } catch {
            throw .store(error)
        }
    }
}
