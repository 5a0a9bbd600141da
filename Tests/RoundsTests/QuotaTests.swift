import Foundation
import Groundwork
import Registry
import TestKit
import Testing

@testable import Rounds

@Suite struct `A file of quotas` {
    private func findings(_ csv: String, parts: [Round.Part] = [], _ fixture: RoundFixture) -> [String] {
        do {
            _ = try QuotaFile.read(Array(csv.utf8), fixture.registry.context, fixture.desk.policy, parts: parts)
            return []
        } catch {
            guard case .invalid(let findings) = error else { return [error.code] }
            return findings.map { "\($0.path.steps.joined(separator: " ")): \($0.code)" }
        }
    }

    @Test(.scratchDatabase) func `names each line with an unknown area, and a near one`() async throws {
        let fixture = try await RoundFixture.make()
        let area = fixture.areas[0]
        let near = String(area.code.dropLast()) + "X"

        let fault = #expect(throws: RoundsFault.self) {
            try QuotaFile.read(
                Array("area,places\n\(area.code),3\n\(near),4\n".utf8), fixture.registry.context,
                fixture.desk.policy, parts: [])
        }

        guard case .invalid(let findings)? = fault else { return }
        #expect(findings.map(\.path.steps) == [["line 3", "area"]])
        #expect(findings.first?.summary.contains("near: ") == true)
        #expect(findings.first?.summary.contains(String(area.code.dropLast())) == true)
    }

    @Test(.scratchDatabase) func `looks for near areas of the first hundred unknown ones alone`() async throws {
        let fixture = try await RoundFixture.make()
        let csv = "area,places\n" + (0..<20_000).map { "XX\($0),3\n" }.joined()
        let clock = ContinuousClock()
        let began = clock.now

        #expect(findings(csv, fixture).count == QuotaFile.findings)

        // With suggestions for every line this takes minutes.
        #expect(began.duration(to: clock.now) < .seconds(45))
    }

    @Test(.scratchDatabase) func `is refused where areas repeat, overlap, or numbers are none`() async throws {
        let fixture = try await RoundFixture.make()
        let area = fixture.areas[0].code
        let path = fixture.registry.context.areas.index.path(to: fixture.areas[0])
        let commune = path[path.count - 2].code

        #expect(findings("area,places\n\(area),1\n\(area),2", fixture) == ["line 3 area: quotas.twice"])
        #expect(
            findings("area,places\n\(area),1\n\(commune),2", fixture).contains { $0.hasSuffix("area: quotas.overlap") })
        #expect(findings("area,places\n\(area),-1", fixture) == ["line 2 places: quotas.places"])
        #expect(findings("area,places\n\(area),1.5", fixture) == ["line 2 places: quotas.places"])
        #expect(findings("area,places,reserve\n\(area),1,many", fixture) == ["line 2 reserve: quotas.reserve"])
        #expect(findings("area,collect_multiplier\n\(area),2", fixture) == ["line 1 places: quotas.column_missing"])
        #expect(
            findings("area,places,collect_multiplier\n\(area),2,0.5", fixture) == [
                "line 2 multiplier: quotas.multiplier"
            ])
        #expect(findings("area,places,colour\n\(area),2,red", fixture) == ["line 1 colour: quotas.column"])
        #expect(findings("area,places\n", fixture) == ["line 2 area: quotas.empty"])
        #expect(findings("", fixture) == ["line 1 area: quotas.empty"])
        #expect(findings("area,places\n\"\(area),2", fixture).first?.hasSuffix("quotas.broken") == true)
    }

    @Test(.scratchDatabase) func `parts the places into whole ones, by its own percents where it has them`()
        async throws
    {
        let fixture = try await RoundFixture.make()
        let parts = [
            Round.Part(group: "women", percent: 40, rule: "true"),
            Round.Part(group: "young", percent: 40, rule: "true"),
            Round.Part(group: "others", percent: 20, rule: "true"),
        ]
        let codes = fixture.areas.map(\.code)
        let csv = "colline_code;quota;women;young;others\n\(codes[0]);10;;;\n\(codes[1]);10;100;0;0\n"

        let lines = try QuotaFile.read(
            Array(csv.utf8), fixture.registry.context, fixture.desk.policy, parts: parts)

        #expect(
            lines.map(\.parts) == [["women": 4, "young": 4, "others": 2], ["women": 10, "young": 0, "others": 0]])
        #expect(lines.map(\.multiplier) == ["2", "2"])
        #expect(
            findings("area,places,women\n\(codes[0]),10,50", parts: parts, fixture) == ["line 2 women: quotas.parts"])
    }

    @Test(.scratchDatabase) func `is taken whole or not at all, and only before anybody was collected`() async throws {
        let fixture = try await RoundFixture.make()
        try await fixture.add(fixture.homes(8, seed: 7))
        try await fixture.act { command, tx in
            _ = try await fixture.desk.create(
                Round.Draft(code: "r1", title: "One", programme: "cash", formula: "pmt"), command: command, in: tx)
        }
        let none = await fixture.fault {
            try await fixture.act { command, tx in
                _ = try await fixture.desk.collect("r1", command: command, in: tx)
            }
        }
        #expect(none == "rounds.no_quotas")
        try await fixture.act { _, tx in
            try await fixture.desk.setQuotas("r1", csv: fixture.quotas(places: 3), in: tx)
        }
        let broken = await fixture.fault {
            try await fixture.act { _, tx in
                _ = try await fixture.desk.setQuotas("r1", csv: Array("area,places\nnowhere,3".utf8), in: tx)
            }
        }
        #expect(broken == "rounds.invalid")
        let counts = try await fixture.read { tx in
            try await fixture.desk.counts(try await fixture.desk.find("r1", in: tx), in: tx)
        }
        #expect(counts.first?.places == 12 && counts.first?.wanted == 24)

        try await fixture.act { command, tx in try await fixture.desk.collect("r1", command: command, in: tx) }
        let late = await fixture.fault {
            try await fixture.act { _, tx in
                _ = try await fixture.desk.setQuotas("r1", csv: fixture.quotas(places: 3), in: tx)
            }
        }
        #expect(late == "rounds.out_of_order")
    }
}
