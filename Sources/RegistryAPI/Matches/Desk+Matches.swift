import Audit
import Documents
import Foundation
import Groundwork
import Matching
import Postgres
import Registry
import Web

extension Desk {
    private static let pair: Route.Parameter = .uuid("id", "UUID of the pair.")
    private var queue: MatchQueue { MatchQueue(registrar: registrar) }

    var matchRoutes: [Route] {
        [
            .get(
                "/api/v1/matches", needs: .readMatches, "List suspected duplicates",
                operation: Operations.read(
                    "listMatches", .matches, answer: "MatchPage",
                    [
                        .query("band", .choice(MatchPolicy.Band.allCases.map(\.rawValue)), "Only pairs of this band."),
                        .query("area", "Only where the first of the two lives in this area or below it."),
                        Operations.limit(200, standard: 50), Operations.after,
                    ], note: "Open pairs, the likeliest first, each with the evidence that sums to its bits."),
                answered(listMatches)),
            .get(
                "/api/v1/matches/contradictions", needs: .readMatches, "List decisions that contradict one another",
                operation: Operations.read("listMatchContradictions", .matches, answer: "MatchContradictions"),
                answered(listContradictions)),
            .get(
                "/api/v1/matches/{id}", needs: .readMatches, "Read a pair with both records",
                operation: Operations.read("readMatch", .matches, answer: "MatchDetail", [Self.pair]),
                answered { call in try await detail((try call.id("id") as ID<QueuedPair>).rawValue, call) }),
            .post(
                "/api/v1/matches/{id}/decisions", needs: .decideMatches, "Decide on a pair",
                operation: Operations.send(
                    "decideMatch", .matches, body: .json(.ref("MatchDecision")), status: .ok, answer: "MatchDetail",
                    [Self.pair],
                    note:
                        "`same` opens a proposal to merge, which somebody else approves. A decided pair is a conflict."),
                answered(decideMatch)),
            .post(
                "/api/v1/match", needs: .askMatches, "Ask who somebody described may be",
                operation: Operations.send(
                    "match", .matches, body: .json(.ref("MatchQuestion")), status: .ok, answer: "MatchAnswer",
                    note: "By the model in force, as at a registration. Changes nothing."), answered(match)),
        ]
    }

    private func matching() throws(APIFault) -> Matcher {
        guard let matcher else { throw .matchingOff }
        return matcher
    }

    // MARK: The queue

    private func listMatches(_ call: Call) async throws -> Response {
        var query = QueryReader(call.request)
        let band = query.choice("band", MatchPolicy.Band.self)
        var area: Area?
        if let code = query.text("area", longest: 80) {
            area = context.areas.index.area(code)
            if area == nil { query.refuse("area", "area.unknown", "No area has this code; see /api/v1/areas.") }
        }
        let limit = query.int("limit", in: 1...200) ?? 50
        var after: (bits: String, id: UUID)?
        if let text = query.text("after", longest: 80) {
            after = Self.place(text)
            if after == nil { query.refuse("after", "cursor.invalid", "Give `next` of the page before.") }
        }
        try query.finish()
        let asked = (band, area, after)
        let pairs = try await reading(call) { tx in
            try await queue.open(band: asked.0, area: asked.1, after: asked.2, limit: limit, in: tx)
        }
        call.disclosed.note(pairs.flatMap { [$0.low, $0.high].map(Subject.person) }, fields: ["match"])
        var writer = JSONWriter(capacity: 512 * (1 + pairs.count))
        writer.object { writer in
            writer.key("pairs")
            writer.array { writer in
                for pair in pairs { MatchAnswers.write(pair, to: &writer) }
            }
            let last = pairs.count == limit ? pairs.last : nil
            writer.member("next", last.map { "\($0.bits)_\($0.id.lowercased)" })
        }
        return .json(writer.bytes)
    }

    private static func place(_ text: String) -> (bits: String, id: UUID)? {
        let parts = text.split(separator: "_")
        guard parts.count == 2, let id = UUID(uuidString: String(parts[1])),
            parts[0].wholeMatch(of: /-?[0-9]{1,5}\.[0-9]{2}/) != nil
        else { return nil }
        return (String(parts[0]), id)
    }

    private func listContradictions(_ call: Call) async throws -> Response {
        let found = try await reading(call) { tx in try await queue.contradictions(limit: 200, in: tx) }
        call.disclosed.note(found.flatMap { [$0.low, $0.high].map(Subject.person) }, fields: ["match"])
        var writer = JSONWriter()
        writer.object { writer in
            writer.key("pairs")
            writer.array { writer in
                for item in found {
                    writer.object { writer in
                        writer.member("id", item.pair.lowercased)
                        writer.member(
                            "people", .array([.string(item.low.description), .string(item.high.description)]))
                    }
                }
            }
        }
        return .json(writer.bytes)
    }

    private func detail(_ id: UUID, _ call: Call) async throws -> Response {
        let found = try await reading(call) { tx in try await queue.find(id, in: tx) }
        call.disclosed.note([found.pair.low, found.pair.high].map(Subject.person), fields: ["match"])
        let style = AnswerStyle(call)
        var people: [PersonAnswer] = []
        var homes: [HouseholdAnswer] = []
        for one in [found.pair.low, found.pair.high] {
            guard let person = try await person(naming: .id(ID(one.rawValue)), call) else { continue }
            people.append(person)
            guard let household = person.household else { continue }
            if homes.contains(where: { $0.head.id == household.description }) { continue }
            if let home = try await self.household(naming: .id(ID(household.rawValue)), members: true, call) {
                homes.append(home)
            }
        }
        var writer = JSONWriter(capacity: 8192)
        writer.object { writer in
            writer.key("pair")
            MatchAnswers.write(found.pair, to: &writer)
            writer.key("people")
            writer.array { writer in
                for person in people { person.write(to: &writer, style) }
            }
            writer.key("households")
            writer.array { writer in
                for home in homes { home.write(to: &writer, style) }
            }
            writer.key("decisions")
            writer.array { writer in
                for decision in found.decisions { MatchAnswers.write(decision, to: &writer) }
            }
        }
        return .json(writer.bytes)
    }

    private func decideMatch(_ call: Call) async throws -> Response {
        let id = (try call.id("id") as ID<QueuedPair>).rawValue
        let body = try await JSONBody.read(call.request)
        var fields = Fields(body.object)
        let verdict = fields.choice("verdict", MatchVerdict.self, needed: true)
        let reason = fields.text("reason", atMost: 80)
        let survivor: ID<Person>? = fields.id("survivor")
        let chosen = fields.has("attributes") ? DraftForms.attributes(&fields) : [:]
        if let verdict, verdict != .same {
            for name in ["survivor", "attributes"] where fields.has(name) {
                fields.note(name, "member.not_here", "Only for the verdict same.")
            }
        }
        fields.finish()
        guard fields.findings.isEmpty, let verdict else { throw APIFault.invalid(fields.findings) }
        let today = today
        let (key, hash) = (try Precondition.idempotencyKey(call.request), body.requestHash(call.request))
        try await database.write(as: call.mandate(.maintenance)) { tx throws(MatchingFault) in
            do {
                if try await CommandLog.earlier(key: key, hash: hash, in: tx) != nil { return }
                _ = try await queue.decide(
                    id, verdict, reason: reason, survivor: survivor, chosen: chosen, on: today, in: tx)
                try await CommandLog.note(
                    "match.decide", outcome: ["main": .string(id.lowercased)], key: key, hash: hash, in: tx)
            } catch let fault as RegistryFault {
                throw MatchingFault.registry(fault)
            } catch let fault as MatchingFault {
                throw fault
            } catch {
                throw MatchingFault.defect("a decision cannot be noted")
            }
        }
        return try await detail(id, call)
    }

    // MARK: Asking

    private func match(_ call: Call) async throws -> Response {
        let matcher = try matching()
        let body = try await JSONBody.read(call.request)
        var fields = Fields(body.object)
        let draft = PersonDraft(
            claims: DraftForms.attributes(&fields, needed: true), contacts: DraftForms.contacts(&fields))
        let limit = fields.int("limit", in: 1...50) ?? 10
        let isStrict = fields.bool("only_certain") ?? false
        fields.finish()
        guard fields.findings.isEmpty else { throw APIFault.invalid(fields.findings) }
        let described = MatchPeople(context: context, policy: matcher.policy).described(draft, area: nil)
        let (version, hits) = try await reading(call) { tx -> (Int, [Matcher.Hit]) in
            guard let model = try await matcher.models.active(in: tx) else { throw MatchingFault.noModel }
            guard described.isEnough else { throw MatchingFault.tooLittle }
            return (
                model.version,
                try await matcher.hits([described], least: matcher.policy.review, model: model, in: tx)
            )
        }
        let certain = hits.filter { matcher.grade($0, among: hits) == .certain }
        let shown = isStrict ? (certain.count == 1 ? certain : []) : hits
        call.disclosed.note(
            shown.prefix(limit).map { Subject(.person, $0.person.id) }, fields: ["match"])
        var writer = JSONWriter(capacity: 4096)
        writer.object { writer in
            writer.member("model_version", version)
            writer.key("candidates")
            writer.array { writer in
                for hit in shown.prefix(limit) {
                    writer.value(.object(hit.json(matcher.grade(hit, among: hits))))
                }
            }
        }
        return .json(writer.bytes)
    }
}

/// How pairs and candidates are written.
enum MatchAnswers {
    static func write(_ pair: QueuedPair, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("id", pair.id.lowercased)
            writer.member("people", .array([.string(pair.low.description), .string(pair.high.description)]))
            writer.member("state", pair.state.rawValue)
            writer.member("bits", pair.bits)
            writer.member("band", pair.band)
            writer.member("steps", pair.evidence)
            writer.member("model_version", pair.modelVersion)
            writer.member("origin", pair.origin)
            writer.member("found_at", instant: pair.foundAt)
            writer.member("updated_at", instant: pair.updatedAt)
        }
    }

    static func write(_ decision: RememberedDecision, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("verdict", decision.verdict.rawValue)
            writer.member("reason", decision.reason)
            writer.member("proposal", decision.proposal?.description)
            writer.member("actor", decision.actor.description)
            writer.member("decided_at", instant: decision.decidedAt)
        }
    }
}
