import Documents
import Postgres
import Scorecards

/// Some households read and scored, ready to be written.
struct ScoredPage: Sendable {
    let households: [HouseholdAnswers]
    let results: [BulkScorer.Result]
    let counts: ScoreTally.Counts

    init(_ households: [HouseholdAnswers], by scorer: inout BulkScorer) {
        self.households = households
        var (results, counts): ([BulkScorer.Result], ScoreTally.Counts) = ([], .init(scorer.formula))
        results.reserveCapacity(households.count)
        for household in households {
            let result = scorer.score(household.texts)
            counts.add(result)
            results.append(result)
        }
        (self.results, self.counts) = (results, counts)
    }

    private static let columns: [String] = [
        "household_id", "formula_id", "run_id", "household_version", "area_order", "stratum", "score", "sum",
        "contributions", "answers", "refusals",
    ]

    /// Adds the rows of the results; they are never changed afterwards.
    func write(formula id: Int32, _ formula: Formula, run: Int64, in tx: borrowing Transaction) async throws {
        guard !households.isEmpty else { return }
        _ = try await tx.copyIn("targeting.score", columns: Self.columns) { writer in
            for (household, result) in zip(households, results) {
                writer.row(Self.columns.count)
                writer.append(household.household)
                writer.append(id)
                writer.append(run)
                writer.append(household.version)
                writer.append(household.areaOrder)
                if result.refusals.isEmpty, let stratum = result.stratum {
                    writer.append(formula.strata[stratum].code)
                    writer.append(EncodedNumeric(result.value))
                    writer.append(EncodedNumeric(result.sum))
                    writer.append(result.pieces.map { EncodedNumeric(bytes: $0.encoded) })
                    writer.append(household.texts)
                    writer.append(JSONB?.none)
                } else {
                    writer.append(String?.none)
                    writer.append(EncodedNumeric?.none)
                    writer.append(EncodedNumeric?.none)
                    writer.append([EncodedNumeric]?.none)
                    writer.append(household.texts)
                    writer.append(JSONB(Self.json(result.refusals).serialized()))
                }
                try await writer.end()
            }
        }
    }

    static func json(_ refusals: [Refusal]) -> JSON {
        .array(
            refusals.map { refusal in
                [
                    "reason": .string(refusal.reason.rawValue), "term": refusal.term.map { .string($0) } ?? .null,
                    "inputs": .array(refusal.inputs.map { .string($0) }),
                ]
            })
    }
}

extension Refusal {
    /// Reads what was kept with a result.
    init?(_ json: JSON) {
        guard let reason = json["reason"]?.string.flatMap({ Reason(rawValue: $0) }) else { return nil }
        self.init(
            reason: reason, term: json["term"]?.string, inputs: json["inputs"]?.array?.compactMap(\.string) ?? [])
    }
}
