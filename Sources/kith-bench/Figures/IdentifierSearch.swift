import Cryptography
import Foundation
import Registry

extension Measure {
    /// The hub's question: who holds this identity card?
    static let identifierSearch: Measure = Measure(
        name: "dci-search-identifier",
        summary:
            "DCI sync search by NID, 16 connections, against pgbench reading the same two tables; p99; server memory"
    ) { ground in
        try await IdentifierSearch(ground: ground).figures()
    }
}

struct IdentifierSearch: Sendable {
    let ground: BenchGround

    /// People drawn at random, about whom both sides ask.
    private static let drawn = 20_000
    private static let scripts = 100
    private static let connections = 16
    private static let rounds = 4

    private func number(_ place: Int) -> Int {
        Population.mix(place % Self.drawn, 99) % ground.population.people
    }

    func figures() async throws -> [Figure] {
        let bench = PGBench(ground: ground)
        let scripts = try writeScripts(bench)
        return try await KithServer.with(ground) { server in
            let load = HTTPLoad(port: server.port, connections: Self.connections, seconds: 4, request: request())
            var (limit, rate): (Double, Double) = (0, 0)
            var latencies: [UInt32] = []
            // In turn, so that whatever else the machine does meets both.
            for round in 0..<Self.rounds {
                limit += try await bench.run(scripts, clients: Self.connections, seconds: 3).rate
                let outcome = try await load.run(from: 100_000_000 * (round + 1))
                rate += outcome.rate
                latencies += outcome.latencies
            }
            let all = HTTPLoad.Outcome(rate: rate, latencies: latencies.sorted())
            let turns = Double(Self.rounds)
            return [
                Figure(
                    name: "dci-search-identifier", value: rate / turns, unit: "requests/s", target: .share(0.25),
                    limit: limit / turns),
                Figure(name: "dci-search-identifier-p50", value: all.percentile(0.5), unit: "ms"),
                Figure(name: "dci-search-identifier-p99", value: all.percentile(0.99), unit: "ms", target: .atMost(10)),
                Figure(
                    name: "dci-search-identifier-memory", value: server.peakMemory, unit: "MB", target: .atMost(150)),
            ]
        }
    }

    /// A keyed hash cannot be made by pgbench, so each script carries some hashes and picks one by number.
    private func writeScripts(_ bench: PGBench) throws -> [String] {
        let each = Self.drawn / Self.scripts
        let columns = PersonRow.columns.split(separator: ",").map { "p." + $0.filter { $0 != " " } }
            .joined(separator: ", ")
        return try (0..<Self.scripts).map { script in
            let hashes = (0..<each).map { place in
                let value = ground.population.nationalID(number(script * each + place))
                return "\"\\\\x" + Hex.encode(ground.context.identifierHash(type: "NID", value: value)) + "\""
            }
            let text = """
                \\set n random(1, \(each))
                SELECT \(columns) FROM registry.identifier AS i JOIN registry.person AS p ON p.id = i.subject_id \
                WHERE i.hash = ('{\(hashes.joined(separator: ","))}'::bytea[])[:n] AND i.subject_kind = 'person';

                """
            return try bench.write(text, as: "identifier-\(script).sql")
        }
    }

    /// The message, with fixed places for number and message id so that nothing is composed while measuring.
    func request() -> @Sendable (Int) -> (bytes: [UInt8], needle: [UInt8]) {
        let body = """
            {"signature":"","header":{"version":"1.0.0","message_id":"bench-@@@@@@@@@@@@",\
            "message_ts":"2026-01-01T00:00:00Z","action":"search","sender_id":"bench","receiver_id":"kith",\
            "total_count":1},"message":{"transaction_id":"bench","search_request":[{"reference_id":"1",\
            "timestamp":"2026-01-01T00:00:00Z","search_criteria":{"version":"1.0.0",\
            "reg_type":"ns:org:RegistryType:Social","query_type":"idtype-value",\
            "query":{"type":"NID","value":"################"}}}]}}
            """
        let head = ground.head("POST /registry/sync/search", as: "partner")
        let text = head + "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n" + body
        let template = Array(text.utf8)
        let idPlace = template.firstIndex(of: UInt8(ascii: "@")) ?? 0
        let valuePlace = template.firstIndex(of: UInt8(ascii: "#")) ?? 0
        let search = self
        return { running in
            let value = Array(search.ground.population.nationalID(search.number(running)).utf8)
            var bytes = template
            let id = Array(String(1_000_000_000_000 + running).utf8.suffix(12))
            bytes.replaceSubrange(idPlace..<(idPlace + 12), with: id)
            bytes.replaceSubrange(valuePlace..<(valuePlace + 16), with: value)
            return (bytes, value)
        }
    }
}
