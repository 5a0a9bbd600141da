import Documents
import Groundwork
import Scorecards

/// `kith pmt migration`: every household whose score differs from that of a former system, and why.
struct MigrationCommand {
    let console: Console
    let formulaPath: String
    let inputPath: String
    let binding: String?

    init(_ invocation: Invocation) throws {
        console = invocation.console
        formulaPath = try invocation.required("formula", "the file of the formula")
        inputPath = try invocation.required("input", "the file of the rows with their former scores")
        binding = invocation.option("binding")
    }

    func run() throws -> ExitCode {
        let formula = try ScoringFiles.formula(formulaPath, try ScoringFiles.json(formulaPath))
        var output = RowOutput(console)
        var (former, counts): (FormerSystem?, [String: Int]) = (nil, [:])
        var (households, scores, differing) = (0, 0, 0)
        output.begin(["formula": ["code": .string(formula.code), "sha256": .string(formula.sha256)]])
        try ScoringFiles.rows(of: inputPath) { number, row in
            if former == nil { former = try system(formula, row) }
            guard let former else { return false }
            let all = former.compare(row)
            let other = all.filter { $0.verdict != .agrees }
            households += 1
            scores += all.count
            for comparison in other { counts[comparison.verdict.code, default: 0] += 1 }
            guard !other.isEmpty else { return true }
            differing += 1
            let name = former.household(row) ?? "row \(number)"
            output.row(
                other.map { "\(name)  \($0.stratum): \($0.words)" }.joined(separator: "\n"),
                [
                    "row": .number(JSONNumber(number)), "household": .string(name),
                    "differences": .array(other.map(\.json)),
                ])
            return true
        }
        let reasons = counts.sorted { $0.key < $1.key }
        output.end(
            ([
                "\(Grouped.count(households, "household")), \(Grouped.count(scores, "score")); "
                    + "\(Grouped.count(differing, "household")) with a difference"
            ]
                + reasons.map { "\($0.key): \(Grouped.count($0.value, "score"))" }).joined(separator: "\n"),
            [
                "summary": [
                    "households": .number(JSONNumber(households)), "scores": .number(JSONNumber(scores)),
                    "households_that_differ": .number(JSONNumber(differing)),
                    "reasons": .object(JSONObject(reasons.map { ($0.key, .number(JSONNumber($0.value))) })),
                ]
            ])
        return counts["unexplained"] == nil ? .ok : .refused
    }

    private func system(_ formula: Formula, _ row: JSON) throws -> FormerSystem {
        let bound = try ScoreBinding.find(binding, formula: formula, at: formulaPath, first: row)
        guard let former = FormerSystem(formula, bound), !former.columns(in: row).isEmpty else {
            throw RoofFault.found(
                "The rows have no score of a former system: name its columns in `former.scores` of the binding \(bound.code).",
                [])
        }
        return former
    }
}

extension FormerSystem.Verdict {
    var code: String {
        switch self {
        case .agrees: "agrees"
        case .binaryFloats: "binary_floats"
        case .emptyTaken: "empty_taken_for_an_answer"
        case .emptyTakenAndBinaryFloats: "empty_taken_for_an_answer_and_binary_floats"
        case .unscorable: "unscorable"
        case .unexplained: "unexplained"
        }
    }

    var words: String {
        switch self {
        case .agrees: "equal"
        case .binaryFloats(let sum): "binary floats made the sum \(sum), which was cut off"
        case .emptyTaken(let names): "the empty answer of \(names.joined(separator: ", ")) was taken for one"
        case .emptyTakenAndBinaryFloats(let names, let sum):
            "the empty answer of \(names.joined(separator: ", ")) was taken for one, and binary floats made the sum \(sum)"
        case .unscorable(let refusals): "not scored here: " + refusals.map(\.words).joined(separator: " ")
        case .unexplained: "no reason is known; look at the answers and at the formula that was used"
        }
    }
}

extension FormerSystem.Comparison {
    var words: String {
        let exact = exact.map { "\($0.value) (exact sum \($0.sum))" } ?? "none"
        return "former \(former), exact \(exact): \(verdict.words)"
    }

    var json: JSON {
        [
            "stratum": .string(stratum), "former": .string(former.description),
            "score": exact.map { .string($0.value.description) } ?? .null,
            "sum": exact.map { .string($0.sum.description) } ?? .null, "reason": .string(verdict.code),
            "summary": .string(verdict.words),
        ]
    }
}
