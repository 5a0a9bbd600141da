import Documents
import Foundation
import Groundwork
import Postgres
import Quality
import Registry
import TestKit
import Testing

@Suite(.serialized) struct `Scores counted in the background` {
    private func ask(_ fixture: QualityFixture, _ question: ScoreQuestion) async throws {
        try await fixture.registry.database.write(as: fixture.mandate) { tx in
            try await Scores(fixture.desk).ask(question, in: tx)
        }
    }

    private func set(_ fixture: QualityFixture, _ change: SQL) async throws {
        try await fixture.registry.database.write(as: fixture.mandate) { tx in
            _ = try await tx.query("UPDATE quality.score SET \(fragment: change)")
        }
    }

    @Test(.scratchDatabase) func `are those counted at once, and stay until they are counted anew`() async throws {
        let fixture = try await QualityFixture.make()
        let scores = Scores(fixture.desk)
        for area in fixture.registry.collines.prefix(6) {
            _ = try await fixture.household(
                in: area, [RegistryFixture.person(), RegistryFixture.person("Jean", claims: ["birth_date": .null])])
        }
        let near = try #require(fixture.registry.collines.first)
        let questions = [
            ScoreQuestion(.areas(level: 1)), ScoreQuestion(.areas(level: 3)), ScoreQuestion(.sources),
            ScoreQuestion(.areas(level: 4), within: near),
        ]
        for question in questions { try await ask(fixture, question) }
        while try await scores.step(as: fixture.mandate) {}

        for question in questions {
            let sight = try await scores.sight(question, as: fixture.mandate)
            let now = try await fixture.desk.table(question.division, within: question.area, as: fixture.mandate)
            let table = try #require(sight.table)
            #expect(sight.state == .counted)
            #expect(sight.countedOn == RegistryFixture.today)
            #expect(table.lines.map(\.area) == now.lines.map(\.area))
            #expect(table.lines.map(\.source) == now.lines.map(\.source))
            for (kept, counted) in zip(table.lines + [table.total], now.lines + [now.total]) {
                for count in counted.counts {
                    let own = kept.counts.first { $0.rule == count.rule }
                    #expect(own?.applies ?? 0 == count.applies)
                    #expect(own?.fails ?? 0 == count.fails)
                }
            }
        }
        #expect(try await scores.sight(questions[0], as: fixture.mandate).table?.total.counts.isEmpty == false)

        _ = try await fixture.household(in: near, [RegistryFixture.person("New")])
        let before = try await scores.sight(questions[0], as: fixture.mandate)
        try await ask(fixture, questions[0])
        let waiting = try await scores.sight(questions[0], as: fixture.mandate)
        #expect(waiting.state == .waiting)
        #expect(waiting.countedAt == before.countedAt)
        #expect(try await scores.step(as: fixture.mandate))
        let after = try await scores.sight(questions[0], as: fixture.mandate)
        #expect(try fixture.count("birth_date_missing", #require(after.table).total).applies == 13)
    }

    @Test(.scratchDatabase) func `are counted by one at a time, and again after a kill, but not for ever`() async throws
    {
        let fixture = try await QualityFixture.make()
        let scores = Scores(fixture.desk)
        let question = ScoreQuestion(.areas(level: 1))
        try await ask(fixture, question)
        #expect(try await scores.sight(ScoreQuestion(.sources), as: fixture.mandate).state == .none)

        // Whoever counts holds a lock that goes with his session.
        try await fixture.registry.database.read(as: fixture.mandate) { tx in
            _ = try await tx.query("SELECT pg_advisory_xact_lock(\(Scores.lock))")
            #expect(try await !scores.step(as: fixture.mandate))
        }
        // A run that was killed leaves the question with what it had begun.
        try await set(fixture, "attempts = 1, started_at = clock_timestamp(), steps = 10, steps_done = 4")
        let killed = try await scores.sight(question, as: fixture.mandate)
        #expect(killed.state == .counting)
        #expect(killed.stepsDone == 4)
        #expect(try await scores.step(as: fixture.mandate))
        #expect(try await scores.sight(question, as: fixture.mandate).state == .counted)

        try await ask(fixture, question)
        try await set(fixture, "attempts = \(Scores.mostAttempts)")
        #expect(try await scores.step(as: fixture.mandate))
        let given = try await scores.sight(question, as: fixture.mandate)
        #expect(given.state == .failed)
        #expect(given.fault == "quality.score.died")
        #expect(given.table != nil)
        #expect(try await !scores.step(as: fixture.mandate))
    }

    @Test(.scratchDatabase) func `of the whole registry are counted again when they are a day old`() async throws {
        let fixture = try await QualityFixture.make()
        let scores = Scores(fixture.desk)

        try await scores.askStanding(as: fixture.mandate)
        var counts = 0
        while try await scores.step(as: fixture.mandate) { counts += 1 }
        #expect(counts == 2)
        try await scores.askStanding(as: fixture.mandate)
        #expect(try await !scores.step(as: fixture.mandate))

        try await set(fixture, "counted_at = counted_at - interval '25 hours'")
        try await scores.askStanding(as: fixture.mandate)
        #expect(try await scores.step(as: fixture.mandate))
        let sight = try await scores.sight(ScoreQuestion(.sources), as: fixture.mandate)
        #expect([ScoreSight.State.waiting, .counted].contains(sight.state))
    }

    @Test(.scratchDatabase) func `let go when the server stops are not counted as begun`() async throws {
        let fixture = try await QualityFixture.make()
        let scores = Scores(fixture.desk)
        let question = ScoreQuestion(.areas(level: 1))
        try await ask(fixture, question)

        try await fixture.registry.database.write(as: fixture.mandate) { tx in
            // The count waits for the table, as long as it is not let go.
            _ = try await tx.query("LOCK TABLE registry.person, registry.household IN ACCESS EXCLUSIVE MODE")
            for _ in 0...Scores.mostAttempts {
                let worker = ScoreWorker(scores, worker: fixture.mandate.actor, tick: .milliseconds(10))
                let run = Task { try await worker.run() }
                for _ in 0..<500 {
                    let begun = try await fixture.registry.rows("SELECT attempts FROM quality.score")
                    if try begun.first?.get(0, as: Int.self) == 1 { break }
                    try await Task.sleep(for: .milliseconds(10))
                }
                #expect(try await scores.sight(question, as: fixture.mandate).state == .counting)
                await worker.shutdown()
                try await run.value
                let left = try await fixture.registry.rows("SELECT attempts FROM quality.score")
                #expect(try left.first?.get(0, as: Int.self) == 0)
            }
        }

        #expect(try await scores.step(as: fixture.mandate))
        #expect(try await scores.sight(question, as: fixture.mandate).state == .counted)
    }

    @Test(.scratchDatabase) func `can be asked for by one person as long as few of his wait`() async throws {
        let fixture = try await QualityFixture.make()
        let scores = Scores(fixture.desk)
        let questions = fixture.registry.context.areas.index.areas.prefix(Scores.mostWaiting + 1)
            .map { ScoreQuestion(.areas(level: 4), within: $0) }
        try #require(questions.count == Scores.mostWaiting + 1)
        for question in questions.dropLast() { try await ask(fixture, question) }

        let refusal = await #expect(throws: QualityFault.self) {
            try await ask(fixture, questions[questions.count - 1])
        }
        #expect(refusal?.code == "quality.score.too_many")
        #expect(refusal?.summary.contains("\(Scores.mostWaiting) counts") ?? false)
        // What waits already may be asked for again, and others are not hindered.
        try await ask(fixture, questions[0])
        try await fixture.registry.database.write(as: fixture.signer) { tx in
            try await scores.ask(questions[questions.count - 1], in: tx)
        }
        #expect(try await scores.step(as: fixture.mandate))
        try await ask(fixture, ScoreQuestion(.sources))
    }
}
