import Calibration
import Documents
import Foundation
import Groundwork
import Scorecards

/// `kith pmt simulate --survey`: what each coverage or cut-off would get wrong, on a survey that knows the truth.
struct SurveySimulation {
    private let console: Console
    private let path: String
    private let formulaPath: String
    private let binding: String?
    private let plan: SurveyFile.Plan
    private let line: Double?
    private let linePercentile: Double
    private let draws: Int
    private let coverages: [Double]
    private let cutOffs: [Double]

    init(_ invocation: Invocation) throws {
        console = invocation.console
        path = try invocation.required("survey", "the file of the survey")
        formulaPath = try invocation.required("formula", "the file of the formula")
        binding = invocation.option("binding")
        let outcome = try invocation.required("outcome", "the column of consumption, or ln(COLUMN)")
        let isLogarithm = outcome.hasPrefix("ln(") && outcome.hasSuffix(")")
        plan = SurveyFile.Plan(
            outcome: isLogarithm ? String(outcome.dropFirst(3).dropLast()) : outcome, isLogarithm: isLogarithm,
            weights: invocation.option("weights"), population: invocation.option("population"),
            clusters: (invocation.option("cluster") ?? "").split(separator: ",").map(String.init), features: [],
            leftOut: [])
        func number(_ name: String) throws -> Double? {
            guard let text = invocation.option(name) else { return nil }
            guard let value = Double(text), value.isFinite else {
                throw RoofFault.usage("--\(name) takes a number, not “\(text)”.")
            }
            return value
        }
        line = try number("line")
        linePercentile = try number("line-percentile") ?? 20
        draws = try invocation.integer("draws", in: 0...10_000) ?? 200
        coverages =
            try Self.list(invocation, "coverage", 0...1)
            ?? (invocation.option("cut-off") == nil ? [0.1, 0.2, 0.3, 0.4] : [])
        cutOffs = try Self.list(invocation, "cut-off", -1e300...1e300) ?? []
    }

    private static func list(
        _ invocation: Invocation, _ name: String, _ range: ClosedRange<Double>
    ) throws -> [Double]? {
        try invocation.option(name).map { text in
            try text.split(separator: ",").map { part in
                guard let value = Double(part), range.contains(value) else {
                    throw RoofFault.usage("--\(name) takes numbers with commas, not “\(part)”.")
                }
                return value
            }
        }
    }

    func run() throws -> ExitCode {
        let formula = try ScoringFiles.formula(formulaPath, try ScoringFiles.json(formulaPath))
        let sign: Double = formula.poorer == .lower ? 1 : -1
        let scorer = Scorer(formula)
        var (truth, scores, weights, clusters, unscorable): ([Double], [Double], [Double], [String], Int) =
            ([], [], [], [], 0)
        var bound: Binding?
        try ScoringFiles.rows(of: path) { number, row in
            if bound == nil { bound = try ScoreBinding.find(binding, formula: formula, at: formulaPath, first: row) }
            guard let bound else { return false }
            guard case .scored(let score) = scorer.score(bound.answers(row, for: formula)) else {
                unscorable += 1
                return true
            }
            let value = try Self.number(row, plan.outcome, number)
            if plan.isLogarithm, value <= 0 {
                throw SurveyFile.fault("row \(number) has no logarithm of \(plan.outcome): it is \(value).")
            }
            truth.append(plan.isLogarithm ? log(value) : value)
            scores.append(sign * score.value.statistic)
            weights.append(
                try [plan.weights, plan.population].compactMap { $0 }
                    .reduce(1) { $0 * (try Self.weight(row, $1, number)) })
            clusters.append(
                plan.clusters.isEmpty
                    ? String(number)
                    : plan.clusters.map { row[$0]?.string ?? row[$0]?.number?.text ?? "" }.joined(separator: "-"))
            return true
        }
        guard !truth.isEmpty else { throw SurveyFile.fault("no row of it can be scored by \(formula.code).") }
        guard weights.contains(where: { $0 > 0 }) else {
            throw SurveyFile.fault("no row of it has a weight above zero; look at --weights and --population.")
        }
        let survey = LabelledSurvey(truth: truth, scores: scores, weights: weights, line: threshold(truth))
        report(formula, survey, clusters, unscorable, sign)
        return .ok
    }

    private static func number(_ row: JSON, _ name: String, _ number: Int) throws -> Double {
        guard let value = Double(row[name]?.string ?? row[name]?.number?.text ?? ""), value.isFinite else {
            throw SurveyFile.fault("row \(number) has no number in \(name).")
        }
        return value
    }

    private static func weight(_ row: JSON, _ name: String, _ number: Int) throws -> Double {
        let value = try Self.number(row, name, number)
        guard value >= 0 else {
            throw SurveyFile.fault("row \(number) has a negative weight in \(name): \(value).")
        }
        return value
    }

    private func threshold(_ truth: [Double]) -> Double {
        if let line { return plan.isLogarithm ? log(line) : line }
        let values = plan.isLogarithm ? truth.map { exp($0) } : truth
        let value = Calibration.quantile(values, linePercentile / 100)
        return plan.isLogarithm ? log(value) : value
    }

    /// One choice, judged, with the range in which its errors would lie in other surveys.
    private func report(
        _ formula: Formula, _ survey: LabelledSurvey, _ clusters: [String], _ unscorable: Int, _ sign: Double
    ) {
        let whole = survey.metrics()
        var lines = [
            "\(Grouped.count(survey.truth.count, "household")) scored by \(formula.code) version \(formula.version), "
                + "\(Grouped.number(unscorable)) unscorable; poor \(short(whole.povertyRate)) of people, AUC \(short(whole.auc)), "
                + "rank correlation \(short(whole.spearman))"
        ]
        var choices: [JSON] = []
        let asked: [(name: String, value: Double, choose: (LabelledSurvey) -> [Bool])] =
            coverages.map { share in ("coverage", share, { $0.chosen(share: share) }) }
            + cutOffs.map { score in ("cut_off", score, { $0.chosen(upTo: sign * score) }) }
        for (name, value, choose) in asked {
            let judged = survey.judge(choose(survey))
            let exclusion = interval(survey, clusters) { $0.judge(choose($0)).exclusion }
            let inclusion = interval(survey, clusters) { $0.judge(choose($0)).inclusion }
            let balanced = interval(survey, clusters) { $0.judge(choose($0)).balancedAccuracy }
            lines.append(
                "\(name) \(value): chosen \(short(judged.selected)), exclusion error \(short(judged.exclusion))\(words(exclusion)), "
                    + "inclusion error \(short(judged.inclusion))\(words(inclusion)), CGH40 \(short(judged.cgh40)), BPAC "
                    + "\(short(judged.balancedAccuracy))\(words(balanced))")
            lines.append("  of the chosen, by tenth: " + judged.incidenceByDecile.map(short).joined(separator: " "))
            choices.append([
                "choice": .string(name), "value": text(value), "selected": text(judged.selected),
                "exclusion": text(judged.exclusion), "exclusion_95": text(exclusion),
                "inclusion": text(judged.inclusion), "inclusion_95": text(inclusion), "cgh40": text(judged.cgh40),
                "poverty_accuracy": text(judged.povertyAccuracy), "bpac": text(judged.balancedAccuracy),
                "bpac_95": text(balanced), "coverage_by_decile": .array(judged.coverageByDecile.map(text)),
                "incidence_by_decile": .array(judged.incidenceByDecile.map(text)),
            ])
        }
        console.result(
            lines.joined(separator: "\n"),
            [
                "formula": [
                    "code": .string(formula.code), "version": .number(JSONNumber(formula.version)),
                    "sha256": .string(formula.sha256),
                ],
                "households": .number(JSONNumber(survey.truth.count)), "unscorable": .number(JSONNumber(unscorable)),
                "line": text(survey.line), "poverty_rate": text(whole.povertyRate), "auc": text(whole.auc),
                "spearman": text(whole.spearman), "choices": .array(choices),
            ])
    }

    private func interval(
        _ survey: LabelledSurvey, _ clusters: [String], _ measure: (LabelledSurvey) -> Double
    ) -> ClosedRange<Double>? {
        guard draws > 0 else { return nil }
        var bootstrap = ClusterBootstrap(clusters: clusters, draws: draws)
        return bootstrap.interval { rows in
            measure(
                LabelledSurvey(
                    truth: rows.map { survey.truth[$0] }, scores: rows.map { survey.scores[$0] },
                    weights: rows.map { survey.weights[$0] }, line: survey.line))
        }
    }

    private func short(_ value: Double) -> String { String(format: "%.4f", value) }
    private func words(_ range: ClosedRange<Double>?) -> String {
        range.map { " [\(short($0.lowerBound)), \(short($0.upperBound))]" } ?? ""
    }
    private func text(_ value: Double) -> JSON { value.isFinite ? .string("\(value)") : .null }
    private func text(_ range: ClosedRange<Double>?) -> JSON {
        range.map { .array([text($0.lowerBound), text($0.upperBound)]) } ?? .null
    }
}
