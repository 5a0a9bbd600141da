/// Scores households by one formula.
///
/// The same answers always give the same score: sums are exact, so neither the order of terms nor the machine matters.
public struct Scorer: Sendable {
    public let formula: Formula
    private let inputs: [String: Input]
    private let rowInputs: [String: [String: Input]]
    private let features: [String: Expression]

    public init(_ formula: Formula) {
        self.formula = formula
        inputs = Dictionary(formula.inputs.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        rowInputs = Dictionary(
            formula.rows.map { set in
                (set.name, Dictionary(set.inputs.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first }))
            }, uniquingKeysWith: { first, _ in first })
        features = Dictionary(
            formula.features.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
    }

    /// Scores by the stratum that the household belongs to.
    public func score(_ answers: Answers) -> Scoring {
        switch stratum(of: answers) {
        case .success(let stratum): score(answers, in: stratum)
        case .failure(let refusal): .unscorable([refusal])
        }
    }

    /// Scores as if the household belonged to that stratum; for comparisons.
    public func score(_ answers: Answers, in stratum: Formula.Stratum) -> Scoring {
        var contributions: [Contribution] = []
        var refusals: [Refusal] = []
        var sum = stratum.intercept
        for term in stratum.terms {
            do throws(Lack) {
                let contribution = try contribution(of: term, answers)
                sum = sum + contribution.points
                contributions.append(contribution)
            } catch {
                refusals.append(error.refusal(of: term.name))
            }
        }
        guard refusals.isEmpty else { return .unscorable(refusals) }
        return .scored(
            Score(
                stratum: stratum.code, intercept: stratum.intercept, contributions: contributions, sum: sum,
                value: formula.output.score(of: sum)))
    }

    enum Choice {
        case success(Formula.Stratum)
        case failure(Refusal)
    }

    func stratum(of answers: Answers) -> Choice {
        guard let selector = formula.selector else {
            guard let only = formula.strata.first else {
                return .failure(Refusal(reason: .noStratum, term: nil, inputs: []))
            }
            return .success(only)
        }
        let evaluation = evaluation(answers)
        do throws(Lack) {
            guard case .code(let code) = try evaluation.required(selector.input) else {
                throw .notUnderstood(selector.input)
            }
            guard let name = selector.codes[code] ?? selector.otherwise, let stratum = formula.stratum(name) else {
                return .failure(Refusal(reason: .noStratum, term: nil, inputs: [selector.input]))
            }
            return .success(stratum)
        } catch {
            return .failure(error.refusal(of: nil))
        }
    }

    func evaluation(_ answers: Answers) -> Evaluation {
        Evaluation(formula: formula, inputs: inputs, rowInputs: rowInputs, features: features, answers: answers)
    }

    func contribution(of term: Term, _ answers: Answers) throws(Lack) -> Contribution {
        var evaluation = evaluation(answers)
        var standIns: [String] = []
        if case .impute(let values) = term.missing {
            for (name, value) in values where answers.values[name] == nil && answers.troubles[name] == nil {
                evaluation.standIns[name] = value
                standIns.append(name)
            }
        }
        do throws(Lack) {
            let (value, points) = try evaluation.points(of: term)
            guard points.isKeepable else { throw .outOfRange(term.inputs.sorted().first ?? term.name) }
            return Contribution(
                term: term.name, value: value, points: points, treatment: standIns.isEmpty ? .answered : .imputed,
                missing: standIns.sorted(), unknownRows: evaluation.unknownRows)
        } catch {
            guard case .missing(let names) = error else { throw error }
            switch term.missing {
            case .refuse, .impute: throw error
            case .neutral:
                return Contribution(
                    term: term.name, value: nil, points: .zero, treatment: .neutral, missing: names, unknownRows: 0)
            case .points(let points):
                return Contribution(
                    term: term.name, value: nil, points: points, treatment: .declaredPoints, missing: names,
                    unknownRows: 0)
            }
        }
    }
}

extension Evaluation {
    /// What the term looked at, and what that gives.
    mutating func points(of term: Term) throws(Lack) -> (value: String, points: ExactDecimal) {
        switch term.kind {
        case .linear(let expression, let weight):
            let value = try number(expression)
            return (value.description, weight * value)
        case .bands(let expression, let bands, let otherwise):
            let value = try number(expression)
            return (value.description, bands.first { $0.contains(value) }?.points ?? otherwise)
        case .lookup(let name, let points, let otherwise):
            let code = try code(name)
            guard let points = points[code] ?? otherwise else { throw .notUnderstood(name) }
            return (code, points)
        case .set(let name, let codes, let isExcept, let weight):
            let code = try code(name)
            return (code, codes.contains(code) != isExcept ? weight : .zero)
        case .condition(let condition, let weight):
            guard let holds = try holds(condition) else { throw .missing(condition.names) }
            return (holds ? "true" : "false", holds ? weight : .zero)
        case .ratio(let ratio, let weight):
            return try points(of: ratio, weight)
        }
    }

    private func code(_ name: String) throws(Lack) -> String {
        guard case .code(let code) = try required(name) else { throw .notUnderstood(name) }
        return code
    }

    private mutating func points(
        of ratio: Ratio, _ weight: ExactDecimal
    ) throws(Lack) -> (value: String, points: ExactDecimal) {
        // Both are asked for, so that everything that is missing is told at once.
        let values = try numbers([ratio.over, ratio.by])
        let (over, by) = (values[0], values[1])
        guard let quotient = over.divided(by: by, ratio.division) else {
            guard case .value(let value) = ratio.byZero else { throw .divisionByZero(ratio.by.names) }
            return (value.description, weight * value)
        }
        switch ratio.order {
        case .quotientFirst: return (quotient.description, weight * quotient)
        case .productFirst:
            let points = (weight * over).divided(by: by, ratio.division) ?? .zero
            return (quotient.description, points)
        }
    }
}
