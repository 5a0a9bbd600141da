import Documents
import Foundation
import Groundwork
import Postgres
import Registry

extension Measure {
    /// The clerk's work: a household with five members.
    static let householdRegistration: Measure = Measure(
        name: "register-household",
        summary: "POST /api/v1/households with five members, 8 connections, against pgbench inserting the same rows"
    ) { ground in
        try await HouseholdRegistration(ground: ground).figures()
    }
}

private struct HouseholdRegistration: Sendable {
    let ground: BenchGround
    private static let connections = 8
    private static let rounds = 3
    /// Tables that a registration writes, in the order of writing.
    private static let tables = [
        "command", "source_record", "link", "household", "person", "membership", "identifier", "name_key", "event",
    ]

    func figures() async throws -> [Figure] {
        let bench = PGBench(ground: ground)
        return try await KithServer.with(ground) { server in
            let load = HTTPLoad(
                port: server.port, connections: Self.connections, seconds: 4, status: 201, request: request())
            // What pgbench shall insert is what one registration was seen to insert.
            let session = try HTTPSession(port: server.port)
            let sample = try session.exchange(load.request(Self.first).bytes)
            guard sample.status == 201 else { throw BenchFault.answer(String(session.text.prefix(1500))) }
            let script = try bench.write(try await rowScript(), as: "register.sql")
            var (limit, rate): (Double, Double) = (0, 0)
            var latencies: [UInt32] = []
            for round in 0..<Self.rounds {
                limit += try await bench.run([script], clients: Self.connections, seconds: 4).rate
                let outcome = try await load.run(from: Self.first + 1_000_000 * (round + 1))
                rate += outcome.rate
                latencies += outcome.latencies
            }
            let all = HTTPLoad.Outcome(rate: rate, latencies: latencies.sorted())
            let turns = Double(Self.rounds)
            return [
                Figure(
                    name: "register-household", value: rate / turns, unit: "households/s", target: .share(0.4),
                    limit: limit / turns),
                Figure(name: "register-household-p99", value: all.percentile(0.99), unit: "ms"),
            ]
        }
    }

    /// Beyond everybody in the registry, and another one in every run, so that a kept registry can be measured again.
    private static let first: Int = 30_000_000 + Int(Date().timeIntervalSince1970) % 10_000_000 * 5

    private func rowScript() async throws -> String {
        try await ground.database.read(as: BenchGround.mandate) { tx in
            guard
                let command: UUID = try await tx.query(
                    """
                    SELECT id FROM registry.command
                    WHERE kind = 'household.register'
                    ORDER BY recorded_at DESC
                    LIMIT 1
                    """
                ).first?.get(0)
            else { throw BenchFault.answer("the registration left no command") }
            var script = RowScript(command: command)
            for table in Self.tables { try await script.add(table, in: tx) }
            return script.text
        }
    }

    private func request() -> @Sendable (Int) -> (bytes: [UInt8], needle: [UInt8]) {
        let ground = ground
        let head = ground.head("POST /api/v1/households", as: "clerk") + "Content-Type: application/json\r\n"
        return { running in
            let members = (0..<5).map { place -> JSON in
                let one = ground.population.somebody(running * 5 + place)
                var member: JSONObject = [
                    "role": place == 0 ? "head" : "member", "relationship": place == 0 ? "head" : "child",
                    "attributes": [
                        "given_name": .string(one.given), "family_name": .string(one.family),
                        "sex": .string(one.isFemale ? "female" : "male"),
                        "birth_date": ["date": .string(one.birth.description), "precision": "day"],
                        "consent_basis": "consent", "consent_on": "2025-07-31",
                    ],
                    "identifiers": [
                        ["type": "NID", "value": .string(ground.population.nationalID(running * 5 + place))]
                    ],
                ]
                if place == 0 { member["recipient"] = "first" }
                return .object(member)
            }
            let household: JSON = [
                "attributes": [
                    "area": .string(ground.population.area(of: running).reference), "residence": "rural",
                    "consent_basis": "consent", "consent_on": "2025-07-31",
                ],
                "members": .array(members),
            ]
            let body = household.serialized()
            return (Array((head + "Content-Length: \(body.count)\r\n\r\n").utf8) + body, [])
        }
    }
}
