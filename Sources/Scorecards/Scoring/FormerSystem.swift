public import Documents

/// What a former system made of the same answers, so that every difference to its scores can be named.
///
/// Such systems add binary floats in the order of the terms and cut the sum off, so that 9.095 became 9.094999999999998 and 9094;
/// and some take an empty text for an answer. This is the only place where a score meets a binary float.
public struct FormerSystem: Sendable {
    /// How the exact score relates to the former one.
    public enum Verdict: Sendable, Hashable {
        case agrees
        /// The former sum in binary floats lies just beside the exact one.
        case binaryFloats(sum: String)
        /// Empty answers were taken for these inputs.
        case emptyTaken([String])
        /// Both together.
        case emptyTakenAndBinaryFloats([String], sum: String)
        /// The former system refused nothing; here the household has no score.
        case unscorable([Refusal])
        case unexplained
    }

    public struct Comparison: Sendable {
        public var stratum: String
        public var former: ExactDecimal
        /// Nil when the household has no score.
        public var exact: Score?
        public var verdict: Verdict
    }

    private let scorer: Scorer
    private let binding: Binding
    private let former: Binding.Former

    /// Nil when the binding says nothing of a former system.
    public init?(_ formula: Formula, _ binding: Binding) {
        guard let former = binding.former else { return nil }
        (scorer, self.binding, self.former) = (Scorer(formula), binding, former)
    }

    /// The columns of the former scores that the row has, by stratum.
    public func columns(in row: JSON) -> [String: String] {
        former.scores.compactMapValues { names in names.first { value($0, row) != nil } }
    }

    /// What the household is called in the file; nil when it has no name there.
    public func household(_ row: JSON) -> String? {
        former.household.flatMap { value($0, row)?.string }
    }

    /// One comparison for each stratum for which the row has a former score.
    public func compare(_ row: JSON) -> [Comparison] {
        let answers = binding.answers(row, for: scorer.formula)
        let (filled, taken) = filled(answers, row)
        let columns = columns(in: row)
        return scorer.formula.strata.compactMap { stratum in
            guard let column = columns[stratum.code], let json = value(column, row),
                let score = ExactDecimal(json: json)
            else { return nil }
            let (exact, verdict) = verdict(score, stratum, answers, filled, taken)
            return Comparison(stratum: stratum.code, former: score, exact: exact, verdict: verdict)
        }
    }

    private func value(_ column: String, _ row: JSON) -> JSON? {
        Binding.value(column, in: row) ?? Binding.value(column, in: binding.answers(of: row))
    }

    /// The answers with what the former system read into empty texts.
    private func filled(_ answers: Answers, _ row: JSON) -> (Answers, [String]) {
        var (filled, taken) = (answers, [String]())
        let source = binding.answers(of: row)
        for (name, text) in former.empty.sorted(by: { $0.key < $1.key }) {
            guard let field = binding.inputs[name], let input = scorer.formula.input(name),
                Binding.value(field.name, in: source) == .string(""),
                case .answer(let answer) = Binding.read(.string(text), field, input)
            else { continue }
            filled.values[name] = answer
            taken.append(name)
        }
        return (filled, taken)
    }

    private func verdict(
        _ former: ExactDecimal, _ stratum: Formula.Stratum, _ answers: Answers, _ filled: Answers, _ taken: [String]
    ) -> (Score?, Verdict) {
        let score: Score
        switch scorer.score(answers, in: stratum) {
        case .unscorable(let refusals): return (nil, .unscorable(refusals))
        case .scored(let exact): score = exact
        }
        if score.value == former { return (score, .agrees) }
        if let sum = scorer.binarySum(answers, in: stratum), scorer.binaryScore(sum) == former {
            return (score, .binaryFloats(sum: "\(sum)"))
        }
        let used = taken.filter { name in stratum.terms.contains { $0.inputs.contains(name) } }
        guard !used.isEmpty, case .scored(let other) = scorer.score(filled, in: stratum) else {
            return (score, .unexplained)
        }
        if other.value == former { return (score, .emptyTaken(used)) }
        if let sum = scorer.binarySum(filled, in: stratum), scorer.binaryScore(sum) == former {
            return (score, .emptyTakenAndBinaryFloats(used, sum: "\(sum)"))
        }
        return (score, .unexplained)
    }
}

extension Scorer {
    /// Intercept and terms added as binary floats in the order of the formula; nil where there is no score.
    func binarySum(_ answers: Answers, in stratum: Formula.Stratum) -> Double? {
        guard case .scored(let score) = self.score(answers, in: stratum) else { return nil }
        var sum = stratum.intercept.statistic
        for (term, part) in zip(stratum.terms, score.contributions) {
            sum += binaryPoints(of: term, part, answers)
        }
        return sum
    }

    /// The score that such a system publishes: its sum times the factor, cut off.
    func binaryScore(_ sum: Double) -> ExactDecimal? {
        let scaled = sum * formula.output.factor.statistic + formula.output.addend.statistic
        guard let places = formula.output.places, places == 0 else { return ExactDecimal("\(scaled)") }
        let whole = formula.output.rounding == .truncate ? scaled.rounded(.towardZero) : scaled.rounded()
        return Int(exactly: whole).map { ExactDecimal($0) }
    }

    private func binaryPoints(of term: Term, _ part: Contribution, _ answers: Answers) -> Double {
        guard part.treatment == .answered || part.treatment == .imputed else { return part.points.statistic }
        switch term.kind {
        case .linear(_, let weight):
            return weight.statistic * (part.value.flatMap { Double($0) } ?? 0)
        case .ratio(let ratio, let weight):
            guard let (over, by) = parts(of: ratio, answers), by != 0 else { return part.points.statistic }
            return weight.statistic * (over / by)
        case .bands, .lookup, .set, .condition: return part.points.statistic
        }
    }

    private func parts(of ratio: Ratio, _ answers: Answers) -> (Double, Double)? {
        var evaluation = evaluation(answers)
        guard let over = try? evaluation.number(ratio.over), let by = try? evaluation.number(ratio.by) else {
            return nil
        }
        return (over.statistic, by.statistic)
    }
}
