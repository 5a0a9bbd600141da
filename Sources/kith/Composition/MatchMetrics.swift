import Documents
import Foundation
import Linkage
import Matching
import Telemetry

/// The model in force, and how far it moved from the one before.
struct MatchMetrics: Sendable {
    private let version: Gauge
    private let matches: Gauge
    private let levels: Family<Gauge>

    init(_ metrics: Metrics) {
        version = metrics.gauge("kith_match_model_version", "Version of the match model in force; 0 without one.")
        matches = metrics.gauge(
            "kith_match_share_ratio", "Matches per person that the model expects, over those of the model before.")
        let names = MatchField.allCases.flatMap { field in field.levels.map { "\(field.name).\($0)" } }
        levels = metrics.gauges(
            "kith_match_drift_bits",
            "Change of an agreement level since the model before, in bits: among matches (m) and random pairs (u).",
            by: [MetricLabel("class", values: ["m", "u"]), MetricLabel("level", values: names)])
    }

    func follow(_ models: MatchModels) {
        models.observe { active in
            version.set(Double(active.version))
            matches.set(Self.number(active.drift?["matches"]) ?? 1)
            for (name, key) in [("m", "match_bits"), ("u", "random_bits")] {
                for (field, changes) in active.drift?[key]?.object ?? [:] {
                    for (level, bits) in changes.object ?? [:] {
                        levels.with(name, "\(field).\(level)").set(Self.number(bits) ?? 0)
                    }
                }
            }
        }
    }

    private static func number(_ json: JSON?) -> Double? { json?.string.flatMap(Double.init) }
}
