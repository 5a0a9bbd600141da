import Synchronization
import Telemetry
import Web

/// What the callbacks of libmicrohttpd need; it lives as long as the daemon.
final class ServerCore: Sendable {
    let site: Site
    let settings: ServerSettings
    let pace: Pace
    let gate: Gate
    let peers = Peers()
    let log: AccessLog
    let headerTime: UInt64
    let idleTime: UInt64
    let answerTime: UInt64
    private let gzips = GzipPool()

    init(site: Site, settings: ServerSettings, logger: Logger, metrics: Metrics) {
        (self.site, self.settings) = (site, settings)
        pace = Pace(settings)
        let gate = Gate(limit: settings.maximumRequests)
        self.gate = gate
        log = AccessLog(site.routes, logger, metrics)
        headerTime = settings.headerTime.nanoseconds
        idleTime = settings.idleTime.nanoseconds
        answerTime = settings.answerTime.nanoseconds
        metrics.gauge("kith_http_requests_in_flight", "Requests being handled.") { Double(gate.handling) }
        let peers = peers
        metrics.gauge("kith_http_connections", "Open connections.") { Double(peers.count) }
    }

    func request(_ method: Method, _ target: String, _ headers: Headers, _ peer: Peer) -> Request {
        let trace = headers["traceparent"].flatMap { TraceContext(traceparent: $0) }?.child()
        var (address, isSecure) = (peer.address, settings.tls != nil)
        if settings.trustsProxy {
            // The last address is the one that our own proxy saw; those before it are the client's own words.
            let seen = headers.all("X-Forwarded-For").last?.split(separator: ",").last
            if let seen { address = String(seen.filter { $0 != " " }) }
            if let scheme = headers["X-Forwarded-Proto"] { isSecure = scheme == "https" }
        }
        return Request(
            method, target, headers: headers, requestID: RequestID.accepted(headers["X-Request-Id"]) ?? RequestID.new(),
            trace: trace ?? TraceContext(), peer: address, isSecure: isSecure)
    }

    func bodyLimit(_ resolution: Site.Resolution) -> Int {
        resolution.routeIndex.flatMap { site.routes[$0].bodyLimit } ?? settings.bodyLimit
    }

    /// Takes a place among the requests being handled.
    func enter(_ resolution: Site.Resolution) -> Bool {
        gate.enter(always: resolution.routeIndex.map { site.routes[$0].answersWhenBusy } ?? false)
    }

    func prepare(
        _ response: Response, to request: Request, stream: AnswerStream?, closes: Bool
    ) -> PreparedAnswer? {
        PreparedAnswer(response, to: request.method, stream: stream, closes: closes || gate.isDraining)
    }

    /// Runs the handler and sends what it answers.
    func answer(_ request: Request, _ resolution: Site.Resolution, _ exchange: Exchange) async {
        var response = await site.respond(to: request, resolution)
        var gzip: Gzip?
        if settings.compresses, Compression.isWorthwhile(response) {
            response.headers.add("Vary", "Accept-Encoding")
            if Compression.isAccepted(request.headers["Accept-Encoding"]) { gzip = gzips.take() }
            if gzip != nil { response.headers["Content-Encoding"] = "gzip" }
        }
        switch response.body {
        case .empty: exchange.deliver(prepare(response, to: request, stream: nil, closes: false))
        case .bytes(let bytes):
            if let gzip { response.body = .bytes(gzip.compress(bytes)) }
            exchange.deliver(prepare(response, to: request, stream: nil, closes: false))
        case .stream(let write):
            let stream = AnswerStream(exchange.connection, peer: exchange.peer, pace: pace)
            exchange.deliver(prepare(response, to: request, stream: stream, closes: false))
            await TraceContext.$current.withValue(request.trace) {
                await run(write, gzip, stream)
            }
        }
        if let gzip { gzips.giveBack(gzip) }
    }

    private func run(
        _ write: @Sendable (ResponseWriter) async throws -> Void, _ gzip: Gzip?, _ stream: AnswerStream
    ) async {
        do {
            if let gzip {
                let sink = GzipSink(gzip, into: stream)
                try await write(ResponseWriter(sink: sink))
                try await sink.finish()
            } else {
                try await write(ResponseWriter(sink: stream))
            }
            stream.finish(isWhole: true)
        } catch {
            stream.finish(isWhole: false)
            log.cutStream(error)
        }
    }
}
