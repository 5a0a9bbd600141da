import Calibration
import Documents
import Foundation
import Groundwork

/// `kith pmt fit`: fits a formula on a labelled survey, judges it by cross-validation, and writes a draft.
struct FitCommand {
    let console: Console
    let path: String
    let plan: SurveyFile.Plan
    let foldsPath: String?
    let foldCount: Int
    let quantile: Double?
    let line: Double?
    let linePercentile: Double
    let draws: Int
    let draft: String?

    init(_ invocation: Invocation) throws {
        console = invocation.console
        path = try invocation.required("survey", "the CSV file of the survey")
        let outcome = try invocation.required("outcome", "the column of consumption, or ln(COLUMN)")
        let isLogarithm = (outcome.hasPrefix("ln(") || outcome.hasPrefix("log(")) && outcome.hasSuffix(")")
        func names(_ option: String) -> [String] {
            (invocation.option(option) ?? "").split(whereSeparator: { ", ".contains($0) }).map(String.init)
        }
        plan = SurveyFile.Plan(
            outcome: isLogarithm ? String(outcome.drop { $0 != "(" }.dropFirst().dropLast()) : outcome,
            isLogarithm: isLogarithm, weights: Self.column(invocation.option("weights")),
            population: Self.column(invocation.option("population")), clusters: names("cluster"),
            features: names("features"), leftOut: Set(names("leave-out")))
        foldsPath = invocation.option("folds")
        foldCount = try invocation.integer("fold-count", in: 2...50) ?? 5
        draws = try invocation.integer("draws", in: 0...10_000) ?? 200
        quantile = try Self.number(invocation, "quantile", 0.000001...0.999999)
        line = try Self.number(invocation, "line", -1e300...1e300)
        linePercentile = try Self.number(invocation, "line-percentile", 0...100) ?? 20
        draft = invocation.option("draft")
    }

    /// `none` says that all weigh alike.
    private static func column(_ text: String?) -> String? { text == "none" || text == "1" ? nil : text }

    private static func number(
        _ invocation: Invocation, _ name: String, _ range: ClosedRange<Double>
    ) throws -> Double? {
        guard let text = invocation.option(name) else { return nil }
        guard let value = Double(text), range.contains(value) else {
            throw RoofFault.usage(
                "--\(name) takes a number from \(range.lowerBound) to \(range.upperBound), not “\(text)”.")
        }
        return value
    }

    func run() throws -> ExitCode {
        let survey = try SurveyFile(path, plan)
        let names = ["(intercept)"] + survey.features
        let coefficients = try fit(survey, Array(survey.outcome.indices), names)
        let folds = try folds(survey)
        let predictions = try Folds.outOfFold(survey.design, folds: folds) { rows in try fit(survey, rows, names) }
        let line = threshold(survey)
        let judged = LabelledSurvey(
            truth: survey.outcome, scores: predictions, weights: survey.population, line: line)
        let metrics = judged.metrics()
        let interval = interval(judged, survey.clusters)
        let inSample = LabelledSurvey(
            truth: survey.outcome, scores: survey.design.times(coefficients), weights: survey.population, line: line
        ).metrics()
        if let draft {
            let json = FormulaDraft(self, survey, coefficients).json
            try Files.write(json.serialized(pretty: true) + [0x0A], to: Ground.absolute(draft), mode: 0o644)
        }
        let report = FitReport(
            command: self, survey: survey, coefficients: coefficients, folds: folds, line: line, metrics: metrics,
            inSample: inSample, interval: interval)
        console.result(report.text, report.object)
        return .ok
    }

    private func fit(
        _ survey: SurveyFile, _ rows: [Int], _ names: [String]
    ) throws(CalibrationFault) -> [Double] {
        let isWhole = rows.count == survey.outcome.count
        let design = isWhole ? survey.design : survey.design.rows(rows)
        let (outcome, weights) = (rows.map { survey.outcome[$0] }, survey.weights.map { all in rows.map { all[$0] } })
        guard let quantile else {
            return try LeastSquares.fit(design, outcome, weights: weights, names: names)
        }
        return try QuantileRegression.fit(design, outcome, quantile: quantile, weights: weights, names: names)
    }

    /// By the file, else by the cluster's name, so that a cluster is never on both sides.
    private func folds(_ survey: SurveyFile) throws -> [Int] {
        guard let foldsPath else { return survey.clusters.map { Folds.fold(of: $0, count: foldCount) } }
        var folds: [Int] = []
        try ScoringFiles.rows(of: foldsPath) { number, row in
            guard let fold = row["fold"]?.string.flatMap({ Int($0) }) ?? row["fold"]?.int else {
                throw RoofFault.found("\(foldsPath): row \(number) has no whole number in the column fold.", [])
            }
            if let place = row["row"]?.string.flatMap({ Int($0) }) ?? row["row"]?.int, place != number - 1 {
                throw RoofFault.found(
                    "\(foldsPath): row \(number) is for row \(place) of the survey; sort it as the survey is.", [])
            }
            folds.append(fold)
            return true
        }
        guard folds.count == survey.outcome.count else {
            throw RoofFault.found("\(foldsPath) has \(folds.count) rows, the survey \(survey.outcome.count).", [])
        }
        guard Set(folds).count > 1 else {
            throw RoofFault.found("\(foldsPath) names one fold; at least two are needed.", [])
        }
        return folds
    }

    /// The poverty line in the outcome's own scale.
    private func threshold(_ survey: SurveyFile) -> Double {
        if let line { return plan.isLogarithm ? log(line) : line }
        let values = plan.isLogarithm ? survey.outcome.map { exp($0) } : survey.outcome
        let value = Calibration.quantile(values, linePercentile / 100)
        return plan.isLogarithm ? log(value) : value
    }

    private func interval(_ survey: LabelledSurvey, _ clusters: [String]) -> ClosedRange<Double>? {
        guard draws > 0 else { return nil }
        var bootstrap = ClusterBootstrap(clusters: clusters, draws: draws)
        return bootstrap.interval { rows in
            LabelledSurvey(
                truth: rows.map { survey.truth[$0] }, scores: rows.map { survey.scores[$0] },
                weights: rows.map { survey.weights[$0] }, line: survey.line
            ).exclusion(at: 0.2)
        }
    }
}
