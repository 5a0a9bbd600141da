package import Documents
import Foundation
package import Linkage

/// What a trial measured.
package struct TrialReport: Sendable {
    package let measures: TruthMeasures
    package let missed: MissedPairs
    package let figures: MatchOutcome.Figures
    package let labels: Int
    package let model: MatchModel
    /// True pairs, those given away included.
    package let allTruePairs: Int

    /// The share of true pairs that share a key and were compared.
    package var blockingRecall: Double {
        guard allTruePairs > 0 else { return 0 }
        return 1 - Double(missed.withoutKey + missed.foundByHouseholds + missed.crowded) / Double(allTruePairs)
    }

    /// At 0 bits, which the model itself holds for even odds.
    package var atZero: TruthMeasures.Point? { measures.points.first { $0.threshold == 0 } }
    package var groupsAtZero: TruthMeasures.Groups? { measures.groups.first { $0.threshold == 0 } }

    /// Lines for people; times and memory are told by the caller.
    package var lines: [String] {
        var lines = [
            "records \(measures.records), true pairs \(allTruePairs), compared \(figures.compared) pairs, "
                + "kept \(measures.scored)",
            "blocking recall \(Self.share(blockingRecall)), with households \(Self.share(measures.candidateRecall))",
        ]
        if labels > 0 { lines.append("\(labels) pairs were given away and count nowhere below but in groups") }
        lines.append(Self.line("pairs at the best threshold", measures.best))
        if let point = atZero { lines.append(Self.line("pairs at 0 bits", point)) }
        lines.append(
            "recall at precision 0.95: \(Self.share(measures.recallAt95)), at 0.99: \(Self.share(measures.recallAt99))")
        if let groups = measures.bestGroups { lines.append(Self.line("groups at the best threshold", groups)) }
        if let groups = groupsAtZero { lines.append(Self.line("groups at 0 bits", groups)) }
        lines.append("bits  precision  recall  F1")
        for point in measures.points {
            lines.append(
                String(format: "%4.0f  %9.4f  %6.4f  %6.4f", point.threshold, point.precision, point.recall, point.f1))
        }
        lines.append("true pairs missed at the best threshold: \(missed.count)")
        for (reason, count) in reasons where count > 0 { lines.append("  \(count)  \(reason)") }
        return lines
    }

    /// Why true pairs were missed, the commonest first.
    package var reasons: [(String, Int)] {
        let fixed = [
            ("no key in common", missed.withoutKey), ("only keys that too many share", missed.crowded),
            ("compared, far too low", missed.belowFloor),
        ]
        let fields = missed.belowThreshold.map { ("too low, \($0.key) most", $0.value) }
        return (fixed + fields).sorted { ($1.1, $0.0) < ($0.1, $1.0) }
    }

    package var json: JSONObject {
        [
            "records": .number(JSONNumber(measures.records)), "true_pairs": .number(JSONNumber(allTruePairs)),
            "compared": .number(JSONNumber(figures.compared)), "kept": .number(JSONNumber(measures.scored)),
            "labels": .number(JSONNumber(labels)), "blocking_recall": Self.number(blockingRecall),
            "candidate_recall": Self.number(measures.candidateRecall), "best": Self.json(measures.best),
            "at_zero": atZero.map(Self.json) ?? .null, "recall_at_95": Self.number(measures.recallAt95),
            "recall_at_99": Self.number(measures.recallAt99),
            "thresholds": .array(measures.points.map(Self.json)),
            "groups_best": measures.bestGroups.map(Self.json) ?? .null,
            "groups": .array(measures.groups.map(Self.json)),
            "missed": .object(JSONObject(reasons.map { ($0.0, .number(JSONNumber($0.1))) })),
            "matches_per_record": Self.number(model.pairsPerRecord.first ?? 0),
        ]
    }

    private static func share(_ value: Double) -> String { String(format: "%.4f", value) }

    private static func line(_ title: String, _ point: TruthMeasures.Point) -> String {
        String(
            format: "%@ (%.1f bits): precision %.4f, recall %.4f, F1 %.4f", title, point.threshold, point.precision,
            point.recall, point.f1)
    }

    private static func line(_ title: String, _ groups: TruthMeasures.Groups) -> String {
        String(
            format: "%@ (%.1f bits): precision %.4f, recall %.4f, F1 %.4f, largest %d", title, groups.threshold,
            groups.precision, groups.recall, groups.f1, groups.largest)
    }

    /// A number of six decimals.
    package static func number(_ value: Double) -> JSON {
        .number(JSONNumber(Decimal(string: String(format: "%.6f", value)) ?? 0))
    }

    private static func json(_ point: TruthMeasures.Point) -> JSON {
        [
            "bits": number(point.threshold), "precision": number(point.precision), "recall": number(point.recall),
            "f1": number(point.f1),
        ]
    }

    private static func json(_ groups: TruthMeasures.Groups) -> JSON {
        [
            "bits": number(groups.threshold), "precision": number(groups.precision), "recall": number(groups.recall),
            "f1": number(groups.f1), "largest": .number(JSONNumber(groups.largest)),
        ]
    }
}
