package import Documents
import Groundwork
package import Postgres
package import Registry
package import Scorecards

/// Says why a household has its score, and what would put it into another class.
///
/// Everything is computed anew from the answers that were kept with the result, by the formula that gave it.
package struct Explainer: Sendable {
    package let stored: StoredScore
    let thresholds: Thresholds
    let lists: [String: CodeList]
    /// ISO 639-3.
    let language: String

    /// Other answers that are tried for one household.
    private static let mostTries = 400

    /// A single answer that would change the class.
    package struct Change: Sendable {
        package var input: String
        package var label: String
        package var from: String?
        package var to: String
        package var score: ExactDecimal
        package var className: String?
    }

    package init(
        _ stored: StoredScore, thresholds: Thresholds, lists: [String: CodeList], language: String
    ) {
        (self.stored, self.thresholds, self.lists, self.language) = (stored, thresholds, lists, language)
    }

    private var formula: Formula { stored.formula.formula }

    private var answers: Answers? {
        stored.formula.binding.map { BulkScorer.answers(stored.answers, formula, $0) }
    }

    /// The score with every word, as the answers that were kept give it; nil when the household is unscorable.
    package var score: Score? {
        guard let answers, case .scored(let score) = Scorer(formula).score(answers) else { return nil }
        return score
    }

    /// Whether computing again gives what was kept, to the last digit.
    package var isReproduced: Bool {
        guard let score else { return stored.score == nil }
        return score.value == stored.score && score.sum == stored.sum
            && score.contributions.map(\.points) == stored.contributions
    }

    /// The class of the result by the thresholds in force.
    package var className: String? { stored.score.flatMap { thresholds.code(of: $0) } }

    /// Single answers that would put the household into another class, the nearest score first.
    ///
    /// Tried are every other code, the other flag, and one more or one less of a number.
    package func changes(most: Int = 20) -> [Change] {
        guard let answers, let value = stored.score, let stratum = stored.stratum,
            let terms = formula.stratum(stratum)?.terms, !thresholds.entries.isEmpty
        else { return [] }
        var asked = Set(terms.flatMap(\.inputs))
        if let selector = formula.selector { asked.insert(selector.input) }
        let (scorer, held) = (Scorer(formula), className)
        var (found, tries): ([Change], Int) = ([], 0)
        for input in formula.inputs where asked.contains(input.name) {
            let current = answers.values[input.name]
            for other in Self.others(input, current) where tries < Self.mostTries {
                tries += 1
                var changed = answers
                changed.values[input.name] = other
                guard case .scored(let score) = scorer.score(changed) else { continue }
                let reached = thresholds.code(of: score.value)
                guard reached != held else { continue }
                found.append(
                    Change(
                        input: input.name, label: label(input), from: current.map { words($0, input) },
                        to: words(other, input), score: score.value, className: reached))
            }
        }
        func distance(_ change: Change) -> ExactDecimal {
            let away = change.score - value
            return away < .zero ? -away : away
        }
        return Array(found.sorted { distance($0) < distance($1) }.prefix(most))
    }

    private static func others(_ input: Input, _ current: Answer?) -> [Answer] {
        switch (input.kind, current) {
        case (.code(let codes), _): return codes.map { .code($0) }.filter { $0 != current }
        case (.flag, .flag(let value)?): return [.flag(!value)]
        case (.flag, _): return [.flag(true), .flag(false)]
        case (.number, .number(let value)?):
            return [value - 1, value + 1].filter { number in
                input.minimum.map { !(number < $0) } ?? true && input.maximum.map { !($0 < number) } ?? true
            }.map { .number($0) }
        // A household does not change its place on paper, and a missing number has no neighbour.
        case (.area, _), (.text, _), (.number, _): return []
        }
    }

    // MARK: Words

    private func label(_ input: Input) -> String {
        input.labels[language] ?? input.labels["eng"] ?? input.name
    }

    private func words(_ answer: Answer, _ input: Input) -> String {
        guard case .code(let code) = answer, let name = input.list,
            let found = lists[name]?.codes.first(where: { $0.code == code })
        else { return answer.words }
        return found.labels[language] ?? found.labels["eng"] ?? code
    }

    /// The answer to the one question that a term asks, in words; nil for computed ones.
    private func answer(to term: Term, _ answers: Answers) -> String? {
        switch term.kind {
        case .lookup(let name, _, _), .set(let name, _, _, _):
            guard let input = formula.input(name) else { return nil }
            return answers.values[name].map { words($0, input) }
        case .linear, .bands, .ratio, .condition: return nil
        }
    }

    /// Lines for people: the start, one for each term, the sum, and what would change the class.
    package var lines: [String] {
        let head = [
            "\(formula.code) version \(formula.version), run \(stored.run), as of \(stored.asOf)"
                + (stored.geography.map { ", areas of \($0)" } ?? "")
        ]
        guard let score else {
            return head + ["unscorable:"] + stored.refusals.map { "  " + $0.words }
        }
        var lines = head + Explanation(formula, language: language).lines(score)
        if let className { lines.append("class: \(className)") }
        let changes = changes()
        if !changes.isEmpty {
            lines.append("another class, if one answer were another:")
            lines += changes.map { change in
                "  \(change.label): \(change.to)\(change.from.map { " instead of \($0)" } ?? "") → \(change.score), "
                    + (change.className ?? "no class")
            }
        }
        return lines
    }

    /// The same for programs.
    package var json: JSONObject {
        var object: JSONObject = [
            "household": .string(stored.household.lowercased),
            "formula": [
                "code": .string(formula.code), "version": .number(JSONNumber(formula.version)),
                "sha256": .string(formula.sha256), "state": .string(stored.formula.state.rawValue),
            ],
            "run": .number(JSONNumber(Int(stored.run))), "at": .instant(stored.at),
            "as_of": .string(stored.asOf.description),
            "household_version": .number(JSONNumber(stored.householdVersion)),
            "geography": stored.geography.map { .string($0) } ?? .null, "current": .bool(stored.isCurrent),
            "reproduced": .bool(isReproduced), "score": stored.score.map { .string($0.description) } ?? .null,
        ]
        guard let score, let answers else {
            object["unscorable"] = .array(
                stored.refusals.map { refusal in
                    [
                        "reason": .string(refusal.reason.rawValue), "term": refusal.term.map { .string($0) } ?? .null,
                        "inputs": .array(refusal.inputs.map { .string($0) }), "summary": .string(refusal.words),
                    ]
                })
            return object
        }
        object["stratum"] = .string(score.stratum)
        object["sum"] = .string(score.sum.description)
        object["start"] = .string(score.intercept.description)
        object["class"] = className.map { .string($0) } ?? .null
        let explanation = Explanation(formula, language: language)
        let terms = formula.stratum(score.stratum)?.terms ?? []
        object["terms"] = .array(
            zip(terms, score.contributions).map { term, part in
                [
                    "term": .string(term.name),
                    "label": .string(term.labels[language] ?? term.labels["eng"] ?? term.name),
                    "value": part.value.map { .string($0) } ?? .null,
                    "answer": answer(to: term, answers).map { .string($0) } ?? .null,
                    "points": .string(part.points.description), "treatment": .string(part.treatment.word),
                    "words": .string(explanation.line(term, part)),
                ]
            })
        object["changes"] = .array(
            changes().map { change in
                [
                    "input": .string(change.input), "label": .string(change.label),
                    "from": change.from.map { .string($0) } ?? .null, "to": .string(change.to),
                    "score": .string(change.score.description),
                    "class": change.className.map { .string($0) } ?? .null,
                ]
            })
        return object
    }
}

extension Contribution.Treatment {
    /// The word that answers and files use.
    package var word: String {
        switch self {
        case .answered: "answered"
        case .neutral: "neutral"
        case .declaredPoints: "declared_points"
        case .imputed: "imputed"
        }
    }
}

extension Formulas {
    /// A result with its explanation.
    package func explainer(
        _ stored: StoredScore, language: String, in tx: borrowing Transaction
    ) async throws(TargetingFault) -> Explainer {
        do {
            return Explainer(
                stored,
                thresholds: try await Thresholds.inForce(stored.formula.id, stored.formula.formula.poorer, in: tx),
                lists: context.dictionary.lists, language: language)
        } catch {
            throw TargetingFault(any: error)
        }
    }
}
