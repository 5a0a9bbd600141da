import Access
import Audit
import Documents
import Gates
import Groundwork
import RegistryAPI
import Runtime
import Web

extension Command {
    static let search: Command = Command(
        "search", "finds people or households",
        forms: ["identifier TYPE:VALUE", "name WORDS…", "--filter JSON"], words: 0...20,
        explanation: """
            Asks the same question as the native API, in the name of an actor, and masks identifiers unless that actor may see
            them. Names are found in any order, without regard to accents and spelling. A filter is the JSON of
            POST /api/v1/search, e.g. {"attribute": "age", "op": "ge", "value": 60}.
            """,
        options: [
            Option("area", "CODE", "only in this area and below it"),
            Option("filter", "JSON", "a filter tree, alone or beside the others"),
            Option("households", nil, "households instead of people"),
            Option("limit", "N", "at most so many, 1 to 500 (20)"),
            Option("count", nil, "only how many there are"),
            Option("as", "NAME", "the actor in whose name, who needs the scope search.read (clerk)"),
        ],
        settings: ["database.url", "data", "profile", "key.file"],
        examples: [
            Example("kith search name Ndayishimiye Jean --area BI01", "whoever is called like that, there"),
            Example("kith search identifier NID:1234567890 --json", "by number, for programs"),
            Example(
                "kith search --filter '{\"attribute\": \"size\", \"op\": \"ge\", \"value\": 8}' --households",
                "large ones"),
        ],
        exits: [.refused, .unavailable, .file, .tryAgain],
        run: { invocation in
            let question = try Question(invocation)
            let actor = invocation.option("as") ?? "clerk"
            let ground = try Ground(invocation)
            return try await Store.withHouse(ground, purpose: "kith search") { house in
                let principal = try await house.principal(actor, needs: "search.read")
                let door = try Doors.api(house) { _ in principal }
                let gate = AuditGate(house.audit, clock: house.clock)
                return try await question.ask(door, as: principal, gate, invocation.console)
            } ?? .tryAgain
        })
}

/// What `kith search` asks, as the body of `POST /api/v1/search`.
private struct Question: Sendable {
    let body: JSON
    let isCount: Bool

    init(_ invocation: Invocation) throws {
        var conditions: [JSON] = []
        switch (invocation.words.first, invocation.words.dropFirst().joined(separator: " ")) {
        case (nil, _): break
        case ("identifier", let text) where !text.isEmpty:
            let parts = text.split(separator: ":", maxSplits: 1).map { JSON.string(String($0)) }
            conditions.append([
                "identifier": parts.count == 2 ? ["type": parts[0], "value": parts[1]] : ["value": parts[0]]
            ])
        case ("name", let text) where !text.isEmpty: conditions.append(["name": .string(text)])
        default: throw RoofFault.usage("Say identifier TYPE:VALUE, name WORDS, or --filter JSON.")
        }
        if let area = invocation.option("area") { conditions.append(["area": .string(area)]) }
        if let text = invocation.option("filter") {
            do {
                conditions.append(try JSON.parse(text))
            } catch {
                throw RoofFault.usage("--filter is not JSON: \(error.summary)")
            }
        }
        guard !conditions.isEmpty else {
            throw RoofFault.usage("Say what to look for: identifier TYPE:VALUE, name WORDS, --area or --filter.")
        }
        isCount = invocation.has("count")
        let limit = isCount ? 0 : try invocation.integer("limit", in: 1...500) ?? 20
        body = [
            "subject": .string(invocation.has("households") ? "households" : "people"),
            "filter": conditions.count == 1 ? conditions[0] : ["and": .array(conditions)],
            "limit": .number(JSONNumber(limit)),
        ]
    }

    /// What is told here is put on record like what leaves by the network.
    func ask(
        _ door: RegistryDoor, as principal: Principal, _ gate: AuditGate, _ console: Console
    ) async throws -> ExitCode {
        var request = Request(
            .post, "/api/v1/search", headers: ["Content-Type": "application/json"],
            body: RequestBody(body.serialized()))
        request.principal = principal
        let response = await Site(routes: door.routes, middleware: [gate.middleware]).respond(to: request)
        let answer = try JSON.parse(try await response.bytes())
        guard response.status.isSuccess else { throw Refused(answer) }
        let records = (answer["people"] ?? answer["households"])?.array ?? []
        console.result(
            isCount ? answer["total"]?.int.map(Grouped.number) ?? "" : Self.table(records), answer.object ?? [:])
        return isCount || !records.isEmpty ? .ok : .refused
    }

    private static func table(_ records: [JSON]) -> String {
        guard !records.isEmpty else { return "nobody found" }
        return records.map { record in
            let values = record["attributes"]
            let names = ["given_name", "further_names", "family_name"].compactMap { values?[$0]?.string }
            let who =
                record["size"]?.int.map { Grouped.count($0, "member") }
                ?? [names.joined(separator: " "), values?["sex"]?.string, values?["birth_date"]?["date"]?.string]
                .compactMap(\.self).joined(separator: ", ")
            let place = record["area"]?["name"]?.string ?? "no area"
            let numbers = (record["identifiers"]?.array ?? []).compactMap { item in
                item["type"]?.string.map { "\($0) …\(item["last4"]?.string ?? "")" }
            }
            return ([record["social_id"]?.string ?? "", who, place] + numbers).joined(separator: "  ")
        }.joined(separator: "\n")
    }
}

/// A refusal of the native API, told on the command line.
private struct Refused: Fault {
    let code: String
    let summary: String
    let kind: FaultKind

    init(_ problem: JSON) {
        code = problem["code"]?.string ?? "kith.search.refused"
        summary = problem["detail"]?.string ?? problem["title"]?.string ?? "The search was refused."
        kind = .invalid(
            (problem["errors"]?.array ?? []).map { entry in
                Finding(
                    FieldPath((entry["pointer"]?.string ?? "").split(separator: "/").map(String.init)),
                    code: entry["code"]?.string ?? "", entry["detail"]?.string ?? "")
            })
    }
}
