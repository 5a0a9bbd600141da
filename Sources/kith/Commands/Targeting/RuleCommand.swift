import Documents
import Groundwork
import Runtime

extension Command {
    static let rule: Command = Command(
        "rule", "checks, previews, stores and publishes eligibility rules",
        forms: ["check", "preview [CODE]", "draft CODE --title TEXT", "publish CODE", "list [CODE]"], words: 1...2,
        explanation: """
            A rule is an expression over one household and its members (docs/pmt.md, “Who is eligible”). `check` tells what is wrong
            with it, by line and column. `preview` counts how many households it takes, and with a code the difference from the
            published version. `draft` stores another version; `publish` puts it in force, in the name of somebody else than its
            author, after the statement and the reference interpreter agreed on a sample.
            """,
        options: [
            Option("rule", "TEXT", "the expression"),
            Option("file", "FILE", "a file with the expression"),
            Option("title", "TEXT", "draft: title for people"),
            Option("area", "CODE", "preview: only in this area and below it"),
            Option("version", "N", "publish: this version (the newest)"),
            Option("as", "NAME", "the actor in whose name (clerk)"),
        ],
        settings: ["database.url", "data", "profile"],
        examples: [
            Example("kith rule check --rule 'size >= 5 && members.exists(m, m.age < 5)'", "what is wrong with it"),
            Example("kith rule preview large --file large.rule", "whom it takes, against the version in force"),
            Example("kith rule publish large --as signer-1", "puts the newest draft in force"),
        ],
        exits: [.refused, .unavailable, .file, .tryAgain],
        run: { invocation in
            let call = try RuleCall(invocation)
            let actor = invocation.option("as") ?? "clerk"
            let console = invocation.console
            let ground = try Ground(invocation)
            return try await Store.withHouse(ground, purpose: "kith rule") { house in
                let client = try DoorClient(house, as: try await house.principal(actor, needs: "targeting.read"))
                return try await call.run(client, console)
            } ?? .tryAgain
        })
}

/// One call of `kith rule`.
private struct RuleCall: Sendable {
    let action: String
    let code: String?
    let text: String?
    let title: String?
    let area: String?
    let version: Int?

    init(_ invocation: Invocation) throws {
        (action, code) = (invocation.words[0], invocation.words.dropFirst().first)
        (title, area) = (invocation.option("title"), invocation.option("area"))
        version = try invocation.integer("version", in: 1...1_000_000)
        if let path = invocation.option("file") {
            guard let bytes = try Files.read(path) else {
                throw RoofFault.fileUnreadable(path, reason: "it is not there")
            }
            text = String(decoding: bytes, as: UTF8.self)
        } else {
            text = invocation.option("rule")
        }
        guard ["check", "preview", "draft", "publish", "list"].contains(action) else {
            throw RoofFault.usage("kith rule does check, preview, draft, publish and list, not “\(action)”.")
        }
        if ["draft", "publish"].contains(action), code == nil {
            throw RoofFault.usage("Say which rule: kith rule \(action) CODE.")
        }
        if action == "check" || action == "draft" || (action == "preview" && code == nil), text == nil {
            throw RoofFault.usage("Give the expression by --rule TEXT or --file FILE.")
        }
        if action == "draft", title == nil { throw RoofFault.usage("Give the rule a --title for people.") }
    }

    func run(_ client: DoorClient, _ console: Console) async throws -> ExitCode {
        switch action {
        case "check": return try await check(client, console)
        case "preview": try await preview(client, console)
        case "draft":
            let rule = try await client.post(
                "/api/v1/rules",
                ["code": .string(code ?? ""), "title": .string(title ?? ""), "rule": .string(text ?? "")])
            console.result(
                "\(Self.line(rule))\nIt is in force when somebody else has published it: kith rule publish \(code ?? "")",
                rule.object ?? [:])
        case "publish":
            var body: JSONObject = [:]
            if let version { body["version"] = .number(JSONNumber(version)) }
            let rule = try await client.post("/api/v1/rules/\(code ?? "")/publication", body)
            console.result(
                "\(Self.line(rule))\n\(Self.words(rule["preview"]))\nstatement and interpreter agreed on "
                    + Grouped.count(rule["sampled"]?.int ?? 0, "sampled household"), rule.object ?? [:])
        default:
            let rules = try await client.get("/api/v1/rules" + (code.map { "/" + $0 } ?? ""))
            let lines = (rules["rules"]?.array ?? []).map(Self.line)
            console.result(lines.isEmpty ? "no rules yet" : lines.joined(separator: "\n"), rules.object ?? [:])
        }
        return .ok
    }

    private func check(_ client: DoorClient, _ console: Console) async throws -> ExitCode {
        let answer = try await client.post("/api/v1/rules/check", ["rule": .string(text ?? "")])
        let lines = (answer["findings"]?.array ?? []).map { finding in
            "line \(finding["line"]?.int ?? 0), column \(finding["column"]?.int ?? 0): \(finding["summary"]?.string ?? "")"
        }
        let isValid = answer["valid"]?.bool == true
        console.result(
            (lines + [isValid ? "the rule is right" : "the rule is refused"]).joined(separator: "\n"),
            answer.object ?? [:])
        return isValid ? .ok : .refused
    }

    private func preview(_ client: DoorClient, _ console: Console) async throws {
        var body: JSONObject = [:]
        if let text {
            body["rule"] = .string(text)
        } else {
            body["rule"] = try await client.get("/api/v1/rules/\(code ?? "")")["rules"]?.array?.first?["rule"] ?? .null
        }
        if let code { body["code"] = .string(code) }
        if let area { body["area"] = .string(area) }
        let preview = try await client.post("/api/v1/rules/preview", body)
        console.result(Self.words(preview), preview.object ?? [:])
    }

    private static func words(_ preview: JSON?) -> String {
        let takes = Grouped.number(preview?["takes"]?.int ?? 0)
        var text = "takes \(takes) of \(Grouped.count(preview?["households"]?.int ?? 0, "household"))"
        if let gained = preview?["gained"]?.int, let lost = preview?["lost"]?.int {
            text += "; \(Grouped.number(gained)) more and \(Grouped.number(lost)) fewer than the version before"
        }
        return text
    }

    private static func line(_ rule: JSON) -> String {
        let takes = rule["preview"]?["takes"]?.int.map { ", took \(Grouped.count($0, "household"))" } ?? ""
        return "\(rule["code"]?.string ?? "") \(rule["version"]?.int ?? 0)  \(rule["state"]?.string ?? "")  "
            + "\(rule["title"]?.string ?? "")\(takes)"
    }
}
