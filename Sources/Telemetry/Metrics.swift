import Synchronization

/// The instruments of one process and their Prometheus text.
///
/// There is no shared registry: whoever measures is given one by `init`. Asking twice for the same name gives the same
/// instrument. Label values are fixed when the family is made, so neither a path nor an identity can become a label.
public final class Metrics: Sendable {
    private let families = Mutex<[String: any MetricFamily]>([:])

    public init() {}

    /// A number that only grows; its name ends in `_total`.
    public func counter(_ name: StaticString, _ help: StaticString) -> Counter {
        counters(name, help, by: []).only
    }

    /// One counter for each combination of label values.
    public func counters(_ name: StaticString, _ help: StaticString, by labels: [MetricLabel]) -> Family<Counter> {
        family(name, help, type: "counter", labels) { Counter() }
    }

    /// A number that goes up and down.
    public func gauge(_ name: StaticString, _ help: StaticString) -> Gauge {
        gauges(name, help, by: []).only
    }

    /// One gauge for each combination of label values.
    public func gauges(_ name: StaticString, _ help: StaticString, by labels: [MetricLabel]) -> Family<Gauge> {
        family(name, help, type: "gauge", labels) { Gauge() }
    }

    /// A gauge read when the text is asked for, for numbers that somebody else already keeps.
    public func gauge(_ name: StaticString, _ help: StaticString, reading: @escaping @Sendable () -> Double) {
        let family = Family(name: name, help: help, type: "gauge", labels: []) { Reading(reading) }
        families.withLock { $0[name.description] = family }
    }

    /// A counter read when the text is asked for.
    public func counter(_ name: StaticString, _ help: StaticString, reading: @escaping @Sendable () -> Double) {
        let family = Family(name: name, help: help, type: "counter", labels: []) { Reading(reading) }
        families.withLock { $0[name.description] = family }
    }

    /// A distribution over `buckets`, upper bounds in ascending order.
    public func histogram(
        _ name: StaticString, _ help: StaticString, buckets: [Double] = Histogram.secondsBuckets
    ) -> Histogram {
        histograms(name, help, by: [], buckets: buckets).only
    }

    /// One distribution for each combination of label values.
    public func histograms(
        _ name: StaticString, _ help: StaticString, by labels: [MetricLabel],
        buckets: [Double] = Histogram.secondsBuckets
    ) -> Family<Histogram> {
        family(name, help, type: "histogram", labels) { Histogram(buckets: buckets) }
    }

    /// The state of every instrument in the Prometheus text format 0.0.4, sorted by name.
    public func prometheusText() -> String {
        let sorted = families.withLock { $0.sorted { $0.key < $1.key } }
        var text = ""
        for (_, family) in sorted { family.write(into: &text) }
        return text
    }

    private func family<Instrument: MetricInstrument>(
        _ name: StaticString, _ help: StaticString, type: StaticString, _ labels: [MetricLabel],
        _ make: () -> Instrument
    ) -> Family<Instrument> {
        families.withLock { families in
            if let known = families[name.description] {
                guard let same = known as? Family<Instrument> else {
                    fatalError("A metric name stands for one kind of instrument: \(name)")
                }
                return same
            }
            let new = Family(name: name, help: help, type: type, labels: labels, make: make)
            families[name.description] = new
            return new
        }
    }
}

/// One dimension of a family: its name and every value it may take.
public struct MetricLabel: Sendable {
    let name: StaticString
    let values: [String]
    let places: [String: Int]

    /// A dimension over a fixed list, such as the route templates; other values are counted under `other`.
    public init(_ name: StaticString, values: [String]) {
        self.name = name
        self.values = values + ["other"]
        places = Dictionary(values.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// A dimension over a closed enumeration.
    public init<Value: RawRepresentable<String> & CaseIterable>(_ name: StaticString, _ type: Value.Type) {
        self.init(name, values: type.allCases.map(\.rawValue))
    }
}
