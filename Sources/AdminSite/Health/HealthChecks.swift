import Documents
import Groundwork
import Postgres
import Registry

/// One question about whether requests can be served, with its answer.
struct HealthCheck: Sendable, Equatable {
    /// Stable name, e.g. `database`.
    var name: String
    var isGood: Bool
    /// A sentence for people; mute about hosts and data.
    var detail: String
}

/// Asks what has to be so before requests can be served.
struct HealthChecks: Sendable {
    /// An event waits longer for its place than this only when no sequencer runs, or somebody holds a transaction open.
    static let longestLag: Duration = .seconds(10)

    let database: Database
    let mandate: Mandate
    let migrationsAreCurrent: @Sendable () async throws -> Bool

    func run() async -> [HealthCheck] {
        let lag: Duration?
        do {
            lag = try await database.read(as: mandate) { tx in try await RegistryState.lag(in: tx) }
        } catch {
            return [
                HealthCheck(name: "database", isGood: false, detail: "The database does not answer."),
                HealthCheck(name: "migrations", isGood: false, detail: "Not known without the database."),
                HealthCheck(name: "event_log", isGood: false, detail: "Not known without the database."),
            ]
        }
        return [
            HealthCheck(name: "database", isGood: true, detail: "The database answers."), await migrations(),
            Self.log(lag),
        ]
    }

    private func migrations() async -> HealthCheck {
        let isCurrent = (try? await migrationsAreCurrent()) ?? false
        return HealthCheck(
            name: "migrations", isGood: isCurrent,
            detail: isCurrent ? "Every migration is applied." : "Migrations are missing; run kith migrate.")
    }

    static func log(_ lag: Duration?) -> HealthCheck {
        guard let lag, lag > longestLag else {
            return HealthCheck(name: "event_log", isGood: true, detail: "Every event gets its place in the log.")
        }
        return HealthCheck(
            name: "event_log", isGood: false,
            detail: "An event has waited for its place for \(lag.components.seconds) s.")
    }

    static func json(_ results: [HealthCheck]) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("ready", results.allSatisfy(\.isGood))
            writer.key("checks")
            writer.array { writer in
                for result in results {
                    writer.object { writer in
                        writer.member("name", result.name)
                        writer.member("good", result.isGood)
                        writer.member("detail", result.detail)
                    }
                }
            }
        }
        return writer.bytes
    }
}
