import Audit
import Documents
import Groundwork
import Registry
import Web

extension Desk {
    /// History, surveys, participation and attachments are the same for people and households.
    func subjectRoutes(_ kind: SubjectKind) -> [Route] {
        let (base, tail) =
            kind == .person ? ("/api/v1/people/{id}", "OfPerson") : ("/api/v1/households/{id}", "OfHousehold")
        return historyRoutes(kind, base, tail) + surveyRoutes(kind, base, tail)
            + attachmentRoutes(kind, base, tail) + accessLogRoutes(kind, base, tail)
    }

    private func historyRoutes(_ kind: SubjectKind, _ base: String, _ tail: String) -> [Route] {
        [
            .get(
                base + "/history", needs: .readHistory, "Read what was stated about a \(kind.rawValue)",
                operation: Operations.read(
                    "statements" + tail, .history, answer: "Statements", [Operations.id],
                    note:
                        "Oldest first, each with the interval in which it counted: a merge, an unmerge or an undo ends it."
                ),
                answered { call in try await statements(call, kind) }),
            .get(
                base + "/versions", needs: .readHistory, "List the versions of a \(kind.rawValue)",
                operation: Operations.read(
                    "versions" + tail, .history, answer: "Versions",
                    [Operations.id, Operations.limit(500, standard: 100)],
                    note: "Newest first. To read a version, give its `from` as `known` to an as-of read."),
                answered { call in try await versions(call, kind) }),
        ]
    }

    /// The subject that the path names, merged or not: history stays where it was stated.
    func subject(_ call: Call, _ kind: SubjectKind) async throws -> Subject {
        Subject(kind, try await row(try call.reference(), kind, call).id)
    }

    private func statements(_ call: Call, _ kind: SubjectKind) async throws -> Response {
        var query = QueryReader(call.request)
        try query.finish()
        let subject = try await subject(call, kind)
        let found = try await reading(call) { tx in
            try await history.statements(of: subject, in: tx)
        }
        call.disclosed.note(subject, fields: ["statements"])
        for statement in found { call.disclosed.note([], fields: statement.record.claims.lazy.map(\.key)) }
        let style = AnswerStyle(call)
        var writer = JSONWriter(capacity: 512 * (1 + found.count))
        writer.object { writer in
            writer.member(kind.rawValue, subject.id.lowercased)
            writer.key("statements")
            writer.array { writer in
                for statement in found { StatementAnswer.write(statement, to: &writer, style) }
            }
        }
        return .json(writer.bytes)
    }

    private func versions(_ call: Call, _ kind: SubjectKind) async throws -> Response {
        var query = QueryReader(call.request)
        let limit = query.int("limit", in: 1...500) ?? 100
        try query.finish()
        let subject = try await subject(call, kind)
        let found = try await reading(call) { tx in
            try await Versions.list(of: subject, limit: limit, in: tx)
        }
        call.disclosed.note(subject, fields: ["versions"])
        var writer = JSONWriter()
        writer.object { writer in
            writer.member(kind.rawValue, subject.id.lowercased)
            writer.key("versions")
            writer.array { writer in
                for version in found {
                    writer.object { writer in
                        writer.member("version", version.version)
                        writer.member("status", version.status)
                        writer.member("from", instant: version.from)
                        writer.member("to", instant: version.to)
                        writer.member("ended_by", id: version.endedBy)
                    }
                }
            }
        }
        return .json(writer.bytes)
    }

    // MARK: Commands

    var commandRoutes: [Route] {
        [
            .get(
                "/api/v1/commands/{id}", needs: .readHistory, "Read what a command did",
                operation: Operations.read(
                    "readCommand", .history, answer: "Command", [.uuid("id", "UUID of the command.")]),
                answered(readCommand)
            ).disclosing(.nothing),
            .post(
                "/api/v1/commands/{id}/undo", needs: .writeRegistry, "Undo a command",
                operation: Operations.command(
                    "undoCommand", .history, body: "CommandTerms", [.uuid("id", "UUID of the command.")], ifMatch: nil,
                    note: "The views are then what they were. Refused when later changes build on the command."),
                answered { call in
                    try await perform(call, .undo, CommandForm(command: try call.id("id")))
                }),
        ]
    }

    private func readCommand(_ call: Call) async throws -> Response {
        let id: CommandID = try call.id("id")
        let found = try await reading(call) { tx in
            try await CommandLog.find(id, in: tx)
        }
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("id", found.id.description)
            writer.member("kind", found.kind)
            writer.member("actor", found.actor.description)
            writer.member("purpose", found.purpose)
            writer.member("trace", found.trace)
            writer.member("recorded_at", instant: found.recordedAt)
            writer.member("undoes", id: found.undoes)
            writer.member("undone_by", id: found.undoneBy)
            writer.member("outcome", found.outcome)
        }
        return .json(writer.bytes)
    }
}
