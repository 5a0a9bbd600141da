import Audit
import Documents
import Foundation
import Groundwork
import Postgres
import Quality
import Registry
import Runtime
import Search
import Web

extension Desk {
    private static let correctionID: Route.Parameter = .uuid("id", "UUID of the correction, which is its proposal's.")
    private var corrections: Corrections {
        Corrections(database: database, registrar: registrar, today: { clock.today })
    }

    var correctionRoutes: [Route] {
        [
            .post(
                "/api/v1/corrections", needs: .propose, "Propose a correction of many records",
                operation: Route.Operation(
                    id: "proposeCorrection", tags: [Tag.quality.rawValue],
                    description: """
                        Whoever fits the filter and has a value that would change becomes an item of one proposal, with the \
                        version at hand. With `dry_run` they are only counted. Needs the scope search.read too.
                        """,
                    parameters: [Operations.idempotencyKey], body: .json(.ref("CorrectionDraft")),
                    responses: [
                        Route.Answer(
                            .created, "Proposed.", .json(.ref("Correction")),
                            headers: [("Location", "Where it can be read.")]),
                        Route.Answer(.ok, "Counted.", .json(.ref("CorrectionCount"))),
                    ]), answered(proposeCorrection)),
            .get(
                "/api/v1/corrections/{id}", needs: .readProposals, "Read how a correction stands",
                operation: Operations.read("readCorrection", .quality, answer: "Correction", [Self.correctionID]),
                answered { call in try await correction(try call.id("id"), call) }),
            .get(
                "/api/v1/corrections/{id}/items", needs: .readProposals, "List the records of a correction",
                operation: Operations.read(
                    "listCorrectionItems", .quality, answer: "CorrectionItems",
                    [
                        Self.correctionID,
                        .query(
                            "state", .choice(ProposalItem.State.allCases.map(\.rawValue)), "Only items in this state."),
                        Operations.limit(1000, standard: 100),
                        .query(
                            "after", .integer(minimum: 0, maximum: nil), "Number of the last item of the page before."),
                    ]), answered(listItems)),
            .post(
                "/api/v1/corrections/{id}/decisions", needs: .decide, "Approve or reject a correction",
                operation: Operations.send(
                    "decideCorrection", .quality, body: .json(.ref("CorrectionDecision")), status: .ok,
                    answer: "Correction", [Self.correctionID],
                    note: """
                        Single items can be left out by their numbers. With the last approval the others are carried out, \
                        some hundred in one command each, in the background.
                        """), answered(decideCorrection)),
            .post(
                "/api/v1/corrections/{id}/undo", needs: .decide, "Undo a correction",
                operation: Operations.send(
                    "undoCorrection", .quality, body: .json(.ref("Nothing")), status: .accepted, answer: "Correction",
                    [Self.correctionID],
                    note: """
                        Done in the background, command by command, the last first; one with a record that was changed \
                        later is kept. How it stands is told by the correction: `undoing`, then `undone` or \
                        `partly_undone`.
                        """),
                answered(undoCorrection)),
        ]
    }

    private func proposeCorrection(_ call: Call) async throws -> Response {
        try call.require("search.read")
        let body = try await JSONBody.read(call.request)
        var fields = Fields(body.object)
        let isDryRun = fields.bool("dry_run") ?? false
        let draft = CorrectionForm(context: context, today: today).read(&fields, needsReason: !isDryRun)
        fields.finish()
        guard fields.findings.isEmpty, let draft else { throw APIFault.invalid(fields.findings) }
        let checked = try corrections.checked(draft)
        if isDryRun {
            let count = try await corrections.count(checked, as: call.mandate(.maintenance))
            call.disclosed.noteNobody()
            return .json(
                JSON.object(["fits": .number(count.fits), "changes": .number(count.changes)]))
        }
        let id = try await notedOnce("correction.propose", body, call) { tx in
            try await corrections.propose(checked, in: tx).rawValue
        }
        var response = try await correction(ID(id), call)
        response.status = .created
        response.headers["Location"] = "/api/v1/corrections/\(id.lowercased)"
        return response
    }

    private func correction(_ id: ID<Proposal>, _ call: Call) async throws -> Response {
        var query = QueryReader(call.request)
        try query.finish()
        let sight = try await corrections.sight(id, as: call.mandate(.operation))
        let decisions = try await reading(call, .operation) { tx in try await ProposalDecision.list(on: id, in: tx) }
        // Rule and counts; the records are told by the list of items.
        call.disclosed.noteNobody()
        return .json(JSON.object(CorrectionAnswer.object(sight, decisions)))
    }

    private func listItems(_ call: Call) async throws -> Response {
        let id: ID<Proposal> = try call.id("id")
        var query = QueryReader(call.request)
        let state = query.choice("state", ProposalItem.State.self)
        let limit = query.int("limit", in: 1...1000) ?? 100
        let after = query.int("after", in: 0...Int(Int32.max)) ?? 0
        try query.finish()
        _ = try await corrections.sight(id, as: call.mandate(.operation))
        let items = try await corrections.items(
            of: id, state: state, after: after, limit: limit, as: call.mandate(.operation))
        call.disclosed.note(items.map(\.subject), fields: ["correction"])
        return .json(
            JSON.object([
                "items": .array(items.map(CorrectionAnswer.item)),
                "next": items.count == limit ? items.last.map { .number($0.number) } ?? .null : .null,
            ]))
    }

    private func decideCorrection(_ call: Call) async throws -> Response {
        enum Verdict: String, CaseIterable { case approve, reject }
        let id: ID<Proposal> = try call.id("id")
        let body = try await JSONBody.read(call.request)
        var fields = Fields(body.object)
        let verdict = fields.choice("decision", Verdict.self, needed: true)
        let reason = fields.text("reason", atMost: 200)
        let numbers = (fields.array("leave_out", atMost: 1000) ?? []).map { $0.int ?? 0 }
        if numbers.contains(where: { $0 < 1 }) {
            fields.note("leave_out", "type.integer", "Numbers of items are expected.")
        }
        if verdict == .reject, reason == nil, !fields.has("reason") {
            fields.note("reason", "member.missing", "Say why the correction is rejected.")
        }
        fields.finish()
        guard fields.findings.isEmpty, let verdict else { throw APIFault.invalid(fields.findings) }
        _ = try await corrections.sight(id, as: call.mandate(.operation))
        let proposals = Proposals(registrar: registrar)
        _ = try await notedOnce("correction.decide", body, call) { tx in
            if !numbers.isEmpty { _ = try await proposals.leaveOut(numbers, of: id, in: tx) }
            _ = try await proposals.decide(id, approve: verdict == .approve, reason: reason, in: tx)
            return id.rawValue
        }
        return try await correction(id, call)
    }

    private func undoCorrection(_ call: Call) async throws -> Response {
        let id: ID<Proposal> = try call.id("id")
        let body = try await JSONBody.read(call.request)
        var fields = Fields(body.object)
        fields.finish()
        guard fields.findings.isEmpty else { throw APIFault.invalid(fields.findings) }
        _ = try await notedOnce("correction.undo", body, call) { tx in
            try await corrections.askUndo(id, in: tx)
            return id.rawValue
        }
        var response = try await correction(id, call)
        response.status = .accepted
        return response
    }
}

/// Reads what a correction is to do.
struct CorrectionForm {
    private enum Subject: String, CaseIterable { case people, households }

    let context: RegistryContext
    let today: CalendarDate

    func read(_ fields: inout Fields, needsReason: Bool) -> CorrectionDraft? {
        let subject = fields.choice("subject", Subject.self, needed: true)
        let document = fields.present("filter", needed: true)
        let attribute = fields.text("attribute", needed: true, atMost: 80)
        let change = change(&fields)
        let observedOn = fields.date("observed_on") ?? today
        let assurance = fields.choice("assurance", Assurance.self) ?? .declared
        let reason = fields.text("reason", needed: needsReason, atMost: 80)
        let evidence = fields.open("evidence").map { JSON.object($0) }
        guard let subject, let document else { return nil }
        let kind: SubjectKind = subject == .people ? .person : .household
        var findings: [Finding] = []
        let filter = FilterLanguage.read(document, of: kind, context: context, findings: &findings)
        fields.add(findings)
        guard let filter, let attribute, let change else { return nil }
        return CorrectionDraft(
            subject: kind, filter: filter, filterDocument: document, attribute: attribute, change: change,
            observedOn: observedOn, assurance: assurance, reason: reason ?? "", evidence: evidence)
    }

    private func change(_ fields: inout Fields) -> CorrectionDraft.Change? {
        let value = fields.member("set")
        let pairs = fields.list("replace", atMost: 200) { item -> (from: JSON, to: JSON)? in
            let (from, to) = (item.member("from"), item.member("to"))
            if from == nil { item.note("from", "member.missing", "Say which value is replaced; null for none.") }
            if to == nil { item.note("to", "member.missing", "Say by what it is replaced; null clears it.") }
            return from.flatMap { from in to.map { (from: from, to: $0) } }
        }
        switch (value, pairs) {
        case (let value?, nil): return .set(value)
        case (nil, let pairs?) where !pairs.isEmpty: return .replace(pairs)
        default:
            fields.note(
                "set", "correction.change", "Give either set, a value for all, or replace, a list of from and to.")
            return nil
        }
    }
}

/// Corrections as answered.
enum CorrectionAnswer {
    static func object(_ sight: CorrectionSight, _ decisions: [ProposalDecision]) -> JSONObject {
        let proposal = sight.proposal
        var counts: JSONObject = [:]
        for state in ProposalItem.State.allCases { counts[state.rawValue] = .number(sight.counts[state, default: 0]) }
        return [
            "id": .string(proposal.id.description), "state": .string(sight.state),
            "subject": proposal.command["subject"] ?? .null, "filter": proposal.command["filter"] ?? .null,
            "attribute": proposal.command["attribute"] ?? .null, "set": proposal.command["set"] ?? .null,
            "replace": proposal.command["replace"] ?? .null, "counts": .object(counts),
            "observed_on": proposal.terms["observed_on"] ?? .null, "reason": .string(proposal.reason),
            "evidence": proposal.evidence ?? .null, "approvals_needed": .number(proposal.approvalsNeeded),
            "approvals": .number(proposal.approvals), "proposed_by": .string(proposal.proposedBy.description),
            "proposed_at": .instant(proposal.proposedAt),
            "undo": undo(sight.undo),
            "decisions": .array(
                decisions.map { decision in
                    [
                        "actor": .string(decision.actor.description),
                        "decision": .string(decision.isApproval ? "approve" : "reject"),
                        "reason": decision.reason.map { .string($0) } ?? .null,
                        "decided_at": .instant(decision.decidedAt),
                    ]
                }),
        ]
    }

    private static func undo(_ undo: ProposalUndo?) -> JSON {
        guard let undo else { return .null }
        return [
            "asked_by": .string(undo.askedBy.description), "asked_at": .instant(undo.askedAt),
            "done_at": undo.doneAt.map { .instant($0) } ?? .null, "records_kept": .number(undo.kept),
        ]
    }

    static func item(_ item: ProposalItem) -> JSON {
        [
            "number": .number(item.number), "kind": .string(item.subject.kind.rawValue),
            "id": .string(item.subject.id.lowercased), "version": .number(item.baseVersion),
            "state": .string(item.state.rawValue),
            "command": item.command.map { .string($0.description) } ?? .null,
            "reason": item.reason.map { .string($0) } ?? .null,
        ]
    }
}
