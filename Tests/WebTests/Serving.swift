import Synchronization
import Telemetry
import Web
import WebServer

/// Runs `body` against a server of these routes on a free port, and stops it afterwards.
@discardableResult
func serving<Result: Sendable>(
    _ routes: [Route], metrics: Metrics = Metrics(), logger: Logger = .silent,
    _ adjust: (inout ServerSettings) -> Void = { _ in }, body: (HTTPServer) async throws -> Result
) async throws -> Result {
    var settings = ServerSettings(port: 0)
    settings.drainTime = .seconds(5)
    adjust(&settings)
    let server = HTTPServer(
        site: Site(routes: routes, logger: logger), settings: settings, logger: logger, metrics: metrics)
    try server.start()
    do {
        let result = try await body(server)
        await server.shutdown()
        return result
    } catch {
        await server.shutdown()
        throw error
    }
}

/// One request on a connection of its own.
func ask(_ server: HTTPServer, _ request: String, toHead: Bool = false) async throws -> Wire.Answer {
    let port = server.boundPort
    return try await offPool {
        let wire = try Wire(port: port)
        try wire.send(request)
        return try wire.answer(toHead: toHead)
    }
}

/// The text of a GET request.
func get(_ target: String, _ fields: String...) -> String {
    "GET \(target) HTTP/1.1\r\nHost: test\r\n" + fields.map { $0 + "\r\n" }.joined() + "\r\n"
}

/// The text of a POST request with a body of known length.
func post(_ target: String, _ body: String, _ fields: String...) -> String {
    "POST \(target) HTTP/1.1\r\nHost: test\r\nContent-Length: \(body.utf8.count)\r\n"
        + fields.map { $0 + "\r\n" }.joined() + "\r\n" + body
}

/// Something that happens once, and that others wait for.
final class Event: Sendable {
    private let stream: AsyncStream<Void>
    private let feed: AsyncStream<Void>.Continuation

    init() { (stream, feed) = AsyncStream.makeStream() }

    func happen() { feed.yield(()) }

    /// Returns when the event happened, or when the caller is cancelled.
    func wait() async { for await _ in stream { return } }
}

/// A number that several tasks change.
final class Tally: Sendable {
    private let count = Atomic<Int>(0)
    var value: Int { count.load(ordering: .sequentiallyConsistent) }
    func add(_ amount: Int = 1) { count.wrappingAdd(amount, ordering: .sequentiallyConsistent) }
}

/// A sequence of numbers that is the same in every run.
struct Seeded: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    /// SplitMix64.
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
