import Documents
import Foundation
import Groundwork
import Postgres
import Registry
import TestKit
import Testing

@Suite struct `Merging and taking apart` {
    private func people(_ fixture: RegistryFixture) async throws -> [ID<Person>] {
        try await fixture.rows("SELECT id FROM registry.person WHERE status = 'active' ORDER BY id")
            .map { ID(try $0.get(0, as: UUID.self)) }
    }

    private func groups(_ fixture: RegistryFixture) async throws -> [ID<Household>] {
        try await fixture.rows("SELECT id FROM registry.household WHERE status = 'active' ORDER BY id")
            .map { ID(try $0.get(0, as: UUID.self)) }
    }

    private func single(_ fixture: RegistryFixture, _ draft: PersonDraft) async throws -> ID<Person> {
        try #require(try await fixture.perform(.registerPerson(draft)).people.first)
    }

    private func value(_ column: String, of person: ID<Person>, _ fixture: RegistryFixture) async throws -> String? {
        try await fixture.rows(
            "SELECT \(unchecked: column)::text FROM registry.person WHERE id = \(person)"
        ).first?.get(0)
    }

    private func children(of person: ID<Person>, _ fixture: RegistryFixture) async throws -> [ID<Person>] {
        try await fixture.database.read(as: fixture.mandate) { tx in
            try await SubjectLookup.children(of: person, in: tx).map(\.child)
        }
    }

    @Test(.scratchDatabase, arguments: [UInt64(21), 22, 23])
    func `a merge taken apart leaves every table as it was`(seed: UInt64) async throws {
        let fixture = try await RegistryFixture.make()
        var random = RandomCommands(seed: seed, fixture: fixture)
        for _ in 0..<30 {
            try await random.look()
            _ = try? await fixture.perform(random.next())
        }
        var merged = 0
        for _ in 0..<12 {
            let before = try await Snapshot.take(fixture)
            let subject: Subject
            let command: Command
            if Bool.random(using: &random.random) {
                let pair = try await people(fixture).shuffled(using: &random.random).prefix(2)
                (subject, command) = (
                    .person(pair[1]),
                    .mergePeople(survivor: pair[0], absorbed: pair[1], chosen: ["given_name": "Chantal"])
                )
            } else {
                let pair = try await groups(fixture).shuffled(using: &random.random).prefix(2)
                (subject, command) = (.household(pair[1]), .mergeHouseholds(survivor: pair[0], absorbed: pair[1]))
            }
            guard (try? await fixture.perform(command)) != nil else { continue }
            merged += 1
            try await fixture.perform(.unmerge(subject))
            let after = try await Snapshot.take(fixture)
            #expect(after == before, "\(command.kind), seed \(seed):\n\(before.difference(after))")
        }
        #expect(merged > 4, "the trial should merge often, seed \(seed)")
        #expect(try await Rebuild.differences(fixture).isEmpty)
    }

    @Test(.scratchDatabase, arguments: [true, false])
    func `a chain of merges comes apart in either order`(outerFirst: Bool) async throws {
        let fixture = try await RegistryFixture.make()
        var ids: [ID<Person>] = []
        for (given, nid) in [("Aline", "11112222"), ("Alyne", "11112223"), ("Eline", "11112224")] {
            ids.append(try await single(fixture, RegistryFixture.person(given, nid: nid)))
        }
        let before = try await Snapshot.take(fixture)
        try await fixture.perform(.mergePeople(survivor: ids[1], absorbed: ids[0], chosen: [:]))
        try await fixture.perform(.mergePeople(survivor: ids[2], absorbed: ids[1], chosen: [:]))
        #expect(try await fixture.rows("SELECT 1 FROM registry.identifier WHERE subject_id = \(ids[2])").count == 3)

        for id in outerFirst ? [ids[1], ids[0]] : [ids[0], ids[1]] { try await fixture.perform(.unmerge(.person(id))) }

        let after = try await Snapshot.take(fixture)
        #expect(after == before, "\(before.difference(after))")
    }

    @Test(.scratchDatabase) func `what was stated since stays with the survivor`() async throws {
        let fixture = try await RegistryFixture.make()
        let kept = try await single(fixture, RegistryFixture.person("Jean", "Bukuru", nid: "12345678"))
        let gone = try await single(fixture, RegistryFixture.person("Yohani", "Bukuru", nid: "12345679"))
        try await fixture.perform(.mergePeople(survivor: kept, absorbed: gone, chosen: [:]))
        try await fixture.perform(
            .updatePerson(kept, claims: ["maiden_name": "Ndayizeye"], contacts: Contacts(phones: ["+25779000001"])))

        try await fixture.perform(.unmerge(.person(gone)))

        #expect(try await value("status", of: gone, fixture) == "active")
        #expect(try await value("given_name", of: gone, fixture) == "Yohani")
        #expect(try await value("maiden_name", of: gone, fixture) == nil)
        #expect(try await value("given_name", of: kept, fixture) == "Jean")
        #expect(try await value("maiden_name", of: kept, fixture) == "Ndayizeye")
        await #expect(throws: RegistryFault.self) { try await fixture.perform(.unmerge(.person(gone))) }
    }

    @Test(.scratchDatabase) func `a value chosen by hand prevails until something is stated later`() async throws {
        let fixture = try await RegistryFixture.make()
        let kept = try await single(fixture, RegistryFixture.person("Jean", "Bukuru", born: "1980-05-04"))
        let gone = try await single(fixture, RegistryFixture.person("John", "Bukuru", born: "1980"))
        try await fixture.perform(
            .mergePeople(
                survivor: kept, absorbed: gone,
                chosen: ["birth_date": ["date": "1980-01-01", "precision": "year"], "given_name": "Yohani"]))
        #expect(try await value("birth_precision", of: kept, fixture) == "year")
        #expect(try await value("given_name", of: kept, fixture) == "Yohani")

        try await fixture.perform(.updatePerson(kept, claims: ["given_name": "Jean"], contacts: Contacts()))

        #expect(try await value("given_name", of: kept, fixture) == "Jean")
        #expect(try await value("birth_precision", of: kept, fixture) == "year")
    }

    @Test(.scratchDatabase) func `one head written twice in a household stays its head`() async throws {
        let fixture = try await RegistryFixture.make()
        let outcome = try await fixture.perform(
            .registerHousehold(
                RegistryFixture.household(
                    in: fixture.collines[0],
                    members: [RegistryFixture.person("Jean", "Bukuru"), RegistryFixture.person("Yohani", "Bukuru")])))
        let household = try #require(outcome.households.first)
        let heads = try await fixture.rows("SELECT head_id FROM registry.household WHERE id = \(household)")
        let head = ID<Person>(try #require(try heads.first?.get(0, as: UUID.self)))
        let other = try #require(outcome.people.first { $0 != head })

        try await fixture.perform(.mergePeople(survivor: other, absorbed: head, chosen: [:]))

        let rows = try await fixture.rows("SELECT head_id, size FROM registry.household WHERE id = \(household)")
        let row = try #require(rows.first)
        #expect(try row.get(0, as: UUID.self) == other.rawValue && row.get(1, as: Int.self) == 1)
        #expect(try await value("role", of: other, fixture) == "head")
    }

    @Test(.scratchDatabase) func `members who joined after a merge of households stay with the survivor`() async throws
    {
        let fixture = try await RegistryFixture.make()
        var homes: [ID<Household>] = []
        for name in ["Bukuru", "Kaneza"] {
            let draft = RegistryFixture.household(
                in: fixture.collines[0], members: [RegistryFixture.person("Jean", name)])
            homes.append(try #require(try await fixture.perform(.registerHousehold(draft)).households.first))
        }
        // The absorbed household is the older one, so that its record would be the first.
        try await fixture.perform(.mergeHouseholds(survivor: homes[1], absorbed: homes[0]))
        let child = try #require(
            try await fixture.perform(
                .addMember(homes[1], MemberDraft(.new(RegistryFixture.person("Aline", "Kaneza", born: "2020"))))
            ).people.first)

        try await fixture.perform(.unmerge(.household(homes[0])))

        #expect(try await value("household_id", of: child, fixture) == homes[1].description)
        #expect(try await fixture.rows("SELECT 1 FROM registry.person WHERE household_id = \(homes[0])").count == 1)
    }

    @Test(.scratchDatabase) func `pairs that cannot be one person are refused with the reason`() async throws {
        let fixture = try await RegistryFixture.make()
        let outcome = try await fixture.perform(
            .registerHousehold(
                RegistryFixture.household(
                    in: fixture.collines[0],
                    members: [
                        RegistryFixture.person("Marie", "Kaneza"),
                        RegistryFixture.person("Jean", "Bukuru", sex: "male"),
                        RegistryFixture.person("Paul", "Bukuru", sex: "male"),
                    ])))
        let household = try #require(outcome.households.first)
        let (first, second, third) = (outcome.people[0], outcome.people[1], outcome.people[2])
        let child = try #require(
            try await fixture.perform(
                .recordBirth(
                    BirthDraft(child: RegistryFixture.person("Aline"), mother: first, household: household))
            ).main)
        try await fixture.perform(.recordDeath(second, successor: third))
        func code(_ survivor: ID<Person>, _ absorbed: ID<Person>) async -> String? {
            do {
                try await fixture.perform(.mergePeople(survivor: survivor, absorbed: absorbed, chosen: [:]))
                return nil
            } catch RegistryFault.invalid(let findings) {
                return findings.first?.code
            } catch {
                return (error as? RegistryFault)?.code
            }
        }
        #expect(await code(first, first) == "merge.same")
        #expect(await code(first, second) == "merge.deceased")
        #expect(await code(first, ID(child)) == "merge.related")
        #expect(await code(first, third) == nil)
        #expect(await code(ID(child), third) == "registry.subject.merged")
        #expect(await code(first, ID()) == "registry.person.not_found")
    }

    @Test(.scratchDatabase) func `a family is found under the ids of those who were merged`() async throws {
        let fixture = try await RegistryFixture.make()
        var ids: [ID<Person>] = []
        for given in ["Marie", "Mariya", "Jean", "Yohani"] {
            ids.append(try await single(fixture, RegistryFixture.person(given, "Kaneza")))
        }
        let from = RegistryFixture.today.adding(days: -400)
        try await fixture.perform(.recordUnion(UnionDraft(ids[0], ids[2], kind: "civil_marriage", from: from)))
        let birth = try await fixture.perform(
            .recordBirth(BirthDraft(child: RegistryFixture.person("Aline"), mother: ids[0])))
        let child = ID<Person>(try #require(birth.main))
        try await fixture.perform(.mergePeople(survivor: ids[1], absorbed: ids[0], chosen: [:]))
        try await fixture.perform(.mergePeople(survivor: ids[3], absorbed: ids[2], chosen: [:]))

        let children = try await children(of: ids[1], fixture)
        #expect(children == [child])
        for (one, other) in [(child, ids[1]), (ids[1], child), (ids[1], ids[3])] {
            await #expect(throws: RegistryFault.self) {
                try await fixture.perform(.mergePeople(survivor: one, absorbed: other, chosen: [:]))
            }
        }
        try await fixture.perform(.endUnion(ids[1], ids[3], from: from, reason: "divorce"))
        let open = try await fixture.rows("SELECT 1 FROM registry.civil_union WHERE ended_on IS NULL")
        #expect(open.isEmpty)
    }

    @Test(.scratchDatabase) func `a merge and its parting can be proposed as documents`() throws {
        let (one, two) = (ID<Person>(), ID<Person>())
        let commands: [Command] = [
            .mergePeople(survivor: one, absorbed: two, chosen: ["given_name": "Jean"]), .unmerge(.person(two)),
            .unmerge(.household(ID())),
        ]
        for command in commands {
            var findings: [Finding] = []
            let read = Command(json: command.json, findings: &findings)
            #expect(read?.json == command.json && findings.isEmpty)
        }
    }
}
