import Documents
import Groundwork
import Scorecards

extension Command {
    static let pmt: Command = Command(
        "pmt", "scores households by a formula, and fits one, without a database",
        forms: [
            "score --formula FILE --input FILE", "migration --formula FILE --input FILE", "check FILE…",
            "fit --survey FILE --outcome COLUMN",
        ],
        words: 1...50,
        explanation: """
            `score` gives one answer for each row of a CSV or JSON file, in its order, with the score as an exact decimal. The rows
            may be in the formula's own names or in those of a binding that lies beside the formula in `bindings/`; the one that
            fits best is taken. A row that cannot be scored is told with its reason. The formula may also be a poverty scorecard
            with its table, answered in the columns q1, q2 and so on.

            `migration` compares with the scores of a former system in the same file, and names every household that differs and
            why. `check` reads formulas, bindings and scorecards and tells everything that is wrong with them.

            `fit` fits a formula on a labelled survey by weighted least squares or quantile regression, predicts each cluster by a
            model fitted without its fold, and prints how well the poor are found. Columns that depend on one another are
            refused by name.
            """,
        options: [
            Option("formula", "FILE", "the formula or scorecard"),
            Option("input", "FILE", "the rows: CSV, a JSON array, or one JSON object a line"),
            Option("binding", "FILE", "which fields of the rows are which inputs"),
            Option("explain", nil, "what each term gave, in words"),
            Option("language", "CODE", "language of the words (eng)"),
            Option(
                "line", "NAME",
                "of a scorecard: the poverty line of the score (its first); of a fit: the line, a number"),
            Option("survey", "FILE", "fit: the survey, CSV"),
            Option("outcome", "COLUMN", "fit: consumption; ln(COLUMN) takes its logarithm"),
            Option(
                "features", "COLUMNS", "fit: columns with commas, first..last for a range (all that have no other part)"
            ),
            Option("leave-out", "COLUMNS", "fit: columns that are not features"),
            Option("weights", "COLUMN", "fit: weight of a row in the fit (all alike)"),
            Option("population", "COLUMN", "fit: people that a row stands for when the fit is judged (1)"),
            Option("cluster", "COLUMNS", "fit: columns that together name the cluster of a row"),
            Option("folds", "FILE", "fit: the fold of each row, columns row and fold (from the cluster's name)"),
            Option("fold-count", "N", "fit: folds made from the cluster's name (5)"),
            Option("quantile", "SHARE", "fit: quantile regression at this share instead of least squares"),
            Option("line-percentile", "P", "fit: the poverty line as a percentile of the outcome (20)"),
            Option("draws", "N", "fit: bootstrap draws of clusters for the interval (200)"),
            Option("draft", "FILE", "fit: write the formula there as a draft"),
        ],
        examples: [
            Example(
                "kith pmt score --formula profiles/burundi/pmt/merankabandi.json --input rows.csv --explain",
                "what each term gave"),
            Example("kith pmt check profiles/uganda/pmt/nsr_v1.json", "is it whole?"),
        ],
        exits: [.refused, .file],
        run: { invocation in
            switch invocation.words[0] {
            case "score" where invocation.words.count == 1: return try ScoreCommand(invocation).run()
            case "migration" where invocation.words.count == 1: return try MigrationCommand(invocation).run()
            case "fit" where invocation.words.count == 1: return try FitCommand(invocation).run()
            case "check" where invocation.words.count > 1: return try check(invocation)
            default: throw RoofFault.usage("kith pmt does one of: score, migration, fit, check FILE.")
            }
        })

    private static func check(_ invocation: Invocation) throws -> ExitCode {
        var parts: [JSON] = []
        var lines: [String] = []
        for file in invocation.words.dropFirst() {
            let json = try ScoringFiles.json(file)
            let (kind, hash) = try ScoringFiles.kind(of: json, file)
            lines.append("\(file): good, a \(kind)" + (hash.isEmpty ? "" : ", sha256 \(hash)"))
            parts.append(["file": .string(file), "kind": .string(kind), "sha256": .string(hash)])
        }
        invocation.console.result(lines.joined(separator: "\n"), ["ok": .bool(true), "files": .array(parts)])
        return .ok
    }
}
