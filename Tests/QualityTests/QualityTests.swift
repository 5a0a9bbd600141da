import Documents
import Foundation
import Groundwork
import Postgres
import Profiles
import Registry
import RegistryAPI
import Search
import TestKit
import Testing

@testable import Quality

/// The rules of the profile on the suite's own database.
struct QualityFixture: Sendable {
    let registry: RegistryFixture
    let desk: QualityDesk
    let corrections: Corrections

    static func make(profile: String = "burundi") async throws -> QualityFixture {
        let registry = try await RegistryFixture.make(profile: profile)
        return QualityFixture(
            registry: registry,
            desk: try QualityDesk(
                database: registry.database, context: registry.context, rules: QualityRules(registry.profile.quality),
                parse: FilterLanguage.parser(registry.context), today: { RegistryFixture.today }),
            corrections: Corrections(
                database: registry.database, registrar: registry.registrar, today: { RegistryFixture.today }))
    }

    var mandate: Mandate { registry.mandate }
    let signer: Mandate = Mandate(actor: ID<Actor>(), purpose: .maintenance)

    func household(
        in area: Area, _ members: [PersonDraft], claims: JSONObject = [:], on day: CalendarDate = RegistryFixture.today
    ) async throws -> Outcome {
        try await registry.perform(
            .registerHousehold(RegistryFixture.household(in: area, members: members, claims: claims)), on: day)
    }

    func count(_ rule: String, _ line: QualityTable.Line) throws -> QualityTable.Count {
        try #require(line.counts.first { $0.rule == rule })
    }
}

@Suite(.serialized) struct `Quality of the record` {
    @Test(.scratchDatabase, arguments: ["burundi", "uganda"])
    func `every rule of a profile can be asked`(profile: String) async throws {
        let fixture = try await QualityFixture.make(profile: profile)

        let table = try await fixture.desk.table(.areas(level: 1), within: nil, as: fixture.mandate)

        #expect(table.total.counts.count == fixture.desk.rules.rules.count)
        #expect(table.total.counts.count >= 15)
        #expect(table.total.permille(fixture.desk.rules) == nil)
        for rule in fixture.desk.rules.rules {
            #expect(rule.labels["eng"] != nil)
            _ = try fixture.desk.worklist(rule.code, area: nil, after: nil, limit: 10, counts: false)
        }
    }

    @Test(.scratchDatabase) func `counts by area who a rule is about and who breaks it`() async throws {
        let fixture = try await QualityFixture.make()
        let (near, far) = (try #require(fixture.registry.collines.first), try #require(fixture.registry.collines.last))
        _ = try await fixture.household(
            in: near, [RegistryFixture.person(), RegistryFixture.person("Jean", claims: ["birth_date": .null])])
        _ = try await fixture.household(in: far, [RegistryFixture.person("Young", born: "2016-01-01")])
        _ = try await fixture.household(
            in: far, [RegistryFixture.person("Old", born: "1900-01-01")],
            on: try #require(CalendarDate("2022-01-01")))

        let table = try await fixture.desk.table(.areas(level: 1), within: nil, as: fixture.mandate)
        let places = fixture.registry.context.areas.index
        func line(_ area: Area) throws -> QualityTable.Line {
            let province = places.path(to: area).first { $0.level == 1 }
            return try #require(table.lines.first { $0.area == province })
        }

        #expect(try fixture.count("birth_date_missing", line(near)).applies == 2)
        #expect(try fixture.count("birth_date_missing", line(near)).fails == 1)
        #expect(try fixture.count("birth_date_missing", line(far)).fails == 0)
        #expect(try fixture.count("head_too_young", line(far)).fails == 1)
        #expect(try fixture.count("age_implausible", line(far)).fails == 1)
        #expect(try fixture.count("record_due", table.total).fails == 1)
        #expect(try fixture.count("record_old", table.total).fails == 1)
        #expect(try fixture.count("no_adult", table.total).fails == 1)
        let score = try #require(table.total.permille(fixture.desk.rules))
        #expect((1..<1000).contains(score))
        let inside = try await fixture.desk.table(.areas(level: 4), within: near, as: fixture.mandate)
        #expect(inside.lines.map(\.area) == [near])
        #expect(try fixture.count("birth_date_missing", inside.total).applies == 2)
    }

    @Test(.scratchDatabase) func `counts by source, and a record of two sources for both`() async throws {
        let fixture = try await QualityFixture.make()
        let area = try #require(fixture.registry.collines.first)
        let made = try await fixture.household(in: area, [RegistryFixture.person(claims: ["birth_date": .null])])
        let terms = CommandTerms(observedOn: RegistryFixture.today, source: "survey")
        _ = try await fixture.registry.database.write(as: fixture.mandate) { tx in
            try await fixture.registry.registrar.perform(
                .updatePerson(made.people[0], claims: ["education": "none"], contacts: Contacts()), terms, in: tx)
        }

        let table = try await fixture.desk.table(.sources, within: nil, as: fixture.mandate)

        #expect(table.lines.map(\.source) == ["desk", "survey"])
        for line in table.lines { #expect(try fixture.count("birth_date_missing", line).fails == 1) }
        #expect(try fixture.count("birth_date_missing", table.total).fails == 1)
    }

    @Test(.scratchDatabase) func `lists who breaks a rule, page by page, within an area`() async throws {
        let fixture = try await QualityFixture.make()
        let (near, far) = (try #require(fixture.registry.collines.first), try #require(fixture.registry.collines.last))
        for area in [near, near, near, far] {
            _ = try await fixture.household(
                in: area, [RegistryFixture.person(), RegistryFixture.person("Nobody", claims: ["birth_date": .null])])
        }
        let searcher = Searcher(context: fixture.registry.context)
        var (names, after): ([ID<Person>], String?) = ([], nil)
        repeat {
            let request = try fixture.desk.worklist(
                "birth_date_missing", area: near, after: after, limit: 2, counts: true)
            let page = try await searcher.people(request, from: fixture.registry.database, as: fixture.mandate)
            #expect(page.total == 3)
            names += page.records.map(\.id)
            after = page.next
        } while after != nil

        #expect(Set(names).count == 3)
        #expect(throws: QualityFault.self) {
            try fixture.desk.worklist("no_such_rule", area: nil, after: nil, limit: 2, counts: false)
        }
    }

    @Test func `rules that cannot be read are told with their place`() throws {
        #expect(throws: QualityFault.self) {
            try QualityRules(["record": ["rules": [["code": "x"], ["code": "y", "dimension": "freshness"]]]])
        }
        let rules = try QualityRules([
            "record": [
                "rules": [
                    [
                        "code": "old", "dimension": "freshness", "subject": "households",
                        "fails": ["attribute": "observed_on", "op": "lt", "value": ["months_before_today": 24]],
                    ]
                ]
            ]
        ])
        let seen = Seen()
        let today = try #require(CalendarDate("2026-11-01"))
        let findings = rules.mistakes(today: today) { filter, _, path, findings in
            seen.filter = filter
            findings.append(Finding(path, code: "attribute.unknown", "No."))
            return nil
        }
        #expect(seen.filter?["value"]?.string == "2024-11-01")
        #expect(findings.first?.path.steps == ["old", "fails"])
    }

    /// What the parser was given.
    private final class Seen: @unchecked Sendable {
        // Written and read by one test in one task.
        var filter: JSON?
    }
}

@Suite(.serialized) struct `Correcting many records` {
    private func draft(
        _ fixture: QualityFixture, _ change: CorrectionDraft.Change, attribute: String = "education",
        filter: RegistryQuery = .everything
    ) throws -> CorrectionDraft {
        try fixture.corrections.checked(
            CorrectionDraft(
                subject: .person, filter: filter, filterDocument: ["attribute": "role", "value": "head"],
                attribute: attribute, change: change, observedOn: RegistryFixture.today, assurance: .declared,
                reason: "spelling"))
    }

    private func people(_ fixture: QualityFixture, _ education: [String]) async throws -> [ID<Person>] {
        let area = try #require(fixture.registry.collines.first)
        var people: [ID<Person>] = []
        for word in education {
            let made = try await fixture.household(
                in: area, [RegistryFixture.person(claims: ["education": .string(word)])])
            people += made.people
        }
        return people
    }

    private func education(_ fixture: QualityFixture, _ id: ID<Person>) async throws -> (String?, Int) {
        let rows = try await fixture.registry.rows(
            "SELECT education, version FROM registry.person WHERE id = \(id)")
        return (try rows.first?.get(0, as: String?.self) ?? nil, try rows.first?.get(1, as: Int.self) ?? 0)
    }

    private func propose(_ fixture: QualityFixture, _ draft: CorrectionDraft) async throws -> ID<Proposal> {
        try await fixture.registry.database.write(as: fixture.mandate) { tx in
            try await fixture.corrections.propose(draft, in: tx)
        }
    }

    private func decide(_ fixture: QualityFixture, _ id: ID<Proposal>, leavingOut numbers: [Int] = []) async throws {
        let proposals = Proposals(registrar: fixture.registry.registrar)
        try await fixture.registry.database.write(as: fixture.signer) { tx in
            if !numbers.isEmpty { _ = try await proposals.leaveOut(numbers, of: id, in: tx) }
            _ = try await proposals.decide(id, approve: true, reason: nil, in: tx)
        }
    }

    private var codes: [String] {
        get throws {
            let profile = try Profile.load(RegistryFixture.root + "/profiles/burundi")
            return try #require(profile.dictionary.lists["education"]).codes.prefix(3).map(\.code)
        }
    }

    @Test(.scratchDatabase)
    func `is counted, proposed, decided item by item, carried out with history and events, and undone`() async throws {
        let fixture = try await QualityFixture.make()
        let codes = try codes
        let people = try await people(fixture, [codes[0], codes[0], codes[1], codes[0], codes[0]])
        let draft = try draft(fixture, .replace([(from: .string(codes[0]), to: .string(codes[2]))]))

        let count = try await fixture.corrections.count(draft, as: fixture.mandate)
        #expect(count.fits == 5)
        #expect(count.changes == 4)
        let id = try await propose(fixture, draft)
        let items = try await fixture.corrections.items(of: id, state: nil, after: 0, limit: 10, as: fixture.mandate)
        #expect(items.count == 4)
        // One is left out, one changes before the others are carried out.
        let left = try #require(items.first { $0.subject == .person(people[0]) })
        try await fixture.registry.perform(
            .updatePerson(
                people[1], claims: ["occupation": .null, "education": .string(codes[1])], contacts: Contacts()))
        #expect(try await !fixture.corrections.step(as: fixture.mandate))
        try await decide(fixture, id, leavingOut: [left.number])
        #expect(try await fixture.corrections.sight(id, as: fixture.mandate).state == "executing")
        #expect(try await fixture.corrections.step(as: fixture.mandate))
        #expect(try await !fixture.corrections.step(as: fixture.mandate))

        let sight = try await fixture.corrections.sight(id, as: fixture.mandate)
        #expect(sight.state == "executed")
        #expect(sight.counts == [.executed: 2, .rejected: 1, .stale: 1])
        #expect(try await education(fixture, people[0]) == (codes[0], 1))
        #expect(try await education(fixture, people[3]) == (codes[2], 2))
        let events = try await fixture.registry.rows(
            """
            SELECT count(*), count(DISTINCT command_id), count(DISTINCT actor_id) FROM registry.event
            WHERE type = 'person.updated.v1' AND actor_id = \(fixture.signer.actor)
            """)
        #expect(try events.first?.get(0, as: Int.self) == 2)
        #expect(try events.first?.get(1, as: Int.self) == 1)
        let past = try await fixture.registry.rows("SELECT count(*) FROM registry.person_past WHERE id = \(people[3])")
        #expect(try past.first?.get(0, as: Int.self) == 1)

        try await askUndo(fixture, id)
        try await askUndo(fixture, id)
        #expect(try await fixture.corrections.sight(id, as: fixture.mandate).state == "undoing")
        #expect(try await education(fixture, people[3]).0 == codes[2])
        try await workOff(fixture)
        #expect(try await education(fixture, people[3]).0 == codes[0])
        let end = try await fixture.corrections.sight(id, as: fixture.mandate)
        #expect(end.state == "undone")
        #expect(end.undo?.askedBy == fixture.signer.actor)
        #expect(end.undo?.doneAt != nil)
        #expect(end.undo?.kept == 0)
        let undoing = try await fixture.registry.rows(
            "SELECT count(*) FROM registry.command WHERE kind = 'command.undo' AND actor_id = \(fixture.signer.actor)")
        #expect(try undoing.first?.get(0, as: Int.self) == 1)
    }

    @Test(.scratchDatabase) func `goes on in steps, and keeps what was changed later when it is undone`() async throws {
        let fixture = try await QualityFixture.make()
        let codes = try codes
        let words = [String](repeating: codes[0], count: Corrections.commandSize + 5)
        let people = try await people(fixture, words)
        let id = try await propose(fixture, try draft(fixture, .set(.string(codes[1]))))
        try await decide(fixture, id)

        #expect(try await fixture.corrections.step(as: fixture.mandate))
        #expect(try await fixture.corrections.sight(id, as: fixture.mandate).counts[.open] == 5)
        await #expect(throws: QualityFault.self) { try await askUndo(fixture, id) }
        #expect(try await fixture.corrections.step(as: fixture.mandate))
        #expect(try await !fixture.corrections.step(as: fixture.mandate))
        let last = try #require(
            try await fixture.corrections.items(
                of: id, state: nil, after: words.count - 1, limit: 1, as: fixture.mandate
            ).first)
        #expect(people.contains(ID(last.subject.id)))
        try await fixture.registry.perform(
            .updatePerson(ID(last.subject.id), claims: ["education": .string(codes[2])], contacts: Contacts()))

        try await askUndo(fixture, id)
        try await workOff(fixture)
        let kept = try await fixture.corrections.sight(id, as: fixture.mandate)
        #expect(kept.state == "partly_undone")
        #expect(kept.undo?.kept == 5)
        #expect(kept.counts == [.undone: Corrections.commandSize, .executed: 5])

        // What was changed later is taken back, and the rest asked for again.
        let later = try await fixture.registry.rows(
            "SELECT id FROM registry.command WHERE kind = 'person.update' ORDER BY recorded_at DESC LIMIT 1")
        try await fixture.registry.perform(.undo(ID(try #require(try later.first?.get(0, as: UUID.self)))))
        try await askUndo(fixture, id)
        try await workOff(fixture)
        #expect(try await fixture.corrections.sight(id, as: fixture.mandate).state == "undone")
    }

    @Test(.scratchDatabase) func `is undone to the end when the server is killed in between`() async throws {
        let fixture = try await QualityFixture.make()
        let codes = try codes
        let words = [String](repeating: codes[0], count: 2 * Corrections.commandSize + 5)
        _ = try await people(fixture, words)
        let id = try await propose(fixture, try draft(fixture, .set(.string(codes[1]))))
        try await decide(fixture, id)
        try await workOff(fixture)
        try await askUndo(fixture, id)

        // Killed at seeded moments of its steps: what is done is done, and nothing twice.
        var moments = SeededGenerator(seed: 3)
        var steps = 0
        while true {
            let corrections = fixture.corrections
            let mandate = fixture.mandate
            for _ in 0..<4 {
                let killed = Task { try await corrections.stepBack(as: mandate) }
                try await Task.sleep(for: .milliseconds(Int.random(in: 0...60, using: &moments)))
                killed.cancel()
                _ = try? await killed.value
            }
            guard try await corrections.step(as: mandate) else {
                // The session of a run that was killed may hold the correction a moment longer.
                guard try await corrections.sight(id, as: mandate).state == "undoing" else { break }
                try await Task.sleep(for: .milliseconds(20))
                continue
            }
            steps += 1
            #expect(steps < 10)
        }

        let sight = try await fixture.corrections.sight(id, as: fixture.mandate)
        #expect(sight.state == "undone")
        #expect(sight.counts == [.undone: words.count])
        let rows = try await fixture.registry.rows(
            """
            SELECT (SELECT count(*) FROM registry.person WHERE education = \(codes[0])),
                (SELECT count(*) FROM registry.command WHERE kind = 'command.undo'),
                (SELECT count(*) FROM registry.person WHERE version <> 3)
            """)
        let row = try #require(rows.first)
        #expect(try row.get(0, as: Int.self) == words.count)
        #expect(try row.get(1, as: Int.self) == 3)
        #expect(try row.get(2, as: Int.self) == 0)
    }

    /// A correction by three commands whose last cannot be undone, because one of its records was changed later.
    private func builtUpon(_ fixture: QualityFixture) async throws -> ID<Proposal> {
        let codes = try codes
        let words = [String](repeating: codes[0], count: 2 * Corrections.commandSize + 5)
        _ = try await people(fixture, words)
        let id = try await propose(fixture, try draft(fixture, .set(.string(codes[1]))))
        try await decide(fixture, id)
        try await workOff(fixture)
        let last = try #require(
            try await fixture.corrections.items(
                of: id, state: nil, after: words.count - 1, limit: 1, as: fixture.mandate
            ).first)
        try await fixture.registry.perform(
            .updatePerson(ID(last.subject.id), claims: ["education": .string(codes[2])], contacts: Contacts()))
        try await askUndo(fixture, id)
        return id
    }

    @Test(.scratchDatabase) func `is undone by two servers without passing over what can be undone`() async throws {
        let fixture = try await QualityFixture.make()
        let id = try await builtUpon(fixture)

        // Both servers meet the refusal of the last command; one notes it, and goes on before the other does.
        let first = try await fixture.corrections.takeBack(id, as: fixture.signer)
        guard case .refused(let command, isUndone: false) = first else {
            Issue.record("the last command can be undone")
            return
        }
        #expect(try await fixture.corrections.stepBack(as: fixture.mandate))
        #expect(try await fixture.corrections.note(command, isUndone: false, of: id, as: fixture.signer))
        #expect(try await fixture.corrections.sight(id, as: fixture.mandate).undo?.kept == 5)
        // Whoever comes while another has it in hand goes away, rather than to ask on and on.
        try await fixture.registry.database.write(as: fixture.mandate) { tx in
            _ = try await tx.query("SELECT 1 FROM registry.proposal WHERE id = \(id) FOR UPDATE")
            #expect(try await !fixture.corrections.step(as: fixture.mandate))
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<2 {
                group.addTask {
                    while try await fixture.corrections.sight(id, as: fixture.mandate).state == "undoing" {
                        _ = try await fixture.corrections.stepBack(as: fixture.mandate)
                    }
                }
            }
            try await group.waitForAll()
        }

        let end = try await fixture.corrections.sight(id, as: fixture.mandate)
        #expect(end.state == "partly_undone")
        #expect(end.undo?.kept == 5)
        #expect(end.counts == [.undone: 2 * Corrections.commandSize, .executed: 5])
    }

    private func askUndo(_ fixture: QualityFixture, _ id: ID<Proposal>) async throws {
        try await fixture.registry.database.write(as: fixture.signer) { tx in
            try await fixture.corrections.askUndo(id, in: tx)
        }
    }

    private func workOff(_ fixture: QualityFixture) async throws {
        while try await fixture.corrections.step(as: fixture.mandate) {}
    }

    @Test(.scratchDatabase) func `refuses what cannot be stated, nobody, and the maker's own approval`() async throws {
        let fixture = try await QualityFixture.make()
        let people = try await people(fixture, [try codes[0]])
        #expect(people.count == 1)
        for (attribute, change) in [
            ("education", CorrectionDraft.Change.set("no such code")), ("area", .set("BI01010101")),
            ("nothing", .set(1)),
            ("is_disabled", .set(true)), ("birth_date", .replace([(from: "1990", to: "1991")])),
        ] {
            #expect(throws: QualityFault.self, "\(attribute)") { try draft(fixture, change, attribute: attribute) }
        }
        let nobody = try draft(fixture, .set(.string(try codes[1])), filter: .nothing)
        await #expect(throws: QualityFault.self) { try await propose(fixture, nobody) }

        let id = try await propose(fixture, try draft(fixture, .set(.string(try codes[1]))))

        let proposals = Proposals(registrar: fixture.registry.registrar)
        await #expect(throws: RegistryFault.self) {
            try await fixture.registry.database.write(as: fixture.mandate) { tx in
                _ = try await proposals.decide(id, approve: true, reason: nil, in: tx)
            }
        }
        #expect(try await !fixture.corrections.step(as: fixture.mandate))
    }
}
