package import Documents
import Scorecards

/// What a run counts: published, so that nobody has to guess how often a rule stood in for an answer.
package struct ScoreTally: Sendable, Equatable {
    struct Term: Sendable, Equatable {
        var nonzero = 0
        var neutral = 0
        var declared = 0
        var imputed = 0
    }

    package internal(set) var scored: Int = 0
    package internal(set) var unscorable: Int = 0
    /// Households by reason and by the answers concerned; a household counts under each of its reasons.
    package internal(set) var reasons: [String: [String: Int]] = [:]
    var households: [String: Int] = [:]
    var terms: [String: [String: Term]] = [:]

    package init() {}

    /// Adds what a scorer found out; `names` are the terms of each stratum.
    mutating func add(_ counts: Counts, _ formula: Formula) {
        scored += counts.scored
        unscorable += counts.unscorable
        for (reason, inputs) in counts.reasons {
            for (input, count) in inputs { reasons[reason, default: [:]][input, default: 0] += count }
        }
        for (place, stratum) in formula.strata.enumerated() where counts.households[place] > 0 {
            households[stratum.code, default: 0] += counts.households[place]
            for (index, term) in stratum.terms.enumerated() {
                let counted = counts.terms[place][index]
                var sum = terms[stratum.code]?[term.name] ?? Term()
                sum.nonzero += counted.nonzero
                sum.neutral += counted.neutral
                sum.declared += counted.declared
                sum.imputed += counted.imputed
                terms[stratum.code, default: [:]][term.name] = sum
            }
        }
    }

    /// Counts of some households by place in the formula.
    struct Counts: Sendable {
        var scored = 0
        var unscorable = 0
        var reasons: [String: [String: Int]] = [:]
        var households: [Int]
        var terms: [[Term]]

        init(_ formula: Formula) {
            households = formula.strata.map { _ in 0 }
            terms = formula.strata.map { $0.terms.map { _ in Term() } }
        }

        mutating func add(_ result: BulkScorer.Result) {
            guard result.refusals.isEmpty, let stratum = result.stratum else {
                unscorable += 1
                for refusal in result.refusals {
                    for input in refusal.inputs.isEmpty ? [""] : refusal.inputs {
                        reasons[refusal.reason.rawValue, default: [:]][input, default: 0] += 1
                    }
                }
                return
            }
            scored += 1
            households[stratum] += 1
            for (place, piece) in result.pieces.enumerated() {
                if !piece.points.isZero { terms[stratum][place].nonzero += 1 }
                switch piece.treatment {
                case .answered: break
                case .neutral: terms[stratum][place].neutral += 1
                case .declaredPoints: terms[stratum][place].declared += 1
                case .imputed: terms[stratum][place].imputed += 1
                }
            }
        }
    }
}

extension ScoreTally {
    package var json: JSON {
        var reasons = JSONObject()
        for (reason, inputs) in self.reasons.sorted(by: { $0.key < $1.key }) {
            reasons[reason] = .object(
                JSONObject(inputs.sorted { $0.key < $1.key }.map { ($0.key, .number(JSONNumber($0.value))) }))
        }
        var strata = JSONObject()
        for (stratum, terms) in terms.sorted(by: { $0.key < $1.key }) {
            var object = JSONObject()
            for (name, term) in terms.sorted(by: { $0.key < $1.key }) {
                object[name] = [
                    "nonzero": .number(JSONNumber(term.nonzero)), "neutral": .number(JSONNumber(term.neutral)),
                    "declared_points": .number(JSONNumber(term.declared)), "imputed": .number(JSONNumber(term.imputed)),
                ]
            }
            strata[stratum] = [
                "households": .number(JSONNumber(households[stratum] ?? 0)), "terms": .object(object),
            ]
        }
        return ["reasons": .object(reasons), "strata": .object(strata)]
    }

    /// Reads what was kept with a run.
    init(_ json: JSON, scored: Int, unscorable: Int) {
        (self.scored, self.unscorable) = (scored, unscorable)
        for (reason, inputs) in json["reasons"]?.object ?? [:] {
            for (input, count) in inputs.object ?? [:] { reasons[reason, default: [:]][input] = count.int }
        }
        for (stratum, part) in json["strata"]?.object ?? [:] {
            households[stratum] = part["households"]?.int
            for (name, term) in part["terms"]?.object ?? [:] {
                terms[stratum, default: [:]][name] = Term(
                    nonzero: term["nonzero"]?.int ?? 0, neutral: term["neutral"]?.int ?? 0,
                    declared: term["declared_points"]?.int ?? 0, imputed: term["imputed"]?.int ?? 0)
            }
        }
    }
}
