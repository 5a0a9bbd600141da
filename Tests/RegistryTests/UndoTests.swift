import Documents
import Foundation
import Groundwork
import Postgres
import Registry
import TestKit
import Testing

@Suite struct `Undoing commands` {
    @Test(.scratchDatabase, arguments: [UInt64(1), 2, 3, 4])
    func `any sequence undone gives equal current views at every step`(seed: UInt64) async throws {
        let fixture = try await RegistryFixture.make()
        var random = RandomCommands(seed: seed, fixture: fixture)
        var history: [(command: CommandID, kind: String, before: Snapshot)] = []

        for _ in 0..<60 {
            try await random.look()
            let command = random.next()
            let before = try await Snapshot.take(fixture)
            do {
                let outcome = try await fixture.perform(command)
                history.append((outcome.command, command.kind, before))
            } catch let fault as RegistryFault {
                if case .store = fault { Issue.record("\(command.kind): \(fault)") }
                #expect(try await Snapshot.take(fixture) == before, "a refused command changes nothing")
            }
        }
        #expect(Set(history.map(\.kind)).count > 8, "the sequence should be varied, seed \(seed)")
        for step in history.reversed() {
            try await fixture.perform(.undo(step.command))
            let after = try await Snapshot.take(fixture)
            guard after == step.before else {
                Issue.record("undoing \(step.kind), seed \(seed):\n\(step.before.difference(after))")
                return
            }
        }
    }

    @Test(.scratchDatabase, arguments: [UInt64(11), 12])
    func `the view rebuilt from records and links equals the stored one`(seed: UInt64) async throws {
        let fixture = try await RegistryFixture.make()
        var random = RandomCommands(seed: seed, fixture: fixture)
        for _ in 0..<50 {
            try await random.look()
            _ = try? await fixture.perform(random.next())
        }

        let wrong = try await Rebuild.differences(fixture)

        #expect(wrong.isEmpty, "seed \(seed): \(wrong.prefix(3))")
        #expect(try await fixture.participationThatDiffers() == [])
    }

    @Test(.scratchDatabase) func `what a programme reports leaves the day of observation alone`() async throws {
        let fixture = try await RegistryFixture.make()
        let first = try await fixture.perform(.registerPerson(RegistryFixture.person()))
        let person = try #require(first.people.first)
        let before = try await fixture.rows("SELECT observed_on, origins::text FROM registry.person")

        try await fixture.perform(
            .reportParticipation(
                .person(person), [Participation(programme: "cash", kind: .enrolment, key: "1", status: "active")]))

        let after = try await fixture.rows("SELECT observed_on, origins::text, version FROM registry.person")
        #expect(try after[0].get(0, as: CalendarDate.self) == before[0].get(0, as: CalendarDate.self))
        #expect(try after[0].get(1, as: String.self) == "{}")
        #expect(try after[0].get(2, as: Int.self) == 2)
        let history = History(context: fixture.context)
        let early = try await fixture.database.read(as: fixture.mandate) { tx in
            try await history.person(person, at: .init(valid: RegistryFixture.today.adding(days: -4000)), in: tx)
        }
        #expect(early == nil)
    }

    @Test(.scratchDatabase) func `a command on which later ones build is not undone`() async throws {
        let fixture = try await RegistryFixture.make()
        let first = try await fixture.perform(
            .registerHousehold(RegistryFixture.household(in: fixture.collines[0], members: [RegistryFixture.person()])))
        let household = try #require(first.households.first)
        try await fixture.perform(.updateHousehold(household, claims: ["rooms": 3], contacts: Contacts()))

        await #expect(throws: RegistryFault.self) { try await fixture.perform(.undo(first.command)) }
    }

    @Test(.scratchDatabase) func `undoing twice is refused`() async throws {
        let fixture = try await RegistryFixture.make()
        let first = try await fixture.perform(.registerPerson(RegistryFixture.person()))
        try await fixture.perform(.undo(first.command))

        await #expect(throws: RegistryFault.self) { try await fixture.perform(.undo(first.command)) }
    }
}

/// Holds every stored row against the view computed anew from records and links.
enum Rebuild {
    static func differences(_ fixture: RegistryFixture) async throws -> [String] {
        try await fixture.database.read(as: fixture.mandate) { tx in
            var wrong: [String] = []
            let history = History(context: fixture.context)
            for row in try await tx.query(
                "SELECT id, version, social_id, registered_at, updated_at FROM registry.person")
            {
                let id = ID<Person>(try row.get(0, as: UUID.self))
                guard let state = try await history.person(id, at: .init(), in: tx) else {
                    wrong.append("person \(id) has no records")
                    continue
                }
                let json = PersonRow.json(state, head: try head(row), context: fixture.context)
                let same = try await tx.query(
                    """
                    SELECT a.key, a.value::text, b.value::text
                    FROM registry.person AS p,
                        jsonb_populate_record(NULL::registry.person, \(JSONB(json.serialized()))) AS r,
                        jsonb_each(to_jsonb(p)) AS a
                        JOIN jsonb_each(to_jsonb(r)) AS b ON b.key = a.key
                    WHERE p.id = \(id) AND a.key <> 'sealed' AND a.value <> b.value
                    """)
                for row in same {
                    wrong.append(
                        "person \(try row.get(0, as: String.self)): \(try row.get(1, as: String.self)) stored, "
                            + "\(try row.get(2, as: String.self)) rebuilt")
                }
            }
            for row in try await tx.query(
                "SELECT id, version, social_id, registered_at, updated_at FROM registry.household")
            {
                let id = ID<Household>(try row.get(0, as: UUID.self))
                guard let found = try await history.household(id, at: .init(), in: tx) else {
                    wrong.append("household \(id) has no records")
                    continue
                }
                let json = HouseholdRow.json(found.state, head: try head(row), context: fixture.context)
                let same = try await tx.query(
                    """
                    SELECT a.key, a.value::text, b.value::text
                    FROM registry.household AS p,
                        jsonb_populate_record(NULL::registry.household, \(JSONB(json.serialized()))) AS r,
                        jsonb_each(to_jsonb(p)) AS a
                        JOIN jsonb_each(to_jsonb(r)) AS b ON b.key = a.key
                    WHERE p.id = \(id) AND a.key <> 'sealed' AND a.value <> b.value
                    """)
                for row in same {
                    wrong.append(
                        "household \(try row.get(0, as: String.self)): \(try row.get(1, as: String.self)) stored, "
                            + "\(try row.get(2, as: String.self)) rebuilt")
                }
            }
            return wrong
        }
    }

    private static func head(_ row: Row) throws -> RowHead {
        RowHead(
            version: Int(try row.get(1, as: Int32.self)), socialID: try row.get(2),
            registeredAt: Instant.text(try row.get(3)), updatedAt: Instant.text(try row.get(4)))
    }
}
