import Access
import Groundwork
import Postgres
import Runtime
import Telemetry

/// Makes the monthly partitions of the event log and of the audit record ahead of time, at the start and then daily.
struct PartitionService: Service {
    private let database: Database
    private let logger: Logger

    init(database: Database, logger: Logger) {
        (self.database, self.logger) = (database, logger)
    }

    var name: String { "partition maintenance" }

    func run() async throws {
        while !Task.isCancelled {
            var rest: Duration = .seconds(86_400)
            do {
                let made = try await make()
                if made > 0 { logger.info("partitions made", [.count: .count(made)]) }
            } catch {
                if Task.isCancelled { break }
                // Months are made three ahead, so a delay harms nothing.
                let code = Outcome.storeError(in: error)?.code ?? "unexpected"
                logger.warning("partitions not made", [.fault: .unredacted(code)])
                rest = .seconds(600)
            }
            try? await Task.sleep(for: rest)
        }
    }

    private func make() async throws -> Int {
        try await made(by: "SELECT registry.ensure_event_partitions(3)")
            + made(by: "SELECT audit.ensure_partitions(3)")
    }

    /// A partition needs its table for itself: whoever reads it for long is not worth stopping everybody who writes.
    private func made(by statement: SQL) async throws -> Int {
        try await database.write(as: Mandate(actor: Actors.system, purpose: .operation)) {
            (tx: borrowing Transaction) async throws -> Int in
            let rows = try await tx.query(all: ["SET LOCAL lock_timeout = '2s'", statement])[1]
            return Int(try rows.first?.get(0, as: Int32.self) ?? 0)
        }
    }
}
