import Audit
import Documents
import Groundwork
import Registry
import Web

extension Desk {
    /// Who looked at somebody's data: what a person may ask of the registry.
    func accessLogRoutes(_ kind: SubjectKind, _ base: String, _ tail: String) -> [Route] {
        [
            .get(
                base + "/access-log", needs: .readAudit, "Read who saw or changed the data of a \(kind.rawValue)",
                operation: Operations.read(
                    "accessLog" + tail, .history, answer: "AccessLog",
                    [
                        Operations.id, Operations.limit(1000, standard: 100),
                        .query(
                            "after", .integer(minimum: 1, maximum: nil), "Number of the last entry of the page before."
                        ),
                    ],
                    note: """
                        Newest first, from the audit record: every answer that told of the subject and every command on \
                        it, with who asked, why and which attributes. This reading is put on record too.
                        """),
                answered { call in try await accessLog(call, kind) })
        ]
    }

    private func accessLog(_ call: Call, _ kind: SubjectKind) async throws -> Response {
        var query = QueryReader(call.request)
        let limit = query.int("limit", in: 1...1000) ?? 100
        let before = query.int("after", in: 1...Int(Int64.max))
        try query.finish()
        let subject = try await subject(call, kind)
        let entries = try await reading(call) { tx in
            try await AccessLog.about(subject, before: before.map { Int64($0) }, limit: limit, in: tx)
        }
        call.disclosed.note(subject, fields: ["access_log"])
        var writer = JSONWriter(capacity: 256 * (1 + entries.count))
        writer.object { writer in
            writer.member(kind.rawValue, subject.id.lowercased)
            writer.key("entries")
            writer.array { writer in
                for entry in entries { Self.write(entry, to: &writer) }
            }
            writer.member("next", entries.count == limit ? entries.last.map { Int($0.seq) } : nil)
        }
        return .json(writer.bytes)
    }

    private static func write(_ entry: LoggedEntry, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("number", Int(entry.seq))
            writer.member("at", instant: entry.recordedAt)
            writer.member("actor", entry.actor.description)
            writer.member("actor_name", entry.actorName)
            writer.member("client", entry.client)
            writer.member("operation", entry.operation)
            writer.member("purpose", entry.purpose)
            writer.member("agreement", entry.agreement)
            writer.member("command", entry.command?.lowercased)
            writer.member("status", entry.status)
            writer.member("fields", .array(entry.fields.map { .string($0) }))
            writer.member("subjects", entry.subjects)
            writer.member("trace", entry.trace)
        }
    }
}
