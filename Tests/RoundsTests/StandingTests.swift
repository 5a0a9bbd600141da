import Documents
import Foundation
import Groundwork
import Postgres
import Registry
import TestKit
import Testing

@testable import Rounds

@Suite struct `A round of a registry that goes on` {
    private func ready(_ names: [String], places: Int) async throws -> (fixture: RoundFixture, homes: [UUID]) {
        let fixture = try await RoundFixture.make(areas: 1)
        let homes = try await fixture.register(names)
        try await fixture.ranked(csv: fixture.quotas(places: places))
        return (fixture, homes)
    }

    private let names = ["Zénon Bukuru", "Yvette Hakizimana", "Aline Irakoze", "Médard Ndikumana", "Béatrice Uwimana"]

    @Test(.scratchDatabase) func `makes nobody a candidate who was merged or deactivated, and frees the place`()
        async throws
    {
        let (fixture, homes) = try await ready(names, places: 2)
        try await fixture.decide(others: true)
        try await fixture.act(as: fixture.other) { command, tx in
            try await fixture.desk.publish("r1", appealDays: 0, command: command, in: tx)
        }
        try await fixture.registry.perform(.mergeHouseholds(survivor: ID(homes[4]), absorbed: ID(homes[0])))
        try await fixture.registry.perform(.deactivate(.household(ID(homes[2])), reason: "withdrawn"))

        let printed = try await fixture.listed()
        #expect(Set(printed.map(\.household)) == [homes[1], homes[3], homes[4]])
        #expect(try await fixture.candidates() == 1)
        let now = Dictionary(try await fixture.entries().map { ($0.household, $0) }) { one, _ in one }
        for gone in [homes[0], homes[2]] {
            #expect(now[gone]?.state == .notSelected && now[gone]?.reason == "no_longer_active")
        }
        #expect(now[homes[1]]?.state == .candidate)
        let events = try await fixture.events()
        #expect(events["validated→not_selected"] == 1 && events["waiting→not_selected"] == 1)

        try await fixture.promote()
        let early = await fixture.fault { try await fixture.close() }
        #expect(early == "rounds.candidates_missing")
        #expect(try await fixture.candidates() == 1)
        #expect(Set(try await fixture.entries(state: .candidate).map(\.household)) == [homes[1], homes[3]])
        try await fixture.close()
    }

    @Test(.scratchDatabase) func `gives the place of a deactivated household to the next that waits and is active`()
        async throws
    {
        let (fixture, homes) = try await ready(names, places: 2)
        for gone in [homes[0], homes[2]] {
            try await fixture.registry.perform(.deactivate(.household(ID(gone)), reason: "withdrawn"))
        }

        try await fixture.promote()

        #expect(Set(try await fixture.entries(state: .selected).map(\.household)) == [homes[1], homes[3]])
        #expect(Set(try await fixture.entries(state: .notSelected).map(\.household)) == [homes[0], homes[2]])
    }

    @Test(.scratchDatabase) func `ranks nobody who was merged or deactivated since the round was scored`() async throws
    {
        let (fixture, homes) = try await ready(names, places: 2)
        try await fixture.registry.perform(.mergeHouseholds(survivor: ID(homes[4]), absorbed: ID(homes[0])))
        try await fixture.registry.perform(.deactivate(.household(ID(homes[2])), reason: "withdrawn"))

        try await fixture.act { command, tx in try await fixture.desk.rank("r1", command: command, in: tx) }

        #expect(Set(try await fixture.entries(state: .selected).map(\.household)) == [homes[1], homes[3]])
        let now = Dictionary(try await fixture.entries().map { ($0.household, $0) }) { one, _ in one }
        for gone in [homes[0], homes[2]] {
            #expect(now[gone]?.state == .notSelected && now[gone]?.reason == "no_longer_active")
            #expect(now[gone]?.rank == nil)
        }
    }

    @Test(.scratchDatabase) func `lists the chosen by name and not by need, and those who wait in their turn`()
        async throws
    {
        let (fixture, _) = try await ready(names, places: 3)

        let printed = try await fixture.listed()

        #expect(printed.map(\.head) == [names[2], names[1], names[0], names[3], names[4]])
    }

    @Test(.scratchDatabase) func `lets no community overturn what was published or what an appeal decided`()
        async throws
    {
        let fixture = try await RoundFixture.make(areas: 1)
        try await fixture.add(fixture.homes(8, seed: 21))
        try await fixture.ranked(csv: fixture.quotas(places: 3))
        let chosen = try await fixture.entries(state: .selected)
        try await fixture.decide([
            .init(household: chosen[0].socialID, verdict: .objected, reason: "other"),
            .init(household: chosen[1].socialID, verdict: .objected, reason: "other"),
            .init(household: chosen[2].socialID, verdict: .validated),
        ])
        try await fixture.act(as: fixture.other) { command, tx in
            try await fixture.desk.publish("r1", appealDays: 0, command: command, in: tx)
        }
        try await fixture.appeal(chosen[0].socialID)

        for settled in [chosen[0], chosen[2]] {
            let fault = await #expect(throws: RoundsFault.self) {
                try await fixture.decide([.init(household: settled.socialID, verdict: .objected, reason: "other")])
            }
            guard case .invalid(let findings)? = fault else { continue }
            #expect(findings.map(\.code) == ["rounds.not_on_list"])
        }
        // Whoever moved up since was seen by nobody: of him the community speaks, once.
        try await fixture.promote()
        let promoted = try #require(try await fixture.entries(state: .selected).first)
        #expect(try await fixture.candidates() == 2)
        #expect(await fixture.fault { try await fixture.close() } == "rounds.candidates_missing")
        try await fixture.decide(others: true)
        #expect(try await fixture.entries(state: .validated).map(\.household) == [promoted.household])
        let again = await fixture.fault {
            try await fixture.decide([.init(household: promoted.socialID, verdict: .objected, reason: "other")])
        }
        #expect(again == "rounds.invalid")
    }

    @Test(.scratchDatabase) func `keeps upheld appeals in front of the list in the order of their decisions`()
        async throws
    {
        let fixture = try await RoundFixture.make(areas: 1)
        try await fixture.add(fixture.homes(8, seed: 21))
        try await fixture.ranked(csv: fixture.quotas(places: 2))
        let chosen = try await fixture.entries(state: .selected)
        try await fixture.decide(
            chosen.map { .init(household: $0.socialID, verdict: .objected, reason: "other") }, others: true)
        try await fixture.promote()
        try await fixture.act(as: fixture.other) { command, tx in
            try await fixture.desk.publish("r1", appealDays: 0, command: command, in: tx)
        }

        for home in chosen { try await fixture.appeal(home.socialID) }

        let waiting = try await fixture.entries(state: .waiting).sorted { ($0.turn ?? 0) < ($1.turn ?? 0) }
        #expect(waiting.prefix(2).map(\.household) == chosen.map(\.household))
    }

    @Test(.scratchDatabase) func `finds an appeal and a session behind ten thousand others, and lists them by pages`()
        async throws
    {
        let fixture = try await RoundFixture.make(areas: 1)
        try await fixture.add(fixture.homes(8, seed: 21))
        try await fixture.ranked(csv: fixture.quotas(places: 3))
        try await fixture.decide(others: true)
        try await fixture.act(as: fixture.other) { command, tx in
            try await fixture.desk.publish("r1", appealDays: 0, command: command, in: tx)
        }
        let waiting = try await fixture.entries(state: .waiting)
        try await fixture.registry.database.write(as: fixture.registry.mandate) { tx in
            try await tx.execute(
                """
                INSERT INTO targeting.appeal (
                    id, round_id, household_id, grounds, state, lodged_by, lodged_on, decided_by, decided_at, reason)
                SELECT lpad(to_hex(n), 32, '0')::uuid, r.id, \(waiting[1].household), 'left_out', 'dismissed',
                    gen_random_uuid(), '2026-11-01', gen_random_uuid(), now(), 'no_new_facts'
                FROM targeting.round AS r, generate_series(1, 10001) AS n
                """)
            try await tx.execute(
                """
                INSERT INTO targeting.session (id, round_id, area_id, held_on, actor_id, command_id)
                SELECT lpad(to_hex(n), 32, '0')::uuid, q.round_id, q.area_id, '2026-10-01', gen_random_uuid(),
                    gen_random_uuid()
                FROM targeting.quota AS q, generate_series(1, 10001) AS n
                """)
        }

        let appeal = try await fixture.appeal(waiting[0].socialID)
        let session = try #require(
            try await fixture.registry.rows("SELECT id FROM targeting.session ORDER BY id DESC LIMIT 1").first?.get(
                0, as: UUID.self))

        try await fixture.read { tx in
            let round = try await fixture.desk.find("r1", in: tx)
            #expect(try await fixture.desk.appeal(appeal, of: round, in: tx).state == .upheld)
            #expect(try await fixture.desk.session(session, of: round, in: tx).validated == 8)
            var (after, count): (UUID?, Int) = (nil, 0)
            while true {
                let page = try await fixture.desk.appeals(
                    round, state: nil, household: nil, after: after, limit: 5000, in: tx)
                guard let last = page.last else { break }
                (after, count) = (last.id, count + page.count)
            }
            #expect(count == 10002 && after == appeal)
            let one = try await fixture.desk.appeals(
                round, state: .upheld, household: waiting[0].socialID, after: nil, limit: 5, in: tx)
            #expect(one.map(\.id) == [appeal])
            let rest = try await fixture.desk.sessions(
                round, after: UUID(uuidString: "00000000-0000-0000-0000-000000002710"), limit: 5, in: tx)
            #expect(rest.map(\.id).last == session && rest.count == 2)
        }
    }

    @Test(.scratchDatabase)
    func `keeps the window of appeals open to the end of its last day, and as long as the profile says`()
        async throws
    {
        let fixture = try await RoundFixture.make(areas: 1) { document in
            var defaults = document["defaults"]?.object ?? [:]
            defaults["least_appeal_days"] = 5
            document["defaults"] = .object(defaults)
        }
        try await fixture.add(fixture.homes(8, seed: 21))
        try await fixture.ranked(csv: fixture.quotas(places: 3))
        try await fixture.decide(others: true)
        func publish(_ days: Int) async throws {
            try await fixture.act(as: fixture.other) { command, tx in
                _ = try await fixture.desk.publish("r1", appealDays: days, command: command, in: tx)
            }
        }
        #expect(await fixture.fault { try await publish(4) } == "rounds.invalid")
        try await publish(5)
        func after(_ days: Int) -> RoundFixture {
            let desk = RoundDesk(
                context: fixture.desk.context, policy: fixture.desk.policy,
                today: { RegistryFixture.today.adding(days: days) })
            return RoundFixture(registry: fixture.registry, desk: desk, areas: fixture.areas)
        }

        #expect(await fixture.fault { _ = try await after(5).candidates() } == "rounds.appeal_window")
        #expect(try await after(6).candidates() == 3)
    }

    @Test(.scratchDatabase) func `takes in households whose area is of a former division`() async throws {
        let fixture = try await RoundFixture.make(areas: 1)
        let rows = try await fixture.registry.rows(
            """
            SELECT r.area_id, old.id FROM registry.area_reading AS r
            JOIN registry.area AS now ON now.id = r.area_id AND now.geography_id = r.geography_id AND now.level = r.level
            JOIN registry.geography AS g ON g.id = now.geography_id AND g.code = \(fixture.registry.context.areas.index.current)
            JOIN registry.area AS old
                ON old.geography_id <> now.geography_id AND old.preorder BETWEEN r.first_order AND r.last_order
            ORDER BY r.level DESC, now.preorder, old.preorder
            LIMIT 1
            """)
        let row = try #require(rows.first)
        let index = fixture.registry.context.areas.index
        let now = try #require(index[Int(try row.get(0, as: Int32.self))])
        let old = try #require(index[Int(try row.get(1, as: Int32.self))])
        let former = RoundFixture(registry: fixture.registry, desk: fixture.desk, areas: [old])
        try await former.add(former.homes(3, seed: 4))

        try await fixture.ranked(csv: Array("area,places\n\(now.code),2".utf8))

        let entries = try await fixture.entries()
        #expect(entries.count == 3 && entries.allSatisfy { $0.area == now.id })
        try await fixture.read { tx in
            let there = try await fixture.desk.entries(
                try await fixture.desk.find("r1", in: tx), state: nil, area: now, after: nil, limit: 10, in: tx)
            #expect(there.count == 3)
        }
    }

    @Test(.scratchDatabase) func `tells of sessions, appeals and rules by events`() async throws {
        let fixture = try await RoundFixture.make(areas: 1)
        try await fixture.add(fixture.homes(8, seed: 21))
        try await fixture.act { _, tx in
            _ = try await fixture.desk.book.draft(code: "all", title: "All", text: "true", in: tx)
        }
        try await fixture.act(as: fixture.other) { command, tx in
            _ = try await fixture.desk.book.publish(code: "all", version: 1, seed: 1, command: command, in: tx)
        }
        try await fixture.ranked(csv: fixture.quotas(places: 3), rule: "all")
        try await fixture.decide(others: true)
        try await fixture.act(as: fixture.other) { command, tx in
            try await fixture.desk.publish("r1", appealDays: 0, command: command, in: tx)
        }
        let home = try #require(try await fixture.entries(state: .waiting).first)
        let appeal = try await fixture.appeal(home.socialID)

        let rows = try await fixture.registry.rows(
            """
            SELECT type, subject_kind, subject_id, COALESCE(body ->> 'appeal', '') FROM registry.event
            WHERE type IN ('rule.published.v1', 'round.session_recorded.v1', 'appeal.lodged.v1', 'appeal.decided.v1')
            ORDER BY type
            """)
        let events = try rows.map { row in
            "\(try row.get(0, as: String.self)) \(try row.get(1, as: String.self)) \(try row.get(3, as: String.self))"
        }
        #expect(
            events == [
                "appeal.decided.v1 household \(appeal.lowercased)", "appeal.lodged.v1 household \(appeal.lowercased)",
                "round.session_recorded.v1 round ", "rule.published.v1 rule ",
            ])
        #expect(try rows.first?.get(2, as: UUID.self) == home.household)
    }

    @Test(.scratchDatabase) func `refuses groups that no column of quotas can be named after`() async throws {
        let fixture = try await RoundFixture.make(areas: 1)
        let fault = await #expect(throws: RoundsFault.self) {
            try await fixture.act { command, tx in
                let draft = Round.Draft(
                    code: "r1", title: "One", programme: "cash", formula: "pmt",
                    parts: [.init(group: "Women", percent: 100, rule: "true")])
                _ = try await fixture.desk.create(draft, command: command, in: tx)
            }
        }
        guard case .invalid(let findings)? = fault else { return }
        #expect(findings.map { "\($0.path) \($0.code)" } == ["/parts/0/group rounds.group"])
    }
}

extension RoundFixture {
    /// Registers a household for each head, with scores from the poorest on.
    func register(_ heads: [String]) async throws -> [UUID] {
        var homes: [UUID] = []
        for (place, head) in heads.enumerated() {
            let words = head.split(separator: " ").map(String.init)
            let person = RegistryFixture.person(words[0], words[1], born: "19\(60 + place * 7)-03-0\(1 + place)")
            let home = try await registry.perform(
                .registerHousehold(RegistryFixture.household(in: areas[0], members: [person]))
            ).households[0].rawValue
            homes.append(home)
            try await registry.database.write(as: registry.mandate) { tx in
                try await tx.execute(
                    """
                    INSERT INTO targeting.current_score (household_id, formula_id, run_id, score, class, since)
                    SELECT \(home), f.id, 1, \(Int32(place + 1)), 'poor', now()
                    FROM targeting.formula AS f WHERE f.code = 'pmt'
                    """)
            }
        }
        return homes
    }

    func decide(_ decisions: [CommunitySession.Decision] = [], others: Bool = false) async throws {
        try await act { command, tx in
            _ = try await desk.decide(
                "r1", area: areas[0].code, heldOn: RegistryFixture.today, attendance: nil, decisions: decisions,
                others: others, command: command, in: tx)
        }
    }

    func promote() async throws {
        try await act { command, tx in
            _ = try await desk.promote("r1", area: nil, limit: nil, command: command, in: tx)
        }
    }

    func candidates() async throws -> Int {
        try await act { command, tx in try await desk.candidates("r1", command: command, in: tx).changed }
    }

    func close() async throws {
        try await act { command, tx in _ = try await desk.close("r1", command: command, in: tx) }
    }

    /// Lodges an appeal, which somebody else upholds.
    @discardableResult
    func appeal(_ household: String) async throws -> UUID {
        let id = try await act { command, tx in
            try await desk.lodge("r1", household: household, grounds: "left_out", command: command, in: tx)
        }
        try await act(as: other) { command, tx in
            try await desk.rule(
                "r1", appeal: id, upheld: true, reason: "objection_refuted", command: command, in: tx)
        }
        return id
    }

    func listed() async throws -> [RoundEntry] {
        try await read { tx in
            try await desk.listed(try await desk.find("r1", in: tx), [areas[0].id], in: tx)[areas[0].id] ?? []
        }
    }
}
