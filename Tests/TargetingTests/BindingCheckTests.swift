import Documents
import Foundation
import Groundwork
import Scorecards
import TestKit
import Testing

@testable import Targeting

@Suite struct `A formula held to the registry` {
    /// Submits the demonstration with changes, and tells what refused it by place.
    private func refusals(
        formula change: (inout JSONObject) -> Void, binding bind: (inout JSONObject) -> Void
    ) async throws -> [String: Finding] {
        let fixture = try await TargetingFixture.make(households: 0)
        var (document, binding) = (
            try TargetingFixture.formula().object ?? [:], try TargetingFixture.binding().object ?? [:]
        )
        change(&document)
        bind(&binding)
        do {
            try await fixture.submit(.object(document), binding: .object(binding))
            return [:]
        } catch TargetingFault.invalid(let findings) {
            return Dictionary(findings.map { ($0.path.description, $0) }, uniquingKeysWith: { first, _ in first })
        }
    }

    private static func add(_ term: JSON, to document: inout JSONObject) {
        document["strata"] = .array(
            (document["strata"]?.array ?? []).map { stratum in
                var object = stratum.object ?? [:]
                object["terms"] = .array((object["terms"]?.array ?? []) + [term])
                return .object(object)
            })
    }

    @Test(
        .scratchDatabase,
        arguments: [
            (["kind": "set", "of": "province", "values": ["BI01", "nowhere"], "weight": "0.1"], "values"),
            (["kind": "set", "of": "province", "except": ["nowhere"], "weight": "0.1"], "except"),
            (
                [
                    "kind": "condition", "weight": "0.1",
                    "where": ["not": ["input": "province", "is": "in", "value": ["BI02", "nowhere"]]],
                ], "where"
            ),
            (
                [
                    "kind": "linear", "weight": "0.1",
                    "of": [
                        "if": ["input": "province", "is": "equals", "value": "nowhere"], "then": ["number": "1"],
                        "else": ["number": "2"],
                    ],
                ], "of"
            ),
        ] as [(JSON, String)])
    func `is refused where it names an area that no division has`(term: JSON, place: String) async throws {
        var named = term.object ?? [:]
        named["name"] = "province"
        let added = JSON.object(named)
        let terms = try TargetingFixture.formula()["strata"]?[0]?["terms"]?.array?.count ?? 0

        let found = try await refusals { document in
            document["inputs"] = .array(
                (document["inputs"]?.array ?? []) + [
                    ["name": "province", "type": "area", "geography": "bi-2023", "level": "province"]
                ])
            Self.add(added, to: &document)
        } binding: { binding in
            var inputs = binding["inputs"]?.object ?? [:]
            inputs["province"] = ["field": "household.area"]
            binding["inputs"] = .object(inputs)
        }

        let finding = try #require(found["/strata/0/terms/\(terms)/\(place)"], "\(found.keys)")
        #expect(finding.code == "targeting.binding.area_codes")
        #expect(finding.summary.contains("nowhere") && !finding.summary.contains("BI0"))
    }

    @Test(.scratchDatabase) func `is refused where its codes are of another list than the attribute's`() async throws {
        let found = try await refusals { document in
            document["inputs"] = .array(
                (document["inputs"]?.array ?? []).map { input in
                    guard input["name"] == "lighting", var object = input.object else { return input }
                    object["list"] = "cooking_fuel"
                    return .object(object)
                })
        } binding: { _ in
        }

        let finding = try #require(found["/inputs/lighting"], "\(found.keys)")
        #expect(finding.code == "targeting.binding.list" && finding.summary.contains("cooking_fuel"))
    }

    @Test(
        .scratchDatabase,
        arguments: [
            ("household.roof", "targeting.binding.type"),
            ("household.nothing", "targeting.binding.attribute_unknown"),
            ("household.poverty_score", "targeting.binding.not_asked"),
            ("household.asset_radio", nil),
        ] as [(String, String?)])
    func `is refused where an item's attribute is no answer to its question`(
        field: String, code: String?
    ) async throws {
        let found = try await assets(item: ["fixed": ["kind": "radio"], "fields": ["count": .string(field)]])

        #expect(found.mapValues(\.code) == (code.map { ["/rows/assets/items/0/fields/count": $0] } ?? [:]))
    }

    @Test(
        .scratchDatabase,
        arguments: [
            (
                ["kind": "wireless", "count": "1"],
                ["/rows/assets/items/0/fixed/kind": "targeting.binding.code_unknown"]
            ),
            (["kind": "radio", "count": "many"], ["/rows/assets/items/0/fixed/count": "targeting.binding.type"]),
            (["kind": "radio", "count": "-1"], ["/rows/assets/items/0/fixed/count": "targeting.binding.type"]),
            (["kind": "radio", "count": "1"], [:]),
        ] as [(JSON, [String: String])])
    func `is refused where an item's fixed answer is none`(fixed: JSON, refusals: [String: String]) async throws {
        let found = try await assets(item: ["fixed": fixed, "fields": [:]])

        #expect(found.mapValues(\.code) == refusals)
    }

    /// The demonstration with a list of assets that has one item.
    private func assets(item: JSON) async throws -> [String: Finding] {
        try await refusals { document in
            document["rows"] = [
                [
                    "name": "assets",
                    "inputs": [
                        ["name": "kind", "type": "code", "codes": ["radio"]],
                        ["name": "count", "type": "number", "unit": "item", "minimum": "0"],
                    ],
                ]
            ]
            Self.add(
                [
                    "name": "assets", "kind": "any", "over": "assets", "weight": "0.1",
                    "where": ["input": "count", "is": "above", "value": "0"],
                ], to: &document)
        } binding: { binding in
            binding["rows"] = [
                "assets": [
                    "field": "assets",
                    "inputs": ["kind": ["field": "kind"], "count": ["field": "count", "unit": "item"]],
                    "items": [item],
                ]
            ]
        }
    }
}
