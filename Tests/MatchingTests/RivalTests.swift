import Documents
import Foundation
import Groundwork
import Matching
import Postgres
import Registry
import TestKit
import Testing

@Suite struct `Reviewers at work at once` {
    @Test(.scratchDatabase) func `of two who decide on one pair together the second is told`() async throws {
        let fixture = try await MatchingFixture.make()
        _ = try await fixture.train()
        let pairs = try await fixture.open()
        for (pair, verdicts) in zip(
            pairs, [[MatchVerdict.same, .different], [.same, .same], [.different, .different]])
        {
            let fates = await withTaskGroup(of: String.self) { group in
                for verdict in verdicts {
                    group.addTask {
                        do {
                            _ = try await fixture.decide(pair.id, verdict, as: ID<Actor>())
                            return "done"
                        } catch {
                            return (error as? MatchingFault)?.code ?? "\(error)"
                        }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(fates.sorted() == ["done", "match.decided"])
            let found = try await fixture.registry.database.read(as: fixture.registry.mandate) { tx in
                try await MatchQueue(registrar: fixture.registry.registrar).find(pair.id, in: tx)
            }
            #expect(found.decisions.count == 1 && found.pair.state.rawValue == found.decisions[0].verdict.rawValue)
        }
        let proposals = try await fixture.registry.rows(
            "SELECT count(*) FROM registry.proposal WHERE kind = 'person.merge'")
        #expect(try #require(proposals.first).get(0, as: Int64.self) <= 2)
    }

    @Test(.scratchDatabase) func `a session killed in the middle of a merge leaves nothing of it`() async throws {
        let fixture = try await MatchingFixture.make(households: 20, twins: 2)
        let (one, two) = (ID<Person>(fixture.twins[0].first), ID<Person>(fixture.twins[0].second))
        let command = Command.mergePeople(survivor: one, absorbed: two, chosen: [:])
        let before = try await fixture.state(of: [one, two])
        let terms = CommandTerms(observedOn: RegistryFixture.today)

        await #expect(throws: (any Error).self) {
            try await fixture.registry.database.write(as: fixture.registry.mandate) { tx in
                _ = try await fixture.registry.registrar.perform(command, terms, in: tx)
                _ = try await tx.query("SELECT pg_terminate_backend(pg_backend_pid())")
            }
        }

        #expect(try await fixture.state(of: [one, two]) == before)
        try await fixture.registry.perform(command)
        #expect(try await fixture.state(of: [one, two]) != before)
        try await fixture.registry.perform(.unmerge(.person(two)))
        let statuses = try await fixture.registry.rows(
            "SELECT DISTINCT status FROM registry.person WHERE id = ANY(\([one.rawValue, two.rawValue]))")
        #expect(try statuses.map { try $0.get(0, as: String.self) } == ["active"])
    }

    @Test(.scratchDatabase) func `people of whom one died since cannot be merged, and the proposal says why`()
        async throws
    {
        let fixture = try await MatchingFixture.make(households: 40, twins: 6)
        _ = try await fixture.train()
        let pair = try #require(try await fixture.open().first)
        let proposal = try #require(try await fixture.decide(pair.id, .same))
        let homes = try await fixture.registry.rows(
            """
            SELECT o.id FROM registry.person AS p
            LEFT JOIN registry.person AS o ON o.household_id = p.household_id AND o.id <> p.id
            WHERE p.id = \(pair.high) LIMIT 1
            """)
        let successor: UUID? = try homes.first?.get(0)
        try await fixture.registry.perform(.recordDeath(pair.high, successor: successor.map { ID($0) }))
        let second = Mandate(actor: ID<Actor>(), purpose: .maintenance)

        let fault = await #expect(throws: RegistryFault.self) {
            try await fixture.registry.database.write(as: second) { tx throws(RegistryFault) in
                _ = try await Proposals(registrar: fixture.registry.registrar).decide(
                    proposal, approve: true, reason: nil, in: tx)
            }
        }
        #expect(fault?.code == "registry.subject.stale_version")
    }
}

extension MatchingFixture {
    fileprivate func open() async throws -> [QueuedPair] {
        try await registry.database.read(as: registry.mandate) { tx in
            try await MatchQueue(registrar: registry.registrar).open(
                band: nil, area: nil, after: nil, limit: 20, in: tx)
        }
    }

    /// Everything that is stored about people, as text.
    fileprivate func state(of people: [ID<Person>]) async throws -> [String] {
        let ids = people.map(\.rawValue)
        return try await registry.rows(
            """
            SELECT to_jsonb(p)::text FROM registry.person AS p WHERE p.id = ANY(\(ids))
            UNION ALL
            SELECT to_jsonb(l)::text FROM registry.link AS l WHERE l.subject_id = ANY(\(ids))
            UNION ALL
            SELECT to_jsonb(m)::text FROM registry.membership AS m WHERE m.person_id = ANY(\(ids))
            ORDER BY 1
            """
        ).map { try $0.get(0) }
    }
}
