import Audit
import Documents
import Foundation
import Groundwork
import Postgres
import Registry
import Rounds
import Rules
import Runtime
import Web

extension Desk {
    private static let code: Route.Parameter = .path("code", .text, "Code of the rule.")

    var ruleRoutes: [Route] {
        [
            .get(
                "/api/v1/rules", needs: .readTargeting, "List eligibility rules",
                operation: Operations.read(
                    "listRules", .targeting, answer: "Rules", note: "All versions, the newest first."),
                answered { call in try await listRules(nil, call) }),
            .get(
                "/api/v1/rules/{code}", needs: .readTargeting, "Read the versions of a rule",
                operation: Operations.read("readRule", .targeting, answer: "Rules", [Self.code]),
                answered { call in try await listRules(call.request.parameter("code"), call) }),
            .post(
                "/api/v1/rules/check", needs: .readTargeting, "Check a rule",
                operation: Operations.send(
                    "checkRule", .targeting, body: .json(.ref("RuleQuestion")), status: .ok, answer: "RuleFindings",
                    note: "Everything that is wrong, with line and column. Changes nothing."), answered(checkRule)),
            .post(
                "/api/v1/rules/preview", needs: .readTargeting, "Count whom a rule takes",
                operation: Operations.send(
                    "previewRule", .targeting, body: .json(.ref("RuleQuestion")), status: .ok, answer: "RulePreview",
                    note: "Over all active households, with the difference from the published version. Changes nothing."
                ),
                answered(previewRule)),
            .post(
                "/api/v1/rules", needs: .draftTargeting, "Draft a version of a rule",
                operation: Operations.send(
                    "draftRule", .targeting, body: .json(.ref("RuleDraft")), answer: "Rule",
                    note: "It is in force when somebody else has published it."), answered(draftRule)),
            .post(
                "/api/v1/rules/{code}/publication", needs: .signTargeting, "Publish a version of a rule",
                operation: Operations.send(
                    "publishRule", .targeting, body: .json(.ref("RulePublication")), status: .ok, answer: "Rule",
                    [Self.code],
                    note: """
                        Statement and reference interpreter run on sampled households first and must agree. Its author is refused.
                        """), answered(publishRule)),
        ]
    }

    private func book() throws(APIFault) -> RuleBook {
        guard let rounds else { throw .roundsOff }
        return rounds.book
    }

    private func listRules(_ code: String?, _ call: Call) async throws -> Response {
        var query = QueryReader(call.request)
        try query.finish()
        let book = try book()
        let rules = try await reading(call) { tx in try await book.list(code: code, in: tx) }
        if code != nil, rules.isEmpty { throw RoundsFault.ruleNotFound }
        return .json(JSON.object(["rules": .array(rules.map { .object(RoundAnswer.rule($0)) })]))
    }

    private struct Question {
        var text: String
        var code: String?
        var area: Area?
    }

    private func question(_ call: Call) async throws -> Question {
        let body = try await JSONBody.read(call.request)
        var fields = Fields(body.object)
        let text = fields.prose("rule", needed: true, atMost: RuleLimits.length)
        let code = fields.text("code", atMost: 40)
        var area: Area?
        if let reference = fields.text("area", atMost: 80) {
            area = context.areas.index.area(reference)
            if area == nil { fields.note("area", "area.unknown", "No area has this code; see /api/v1/areas.") }
        }
        fields.finish()
        guard fields.findings.isEmpty, let text else { throw APIFault.invalid(fields.findings) }
        return Question(text: text, code: code, area: area)
    }

    private func checkRule(_ call: Call) async throws -> Response {
        let (book, question) = (try book(), try await question(call))
        let findings = try await reading(call) { tx in try await book.findings(question.text, in: tx) }
        return .json(
            JSON.object([
                "valid": .bool(!findings.contains { $0.severity == .blocking }),
                "findings": .array(findings.map(RoundAnswer.finding)),
            ]))
    }

    private func previewRule(_ call: Call) async throws -> Response {
        let (book, question) = (try book(), try await question(call))
        let preview = try await reading(call) { tx in
            try await book.preview(question.text, code: question.code, area: question.area, in: tx)
        }
        return .json(JSON.object(RoundAnswer.preview(preview)))
    }

    private func draftRule(_ call: Call) async throws -> Response {
        let book = try book()
        let body = try await JSONBody.read(call.request)
        var fields = Fields(body.object)
        let code = fields.text("code", needed: true, atMost: 40)
        let title = fields.text("title", needed: true, atMost: 120)
        let text = fields.prose("rule", needed: true, atMost: RuleLimits.length)
        fields.finish()
        guard fields.findings.isEmpty, let code, let title, let text else { throw APIFault.invalid(fields.findings) }
        let id = try await acting("rule.draft", body.requestHash(call.request), call) { _, tx in
            try await book.draft(code: code, title: title, text: text, in: tx).id
        }
        let rule = try await reading(call) { tx in try await book.find(id, in: tx) }
        var response = Response.json(JSON.object(RoundAnswer.rule(rule)), status: .created)
        response.headers["Location"] = "/api/v1/rules/\(rule.code)"
        return response
    }

    private func publishRule(_ call: Call) async throws -> Response {
        let book = try book()
        let code = call.request.parameter("code")
        let body = try await JSONBody.read(call.request)
        var fields = Fields(body.object)
        let version = fields.int("version", in: 1...1_000_000)
        fields.finish()
        guard fields.findings.isEmpty else { throw APIFault.invalid(fields.findings) }
        // Another sample for every version and hour, the same for a repeated attempt.
        let seed = Int(clock.now.timeIntervalSince1970 / 3600)
        let id = try await acting("rule.publish", body.requestHash(call.request), call) { command, tx in
            try await book.publish(code: code, version: version, seed: seed, command: command, in: tx).id
        }
        let rule = try await reading(call) { tx in try await book.find(id, in: tx) }
        return .json(JSON.object(RoundAnswer.rule(rule)))
    }

    // MARK: Commands that state nothing about a subject

    /// Runs the work in a transaction of its own, once under the caller's idempotency key, and notes the command.
    ///
    /// - Returns: the id that the work gave, now or when it was asked for first.
    func acting(
        _ kind: String, _ hash: [UInt8], _ call: Call,
        _ work: (CommandID, borrowing Transaction) async throws -> UUID
    ) async throws -> UUID {
        let key = try Precondition.idempotencyKey(call.request)
        do {
            return try await database.write(as: call.mandate(.operation)) {
                (tx: borrowing Transaction) async throws -> UUID in
                if let earlier = try await CommandLog.earlier(key: key, hash: hash, in: tx) {
                    guard let id = earlier["main"]?.string.flatMap({ UUID(uuidString: $0) }) else {
                        throw RegistryFault.idempotencyMismatch
                    }
                    return id
                }
                let command = CommandID()
                call.disclosed.note(command: command, purpose: .operation)
                let id = try await work(command, tx)
                try await CommandLog.note(
                    kind, id: command, outcome: ["main": .string(id.lowercased)], key: key, hash: hash, in: tx)
                return id
            }
        } catch let fault as RuleFault {
            throw RoundsFault.rule(fault)
        }
    }
}

extension Fields {
    /// A text of several lines; tabs and line ends may stand in it, other control characters may not.
    mutating func prose(_ name: String, needed: Bool, atMost limit: Int) -> String? {
        guard let value = present(name, needed: needed) else { return nil }
        guard let text = value.string else {
            note(name, "type.text", "A text is expected.")
            return nil
        }
        guard text.count <= limit else {
            note(name, "text.too_long", "The text is longer than \(limit) characters; shorten it.")
            return nil
        }
        guard !text.unicodeScalars.contains(where: { $0.value < 0x20 && ![0x09, 0x0A, 0x0D].contains($0.value) }) else {
            note(name, "text.control", "The text holds a control character; remove it.")
            return nil
        }
        return text
    }
}
