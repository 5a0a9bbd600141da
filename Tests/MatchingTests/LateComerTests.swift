import Documents
import Foundation
import Groundwork
import Linkage
import Matching
import Postgres
import Profiles
import Registry
import TestKit
import Testing

@Suite struct `People whom the last run has not seen` {
    private static let draft = RegistryFixture.person(
        "Zénobie", "Vyukusenge", born: "1977-03-14", phone: "+25771239999")

    /// Whom the question finds first.
    private func first(_ fixture: MatchingFixture) async throws -> UUID? {
        let asked = MatchPeople(context: fixture.registry.context, policy: fixture.matcher.policy).described(
            Self.draft, area: nil)
        let matcher = fixture.matcher
        return try await fixture.registry.database.read(as: fixture.registry.mandate) { tx in
            let model = try #require(try await matcher.models.active(in: tx))
            return try await matcher.hits([asked], least: 0, model: model, in: tx).first?.person.id
        }
    }

    @Test(.scratchDatabase) func `of a key that thousands came to share the last of them is found as well`()
        async throws
    {
        let fixture = try await MatchingFixture.make(households: 20, twins: 0)
        _ = try await fixture.run(base: try fixture.registry.profile.matchModel())
        let command = Command.registerPerson(Self.draft)
        #expect(await fixture.fate(of: command, by: fixture.watching) == "done")
        let known = try #require(
            try await fixture.registry.rows("SELECT id FROM registry.person ORDER BY id DESC LIMIT 1").first
        ).get(0, as: UUID.self)
        let database = fixture.registry.database
        let mandate = fixture.registry.mandate
        // Others under each of the keys, no two under the same, who stand before.
        func crowd(_ table: SQL, _ count: Int32) async throws {
            _ = try await database.write(as: mandate) { tx in
                try await tx.query(
                    """
                    INSERT INTO \(fragment: table) (h, person_id)
                    SELECT k.h, ('00000000' || substr(md5(concat(k.h, ' ', n)), 9))::uuid
                    FROM (SELECT DISTINCT h FROM \(fragment: table) WHERE person_id = \(known)) AS k
                    CROSS JOIN generate_series(1, \(count)) AS n
                    """)
            }
        }

        try await crowd("matching.fresh_key", 130)
        #expect(try await first(fixture) == known)

        try await fixture.follow()
        try await crowd("matching.match_key", 2_500)
        #expect(try await first(fixture) == known)
    }

    @Test(.scratchDatabase) func `whoever is registered while the first model is estimated is found when it ends`()
        async throws
    {
        let fixture = try await MatchingFixture.make(households: 60, twins: 2)
        let (steps, told) = AsyncStream.makeStream(of: Bool.self)
        let command = Command.registerPerson(Self.draft)

        async let report = MatchRun(database: fixture.registry.database, matcher: fixture.matcher).run(
            trains: true, base: nil, workers: 2, as: fixture.registry.mandate,
            progress: { if case .comparing = $0 { told.yield(true) } })
        for await _ in steps { break }
        #expect(await fixture.fate(of: command, by: fixture.watching) == "done")
        #expect(try await report.version == 1)

        // Before the reader of the log has come by.
        #expect(await fixture.fate(of: command, by: fixture.watching) == "match.suspected")
        try await fixture.follow()
        #expect(try await first(fixture) != nil)
        let left = try await fixture.registry.rows("SELECT count(*) FROM matching.fresh_key")
        #expect(try #require(left.first).get(0, as: Int64.self) == 0)
    }

    @Test(.scratchDatabase)
    func `the log reader matches nobody again whom the run has read, and households that change`()
        async throws
    {
        let fixture = try await MatchingFixture.make(households: 20, twins: 2)
        _ = try await fixture.train()
        let before = try await fixture.keyed()
        try await fixture.follow()
        #expect(try await fixture.keyed() == before)

        // An address is a household's; its members have no version of their own for it.
        let home = try #require(
            try await fixture.registry.rows("SELECT household_id FROM registry.person ORDER BY id LIMIT 1").first
        ).get(0, as: UUID.self)
        try await fixture.registry.perform(
            .updateHousehold(ID(home), claims: ["address": "Avenue de la Mission 7"], contacts: Contacts()))
        try await fixture.follow()

        let after = try await fixture.keyed()
        let members = try await fixture.registry.rows(
            "SELECT id FROM registry.person WHERE household_id = \(home)"
        ).map { try $0.get(0, as: UUID.self) }
        #expect(!members.isEmpty && Set(after.keys.filter { after[$0] != before[$0] }) == Set(members))
    }
}

extension MatchingFixture {
    /// Everybody's keyed row by the transaction that wrote it.
    fileprivate func keyed() async throws -> [UUID: String] {
        try await registry.rows("SELECT person_id, xmin::text FROM matching.keyed_person").reduce(into: [:]) {
            $0[try $1.get(0)] = try $1.get(1, as: String.self)
        }
    }
}
