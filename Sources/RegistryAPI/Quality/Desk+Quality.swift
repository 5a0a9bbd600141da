import Audit
import Documents
import Groundwork
import Postgres
import Quality
import Registry
import Search
import Web

extension Desk {
    private enum Division: String, CaseIterable { case area, source }

    var qualityRoutes: [Route] {
        [
            .get(
                "/api/v1/quality", needs: .readQuality, "Read the scores of the record by area or source",
                operation: Operations.read(
                    "readQuality", .quality, answer: "QualityTable", Self.question,
                    note: """
                        As last counted, by the rules of the profile: of how many records each speaks and how many break \
                        it. A score is the share of rules kept, by weight. A record of two sources counts for both. The \
                        whole registry by areas of level 1 and by source is counted every day; everything else, and a \
                        newer count, is asked for with POST.
                        """), answered(readQuality)
            ).disclosing(.nothing),
            .post(
                "/api/v1/quality", needs: .readQuality, "Ask for a new count of the scores",
                operation: Operations.send(
                    "countQuality", .quality, body: .json(.ref("Nothing")), status: .accepted, answer: "QualityTable",
                    Self.question,
                    note: """
                        Counted in the background, one count at a time; GET with the same parameters tells how it stands. \
                        Asking again while it waits or runs changes nothing.
                        """), answered(countQuality)
            ).disclosing(.nothing),
            .get(
                "/api/v1/quality/worklists/{rule}", needs: .readQuality, "List who breaks a rule",
                operation: Operations.read(
                    "readWorklist", .quality, answer: "SearchPage",
                    [
                        .path("rule", .text, "Code of the rule."), .query("area", "Only this area and below it."),
                        Operations.limit(SearchForm.largestPage, standard: SearchForm.standardPage), Operations.after,
                        .query("count", .boolean, "Whether the exact number of all is counted."),
                    ],
                    note: "Needs the scope search.read too.",
                    headers: [("Link", "rel=\"next\": the next page, when there is one.")]), answered(readWorklist)),
        ]
    }

    private static let question: [Route.Parameter] = [
        .query("by", .choice(Division.allCases.map(\.rawValue)), "area when not given."),
        .query("level", .integer(minimum: 0, maximum: 9), "Level of the areas, 1 when not given."),
        .query("area", "Only this area and below it."),
    ]

    private func qualityRoom() throws(APIFault) -> QualityDesk {
        guard let quality else { throw .qualityOff }
        return quality
    }

    private func readQuality(_ call: Call) async throws -> Response {
        let scores = Scores(try qualityRoom())
        let sight = try await scores.sight(try scoreQuestion(call), as: call.mandate(.operation))
        return .json(QualityAnswer.sight(sight, scores.desk.rules))
    }

    private func countQuality(_ call: Call) async throws -> Response {
        let scores = Scores(try qualityRoom())
        let question = try scoreQuestion(call)
        let body = try await JSONBody.read(call.request)
        var fields = Fields(body.object)
        fields.finish()
        guard fields.findings.isEmpty else { throw APIFault.invalid(fields.findings) }
        try await database.write(as: call.mandate(.operation)) { (tx: borrowing Transaction) async throws -> Void in
            try await scores.ask(question, in: tx)
        }
        let sight = try await scores.sight(question, as: call.mandate(.operation))
        return .json(QualityAnswer.sight(sight, scores.desk.rules), status: .accepted)
    }

    private func scoreQuestion(_ call: Call) throws -> ScoreQuestion {
        var query = QueryReader(call.request)
        let division = query.choice("by", Division.self) ?? .area
        let level = query.int("level", in: 0...9) ?? 1
        let area = area(&query)
        try query.finish()
        return ScoreQuestion(division == .area ? .areas(level: level) : .sources, within: area)
    }

    private func readWorklist(_ call: Call) async throws -> Response {
        try call.require("search.read")
        let quality = try qualityRoom()
        var query = QueryReader(call.request)
        let area = area(&query)
        let limit = query.int("limit", in: 1...SearchForm.largestPage) ?? SearchForm.standardPage
        let after = query.text("after", longest: 1000)
        let counts = query.flag("count")
        try query.finish()
        let request = try quality.worklist(
            call.request.parameter("rule"), area: area, after: after, limit: limit, counts: counts)
        call.disclosed.noteNobody()
        let style = AnswerStyle(call)
        var answer: (response: Response, next: String?)
        switch request.subject {
        case .person:
            let page = try await searcher.people(request, from: database, as: call.mandate(.search))
            answer = (PageAnswer.people(try page.map { try PersonAnswer($0, context) }, style), page.next)
        case .household:
            let page = try await searcher.households(request, from: database, as: call.mandate(.search))
            answer = (PageAnswer.households(try page.map { try HouseholdAnswer($0, context) }, style), page.next)
        }
        if let next = answer.next {
            let items = call.request.query.filter { $0.name != "after" } + [(name: "after", value: next)]
            answer.response.headers["Link"] = "<\(call.request.path)?\(Query(items).encoded)>; rel=\"next\""
        }
        return answer.response
    }

    /// The area of the query, with a finding when it is unknown.
    private func area(_ query: inout QueryReader) -> Area? {
        guard let code = query.text("area", longest: 80) else { return nil }
        let area = context.areas.index.area(code)
        if area == nil {
            query.refuse("area", "area.unknown", "No area has this code; look it up under /api/v1/areas.")
        }
        return area
    }
}

/// Scores as answered.
enum QualityAnswer {
    static func sight(_ sight: ScoreSight, _ rules: QualityRules) -> [UInt8] {
        var writer = JSONWriter(capacity: 4096)
        writer.object { writer in
            writer.member("state", sight.state.rawValue)
            writer.member("asked_at", sight.askedAt.map { .instant($0) } ?? .null)
            let share = sight.steps == 0 ? 0 : sight.stepsDone * 1000 / sight.steps
            writer.member("progress_permille", sight.state == .counting ? .number(JSONNumber(share)) : .null)
            writer.member("fault", sight.fault)
            writer.member("counted_at", sight.countedAt.map { .instant($0) } ?? .null)
            writer.member("today", sight.countedOn?.description)
            writer.key("rules")
            writer.array { writer in
                for rule in rules.rules { write(rule, to: &writer) }
            }
            writer.key("total")
            if let table = sight.table { write(table.total, rules, to: &writer) } else { writer.null() }
            writer.key("lines")
            writer.array { writer in
                for line in sight.table?.lines ?? [] { write(line, rules, to: &writer) }
            }
        }
        return writer.bytes
    }

    private static func write(_ rule: QualityRule, to writer: inout JSONWriter) {
        func words(_ words: [String: String]) -> JSON {
            var object: JSONObject = [:]
            for (language, text) in words.sorted(by: { $0.key < $1.key }) { object[language] = .string(text) }
            return .object(object)
        }
        writer.object { writer in
            writer.member("code", rule.code)
            writer.member("dimension", rule.dimension.rawValue)
            writer.member("subject", rule.subject == .person ? "people" : "households")
            writer.member("weight", rule.weight)
            writer.member("labels", words(rule.labels))
            writer.member("remedies", words(rule.remedies))
        }
    }

    private static func write(_ line: QualityTable.Line, _ rules: QualityRules, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("area", line.area?.reference)
            writer.member("name", line.area?.name)
            writer.member("source", line.source)
            writer.member("score_permille", line.permille(rules))
            writer.key("counts")
            writer.array { writer in
                for count in line.counts {
                    writer.object { writer in
                        writer.member("rule", count.rule)
                        writer.member("applies", count.applies)
                        writer.member("fails", count.fails)
                    }
                }
            }
        }
    }
}
