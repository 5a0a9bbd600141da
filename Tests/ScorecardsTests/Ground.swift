import Documents
import Foundation
import Groundwork
import Scorecards
import TestKit
import Testing

/// Formulas and rows for the tests of scoring.
enum Ground {
    static func formula(_ path: String) throws -> Formula {
        try Formula(json("profiles/" + path))
    }

    static func binding(_ path: String) throws -> Binding {
        try Binding(json("profiles/" + path))
    }

    static func json(_ path: String) throws -> JSON {
        try JSON.parse([UInt8](try Data(contentsOf: URL(filePath: RegistryFixture.root + "/" + path))))
    }

    static func rows(_ name: String) throws -> [JSON] {
        var items = JSONItems()
        let data = try Data(contentsOf: URL(filePath: RegistryFixture.root + "/Tests/Fixtures/pmt/" + name))
        let rows = try items.feed(data)
        try items.finish()
        return rows
    }

    /// A small formula, changed by the caller.
    static func small(_ change: (inout JSONObject) -> Void = { _ in }) -> JSON {
        var object: JSONObject = [
            "kind": "proxy_means_test", "code": "small", "version": 1, "title": ["eng": "Small"], "source": "A test.",
            "valid_from": "2026-01-01", "poorer": "lower",
            "inputs": [
                ["name": "age", "type": "number", "unit": "year", "minimum": "0", "maximum": "125"],
                ["name": "size", "type": "number", "unit": "person", "minimum": "1"],
                ["name": "rooms", "type": "number", "unit": "room"],
                ["name": "toilet", "type": "code", "codes": ["flush", "pit", "none"]],
                ["name": "radio", "type": "number", "unit": "item"],
            ],
            "rows": [["name": "members", "inputs": [["name": "age", "type": "number", "unit": "year"]]]],
            "strata": [["code": "all", "intercept": "1", "terms": [agePoints]]],
            "output": ["multiply": "1000", "places": 0, "rounding": "truncate"],
        ]
        change(&object)
        return .object(object)
    }

    static let agePoints: JSON = ["name": "age", "kind": "linear", "of": "age", "weight": "-0.005", "unit": "year"]

    static func terms(_ terms: JSON...) throws -> Formula {
        try Formula(small { $0["strata"] = [["code": "all", "intercept": "0", "terms": .array(terms)]] })
    }

    /// The codes and places of what is wrong with a formula; empty when nothing is.
    static func troubles(_ json: JSON) -> [String] {
        do {
            _ = try Formula(json)
            return []
        } catch {
            return error.findings.map { "\($0.path) \($0.code)" }
        }
    }
}

extension Scoring {
    var score: Score? {
        if case .scored(let score) = self { score } else { nil }
    }

    var refusals: [Refusal] {
        if case .unscorable(let refusals) = self { refusals } else { [] }
    }
}
