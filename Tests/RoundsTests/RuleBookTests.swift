import Foundation
import Groundwork
import Postgres
import Registry
import Rules
import Search
import TestKit
import Testing

@testable import Rounds

@Suite struct `The book of rules` {
    @Test(.scratchDatabase) func `previews how many a rule takes, and the difference from its last version`()
        async throws
    {
        let fixture = try await RoundFixture.make()
        let homes = fixture.homes(30, seed: 11)
        try await fixture.add(homes)
        let book = fixture.desk.book
        let small = homes.filter { $0.members >= 2 }.count
        let large = homes.filter { $0.members >= 3 }.count

        let draft = try await fixture.act { _, tx in
            try await book.draft(code: "large", title: "Large", text: "size >= 3", in: tx)
        }
        #expect(draft.version == 1 && draft.state == .draft)
        let published = try await fixture.act(as: fixture.other) { _, tx in
            try await book.publish(code: "large", version: nil, seed: 1, command: CommandID(), in: tx)
        }
        #expect(published.preview?.takes == large && published.preview?.gained == nil)
        #expect(published.sampled == 30)

        let preview = try await fixture.read { tx in
            try await book.preview("size >= 2", code: "large", in: tx)
        }
        #expect(preview.households == 30 && preview.takes == small)
        #expect(preview.gained == small - large && preview.lost == 0)
        let there = try await fixture.read { tx in
            try await book.preview("true", code: "large", area: fixture.areas[0], in: tx)
        }
        #expect(there.households == homes.filter { $0.area.id == fixture.areas[0].id }.count)
        #expect(there.lost == 0 && there.takes == there.households)
    }

    @Test(.scratchDatabase) func `replaces a version by the next, and keeps every text for ever`() async throws {
        let fixture = try await RoundFixture.make()
        let book = fixture.desk.book
        for text in ["size >= 3", "size >= 4"] {
            try await fixture.act { _, tx in try await book.draft(code: "r", title: "R", text: text, in: tx) }
            try await fixture.act(as: fixture.other) { _, tx in
                try await book.publish(code: "r", version: nil, seed: 1, command: CommandID(), in: tx)
            }
        }
        let all = try await fixture.read { tx in try await book.list(code: "r", in: tx) }
        #expect(all.map(\.state) == [.published, .replaced])
        #expect(all.map(\.text) == ["size >= 4", "size >= 3"])

        for change in ["UPDATE targeting.rule SET text = 'true'", "DELETE FROM targeting.rule"] {
            await #expect(throws: (any Error).self) {
                try await fixture.registry.database.write(as: fixture.registry.mandate) { tx in
                    try await tx.execute(SQL(unchecked: change))
                }
            }
        }
    }

    @Test(.scratchDatabase) func `is published by somebody other than its author`() async throws {
        let fixture = try await RoundFixture.make()
        let book = fixture.desk.book
        try await fixture.act { _, tx in try await book.draft(code: "r", title: "R", text: "size > 1", in: tx) }

        let own = await fixture.fault {
            try await fixture.act { _, tx in
                _ = try await book.publish(code: "r", version: 1, seed: 1, command: CommandID(), in: tx)
            }
        }
        #expect(own == "rounds.own_work")
        let unknown = await fixture.fault {
            try await fixture.act { _, tx in
                _ = try await book.publish(code: "s", version: nil, seed: 1, command: CommandID(), in: tx)
            }
        }
        #expect(unknown == "rules.not_found")
        try await fixture.act(as: fixture.other) { _, tx in
            try await book.publish(code: "r", version: 1, seed: 1, command: CommandID(), in: tx)
        }
        let twice = await fixture.fault {
            try await fixture.act(as: fixture.other) { _, tx in
                _ = try await book.publish(code: "r", version: 1, seed: 1, command: CommandID(), in: tx)
            }
        }
        #expect(twice == "rules.not_draft")
    }

    @Test(
        .scratchDatabase,
        arguments: [
            ("siz > 3", "rules.unknown_attribute", 1), ("size > 1 &&\n tenure > 3", "rules.type", 2),
            ("score(\"nope\") < 3", "rules.unknown_formula", 1), ("in_area(\"nowhere\")", "rules.unknown_area", 1),
            (String(repeating: "(", count: 30) + "true" + String(repeating: ")", count: 30), "rules.depth", 1),
        ]) func `refuses a rule at the place that is wrong`(text: String, code: String, line: Int) async throws
    {
        let fixture = try await RoundFixture.make()

        let findings = try await fixture.read { tx in try await fixture.desk.book.findings(text, in: tx) }
        let fault = await fixture.fault {
            try await fixture.act { _, tx in
                _ = try await fixture.desk.book.draft(code: "r", title: "R", text: text, in: tx)
            }
        }

        #expect(findings.first?.code == code && findings.first?.position.line == line)
        #expect(fault == code)
    }

    @Test(.scratchDatabase) func `refuses what one statement cannot hold, and never runs it in a slower way`()
        async throws
    {
        let fixture = try await RoundFixture.make()
        let many = Array(repeating: "size != 1", count: 400).joined(separator: " && ")

        let findings = try await fixture.read { tx in try await fixture.desk.book.findings(many, in: tx) }

        #expect(findings.map(\.code) == ["rules.too_large"])
    }

    @Test(.scratchDatabase) func `knows the formulas in force and their classes`() async throws {
        let fixture = try await RoundFixture.make()
        let homes = fixture.homes(20, seed: 12, scored: false)
        try await fixture.add(homes)
        let expected = homes.filter { $0.score.flatMap { Decimal(string: $0) }.map { $0 <= 9733 } ?? false }.count

        let preview = try await fixture.read { tx in
            try await fixture.desk.book.preview("score(\"pmt\") <= 9733", code: nil, in: tx)
        }
        let none = try await fixture.read { tx in
            try await fixture.desk.book.preview("score_class(\"pmt\") == \"poor\"", code: nil, in: tx)
        }

        #expect(preview.takes == expected)
        #expect(none.takes == 0)
    }

    @Test(.scratchDatabase) func `proves a rule on households with members, scores and enrolments`() async throws {
        let fixture = try await RoundFixture.make()
        let area = fixture.areas[0]
        let home = try await fixture.registry.perform(
            .registerHousehold(
                RegistryFixture.household(
                    in: area,
                    members: [
                        RegistryFixture.person("Jeanne", born: "1990-05-05"),
                        RegistryFixture.person("Éric", sex: "male", born: "2023-05-05"),
                    ]))
        ).households[0]
        try await fixture.registry.database.write(as: fixture.registry.mandate) { tx in
            try await tx.execute(
                """
                INSERT INTO targeting.current_score (household_id, formula_id, run_id, score, class, since)
                SELECT \(home), f.id, 1, 9000, 'poor', now() FROM targeting.formula AS f
                """)
        }
        let text = """
            members.exists(m, m.age < 5) && members.sum(m, m.age) > 30 && score_class("pmt") == "poor"
                && in_area(["\(area.code)"]) && !enrolled("cash")
            """
        let sampled = try await fixture.read { tx in try await fixture.desk.book.prove(text, seed: 3, in: tx) }
        let preview = try await fixture.read { tx in try await fixture.desk.book.preview(text, code: nil, in: tx) }

        #expect(sampled == 1)
        #expect(preview.takes == 1)
    }
}
