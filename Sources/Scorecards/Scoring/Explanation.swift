/// Says in words how a score came about.
public struct Explanation: Sendable {
    let formula: Formula
    /// ISO 639-3; where a label lacks, English, then the name in the formula.
    let language: String

    public init(_ formula: Formula, language: String) {
        (self.formula, self.language) = (formula, language)
    }

    /// One line for the start, one for each term in the order of the formula, and the sum.
    public func lines(_ score: Score) -> [String] {
        let terms = formula.stratum(score.stratum)?.terms ?? []
        let start = "start (\(score.stratum)): \(score.intercept)"
        let middle = zip(terms, score.contributions).map { line($0, $1) }
        return [start] + middle + ["sum: \(score.sum)", "score: \(score.value)"]
    }

    /// What one term gave, in one line.
    public func line(_ term: Term, _ contribution: Contribution) -> String {
        let label = term.labels[language] ?? term.labels["eng"] ?? term.name
        let points =
            contribution.points < .zero ? contribution.points.description : "+" + contribution.points.description
        var text = "\(label): "
        switch contribution.treatment {
        case .answered, .imputed: text += working(term, contribution)
        case .neutral: text += "no answer, which counts for nothing"
        case .declaredPoints: text += "no answer, for which the formula declares points"
        }
        if contribution.treatment == .imputed {
            text +=
                ", where the formula's own value stands in for the missing \(contribution.missing.joined(separator: ", "))"
        }
        if contribution.unknownRows > 0 {
            text += ", \(contribution.unknownRows) of which nobody knows counted by rule"
        }
        return text + " → " + points
    }

    private func working(_ term: Term, _ contribution: Contribution) -> String {
        let value = contribution.value ?? ""
        switch term.kind {
        case .linear(_, let weight): return "\(value) × \(weight)"
        case .ratio(_, let weight): return "\(Self.short(value)) × \(weight)"
        case .bands(_, let bands, _):
            let band = ExactDecimal(value).flatMap { number in bands.first { $0.contains(number) } }
            return band.map { "\(value), in the band \(Self.words($0))" } ?? "\(value), in no band"
        case .lookup(_, let points, _): return points[value] == nil ? "\(value), not listed" : value
        case .set(_, let codes, let isExcept, _):
            let isIn = codes.contains(value)
            return isExcept
                ? "\(value), \(isIn ? "which is excepted" : "which is not excepted")"
                : "\(value), \(isIn ? "which counts" : "which does not count")"
        case .condition: return value == "true" ? "yes" : "no"
        }
    }

    private static func words(_ band: Band) -> String {
        switch (band.from, band.below) {
        case (let from?, let below?): "from \(from) to below \(below)"
        case (let from?, nil): "from \(from) on"
        case (nil, let below?): "below \(below)"
        case (nil, nil): "of all numbers"
        }
    }

    /// A long quotient is shown to six digits; the computation keeps them all.
    private static func short(_ value: String) -> String {
        guard let number = ExactDecimal(value), number.places > 6 else { return value }
        return number.rounded(places: 6, .halfEven).description + "…"
    }
}
