import Groundwork
import Telemetry
import Web

/// Writes a line and counts for each request: its template, never its path, query or headers.
final class AccessLog: Sendable {
    private let routes: [(name: String, path: String)]
    private let logger: Logger
    private let durations: Family<Histogram>
    private let bytesIn: Counter
    private let bytesOut: Counter
    private let busy: Counter
    private let late: Counter

    init(_ routes: [Route], _ logger: Logger, _ metrics: Metrics) {
        self.routes = routes.map { ($0.name, $0.path) }
        self.logger = logger
        durations = metrics.histograms(
            "kith_http_request_seconds", "From the headers of a request to the end of its answer.",
            by: [
                MetricLabel("route", values: routes.map(\.name)),
                MetricLabel("status", values: ["1xx", "2xx", "3xx", "4xx", "5xx"]),
            ])
        bytesIn = metrics.counter("kith_http_received_bytes_total", "Bytes of request bodies.")
        bytesOut = metrics.counter("kith_http_sent_bytes_total", "Bytes of answers' bodies, as sent.")
        busy = metrics.counter("kith_http_busy_total", "Requests refused because too many were being handled.")
        late = metrics.counter("kith_http_slow_clients_total", "Connections cut off because their client was too slow.")
    }

    func wrote(_ summary: Exchange.Summary) {
        // Without a request, libmicrohttpd refused the headers and answered by itself.
        guard let request = summary.request else { return }
        durations.at(summary.routeIndex ?? -1, summary.status / 100 - 1).observe(Double(summary.nanoseconds) / 1e9)
        bytesIn.increment(by: summary.bytesIn)
        bytesOut.increment(by: summary.bytesOut)
        let route = summary.routeIndex.map { routes[$0].path } ?? "-"
        logger.info(
            "request",
            [
                .trace: .trace(request.trace.traceID), .request: .unredacted(request.requestID),
                .method: .code(request.method), .route: .unredacted(route), .status: .count(summary.status),
                .took: .milliseconds(Double(summary.nanoseconds) / 1e6), .bytesIn: .count(summary.bytesIn),
                .bytesOut: .count(summary.bytesOut),
            ])
    }

    func refusedBusy() { busy.increment() }

    func cutOff(_ count: Int) {
        guard count > 0 else { return }
        late.increment(by: count)
        logger.info("slow clients cut off", [.count: .count(count)])
    }

    /// The client sees a body that is cut short; here stands why.
    func cutStream(_ error: any Error) {
        if case .clientGone? = error as? WebFault { return }
        if error is CancellationError { return }
        let code = (error as? any Fault)?.code ?? String(reflecting: type(of: error))
        logger.error("answer cut short", [.fault: .unredacted(code)])
    }

    func started(_ port: Int, tls: Bool) {
        logger.info("listening", [.port: .count(port), .tls: .flag(tls)])
    }

    func draining(_ open: Int) { logger.info("draining", [.count: .count(open)]) }
}

extension LogKey {
    static let bytesIn: LogKey = LogKey("bytes_in")
    static let bytesOut: LogKey = LogKey("bytes_out")
    static let tls: LogKey = LogKey("tls")
}
