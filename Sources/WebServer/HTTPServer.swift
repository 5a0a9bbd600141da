import Dispatch
import Glibc
public import Runtime
import Synchronization
public import Telemetry
public import Web

/// Serves a site over HTTP/1.1 or HTTPS.
///
/// Source: RFC 9110 and 9112; libmicrohttpd does the wire, handlers run on Swift's own threads.
public final class HTTPServer: Service {
    private struct Running {
        let daemon: Daemon
        let port: Int
        let watch: Task<Void, Never>
    }

    private enum State {
        case new
        case running(Running)
        case stopping(Task<Void, Never>)
    }

    private let core: ServerCore
    private let state = Mutex(State.new)
    private let port = Atomic<Int>(0)
    private let stopped: AsyncStream<Never>
    private let stoppedFeed: AsyncStream<Never>.Continuation

    /// A server of this site; nothing listens before `start` or `run`.
    public init(
        site: Site, settings: ServerSettings = ServerSettings(), logger: Logger = .silent, metrics: Metrics = Metrics()
    ) {
        core = ServerCore(site: site, settings: settings, logger: logger, metrics: metrics)
        (stopped, stoppedFeed) = AsyncStream.makeStream()
    }

    public var name: String { "http" }

    /// The port that the server listens on; 0 before `start`.
    public var boundPort: Int { port.load(ordering: .acquiring) }

    /// Requests being handled now.
    public var requestsInFlight: Int { core.gate.handling }

    /// Listens from now on; does nothing when the server already does.
    public func start() throws(ServerFault) {
        let failure = state.withLock { state -> ServerFault? in
            switch state {
            case .running: return nil
            case .stopping: return .alreadyStopped
            case .new: break
            }
            do throws(ServerFault) {
                state = .running(try listen())
                return nil
            } catch {
                return error
            }
        }
        if let failure { throw failure }
    }

    private func listen() throws(ServerFault) -> Running {
        raiseFileLimit()
        let socket = try ListeningSocket.open(host: core.settings.host, port: core.settings.port)
        let bound = ListeningSocket.port(of: socket)
        let daemon: Daemon
        do throws(ServerFault) {
            daemon = try Daemon(core, socket: socket)
        } catch {
            close(socket)
            throw error
        }
        port.store(bound, ordering: .releasing)
        core.log.started(bound, tls: core.settings.tls != nil)
        let watch = Task { @concurrent [core] in
            while !Task.isCancelled {
                try? await Task.sleep(for: .milliseconds(100))
                core.log.cutOff(core.peers.watch())
            }
        }
        return Running(daemon: daemon, port: bound, watch: watch)
    }

    /// Each connection is an open file, and systems start processes with as few as 1,024.
    private func raiseFileLimit() {
        var limit = rlimit()
        let wanted = rlim_t(max(1, core.settings.maximumConnections) + 256)
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0, limit.rlim_cur < wanted else {
            return
        }
        limit.rlim_cur = min(wanted, limit.rlim_max)
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    /// Listens until `shutdown`, or until cancelled, which shuts down too.
    public func run() async throws {
        try start()
        for await _ in stopped {}
        await shutdown()
    }

    /// Stops accepting, lets requests in flight end within `drainTime`, cancels the rest, and closes everything.
    public func shutdown() async {
        let work = state.withLock { state -> Task<Void, Never>? in
            switch state {
            case .new:
                state = .stopping(Task {})
                return nil
            case .stopping(let task): return task
            case .running(let running):
                // A task of its own, so that the drain is not cut short when the caller is cancelled.
                let task = Task { @concurrent in await self.stop(running) }
                state = .stopping(task)
                return task
            }
        }
        await work?.value
        stoppedFeed.finish()
    }

    private func stop(_ running: Running) async {
        core.gate.beginDraining()
        running.daemon.stopAccepting()
        core.peers.closeIdle()
        core.log.draining(core.peers.exchanges.count)
        await core.gate.empty(within: core.settings.drainTime)
        for exchange in core.peers.exchanges { exchange.cancel() }
        await core.gate.empty(within: .seconds(1))
        for exchange in core.peers.exchanges { exchange.abandon() }
        await core.gate.empty(within: .seconds(1))
        running.watch.cancel()
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                running.daemon.stop()
                continuation.resume()
            }
        }
    }
}
