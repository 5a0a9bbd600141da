import Access
import Audit
import Cryptography
import Groundwork
import Runtime

/// Puts on record what a command of the program gives out, piece by piece, before it gives it out.
struct ReleaseRecord: Sendable {
    let disclosed: Disclosed = Disclosed()
    private let house: House
    private let actor: ActorID
    private let operation: String
    private let trace: TraceID = TraceID()

    /// - Parameter operation: the command, e.g. `kith export`.
    init(_ house: House, _ principal: Principal, operation: String) {
        (self.house, self.operation) = (house, operation)
        actor = principal.actor
    }

    /// Returns when the piece, with those noted since the one before, is on record.
    func release(_ bytes: [UInt8]) async throws {
        let contents = disclosed.take()
        try await house.audit.record([
            AuditEntry(
                at: house.clock.now, actor: actor, operation: operation, purpose: contents.purpose ?? .operation,
                trace: trace, fields: contents.fields, subjects: contents.subjects, released: Digest.sha256(bytes),
                releasedBytes: bytes.count)
        ])
    }
}
