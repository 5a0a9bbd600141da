import Foundation

/// The server as built, in a process of its own, on the bench's database.
struct KithServer: Sendable {
    let ground: BenchGround
    let port: Int
    let process: ProgramRun
    /// From starting the program to the first 200 of `/readyz`, in seconds.
    let startedIn: Double

    /// Starts it and waits until it is ready.
    static func start(_ ground: BenchGround) async throws -> KithServer {
        let port = try freePort()
        let log = "\(ground.folder)/serve.log"
        return try await onThreads(1) { _ in
            let began = Stopwatch.nanoseconds
            let process = try ProgramRun.start(
                ground.kith, ["serve", "--json"],
                ground.environment.merging(["KITH_HTTP_PORT": "\(port)"]) { _, new in new },
                output: "\(ground.folder)/serve.out", errors: log)
            let probe = Array("GET /readyz HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n".utf8)
            while true {
                if let session = try? HTTPSession(port: port), let answer = try? session.exchange(probe),
                    answer.status == 200
                {
                    break
                }
                let waited = Double(Stopwatch.nanoseconds - began) / 1e9
                let hasEnded = process.hasEnded()
                guard !hasEnded, waited < 60 else {
                    let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
                    if !hasEnded { process.terminate() }
                    throw BenchFault.program(ground.kith, reason: "serve does not answer: " + text.suffix(800))
                }
                usleep(2000)
            }
            let took = Double(Stopwatch.nanoseconds - began) / 1e9
            return KithServer(ground: ground, port: port, process: process, startedIn: took)
        }[0]
    }

    /// Ends it with SIGTERM and waits.
    func stop() async throws {
        let process = process
        _ = try await onThreads(1) { _ in process.terminate() }
    }

    /// Runs the body with a server and stops it afterwards.
    static func with<Result: Sendable>(
        _ ground: BenchGround, _ body: (KithServer) async throws -> Result
    ) async throws -> Result {
        let server = try await start(ground)
        do {
            let result = try await body(server)
            try await server.stop()
            return result
        } catch {
            try await server.stop()
            throw error
        }
    }

    /// The most memory that the process has held, in megabytes (10⁶ bytes).
    var peakMemory: Double {
        let text = (try? String(contentsOfFile: "/proc/\(process.process)/status", encoding: .utf8)) ?? ""
        for line in text.split(separator: "\n") where line.hasPrefix("VmHWM:") {
            return (Double(line.filter(\.isNumber)) ?? 0) * 1024 / 1e6
        }
        return 0
    }

    private static func freePort() throws(BenchFault) -> Int {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, length) == 0 && getsockname(socket, $0, &length) == 0
            }
        }
        guard isBound else { throw .connection("no free port") }
        return Int(in_port_t(bigEndian: address.sin_port))
    }
}
