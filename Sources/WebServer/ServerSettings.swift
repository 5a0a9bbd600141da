/// How the server listens, and how much it takes on.
public struct ServerSettings: Sendable {
    /// Certificate and key for HTTPS, as PEM files.
    public struct TLS: Sendable {
        /// The server's certificate, followed by those between it and the root.
        public var certificateFile: String
        /// The private key of the certificate, unencrypted; keep it readable for the server alone.
        public var keyFile: String

        /// Both files as PEM.
        public init(certificateFile: String, keyFile: String) {
            (self.certificateFile, self.keyFile) = (certificateFile, keyFile)
        }
    }

    /// A numeric address, or `localhost`; `0.0.0.0` and `::` listen everywhere.
    public var host: String
    /// 0 takes a free port, to be read from `boundPort`.
    public var port: Int
    /// Nil serves plain HTTP, for use behind a proxy or on this machine.
    public var tls: TLS?
    /// The largest body in bytes of routes that name no limit of their own.
    public var bodyLimit: Int = 1 << 20
    /// The largest request line with headers, in bytes; also the memory of one connection.
    public var headerLimit: Int = 32 << 10
    /// Connections beyond these wait in the system's queue.
    public var maximumConnections: Int = 2000
    /// Requests handled at once; those beyond get 503 with Retry-After.
    public var maximumRequests: Int = 256
    /// How long a client may take to connect and send its headers.
    public var headerTime: Duration = .seconds(10)
    /// How long a connection may stay open between requests.
    public var idleTime: Duration = .seconds(60)
    /// How long a client may stall while it sends a body or reads an answer, beyond what `minimumRate` allows for.
    public var stallTime: Duration = .seconds(20)
    /// Bytes per second that a client must manage, on average, to keep its connection.
    public var minimumRate: Int = 1000
    /// How long a handler may take from the end of the body to its answer; then it is cancelled.
    public var answerTime: Duration = .seconds(60)
    /// How long requests in flight may go on after a stop was asked for; those left are cancelled.
    public var drainTime: Duration = .seconds(20)
    /// Whether text and JSON above 1 kB go out compressed to clients that accept gzip.
    public var compresses: Bool = true
    /// Whether a proxy of ours stands before the server, so that `X-Forwarded-For` and `X-Forwarded-Proto` are believed.
    public var trustsProxy: Bool = false
    /// Threads that serve sockets; handlers run elsewhere, so one carries tens of thousands of requests a second.
    public var threads: Int = 1

    /// The usual limits; change those that the deployment knows better.
    public init(host: String = "127.0.0.1", port: Int = 8080, tls: TLS? = nil) {
        (self.host, self.port, self.tls) = (host, port, tls)
    }
}
