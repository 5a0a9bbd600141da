import Documents
import Groundwork
import Intake
import Registry
import Synchronization
import Web

extension Desk {
    /// How often a progress stream looks, and for how long it stays open at most.
    private static let progressPause: Duration = .milliseconds(500)
    private static let progressTime: Duration = .seconds(600)

    var progressRoutes: [Route] {
        [
            .get(
                "/api/v1/imports/{id}/progress", needs: .readImports, "Follow an import as it goes",
                operation: Route.Operation(
                    id: "followImport", tags: [Tag.imports.rawValue],
                    description: """
                        Server-sent events: `progress` whenever something changed, with the document that reading the import \
                        gives, and `end` with the last one. A stream ends after ten minutes, and at most sixteen are open at \
                        once: a reader comes back, as an EventSource does by itself.
                        """,
                    parameters: [Self.importID],
                    responses: [Route.Answer(.ok, "A stream of events.", .type("text/event-stream", .text))]),
                answered(followImport)),
            .get(
                "/api/v1/imports/{id}/report", needs: .readImports, "Report an import by rule and area",
                operation: Operations.read(
                    "reportImport", .imports, answer: "ImportBreakdown",
                    [
                        Self.importID,
                        .query("level", .integer(minimum: 0, maximum: 9), "Level of the areas, 1 when not given."),
                    ],
                    note: """
                        What it brought, by where those live now, and what it held back, by the area that the lines state.
                        """), answered(reportImport)),
        ]
    }

    private func followImport(_ call: Call) async throws -> Response {
        var query = QueryReader(call.request)
        try query.finish()
        let importer = try room().importer
        let first = try await sight(call)
        let (id, mandate, followers) = (first.id, call.mandate(.import), followers)
        guard followers.hasRoom else { throw WebFault.busy(retryAfter: 5) }
        var response = Response.stream(type: "text/event-stream") { writer in
            guard followers.enter() else { throw WebFault.busy(retryAfter: 5) }
            defer { followers.leave() }
            try await writer.write("retry: 2000\n\n")
            let end = ContinuousClock.now + Self.progressTime
            var sight = first
            var told: [UInt8] = []
            var lastTold = ContinuousClock.now
            while true {
                let bytes = JSON.object(ImportAnswer.sight(sight)).serialized()
                if bytes != told || sight.isOver {
                    try await writer.write("event: \(sight.isOver ? "end" : "progress")\ndata: ")
                    try await writer.write(bytes)
                    try await writer.write("\n\n")
                    try await writer.flush()
                    (told, lastTold) = (bytes, ContinuousClock.now)
                } else if ContinuousClock.now - lastTold > .seconds(10) {
                    // A comment keeps proxies from closing a quiet line.
                    try await writer.write(":\n\n")
                    try await writer.flush()
                    lastTold = ContinuousClock.now
                }
                if sight.isOver || ContinuousClock.now > end { return }
                try await Task.sleep(for: Self.progressPause)
                sight = try await importer.sight(id, as: mandate)
            }
        }
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Accel-Buffering"] = "no"
        response.isCompressible = false
        return response
    }

    private func reportImport(_ call: Call) async throws -> Response {
        var query = QueryReader(call.request)
        let level = query.int("level", in: 0...9) ?? 1
        try query.finish()
        let sight = try await sight(call)
        guard let batch = sight.batch else { throw IntakeFault.batchNotFound }
        let found = try await room().importer.breakdown(of: batch.id, level: level, as: call.mandate(.import))
        return .json(JSON.object(ImportAnswer.breakdown(found, sight)))
    }
}

/// How many follow imports at once: each holds one of the requests that the server answers at the same time.
final class Followers: Sendable {
    private static let most = 16
    private let count: Mutex<Int> = Mutex(0)

    var hasRoom: Bool { count.withLock { $0 < Self.most } }

    func enter() -> Bool {
        count.withLock { count in
            guard count < Self.most else { return false }
            count += 1
            return true
        }
    }

    func leave() { count.withLock { $0 -= 1 } }
}
