import Access
import Documents
import Groundwork
import Quality
import Registry
import Runtime
import Search

extension Command {
    static let quality: Command = Command(
        "quality", "scores the record, and lists what to work through",
        forms: ["", "list RULE"], words: 0...2,
        explanation: """
            Counts how many records the quality rules of the profile speak of and how many break them, by area or by source. A
            score is the share of rules kept, by weight. `list` names the records that break one rule, by their social ids.
            """,
        options: [
            Option("area", "CODE", "only this area and below it"),
            Option("level", "N", "level of the areas (1)"),
            Option("by", "WHAT", "area or source (area)"),
            Option("limit", "N", "with list: at most so many, 1 to 500 (50)"),
            Option("as", "NAME", "the actor in whose name, who needs the scope quality.read (clerk)"),
        ],
        settings: ["database.url", "data", "profile", "key.file"],
        examples: [
            Example("kith quality", "the whole country by province"),
            Example("kith quality --by source", "who brings good records"),
            Example("kith quality list birth_date_missing --area BI01", "whom to ask for a date of birth there"),
        ],
        exits: [.refused, .unavailable, .file, .tryAgain],
        run: { invocation in
            let question = try QualityQuestion(invocation)
            let actor = invocation.option("as") ?? "clerk"
            let console = invocation.console
            let ground = try Ground(invocation)
            return try await Store.withHouse(ground, purpose: "kith quality") { house in
                let principal = try await house.principal(actor, needs: "quality.read")
                let mandate = Mandate(actor: principal.actor, purpose: .operation)
                return try await question.answer(house, mandate, console)
            } ?? .tryAgain
        })
}

/// One call of `kith quality`.
private struct QualityQuestion: Sendable {
    let rule: String?
    let area: String?
    let level: Int
    let isBySource: Bool
    let limit: Int

    init(_ invocation: Invocation) throws {
        switch (invocation.words.first, invocation.words.dropFirst().first) {
        case (nil, _): rule = nil
        case ("list", let code?): rule = code
        default: throw RoofFault.usage("kith quality takes no word, or list RULE.")
        }
        area = invocation.option("area")
        level = try invocation.integer("level", in: 0...9) ?? 1
        limit = try invocation.integer("limit", in: 1...500) ?? 50
        let by = invocation.option("by") ?? "area"
        guard ["area", "source"].contains(by) else {
            throw RoofFault.usage("--by takes area or source, not “\(by)”.")
        }
        isBySource = by == "source"
    }

    func answer(_ house: House, _ mandate: Mandate, _ console: Console) async throws -> ExitCode {
        var within: Area?
        if let area {
            within = house.context.areas.index.area(area)
            guard within != nil else { throw RegistryFault.areaNotFound }
        }
        let desk = try house.quality
        if let rule { return try await list(rule, within, desk, house, mandate, console) }
        let table = try await desk.table(isBySource ? .sources : .areas(level: level), within: within, as: mandate)
        let lines = table.lines.map { line in
            "\(Self.score(line, desk.rules))  \(line.source ?? line.area.map { "\($0.name) (\($0.code))" } ?? "no area")"
        }
        let broken = table.total.counts.filter { $0.fails > 0 }.sorted { $0.fails > $1.fails }.map { count in
            "  \(count.rule): \(Grouped.number(count.fails)) of \(Grouped.number(count.applies))"
        }
        let text = (["\(Self.score(table.total, desk.rules))  all"] + lines + ["broken rules:"] + broken)
        console.result(text.joined(separator: "\n"), Self.object(table, desk.rules))
        return .ok
    }

    private static func score(_ line: QualityTable.Line, _ rules: QualityRules) -> String {
        guard let permille = line.permille(rules) else { return "    –  " }
        let text = "\(permille / 10).\(permille % 10) %"
        return String(repeating: " ", count: max(0, 7 - text.count)) + text
    }

    private static func object(_ table: QualityTable, _ rules: QualityRules) -> JSONObject {
        func json(_ line: QualityTable.Line) -> JSON {
            var object: JSONObject = [
                "area": line.area.map { .string($0.reference) } ?? .null,
                "source": line.source.map { .string($0) } ?? .null,
            ]
            object["score_permille"] = line.permille(rules).map { .number(JSONNumber($0)) } ?? .null
            object["counts"] = .array(
                line.counts.map { count in
                    [
                        "rule": .string(count.rule), "applies": .number(JSONNumber(count.applies)),
                        "fails": .number(JSONNumber(count.fails)),
                    ]
                })
            return .object(object)
        }
        return ["total": json(table.total), "lines": .array(table.lines.map(json))]
    }

    private func list(
        _ rule: String, _ within: Area?, _ desk: QualityDesk, _ house: House, _ mandate: Mandate, _ console: Console
    ) async throws -> ExitCode {
        let request = try desk.worklist(rule, area: within, after: nil, limit: limit, counts: true)
        let searcher = Searcher(context: house.context)
        let (found, total): ([(id: String, number: String, area: Area?)], Int?)
        switch request.subject {
        case .person:
            let page = try await searcher.people(request, from: house.database, as: mandate)
            (found, total) = (page.records.map { ($0.id.description, $0.socialID, $0.area) }, page.total)
        case .household:
            let page = try await searcher.households(request, from: house.database, as: mandate)
            (found, total) = (page.records.map { ($0.id.description, $0.socialID, $0.area) }, page.total)
        }
        let lines = found.map { "\($0.number)  \($0.area.map { "\($0.name) (\($0.code))" } ?? "no area")" }
        console.result(
            (lines + ["\(Grouped.number(found.count)) of \(Grouped.number(total ?? found.count))"])
                .joined(separator: "\n"),
            [
                "rule": .string(rule), "total": total.map { .number(JSONNumber($0)) } ?? .null,
                "records": .array(
                    found.map { record in
                        [
                            "id": .string(record.id), "social_id": .string(record.number),
                            "area": record.area.map { .string($0.reference) } ?? .null,
                        ]
                    }),
            ])
        return .ok
    }
}
