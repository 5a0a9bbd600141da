import Documents
import Scorecards
import TestKit
import Testing

@Suite struct `Scoring in bulk` {
    /// Answers of all kinds: of the formula's codes, numbers in and out of bounds, nothing, and words that mean nothing.
    private func texts(_ formula: Formula, _ random: inout SeededGenerator) -> [String?] {
        func text(_ input: Input) -> String? {
            if Int.random(in: 0..<12, using: &random) == 0 {
                return ["", "??", "-1", "999"].randomElement(using: &random)
            }
            if Int.random(in: 0..<10, using: &random) == 0 { return nil }
            switch input.kind {
            case .code(let codes): return codes.randomElement(using: &random)
            case .area: return ["01", "04", "17", "18", "99"].randomElement(using: &random)
            case .number: return String(Int.random(in: 0...12, using: &random))
            case .flag: return Bool.random(using: &random) ? "true" : "false"
            case .text: return "given"
            }
        }
        return formula.inputs.map(text)
            + formula.rows.map { set in
                let items = (0..<Int.random(in: 0...5, using: &random)).map { _ in
                    JSON.object(
                        JSONObject(set.inputs.map { ($0.name, text($0).map { .string($0) } ?? .null) }))
                }
                return Int.random(in: 0..<15, using: &random) == 0 ? nil : JSON.array(items).text
            }
    }

    @Test(arguments: ["burundi/pmt/merankabandi.json", "uganda/pmt/nsr_v1.json"])
    func `gives for 5,000 households what the scorer of one gives`(path: String) throws {
        let formula = try Ground.formula(path)
        let binding = Binding(identity: formula)
        let scorer = Scorer(formula)
        var bulk = BulkScorer(formula, binding: binding, encode: { Array($0.description.utf8) })
        var random = SeededGenerator(seed: 5)
        var scored = 0

        for _ in 0..<5_000 {
            let texts = texts(formula, &random)
            let result = bulk.score(texts)
            switch scorer.score(BulkScorer.answers(texts, formula, binding)) {
            case .scored(let score):
                scored += 1
                #expect(result.refusals.isEmpty && result.value == score.value && result.sum == score.sum)
                #expect(result.stratum.map { formula.strata[$0].code } == score.stratum)
                #expect(result.pieces.map(\.points) == score.contributions.map(\.points))
                #expect(result.pieces.map(\.treatment) == score.contributions.map(\.treatment))
                #expect(result.pieces.allSatisfy { $0.encoded == Array($0.points.description.utf8) })
            case .unscorable(let refusals):
                #expect(result.refusals == refusals)
            }
        }

        #expect(scored > 200)
    }
}
