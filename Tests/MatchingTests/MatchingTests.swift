import Documents
import Foundation
import Groundwork
import Linkage
import Matching
import Postgres
import Registry
import TestKit
import Testing

@Suite struct `Matching the registry` {
    @Test(.scratchDatabase) func `a run finds who is on record twice, and says why`() async throws {
        let fixture = try await MatchingFixture.make()

        let report = try await fixture.train()

        #expect(report.version == 1 && report.people == fixture.drafts.count)
        var found = 0
        for twin in fixture.twins {
            guard let pair = try await fixture.pair(twin.first, twin.second) else { continue }
            found += 1
            let sum = (pair.evidence.array ?? []).compactMap { $0["bits"]?.string }.compactMap { Decimal(string: $0) }
            #expect(sum.reduce(0, +) == Decimal(string: pair.bits), "the steps sum to the bits")
        }
        #expect(found >= 14, "found \(found) of \(fixture.twins.count)")
        let pairs = try await fixture.registry.rows("SELECT count(*) FROM matching.pair")
        #expect(try #require(pairs.first).get(0, as: Int64.self) < 60)
        let keyed = try await fixture.registry.rows("SELECT count(*) FROM matching.keyed_person")
        #expect(try #require(keyed.first).get(0, as: Int64.self) == Int64(report.people))
    }

    @Test(.scratchDatabase) func `nearly every pair of a run is caught at a registration`() async throws {
        let fixture = try await MatchingFixture.make(seed: 4)
        _ = try await fixture.train()
        let reader = MatchPeople(context: fixture.registry.context, policy: fixture.matcher.policy)
        var (caught, asked) = (0, 0)
        for twin in fixture.twins where try await fixture.pair(twin.first, twin.second) != nil {
            guard let draft = fixture.drafts[twin.second] else { continue }
            asked += 1
            let hits = try await fixture.registry.database.read(as: fixture.registry.mandate) { tx in
                let model = try #require(try await fixture.matcher.models.active(in: tx))
                return try await fixture.matcher.hits(
                    [reader.described(draft, area: nil)], least: fixture.matcher.policy.review, model: model, in: tx)
            }
            if hits.contains(where: { $0.person.id == twin.first }) { caught += 1 }
        }
        #expect(asked >= 14 && caught * 100 >= asked * 95, "caught \(caught) of \(asked)")
    }

    @Test(.scratchDatabase) func `a change is matched when the log tells of it`() async throws {
        var fixture = try await MatchingFixture.make(twins: 6)
        _ = try await fixture.train()
        try await fixture.follow()
        let (known, draft) = try #require(fixture.drafts.min { $0.key.lowercased < $1.key.lowercased })
        let area = fixture.registry.collines[3]
        let copy = try await fixture.register([MatchingFixture.again(draft, keepsNumber: true)], in: area)[0]

        try await fixture.follow()

        let pair = try #require(try await fixture.pair(known, copy))
        #expect(pair.origin == "change" && pair.state == .open)
        // Nothing of the evidence is left.
        try await fixture.registry.perform(
            .updatePerson(
                ID(copy),
                claims: [
                    "given_name": "Zénon", "family_name": "Vyukusenge", "birth_date": "2001-12-24", "sex": "male",
                ], contacts: Contacts(phones: ["+25761234567"])))
        let stated = try await fixture.registry.rows(
            "SELECT version FROM registry.person WHERE id = \(copy)")
        try await fixture.follow()
        let keyed = try await fixture.registry.rows(
            "SELECT version FROM matching.keyed_person WHERE person_id = \(copy)")
        #expect(try #require(keyed.first).get(0, as: Int32.self) == #require(stated.first).get(0, as: Int32.self))
        if let left = try await fixture.pair(known, copy) {
            // The number alone is still the same.
            #expect(Decimal(string: left.bits) ?? 0 < Decimal(string: pair.bits) ?? 0)
        }
    }

    @Test(.scratchDatabase) func `what was decided stays decided, and a merge takes the keys along`() async throws {
        let fixture = try await MatchingFixture.make()
        _ = try await fixture.train()
        var open: [(pair: QueuedPair, twin: (first: UUID, second: UUID))] = []
        for twin in fixture.twins {
            if let pair = try await fixture.pair(twin.first, twin.second) { open.append((pair, twin)) }
        }
        let (one, two) = (try #require(open.first), try #require(open.last))
        #expect(try await fixture.decide(one.pair.id, .different) == nil)
        let proposal = try #require(try await fixture.decide(two.pair.id, .same))
        await #expect(throws: MatchingFault.self) { _ = try await fixture.decide(two.pair.id, .different) }
        let second = Mandate(actor: ID<Actor>(), purpose: .maintenance)
        try await fixture.registry.database.write(as: second) { tx in
            _ = try await Proposals(registrar: fixture.registry.registrar).decide(
                proposal, approve: true, reason: nil, in: tx)
        }
        try await fixture.follow()

        let again = try await fixture.train()

        #expect(again.version == 2)
        #expect(try await fixture.pair(one.twin.first, one.twin.second)?.state == .different)
        #expect(try await fixture.pair(two.twin.first, two.twin.second)?.state == .same)
        let rows = try await fixture.registry.rows(
            """
            SELECT p.status, EXISTS (SELECT FROM matching.match_key AS k WHERE k.person_id = p.id)
            FROM registry.person AS p WHERE p.id = ANY(\([two.twin.first, two.twin.second]))
            ORDER BY p.status
            """)
        #expect(try rows.map { try $0.get(0, as: String.self) } == ["active", "merged"])
        #expect(try rows.map { try $0.get(1, as: Bool.self) } == [true, false])
        // The verdict can be taken back, and the two be parted.
        _ = try await fixture.decide(one.pair.id, .reopened)
        #expect(try await fixture.pair(one.twin.first, one.twin.second)?.state == .open)
    }

    @Test(.scratchDatabase) func `a verdict taken back or a merge refused forgets no pair`() async throws {
        let fixture = try await MatchingFixture.make()
        _ = try await fixture.train()
        var open: [(pair: QueuedPair, twin: (first: UUID, second: UUID))] = []
        for twin in fixture.twins {
            if let pair = try await fixture.pair(twin.first, twin.second) { open.append((pair, twin)) }
        }
        let (one, two, three) = (open[0], open[1], open[2])
        let taken = try #require(try await fixture.decide(one.pair.id, .same))
        _ = try await fixture.decide(one.pair.id, .reopened)
        let refused = try #require(try await fixture.decide(two.pair.id, .same))
        let second = Mandate(actor: ID<Actor>(), purpose: .maintenance)
        let proposals = Proposals(registrar: fixture.registry.registrar)
        try await fixture.registry.database.write(as: second) { tx in
            #expect(try await proposals.find(taken, in: tx).state == .withdrawn)
            _ = try await proposals.decide(refused, approve: false, reason: "no", in: tx)
        }
        let queue = MatchQueue(registrar: fixture.registry.registrar)
        let revived = try await fixture.registry.database.write(as: second) { tx in try await queue.revive(in: tx) }
        #expect(revived == 1)
        #expect(try await fixture.pair(two.twin.first, two.twin.second)?.state == .open)
        // A change of one of the two leaves the pair, what was said of it, and its place in the queue.
        _ = try await fixture.decide(three.pair.id, .unsure)
        try await fixture.registry.perform(
            .updatePerson(ID(three.twin.first), claims: ["maiden_name": "Kaneza"], contacts: Contacts()))
        try await fixture.follow()
        let kept = try #require(try await fixture.pair(three.twin.first, three.twin.second))
        #expect(kept.id == three.pair.id && kept.state == .unsure)
    }

    @Test(.scratchDatabase) func `many copies of one record are all in the queue`() async throws {
        var fixture = try await MatchingFixture.make(households: 60, twins: 6)
        let draft = RegistryFixture.person("Libérate Zénobie", "Vyukusenge", born: "1977-03-14", nid: "99887766")
        for _ in 0..<25 { try await fixture.register([draft], in: fixture.registry.collines[5]) }

        _ = try await fixture.train()

        let rows = try await fixture.registry.rows(
            """
            SELECT count(DISTINCT p.id)
            FROM registry.person AS p
            JOIN matching.pair AS m ON m.low_id = p.id OR m.high_id = p.id
            WHERE p.family_name = 'Vyukusenge'
            """)
        #expect(try #require(rows.first).get(0, as: Int64.self) == 25)
    }

    @Test(.scratchDatabase) func `two runs at once are one too many`() async throws {
        let fixture = try await MatchingFixture.make(households: 10, twins: 0)
        try await fixture.registry.database.withConnection { connection in
            _ = try await connection.query("SELECT pg_advisory_lock(\(MatchLock.key))")
            await #expect(throws: MatchingFault.self) { _ = try await fixture.train() }
            _ = try await connection.query("SELECT pg_advisory_unlock(\(MatchLock.key))")
        }
    }

    @Test(.scratchDatabase) func `decisions that contradict one another are shown`() async throws {
        let fixture = try await MatchingFixture.make(households: 30, twins: 0)
        let ids = fixture.drafts.keys.sorted { $0.lowercased < $1.lowercased }
        _ = try await fixture.train()
        for (low, high, state) in [(0, 1, "same"), (1, 2, "same"), (0, 2, "different"), (3, 4, "different")] {
            _ = try await fixture.registry.database.write(as: fixture.registry.mandate) { tx in
                try await tx.query(
                    """
                    INSERT INTO matching.pair (id, low_id, high_id, state, bits, band, evidence, model_version, origin)
                    VALUES (gen_random_uuid(), \(ids[low]), \(ids[high]), \(state), 1, 'review', '[]', 1, 'batch')
                    ON CONFLICT ON CONSTRAINT pair_once DO UPDATE SET state = EXCLUDED.state
                    """)
            }
        }

        let found = try await fixture.registry.database.read(as: fixture.registry.mandate) { tx in
            try await MatchQueue(registrar: fixture.registry.registrar).contradictions(limit: 10, in: tx)
        }

        #expect(found.map(\.low.rawValue) == [ids[0]] && found.map(\.high.rawValue) == [ids[2]])
    }

    @Test(.scratchDatabase) func `numbers are not kept as keys that could be tried out`() async throws {
        let fixture = try await MatchingFixture.make(households: 20, twins: 0)
        _ = try await fixture.train()
        let keys = fixture.registry.context.names
        var builder = PopulationBuilder(keys)
        builder.add(MatchRecord(identifiers: [.init(type: "NID", value: "10000010")]))
        let population = builder.finish()
        let plain = population.blockingKeys(0).filter { $0.family == .identifier }.map { Int64(bitPattern: $0.hash) }
        #expect(plain.count == 1)
        let rows = try await fixture.registry.rows("SELECT 1 FROM matching.match_key WHERE h = ANY(\(plain))")
        #expect(rows.isEmpty)
    }

    @Test func `a policy out of order is refused`() {
        #expect(throws: MatchingFault.self) {
            try MatchPolicy(["review_bits": 6, "strong_bits": 2, "intake_bits": 3])
        }
        #expect(throws: MatchingFault.self) { try MatchPolicy(nil) }
    }
}
