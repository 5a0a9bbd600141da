import Foundation

extension Measure {
    /// A country is ten times a province: how much longer do reads take?
    static let growth: Measure = Measure(
        name: "growth",
        summary: "the middle time of a DCI search and of a name search, against a registry of a tenth of the people"
    ) { ground in
        try await Growth(ground: ground).figures()
    }
}

private struct Growth: Sendable {
    let ground: BenchGround

    private static let rounds = 3

    func figures() async throws -> [Figure] {
        let tenth = try await BenchGround.open(
            BenchOptions(people: max(1000, ground.population.people / 10), folder: ground.folder + "/tenth"))
        do {
            let figures = try await compare(with: tenth)
            await tenth.close()
            return figures
        } catch {
            await tenth.close()
            throw error
        }
    }

    private func compare(with tenth: BenchGround) async throws -> [Figure] {
        try await KithServer.with(tenth) { small in
            try await KithServer.with(ground) { large in
                [
                    try await figure(
                        "growth-dci-search", small, large, IdentifierSearch(ground: tenth).request(),
                        IdentifierSearch(ground: ground).request()),
                    try await figure(
                        "growth-name-search", small, large, NameQuestion(ground: tenth).request(),
                        NameQuestion(ground: ground).request()),
                ]
            }
        }
    }

    /// In turn and from one connection, so that it is the time of the work and not that of a queue.
    private func figure(
        _ name: String, _ small: KithServer, _ large: KithServer,
        _ ofSmall: @escaping @Sendable (Int) -> (bytes: [UInt8], needle: [UInt8]),
        _ ofLarge: @escaping @Sendable (Int) -> (bytes: [UInt8], needle: [UInt8])
    ) async throws -> Figure {
        var (before, after): ([UInt32], [UInt32]) = ([], [])
        for round in 0..<Self.rounds {
            let first = 100_000_000 * (round + 11)
            before += try await HTTPLoad(port: small.port, connections: 1, seconds: 2, request: ofSmall)
                .run(from: first).latencies
            after += try await HTTPLoad(port: large.port, connections: 1, seconds: 2, request: ofLarge)
                .run(from: first).latencies
        }
        let old = HTTPLoad.Outcome(rate: 0, latencies: before.sorted()).percentile(0.5)
        let new = HTTPLoad.Outcome(rate: 0, latencies: after.sorted()).percentile(0.5)
        return Figure(name: name, value: old > 0 ? new / old : 0, unit: "times", target: .atMost(1.5))
    }
}
