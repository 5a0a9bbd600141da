public import Groundwork

/// Every way in which the server cannot start.
public enum ServerFault: Fault, Equatable {
    /// The host is neither a numeric address nor `localhost`.
    case hostUnreadable
    /// Somebody else listens on this port, or we may not; `reason` is the system's text.
    case portUnavailable(Int, reason: String)
    /// The certificate or key file cannot be read.
    case fileUnreadable(String)
    /// libmicrohttpd was built without TLS.
    case tlsUnsupported
    /// libmicrohttpd did not start; with TLS, the usual cause is a key that does not fit the certificate.
    case daemonFailed(tls: Bool)
    /// The server was stopped before; a server starts once.
    case alreadyStopped

    public var kind: FaultKind { .defect }

    public var code: String {
        switch self {
        case .hostUnreadable: "server.host.unreadable"
        case .portUnavailable: "server.port.unavailable"
        case .fileUnreadable: "server.tls.file_unreadable"
        case .tlsUnsupported: "server.tls.unsupported"
        case .daemonFailed: "server.daemon.failed"
        case .alreadyStopped: "server.already_stopped"
        }
    }

    public var summary: String {
        switch self {
        case .hostUnreadable: "Give the host as a numeric address or localhost."
        case .portUnavailable(let port, let reason): "Port \(port) cannot be listened on: \(reason)."
        case .fileUnreadable(let path): "The file \(path) cannot be read."
        case .tlsUnsupported: "The installed libmicrohttpd has no TLS."
        case .daemonFailed(let tls):
            tls ? "The server did not start; check that key and certificate fit." : "The server did not start."
        case .alreadyStopped: "The server was stopped and does not start again."
        }
    }
}
