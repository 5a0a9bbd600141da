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
                // Months are made three ahead, so an hour's delay harms nothing.
                let code = Outcome.storeError(in: error)?.code ?? "unexpected"
                logger.warning("partitions not made", [.fault: .unredacted(code)])
                rest = .seconds(3600)
            }
            try? await Task.sleep(for: rest)
        }
    }

    private func make() async throws -> Int {
        try await database.write(as: Mandate(actor: Actors.system, purpose: .operation)) { tx in
            let rows = try await tx.query("SELECT registry.ensure_event_partitions(3) + audit.ensure_partitions(3)")
            return Int(try rows.first?.get(0, as: Int32.self) ?? 0)
        }
    }
}
