import Documents
import Foundation
import Groundwork
import Matching
import Postgres
import Registry
import TestKit
import Testing

@Suite struct `What was looked at, and what is new of it` {
    private func write(_ fixture: MatchingFixture, _ statements: SQL...) async throws {
        let all = statements
        _ = try await fixture.registry.database.write(as: fixture.registry.mandate) { tx in try await tx.query(all: all)
        }
    }

    @Test(.scratchDatabase) func `a household that was looked at comes back for a new reason only`() async throws {
        var fixture = try await MatchingFixture.make(households: 4, twins: 0)
        let area = fixture.registry.collines[3]
        let child = try await fixture.register(
            [RegistryFixture.person("Divine", "Kaneza", born: "2020-02-02")], in: area)[0]
        #expect(try await fixture.findings()[.householdImplausible] == 1)
        let finding = try #require(try await fixture.list(.householdImplausible).first)
        #expect(finding.size == 2)
        try await fixture.settle(finding.id, .closed)

        // One of the two reasons is mended, and comes back.
        try await fixture.registry.perform(
            .addMember(
                try await fixture.home(of: child),
                MemberDraft(
                    .new(RegistryFixture.person("Clémence", "Kaneza", born: "1980-04-04")), relationship: "mother")))
        #expect(try await fixture.findings()[.householdImplausible] == 0)
        #expect(try await fixture.list(.householdImplausible, .closed).map(\.size) == [1])
        try await write(
            fixture, "UPDATE registry.person SET birth_date = '2019-01-01' WHERE given_name = 'Clémence'")
        #expect(try await fixture.findings()[.householdImplausible] == 0)
        // Another one is new.
        try await write(
            fixture, "UPDATE registry.person SET birth_date = '1850-01-01' WHERE given_name = 'Clémence'")
        #expect(try await fixture.findings()[.householdImplausible] == 1)

        let again = try await fixture.list(.householdImplausible)
        #expect(again.map(\.id) == [finding.id] && again.map(\.size) == [2])
        try await fixture.settle(finding.id, .closed)
        try await write(
            fixture, "UPDATE registry.person SET birth_date = '2019-01-01' WHERE given_name = 'Clémence'")
        #expect(try await fixture.findings()[.householdImplausible] == 0)
    }

    @Test(.scratchDatabase) func `a third bearer of a number opens what was closed about two`() async throws {
        var fixture = try await MatchingFixture.make(households: 4, twins: 0)
        for number in 0..<2 {
            try await fixture.register(
                [
                    RegistryFixture.person(
                        MatchingFixture.given[number], "Bizimana", born: "1970-05-0\(number + 1)", nid: "99887766")
                ], in: fixture.registry.collines[number])
        }
        #expect(try await fixture.findings()[.identifierShared] == 1)
        let finding = try #require(try await fixture.list(.identifierShared).first)
        try await fixture.settle(finding.id, .closed)
        #expect(try await fixture.findings()[.identifierShared] == 0)
        // One of the two moves in with others, which changes nothing about the number.
        try await write(
            fixture,
            """
            UPDATE registry.person SET household_id = (
                SELECT household_id FROM registry.person WHERE id <> \(finding.people[0]) LIMIT 1)
            WHERE id = \(finding.people[0])
            """)
        #expect(try await fixture.findings()[.identifierShared] == 0)

        try await fixture.register(
            [RegistryFixture.person("Zénobie", "Vyukusenge", born: "1981-01-07", nid: "99887766")],
            in: fixture.registry.collines[7])

        #expect(try await fixture.findings()[.identifierShared] == 1)
        #expect(try await fixture.list(.identifierShared).map(\.id) == [finding.id])
    }

    @Test(.scratchDatabase)
    func `a file of one person, through two merges, and a paper of one family are not repeated`()
        async throws
    {
        var fixture = try await MatchingFixture.make(households: 1, twins: 0)
        var people: [UUID] = []
        for number in 0..<3 {
            people += try await fixture.register(
                [RegistryFixture.person("Clémence", "Ntirampeba", born: "1959-09-0\(number + 1)")],
                in: fixture.registry.collines[number])
        }
        let family = try await fixture.register(
            [
                RegistryFixture.person("Ladislas", "Ntahobari", sex: "male", born: "1952-12-01"),
                RegistryFixture.person("Emelyne", "Toyi", born: "1955-03-03"),
            ], in: fixture.registry.collines[9])
        func show(_ content: String, _ kind: String, _ subjects: [UUID]) -> SQL {
            """
            INSERT INTO registry.attachment (
                id, subject_kind, subject_id, kind, hash, media_type, size, command_id, recorded_at)
            SELECT gen_random_uuid(), 'person', w.id, \(kind), sha256(\(content)::bytea), 'image/jpeg', 10,
                gen_random_uuid(), now()
            FROM unnest(\(subjects)::uuid[]) AS w (id)
            """
        }
        try await write(
            fixture, show("face", "photo", [people[0], people[2]]), show("book", "document", family),
            "UPDATE registry.person SET status = 'merged', merged_into = \(people[1]) WHERE id = \(people[0])",
            "UPDATE registry.person SET status = 'merged', merged_into = \(people[2]) WHERE id = \(people[1])")
        #expect(try await fixture.findings()[.fileRepeated] == 0)

        try await write(fixture, show("book", "document", [people[2]]), show("group", "photo", family))

        #expect(try await fixture.findings()[.fileRepeated] == 2)
        let found = try await fixture.list(.fileRepeated)
        #expect(Set(found.map { Set($0.people) }) == [Set(family + [people[2]]), Set(family)])
        #expect(found.allSatisfy { $0.size == 2 })
    }

    @Test(.scratchDatabase) func `whoever approves many registrations in a row took none of them`() async throws {
        let fixture = try await MatchingFixture.make(households: 1, twins: 0)
        let (signer, clerk, hasty) = (UUID(), UUID(), UUID())
        func plant(_ proposer: UUID, everySeconds: Int) -> [SQL] {
            [
                """
                INSERT INTO registry.command (id, kind, actor_id, purpose, trace, recorded_at, outcome)
                SELECT md5(concat(\(proposer)::text, n))::uuid, 'household.register', \(signer), 'registration',
                    repeat('0', 32), clock_timestamp() - make_interval(hours => 3, secs => n * 12),
                    jsonb_build_object('main', gen_random_uuid())
                FROM generate_series(1, 40) AS n
                """,
                """
                INSERT INTO registry.proposal (
                    id, kind, subject_kind, command_sealed, reason, approvals_needed, state, proposed_by, proposed_at,
                    closed_at, executed_command)
                SELECT gen_random_uuid(), 'household.register', 'household', ''::bytea, 'a new family', 1, 'executed',
                    \(proposer), now() - make_interval(days => 2, secs => n * \(Int32(everySeconds))::int), now(),
                    md5(concat(\(proposer)::text, n))::uuid
                FROM generate_series(1, 40) AS n
                """,
            ]
        }
        let statements: [SQL] =
            [
                """
                INSERT INTO access.actor (id, name, kind)
                VALUES (\(signer), 'signer', 'person'), (\(clerk), 'clerk', 'person'), (\(hasty), 'hasty', 'person')
                """
            ] + plant(clerk, everySeconds: 2400) + plant(hasty, everySeconds: 12)
        _ = try await fixture.registry.database.write(as: fixture.registry.mandate) { tx in
            try await tx.query(all: statements)
        }

        #expect(try await fixture.findings()[.burst] == 1)
        let burst = try #require(try await fixture.list(.burst).first)
        #expect(burst.evidence["actor"]?.string == hasty.lowercased && burst.size == 40)
    }
}
