import Documents
import Foundation
import Groundwork
import Matching
import Postgres
import Profiles
import Registry
import TestKit
import Testing

@Suite struct `What is odd in the registry` {
    @Test(.scratchDatabase) func `every rule finds what was planted, and nothing of a plain registry`() async throws {
        var fixture = try await MatchingFixture.make(households: 60, twins: 0)
        _ = try await fixture.run(base: try fixture.registry.profile.matchModel())
        let plain = try await fixture.findings()
        #expect(plain.values.allSatisfy { $0 == 0 }, "\(plain)")
        let area = fixture.registry.collines[9]

        let pair = [
            RegistryFixture.person("Zénobie", "Vyukusenge", born: "1977-03-14", nid: "99887766"),
            RegistryFixture.person("Théophile", "Barengayabo", sex: "male", born: "1974-08-21"),
        ]
        let first = try await fixture.register(pair, in: area)
        let second = try await fixture.register(pair, in: fixture.registry.collines[10])
        for number in 0..<5 {
            try await fixture.register(
                [
                    RegistryFixture.person(
                        ["Paul", "Cyriaque", "Ndondeza", "Emelyne", "Virginie"][number],
                        ["Bizimana", "Ruvuna", "Sinzinkayo", "Toyi", "Gateretse"][number],
                        born: "19\(41 + 11 * number)-0\(9 - number)-0\(number + 1)", phone: "+25779000111")
                ],
                in: area)
        }
        let child = try await fixture.register(
            [RegistryFixture.person("Divine", "Kaneza", born: "2020-02-02")], in: area)
        let couple = try await fixture.register(
            [
                RegistryFixture.person("Clémence", "Ntirampeba", born: "1959-09-09"),
                RegistryFixture.person("Ladislas", "Ntahobari", sex: "male", born: "1952-12-01"),
            ], in: area)
        var moved = HouseholdDraft(
            claims: ["area": .string(area.reference), "consent_basis": "consent", "residence": "rural"],
            members: [MemberDraft(.known(ID(couple[1])), role: .head)])
        moved.sourceKey = "moved"
        try await fixture.registry.perform(.registerHousehold(moved))
        try await fixture.registry.perform(
            .recordBirth(
                BirthDraft(
                    child: RegistryFixture.person("Ange", "Bizimana", born: "1986-01-20"), mother: ID(second[0]),
                    household: try await fixture.home(of: second[0]), relationship: "child")))
        try await fixture.plantFilesAndBurst(people: [first[0], second[1]])
        _ = try await fixture.run()

        let found = try await fixture.findings()

        #expect(found[.identifierShared] == 1 && found[.phoneShared] == 1, "\(found)")
        #expect(found[.personInTwoHouseholds] == 1 && found[.fileRepeated] == 1 && found[.burst] == 1, "\(found)")
        #expect(found[.householdImplausible] == 2 && found[.accountShared] == 0, "\(found)")
        let homes = Set([try await fixture.home(of: first[0]), try await fixture.home(of: second[0])].map(\.rawValue))
        let twice = try #require(
            try await fixture.list(.householdTwice).first { Set($0.households) == homes })
        #expect(twice.evidence["shared"]?.int == 2)
        #expect(found[.householdTwice] == 2, "\(found)")
        let odd = try await fixture.list(.householdImplausible)
        let alone = try await fixture.home(of: child[0]).rawValue
        let reasons = { (finding: StoredFinding) in
            Set((finding.evidence["reasons"]?.array ?? []).compactMap { $0["code"]?.string })
        }
        #expect(odd.first { $0.households == [alone] }.map(reasons) == ["head_age", "nobody_grown"])
        #expect(odd.first { $0.households != [alone] }.map(reasons)?.contains("mother_young") == true)
        let burst = try #require(try await fixture.list(.burst).first)
        #expect(burst.size == 40 && burst.evidence["minutes"]?.int == 10)
        for finding in try await fixture.list(.phoneShared) {
            #expect(finding.size == 5 && !finding.evidence.text.contains("79000111"))
            #expect(finding.json(fixture.matcher.findings)["reason"]?["eng"]?.string?.isEmpty == false)
        }
    }

    @Test(.scratchDatabase) func `a closed finding stays closed until it has grown, and one without ground is gone`()
        async throws
    {
        var fixture = try await MatchingFixture.make(households: 10, twins: 0)
        let area = fixture.registry.collines[2]
        func add(_ numbers: Range<Int>) async throws {
            for number in numbers {
                try await fixture.register(
                    [
                        RegistryFixture.person(
                            MatchingFixture.given[number], "Bizimana", born: "1970-05-0\(number % 9 + 1)",
                            phone: "+25779000222")
                    ], in: area)
            }
        }
        try await add(0..<6)
        #expect(try await fixture.findings()[.phoneShared] == 1)
        let finding = try #require(try await fixture.list(.phoneShared).first)
        try await fixture.settle(finding.id, .closed)
        await #expect(throws: MatchingFault.self) { try await fixture.settle(finding.id, .closed) }
        try await add(6..<8)
        #expect(try await fixture.findings()[.phoneShared] == 0)
        try await add(8..<13)
        #expect(try await fixture.findings()[.phoneShared] == 1)
        let again = try #require(try await fixture.list(.phoneShared).first)
        #expect(again.id == finding.id && again.size == 13)
        let decisions = try await fixture.registry.database.read(as: fixture.registry.mandate) { tx in
            try await FindingList.find(finding.id, in: tx).decisions
        }
        #expect(decisions.map(\.reason) == ["a kiosk"] && decisions.map(\.actor) == [fixture.registry.mandate.actor])
        _ = try await fixture.registry.database.write(as: fixture.registry.mandate) { tx in
            try await tx.query("DELETE FROM registry.identifier WHERE type = 'PHONE'")
        }
        #expect(try await fixture.findings()[.phoneShared] == 0)
        #expect(try await fixture.list(.phoneShared, .gone).map(\.id) == [finding.id])
    }

    @Test(.scratchDatabase) func `whoever belongs to an association is not in two households`() async throws {
        var fixture = try await MatchingFixture.make(households: 4, twins: 0)
        let area = fixture.registry.collines[5]
        let widow = try await fixture.register(
            [RegistryFixture.person("Clémence", "Ntirampeba", born: "1959-09-09")], in: area)[0]
        func joins(_ kind: String, _ key: String) async throws {
            var group = HouseholdDraft(
                claims: [
                    "area": .string(area.reference), "consent_basis": "consent", "residence": "rural",
                    "kind": .string(kind),
                ], members: [MemberDraft(.known(ID(widow)), role: .head)])
            group.sourceKey = key
            try await fixture.registry.perform(.registerHousehold(group))
        }
        try await joins("other_group", "association")
        let found = try await fixture.findings()
        #expect(found[.householdTwice] == 0 && found[.personInTwoHouseholds] == 0, "\(found)")
        try await joins("household", "second")
        let twice = try await fixture.findings()
        #expect(twice[.householdTwice] == 1 && twice[.personInTwoHouseholds] == 1, "\(twice)")
    }

    @Test(.scratchDatabase) func `a rule that fails takes nothing from the others, and is tried again soon`()
        async throws
    {
        var fixture = try await MatchingFixture.make(households: 4, twins: 0)
        let draft = RegistryFixture.person("Clémence", "Ntirampeba", born: "1959-09-09", nid: "99887766")
        for number in 0..<2 { try await fixture.register([draft], in: fixture.registry.collines[number]) }
        let run = FindingRun(database: fixture.registry.database, rules: fixture.matcher.findings)
        let service = FindingService(run, worker: fixture.registry.mandate.actor)
        #expect(try await fixture.findings()[.identifierShared] == 1)
        let database = fixture.registry.database
        let mandate = fixture.registry.mandate
        func shift() async throws {
            _ = try await database.write(as: mandate) { tx in
                try await tx.query("UPDATE matching.finding_run SET began_at = began_at - interval '2 hours'")
            }
        }
        _ = try await database.write(as: mandate) { tx in
            try await tx.query(all: [
                // Closed at a size whose hundredfold is beyond four bytes.
                "UPDATE matching.finding SET state = 'closed', closed_size = 2000000000 WHERE kind = 'identifier_shared'",
                "ALTER TABLE matching.finding ADD CONSTRAINT broken CHECK (kind <> 'file_repeated')",
            ])
        }
        try await fixture.plantFilesAndBurst(people: Array(fixture.drafts.keys.prefix(2)))
        try await shift()
        #expect(try await service.isDue() == false)

        let report = try await run.run(as: mandate)

        #expect(Array(report.failed.keys) == [.fileRepeated] && report.open[.fileRepeated] == nil)
        #expect(report.open[.identifierShared] == 0 && report.open[.burst] == 1, "\(report)")
        // A day after the last whole run it is due, but not within an hour of one that failed.
        _ = try await database.write(as: mandate) { tx in
            try await tx.query(
                "UPDATE matching.finding_run SET began_at = began_at - interval '2 days' WHERE ended_at IS NOT NULL")
        }
        #expect(try await service.isDue() == false)
        try await shift()
        #expect(try await service.isDue())
    }

    @Test func `rules of a name that nobody knows are refused`() {
        #expect(throws: MatchingFault.self) { try FindingRules(["every_hours": 0, "rules": ["no_rule": [:]]]) }
    }
}

extension MatchingFixture {
    func findings() async throws -> [FindingRules.Kind: Int] {
        try await FindingRun(database: registry.database, rules: matcher.findings).run(as: registry.mandate).open
    }

    func list(
        _ kind: FindingRules.Kind, _ state: StoredFinding.State = .open
    ) async throws -> [StoredFinding] {
        try await registry.database.read(as: registry.mandate) { tx in
            try await FindingList.page(kind: kind, state: state, area: nil, before: nil, limit: 50, in: tx)
        }
    }

    func settle(_ id: UUID, _ verdict: FindingDecision.Verdict) async throws {
        try await registry.database.write(as: registry.mandate) { tx throws(MatchingFault) in
            try await FindingList.decide(id, verdict, reason: "a kiosk", in: tx)
        }
    }

    func home(of person: UUID) async throws -> ID<Household> {
        let rows = try await registry.rows("SELECT household_id FROM registry.person WHERE id = \(person)")
        return ID(try #require(rows.first).get(0, as: UUID.self))
    }

    /// One photo of two people, and forty registrations by one clerk in eight minutes.
    func plantFilesAndBurst(people: [UUID]) async throws {
        _ = try await registry.database.write(as: registry.mandate) { tx in
            try await tx.query(all: [
                """
                INSERT INTO registry.attachment (
                    id, subject_kind, subject_id, kind, hash, media_type, size, command_id, recorded_at)
                SELECT gen_random_uuid(), 'person', w.id, 'photo', sha256('a'::bytea), 'image/jpeg', 10,
                    gen_random_uuid(), now()
                FROM unnest(\(people)::uuid[]) AS w (id)
                """,
                """
                INSERT INTO access.actor (id, name, kind)
                VALUES ('018f0000-0000-7000-8000-0000000000aa', 'hasty', 'person')
                """,
                """
                INSERT INTO registry.command (id, kind, actor_id, purpose, trace, recorded_at, outcome)
                SELECT gen_random_uuid(), 'household.register', '018f0000-0000-7000-8000-0000000000aa', 'registration',
                    repeat('0', 32), clock_timestamp() - make_interval(hours => 3, secs => n * 12),
                    jsonb_build_object('main', gen_random_uuid())
                FROM generate_series(1, 40) AS n
                """,
            ])
        }
    }
}
