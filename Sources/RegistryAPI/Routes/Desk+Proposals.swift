import Audit
import Documents
import Groundwork
import Postgres
import Registry
import Web

extension Desk {
    private var proposals: Proposals { Proposals(registrar: registrar) }
    private static let id: Route.Parameter = .uuid("id", "UUID of the proposal.")

    var proposalRoutes: [Route] {
        [
            .post(
                "/api/v1/proposals", needs: .propose, "Propose a command",
                operation: Operations.send(
                    "propose", .proposals, body: .json(.ref("ProposalDraft")), answer: "Proposal",
                    note: "Any command, carried out once, in the transaction of its last approval."),
                answered(propose)),
            .get(
                "/api/v1/proposals", needs: .readProposals, "List open proposals",
                operation: Operations.read(
                    "listProposals", .proposals, answer: "ProposalPage",
                    [Operations.limit(200, standard: 50), Operations.after], note: "Oldest first."),
                answered(listProposals)),
            .get(
                "/api/v1/proposals/{id}", needs: .readProposals, "Read a proposal with its decisions",
                operation: Operations.read("readProposal", .proposals, answer: "Proposal", [Self.id]),
                answered { call in try await proposal(try call.id("id"), call) }),
            .post(
                "/api/v1/proposals/{id}/decisions", needs: .decide, "Approve or reject a proposal",
                operation: Operations.send(
                    "decideProposal", .proposals, body: .json(.ref("Decision")), status: .ok, answer: "Proposal",
                    [Self.id],
                    note: "Nobody decides on a proposal of his own. With the last approval the command is carried out."),
                answered(decide)),
            .post(
                "/api/v1/proposals/{id}/withdraw", needs: .propose, "Withdraw a proposal",
                operation: Operations.send(
                    "withdrawProposal", .proposals, body: .json(.ref("Nothing")), status: .ok, answer: "Proposal",
                    [Self.id], note: "Only whoever proposed it can take it back."),
                answered(withdraw)),
        ]
    }

    private func propose(_ call: Call) async throws -> Response {
        let body = try await JSONBody.read(call.request)
        var fields = Fields(body.object)
        let stated = TermsForm(&fields, today: today)
        let command = fields.nested("command", needed: true) { document -> Command? in
            guard let kind = document.choice("kind", CommandKind.self, needed: true) else { return nil }
            return CommandForm().read(kind, &document)
        }
        let reason = fields.text("reason", needed: true, atMost: 80)
        let evidence = fields.open("evidence").map { JSON.object($0) }
        let others = fields.ids("not_duplicates", atMost: 4000) as [ID<Person>]?
        if !stated.expected.isEmpty {
            fields.note("versions", "member.not_here", "A proposal rests on the version at hand when it is made.")
        }
        fields.finish()
        guard fields.findings.isEmpty, let command, let reason else { throw APIFault.invalid(fields.findings) }
        let (key, hash) = (try Precondition.idempotencyKey(call.request), body.requestHash(call.request))
        let id = try await noted("proposal.open", key, hash, call) { tx throws(RegistryFault) in
            try await proposals.propose(
                command, observedOn: stated.observedOn, assurance: stated.assurance, reason: reason,
                evidence: evidence, others: Set((others ?? []).map(\.rawValue)), in: tx)
        }
        var response = try await proposal(id, call)
        response.status = .created
        response.headers["Location"] = "/api/v1/proposals/\(id)"
        return response
    }

    private func decide(_ call: Call) async throws -> Response {
        let id: ID<Proposal> = try call.id("id")
        let body = try await JSONBody.read(call.request)
        var fields = Fields(body.object)
        let decision = fields.choice("decision", Verdict.self, needed: true)
        let reason = fields.text("reason", atMost: 200)
        let others = fields.ids("not_duplicates", atMost: 4000) as [ID<Person>]?
        if decision == .reject, reason == nil, !fields.has("reason") {
            fields.note("reason", "member.missing", "Say why the proposal is rejected.")
        }
        fields.finish()
        guard fields.findings.isEmpty, let decision else { throw APIFault.invalid(fields.findings) }
        let (key, hash) = (try Precondition.idempotencyKey(call.request), body.requestHash(call.request))
        _ = try await noted("proposal.decide", key, hash, call) { tx throws(RegistryFault) in
            _ = try await proposals.decide(
                id, approve: decision == .approve, reason: reason, others: Set((others ?? []).map(\.rawValue)), in: tx)
            return id
        }
        return try await proposal(id, call)
    }

    private enum Verdict: String, CaseIterable { case approve, reject }

    private func withdraw(_ call: Call) async throws -> Response {
        let id: ID<Proposal> = try call.id("id")
        let body = try await JSONBody.read(call.request)
        var fields = Fields(body.object)
        fields.finish()
        guard fields.findings.isEmpty else { throw APIFault.invalid(fields.findings) }
        let (key, hash) = (try Precondition.idempotencyKey(call.request), body.requestHash(call.request))
        _ = try await noted("proposal.withdraw", key, hash, call) { tx throws(RegistryFault) in
            try await proposals.withdraw(id, in: tx)
            return id
        }
        return try await proposal(id, call)
    }

    /// Does something about a proposal once for each idempotency key.
    private func noted(
        _ kind: String, _ key: String?, _ hash: [UInt8], _ call: Call,
        _ work: (borrowing Transaction) async throws(RegistryFault) -> ID<Proposal>
    ) async throws(RegistryFault) -> ID<Proposal> {
        try await database.write(as: call.mandate(.maintenance)) { tx throws(RegistryFault) in
            if let earlier = try await CommandLog.earlier(key: key, hash: hash, in: tx) {
                guard let id = earlier["main"]?.string.flatMap({ ID<Proposal>($0) }) else {
                    throw .idempotencyMismatch
                }
                return id
            }
            let id = try await work(tx)
            try await CommandLog.note(kind, outcome: ["main": .string(id.description)], key: key, hash: hash, in: tx)
            return id
        }
    }

    private func proposal(_ id: ID<Proposal>, _ call: Call) async throws -> Response {
        var query = QueryReader(call.request)
        try query.finish()
        var writer = JSONWriter(capacity: 2048)
        let (found, decisions) = try await reading(call) { tx in
            (try await proposals.find(id, in: tx), try await ProposalDecision.list(on: id, in: tx))
        }
        call.disclosed.note(found.subject.map { [$0] } ?? [], fields: ["proposal"])
        let style = AnswerStyle(call)
        ProposalAnswer.write(found, decisions, to: &writer, style)
        return .json(writer.bytes)
    }

    private func listProposals(_ call: Call) async throws -> Response {
        var query = QueryReader(call.request)
        let limit = query.int("limit", in: 1...200) ?? 50
        var after: ID<Proposal>?
        if let text = query.text("after") {
            after = ID(text)
            if after == nil { query.refuse("after", "cursor.invalid", "The cursor is the `next` of the page before.") }
        }
        let start = after
        try query.finish()
        let found = try await reading(call) { tx in
            try await proposals.open(after: start, limit: limit, in: tx)
        }
        call.disclosed.note(found.compactMap(\.subject), fields: ["proposal"])
        let style = AnswerStyle(call)
        var writer = JSONWriter(capacity: 1024 * (1 + found.count))
        writer.object { writer in
            writer.key("proposals")
            writer.array { writer in
                for proposal in found { ProposalAnswer.write(proposal, nil, to: &writer, style) }
            }
            writer.member("next", found.count == limit ? found.last?.id.description : nil)
        }
        return .json(writer.bytes)
    }
}
