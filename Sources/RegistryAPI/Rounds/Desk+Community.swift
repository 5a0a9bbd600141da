import Audit
import Cryptography
import Documents
import Foundation
import Groundwork
import Postgres
import Registry
import Rounds
import Web

extension Desk {
    private static let session: Route.Parameter = .uuid("session", "UUID of the session.")
    private static let appeal: Route.Parameter = .uuid("appeal", "UUID of the appeal.")

    var communityRoutes: [Route] {
        let upload = Route.Content(
            MediaType.allCases.map { ($0.rawValue, .bytes) }, description: "The file itself, at most 10 MiB.")
        return [
            .get(
                "/api/v1/rounds/{code}/lists", needs: .workTargeting, "Print the lists for communities",
                operation: Operations.file(
                    "printRoundLists", .targeting, type: "application/pdf",
                    [
                        Self.roundCode,
                        .query("area", .text, required: true, "An area with a quota, or one that holds such areas."),
                        .query("language", "ISO 639-3 code; as the profile says when not given."),
                    ], note: "Each area from a page of its own; without scores and ranks."), answered(printLists)),
            .get(
                "/api/v1/rounds/{code}/sessions", needs: .readTargeting, "List the sessions of communities",
                operation: Operations.read(
                    "listRoundSessions", .targeting, answer: "RoundSessions",
                    [Self.roundCode, Operations.limit(1000, standard: 200), Operations.after]),
                answered(listSessions)),
            .post(
                "/api/v1/rounds/{code}/sessions", needs: .workTargeting, "Record what a community decided",
                operation: Operations.send(
                    "recordSession", .targeting, body: .json(.ref("SessionDraft")), answer: "RoundSession",
                    [Self.roundCode],
                    note: "Every household that is not on the list of the area is named; nothing is kept then."),
                answered(recordSession)),
            .post(
                "/api/v1/rounds/{code}/sessions/{session}/minutes", needs: .workTargeting, "Add minutes to a session",
                operation: Operations.send(
                    "addMinutes", .targeting, body: upload, answer: "RoundSession", [Self.roundCode, Self.session],
                    note: "Kept encrypted, as attachments of people are."), bodyLimit: AttachmentFiles.limit,
                answered(addMinutes)),
            .get(
                "/api/v1/rounds/{code}/sessions/{session}/minutes/{id}", needs: .readTargeting, "Download minutes",
                operation: Route.Operation(
                    id: "downloadMinutes", tags: [Tag.targeting.rawValue],
                    parameters: [Self.roundCode, Self.session, .uuid("id", "UUID of the minutes.")],
                    responses: [
                        Route.Answer(
                            .ok, "The file as it was added.",
                            Route.Content(MediaType.allCases.map { ($0.rawValue, .bytes) }))
                    ]), answered(downloadMinutes)),
            .get(
                "/api/v1/rounds/{code}/appeals", needs: .readTargeting, "List the appeals of a round",
                operation: Operations.read(
                    "listAppeals", .targeting, answer: "Appeals",
                    [
                        Self.roundCode,
                        .query("state", .choice(Appeal.State.allCases.map(\.rawValue)), "Only those in this state."),
                        .query("household", "Only those of this household, by social id or id."),
                        Operations.limit(1000, standard: 200), Operations.after,
                    ]),
                answered { call in try await listAppeals(call) }),
            .post(
                "/api/v1/rounds/{code}/appeals", needs: .workTargeting, "Lodge an appeal",
                operation: Operations.send(
                    "lodgeAppeal", .targeting, body: .json(.ref("AppealDraft")), answer: "Appeal", [Self.roundCode]),
                answered(lodge)),
            .post(
                "/api/v1/rounds/{code}/appeals/{appeal}/decision", needs: .decideTargeting, "Decide on an appeal",
                operation: Operations.send(
                    "decideAppeal", .targeting, body: .json(.ref("AppealRuling")), status: .ok, answer: "Appeal",
                    [Self.roundCode, Self.appeal],
                    note:
                        "Upheld, the household waits in front, and gets the next free place. Whoever recorded it is refused."
                ),
                answered(decideAppeal)),
        ]
    }

    // MARK: Lists and sessions

    private func printLists(_ call: Call) async throws -> Response {
        let desk = try roundDesk()
        guard let fonts else { throw APIFault.roundsOff }
        var query = QueryReader(call.request)
        let reference = query.text("area", longest: 80)
        let language = query.text("language", longest: 3)
        var area: Area?
        if let reference { area = context.areas.index.area(reference) }
        if area == nil, query.findings.isEmpty {
            query.refuse("area", "area.unknown", "Name an area by its code; see /api/v1/areas.")
        }
        try query.finish()
        guard let place = area else { throw RegistryFault.areaNotFound }
        let printed = try await reading(call) { tx in
            try await desk.printed(
                call.request.parameter("code"), within: place, language: language, fonts: fonts, in: tx)
        }
        call.disclosed.note(
            printed.households.map { Subject(.household, $0) }, fields: ["head", "members", "social_id"])
        var response = Response.bytes(printed.bytes, type: "application/pdf")
        response.headers["Content-Disposition"] =
            "attachment; filename=\"\(call.request.parameter("code"))-\(place.code).pdf\""
        return response
    }

    private func listSessions(_ call: Call) async throws -> Response {
        let desk = try roundDesk()
        var query = QueryReader(call.request)
        let limit = query.int("limit", in: 1...1000) ?? 200
        let after = Self.cursor(&query)
        try query.finish()
        let page = try await reading(call) { tx in
            try await desk.sessions(
                try await desk.find(call.request.parameter("code"), in: tx), after: after, limit: limit, in: tx)
        }
        // Counts by session; the decisions on households are told by the list of the round.
        call.disclosed.noteNobody()
        let index = context.areas.index
        return .json(
            JSON.object([
                "sessions": .array(page.map { RoundAnswer.session($0, index) }),
                "next": page.count == limit ? RoundAnswer.text(page.last?.id.lowercased) : .null,
            ]))
    }

    /// The last item of the page before.
    static func cursor(_ query: inout QueryReader) -> UUID? {
        let cursor = query.text("after", longest: 40)
        let after = cursor.flatMap { UUID(uuidString: $0) }
        if cursor != nil, after == nil { query.refuse("after", "cursor.invalid", "Give `next` of the page before.") }
        return after
    }

    private func session(_ id: UUID, _ call: Call) async throws -> CommunitySession {
        let desk = try roundDesk()
        return try await reading(call) { tx in
            try await desk.session(id, of: try await desk.find(call.request.parameter("code"), in: tx), in: tx)
        }
    }

    private func sessionAnswer(_ id: UUID, _ call: Call) async throws -> Response {
        call.disclosed.noteNobody()
        return .json(RoundAnswer.session(try await session(id, call), context.areas.index), status: .created)
    }

    private func recordSession(_ call: Call) async throws -> Response {
        let (desk, code) = (try roundDesk(), call.request.parameter("code"))
        let body = try await JSONBody.read(call.request)
        var fields = Fields(body.object)
        let area = fields.text("area", needed: true, atMost: 80)
        let heldOn = fields.date("held_on", needed: true)
        let attendance = fields.int("attendance", in: 0...1_000_000)
        let others = fields.bool("others_validated") ?? false
        let decisions = fields.list("decisions", atMost: RoundDesk.sessionDecisions) {
            item -> CommunitySession.Decision? in
            let household = item.text("household", needed: true, atMost: 40)
            let verdict = item.choice("decision", CommunitySession.Decision.Verdict.self, needed: true)
            let reason = item.text("reason", atMost: 40)
            guard let household, let verdict else { return nil }
            return CommunitySession.Decision(household: household, verdict: verdict, reason: reason)
        }
        fields.finish()
        guard fields.findings.isEmpty, let area, let heldOn else { throw APIFault.invalid(fields.findings) }
        let id = try await acting("round.session", body.requestHash(call.request), call) { command, tx in
            try await desk.decide(
                code, area: area, heldOn: heldOn, attendance: attendance, decisions: decisions ?? [], others: others,
                command: command, in: tx)
        }
        return try await sessionAnswer(id, call)
    }

    private func addMinutes(_ call: Call) async throws -> Response {
        guard let files else { throw APIFault.attachmentsOff }
        let (desk, code) = (try roundDesk(), call.request.parameter("code"))
        let session = (try call.id("session") as ID<CommunitySession>).rawValue
        let content = try await collected(call.request)
        guard let type = MediaType(of: content), call.request.contentType == type.rawValue else {
            throw APIFault.attachmentType
        }
        let hash = files.hash(of: content)
        _ = try await self.session(session, call)
        try await files.store(content, as: hash)
        let minutes = CommunitySession.Minutes(
            id: UUIDv7.next(), hash: hash, mediaType: type.rawValue, size: content.count)
        _ = try await acting("round.minutes", Digest.sha256(Array(call.request.target.utf8) + hash), call) { _, tx in
            try await desk.addMinutes(minutes, to: session, of: code, in: tx)
            return minutes.id
        }
        return try await sessionAnswer(session, call)
    }

    private func downloadMinutes(_ call: Call) async throws -> Response {
        guard let files else { throw APIFault.attachmentsOff }
        var query = QueryReader(call.request)
        try query.finish()
        let session = (try call.id("session") as ID<CommunitySession>).rawValue
        let id = (try call.id("id") as ID<CommunitySession.Minutes>).rawValue
        let found = try await self.session(session, call)
        guard let minutes = found.minutes.first(where: { $0.id == id }) else { throw RoundsFault.minutesNotFound }
        // A paper, whose people the registry does not know by name.
        call.disclosed.note([], fields: ["minutes"])
        var response = Response.bytes(try await files.load(minutes.hash), type: minutes.mediaType)
        response.headers["Content-Disposition"] = "attachment; filename=\"\(id.lowercased)\""
        response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
        return response
    }

    // MARK: Appeals

    private func listAppeals(_ call: Call) async throws -> Response {
        let desk = try roundDesk()
        var query = QueryReader(call.request)
        let state = query.choice("state", Appeal.State.self)
        let household = query.text("household", longest: 40)
        let limit = query.int("limit", in: 1...1000) ?? 200
        let after = Self.cursor(&query)
        try query.finish()
        let page = try await reading(call) { tx in
            try await desk.appeals(
                try await desk.find(call.request.parameter("code"), in: tx), state: state, household: household,
                after: after, limit: limit, in: tx)
        }
        call.disclosed.note(page.map { Subject(.household, $0.household) }, fields: ["appeal"])
        return .json(
            JSON.object([
                "appeals": .array(page.map(RoundAnswer.appeal)),
                "next": page.count == limit ? RoundAnswer.text(page.last?.id.lowercased) : .null,
            ]))
    }

    private func appeal(_ id: UUID, _ call: Call) async throws -> Appeal {
        let desk = try roundDesk()
        let found = try await reading(call) { tx in
            try await desk.appeal(id, of: try await desk.find(call.request.parameter("code"), in: tx), in: tx)
        }
        call.disclosed.note(Subject(.household, found.household), fields: ["appeal"])
        return found
    }

    private func lodge(_ call: Call) async throws -> Response {
        let (desk, code) = (try roundDesk(), call.request.parameter("code"))
        let body = try await JSONBody.read(call.request)
        var fields = Fields(body.object)
        let household = fields.text("household", needed: true, atMost: 40)
        let grounds = fields.text("grounds", needed: true, atMost: 40)
        fields.finish()
        guard fields.findings.isEmpty, let household else { throw APIFault.invalid(fields.findings) }
        let id = try await acting("round.appeal", body.requestHash(call.request), call) { command, tx in
            try await desk.lodge(code, household: household, grounds: grounds, command: command, in: tx)
        }
        return .json(RoundAnswer.appeal(try await appeal(id, call)), status: .created)
    }

    private func decideAppeal(_ call: Call) async throws -> Response {
        enum Ruling: String, CaseIterable { case upheld, dismissed }
        let (desk, code) = (try roundDesk(), call.request.parameter("code"))
        let id = (try call.id("appeal") as ID<Appeal>).rawValue
        let body = try await JSONBody.read(call.request)
        var fields = Fields(body.object)
        let ruling = fields.choice("decision", Ruling.self, needed: true)
        let reason = fields.text("reason", needed: true, atMost: 40)
        fields.finish()
        guard fields.findings.isEmpty, let ruling else { throw APIFault.invalid(fields.findings) }
        _ = try await acting("round.ruling", body.requestHash(call.request), call) { command, tx in
            try await desk.rule(
                code, appeal: id, upheld: ruling == .upheld, reason: reason, command: command, in: tx)
            return id
        }
        return .json(RoundAnswer.appeal(try await appeal(id, call)))
    }
}
