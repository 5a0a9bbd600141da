import Documents
import Foundation
import Groundwork
import Postgres
import Scorecards
import TestKit
import Testing

@testable import Targeting

@Suite struct `Who may do what with a formula` {
    private static let why = "Its weights are of a survey of long ago."

    private func code(_ work: () async throws -> Void) async throws -> String? {
        do {
            try await work()
            return nil
        } catch let fault as TargetingFault {
            return fault.code
        }
    }

    private func retire(_ fixture: TargetingFixture, reason: String? = why) async throws -> StoredFormula {
        try await fixture.write(as: fixture.author) { tx throws(TargetingFault) in
            try await fixture.formulas.retire("demonstration", version: 1, reason: reason, in: tx)
        }
    }

    private func decide(
        _ fixture: TargetingFixture, as mandate: Mandate, approves: Bool = true, reason: String? = nil
    ) async throws -> StoredFormula {
        try await fixture.write(as: mandate) { tx throws(TargetingFault) in
            try await fixture.formulas.signRetirement(
                "demonstration", version: 1, approves: approves, reason: reason, in: tx)
        }
    }

    @Test(.scratchDatabase) func `a draft is submitted by its author alone`() async throws {
        let fixture = try await TargetingFixture.make(households: 0)
        let (document, binding) = (try TargetingFixture.formula(), try TargetingFixture.binding())
        _ = try await fixture.write(as: fixture.author) { tx throws(TargetingFault) in
            try await fixture.formulas.draft(document, in: tx)
        }

        let refused = try await code {
            _ = try await fixture.write(as: fixture.signers[0]) { tx throws(TargetingFault) in
                try await fixture.formulas.submit("demonstration", version: 1, binding: binding, in: tx)
            }
        }
        #expect(refused == "targeting.not_author")
        // Who brings the document becomes its author, and will not sign.
        _ = try await fixture.write(as: fixture.signers[0]) { tx throws(TargetingFault) in
            _ = try await fixture.formulas.draft(document, in: tx)
            return try await fixture.formulas.submit("demonstration", version: 1, binding: binding, in: tx)
        }
        #expect(try await code { try await fixture.sign(0) } == "targeting.own_signature")
    }

    @Test(.scratchDatabase) func `whoever submitted it does not sign, although another wrote it`() async throws {
        let fixture = try await TargetingFixture.make(households: 0)
        try await fixture.submit()
        // As it could be submitted before only authors did.
        try await fixture.registry.database.write(as: fixture.author) { tx in
            _ = try await tx.query("UPDATE targeting.formula SET submitted_by = \(fixture.signers[0].actor)")
        }

        #expect(try await code { try await fixture.sign(0) } == "targeting.own_signature")
        #expect(try await fixture.sign(1).signatures.count == 1)
    }

    @Test(.scratchDatabase) func `it leaves force when a second person signs, and not before`() async throws {
        let fixture = try await TargetingFixture.make(households: 1)
        try await fixture.inForce()

        #expect(
            try await code { _ = try await decide(fixture, as: fixture.signers[0]) } == "targeting.no_retirement")
        #expect(try await code { _ = try await retire(fixture, reason: "over") } == "targeting.invalid")
        let asked = try await retire(fixture)
        #expect(asked.state == .active && asked.retirement?.reason == Self.why && asked.retirement?.decision == nil)
        #expect(try await code { _ = try await retire(fixture) } == "targeting.retirement_asked")
        #expect(try await code { _ = try await decide(fixture, as: fixture.author) } == "targeting.own_retirement")
        #expect(
            try await code { _ = try await decide(fixture, as: fixture.signers[0], approves: false) }
                == "targeting.invalid")

        let kept = try await decide(
            fixture, as: fixture.signers[0], approves: false, reason: "The survey is of last year.")
        #expect(kept.state == .active && kept.retirement?.decision == "reject")
        _ = try await retire(fixture)
        let retired = try await decide(fixture, as: fixture.signers[0])

        #expect(retired.state == .retired && retired.reason == Self.why)
        #expect(retired.retirement?.decidedBy == fixture.signers[0].actor)
        #expect(try await fixture.events("formula.retired.v1").count == 1)
        #expect(try await code { _ = try await retire(fixture) } == "targeting.state")
    }

    @Test(.scratchDatabase) func `a wish to retire ends when another version replaces the formula`() async throws {
        let fixture = try await TargetingFixture.make(households: 1)
        try await fixture.inForce()
        _ = try await retire(fixture)

        try await fixture.submit(TargetingFixture.formula(version: 2))
        try await fixture.sign(0, version: 2)
        try await fixture.sign(1, version: 2)
        try await fixture.follow()
        try await fixture.run(version: 2)
        try await fixture.activate(version: 2, replaces: true)

        let old = try await fixture.formula(version: 1)
        #expect(old.state == .retired && old.retirement?.decision == "overtaken")
    }
}

@Suite struct `What a formula would change` {
    @Test(.scratchDatabase) func `is told to those who sign, before it comes into force`() async throws {
        let fixture = try await TargetingFixture.make(households: 10)
        try await fixture.submit()
        #expect(try await fixture.formula().dryRun == nil)

        let first = try await fixture.run()
        let told = try #require(try await fixture.formula().dryRun)
        try await fixture.run(.area(fixture.registry.collines[2]))
        let unchanged = try await fixture.formula().dryRun
        let second = try await fixture.run()

        #expect(told["run"]?.int == Int(first.id) && told["scored"] == 9 && told["unscorable"] == 1)
        #expect(told["distribution"]?.array?.count == 11 && told["movers"]?.array?.isEmpty ?? false)
        #expect(told["classes"]?["unscorable"] == 1)
        #expect(unchanged?["run"] == told["run"])
        #expect(try await fixture.formula().dryRun?["run"]?.int == Int(second.id))
        #expect(try await fixture.formula().state == .submitted)
    }

    @Test(.scratchDatabase) func `is told by shares of the ranking where a formula has no classes`() async throws {
        let fixture = try await TargetingFixture.make(households: 30)
        func document(_ version: Int, _ weight: String) throws -> JSON {
            var json = try TargetingFixture.formula(version: version).object ?? [:]
            json["classes"] = []
            json["strata"] = .array(
                (json["strata"]?.array ?? []).map { stratum in
                    var (object, terms) = (stratum.object ?? [:], stratum["terms"]?.array ?? [])
                    var first = terms[0].object ?? [:]
                    first["weight"] = .string(weight)
                    terms[0] = .object(first)
                    object["terms"] = .array(terms)
                    return .object(object)
                })
            return .object(json)
        }
        try await fixture.submit(document(1, "0.1"))
        try await fixture.sign(0)
        try await fixture.sign(1)
        try await fixture.run()
        try await fixture.activate()
        try await fixture.submit(document(2, "1.5"))

        try await fixture.run(version: 2)

        let movers = try #require(try await fixture.formula(version: 2).dryRun?["movers"]?[0])
        #expect(movers["by"] == "share" && movers["against"]?["version"] == 1)
        let rows = try await fixture.registry.rows(
            """
            SELECT o.score::text, n.score::text FROM targeting.current_score AS o
            JOIN targeting.current_score AS n ON n.household_id = o.household_id AND n.formula_id > o.formula_id
            WHERE o.score IS NOT NULL
            """)
        let before = try rows.map { try ExactDecimal(stored: $0.get(0)) }
        let after = try rows.map { try ExactDecimal(stored: $0.get(1)) }
        let shares = try #require(movers["shares"]?.array)
        #expect(shares.compactMap { $0["percentile"]?.string } == ["20", "40", "60", "80"])
        var crossing: Set<Int> = []
        for (share, percentile) in zip(shares, [20, 40, 60, 80]) {
            let rank = (before.count * percentile + 99) / 100
            let (old, new) = (before.sorted()[rank - 1], after.sorted()[rank - 1])
            let entering = rows.indices.filter { !(new < after[$0]) && old < before[$0] }
            let leaving = rows.indices.filter { new < after[$0] && !(old < before[$0]) }
            crossing.formUnion(entering + leaving)
            #expect(share["entering"]?.int == entering.count && share["leaving"]?.int == leaving.count)
            #expect(share["cut_off"]?.string == new.description && share["cut_off_before"]?.string == old.description)
        }
        #expect(!crossing.isEmpty && movers["moved"]?.int == crossing.count)
        #expect(movers["same"]?.int == 30 - crossing.count)
        #expect(movers["sample"]?.array?.count == min(20, crossing.count))
    }
}
