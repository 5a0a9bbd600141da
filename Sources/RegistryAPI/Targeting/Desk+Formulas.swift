import Documents
import Foundation
import Groundwork
import Postgres
import Registry
import Scorecards
import Targeting
import Web

extension Desk {
    private static let which: [Route.Parameter] = [
        .path("code", .text, "Code of the formula."),
        .path("version", .integer(minimum: 1, maximum: 1_000_000), "Its version."),
    ]

    var formulaRoutes: [Route] {
        let one = "/api/v1/formulas/{code}/{version}"
        func step(
            _ path: String, _ scope: Scope, _ summary: String, _ id: String, body: String,
            _ work: @escaping @Sendable (Call) async throws -> Response, note: String? = nil
        ) -> Route {
            .post(
                "\(one)/\(path)", needs: scope, summary,
                operation: Operations.send(
                    id, .targeting, body: .json(.ref(body)), status: .ok, answer: "Formula", Self.which, note: note),
                answered(work))
        }
        return [
            .get(
                "/api/v1/formulas", needs: .readTargeting, "List the scoring formulas",
                operation: Operations.read("listFormulas", .targeting, answer: "FormulaList"), answered(listFormulas)),
            .post(
                "/api/v1/formulas", needs: .draftTargeting, "Bring a formula as a draft",
                operation: Operations.send(
                    "draftFormula", .targeting, body: .json(.ref("FormulaDocument")), answer: "Formula",
                    note: "The caller becomes its author, and will not sign. A draft of the same version is replaced."),
                answered(draftFormula)),
            .get(
                one, needs: .readTargeting, "Read a formula",
                operation: Operations.read("readFormula", .targeting, answer: "Formula", Self.which),
                answered { call in
                    let (code, version) = try Self.named(call)
                    return FormulaAnswer.response(
                        try await reading(call) { tx in try await formulas.find(code, version: version, in: tx) })
                }),
            step(
                "submission", .draftTargeting, "Submit a draft for signatures", "submitFormula",
                body: "FormulaSubmission",
                submitFormula,
                note:
                    "Checked against attributes, code lists, questionnaire and divisions; anything unknown refuses it."),
            step(
                "signatures", .signTargeting, "Sign or reject a submitted formula", "signFormula",
                body: "FormulaSignature",
                signFormula,
                note: """
                    Two others than the author sign. A rejection is final and needs a reason. With `about` retirement it is \
                    somebody else's wish to retire the formula that is signed, which retires it, or rejected.
                    """),
            .post(
                "\(one)/runs", needs: .draftTargeting, "Have the registry scored by a formula",
                operation: Operations.send(
                    "runFormula", .targeting, body: .json(.ref("ScoringScope")), status: .accepted,
                    answer: "ScoringRun",
                    Self.which, note: "Carried out in the background; ask for the run until its state is done."),
                answered(runFormula)),
            step(
                "activation", .draftTargeting, "Put a signed formula into force", "activateFormula",
                body: "FormulaActivation", activateFormula,
                note: "Needs two signatures, a run over the registry since it was submitted, and no run under way."),
            step(
                "retirement", .draftTargeting, "Ask that a formula leave force", "retireFormula",
                body: "FormulaRetirement",
                retireFormula, note: "It stays in force until somebody else signs the retirement."),
            .get(
                "/api/v1/scoring-runs/{run}", needs: .readTargeting, "Read how a scoring run stands",
                operation: Operations.read(
                    "readScoringRun", .targeting, answer: "ScoringRun",
                    [.path("run", .integer(minimum: 1, maximum: Int(Int32.max)), "Number of the run.")]),
                answered(readRun)),
        ]
    }

    private static func named(_ call: Call) throws -> (String, Int) {
        guard let version = Int(call.request.parameter("version")), version > 0 else {
            throw TargetingFault.formulaNotFound
        }
        return (call.request.parameter("code"), version)
    }

    private func listFormulas(_ call: Call) async throws -> Response {
        let all = try await reading(call) { tx in try await formulas.list(in: tx) }
        return .json(JSON.object(["formulas": .array(all.map { FormulaAnswer.json($0, isShort: true) })]).serialized())
    }

    private func draftFormula(_ call: Call) async throws -> Response {
        let body = try await JSONBody.read(call.request)
        let (code, version) = (body.object["code"]?.string ?? "", body.object["version"]?.int ?? 0)
        let made = try await formula(call, body, code, version) { tx throws(TargetingFault) in
            try await formulas.draft(.object(body.object), in: tx)
        }
        return FormulaAnswer.response(made, status: .created)
    }

    /// Changes the formula that the path names, and answers with what became of it.
    private func change(
        _ call: Call, _ body: JSONBody,
        _ work: (String, Int, borrowing Transaction) async throws(TargetingFault) -> StoredFormula
    ) async throws -> Response {
        let (code, version) = try Self.named(call)
        return FormulaAnswer.response(
            try await formula(call, body, code, version) { tx throws(TargetingFault) in
                try await work(code, version, tx)
            })
    }

    /// A repeat is answered with the formula as it stands.
    private func formula(
        _ call: Call, _ body: JSONBody, _ code: String, _ version: Int,
        _ work: (borrowing Transaction) async throws(TargetingFault) -> StoredFormula
    ) async throws -> StoredFormula {
        try await once(call, body) { tx, earlier throws(TargetingFault) in
            if earlier != nil { return (try await formulas.find(code, version: version, in: tx), [:]) }
            return (try await work(tx), ["formula": .string(code)])
        }
    }

    /// The same request under the same key is carried out once; of two at once the second gets the first one's answer.
    ///
    /// - Parameter work: given what an earlier request noted, or nil to do it now; what it returns beside the result is noted.
    private func once<Result>(
        _ call: Call, _ body: JSONBody,
        _ work: (borrowing Transaction, JSON?) async throws(TargetingFault) -> (Result, JSONObject)
    ) async throws -> Result {
        let (key, hash) = (try Precondition.idempotencyKey(call.request), body.requestHash(call.request))
        /// Nil when it was not done before and is not to be done now.
        func write(isRepeat: Bool) async throws(TargetingFault) -> Result? {
            try await database.write(as: call.mandate(.maintenance)) { tx throws(TargetingFault) in
                do {
                    if let earlier = try await CommandLog.earlier(key: key, hash: hash, in: tx) {
                        return try await work(tx, earlier).0
                    }
                    if isRepeat { return nil }
                    let (made, outcome) = try await work(tx, nil)
                    if key != nil {
                        try await CommandLog.note("formula.request", outcome: outcome, key: key, hash: hash, in: tx)
                    }
                    return made
                } catch {
                    throw TargetingFault(any: error)
                }
            }
        }
        do {
            if let made = try await write(isRepeat: false) { return made }
            throw TargetingFault.defect("a request without a result")
        } catch {
            // The other one may have come first meanwhile: then the key is taken, or what is asked for is done already.
            guard key != nil, let made = try await write(isRepeat: true) else { throw error }
            return made
        }
    }

    private func submitFormula(_ call: Call) async throws -> Response {
        let body = try await JSONBody.read(call.request)
        var fields = Fields(body.object)
        let binding = fields.present("binding", needed: true)
        fields.finish()
        guard fields.findings.isEmpty, let binding else { throw APIFault.invalid(fields.findings) }
        return try await change(call, body) { code, version, tx throws(TargetingFault) in
            try await formulas.submit(code, version: version, binding: binding, in: tx)
        }
    }

    private enum Signing: String, CaseIterable { case sign, reject }
    private enum Signed: String, CaseIterable { case formula, retirement }

    private func signFormula(_ call: Call) async throws -> Response {
        let body = try await JSONBody.read(call.request)
        var fields = Fields(body.object)
        let decision = fields.choice("decision", Signing.self, needed: true)
        let about = fields.choice("about", Signed.self) ?? .formula
        let reason = fields.text("reason", atMost: 500)
        fields.finish()
        guard fields.findings.isEmpty, let decision else { throw APIFault.invalid(fields.findings) }
        return try await change(call, body) { code, version, tx throws(TargetingFault) in
            switch about {
            case .formula:
                try await formulas.sign(code, version: version, approves: decision == .sign, reason: reason, in: tx)
            case .retirement:
                try await formulas.signRetirement(
                    code, version: version, approves: decision == .sign, reason: reason, in: tx)
            }
        }
    }

    private func activateFormula(_ call: Call) async throws -> Response {
        let body = try await JSONBody.read(call.request)
        var fields = Fields(body.object)
        let replaces = fields.bool("replace") ?? false
        fields.finish()
        guard fields.findings.isEmpty else { throw APIFault.invalid(fields.findings) }
        return try await change(call, body) { code, version, tx throws(TargetingFault) in
            try await formulas.activate(code, version: version, replaces: replaces, in: tx)
        }
    }

    private func retireFormula(_ call: Call) async throws -> Response {
        let body = try await JSONBody.read(call.request)
        var fields = Fields(body.object)
        let reason = fields.text("reason", atMost: 500)
        fields.finish()
        guard fields.findings.isEmpty else { throw APIFault.invalid(fields.findings) }
        return try await change(call, body) { code, version, tx throws(TargetingFault) in
            try await formulas.retire(code, version: version, reason: reason, in: tx)
        }
    }

    // MARK: Runs

    private func runFormula(_ call: Call) async throws -> Response {
        let (code, version) = try Self.named(call)
        let body = try await JSONBody.read(call.request)
        var fields = Fields(body.object)
        var scope = ScoreRun.Scope.registry
        if let name = fields.text("area", atMost: 80) {
            if let area = context.areas.index.area(name) {
                scope = .area(area)
            } else {
                fields.note("area", "area.unknown", "No area has this code; see /api/v1/areas.")
            }
        }
        let asOf = fields.date("as_of")
        fields.finish()
        guard fields.findings.isEmpty else { throw APIFault.invalid(fields.findings) }
        let (runs, whom) = (ScoreRun(database: database, formulas: formulas), scope)
        let run = try await once(call, body) { tx, earlier throws(TargetingFault) in
            if let run = earlier?["run"]?.int { return (Int64(run), [:]) }
            let run = try await runs.begin(code, version: version, whom, asOf: asOf, in: tx)
            return (run, ["run": .number(JSONNumber(Int(run)))])
        }
        return try await answer(run, call, status: .accepted)
    }

    private func readRun(_ call: Call) async throws -> Response {
        guard let run = Int64(call.request.parameter("run")) else { throw TargetingFault.runNotFound }
        return try await answer(run, call, status: .ok)
    }

    private func answer(_ run: Int64, _ call: Call, status: Status) async throws -> Response {
        let report = try await reading(call) { tx in try await ScoreRun.report(run, in: tx) }
        let json: JSON = [
            "run": .number(JSONNumber(Int(report.id))), "state": .string(report.state),
            "reason": report.reason.map { .string($0) } ?? .null,
            "as_of": .string(report.asOf.description), "scored": .number(JSONNumber(report.tally.scored)),
            "unscorable": .number(JSONNumber(report.tally.unscorable)), "moved": .number(JSONNumber(report.moved)),
            "tally": report.tally.json, "started_at": .instant(report.startedAt),
            "finished_at": report.finishedAt.map { .instant($0) } ?? .null,
        ]
        return .json(json.serialized(), status: status)
    }
}

/// How a formula is written.
enum FormulaAnswer {
    static func response(_ formula: StoredFormula, status: Status = .ok) -> Response {
        .json(json(formula).serialized(), status: status)
    }

    static func json(_ stored: StoredFormula, isShort: Bool = false) -> JSON {
        let formula = stored.formula
        func instant(_ date: Date?) -> JSON { date.map { .instant($0) } ?? .null }
        var object: JSONObject = [
            "code": .string(formula.code), "version": .number(JSONNumber(formula.version)),
            "sha256": .string(formula.sha256), "state": .string(stored.state.rawValue),
            "title": .object(JSONObject(formula.title.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })),
            "strata": .array(formula.selector == nil ? [] : formula.strata.map { .string($0.code) }),
            "valid_from": formula.validFrom.map { .string($0.description) } ?? .null,
            "valid_to": formula.validTo.map { .string($0.description) } ?? .null,
            "author": .string(stored.author.description), "drafted_at": instant(stored.draftedAt),
            "submitted_at": instant(stored.submittedAt), "activated_at": instant(stored.activatedAt),
            "ended_at": instant(stored.endedAt), "reason": stored.reason.map { .string($0) } ?? .null,
            "signatures": .array(
                stored.signatures.map { signature in
                    [
                        "actor": .string(signature.actor.description),
                        "name": signature.name.map { .string($0) } ?? .null, "decision": .string(signature.decision),
                        "reason": signature.reason.map { .string($0) } ?? .null, "at": .instant(signature.at),
                    ]
                }),
        ]
        object["retirement"] = stored.retirement.map(json) ?? .null
        guard !isShort else { return .object(object) }
        object["document"] = stored.document
        object["binding"] = stored.bindingDocument ?? .null
        object["checked"] = stored.checked ?? .null
        object["dry_run"] = stored.dryRun ?? .null
        return .object(object)
    }

    private static func json(_ wish: StoredFormula.Retirement) -> JSON {
        func text(_ value: String?) -> JSON { value.map { .string($0) } ?? .null }
        return [
            "asked_by": .string(wish.askedBy.description), "asked_by_name": text(wish.askedByName),
            "reason": .string(wish.reason), "asked_at": .instant(wish.askedAt), "decision": text(wish.decision),
            "decided_by": text(wish.decidedBy?.description), "decided_by_name": text(wish.decidedByName),
            "decided_at": wish.decidedAt.map { .instant($0) } ?? .null, "answer": text(wish.answer),
        ]
    }
}
