import Documents
import Groundwork
import Runtime
import Scorecards
import Targeting

/// `kith pmt score`: one answer for each row, in order, written as it is made.
struct ScoreCommand {
    let console: Console
    let formulaPath: String
    let inputPath: String
    let binding: String?
    let explains: Bool
    let language: String
    let line: String?

    init(_ invocation: Invocation) throws {
        console = invocation.console
        formulaPath = try invocation.required("formula", "the file of the formula or scorecard")
        inputPath = try invocation.required("input", "the file of the rows")
        binding = invocation.option("binding")
        explains = invocation.has("explain")
        language = invocation.option("language") ?? "eng"
        line = invocation.option("line")
    }

    func run() throws -> ExitCode {
        let json = try ScoringFiles.json(formulaPath)
        if PovertyScorecard.isCard(json) { return try CardScoring(self, json).run() }
        return try FormulaScoring(self, try ScoringFiles.formula(formulaPath, json)).run()
    }
}

/// Rows scored by a formula.
private struct FormulaScoring {
    let command: ScoreCommand
    let scorer: Scorer

    init(_ command: ScoreCommand, _ formula: Formula) {
        (self.command, scorer) = (command, Scorer(formula))
    }

    func run() throws -> ExitCode {
        let (formula, command) = (scorer.formula, command)
        var (bound, counts): (Binding?, ScoringCounts) = (nil, ScoringCounts())
        var output = RowOutput(command.console)
        output.begin([
            "formula": [
                "code": .string(formula.code), "version": .number(JSONNumber(formula.version)),
                "sha256": .string(formula.sha256),
            ]
        ])
        try ScoringFiles.rows(of: command.inputPath) { number, row in
            if bound == nil {
                bound = try ScoreBinding.find(command.binding, formula: formula, at: command.formulaPath, first: row)
            }
            guard let binding = bound else { return false }
            let answers = binding.answers(row, for: formula)
            let outcome = scorer.score(answers)
            counts.add(outcome)
            output.row(text(number, outcome), object(number, row, answers, outcome))
            return true
        }
        output.end(
            counts.lines.joined(separator: "\n"), ["binding": .string(bound?.code ?? ""), "summary": counts.json])
        return counts.unscorable > 0 ? .refused : .ok
    }

    private func text(_ number: Int, _ outcome: Scoring) -> String {
        switch outcome {
        case .unscorable(let refusals):
            return "\(number)  unscorable: " + refusals.map(\.words).joined(separator: " ")
        case .scored(let score):
            let head = "\(number)  \(score.value)  \(score.stratum)"
            guard command.explains else { return head }
            let lines = Explanation(scorer.formula, language: command.language).lines(score)
            return head + "\n" + lines.map { "    " + $0 }.joined(separator: "\n")
        }
    }

    private func object(_ number: Int, _ row: JSON, _ answers: Answers, _ outcome: Scoring) -> JSONObject {
        var object: JSONObject = ["row": .number(JSONNumber(number))]
        object.merge(Self.members(outcome))
        if scorer.formula.strata.count > 1 {
            var strata = JSONObject()
            for stratum in scorer.formula.strata {
                strata[stratum.code] = .object(Self.members(scorer.score(answers, in: stratum), isShort: true))
            }
            object["strata"] = .object(strata)
        }
        if command.explains, case .scored(let score) = outcome { object["terms"] = terms(score) }
        return object
    }

    private static func members(_ outcome: Scoring, isShort: Bool = false) -> JSONObject {
        switch outcome {
        case .unscorable(let refusals):
            return [
                "score": .null,
                "unscorable": .array(
                    refusals.map { refusal in
                        [
                            "reason": .string(refusal.reason.rawValue),
                            "term": refusal.term.map { .string($0) } ?? .null,
                            "inputs": .array(refusal.inputs.map { .string($0) }), "summary": .string(refusal.words),
                        ]
                    }),
            ]
        case .scored(let score):
            var object: JSONObject = ["score": .string(score.value.description), "sum": .string(score.sum.description)]
            guard !isShort else { return object }
            object["stratum"] = .string(score.stratum)
            let treated = score.contributions.filter { $0.treatment != .answered }
            object["missing"] = .array(
                treated.map { part in
                    [
                        "term": .string(part.term), "treatment": .string(part.treatment.word),
                        "inputs": .array(part.missing.map { .string($0) }), "points": .string(part.points.description),
                    ]
                })
            return object
        }
    }

    private func terms(_ score: Score) -> JSON {
        let explanation = Explanation(scorer.formula, language: command.language)
        let terms = scorer.formula.stratum(score.stratum)?.terms ?? []
        return .array(
            zip(terms, score.contributions).map { term, part in
                [
                    "term": .string(term.name), "value": part.value.map { .string($0) } ?? .null,
                    "points": .string(part.points.description), "treatment": .string(part.treatment.word),
                    "words": .string(explanation.line(term, part)),
                ]
            })
    }
}
