import Documents
import Foundation
import Groundwork
import Postgres
import Printing
import Registry
import TestKit
import Testing

@testable import Rounds

@Suite struct `A round after its ranking` {
    private func ready(areas: Int = 1, places: Int = 3) async throws -> RoundFixture {
        let fixture = try await RoundFixture.make(areas: areas)
        try await fixture.add(fixture.homes(8 * areas, seed: 21))
        try await fixture.ranked(csv: fixture.quotas(places: places))
        return fixture
    }

    private func decide(
        _ fixture: RoundFixture, _ decisions: [CommunitySession.Decision], area: Int = 0, others: Bool = false
    ) async throws {
        try await fixture.act { command, tx in
            _ = try await fixture.desk.decide(
                "r1", area: fixture.areas[area].code, heldOn: RegistryFixture.today, attendance: 40,
                decisions: decisions,
                others: others, command: command, in: tx)
        }
    }

    @Test(.scratchDatabase) func `goes from the lists to the candidates, each change of a household an event`()
        async throws
    {
        let fixture = try await ready()
        let chosen = try await fixture.entries(state: .selected).sorted { ($0.rank ?? 0) < ($1.rank ?? 0) }
        let waiting = try await fixture.entries(state: .waiting).sorted { ($0.turn ?? 0) < ($1.turn ?? 0) }

        try await decide(
            fixture,
            [
                .init(household: chosen[0].socialID, verdict: .objected, reason: "moved_away"),
                .init(household: waiting[0].socialID, verdict: .objected, reason: "deceased"),
            ], others: true)
        try await fixture.act { command, tx in
            try await fixture.desk.promote("r1", area: nil, limit: nil, command: command, in: tx)
        }
        let now = try await fixture.entries()
        #expect(now.filter { $0.state == .validated }.count == 3)
        #expect(now.first { $0.household == waiting[1].household }?.state == .validated)
        #expect(now.first { $0.household == chosen[0].household }?.reason == "moved_away")

        try await fixture.act(as: fixture.other) { command, tx in
            try await fixture.desk.publish("r1", appealDays: 0, command: command, in: tx)
        }
        let appeal = try await fixture.act { command, tx in
            try await fixture.desk.lodge(
                "r1", household: chosen[0].socialID, grounds: "wrong_objection", command: command, in: tx)
        }
        let early = await fixture.fault {
            try await fixture.act { command, tx in
                _ = try await fixture.desk.candidates("r1", command: command, in: tx)
            }
        }
        #expect(early == "rounds.appeals_open")
        try await fixture.act(as: fixture.other) { command, tx in
            try await fixture.desk.rule(
                "r1", appeal: appeal, upheld: true, reason: "objection_refuted", command: command, in: tx)
        }
        // No place is free: nobody who was chosen loses his, and the household waits in front.
        let upheld = try await fixture.entries(state: .waiting).min { ($0.turn ?? 0) < ($1.turn ?? 0) }
        #expect(upheld?.household == chosen[0].household && (upheld?.turn ?? 1) < 1)

        let work = try await fixture.act { command, tx in
            try await fixture.desk.candidates("r1", command: command, in: tx)
        }
        #expect(work.changed == 3)
        let closed = try await fixture.act { command, tx in
            try await fixture.desk.close("r1", command: command, in: tx)
        }
        #expect(closed.state == .closed)
        #expect(
            try await fixture.events() == [
                "→surveyed": 8, "surveyed→scored": 8, "scored→selected": 3, "scored→waiting": 5, "selected→objected": 1,
                "selected→validated": 2, "waiting→objected": 1, "waiting→validated": 1, "objected→waiting": 1,
                "validated→candidate": 3,
            ])
    }

    @Test(.scratchDatabase) func `gives a free place to the household whose appeal was upheld`() async throws {
        let fixture = try await ready()
        let chosen = try await fixture.entries(state: .selected)
        try await decide(
            fixture, [.init(household: chosen[0].socialID, verdict: .objected, reason: "other")], others: true)
        try await fixture.act(as: fixture.other) { command, tx in
            try await fixture.desk.publish("r1", appealDays: nil, command: command, in: tx)
        }
        let appeal = try await fixture.act { command, tx in
            try await fixture.desk.lodge(
                "r1", household: chosen[0].socialID, grounds: "wrong_objection", command: command, in: tx)
        }
        try await fixture.act(as: fixture.other) { command, tx in
            try await fixture.desk.rule(
                "r1", appeal: appeal, upheld: true, reason: "objection_refuted", command: command, in: tx)
        }

        let entry = try await fixture.entries().first { $0.household == chosen[0].household }
        #expect(entry?.state == .validated)
        let open = await fixture.fault {
            try await fixture.act { command, tx in
                _ = try await fixture.desk.candidates("r1", command: command, in: tx)
            }
        }
        #expect(open == "rounds.appeal_window")
    }

    @Test(.scratchDatabase)
    func `refuses decisions on households that are not on the list, and keeps nothing of the session`()
        async throws
    {
        let fixture = try await ready(areas: 2)
        let entries = try await fixture.entries(state: .selected)
        let here = try #require(entries.first { $0.area == fixture.areas[0].id })
        let elsewhere = try #require(entries.first { $0.area == fixture.areas[1].id })

        let fault = await #expect(throws: RoundsFault.self) {
            try await decide(
                fixture,
                [
                    .init(household: here.socialID, verdict: .validated),
                    .init(household: elsewhere.socialID, verdict: .validated),
                    .init(household: "999999999999", verdict: .validated),
                    .init(household: here.household.lowercased, verdict: .validated),
                    .init(household: here.socialID, verdict: .objected, reason: "dislike"),
                ])
        }

        guard case .invalid(let findings)? = fault else { return }
        #expect(
            findings.map { "\($0.path) \($0.code)" } == [
                "/decisions/1/household rounds.household_not_in_round",
                "/decisions/2/household rounds.household_not_in_round", "/decisions/3/household rounds.twice",
                "/decisions/4/household rounds.twice",
            ])
        #expect(try await fixture.entries(state: .validated).isEmpty)
        let reason = await fixture.fault {
            try await decide(fixture, [.init(household: here.socialID, verdict: .objected, reason: "dislike")])
        }
        #expect(reason == "rounds.invalid")
    }

    @Test(.scratchDatabase) func `refuses every step out of order`() async throws {
        let fixture = try await ready()
        func fault(_ work: @escaping (CommandID, borrowing Transaction) async throws -> Void) async -> String? {
            await fixture.fault { try await fixture.act { command, tx in try await work(command, tx) } }
        }
        let desk = fixture.desk
        #expect(await fault { _ = try await desk.collect("r1", command: $0, in: $1) } == "rounds.out_of_order")
        #expect(await fault { _ = try await desk.score("r1", command: $0, in: $1) } == "rounds.out_of_order")
        #expect(
            await fault { _ = try await desk.publish("r1", appealDays: nil, command: $0, in: $1) }
                == "rounds.out_of_order")
        #expect(await fault { _ = try await desk.candidates("r1", command: $0, in: $1) } == "rounds.out_of_order")
        #expect(await fault { _ = try await desk.close("r1", command: $0, in: $1) } == "rounds.out_of_order")
        #expect(
            await fault {
                _ = try await desk.lodge("r1", household: "1", grounds: "other", command: $0, in: $1)
            } == "rounds.out_of_order")
        #expect(await fault { _ = try await desk.rank("r2", command: $0, in: $1) } == "rounds.not_found")

        let chosen = try await fixture.entries(state: .selected)
        try await decide(fixture, [.init(household: chosen[0].socialID, verdict: .validated)])
        #expect(await fault { _ = try await desk.rank("r1", command: $0, in: $1) } == "rounds.out_of_order")
        #expect(
            await fault { _ = try await desk.publish("r1", appealDays: nil, command: $0, in: $1) }
                == "rounds.sessions_missing")
        try await decide(fixture, [], others: true)
        // Whoever ranked does not publish.
        #expect(
            await fault { _ = try await desk.publish("r1", appealDays: nil, command: $0, in: $1) } == "rounds.own_work")
    }

    @Test(.scratchDatabase)
    func `lets nobody decide on the appeal that he recorded, and takes none after the last day`() async throws {
        let fixture = try await ready()
        try await decide(fixture, [], others: true)
        try await fixture.act(as: fixture.other) { command, tx in
            try await fixture.desk.publish("r1", appealDays: 5, command: command, in: tx)
        }
        let waiting = try #require(try await fixture.entries(state: .waiting).first)
        let appeal = try await fixture.act { command, tx in
            try await fixture.desk.lodge(
                "r1", household: waiting.socialID, grounds: "left_out", command: command, in: tx)
        }
        let own = await fixture.fault {
            try await fixture.act { command, tx in
                try await fixture.desk.rule(
                    "r1", appeal: appeal, upheld: false, reason: "no_new_facts", command: command, in: tx)
            }
        }
        let twice = await fixture.fault {
            try await fixture.act { command, tx in
                _ = try await fixture.desk.lodge(
                    "r1", household: waiting.socialID, grounds: "left_out", command: command, in: tx)
            }
        }
        let later = RoundDesk(
            context: fixture.desk.context, policy: fixture.desk.policy, today: { RegistryFixture.today.adding(days: 6) }
        )
        let late = await fixture.fault {
            try await fixture.act { command, tx in
                _ = try await later.lodge(
                    "r1", household: waiting.socialID, grounds: "left_out", command: command, in: tx)
            }
        }
        #expect(own == "rounds.own_work")
        #expect(twice == "rounds.appeal_open")
        #expect(late == "rounds.appeal_window")
    }

    @Test(.scratchDatabase) func `goes straight to publication where the profile asks no community`() async throws {
        let fixture = try await RoundFixture.make(areas: 1) { document in
            var steps = document["steps"]?.object ?? [:]
            steps["ranked"] = ["published"]
            document["steps"] = .object(steps)
        }
        try await fixture.add(fixture.homes(5, seed: 30))
        try await fixture.ranked(csv: fixture.quotas(places: 2))

        let round = try await fixture.act(as: fixture.other) { command, tx in
            try await fixture.desk.publish("r1", appealDays: 0, command: command, in: tx)
        }
        let work = try await fixture.act { command, tx in
            try await fixture.desk.candidates("r1", command: command, in: tx)
        }

        #expect(round.state == .published && !round.hasCommunity)
        #expect(work.changed == 2)
    }

    @Test(.scratchDatabase) func `prints lists with every accent, a page for each area and its numbers`() async throws {
        let fixture = try await RoundFixture.make(areas: 2)
        let area = fixture.areas[0]
        let home = try await fixture.registry.perform(
            .registerHousehold(
                RegistryFixture.household(in: area, members: [RegistryFixture.person("Espérance", "Ndayishimiyë")]))
        ).households[0]
        try await fixture.add(fixture.homes(70, seed: 31))
        try await fixture.registry.database.write(as: fixture.registry.mandate) { tx in
            try await tx.execute(
                """
                INSERT INTO targeting.current_score (household_id, formula_id, run_id, score, class, since)
                SELECT \(home), f.id, 1, 1, 'poor', now() FROM targeting.formula AS f
                """)
        }
        try await fixture.ranked(csv: fixture.quotas(places: 30))
        let path = fixture.registry.context.areas.index.path(to: area)
        let fonts = PrintFonts(
            regular: "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
            bold: "/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf")

        let whole = try await fixture.read { tx in
            try await fixture.desk.printed("r1", within: path[0], language: nil, fonts: fonts, in: tx).bytes
        }
        let one = try await fixture.read { tx in
            try await fixture.desk.printed("r1", within: area, language: "eng", fonts: fonts, in: tx).bytes
        }
        let again = try await fixture.read { tx in
            try await fixture.desk.printed("r1", within: area, language: "eng", fonts: fonts, in: tx).bytes
        }

        #expect(Array(whole.prefix(5)) == Array("%PDF-".utf8))
        #expect(one == again)
        #expect(one.count < whole.count)
        let (text, name) = (PrintedText(one), "Espérance Ndayishimiyë")
        #expect(
            text.lines.count { $0 == name } == 1 && text.lines.contains { $0.contains(area.name) },
            "\(text.lines.prefix(30))")
        #expect(text.glyphs.count == 2 && text.prints(name) && !text.prints("\u{E000}"))
        let broken = await fixture.fault {
            _ = try await fixture.read { tx in
                try await fixture.desk.printed(
                    "r1", within: area, language: nil, fonts: PrintFonts(regular: "/no.ttf", bold: "/no.ttf"), in: tx)
            }
        }
        #expect(broken == "printing.font")
    }
}
