import Documents
import Groundwork
import Runtime
import Web

extension Command {
    static let round: Command = Command(
        "round", "chooses households for a programme: quotas, ranking, communities, appeals, candidates",
        forms: [
            "create CODE --title TEXT --programme CODE --formula CODE", "quotas CODE FILE", "collect CODE",
            "score CODE",
            "rank CODE", "lists CODE --out FOLDER", "decide CODE --area CODE --held-on DAY",
            "minutes CODE SESSION FILE", "publish CODE",
            "appeal CODE HOUSEHOLD GROUNDS", "ruling CODE HOUSEHOLD upheld|dismissed REASON", "promote CODE",
            "candidates CODE", "close CODE", "show CODE", "households CODE", "list",
        ], words: 1...5,
        explanation: """
            A round goes from draft to closed as the profile says (docs/targeting.md). `quotas` reads the places of each area from
            CSV; `collect` takes in the households that live there; `score` takes over their scores in force; `rank` ranks and cuts.
            `lists` prints a list for each area for its community, `decide` records what that decided, `publish` opens the window
            for appeals, `promote` fills free places in the order of the waiting list, `candidates` makes candidates for enrolment.
            Households are named by social id. Publishing and rulings are for somebody else than who ranked or recorded.
            """,
        options: [
            Option("title", "TEXT", "create: title, printed on the lists"),
            Option("programme", "CODE", "create: the programme"),
            Option("formula", "CODE", "create: the formula whose scores rank"),
            Option("rule", "CODE", "create: the published rule that households must fit"),
            Option("cut-off", "SCORE", "create: the last score that can be chosen"),
            Option("parts", "FILE", "create: parts of every quota, JSON: [{\"group\", \"percent\", \"rule\"}]"),
            Option("out", "PATH", "lists: the folder; candidates and households: a CSV file (standard output)"),
            Option("area", "CODE", "lists, decide, promote, households: this area"),
            Option("language", "CODE", "lists: language (the profile's)"),
            Option("held-on", "DAY", "decide: the day of the session"),
            Option("attendance", "N", "decide: how many came"),
            Option("decisions", "FILE", "decide: CSV with household, decision (validated or objected) and reason"),
            Option("others-validated", nil, "decide: everybody else on the list counts as validated"),
            Option("minutes", "FILE", "decide: the minutes, PDF or image"),
            Option("appeal-days", "N", "publish: days in which appeals are lodged (the profile's)"),
            Option("at-most", "N", "promote: so many in each area"),
            Option("state", "STATE", "households: only those in this state"),
            Option("areas", nil, "show: area by area"),
            Option("as", "NAME", "the actor in whose name (clerk)"),
        ],
        settings: ["database.url", "data", "profile", "key.file", "print.font"],
        examples: [
            Example("kith round quotas r1 quotas.csv", "unknown areas are refused by line, with near ones"),
            Example("kith round lists r1 --out lists", "a PDF for each area"),
            Example("kith round publish r1 --as signer-1", "by somebody else than who ranked"),
        ],
        exits: [.refused, .unavailable, .file, .tryAgain],
        run: { invocation in
            let call = try RoundCall(invocation)
            let actor = invocation.option("as") ?? "clerk"
            let ground = try Ground(invocation)
            return try await Store.withHouse(ground, purpose: "kith round") { house in
                let client = try DoorClient(house, as: try await house.principal(actor, needs: "targeting.read"))
                return try await call.run(client)
            } ?? .tryAgain
        })
}

/// One call of `kith round`.
struct RoundCall: Sendable {
    enum Action: String, CaseIterable {
        case create, quotas, collect, score, rank, lists, decide, minutes, publish, appeal, ruling, promote, candidates,
            close,
            show
        case households, list
    }

    let action: Action
    let words: [String]
    let invocation: Invocation

    var console: Console { invocation.console }
    var code: String { words.first ?? "" }
    var path: String { "/api/v1/rounds/\(code)" }

    init(_ invocation: Invocation) throws {
        guard let action = Action(rawValue: invocation.words[0]) else {
            throw RoofFault.usage(
                "kith round does \(Action.allCases.map(\.rawValue).joined(separator: ", ")), not “\(invocation.words[0])”."
            )
        }
        (self.action, words, self.invocation) = (action, Array(invocation.words.dropFirst()), invocation)
        let needed = [Action.list: 0, .quotas: 2, .minutes: 3, .appeal: 3, .ruling: 4][action] ?? 1
        guard words.count == needed else {
            let form = Command.round.forms.first { $0.hasPrefix(action.rawValue) } ?? action.rawValue
            throw RoofFault.usage("Write kith round \(form).")
        }
    }

    func run(_ client: DoorClient) async throws -> ExitCode {
        switch action {
        case .create: try await create(client)
        case .quotas: try await setQuotas(client)
        case .collect: try await work("collection", "came in", client)
        case .score: try await work("scoring", "got another state", client)
        case .rank: try await work("ranking", "got another state", client)
        case .promote: try await promote(client)
        case .lists: try await printLists(client)
        case .decide: try await decide(client)
        case .minutes: try await addMinutes(client)
        case .publish:
            var body: JSONObject = [:]
            if let days = try invocation.integer("appeal-days", in: 0...365) {
                body["appeal_days"] = .number(JSONNumber(days))
            }
            show(try await client.post(path + "/publication", body))
        case .appeal:
            let appeal = try await client.post(
                path + "/appeals", ["household": .string(words[1]), "grounds": .string(words[2])])
            console.result("the appeal of \(words[1]) is lodged", appeal.object ?? [:])
        case .ruling: try await rule(client)
        case .candidates:
            try await work("candidates", "are candidates now", client, isNote: true)
            try await writeHouseholds(client, state: "candidate")
        case .close: show(try await client.post(path + "/closing"))
        case .show: try await showRound(client)
        case .households: try await writeHouseholds(client, state: invocation.option("state"))
        case .list:
            let rounds = try await client.get("/api/v1/rounds")
            let lines = (rounds["rounds"]?.array ?? []).map {
                "\($0["code"]?.string ?? "")  \($0["state"]?.string ?? "")  \($0["title"]?.string ?? "")"
            }
            console.result(lines.isEmpty ? "no rounds yet" : lines.joined(separator: "\n"), rounds.object ?? [:])
        }
        return .ok
    }

    private func create(_ client: DoorClient) async throws {
        var body: JSONObject = ["code": .string(code)]
        for name in ["title", "programme", "formula"] {
            body[name] = .string(try invocation.required(name, "kith round create needs it"))
        }
        if let rule = invocation.option("rule") { body["rule"] = .string(rule) }
        if let cutOff = invocation.option("cut-off") { body["cut_off"] = .string(cutOff) }
        if let file = invocation.option("parts") { body["parts"] = try JSON.parse(try Self.bytes(of: file)) }
        show(try await client.post("/api/v1/rounds", body))
    }

    private func setQuotas(_ client: DoorClient) async throws {
        show(
            try JSON.parse(
                try await client.ask(
                    .post, path + "/quotas", body: try Self.bytes(of: words[1]), type: "text/csv")))
    }

    private func work(_ name: String, _ what: String, _ client: DoorClient, isNote: Bool = false) async throws {
        let answer = try await client.post("\(path)/\(name)")
        told(answer, what, isNote: isNote)
    }

    private func told(_ answer: JSON, _ what: String, isNote: Bool = false) {
        let text = Grouped.count(answer["changed"]?.int ?? 0, "household") + " \(what)"
        if isNote {
            console.note(text)
        } else {
            console.result("\(text)\n\(Self.text(answer["round"] ?? .null))", answer.object ?? [:])
        }
    }

    private func promote(_ client: DoorClient) async throws {
        var body: JSONObject = [:]
        if let area = invocation.option("area") { body["area"] = .string(area) }
        if let limit = try invocation.integer("at-most", in: 1...100_000) {
            body["at_most"] = .number(JSONNumber(limit))
        }
        told(try await client.post(path + "/promotions", body), "moved up")
    }

    private func rule(_ client: DoorClient) async throws {
        let open = [(name: "state", value: "open"), (name: "household", value: words[1])]
        let appeals = try await client.get(path + "/appeals", query: open)
        guard let id = appeals["appeals"]?[0]?["id"]?.string else {
            throw RoofFault.missing("No appeal of \(words[1]) is open in this round.")
        }
        let appeal = try await client.post(
            "\(path)/appeals/\(id)/decision", ["decision": .string(words[2]), "reason": .string(words[3])])
        console.result("the appeal of \(words[1]) is \(appeal["state"]?.string ?? "")", appeal.object ?? [:])
    }

    private func showRound(_ client: DoorClient) async throws {
        let round = try await client.get(path)
        guard invocation.has("areas") else { return show(round) }
        let areas = try await client.get(path + "/areas")
        let lines = (areas["areas"]?.array ?? []).map { "\($0["name"]?.string ?? "")  \(Self.counts($0))" }
        console.result(([Self.text(round)] + lines).joined(separator: "\n"), areas.object ?? [:])
    }

    // MARK: What is told

    func show(_ round: JSON) {
        console.result(Self.text(round), round.object ?? [:])
    }

    static func text(_ round: JSON) -> String {
        var text = "\(round["code"]?.string ?? "") is \(round["state"]?.string ?? "")"
        if let until = round["appeals_until"]?.string { text += "; appeals until \(until)" }
        return text + "\n" + counts(round["counts"] ?? .null)
    }

    private static func counts(_ counts: JSON) -> String {
        let states = (counts["states"]?.object ?? [:]).compactMap { name, number in
            number.int.flatMap { $0 > 0 ? "\(name.replacing("_", with: " ")) \(Grouped.number($0))" : nil }
        }
        return
            ([
                "places \(Grouped.number(counts["places"]?.int ?? 0))",
                "collected \(Grouped.number(counts["collected"]?.int ?? 0)) of \(Grouped.number(counts["wanted"]?.int ?? 0))",
            ]
            + states).joined(separator: ", ")
    }

    static func bytes(of file: String) throws -> [UInt8] {
        guard let bytes = try Files.read(file) else { throw RoofFault.fileUnreadable(file, reason: "it is not there") }
        return bytes
    }
}
