import Documents
import Groundwork
import Scorecards

extension Command {
    static let pmt: Command = Command(
        "pmt", "scores households by a formula, at a desk or in the registry, and fits one",
        forms: [
            "score --formula FILE --input FILE", "migration --formula FILE --input FILE", "check FILE…",
            "fit --survey FILE --outcome COLUMN", "submit FILE", "sign CODE VERSION --as NAME",
            "reject CODE VERSION --as NAME --reason TEXT", "run CODE [VERSION]", "activate CODE VERSION",
            "retire CODE VERSION", "list", "show CODE [VERSION]", "explain HOUSEHOLD", "simulate CODE [VERSION]",
            "simulate --survey FILE --formula FILE --outcome COLUMN",
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
            refused by name. `simulate --survey` tells of each coverage and cut-off what it would get wrong on such a survey.

            The other forms work on the registry. `submit` brings a formula with the binding that lies beside it in `bindings/`,
            and holds it to attributes, code lists, questionnaire and divisions. Two actors who did not bring it `sign` it, or one
            rejects it for good; `show` tells them what a run over the registry found that it would change. `retire` asks that a
            formula leave force, which it does when somebody else signs that with --retirement. `run` scores the registry, an area (--area) or one household (--household); a run that was
            killed goes on where it was. `activate` puts a signed formula into force after a run over the registry, and keeps what
            that changes; --replace retires the earlier version in the same moment. `explain` says term by term why a household
            has its score and which single answer would put it into another class. `simulate` tells how many and whom a cut-off,
            a coverage, a number of places or a budget would reach, by the scores that are stored.
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
            Option("weights", "COLUMN", "fit, simulate --survey: weight of a row (all alike)"),
            Option("population", "COLUMN", "fit: people that a row stands for when the fit is judged (1)"),
            Option("cluster", "COLUMNS", "fit: columns that together name the cluster of a row"),
            Option("folds", "FILE", "fit: the fold of each row, columns row and fold (from the cluster's name)"),
            Option("fold-count", "N", "fit: folds made from the cluster's name (5)"),
            Option("quantile", "SHARE", "fit: quantile regression at this share instead of least squares"),
            Option("line-percentile", "P", "fit: the poverty line as a percentile of the outcome (20)"),
            Option("draws", "N", "fit: bootstrap draws of clusters for the interval (200)"),
            Option("draft", "FILE", "fit: write the formula there as a draft"),
            Option("as", "NAME", "registry: the actor in whose name (clerk)"),
            Option("reason", "TEXT", "reject, retire: why, in at least 20 letters"),
            Option("retirement", nil, "sign, reject: not the formula, but somebody's wish to retire it"),
            Option("area", "CODE", "run, simulate: only this area and below it"),
            Option("household", "ID", "run: only this household, by UUID or social id"),
            Option("as-of", "DAY", "run: the day on which ages are told (today)"),
            Option("replace", nil, "activate: retire the version in force in the same moment"),
            Option("history", "N", "explain: so many results, the latest first (1)"),
            Option("cut-off", "SCORE", "simulate: up to this score, itself included; on a survey several with commas"),
            Option("coverage", "SHARE", "simulate: the poorest share of households; on a survey several with commas"),
            Option("places", "N", "simulate: so many households, the poorest first"),
            Option("budget", "AMOUNT", "simulate: as many as the money pays for, in minor units"),
            Option("benefit", "AMOUNT", "simulate: what a chosen household costs, in minor units"),
            Option("level", "N", "simulate: divide by areas of this level"),
            Option("against", "CODE[@VERSION]", "simulate: compare with a choice by this formula"),
            Option("against-cut-off", "SCORE", "simulate: the cut-off of that choice"),
            Option("against-coverage", "SHARE", "simulate: its coverage"),
            Option("against-places", "N", "simulate: its places"),
            Option("against-budget", "AMOUNT", "simulate: its budget"),
        ],
        settings: ["database.url", "data", "profile", "key.file"],
        examples: [
            Example(
                "kith pmt score --formula profiles/burundi/pmt/merankabandi.json --input rows.csv --explain",
                "what each term gave"),
            Example("kith pmt sign merankabandi 1 --as signer-1", "one of two signatures"),
            Example("kith pmt explain 123456789012", "why has this household its score?"),
            Example("kith pmt simulate merankabandi --coverage 0.2 --level 1", "whom a fifth would reach, by province"),
            Example("kith pmt check profiles/uganda/pmt/nsr_v1.json", "is it whole?"),
        ],
        exits: [.refused, .unavailable, .file, .tryAgain],
        run: { invocation in
            switch invocation.words[0] {
            case "score" where invocation.words.count == 1: return try ScoreCommand(invocation).run()
            case "migration" where invocation.words.count == 1: return try MigrationCommand(invocation).run()
            case "fit" where invocation.words.count == 1: return try FitCommand(invocation).run()
            case "check" where invocation.words.count > 1: return try check(invocation)
            case "simulate" where invocation.words.count == 1 && invocation.option("survey") != nil:
                return try SurveySimulation(invocation).run()
            case let form where FormulaCommand.forms.contains(form):
                return try await FormulaCommand(invocation).run(invocation)
            default:
                throw RoofFault.usage(
                    "kith pmt does one of: score, migration, fit, check FILE, "
                        + FormulaCommand.forms.sorted().joined(separator: ", ") + ".")
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
