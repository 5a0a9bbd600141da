import Documents
import Foundation
import Groundwork
import Postgres
import Registry
import Scorecards
import TestKit
import Testing

@testable import Targeting

@Suite struct `Runs that wait` {
    private func report(_ fixture: TargetingFixture, _ run: Int64) async throws -> ScoreRun.Report {
        try await fixture.registry.database.read(as: fixture.author) { tx in try await ScoreRun.report(run, in: tx) }
    }

    private func begin(
        _ fixture: TargetingFixture, _ scope: ScoreRun.Scope = .registry, version: Int = 1, asOf: CalendarDate? = nil
    ) async throws -> Int64 {
        try await fixture.runs.begin("demonstration", version: version, scope, asOf: asOf, as: fixture.author)
    }

    @Test(.scratchDatabase) func `are given up when their area is gone, and hold back none behind them`() async throws {
        let fixture = try await TargetingFixture.make(households: 2)
        try await fixture.submit()
        let lost = try await begin(fixture, .area(fixture.registry.collines[0]))
        let next = try await begin(fixture)
        try await fixture.registry.database.write(as: fixture.author) { tx in
            _ = try await tx.query("UPDATE targeting.run SET area_id = 2000000000 WHERE id = \(lost)")
        }

        try await fixture.follow()

        let given = try await report(fixture, lost)
        #expect(given.state == "given_up" && given.reason == "its area is no longer known" && given.finishedAt != nil)
        #expect(try await report(fixture, next).state == "done")
    }

    @Test(.scratchDatabase) func `are given up when their formula was rejected`() async throws {
        let fixture = try await TargetingFixture.make(households: 2)
        try await fixture.submit()
        let run = try await begin(fixture)
        try await fixture.sign(0, approves: false, reason: "The weights are of another survey.")

        try await fixture.follow()

        let given = try await report(fixture, run)
        #expect(given.state == "given_up" && given.reason == "its formula is rejected")
        #expect(try await fixture.registry.rows("SELECT 1 FROM targeting.current_score").isEmpty)
    }

    @Test(.scratchDatabase) func `are gone on with whatever their day, unless another day is asked for`() async throws {
        let fixture = try await TargetingFixture.make(households: 1)
        try await fixture.submit()
        let day = try #require(CalendarDate("2026-01-31"))
        let other = try #require(CalendarDate("2026-02-28"))
        let open = try await begin(fixture, asOf: day)

        #expect(try await begin(fixture) == open)
        #expect(try await begin(fixture, asOf: day) == open)
        #expect(try await begin(fixture, asOf: other) != open)
    }

    @Test(.scratchDatabase) func `keep their formula from coming into force`() async throws {
        let fixture = try await TargetingFixture.make(households: 1)
        try await fixture.submit()
        try await fixture.sign(0)
        try await fixture.sign(1)
        try await fixture.run()
        _ = try await begin(fixture, .households([fixture.households[0]]))

        do {
            try await fixture.activate()
            Issue.record("half of the scores were in place")
        } catch let fault as TargetingFault {
            #expect(fault.code == "targeting.busy")
        }
        try await fixture.follow()
        #expect(try await fixture.activate().state == .active)

        // The run that follows an activation; the next version is compared with its scores.
        try await fixture.submit(TargetingFixture.formula(version: 2))
        try await fixture.sign(0, version: 2)
        try await fixture.sign(1, version: 2)
        try await fixture.run(version: 2)
        await #expect(throws: TargetingFault.self) { try await fixture.activate(version: 2, replaces: true) }
        try await fixture.follow()
        #expect(try await fixture.activate(version: 2, replaces: true).state == .active)
    }
}

@Suite struct `Formulas whose days have not come` {
    @Test(.scratchDatabase) func `keep their scores up to date, and tell no household that it was scored`() async throws
    {
        let fixture = try await TargetingFixture.make(households: 3)
        var json = try TargetingFixture.formula().object ?? [:]
        json["valid_from"] = .string(RegistryFixture.today.adding(months: 1).description)
        try await fixture.submit(.object(json))
        try await fixture.sign(0)
        try await fixture.sign(1)
        try await fixture.run()
        try await fixture.activate()
        try await fixture.follow()
        let household = fixture.households[1]
        let before = try #require(try await fixture.scores(of: household).first)

        try await fixture.change(household, ["asset_mattress": 1, "roof": "none"])
        try await fixture.follow()

        let after = try #require(try await fixture.scores(of: household).first)
        #expect(after.run > before.run && after.score != before.score)
        #expect(try await fixture.events("household.scored.v1").isEmpty)
    }
}
