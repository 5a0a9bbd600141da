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
    static let roundCode: Route.Parameter = .path("code", .text, "Code of the round.")

    var roundRoutes: [Route] {
        [
            .get(
                "/api/v1/rounds", needs: .readTargeting, "List targeting rounds",
                operation: Operations.read("listRounds", .targeting, answer: "Rounds", note: "Newest first."),
                answered(listRounds)),
            .post(
                "/api/v1/rounds", needs: .workTargeting, "Begin a targeting round",
                operation: Operations.send(
                    "createRound", .targeting, body: .json(.ref("RoundDraft")), answer: "Round",
                    note: "The rule must be published and the formula active."), answered(createRound)),
            .get(
                "/api/v1/rounds/{code}", needs: .readTargeting, "Read a round",
                operation: Operations.read("readRound", .targeting, answer: "Round", [Self.roundCode]),
                answered { call in
                    var query = QueryReader(call.request)
                    try query.finish()
                    return try await round(call.request.parameter("code"), call)
                }),
            .get(
                "/api/v1/rounds/{code}/areas", needs: .readTargeting, "Read how a round stands in each area",
                operation: Operations.read("readRoundAreas", .targeting, answer: "RoundAreas", [Self.roundCode]),
                answered(listAreas)),
            .get(
                "/api/v1/rounds/{code}/households", needs: .readTargeting, "List the households of a round",
                operation: Operations.read(
                    "listRoundHouseholds", .targeting, answer: "RoundHouseholds",
                    [
                        Self.roundCode,
                        .query("state", .choice(Standing.allCases.map(\.rawValue)), "Only those in this state."),
                        .query("area", "Only in this area and below it."), Operations.limit(1000, standard: 200),
                        Operations.after,
                    ]), answered(listHouseholds)
            ).disclosing(.personal),
            .post(
                "/api/v1/rounds/{code}/quotas", needs: .workTargeting, "Set the quotas of a round",
                operation: Operations.send(
                    "setRoundQuotas", .targeting,
                    body: .type(
                        "text/csv", .bytes, description: "Area, places, and where wanted reserve and multiplier."),
                    status: .ok, answer: "Round", [Self.roundCode],
                    note: "A draft's quotas are replaced whole. Every wrong line is named; nothing is taken then."),
                bodyLimit: 4 << 20, answered(setQuotas)),
            work(
                "collection", "Take the households of the areas into the round",
                "Those that came before stay; may be repeated while collecting."
            ) { desk, code, command, tx in
                try await desk.collect(code, command: command, in: tx)
            },
            work(
                "scoring", "Take the scores in force into the round",
                "Households without one stay as surveyed and are never ranked."
            ) { desk, code, command, tx in
                try await desk.score(code, command: command, in: tx)
            },
            work(
                "ranking", "Rank the households of each area and cut them by its quota",
                "May be repeated until a community has met."
            ) { desk, code, command, tx in
                try await desk.rank(code, command: command, in: tx)
            },
            work(
                "candidates", "Make candidates for enrolment",
                "When the last day for appeals has come and none is open."
            ) { desk, code, command, tx in
                try await desk.candidates(code, command: command, in: tx)
            },
            .post(
                "/api/v1/rounds/{code}/promotions", needs: .workTargeting, "Fill free places from the waiting lists",
                operation: Operations.send(
                    "promoteInRound", .targeting, body: .json(.ref("Promotion")), status: .ok, answer: "RoundWork",
                    [Self.roundCode], note: "The first of each list first; never more than places are free."),
                answered(promote)),
            .post(
                "/api/v1/rounds/{code}/publication", needs: .decideTargeting, "Publish a round",
                operation: Operations.send(
                    "publishRound", .targeting, body: .json(.ref("Publication")), status: .ok, answer: "Round",
                    [Self.roundCode], note: "Opens the window for appeals. Whoever had it ranked is refused."),
                answered(publish)),
            .post(
                "/api/v1/rounds/{code}/closing", needs: .workTargeting, "Close a round",
                operation: Operations.send(
                    "closeRound", .targeting, body: .json(.ref("Nothing")), status: .ok, answer: "Round",
                    [Self.roundCode]), answered(closeRound)),
        ]
    }

    func roundDesk() throws(APIFault) -> RoundDesk {
        guard let rounds else { throw .roundsOff }
        return rounds
    }

    // MARK: Reading

    private func listRounds(_ call: Call) async throws -> Response {
        var query = QueryReader(call.request)
        try query.finish()
        let desk = try roundDesk()
        let all = try await reading(call) { tx in try await desk.list(in: tx) }
        return .json(JSON.object(["rounds": .array(all.map { .object(RoundAnswer.round($0, nil)) })]))
    }

    func round(_ code: String, _ call: Call, status: Status = .ok) async throws -> Response {
        let desk = try roundDesk()
        let (round, counts) = try await reading(call) { tx in
            let round = try await desk.find(code, in: tx)
            return (round, try await desk.counts(round, in: tx))
        }
        return .json(JSON.object(RoundAnswer.round(round, counts.first)), status: status)
    }

    private func listAreas(_ call: Call) async throws -> Response {
        var query = QueryReader(call.request)
        try query.finish()
        let desk = try roundDesk()
        let counts = try await reading(call) { tx in
            try await desk.counts(try await desk.find(call.request.parameter("code"), in: tx), in: tx)
        }
        let index = context.areas.index
        return .json(
            JSON.object([
                "areas": .array(
                    counts.compactMap { line in
                        guard let id = line.area, let area = index[id] else { return nil }
                        var object = RoundAnswer.count(line)
                        object["area"] = .string(area.reference)
                        object["name"] = .string(area.name)
                        return .object(object)
                    })
            ]))
    }

    private func listHouseholds(_ call: Call) async throws -> Response {
        let desk = try roundDesk()
        var query = QueryReader(call.request)
        let state = query.choice("state", Standing.self)
        var area: Area?
        if let reference = query.text("area", longest: 80) {
            area = context.areas.index.area(reference)
            if area == nil { query.refuse("area", "area.unknown", "No area has this code; see /api/v1/areas.") }
        }
        let limit = query.int("limit", in: 1...1000) ?? 200
        let after = Self.cursor(&query)
        try query.finish()
        let place = area
        let entries = try await reading(call) { tx in
            try await desk.entries(
                try await desk.find(call.request.parameter("code"), in: tx), state: state, area: place, after: after,
                limit: limit, in: tx)
        }
        call.disclosed.note(entries.map { Subject(.household, $0.household) }, fields: ["round", "score"])
        let index = context.areas.index
        return .json(
            JSON.object([
                "households": .array(entries.map { RoundAnswer.entry($0, index) }),
                "next": entries.count == limit ? RoundAnswer.text(entries.last?.household.lowercased) : .null,
            ]))
    }

    // MARK: Working

    private func createRound(_ call: Call) async throws -> Response {
        let desk = try roundDesk()
        let body = try await JSONBody.read(call.request)
        var fields = Fields(body.object)
        let code = fields.text("code", needed: true, atMost: 40)
        let title = fields.text("title", needed: true, atMost: 120)
        let programme = fields.text("programme", needed: true, atMost: 40)
        let formula = fields.text("formula", needed: true, atMost: 80)
        let rule = fields.text("rule", atMost: 40)
        let cutOff = fields.text("cut_off", atMost: 40)
        let parts = fields.list("parts", atMost: 20) { item -> Round.Part? in
            let group = item.text("group", needed: true, atMost: 40)
            let percent = item.int("percent", needed: true, in: 0...100)
            let rule = item.prose("rule", needed: true, atMost: 8000)
            guard let group, let percent, let rule else { return nil }
            return Round.Part(group: group, percent: percent, rule: rule)
        }
        fields.finish()
        guard fields.findings.isEmpty, let code, let title, let programme, let formula else {
            throw APIFault.invalid(fields.findings)
        }
        let draft = Round.Draft(
            code: code, title: title, programme: programme, formula: formula, rule: rule, cutOff: cutOff,
            parts: parts ?? [])
        _ = try await acting("round.create", body.requestHash(call.request), call) { command, tx in
            try await desk.create(draft, command: command, in: tx).id
        }
        var response = try await round(code, call, status: .created)
        response.headers["Location"] = "/api/v1/rounds/\(code)"
        return response
    }

    private func setQuotas(_ call: Call) async throws -> Response {
        let (desk, code) = (try roundDesk(), call.request.parameter("code"))
        guard call.request.contentType == "text/csv" else {
            throw WebFault.unsupportedMediaType(expected: "text/csv")
        }
        let csv = try await call.request.body.collect(limit: 4 << 20)
        let hash = Digest.sha256(Array("POST \(call.request.path)\n".utf8) + csv)
        _ = try await acting("round.quotas", hash, call) { _, tx in
            try await desk.setQuotas(code, csv: csv, in: tx).id
        }
        return try await round(code, call)
    }

    /// A route of one action over a whole round that needs no words.
    private func work(
        _ name: String, _ summary: String, _ note: String,
        _ action: @escaping @Sendable (RoundDesk, String, CommandID, borrowing Transaction) async throws -> RoundWork
    ) -> Route {
        .post(
            "/api/v1/rounds/{code}/\(name)", needs: .workTargeting, summary,
            operation: Operations.send(
                "round" + name.prefix(1).uppercased() + name.dropFirst(), .targeting, body: .json(.ref("Nothing")),
                status: .ok, answer: "RoundWork", [Self.roundCode], note: note),
            answered { call in
                let (desk, code) = (try roundDesk(), call.request.parameter("code"))
                let body = try await JSONBody.read(call.request)
                var fields = Fields(body.object)
                fields.finish()
                guard fields.findings.isEmpty else { throw APIFault.invalid(fields.findings) }
                return try await worked("round." + name, body, code, call) { command, tx in
                    try await action(desk, code, command, tx)
                }
            })
    }

    /// Runs the action once and answers how many households it moved, and how the round stands; a repetition moved none.
    private func worked(
        _ kind: String, _ body: JSONBody, _ code: String, _ call: Call,
        _ action: (CommandID, borrowing Transaction) async throws -> RoundWork
    ) async throws -> Response {
        var changed = 0
        _ = try await acting(kind, body.requestHash(call.request), call) { command, tx in
            let work = try await action(command, tx)
            changed = work.changed
            return work.round.id
        }
        let desk = try roundDesk()
        let (round, counts) = try await reading(call) { tx in
            let round = try await desk.find(code, in: tx)
            return (round, try await desk.counts(round, in: tx))
        }
        return .json(
            JSON.object(["changed": .number(changed), "round": .object(RoundAnswer.round(round, counts.first))]))
    }

    private func promote(_ call: Call) async throws -> Response {
        let (desk, code) = (try roundDesk(), call.request.parameter("code"))
        let body = try await JSONBody.read(call.request)
        var fields = Fields(body.object)
        let reference = fields.text("area", atMost: 80)
        let limit = fields.int("at_most", in: 1...100_000)
        fields.finish()
        guard fields.findings.isEmpty else { throw APIFault.invalid(fields.findings) }
        return try await worked("round.promote", body, code, call) { command, tx in
            let round = try await desk.find(code, in: tx)
            let area = reference == nil ? nil : try await desk.quotaArea(reference ?? "", of: round, in: tx)
            return try await desk.promote(code, area: area, limit: limit, command: command, in: tx)
        }
    }

    private func publish(_ call: Call) async throws -> Response {
        let (desk, code) = (try roundDesk(), call.request.parameter("code"))
        let body = try await JSONBody.read(call.request)
        var fields = Fields(body.object)
        let days = fields.int("appeal_days", in: 0...365)
        fields.finish()
        guard fields.findings.isEmpty else { throw APIFault.invalid(fields.findings) }
        _ = try await acting("round.publish", body.requestHash(call.request), call) { command, tx in
            try await desk.publish(code, appealDays: days, command: command, in: tx).id
        }
        return try await round(code, call)
    }

    private func closeRound(_ call: Call) async throws -> Response {
        let (desk, code) = (try roundDesk(), call.request.parameter("code"))
        let body = try await JSONBody.read(call.request)
        var fields = Fields(body.object)
        fields.finish()
        guard fields.findings.isEmpty else { throw APIFault.invalid(fields.findings) }
        _ = try await acting("round.close", body.requestHash(call.request), call) { command, tx in
            try await desk.close(code, command: command, in: tx).id
        }
        return try await round(code, call)
    }
}
