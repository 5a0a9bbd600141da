import Foundation
import Groundwork
import Postgres
import Registry
import Scorecards
import TestKit
import Testing

@testable import Rounds

/// The defects named here are those of systems in use, told in the facts about proxy means tests.
@Suite struct `Ranking and cutting a round` {
    @Test(
        .scratchDatabase,
        arguments: [
            ("lower", ["larger_household", "household"]), ("higher", ["earlier_registered"]), ("lower", []),
        ]) func `chooses as the pure engine does, whatever the quotas, parts, ties and cut-offs`(
            poorer: String, ties: [String]
        ) async throws
    {
        let seed = UInt64.random(in: 0...999_999)
        let fixture = try await RoundFixture.make()
        try await RoundFixture.formula("other", poorer: poorer, ties: ties, on: fixture.registry)
        let homes = fixture.homes(240, seed: seed, scored: false)
        try await fixture.add(homes)
        try await fixture.registry.database.write(as: fixture.registry.mandate) { tx in
            try await tx.execute(
                "UPDATE targeting.formula SET state = 'submitted', activated_at = NULL, activated_by = NULL")
            try await tx.execute(
                """
                UPDATE targeting.formula SET state = 'active', activated_at = now(), activated_by = gen_random_uuid(),
                    document = (SELECT document FROM targeting.formula WHERE code = 'other')
                WHERE code = 'pmt'
                """)
        }
        let parts = [
            Round.Part(group: "town", percent: 40, rule: "residence == \"urban\""),
            Round.Part(group: "large", percent: 40, rule: "size >= 3"),
            Round.Part(group: "rest", percent: 20, rule: "size < 0"),
        ]
        let quotas = [(0, 0), (7, 3), (20, 100), (1, 0)]
        let csv = (["area,quota,reserve"] + zip(fixture.areas, quotas).map { "\($0.code),\($1.0),\($1.1)" })
            .joined(separator: "\n")
        let cutOff = poorer == "lower" ? "9734" : "9733"

        try await fixture.ranked(csv: Array(csv.utf8), parts: parts, cutOff: cutOff, rule: nil)

        let found = try await fixture.entries()
        let ranking = Ranking(
            poorer: try #require(Formula.Poorer(rawValue: poorer)),
            tieBreak: ties.compactMap(Formula.TieBreak.init(rawValue:)))
        let bound = try #require(ExactDecimal(cutOff))
        for (area, quota) in zip(fixture.areas, quotas) {
            let candidates = homes.filter { $0.area.id == area.id }.compactMap { home -> Candidate? in
                guard let score = home.score.flatMap({ ExactDecimal($0) }),
                    CutOff(poorer: ranking.poorer, last: bound).takes(score)
                else { return nil }
                return Candidate(
                    household: home.id.lowercased, score: score, members: home.members, registered: home.registered)
            }
            let group = Dictionary(
                uniqueKeysWithValues: homes.map { home in
                    (home.id.lowercased, home.residence == "urban" ? "town" : home.members >= 3 ? "large" : nil)
                })
            let expected = Quota(places: quota.0, reserve: quota.1).choose(
                candidates, ranking,
                parts: parts.map { SubQuota(group: $0.group, percent: $0.percent) }
            ) { group[$0.household] ?? nil }
            let mine = Dictionary(
                uniqueKeysWithValues: found.filter { $0.area == area.id }.map { ($0.household.lowercased, $0) })
            for (place, (candidate, choice)) in expected.enumerated() {
                let entry = try #require(mine[candidate.household])
                #expect(entry.rank == place + 1, "seed \(seed)")
                switch choice {
                case .selected: #expect(entry.state == .selected, "seed \(seed)")
                case .waiting(let turn): #expect(entry.state == .waiting && entry.turn == turn, "seed \(seed)")
                case .notSelected:
                    #expect(entry.state == .notSelected && entry.reason == "beyond_reserve", "seed \(seed)")
                }
            }
            let ranked = Set(expected.map(\.candidate.household))
            for (id, entry) in mine where !ranked.contains(id) {
                #expect(entry.rank == nil)
                #expect(
                    entry.score == nil
                        ? entry.state == .surveyed && entry.reason == "no_score"
                        : entry.state == .notSelected && entry.reason == "beyond_cut_off")
            }
        }
    }

    @Test(.scratchDatabase) func `cuts equal scores by the declared tie-break, the same at every run`() async throws {
        let fixture = try await RoundFixture.make(areas: 1)
        var homes = fixture.homes(12, seed: 1)
        for place in homes.indices { homes[place].score = "9733" }
        try await fixture.add(homes)
        try await fixture.ranked(csv: fixture.quotas(places: 5))
        let first = Set(try await fixture.entries(state: .selected).map(\.household))

        try await fixture.act { command, tx in try await fixture.desk.rank("r1", command: command, in: tx) }

        #expect(Set(try await fixture.entries(state: .selected).map(\.household)) == first)
        let expected = homes.sorted { ($1.members, $0.id.lowercased) < ($0.members, $1.id.lowercased) }.prefix(5)
        #expect(first == Set(expected.map(\.id)))
    }

    @Test(.scratchDatabase) func `ranks by the version in force, not by a later one whose days have not come`()
        async throws
    {
        let fixture = try await RoundFixture.make(areas: 1)
        let homes = fixture.homes(6, seed: 5)
        try await fixture.add(homes)
        try await fixture.registry.database.write(as: fixture.registry.mandate) { tx in
            try await tx.execute(
                """
                INSERT INTO targeting.formula (
                    code, version, sha256, document, binding, strata, valid_from, state, author_id, submitted_at,
                    activated_at, activated_by)
                SELECT code, 2, sha256('y'), document || '{"poorer": "higher"}', binding, strata, current_date + 1, state,
                    author_id, submitted_at, activated_at, activated_by
                FROM targeting.formula WHERE code = 'pmt'
                """)
        }

        try await fixture.ranked(csv: fixture.quotas(places: 2))

        let round = try await fixture.read { tx in try await fixture.desk.find("r1", in: tx) }
        #expect(round.poorer == .lower)
        let chosen = try await fixture.entries(state: .selected).compactMap { $0.score.flatMap { ExactDecimal($0) } }
        let others = try await fixture.entries(state: .waiting).compactMap { $0.score.flatMap { ExactDecimal($0) } }
        #expect(chosen.count == 2 && chosen.allSatisfy { score in others.allSatisfy { !($0 < score) } })
    }

    @Test(.scratchDatabase) func `never ranks a household of whom an answer is missing, neither poor nor rich`()
        async throws
    {
        let fixture = try await RoundFixture.make(areas: 1)
        var homes = fixture.homes(3, seed: 2)
        homes[1].score = nil
        try await fixture.add(homes)

        try await fixture.ranked(csv: fixture.quotas(places: 10))

        let entries = try await fixture.entries()
        #expect(entries.filter { $0.state == .selected }.count == 2)
        #expect(entries.first { $0.household == homes[1].id }?.reason == "no_score")
    }

    @Test(.scratchDatabase) func `chooses nobody where a rule takes nobody, instead of everybody`() async throws {
        let fixture = try await RoundFixture.make()
        try await fixture.add(fixture.homes(20, seed: 3))
        try await fixture.act { _, tx in
            try await fixture.desk.book.draft(code: "nobody", title: "Nobody", text: "size < 0", in: tx)
        }
        try await fixture.act(as: fixture.other) { _, tx in
            try await fixture.desk.book.publish(code: "nobody", version: nil, seed: 1, command: CommandID(), in: tx)
        }

        try await fixture.ranked(csv: fixture.quotas(places: 3), rule: "nobody")

        let entries = try await fixture.entries()
        #expect(entries.allSatisfy { $0.state == .notSelected && $0.reason == "not_eligible" })
        #expect(entries.count == 20)
    }

    @Test(.scratchDatabase) func `keeps a state for each programme, never one for the household`() async throws {
        let fixture = try await RoundFixture.make(areas: 1)
        let homes = fixture.homes(4, seed: 4)
        try await fixture.add(homes)

        try await fixture.ranked("cash-1", csv: fixture.quotas(places: 4))
        try await fixture.ranked("works-1", csv: fixture.quotas(places: 1, more: ",reserve", values: ",0"))

        #expect(try await fixture.entries("cash-1", state: .selected).count == 4)
        #expect(try await fixture.entries("works-1", state: .selected).count == 1)
        #expect(try await fixture.entries("works-1", state: .notSelected).count == 3)
    }

    @Test(.scratchDatabase) func `leaves nothing behind when it is killed in the middle`() async throws {
        let fixture = try await RoundFixture.make()
        try await fixture.add(fixture.homes(40, seed: 5))
        try await fixture.ranked(csv: fixture.quotas(places: 3))
        let before = try await fixture.entries().map { [$0.state.rawValue, $0.reason ?? "", "\($0.rank ?? 0)"] }
        let events = try await fixture.events()
        try await fixture.registry.database.write(as: fixture.registry.mandate) { tx in
            try await tx.execute("UPDATE targeting.current_score SET score = score * -1")
        }

        // The connection dies behind the ranking and before its transaction ends.
        let fault = await fixture.fault {
            try await fixture.act { command, tx in
                _ = try await fixture.desk.rank("r1", command: command, in: tx)
                _ = try await tx.query("SELECT pg_terminate_backend(pg_backend_pid())")
            }
        }

        #expect(fault != nil)
        #expect(try await fixture.entries().map { [$0.state.rawValue, $0.reason ?? "", "\($0.rank ?? 0)"] } == before)
        #expect(try await fixture.events() == events)
        try await fixture.act { command, tx in try await fixture.desk.rank("r1", command: command, in: tx) }
    }

    @Test(.scratchDatabase) func `lets one of two operators act, and tells the other`() async throws {
        let fixture = try await RoundFixture.make()
        try await fixture.add(fixture.homes(10, seed: 6))
        try await fixture.ranked(csv: fixture.quotas(places: 3))

        try await fixture.act { command, tx in
            _ = try await fixture.desk.rank("r1", command: command, in: tx)
            let second = await fixture.fault {
                try await fixture.act(as: fixture.other) { command, tx in
                    _ = try await fixture.desk.rank("r1", command: command, in: tx)
                }
            }
            #expect(second == "rounds.busy")
        }
    }
}
