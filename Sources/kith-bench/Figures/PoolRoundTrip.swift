import Foundation
import Postgres

extension Measure {
    /// What the client for PostgreSQL costs, without a server around it.
    static let poolRoundTrip: Measure = Measure(
        name: "pool-round-trip",
        summary: "one statement by Database.read(as:once:) from 16 tasks, against pgbench doing the same"
    ) { ground in
        let seconds = 4
        let script = try PGBench(ground: ground).write(
            "SELECT p.status FROM registry.person AS p WHERE p.social_id = '0';\n", as: "round-trip.sql")
        let limit = try await PGBench(ground: ground).run([script], clients: 16, seconds: seconds)
        let end = Stopwatch.nanoseconds + UInt64(seconds) * 1_000_000_000
        let count = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<16 {
                group.addTask {
                    var count = 0
                    while Stopwatch.nanoseconds < end {
                        _ = try await ground.database.read(
                            as: BenchGround.mandate,
                            once: ["SELECT p.status FROM registry.person AS p WHERE p.social_id = \("0")"])
                        count += 1
                    }
                    return count
                }
            }
            return try await group.reduce(0, +)
        }
        return [
            Figure(
                name: "pool-round-trip", value: Double(count) / Double(seconds), unit: "reads/s", limit: limit.rate)
        ]
    }
}
