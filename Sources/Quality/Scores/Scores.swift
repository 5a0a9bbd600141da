import Documents
package import Foundation
package import Groundwork
package import Postgres
package import Registry
import Synchronization

/// What is scored: by areas of a level or by source, all or an area.
package struct ScoreQuestion: Sendable, Hashable {
    package var division: QualityDesk.Division
    package var area: Area?

    package init(_ division: QualityDesk.Division, within area: Area? = nil) {
        (self.division, self.area) = (division, area)
    }

    /// As `quality.score` writes it.
    var word: String {
        switch division {
        case .areas(let level): "level:\(level)"
        case .sources: "sources"
        }
    }

    init?(_ word: String, area: String, _ areas: AreaIndex) {
        if word == "sources" {
            division = .sources
        } else if let level = Int(word.dropFirst("level:".count)), word.hasPrefix("level:") {
            division = .areas(level: level)
        } else {
            return nil
        }
        guard !area.isEmpty else { return }
        guard let known = areas.area(area) else { return nil }
        self.area = known
    }
}

/// The last count of a question, and the one that is asked for.
package struct ScoreSight: Sendable {
    package enum State: String, Sendable, CaseIterable {
        /// Nobody has asked yet.
        case none
        /// Asked for, and not begun.
        case waiting
        case counting
        case counted
        /// The last count failed; what stands there is of the one before.
        case failed
    }

    package var state: State
    package var askedAt: Date?
    /// Parts of the count at work that are done, and all.
    package var stepsDone: Int
    package var steps: Int
    package var countedAt: Date?
    /// The day for which the rules were asked.
    package var countedOn: CalendarDate?
    package var fault: String?
    package var table: QualityTable?
}

/// Scores counted behind the back of whoever asks, one count at a time, and kept until the next.
///
/// An advisory lock holds the one at work; it goes with its session, so that a kill leaves nothing behind but the question.
package struct Scores: Sendable {
    package let desk: QualityDesk

    /// Scores of the whole registry are counted anew when they are older: once a day, because rules speak of days.
    package static let longestAge: Duration = .seconds(24 * 3600)
    /// After a failure the standing questions rest for so long.
    private static let restAfterFault: Duration = .seconds(3600)
    /// A count begun so often without an end is given up; one that ends its server would do so for ever.
    package static let mostAttempts: Int = 5
    /// Counts that one actor may have waiting: each reads the whole registry, and everybody else waits behind them.
    package static let mostWaiting: Int = 20

    package init(_ desk: QualityDesk) {
        self.desk = desk
    }

    private var database: Database { desk.database }
    private var areas: AreaIndex { desk.context.areas.index }

    /// Questions that are always answered.
    private static let standing: [ScoreQuestion] = [ScoreQuestion(.areas(level: 1)), ScoreQuestion(.sources)]

    // MARK: Asking

    /// Asks for a new count; one that waits or is at work is not asked for twice.
    ///
    /// - Throws: `.tooManyCounts` when the caller has as many others waiting as he may.
    package func ask(_ question: ScoreQuestion, in tx: borrowing Transaction) async throws {
        let area = question.area?.reference ?? ""
        let isThis: SQL = "division = \(question.word) AND area = \(area)"
        // Two requests of the same actor are counted one after the other.
        let answers = try await tx.query(
            all: [
                "SELECT pg_advisory_xact_lock(\(Self.askingLock), hashtext(\(tx.mandate.actor.description)))",
                """
                SELECT count(*) FILTER (WHERE asked_by = \(tx.mandate.actor)),
                    COALESCE(bool_or(\(fragment: isThis)), false)
                FROM quality.score WHERE asked_at IS NOT NULL
                """,
            ])
        guard let waiting = answers[1].first else { throw QualityFault.registry(.defect("nothing was counted")) }
        let isAskedFor = try waiting.get(1, as: Bool.self)
        if isAskedFor { return }
        guard try waiting.get(0, as: Int.self) < Self.mostWaiting else {
            throw QualityFault.tooManyCounts(limit: Self.mostWaiting)
        }
        _ = try await tx.query(
            """
            INSERT INTO quality.score AS s (division, area, asked_by, asked_at)
            VALUES (
                \(question.word), \(area), \(tx.mandate.actor), clock_timestamp())
            ON CONFLICT ON CONSTRAINT score_pk DO UPDATE SET
                asked_by = excluded.asked_by, asked_at = excluded.asked_at, attempts = 0, started_at = NULL, steps = 0,
                steps_done = 0, fault_code = NULL
            WHERE s.asked_at IS NULL
            """)
    }

    /// Asks anew for the standing questions whose answers are too old.
    package func askStanding(as worker: Mandate) async throws(QualityFault) {
        let words = Self.standing.map(\.word)
        do {
            try await database.write(as: worker) { (tx: borrowing Transaction) async throws -> Void in
                _ = try await tx.query(
                    """
                    INSERT INTO quality.score AS s (division, area, asked_by, asked_at)
                    SELECT word, '', \(tx.mandate.actor), clock_timestamp() FROM unnest(\(words)::text[]) AS w (word)
                    ON CONFLICT ON CONSTRAINT score_pk DO UPDATE SET
                        asked_by = excluded.asked_by, asked_at = excluded.asked_at, attempts = 0, started_at = NULL,
                        steps = 0, steps_done = 0, fault_code = NULL
                    WHERE s.asked_at IS NULL
                        AND (s.counted_at IS NULL
                            OR s.counted_at
                                < clock_timestamp() - make_interval(secs => \(Self.longestAge / .seconds(1))))
                        AND (s.fault_code IS NULL
                            OR s.started_at
                                < clock_timestamp() - make_interval(secs => \(Self.restAfterFault / .seconds(1))))
                    """)
            }
        } catch {
            throw QualityFault(any: error)
        }
    }

    /// How the question stands.
    package func sight(_ question: ScoreQuestion, as mandate: Mandate) async throws(QualityFault) -> ScoreSight {
        do {
            let rows = try await database.read(
                as: mandate,
                once: [
                    """
                    SELECT asked_at, started_at, steps_done, steps, counted_at, counted_on, fault_code, result
                    FROM quality.score
                    WHERE division = \(question.word) AND area = \(question.area?.reference ?? "")
                    """
                ])
            guard let row = rows[0].first else {
                return ScoreSight(state: .none, stepsDone: 0, steps: 0)
            }
            let (asked, started): (Date?, Date?) = (try row.get(0), try row.get(1))
            let result: JSONB? = try row.get(7)
            let table = try result.map { try JSON.parse($0.bytes) }
                .flatMap { QualityTable($0, desk.rules, areas: areas) }
            let fault: String? = try row.get(6)
            let state: ScoreSight.State =
                asked != nil
                ? (started == nil ? .waiting : .counting) : fault != nil ? .failed : table == nil ? .none : .counted
            return ScoreSight(
                state: state, askedAt: asked, stepsDone: try row.get(2), steps: try row.get(3),
                countedAt: try row.get(4), countedOn: try row.get(5), fault: fault, table: table)
        } catch {
            throw QualityFault(any: error)
        }
    }

    // MARK: Counting

    /// Counts what was asked for first; false when nothing waits, or somebody else is counting.
    package func step(as worker: Mandate) async throws(QualityFault) -> Bool {
        try await step(as: worker, BegunScore())
    }

    /// The same, but lets go of the count in hand when the server stops: that is not held against the question.
    package func step(
        as worker: Mandate, until isStopping: @escaping @Sendable () -> Bool
    ) async throws(QualityFault) -> Bool {
        let begun = BegunScore()
        typealias Step = Result<Bool, QualityFault>
        let ended = await withTaskGroup(of: Step?.self, returning: Step?.self) { group in
            group.addTask {
                do throws(QualityFault) {
                    return .success(try await step(as: worker, begun))
                } catch {
                    return .failure(error)
                }
            }
            group.addTask {
                while !Task.isCancelled, !isStopping() { try? await Task.sleep(for: .milliseconds(50)) }
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            if let first { return first }
            // It may have come to its end while it was stopped.
            for await rest in group { if case .success? = rest { return rest } }
            return nil
        }
        if let ended { return try ended.get() }
        try await letGo(begun, worker)
        return false
    }

    /// What was begun and stopped is as if it had not been begun.
    private func letGo(_ begun: BegunScore, _ worker: Mandate) async throws(QualityFault) {
        guard let key = begun.key else { return }
        do {
            try await database.write(as: worker) { (tx: borrowing Transaction) async throws -> Void in
                _ = try await tx.query(
                    """
                    UPDATE quality.score SET attempts = GREATEST(attempts - 1, 0)
                    WHERE \(fragment: key.which) AND asked_at IS NOT NULL
                    """)
            }
        } catch {
            throw QualityFault(any: error)
        }
    }

    private func step(as worker: Mandate, _ begun: BegunScore) async throws(QualityFault) -> Bool {
        do {
            let rows = try await database.read(
                as: worker,
                once: [
                    """
                    SELECT division, area FROM quality.score
                    WHERE asked_at IS NOT NULL ORDER BY asked_at, division, area LIMIT 1
                    """
                ])
            guard let row = rows[0].first else { return false }
            let key = ScoreKey(division: try row.get(0), area: try row.get(1))
            return try await database.read(as: worker) { (tx: borrowing Transaction) async throws -> Bool in
                // One at a time, of all servers: a count reads everything.
                let locked = try await tx.query("SELECT pg_try_advisory_xact_lock(\(Self.lock))")
                guard try locked.first?.get(0) ?? false else { return false }
                return try await count(key, begun, worker, in: tx)
            }
        } catch {
            throw QualityFault(any: error)
        }
    }

    /// `kithscor` as a number.
    package static let lock: Int64 = 0x6B69_7468_7363_6F72
    /// `scor` as a number; with an actor, the key of his asking.
    private static let askingLock: Int32 = 0x7363_6F72

    private func count(
        _ key: ScoreKey, _ begun: BegunScore, _ worker: Mandate, in tx: borrowing Transaction
    ) async throws -> Bool {
        guard let question = ScoreQuestion(key.division, area: key.area, areas) else {
            try await end(key, fault: "area.unknown", worker)
            return true
        }
        guard try await begin(key, worker) else { return true }
        begun.key = key
        do {
            let table = try await desk.table(question.division, within: question.area, in: tx) { done, all in
                _ = try await database.write(as: worker) { (tx: borrowing Transaction) async throws -> Void in
                    _ = try await tx.query(
                        """
                        UPDATE quality.score SET steps_done = \(done), steps = \(all) WHERE \(fragment: key.which)
                        """)
                }
            }
            try await keep(table, key, worker)
        } catch let fault as QualityFault {
            // What passes is tried again; a task that is stopped leaves the question as it is.
            if case .unavailable = fault.kind { throw fault }
            if Task.isCancelled { throw fault }
            try await end(key, fault: fault.code, worker)
        }
        return true
    }

    /// False when the question is not to be counted any more.
    private func begin(_ key: ScoreKey, _ worker: Mandate) async throws -> Bool {
        try await database.write(as: worker) { (tx: borrowing Transaction) async throws -> Bool in
            let rows = try await tx.query(
                """
                UPDATE quality.score SET attempts = attempts + 1, started_at = clock_timestamp(), steps_done = 0
                WHERE \(fragment: key.which) AND asked_at IS NOT NULL
                RETURNING attempts
                """)
            guard let attempts: Int = try rows.first?.get(0) else { return false }
            guard attempts > Self.mostAttempts else { return true }
            _ = try await tx.query(
                """
                UPDATE quality.score SET asked_at = NULL, fault_code = 'quality.score.died'
                WHERE \(fragment: key.which)
                """)
            return false
        }
    }

    private func keep(_ table: QualityTable, _ key: ScoreKey, _ worker: Mandate) async throws {
        try await database.write(as: worker) { (tx: borrowing Transaction) async throws -> Void in
            _ = try await tx.query(
                """
                UPDATE quality.score SET
                    result = \(JSONB(table.json.serialized())), counted_on = \(desk.today()),
                    counted_at = clock_timestamp(), asked_at = NULL, attempts = 0, fault_code = NULL
                WHERE \(fragment: key.which)
                """)
        }
    }

    private func end(_ key: ScoreKey, fault: String, _ worker: Mandate) async throws {
        try await database.write(as: worker) { (tx: borrowing Transaction) async throws -> Void in
            _ = try await tx.query(
                """
                UPDATE quality.score SET asked_at = NULL, started_at = clock_timestamp(), fault_code = \(fault)
                WHERE \(fragment: key.which)
                """)
        }
    }
}

/// The count that a step has begun; nil before.
private final class BegunScore: Sendable {
    private let held: Mutex<ScoreKey?> = Mutex(nil)

    var key: ScoreKey? {
        get { held.withLock { $0 } }
        set { held.withLock { $0 = newValue } }
    }
}

/// A row of `quality.score`.
private struct ScoreKey: Sendable {
    var division: String
    var area: String

    var which: SQL { "division = \(division) AND area = \(area)" }
}
