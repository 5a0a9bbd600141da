import Calibration
import Documents
import Foundation

/// What a fit found, for people and for programs.
struct FitReport {
    let command: FitCommand
    let survey: SurveyFile
    let coefficients: [Double]
    let folds: [Int]
    let line: Double
    let metrics: TargetingMetrics
    let inSample: TargetingMetrics
    let interval: ClosedRange<Double>?

    var text: String {
        var lines = [
            "\(Grouped.count(survey.outcome.count, "household")), \(Grouped.count(survey.features.count, "column")), "
                + "\(Grouped.count(Set(survey.clusters).count, "cluster")), folds of \(sizes)",
            "intercept  \(coefficients[0])",
        ]
        lines += zip(survey.features, coefficients.dropFirst()).map { "\($0)  \($1)" }
        lines.append("in the survey itself: R² \(short(inSample.rSquared))")
        lines.append("out of fold:")
        lines.append(
            "  R² \(short(metrics.rSquared)), RMSE \(short(metrics.rmse)), rank correlation \(short(metrics.spearman)), "
                + "AUC \(short(metrics.auc)), poor \(short(metrics.povertyRate)) of people")
        for at in metrics.shares + [metrics.atPovertyRate] {
            lines.append(
                "  choosing \(short(at.share)): exclusion error \(short(at.exclusion)), inclusion error "
                    + "\(short(at.inclusion)), CGH40 \(short(at.cgh40))")
        }
        if let interval {
            lines.append(
                "  exclusion error at 0.2, 95 %: \(short(interval.lowerBound)) to \(short(interval.upperBound))")
        }
        let at = metrics.atLine
        lines.append(
            "  below the line \(short(line)): chosen \(short(at.selectedShare)), poverty accuracy \(short(at.povertyAccuracy)), "
                + "undercoverage \(short(at.undercoverage)), leakage \(short(at.leakageOverPoor)), BPAC "
                + "\(short(at.balancedAccuracy))")
        lines.append("  coverage by tenth at 0.2: " + metrics.coverageByDecile.map(short).joined(separator: " "))
        return lines.joined(separator: "\n")
    }

    private var sizes: String {
        Set(folds).sorted().map { fold in String(folds.count { $0 == fold }) }.joined(separator: ", ")
    }

    private func short(_ value: Double) -> String { String(format: "%.4f", value) }

    var object: JSONObject {
        var values = JSONObject()
        for (name, value) in zip(survey.features, coefficients.dropFirst()) { values[name] = Self.text(value) }
        return [
            "method": command.quantile.map { .string("quantile \($0)") } ?? .string("weighted least squares"),
            "households": .number(JSONNumber(survey.outcome.count)),
            "clusters": .number(JSONNumber(Set(survey.clusters).count)), "line": Self.number(line),
            "intercept": Self.text(coefficients[0]), "coefficients": .object(values),
            "in_sample": ["R2_w": Self.number(inSample.rSquared), "RMSE_w": Self.number(inSample.rmse)],
            "folds": .object(
                JSONObject(
                    Set(folds).sorted().map { fold in
                        (String(fold), .number(JSONNumber(folds.count { $0 == fold })))
                    })),
            "out_of_fold": .object(outOfFold),
        ]
    }

    private var outOfFold: JSONObject {
        var object: JSONObject = [
            "R2_w": Self.number(metrics.rSquared), "RMSE_w": Self.number(metrics.rmse),
            "spearman": Self.number(metrics.spearman), "AUC_poor": Self.number(metrics.auc),
            "poverty_rate": Self.number(metrics.povertyRate),
        ]
        for at in metrics.shares { object["share=\(String(format: "%.2f", at.share))"] = Self.at(at) }
        object["share=H"] = Self.at(metrics.atPovertyRate)
        let line = metrics.atLine
        object["cutoff_at_line"] = [
            "selected_share": Self.number(line.selectedShare), "total_accuracy": Self.number(line.totalAccuracy),
            "poverty_accuracy": Self.number(line.povertyAccuracy), "undercoverage": Self.number(line.undercoverage),
            "leakage_over_poor": Self.number(line.leakageOverPoor), "inclusion_error": Self.number(line.inclusionError),
            "PIE": Self.number(line.povertyIncidenceError), "BPAC": Self.number(line.balancedAccuracy),
        ]
        object["coverage_by_decile_at_20pct"] = .array(metrics.coverageByDecile.map(Self.number))
        if let interval {
            object["exclusion20_boot95"] = [Self.number(interval.lowerBound), Self.number(interval.upperBound)]
        }
        return object
    }

    private static func at(_ at: TargetingMetrics.AtShare) -> JSON {
        [
            "exclusion": number(at.exclusion), "inclusion": number(at.inclusion), "CGH40": number(at.cgh40),
            "CGH_self": number(at.cghSelf),
        ]
    }

    private static func text(_ value: Double) -> JSON { .string("\(value)") }

    /// Null for what a survey without poor, or without others, does not have.
    private static func number(_ value: Double) -> JSON {
        value.isFinite ? JSONNumber(text: "\(value)").map { .number($0) } ?? .null : .null
    }
}

/// A formula that a person completes and signs: the coefficients as decimals, every input a number.
struct FormulaDraft {
    let command: FitCommand
    let survey: SurveyFile
    let coefficients: [Double]

    init(_ command: FitCommand, _ survey: SurveyFile, _ coefficients: [Double]) {
        (self.command, self.survey, self.coefficients) = (command, survey, coefficients)
    }

    var json: JSON {
        let code = Self.name(
            (command.path as NSString).lastPathComponent.split(separator: ".").first.map(String.init) ?? "")
        return [
            "kind": "proxy_means_test", "code": .string(code), "version": 1,
            "title": ["eng": .string("Draft fitted on \(code)")],
            "source": .string(
                "Fitted on \(survey.outcome.count) households by "
                    + (command.quantile.map { "quantile regression at \($0)" } ?? "weighted least squares") + "."),
            "status": "Draft: give the inputs their units, bounds and missing answers, and the formula its dates.",
            "valid_from": nil, "valid_to": nil, "poorer": "lower",
            "inputs": .array(survey.features.map { ["name": .string(Self.name($0)), "type": "number"] }),
            "strata": [
                [
                    "code": "all", "intercept": .string(Self.decimal(coefficients[0])),
                    "terms": .array(
                        zip(survey.features, coefficients.dropFirst()).map { name, weight in
                            [
                                "name": .string(Self.name(name)), "kind": "linear", "of": .string(Self.name(name)),
                                "weight": .string(Self.decimal(weight)),
                            ]
                        }),
                ]
            ], "output": [:], "tie_break": ["household"],
        ]
    }

    /// Letters, digits and underscores, beginning with a letter.
    private static func name(_ text: String) -> String {
        let clean = String(text.lowercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
        return clean.first?.isLetter == true ? clean : "x" + clean
    }

    /// The shortest digits that give the coefficient back, without an exponent.
    private static func decimal(_ value: Double) -> String {
        JSONNumber(text: "\(value)")?.canonicalText ?? "0"
    }
}
