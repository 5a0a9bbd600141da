import Documents
import Foundation
import Groundwork
import Postgres
import Registry
import TestKit
import Testing

@Suite struct `Commands on households and people` {
    private func family(_ fixture: RegistryFixture) async throws -> (ID<Household>, [ID<Person>]) {
        let outcome = try await fixture.perform(
            .registerHousehold(
                RegistryFixture.household(
                    in: fixture.collines[0],
                    members: [
                        RegistryFixture.person(), RegistryFixture.person("Jean", "Bukuru", sex: "male"),
                        RegistryFixture.person("Aline", "Bukuru", born: "2015"),
                    ])), on: RegistryFixture.today.adding(days: -100))
        let household = try #require(outcome.households.first)
        let head = try #require(
            try await fixture.rows("SELECT head_id FROM registry.household WHERE id = \(household)").first)
        let first = ID<Person>(try head.get(0, as: UUID.self))
        return (household, [first] + outcome.people.filter { $0 != first })
    }

    @Test(.scratchDatabase) func `a stale version is a conflict that names both`() async throws {
        let fixture = try await RegistryFixture.make()
        let (_, people) = try await family(fixture)
        let update = Command.updatePerson(people[0], claims: ["given_name": "Marie"], contacts: Contacts())
        try await fixture.perform(update, expected: [.person(people[0]): 1])

        let fault = await #expect(throws: RegistryFault.self) {
            try await fixture.perform(update, expected: [.person(people[0]): 1])
        }

        #expect(fault?.code == "registry.subject.stale_version")
        #expect(fault?.summary.contains("current version is 2") ?? false)
    }

    @Test(.scratchDatabase) func `the same idempotency key is carried out once`() async throws {
        let fixture = try await RegistryFixture.make()
        let command = Command.registerPerson(RegistryFixture.person())
        let first = try await fixture.perform(command, key: "a")

        let second = try await fixture.perform(command, key: "a")

        #expect(second.isRepeat && second.command == first.command && second.touched == first.touched)
        let other = Command.registerPerson(RegistryFixture.person("Alice", "Kaneza"))
        await #expect(throws: RegistryFault.self) { try await fixture.perform(other, key: "a") }
    }

    @Test(.scratchDatabase) func `one person twice in a household list is refused`() async throws {
        let fixture = try await RegistryFixture.make()
        let draft = RegistryFixture.household(
            in: fixture.collines[0],
            members: [RegistryFixture.person(nid: "12345678"), RegistryFixture.person("Éric", nid: "1234-5678")])

        let findings = await refused { try await fixture.perform(.registerHousehold(draft)) }

        #expect(findings.contains { $0.code == "members.person_twice" && $0.path.description == "/members/1" })
    }

    @Test(.scratchDatabase) func `every mistake of a registration is told at once, with its place`() async throws {
        let fixture = try await RegistryFixture.make()
        var draft = RegistryFixture.household(
            in: fixture.collines[0],
            members: [RegistryFixture.person(born: "1984-02-30"), RegistryFixture.person(sex: "martian")])
        draft.claims["area"] = "BI999"
        draft.claims["colour"] = "blue"
        draft.members[0].role = .member

        let findings = await refused { try await fixture.perform(.registerHousehold(draft)) }

        let codes = Set(findings.map { "\($0.path) \($0.code)" })
        #expect(codes.contains("/area area.unknown"))
        #expect(codes.contains("/colour attribute.unknown"))
        #expect(codes.contains("/members members.head_count"))
        #expect(codes.contains("/members/0/birth_date date.invalid"))
        #expect(codes.contains("/members/1/sex code.unknown"))
    }

    @Test(.scratchDatabase) func `a head who leaves others behind names a successor`() async throws {
        let fixture = try await RegistryFixture.make()
        let (household, people) = try await family(fixture)

        let findings = await refused {
            try await fixture.perform(.memberLeaves(household, people[0], reason: "migration", successor: nil))
        }
        #expect(findings.map(\.code) == ["members.successor_missing"])
        try await fixture.perform(.memberLeaves(household, people[0], reason: "migration", successor: people[1]))

        let row = try #require(
            try await fixture.rows("SELECT head_id, size FROM registry.household WHERE id = \(household)").first)
        #expect(ID<Person>(try row.get(0, as: UUID.self)) == people[1])
        #expect(try row.get(1, as: Int32.self) == 2)
    }

    @Test(.scratchDatabase) func `members of a merged household belong to the survivor, whom the old id names`()
        async throws
    {
        let fixture = try await RegistryFixture.make()
        let (survivor, _) = try await family(fixture)
        let (absorbed, people) = try await family(fixture)

        try await fixture.perform(.mergeHouseholds(survivor: survivor, absorbed: absorbed))

        let row = try #require(
            try await fixture.rows("SELECT size FROM registry.household WHERE id = \(survivor)").first)
        #expect(try row.get(0, as: Int32.self) == 6)
        let fault = await #expect(throws: RegistryFault.self) {
            try await fixture.perform(.addMember(absorbed, MemberDraft(.known(people[0]))))
        }
        #expect(fault?.summary.contains(survivor.description) ?? false)
    }

    @Test(.scratchDatabase) func `a view is read as it was valid, and as it was known`() async throws {
        let fixture = try await RegistryFixture.make()
        let (household, people) = try await family(fixture)
        let moved = RegistryFixture.today.adding(days: -10)
        let before = try #require(try await fixture.rows("SELECT clock_timestamp()").first?.get(0, as: Date.self))
        try await fixture.perform(
            .moveHousehold(household, area: fixture.collines[5].reference, address: nil), on: moved)

        let history = History(context: fixture.context)
        try await fixture.database.read(as: fixture.mandate) { tx in
            let now = try await history.person(people[0], at: .init(), in: tx)
            #expect(now?.area == fixture.collines[5])
            let then = try await history.person(people[0], at: .init(valid: moved.adding(days: -1)), in: tx)
            #expect(then?.area == fixture.collines[0])
            let known = try await history.household(household, at: .init(known: before), in: tx)
            #expect(known?.state.area == fixture.collines[0])
            #expect(known?.members.count == 3)
            let unborn = try await history.person(
                people[0], at: .init(valid: RegistryFixture.today.adding(days: -400)), in: tx)
            #expect(unborn == nil)
        }
    }

    @Test(.scratchDatabase) func `identifiers and phones stand nowhere in the clear`() async throws {
        let fixture = try await RegistryFixture.make()
        try await fixture.perform(
            .registerPerson(RegistryFixture.person(nid: "8877665544", phone: "79112233")))

        let rows = try await fixture.rows(
            """
            SELECT r::text FROM registry.source_record AS r
            UNION ALL SELECT p::text FROM registry.person AS p
            UNION ALL SELECT i::text FROM registry.identifier AS i
            UNION ALL SELECT e::text FROM registry.event AS e
            UNION ALL SELECT c::text FROM registry.command AS c
            """)
        for row in rows {
            let text: String = try row.get(0)
            #expect(!text.contains("8877665544") && !text.contains("79112233"))
        }
        let hash = fixture.context.identifierHash(type: "NID", value: "8877665544")
        let found = try await fixture.rows("SELECT last4 FROM registry.identifier WHERE hash = \(hash)")
        #expect(try found.first?.get(0, as: String.self) == "5544")
    }

    @Test(.scratchDatabase) func `a proposal is executed once, with the last approval, and never by its author`()
        async throws
    {
        let fixture = try await RegistryFixture.make()
        let (_, people) = try await family(fixture)
        let proposals = Proposals(registrar: fixture.registrar)
        let update = Command.updatePerson(people[0], claims: ["sex": "male"], contacts: Contacts())
        let id = try await fixture.database.write(as: fixture.mandate) { tx in
            try await proposals.propose(
                update, observedOn: RegistryFixture.today, assurance: .declared, reason: "correction", evidence: nil,
                in: tx)
        }
        let reviewer = Mandate(actor: ID<Actor>(), purpose: .maintenance)

        await #expect(throws: RegistryFault.self) {
            try await fixture.database.write(as: fixture.mandate) { tx in
                try await proposals.decide(id, approve: true, reason: nil, in: tx)
            }
        }
        let outcome = try await fixture.database.write(as: reviewer) { tx in
            try await proposals.decide(id, approve: true, reason: nil, in: tx)
        }

        #expect(outcome?.version(of: .person(people[0])) == 2)
        await #expect(throws: RegistryFault.self) {
            try await fixture.database.write(as: Mandate(actor: ID<Actor>(), purpose: .maintenance)) { tx in
                try await proposals.decide(id, approve: true, reason: nil, in: tx)
            }
        }
    }

    /// The findings with which a command was refused.
    private func refused(_ work: () async throws -> Outcome) async -> [Finding] {
        do {
            _ = try await work()
            Issue.record("the command was accepted")
        } catch let fault as RegistryFault {
            if case .invalid(let findings) = fault { return findings }
            Issue.record("refused with \(fault.code)")
        } catch {
            Issue.record("\(error)")
        }
        return []
    }
}
