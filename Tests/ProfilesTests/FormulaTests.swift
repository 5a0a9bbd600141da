import Documents
import Foundation
import Groundwork
import Profiles
import Scorecards
import TestKit
import Testing

@Suite struct `The formulas of a profile` {
    private func profile(_ name: String) throws -> Profile {
        try Profile.load(RegistryFixture.root + "/profiles/" + name)
    }

    /// The formula of Burundi, changed by the caller.
    private func formula(_ change: (String) -> String) throws -> Formula {
        let path = RegistryFixture.root + "/profiles/burundi/pmt/merankabandi.json"
        return try Formula(JSON.parse(change(try String(contentsOfFile: path, encoding: .utf8))))
    }

    @Test(arguments: ["burundi", "uganda"]) func `fit its code lists, divisions and bindings`(name: String) throws {
        let folder = RegistryFixture.root + "/profiles/" + name

        let objections = try ProfileFormulas.load(folder).objections(profile(name))

        #expect(objections.filter { $0.severity == .blocking } == [])
    }

    @Test func `warn of provinces whose codes nobody published`() throws {
        let objections = try ProfileFormulas.objections(formula { $0 }, profile("burundi"))

        #expect(objections.map(\.code) == ["profile.formula_areas"])
        #expect(objections.first?.severity == .warning)
    }

    @Test func `are refused with a code that the list does not have`() throws {
        let changed = try formula { $0.replacing("\"solar_lantern\"", with: "\"gas_lamp\"") }

        let objections = try ProfileFormulas.objections(changed, profile("burundi")).filter { $0.severity == .blocking }

        #expect(objections.map(\.code) == ["profile.formula_code"])
        #expect(objections.first?.summary.contains("“gas_lamp” is not in the list lighting") == true)
    }

    @Test(arguments: [
        ("\"list\": \"lighting\"", "\"list\": \"lamps\"", "profile.formula_list"),
        ("\"geography\": \"bi-former\"", "\"geography\": \"bi-1890\"", "profile.formula_division"),
        ("\"level\": \"province\"", "\"level\": \"region\"", "profile.formula_level"),
    ]) func `are refused with a list, division or level that the profile does not have`(
        old: String, new: String, code: String
    ) throws {
        let changed = try formula { $0.replacing(old, with: new) }

        #expect(try ProfileFormulas.objections(changed, profile("burundi")).map(\.code).contains(code))
    }

    @Test func `are refused when two would score one stratum on one day`() throws {
        let one = try formula { $0 }
        let next = try formula { $0.replacing("\"version\": 1", with: "\"version\": 2") }
        var ended = one
        ended.validTo = CalendarDate("2026-12-31")
        var later = next
        later.validFrom = CalendarDate("2027-01-01")

        #expect(Formula.overlaps([one, next]).map(\.code) == ["scorecards.two_formulas"])
        #expect(Formula.overlaps([ended, next]).map(\.code) == ["scorecards.two_formulas"])
        #expect(Formula.overlaps([ended, later]) == [])
    }
}
