import Access
package import Audit
import Cryptography
import Groundwork
package import Runtime
import Telemetry
package import Web

/// Stands around every handler whose answers tell about people: the answer leaves when its entry is durable.
///
/// The handler notes about whom it tells in `request.disclosed`; what leaves is hashed as it leaves. A handler that says
/// nothing is a mistake in the program, and its answer does not leave either.
package struct AuditGate: Sendable {
    private let writer: AuditWriter
    private let clock: any WallClock

    package init(_ writer: AuditWriter, clock: any WallClock = SystemClock()) {
        (self.writer, self.clock) = (writer, clock)
    }

    /// Goes behind the middleware that says who asks.
    package var middleware: Middleware {
        { request, route, next in
            guard route.disclosure != .nothing else { return try await next(request) }
            guard route.disclosure == .personal else { throw AuditFault.undeclared(route.name) }
            guard let principal = request.principal as? Principal else {
                throw AuditFault.defect("\(route.name) tells about people and asks for nobody's token")
            }
            let disclosed = Disclosed()
            var inner = request
            inner.disclosed = disclosed
            let response = try await next(inner)
            return try await released(
                response, disclosed, Asker(principal: principal, request: request, operation: route.name))
        }
    }

    /// Who asked for what.
    private struct Asker: Sendable {
        var principal: Principal
        var request: Request
        var operation: String
    }

    private func released(_ response: Response, _ disclosed: Disclosed, _ asker: Asker) async throws -> Response {
        switch response.body {
        case .stream(let write):
            // Each piece is put on record before it leaves, under what was noted since the one before.
            let (gate, status) = (self, response.status.code)
            var watched = response
            watched.body = .stream { writer in
                let sink = AuditedSink(inner: writer) { bytes in
                    try await gate.record(bytes, disclosed.take(), asker, status)
                }
                try await write(ResponseWriter(sink: sink))
            }
            return watched
        case .bytes(let bytes): try await answered(bytes, response, disclosed, asker)
        case .empty: try await answered([], response, disclosed, asker)
        }
        return response
    }

    private func answered(
        _ bytes: [UInt8], _ response: Response, _ disclosed: Disclosed, _ asker: Asker
    ) async throws {
        let contents = disclosed.take()
        guard contents.isDeclared else {
            // A refusal that named nobody tells nothing.
            guard response.status.isSuccess else { return }
            throw AuditFault.undeclared(asker.operation)
        }
        try await record(bytes, contents, asker, response.status.code)
    }

    private func record(
        _ bytes: [UInt8], _ contents: Disclosed.Contents, _ asker: Asker, _ status: Int
    ) async throws(AuditFault) {
        guard contents.isDeclared else { throw .undeclared(asker.operation) }
        let request = asker.request
        try await writer.record([
            AuditEntry(
                at: clock.now, actor: asker.principal.actor, operation: asker.operation,
                purpose: contents.purpose ?? .search, trace: request.trace.traceID,
                client: contents.client ?? (request.peer.isEmpty ? nil : request.peer), command: contents.command,
                status: status, fields: contents.fields, subjects: contents.subjects,
                released: Digest.sha256(bytes), releasedBytes: bytes.count)
        ])
    }
}

/// Passes pieces of a stream on when each is on record.
private struct AuditedSink: ResponseSink {
    let inner: ResponseWriter
    let record: @Sendable ([UInt8]) async throws -> Void

    func write(_ bytes: [UInt8]) async throws(WebFault) {
        do {
            try await record(bytes)
        } catch {
            // The piece stays here and the connection is cut, as for every answer that breaks off half-way.
            throw .cancelled
        }
        try await inner.write(bytes)
    }

    func flush() async throws(WebFault) { try await inner.flush() }
}
