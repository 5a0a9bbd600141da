/// Something that runs as long as the process does: a server, a reader of the event log, a scheduler.
public protocol Service: Sendable {
    /// A short name for logs; the type's name unless given.
    var name: String { get }

    /// Works until cancelled, until `shutdown` lets it end, or until it fails.
    func run() async throws

    /// Stops taking new work and returns when the work in hand is done; the task of `run` is cancelled afterwards.
    ///
    /// Without an implementation the service is simply cancelled.
    func shutdown() async
}

extension Service {
    public var name: String { String(describing: Self.self) }
    public func shutdown() async {}
}

/// A service made of a closure.
public struct ClosureService: Service {
    public let name: String
    private let body: @Sendable () async throws -> Void

    public init(_ name: String, _ body: @escaping @Sendable () async throws -> Void) {
        (self.name, self.body) = (name, body)
    }

    public func run() async throws { try await body() }
}
