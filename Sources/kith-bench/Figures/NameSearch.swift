import Foundation
import Web

extension Measure {
    /// The clerk's question: do we know somebody of this name?
    static let nameSearch: Measure = Measure(
        name: "name-search",
        summary: "tolerant search for a whole name in the native API, 8 connections: rate, p50, p99"
    ) { ground in
        try await KithServer.with(ground) { server in
            let load = HTTPLoad(
                port: server.port, connections: 8, seconds: 8, request: NameQuestion(ground: ground).request())
            let outcome = try await load.run(from: 0)
            return [
                Figure(name: "name-search", value: outcome.rate, unit: "requests/s"),
                Figure(name: "name-search-p50", value: outcome.percentile(0.5), unit: "ms"),
                Figure(
                    name: "name-search-p99", value: outcome.percentile(0.99), unit: "ms", target: .atMost(40)),
            ]
        }
    }
}

/// Somebody's given and family name, in either order.
struct NameQuestion: Sendable {
    let ground: BenchGround

    func request() -> @Sendable (Int) -> (bytes: [UInt8], needle: [UInt8]) {
        let ground = ground
        return { running in
            let one = ground.population.somebody(Population.mix(running, 98) % ground.population.people)
            // The order of the words must not matter.
            let name = running % 2 == 0 ? "\(one.given) \(one.family)" : "\(one.family) \(one.given)"
            let line = "GET /api/v1/people?name=\(PercentCoding.encode(name))&limit=10"
            return (Array((ground.head(line, as: "clerk") + "\r\n").utf8), Array(one.family.utf8))
        }
    }
}
