import Documents
import Foundation

/// One measured figure beside its target and its limit.
struct Figure: Sendable {
    /// What the value is held to.
    enum Target: Sendable {
        /// The value should be at least this share of the limit.
        case share(Double)
        /// The value should be at most this.
        case atMost(Double)
        /// The value should be at least this.
        case atLeast(Double)
        case none
    }

    let name: String
    let value: Double
    let unit: String
    var target: Target = .none
    /// What the machine gave in the same run without our part, in the unit of the value.
    var limit: Double?

    var ratio: Double? { limit.flatMap { $0 > 0 ? value / $0 : nil } }

    /// Nil where there is no target.
    var isMet: Bool? {
        switch target {
        case .share(let share): ratio.map { $0 >= share } ?? false
        case .atMost(let bound): value <= bound
        case .atLeast(let bound): value >= bound
        case .none: nil
        }
    }

    /// The target in the unit of the value.
    var targetValue: Double? {
        switch target {
        case .share(let share): limit.map { $0 * share }
        case .atMost(let bound), .atLeast(let bound): bound
        case .none: nil
        }
    }

    var line: String {
        // Without a unit it is a share, of which the third decimal matters.
        func text(_ value: Double) -> String {
            unit.isEmpty ? String(format: "%.4f", value) : Self.text(value)
        }
        var parts = [Self.padded(name, 34), Self.padded("\(text(value)) \(unit)", 22)]
        switch target {
        case .share(let share): parts.append(Self.padded("target ≥ \(Self.text(share)) of limit", 26))
        case .atMost(let bound): parts.append(Self.padded("target ≤ \(text(bound)) \(unit)", 26))
        case .atLeast(let bound): parts.append(Self.padded("target ≥ \(text(bound)) \(unit)", 26))
        case .none: parts.append(Self.padded("no target", 26))
        }
        parts.append(Self.padded(limit.map { "limit \(text($0))" } ?? "", 16))
        parts.append(Self.padded(ratio.map { "ratio \(String(format: "%.3f", $0))" } ?? "", 12))
        parts.append(isMet.map { $0 ? "met" : "MISSED" } ?? "")
        return parts.joined(separator: " ")
    }

    var json: JSON {
        func number(_ value: Double?) -> JSON {
            value.map { .number(JSONNumber(Decimal(string: String(format: "%.4f", $0)) ?? 0)) } ?? .null
        }
        return [
            "figure": .string(name), "value": number(value), "unit": .string(unit), "target": number(targetValue),
            "limit": number(limit), "ratio": number(ratio), "met": isMet.map { .bool($0) } ?? .null,
        ]
    }

    private static func text(_ value: Double) -> String {
        value >= 1000 ? String(format: "%.0f", value) : String(format: "%.2f", value)
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}

/// One thing that can be measured; it may give several figures.
struct Measure: Sendable {
    let name: String
    let summary: String
    let run: @Sendable (BenchGround) async throws -> [Figure]

    /// In the order in which `all` runs them: what writes comes last.
    static let all: [Measure] = [
        .serverStart, .poolRoundTrip, .identifierSearch, .audit, .nameSearch, .growth, .rulePreview, .roundRank,
        .householdRegistration, .scoring, .importing, .matching,
    ]
}
