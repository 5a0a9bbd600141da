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

@Suite struct `Looking people up before they are registered` {
    @Test(.scratchDatabase) func `one family registered twice at once is registered once`() async throws {
        let fixture = try await MatchingFixture.make(households: 60, twins: 2)
        _ = try await fixture.train()
        let registrar = fixture.watching
        let names = [("Zénobie", "Vyukusenge"), ("Prudence", "Baranyanka"), ("Léocadie", "Hicuburundi")]
        for (round, name) in names.enumerated() {
            let members = [
                RegistryFixture.person(
                    name.0, name.1, born: "19\(61 + 9 * round)-0\(2 + round)-11", nid: "7\(round)91\(round)350"),
                RegistryFixture.person(
                    ["Théophile", "Melchior", "Gaspard"][round], ["Ndarugirire", "Bakevya", "Sabushimike"][round],
                    sex: "male", born: "19\(58 + 8 * round)-0\(7 - round)-2\(round)"),
            ]
            let command = Command.registerHousehold(
                RegistryFixture.household(in: fixture.registry.collines[round], members: members))
            let fates = await withTaskGroup(of: String.self) { group in
                for _ in 0..<3 { group.addTask { await fixture.fate(of: command, by: registrar) } }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(fates.sorted() == ["done", "match.suspected", "match.suspected"])
        }
    }

    @Test(.scratchDatabase) func `a member who is added twice, or born twice, is one`() async throws {
        var fixture = try await MatchingFixture.make(households: 30, twins: 2)
        // By the country's own model, which knows of brothers and sisters.
        _ = try await fixture.run(base: try fixture.registry.profile.matchModel())
        let head = try await fixture.register(
            [RegistryFixture.person("Gloriose", "Bigirindavyi", born: "1990-05-06", nid: "55667788")],
            in: fixture.registry.collines[4])[0]
        let home = try #require(
            try await fixture.registry.rows("SELECT household_id FROM registry.person WHERE id = \(head)").first
        ).get(0, as: UUID.self)
        let joining = Command.addMember(
            ID(home),
            MemberDraft(
                .new(RegistryFixture.person("Euphrasie", "Ntawuyamara", born: "1988-02-03")), relationship: "spouse"))
        let birth = Command.recordBirth(
            BirthDraft(
                child: RegistryFixture.person("Divine", "Bigirindavyi", born: "2026-10-20"), mother: ID(head),
                household: ID(home), relationship: "child"))

        for command in [joining, birth] {
            #expect(await fixture.fate(of: command, by: fixture.watching) == "done")
            #expect(await fixture.fate(of: command, by: fixture.watching) == "match.suspected")
        }
        // A twin of another name is another child.
        let twin = Command.recordBirth(
            BirthDraft(
                child: RegistryFixture.person("Bosco", "Bigirindavyi", sex: "male", born: "2026-10-20"),
                mother: ID(head), household: ID(home), relationship: "child"))
        #expect(await fixture.fate(of: twin, by: fixture.watching) == "done")
    }

    @Test(.scratchDatabase) func `what a run puts in review was caught at the registration`() async throws {
        var (caught, refused, found) = (0, 0, 0)
        for seed in [11, 12] as [UInt64] {
            var fixture = try await MatchingFixture.make(households: 120, twins: 16, seed: seed)
            _ = try await fixture.train()
            var random = SeededGenerator(seed: seed)
            var known: [(first: UUID, second: UUID, refused: Bool, seen: Bool)] = []
            let reader = MatchPeople(context: fixture.registry.context, policy: fixture.matcher.policy)
            let all = fixture.drafts.keys.sorted { $0.lowercased < $1.lowercased }
            for (number, first) in all.shuffled(using: &random).prefix(20).enumerated() {
                guard let draft = fixture.drafts[first] else { continue }
                let copy = MatchingFixture.again(draft, keepsNumber: number % 3 == 0)
                let area = fixture.registry.collines[Int.random(in: 0..<40, using: &random)]
                let command = Command.registerHousehold(RegistryFixture.household(in: area, members: [copy]))
                // What the check sees at the registration itself, before anything is written.
                let asked = reader.described(copy, area: area, household: "draft", role: "head")
                let matcher = fixture.matcher
                let hits = try await fixture.registry.database.read(as: fixture.registry.mandate) { tx in
                    let model = try #require(try await matcher.models.active(in: tx))
                    return try await matcher.hits([asked], least: matcher.policy.review, model: model, in: tx)
                }
                let fate = await fixture.fate(of: command, by: fixture.watching)
                let second: UUID
                if fate == "done" {
                    second = try #require(
                        try await fixture.registry.rows("SELECT id FROM registry.person ORDER BY id DESC LIMIT 1").first
                    ).get(0)
                } else {
                    #expect(fate == "match.suspected")
                    second = try await fixture.register([copy], in: area)[0]
                }
                try await fixture.follow()
                known.append((first, second, fate != "done", hits.contains { $0.person.id == first }))
            }
            _ = try await fixture.run()
            for item in known where try await fixture.pair(item.first, item.second) != nil {
                found += 1
                if item.refused { refused += 1 }
                if item.seen { caught += 1 }
            }
        }
        #expect(found >= 30 && caught * 100 >= found * 95, "caught \(caught), refused \(refused), of \(found)")
    }

    @Test(.scratchDatabase) func `whoever is registered as somebody else leaves the pair and who said so to reviewers`()
        async throws
    {
        var fixture = try await MatchingFixture.make(households: 30, twins: 2)
        _ = try await fixture.train()
        let draft = RegistryFixture.person("Zénobie", "Vyukusenge", born: "1977-03-14", nid: "99887766")
        let known = try await fixture.register([draft], in: fixture.registry.collines[3])[0]
        try await fixture.follow()
        let command = Command.registerPerson(draft)
        #expect(await fixture.fate(of: command, by: fixture.watching) == "match.suspected")

        #expect(await fixture.fate(of: command, by: fixture.watching, others: [known]) == "done")

        let newest = try await fixture.registry.rows("SELECT id FROM registry.person ORDER BY id DESC LIMIT 1")
        let second = try #require(newest.first).get(0, as: UUID.self)
        // As it stands at once, and after the reader of the log has looked at the newcomer.
        for _ in 0..<2 {
            let pair = try #require(try await fixture.pair(known, second))
            #expect(pair.state == .unsure && pair.origin == "intake" && pair.evidence.array?.isEmpty == false)
            let (registrar, mandate) = (fixture.registry.registrar, fixture.registry.mandate)
            let (open, decisions) = try await fixture.registry.database.read(as: mandate) { tx in
                let queue = MatchQueue(registrar: registrar)
                let open = try await queue.open(band: nil, area: nil, after: nil, limit: 500, in: tx).map(\.id)
                return (open, try await queue.find(pair.id, in: tx).decisions)
            }
            #expect(open.contains(pair.id))
            #expect(decisions.map(\.verdict) == [.unsure] && decisions.map(\.actor) == [mandate.actor])
            try await fixture.follow()
        }
    }

    @Test(.scratchDatabase) func `people named as others hide nobody who is farther off`() async throws {
        var fixture = try await MatchingFixture.make(households: 30, twins: 2)
        _ = try await fixture.train()
        let draft = RegistryFixture.person("Zénobie", "Vyukusenge", born: "1977-03-14", nid: "99887766")
        var others: Set<UUID> = []
        for number in 0..<22 {
            others.formUnion(try await fixture.register([draft], in: fixture.registry.collines[number]))
        }
        let farther = RegistryFixture.person("Zénobie", "Vyukusenge", born: "1977-03-14")
        let last = try await fixture.register([farther], in: fixture.registry.collines[30])[0]
        try await fixture.follow()
        let command = Command.registerPerson(draft)

        #expect(await fixture.fate(of: command, by: fixture.watching, others: others) == "match.suspected")
        #expect(await fixture.fate(of: command, by: fixture.watching, others: others.union([last])) == "done")
    }

    @Test(.scratchDatabase) func `a run that was killed is gone on with, and finds by the keys of both models`()
        async throws
    {
        let fixture = try await MatchingFixture.make(households: 60, twins: 10)
        _ = try await fixture.train()
        let before = try await fixture.pairs()
        // A second run that dies when its model is in force, and its keys are not.
        _ = try await fixture.registry.database.write(as: fixture.registry.mandate) { tx in
            try await tx.query(all: [
                """
                INSERT INTO matching.model (version, name, document, frequencies, people, actor_id)
                SELECT 2, name, document, frequencies, people, actor_id FROM matching.model
                """,
                "INSERT INTO matching.wide_key (version, h) SELECT 2, h FROM matching.match_key GROUP BY h",
            ])
        }
        let draft = try #require(fixture.twins.first.flatMap { fixture.drafts[$0.first] })
        let again = Command.registerPerson(draft)
        #expect(await fixture.fate(of: again, by: fixture.watching) == "match.suspected")

        let report = try await fixture.run()

        #expect(report.isResumed && report.version == 2)
        #expect(try await fixture.pairs() == before)
        let wide = try await fixture.registry.rows("SELECT count(*) FROM matching.wide_key WHERE version < 2")
        #expect(try #require(wide.first).get(0, as: Int64.self) == 0)
        let next = try await fixture.train()
        #expect(!next.isResumed && next.version == 3)
    }

    @Test(.scratchDatabase) func `a block that grew since the last run is drawn from fairly`() async throws {
        var fixture = try await MatchingFixture.make(households: 60, twins: 0)
        _ = try await fixture.train()
        // Three hundred people on one phone; the one that is asked about came last of all.
        let people = (0..<300).map { number in
            RegistryFixture.person(
                MatchingFixture.given[number % 20], MatchingFixture.families[number / 20 % 20],
                born: "19\(50 + number % 40)-0\(1 + number % 9)-1\(number % 7)", phone: "+25771239999")
        }
        for start in stride(from: 0, to: 300, by: 100) {
            try await fixture.register(
                Array(people[start..<start + 100]), in: fixture.registry.collines[start / 100])
        }
        let last = try await fixture.register(
            [RegistryFixture.person("Zénobie", "Vyukusenge", born: "1999-09-09", phone: "+25771239999")],
            in: fixture.registry.collines[6])[0]
        try await fixture.follow()

        let asked = MatchPeople(context: fixture.registry.context, policy: fixture.matcher.policy).described(
            RegistryFixture.person("Zenobie", "Vyukusenge", born: "1999-09-08", phone: "+25771239999"), area: nil)
        let hits = try await fixture.registry.database.read(as: fixture.registry.mandate) { tx in
            let model = try #require(try await fixture.matcher.models.active(in: tx))
            return try await fixture.matcher.hits([asked], least: 0, model: model, in: tx)
        }

        #expect(hits.first?.person.id == last)
    }
}

extension MatchingFixture {
    /// Registers as the doors do: nobody before it was looked up who he or she may be.
    var watching: Registrar {
        Registrar(context: registry.context, today: { RegistryFixture.today }, watch: matcher)
    }

    func run(base: MatchModel? = nil) async throws -> MatchRun.Report {
        try await MatchRun(database: registry.database, matcher: matcher).run(
            trains: false, base: base, workers: 2, as: registry.mandate)
    }

    /// `done`, or the code of the refusal.
    func fate(of command: Command, by registrar: Registrar, others: Set<UUID> = []) async -> String {
        do {
            try await registry.database.write(as: registry.mandate) { tx throws(RegistryFault) in
                _ = try await registrar.perform(
                    command, CommandTerms(observedOn: RegistryFixture.today, notDuplicates: others), in: tx)
            }
            return "done"
        } catch {
            return error.code
        }
    }

    func pairs() async throws -> [String] {
        try await registry.rows("SELECT concat_ws(' ', low_id, high_id, bits) FROM matching.pair ORDER BY 1").map {
            try $0.get(0)
        }
    }
}
