import Documents
import Foundation
import Scorecards
import Testing

@Suite struct `Golden vectors` {
    @Test func `of Burundi are reproduced exactly in both strata`() throws {
        let formula = try Ground.formula("burundi/pmt/merankabandi.json")
        let binding = try Ground.binding("burundi/pmt/bindings/merankabandi_file.json")
        let scorer = Scorer(formula)
        let rows = try Ground.rows("burundi_golden.ndjson")
        let tolerance = try #require(ExactDecimal("1e-38"))

        for row in rows {
            let answers = binding.answers(row, for: formula)
            let own = row["in"]?["type_milieu_residence"] == "MILIEU_RESIDENCE_URBAIN" ? "urban" : "rural"
            #expect(scorer.score(answers).score?.stratum == own)
            for stratum in formula.strata {
                let score = try #require(scorer.score(answers, in: stratum).score)
                #expect(score.value.int == row["exact_trunc_\(stratum.code)"]?.int)
                let exact = try #require(row["exact_\(stratum.code)"]?.string.flatMap { ExactDecimal($0) })
                // The vectors round every step to 40 digits, the formula only its quotients.
                let difference = score.sum - exact
                #expect(difference < tolerance && -difference < tolerance)
            }
        }
        #expect(rows.count == 1500)
    }

    @Test func `of Uganda are reproduced exactly, term by term`() throws {
        let formula = try Ground.formula("uganda/pmt/nsr_v1.json")
        let binding = try Ground.binding("uganda/pmt/bindings/nsr_v1_file.json")
        let scorer = Scorer(formula)
        let rows = try Ground.rows("uganda_golden.ndjson")
        let tolerance = try #require(ExactDecimal("1e-37"))

        for row in rows {
            let score = try #require(scorer.score(binding.answers(row, for: formula)).score)
            let exact = try #require(row["score_exact"]?.string.flatMap { ExactDecimal($0) })
            let difference = score.value - exact
            #expect(difference < tolerance && -difference < tolerance)
            for (term, part) in zip(formula.strata[0].terms, score.contributions) {
                let feature = try #require(row["features"]?[term.name]?.string.flatMap { ExactDecimal($0) })
                let isZero = feature.isZero
                #expect(part.points.isZero == isZero, "\(term.name)")
            }
        }
        #expect(rows.count == 1000)
    }

    @Test func `keep their sums in any order of terms, where binary floats do not`() throws {
        let formula = try Ground.formula("burundi/pmt/merankabandi.json")
        let binding = try Ground.binding("burundi/pmt/bindings/merankabandi_file.json")
        var turned = formula
        for index in turned.strata.indices { turned.strata[index].terms.reverse() }

        for row in try Ground.rows("burundi_golden.ndjson").prefix(300) {
            let answers = binding.answers(row, for: formula)
            #expect(Scorer(formula).score(answers).score?.sum == Scorer(turned).score(answers).score?.sum)
        }
    }

    @Test func `explain every score of the former system that differs`() throws {
        let formula = try Ground.formula("burundi/pmt/merankabandi.json")
        let binding = try Ground.binding("burundi/pmt/bindings/merankabandi_file.json")
        let former = try #require(FormerSystem(formula, binding))
        var (floats, others) = (0, 0)

        for row in try Ground.rows("burundi_golden.ndjson") {
            for comparison in former.compare(row) {
                switch comparison.verdict {
                case .agrees: break
                case .binaryFloats:
                    floats += 1
                    #expect(comparison.exact.map { $0.value - comparison.former } == 1)
                default: others += 1
                }
            }
        }
        #expect(floats == 212)
        #expect(others == 0)
    }

    @Test func `name an empty asset that the former system took for owned`() throws {
        let formula = try Ground.formula("burundi/pmt/merankabandi.json")
        let former = try #require(
            FormerSystem(formula, try Ground.binding("burundi/pmt/bindings/merankabandi_file.json")))
        let row = try #require(
            try Ground.rows("burundi_golden.ndjson").first {
                $0["in"]?["possessions_radio"] == "1"
                    && $0["existing_system_urban"] == $0["exact_trunc_urban"]
            })
        var changed = try #require(row.object)
        var inner = try #require(changed["in"]?.object)
        inner["possessions_radio"] = ""
        changed["in"] = .object(inner)

        let urban = try #require(former.compare(.object(changed)).first { $0.stratum == "urban" })

        #expect(urban.verdict == .emptyTaken(["radio"]))
    }
}
