package import Documents
import Foundation
import Groundwork
package import Postgres
import Scorecards

/// What putting a formula into force would change, from the scores that a run over the registry has already made.
package enum DryRun {
    /// The last run over the registry since the formula was submitted.
    ///
    /// - Throws: `.noTrial` when none has ended.
    package static func trial(
        of stored: StoredFormula, in tx: borrowing Transaction
    ) async throws(TargetingFault) -> Int64 {
        do {
            let runs = try await tx.query(
                """
                SELECT id FROM targeting.run
                WHERE formula_id = \(stored.id) AND kind = 'registry' AND state = 'done' AND started_at >= \(stored.submittedAt)
                ORDER BY id DESC LIMIT 1
                """)
            guard let row = runs.first else { throw TargetingFault.noTrial }
            return try row.get(0)
        } catch {
            throw TargetingFault(any: error)
        }
    }

    /// - Parameters:
    ///   - run: the trial, all of whose scores are in place.
    ///   - rivals: formulas in force for the same households, whose scores are compared.
    package static func make(
        _ stored: StoredFormula, run: Int64, against rivals: [StoredFormula], in tx: borrowing Transaction
    ) async throws(TargetingFault) -> JSON {
        do {
            // A country is sorted here once or twice; the limits of requests are not for that.
            _ = try await tx.query(
                "SELECT set_config('work_mem', '256MB', true), set_config('statement_timeout', '900000', true)")
            let report = try await ScoreRun.report(run, in: tx)
            var object: JSONObject = [
                "run": .number(JSONNumber(Int(report.id))), "as_of": .string(report.asOf.description),
                "scored": .number(JSONNumber(report.tally.scored)),
                "unscorable": .number(JSONNumber(report.tally.unscorable)), "tally": report.tally.json,
                "terms": terms(report.tally, stored.formula), "distribution": try await distribution(stored.id, in: tx),
                "classes": try await classes(stored.id, in: tx),
            ]
            object["movers"] = .array(
                try await rivals.asyncMap { rival in try await Movers.count(stored, against: rival, in: tx) })
            return .object(object)
        } catch {
            throw TargetingFault(any: error)
        }
    }

    /// The share of scored households for which each term gives points; none and all are worth a look.
    private static func terms(_ tally: ScoreTally, _ formula: Formula) -> JSON {
        var list: [JSON] = []
        for stratum in formula.strata {
            let all = tally.households[stratum.code] ?? 0
            for term in stratum.terms {
                let count = tally.terms[stratum.code]?[term.name]?.nonzero ?? 0
                var object: JSONObject = [
                    "stratum": .string(stratum.code), "term": .string(term.name),
                    "share_nonzero": .string(share(count, of: all)),
                ]
                if all > 0, count == 0 {
                    object["warning"] = "gives points to nobody; look whether its codes are in use"
                }
                if all > 0, count == all {
                    object["warning"] = "gives points to everybody; it does not tell them apart"
                }
                list.append(.object(object))
            }
        }
        return .array(list)
    }

    static func share(_ part: Int, of all: Int) -> String {
        ExactDecimal(part).divided(by: ExactDecimal(all), Division(places: 4, rounding: .halfUp))?.description ?? "0"
    }

    /// Least, greatest and the tenths between, each the score of a household.
    private static func distribution(_ formula: Int32, in tx: borrowing Transaction) async throws -> JSON {
        let rows = try await tx.query(
            """
            SELECT (percentile_disc('{0,0.1,0.2,0.3,0.4,0.5,0.6,0.7,0.8,0.9,1}'::double precision[])
                WITHIN GROUP (ORDER BY score))::text[]
            FROM targeting.current_score WHERE formula_id = \(formula) AND score IS NOT NULL
            """)
        let tenths: [String]? = try rows.first?.get(0)
        return .array((tenths ?? []).map { .string($0) })
    }

    private static func classes(_ formula: Int32, in tx: borrowing Transaction) async throws -> JSON {
        var object = JSONObject()
        for row in try await tx.query(
            """
            SELECT coalesce(class, CASE WHEN score IS NULL THEN 'unscorable' ELSE 'none' END), count(*)
            FROM targeting.current_score WHERE formula_id = \(formula) GROUP BY 1 ORDER BY 1
            """)
        { object[try row.get(0)] = .number(JSONNumber(Int(try row.get(1, as: Int64.self)))) }
        return .object(object)
    }
}

extension Array {
    /// One after the other, in order.
    func asyncMap<Result>(_ body: (Element) async throws -> Result) async throws -> [Result] {
        var results: [Result] = []
        for element in self { results.append(try await body(element)) }
        return results
    }
}
