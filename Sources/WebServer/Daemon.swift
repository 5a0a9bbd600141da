import CMicrohttpd
import Glibc

/// libmicrohttpd at work for one `ServerCore`.
// Unchecked, because the library's start and stop are called once each, in this order, by `HTTPServer`.
final class Daemon: @unchecked Sendable {
    private let pointer: OpaquePointer
    private let core: Unmanaged<ServerCore>
    private let secrets: [UnsafeMutablePointer<CChar>]

    /// Starts to accept connections from `socket`, which from now on belongs to the daemon.
    init(_ core: ServerCore, socket: Int32) throws(ServerFault) {
        let settings = core.settings
        secrets = try Self.pem(settings.tls)
        self.core = .passRetained(core)
        var wanted = kith_http_settings()
        wanted.listen_socket = socket
        wanted.threads = UInt32(clamping: max(1, settings.threads))
        wanted.connections = UInt32(clamping: max(1, settings.maximumConnections))
        wanted.connection_memory = max(4096, settings.headerLimit)
        wanted.certificate = secrets.first.map { UnsafePointer($0) }
        wanted.key = secrets.last.map { UnsafePointer($0) }
        wanted.context = self.core.toOpaque()
        wanted.connected = connected
        wanted.opened = opened
        wanted.handler = advanced
        wanted.completed = completed
        guard let pointer = kith_http_start(&wanted) else {
            self.core.release()
            for secret in secrets { free(secret) }
            throw .daemonFailed(tls: settings.tls != nil)
        }
        self.pointer = pointer
    }

    /// Stops accepting; open connections go on.
    func stopAccepting() {
        let socket = MHD_quiesce_daemon(pointer)
        if socket >= 0 { close(socket) }
    }

    /// Closes every connection and waits for the library's threads, so never on the cooperative pool.
    func stop() {
        MHD_stop_daemon(pointer)
        core.release()
        for secret in secrets {
            explicit_bzero(secret, strlen(secret))
            free(secret)
        }
    }

    private static func pem(_ tls: ServerSettings.TLS?) throws(ServerFault) -> [UnsafeMutablePointer<CChar>] {
        guard let tls else { return [] }
        guard MHD_is_feature_supported(.FEATURE_TLS) == .YES else { throw .tlsUnsupported }
        var texts: [UnsafeMutablePointer<CChar>] = []
        for path in [tls.certificateFile, tls.keyFile] {
            guard let text = contents(of: path) else {
                for text in texts { free(text) }
                throw .fileUnreadable(path)
            }
            texts.append(text)
        }
        return texts
    }

    /// The file as a C string that `free` ends; key material never becomes a Swift value that is copied about.
    private static func contents(of path: String) -> UnsafeMutablePointer<CChar>? {
        guard let file = fopen(path, "re") else { return nil }
        defer { fclose(file) }
        let limit = 1 << 20
        guard let buffer = calloc(limit + 1, 1) else { return nil }
        guard fread(buffer, 1, limit, file) > 0 else {
            free(buffer)
            return nil
        }
        return buffer.assumingMemoryBound(to: CChar.self)
    }
}

// MARK: Callbacks, on the library's own threads

private func connected(
    _ context: UnsafeMutableRawPointer?, _ connection: OpaquePointer?,
    _ peer: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ code: MHD_ConnectionNotificationCode
) {
    guard let context, let connection, let peer else { return }
    let core = Unmanaged<ServerCore>.fromOpaque(context).takeUnretainedValue()
    if code == .CONNECTION_NOTIFY_STARTED {
        let new = Peer(
            socket: kith_http_socket(connection), address: ListeningSocket.text(of: kith_http_address(connection)),
            deadline: Monotonic.now() + core.headerTime)
        core.peers.add(new)
        peer.pointee = Unmanaged.passRetained(new).toOpaque()
    } else if let pointer = peer.pointee {
        core.peers.remove(Unmanaged<Peer>.fromOpaque(pointer).takeRetainedValue())
        peer.pointee = nil
    }
}

/// The request line is here. What this returns is the library's memory of the request until `completed`.
private func opened(
    _ context: UnsafeMutableRawPointer?, _ target: UnsafePointer<CChar>?, _ connection: OpaquePointer?
) -> UnsafeMutableRawPointer? {
    guard let context, let target, let connection else { return nil }
    let core = Unmanaged<ServerCore>.fromOpaque(context).takeUnretainedValue()
    let handle = Connection(pointer: connection)
    guard let peer = handle.peer else { return nil }
    let exchange = Exchange(core, handle, peer: peer, target: String(cString: target))
    core.gate.opened()
    peer.exchange = exchange
    peer.expect(by: Monotonic.now() + core.headerTime)
    return Unmanaged.passRetained(exchange).toOpaque()
}

private func advanced(
    _ context: UnsafeMutableRawPointer?, _ connection: OpaquePointer?, _ target: UnsafePointer<CChar>?,
    _ method: UnsafePointer<CChar>?, _ version: UnsafePointer<CChar>?, _ bytes: UnsafePointer<CChar>?,
    _ count: UnsafeMutablePointer<Int>?, _ exchange: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
) -> MHD_Result {
    guard let pointer = exchange?.pointee, let method, let count else { return .NO }
    let piece = UnsafeRawBufferPointer(start: bytes, count: bytes == nil ? 0 : count.pointee)
    count.pointee = 0
    return Unmanaged<Exchange>.fromOpaque(pointer).takeUnretainedValue().advance(method, piece)
}

private func completed(
    _ context: UnsafeMutableRawPointer?, _ connection: OpaquePointer?,
    _ exchange: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ code: MHD_RequestTerminationCode
) {
    guard let context, let pointer = exchange?.pointee else { return }
    exchange?.pointee = nil
    let core = Unmanaged<ServerCore>.fromOpaque(context).takeUnretainedValue()
    let ended = Unmanaged<Exchange>.fromOpaque(pointer).takeRetainedValue()
    let summary = ended.end(isComplete: code == .REQUEST_TERMINATED_COMPLETED_OK)
    ended.peer.exchange = nil
    ended.peer.expect(by: Monotonic.now() + core.idleTime)
    core.log.wrote(summary)
    core.gate.closed()
    if core.gate.isDraining { core.peers.closeIdle() }
}
