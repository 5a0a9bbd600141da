import Audit
import Documents
import Foundation
import Groundwork
import Matching
import Postgres
import Registry
import Web

extension Desk {
    private static let finding: Route.Parameter = .uuid("id", "UUID of the finding.")

    var findingRoutes: [Route] {
        [
            .get(
                "/api/v1/findings", needs: .readMatches, "List what is odd",
                operation: Operations.read(
                    "listFindings", .matches, answer: "FindingPage",
                    [
                        .query(
                            "kind", .choice(FindingRules.Kind.allCases.map(\.rawValue)), "Only findings of this kind."),
                        .query(
                            "state", .choice(StoredFinding.State.allCases.map(\.rawValue)), "open when not given."),
                        .query("area", "Only where one concerned lives in this area or below it."),
                        Operations.limit(200, standard: 50), Operations.after,
                    ],
                    note: """
                        Households, numbers, files and registrations that somebody should look at, by the rules of the \
                        profile, the newest first. None excludes anybody.
                        """), answered(listFindings)),
            .get(
                "/api/v1/findings/{id}", needs: .readMatches, "Read a finding with what was decided",
                operation: Operations.read("readFinding", .matches, answer: "FindingDetail", [Self.finding]),
                answered { call in try await findingDetail((try call.id("id") as ID<StoredFinding>).rawValue, call) }),
            .post(
                "/api/v1/findings/{id}/decisions", needs: .decideMatches, "Close a finding, or open it again",
                operation: Operations.send(
                    "decideFinding", .matches, body: .json(.ref("FindingDecision")), status: .ok,
                    answer: "FindingDetail", [Self.finding],
                    note:
                        "A closed finding stays closed in later runs until it has grown by as much as the profile says."
                ),
                answered(decideFinding)),
        ]
    }

    private func findingRules() throws(APIFault) -> FindingRules {
        guard let rules = matcher?.findings else { throw .matchingOff }
        return rules
    }

    private func listFindings(_ call: Call) async throws -> Response {
        let rules = try findingRules()
        var query = QueryReader(call.request)
        let kind = query.choice("kind", FindingRules.Kind.self)
        let state = query.choice("state", StoredFinding.State.self) ?? .open
        var area: Area?
        if let code = query.text("area", longest: 80) {
            area = context.areas.index.area(code)
            if area == nil { query.refuse("area", "area.unknown", "No area has this code; see /api/v1/areas.") }
        }
        let limit = query.int("limit", in: 1...200) ?? 50
        var before: Int64?
        if let text = query.text("after", longest: 20) {
            before = Int64(text)
            if before == nil { query.refuse("after", "cursor.invalid", "Give `next` of the page before.") }
        }
        try query.finish()
        let asked = (area, before)
        let page = try await reading(call) { tx in
            try await FindingList.page(
                kind: kind, state: state, area: asked.0, before: asked.1, limit: limit, in: tx)
        }
        call.disclosed.note(page.flatMap(\.subjects), fields: ["findings"])
        var writer = JSONWriter(capacity: 512 * (1 + page.count))
        writer.object { writer in
            writer.key("findings")
            writer.array { writer in
                for finding in page { writer.value(finding.json(rules)) }
            }
            writer.member("next", page.count == limit ? page.last.map { String($0.number) } : nil)
        }
        return .json(writer.bytes)
    }

    private func findingDetail(_ id: UUID, _ call: Call) async throws -> Response {
        let rules = try findingRules()
        let found = try await reading(call) { tx in try await FindingList.find(id, in: tx) }
        call.disclosed.note(found.finding.subjects, fields: ["findings"])
        var writer = JSONWriter(capacity: 1024)
        writer.object { writer in
            writer.member("finding", found.finding.json(rules))
            writer.key("decisions")
            writer.array { writer in
                for decision in found.decisions {
                    writer.object { writer in
                        writer.member("verdict", decision.verdict.rawValue)
                        writer.member("reason", decision.reason)
                        writer.member("actor", decision.actor.description)
                        writer.member("decided_at", instant: decision.decidedAt)
                    }
                }
            }
        }
        return .json(writer.bytes)
    }

    private func decideFinding(_ call: Call) async throws -> Response {
        let id = (try call.id("id") as ID<StoredFinding>).rawValue
        let body = try await JSONBody.read(call.request)
        var fields = Fields(body.object)
        let verdict = fields.choice("verdict", FindingDecision.Verdict.self, needed: true)
        let reason = fields.text("reason", needed: true, atMost: 200)
        fields.finish()
        guard fields.findings.isEmpty, let verdict else { throw APIFault.invalid(fields.findings) }
        let (key, hash) = (try Precondition.idempotencyKey(call.request), body.requestHash(call.request))
        try await database.write(as: call.mandate(.maintenance)) { tx throws(MatchingFault) in
            do throws(RegistryFault) {
                if try await CommandLog.earlier(key: key, hash: hash, in: tx) != nil { return }
            } catch {
                throw MatchingFault.registry(error)
            }
            try await FindingList.decide(id, verdict, reason: reason, in: tx)
            do throws(RegistryFault) {
                try await CommandLog.note(
                    "finding.decide", outcome: ["main": .string(id.lowercased)], key: key, hash: hash, in: tx)
            } catch {
                throw MatchingFault.registry(error)
            }
        }
        return try await findingDetail(id, call)
    }
}

extension StoredFinding {
    /// Whom it is about.
    var subjects: [Subject] { people.map { Subject(.person, $0) } + households.map { Subject(.household, $0) } }
}
