import Telemetry
import Testing

@Suite struct `The metrics text` {
    private enum Verdict: String, CaseIterable { case succ, rjct }

    @Test func `shows counters and gauges by name`() {
        let metrics = Metrics()
        metrics.counter("kith_b_total", "B.").increment(by: 2)
        metrics.gauge("kith_a", "A.").set(1.5)
        metrics.gauge("kith_a", "A.").add(0.5)

        #expect(
            metrics.prometheusText() == """
                # HELP kith_a A.
                # TYPE kith_a gauge
                kith_a 2
                # HELP kith_b_total B.
                # TYPE kith_b_total counter
                kith_b_total 2

                """)
    }

    @Test func `shows a closed dimension from zero and unknown values as other`() {
        let metrics = Metrics()
        let verdicts = metrics.counters("kith_v_total", "V.", by: [MetricLabel("verdict", Verdict.self)])
        verdicts.with("succ").increment()

        #expect(metrics.prometheusText().hasSuffix("verdict=\"succ\"} 1\nkith_v_total{verdict=\"rjct\"} 0\n"))

        verdicts.with("Jean 0712").increment()
        #expect(metrics.prometheusText().contains("kith_v_total{verdict=\"other\"} 1\n"))
        #expect(!metrics.prometheusText().contains("Jean"))
    }

    @Test func `shows of a product only what happened`() {
        let metrics = Metrics()
        let family = metrics.counters(
            "kith_r_total", "R.",
            by: [MetricLabel("route", values: ["/a", "/b\"c"]), MetricLabel("verdict", Verdict.self)])
        family.with("/b\"c", "rjct").increment()
        family.at(1, 1).increment()
        family.at(9, 0).increment()

        let lines = metrics.prometheusText().split(separator: "\n").dropFirst(2)
        #expect(
            lines == [
                "kith_r_total{route=\"/b\\\"c\",verdict=\"rjct\"} 2",
                "kith_r_total{route=\"other\",verdict=\"succ\"} 1",
            ])
    }

    @Test func `shows a histogram in running sums`() {
        let metrics = Metrics()
        let histogram = metrics.histogram("kith_h_seconds", "H.", buckets: [0.1, 1])
        for value in [0.05, 0.1, 0.5, 7] { histogram.observe(value) }
        histogram.observe(.milliseconds(250))

        #expect(
            metrics.prometheusText() == """
                # HELP kith_h_seconds H.
                # TYPE kith_h_seconds histogram
                kith_h_seconds_bucket{le="0.1"} 2
                kith_h_seconds_bucket{le="1"} 4
                kith_h_seconds_bucket{le="+Inf"} 5
                kith_h_seconds_sum 7.9
                kith_h_seconds_count 5

                """)
    }

    @Test func `loses nothing under concurrent writers`() async {
        let metrics = Metrics()
        let counter = metrics.counter("kith_c_total", "C.")
        let gauge = metrics.gauge("kith_g", "G.")
        let histogram = metrics.histogram("kith_h", "H.", buckets: [1])

        await withTaskGroup { group in
            for _ in 0..<4 {
                group.addTask {
                    for _ in 0..<10_000 {
                        counter.increment()
                        gauge.add(1)
                        histogram.observe(2)
                    }
                }
            }
        }

        #expect(counter.value == 40_000)
        #expect(gauge.value == 40_000)
        #expect(histogram.count == 40_000)
    }

    @Test func `reads the process`() throws {
        let metrics = Metrics()
        metrics.observeProcess()

        let values = metrics.prometheusText().split(separator: "\n").filter { !$0.hasPrefix("#") }
        #expect(values.count == 4)
        for line in values {
            let value = try #require(line.split(separator: " ").last.flatMap { Double($0) })
            #expect(value >= 0)
        }
    }
}
