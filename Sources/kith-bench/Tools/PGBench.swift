import Foundation
import Postgres

/// PostgreSQL's own load generator: what the database gives without us.
struct PGBench: Sendable {
    let ground: BenchGround

    struct Outcome: Sendable {
        /// Transactions a second, without the time to connect.
        var rate: Double
        /// Milliseconds.
        var latency: Double
    }

    private static let program = "/usr/lib/postgresql/15/bin/pgbench"

    /// Runs the scripts in turn by chance for so many seconds, with prepared statements.
    func run(_ scripts: [String], clients: Int, seconds: Int) async throws -> Outcome {
        var arguments = [
            "-n", "-M", "prepared", "-c", "\(clients)", "-j", "2", "-T", "\(seconds)", "-h",
            ground.cluster.socketFolder,
            "-p", "\(ground.cluster.port)", "-U", "postgres",
        ]
        for script in scripts { arguments += ["-f", script] }
        let text = try await ProgramRun.output(
            Self.program, arguments + [BenchGround.databaseName], folder: ground.folder)
        guard let rate = Self.number(after: "tps = ", in: text),
            let latency = Self.number(after: "latency average = ", in: text)
        else { throw BenchFault.program("pgbench", reason: String(text.suffix(400))) }
        return Outcome(rate: rate, latency: latency)
    }

    /// Writes a script into the bench's folder.
    func write(_ text: String, as name: String) throws -> String {
        let path = "\(ground.folder)/\(name)"
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    private static func number(after mark: String, in text: String) -> Double? {
        guard let range = text.range(of: mark) else { return nil }
        return Double(text[range.upperBound...].prefix { $0.isNumber || $0 == "." })
    }
}
