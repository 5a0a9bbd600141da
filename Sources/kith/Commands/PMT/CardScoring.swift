import Documents
import Groundwork
import Scorecards

/// Rows scored by a poverty scorecard, answered in the columns q1, q2 and so on.
struct CardScoring {
    let command: ScoreCommand
    let card: PovertyScorecard
    let line: Int

    init(_ command: ScoreCommand, _ json: JSON) throws {
        self.command = command
        do {
            card = try PovertyScorecard(json)
        } catch {
            throw RoofFault.found("\(command.formulaPath) cannot be used:", error.findings)
        }
        guard let name = command.line else {
            line = 0
            return
        }
        guard let place = card.lines.firstIndex(of: name) else {
            throw RoofFault.usage("--line: the card knows \(card.lines.joined(separator: "; ")).")
        }
        line = place
    }

    func run() throws -> ExitCode {
        var output = RowOutput(command.console)
        var (rate, unscorable) = (PovertyRate(lines: card.lines.count), 0)
        let doubts = card.doubtful.sorted().map { card.lines[$0] }
        for name in doubts {
            command.console.note(
                "the table names the line “\(name)” otherwise than the card; check that they are one, and list it in "
                    + "checked_lines")
        }
        output.begin([
            "scorecard": ["title": .string(card.title), "sha256": .string(card.sha256)],
            "line": .string(card.lines[line]),
            "doubtful_lines": .array(doubts.map { .string($0) }),
        ])
        try ScoringFiles.rows(of: command.inputPath) { number, row in
            let answered = card.score(answers(row))
            if case .scored(let result) = answered { rate.add(result) } else { unscorable += 1 }
            output.row(text(number, answered), object(number, answered))
            return true
        }
        let means = rate.means(Division(places: 15, rounding: .halfEven))
        let lines = zip(card.lines, means).map { "\($0): \($1?.description ?? "nobody")" }
        output.end(
            ([
                "\(Grouped.number(rate.households)) scored, \(Grouped.number(unscorable)) unscorable; share below each line:"
            ]
                + lines).joined(separator: "\n"),
            [
                "summary": [
                    "scored": .number(JSONNumber(rate.households)), "unscorable": .number(JSONNumber(unscorable)),
                    "poverty_rate": .object(
                        JSONObject(zip(card.lines, means).map { ($0, $1.map { .string($0.description) } ?? .null) })),
                ]
            ])
        return unscorable > 0 ? .refused : .ok
    }

    private func answers(_ row: JSON) -> [Int: String] {
        let source = row["in"]?.object != nil ? row["in"] : row
        var result: [Int: String] = [:]
        for question in card.questions {
            let value = source?["q\(question.number)"] ?? source?[String(question.number)]
            switch value {
            case .string(let text)?: result[question.number] = text
            case .number(let number)?: result[question.number] = number.text
            default: break
            }
        }
        return result
    }

    private func text(_ number: Int, _ answered: PovertyScorecard.Answered) -> String {
        switch answered {
        case .unscorable(let open):
            return "\(number)  unscorable: "
                + open.map { "question \($0) has no answer that the card knows" }.joined(separator: "; ")
        case .scored(let result):
            let head = "\(number)  \(result.scores[line])  \(result.likelihoods[line])"
            guard command.explains else { return head }
            return head + "\n" + explanation(result).map { "    " + $0 }.joined(separator: "\n")
        }
    }

    private func explanation(_ result: PovertyScorecard.Result) -> [String] {
        zip(card.questions, result.chosen).map { question, place in
            let option = question.options[place]
            return "\(question.number). \(option.label) → +\(option.points[line])"
        }
    }

    private func object(_ number: Int, _ answered: PovertyScorecard.Answered) -> JSONObject {
        guard case .scored(let result) = answered else {
            guard case .unscorable(let open) = answered else { return [:] }
            return [
                "row": .number(JSONNumber(number)), "score": .null,
                "unscorable": .array(open.map { ["reason": "missing", "question": .number(JSONNumber($0))] }),
            ]
        }
        var object: JSONObject = [
            "row": .number(JSONNumber(number)), "score": .string(String(result.scores[line])),
            "likelihood": .string(result.likelihoods[line].description),
            "lines": .array(
                card.lines.indices.map { index in
                    [
                        "line": .string(card.lines[index]), "score": .string(String(result.scores[index])),
                        "likelihood": .string(result.likelihoods[index].description),
                    ]
                }),
        ]
        if command.explains { object["words"] = .array(explanation(result).map { .string($0) }) }
        return object
    }
}
