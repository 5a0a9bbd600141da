extension Measure {
    /// How long a restart keeps people waiting.
    static let serverStart: Measure = Measure(
        name: "server-start", summary: "from starting kith serve to the first 200 of /readyz, median of five"
    ) { ground in
        var times: [Double] = []
        for _ in 0..<5 {
            times.append(try await KithServer.with(ground) { $0.startedIn })
        }
        times.sort()
        return [Figure(name: "server-start", value: times[2], unit: "s", target: .atMost(1))]
    }
}
