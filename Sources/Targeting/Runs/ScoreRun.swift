import Documents
package import Foundation
package import Groundwork
package import Postgres
package import Registry
import Scorecards

/// Scores many households by one formula, some thousand in each transaction; a run that was killed goes on where it was.
///
/// The answers are read in one statement a page, scored in memory by remembered terms, and written by COPY. The scores come into
/// force only when all are there.
package struct ScoreRun: Sendable {
    let database: Database
    let formulas: Formulas

    package init(database: Database, formulas: Formulas) {
        (self.database, self.formulas) = (database, formulas)
    }

    /// Whom a run scores.
    package enum Scope: Sendable {
        case registry
        case area(Area)
        case households([UUID])

        var kind: String {
            switch self {
            case .registry: "registry"
            case .area: "area"
            case .households: "households"
            }
        }
    }

    /// How a run stands.
    package struct Report: Sendable {
        package var id: Int64
        package var formula: Int32
        package var state: String
        /// Why it was given up.
        package var reason: String?
        package var asOf: CalendarDate
        package var tally: ScoreTally
        /// Households whose score or class in force changed.
        package var moved: Int
        package var startedAt: Date
        package var finishedAt: Date?
    }

    /// Households of one transaction.
    static let pageSize = 5_000
    private static let publishSize = 20_000

    /// Scores whoever is in the scope, from the beginning or from where a killed run with the same aim stopped.
    ///
    /// - Parameters:
    ///   - asOf: the day on which ages are told.
    ///   - progress: told how many households were done since it was told last.
    /// - Throws: `.busy` while another run is under way, `.state` for a formula that was never submitted, `.givenUp` when the run
    ///   cannot be carried out.
    package func run(
        _ code: String, version: Int? = nil, _ scope: Scope = .registry, asOf: CalendarDate? = nil, as mandate: Mandate,
        progress: @escaping @Sendable (Int) -> Void = { _ in }
    ) async throws(TargetingFault) -> Report {
        try await alone { () throws(TargetingFault) -> Report in
            let id = try await begin(code, version: version, scope, asOf: asOf, as: mandate)
            let report = try await finish(id, as: mandate, progress: progress)
            if let reason = report.reason { throw TargetingFault.givenUp(reason) }
            return report
        }
    }

    /// Notes a run that somebody else carries out, the server's scoring service as a rule.
    ///
    /// - Returns: its number; that of an unfinished run with the same aim, if there is one.
    package func begin(
        _ code: String, version: Int? = nil, _ scope: Scope, asOf: CalendarDate?, as mandate: Mandate
    ) async throws(TargetingFault) -> Int64 {
        do {
            return try await database.write(as: mandate) { (tx: borrowing Transaction) async throws -> Int64 in
                try await begin(code, version: version, scope, asOf: asOf, in: tx)
            }
        } catch {
            throw TargetingFault(any: error)
        }
    }

    /// The same in the transaction of the caller.
    package func begin(
        _ code: String, version: Int? = nil, _ scope: Scope, asOf: CalendarDate?, in tx: borrowing Transaction
    ) async throws(TargetingFault) -> Int64 {
        do {
            // An activation under way ends first: it lets no run begin behind its back.
            _ = try await tx.query("SELECT 1 FROM targeting.formula WHERE code = \(code) FOR SHARE")
            let stored = try await formulas.find(code, version: version, in: tx)
            guard stored.binding != nil, stored.state != .rejected else {
                throw TargetingFault.state(stored.state.rawValue)
            }
            return try await Self.note(stored, scope, asOf: asOf, today: formulas.today(), in: tx)
        } catch {
            throw TargetingFault(any: error)
        }
    }

    /// Notes a run of a formula that the transaction holds.
    ///
    /// - Parameters:
    ///   - asOf: nil for today, and for whatever day an unfinished run has that is taken for it.
    ///   - joins: takes an unfinished run with the same aim for it; one that is under way may have read some already.
    static func note(
        _ stored: StoredFormula, _ scope: Scope, asOf: CalendarDate?, today: CalendarDate, joins: Bool = true,
        in tx: borrowing Transaction
    ) async throws -> Int64 {
        var (area, ids): (Int32?, [UUID]?) = (nil, nil)
        switch scope {
        case .registry: break
        case .area(let found): area = Int32(found.id)
        case .households(let households):
            ids = Set(households).sorted { $0.lowercased < $1.lowercased }
        }
        let open = try await tx.query(
            """
            SELECT id FROM targeting.run
            WHERE state IN ('scoring', 'publishing') AND formula_id = \(stored.id) AND kind = \(scope.kind)
                AND area_id IS NOT DISTINCT FROM \(area) AND households IS NOT DISTINCT FROM \(ids)
                AND as_of = coalesce(\(asOf), as_of) AND \(joins)
            ORDER BY id LIMIT 1
            """)
        if let row = open.first { return try row.get(0) }
        let command = try await CommandLog.note(
            "formula.run",
            outcome: [
                "formula": .string(stored.formula.code), "version": .number(JSONNumber(stored.formula.version)),
                "kind": .string(scope.kind),
            ], key: nil, hash: [], in: tx)
        let rows = try await tx.query(
            """
            INSERT INTO targeting.run (
                formula_id, kind, area_id, households, as_of, geography, actor_id, command_id)
            VALUES (
                \(stored.id), \(scope.kind), \(area), \(ids), \(asOf ?? today), \(Self.geography(stored.formula)),
                \(tx.mandate.actor), \(command))
            RETURNING id
            """)
        guard let row = rows.first else { throw TargetingFault.defect("a run without a number") }
        return try row.get(0)
    }

    static func geography(_ formula: Formula) -> String? {
        for input in formula.inputs {
            if case .area(let codes) = input.kind { return codes.geography }
        }
        return nil
    }

    /// Whether a run of one of the formulas was noted or is under way.
    static func isOpen(of formulas: [Int32], in tx: borrowing Transaction) async throws -> Bool {
        let rows = try await tx.query(
            """
            SELECT EXISTS (
                SELECT 1 FROM targeting.run WHERE formula_id = ANY(\(formulas)) AND state IN ('scoring', 'publishing'))
            """)
        return try rows.first?.get(0) ?? false
    }

    /// What became of the next run that was noted or cut short.
    package enum Next: Sendable {
        case idle
        /// Somebody else is carrying one out.
        case busy
        /// Done, or given up.
        case ended(Report)
    }

    /// Carries out, under the lock, the next run that was noted or cut short.
    package func goOn(as mandate: Mandate) async throws(TargetingFault) -> Next {
        do {
            return try await alone { () throws(TargetingFault) -> Next in
                guard let id = try await next(as: mandate) else { return .idle }
                return .ended(try await finish(id, as: mandate, progress: { _ in }))
            }
        } catch {
            if case .busy = error { return .busy }
            throw error
        }
    }

    private func next(as mandate: Mandate) async throws(TargetingFault) -> Int64? {
        do {
            let rows = try await database.read(
                as: mandate,
                once: ["SELECT id FROM targeting.run WHERE state IN ('scoring', 'publishing') ORDER BY id LIMIT 1"])
            return try rows.first?.first?.get(0)
        } catch {
            throw .store(error)
        }
    }

    /// One run at a time: two would read and write the same rows in the same order.
    private func alone<Result: Sendable>(
        _ body: () async throws(TargetingFault) -> Result
    ) async throws(TargetingFault) -> Result {
        do {
            return try await database.withConnection { connection in
                let taken = try await connection.query("SELECT pg_try_advisory_lock(\(ScoreLock.runs))")
                guard try taken.first?.get(0, as: Bool.self) ?? false else { throw TargetingFault.busy }
                do {
                    let result = try await body()
                    _ = try await connection.query("SELECT pg_advisory_unlock(\(ScoreLock.runs))")
                    return result
                } catch {
                    _ = try? await connection.query("SELECT pg_advisory_unlock(\(ScoreLock.runs))")
                    throw error
                }
            }
        } catch {
            throw TargetingFault(any: error)
        }
    }

    // MARK: One run

    private func finish(
        _ id: Int64, as mandate: Mandate, progress: @Sendable (Int) -> Void
    ) async throws(TargetingFault) -> Report {
        do {
            var work = try await database.read(as: mandate) {
                (tx: borrowing Transaction) async throws -> OpenRun in
                try await OpenRun(id, formulas, in: tx)
            }
            if work.state == "scoring" {
                try await score(&work, mandate, progress)
                try await database.write(as: mandate) { (tx: borrowing Transaction) async throws -> Void in
                    if work.isWhole {
                        try await Thresholds.settle(
                            work.stored.formula, id: work.stored.id, run: id, scored: work.tally.scored, in: tx)
                    }
                    _ = try await tx.query(
                        "UPDATE targeting.run SET state = 'publishing', after_id = \(OpenRun.first) WHERE id = \(id)")
                }
                work.after = OpenRun.first
            }
            try await publish(work, mandate)
            try await end(work, mandate)
            return try await database.read(as: mandate) { (tx: borrowing Transaction) async throws -> Report in
                try await Self.report(id, in: tx)
            }
        } catch TargetingFault.givenUp(let reason) {
            return try await giveUp(id, reason, mandate)
        } catch {
            throw TargetingFault(any: error)
        }
    }

    /// Ends a run that nobody can carry out, so that those behind it are carried out.
    private func giveUp(_ id: Int64, _ reason: String, _ mandate: Mandate) async throws(TargetingFault) -> Report {
        do {
            return try await database.write(as: mandate) { (tx: borrowing Transaction) async throws -> Report in
                _ = try await tx.query(
                    """
                    UPDATE targeting.run SET state = 'given_up', reason = \(reason), finished_at = clock_timestamp()
                    WHERE id = \(id)
                    """)
                return try await Self.report(id, in: tx)
            }
        } catch {
            throw TargetingFault(any: error)
        }
    }

    /// Reads the next page, scores this one and writes the one before, all at once.
    private func score(_ work: inout OpenRun, _ mandate: Mandate, _ progress: @Sendable (Int) -> Void) async throws {
        var scorer = BulkScorer(work.stored.formula, binding: work.binding, encode: EncodedNumeric.encode)
        let run = work
        var tally = work.tally
        try await withThrowingTaskGroup(of: Void.self) { group in
            var page = try await read(run, after: run.after, mandate)
            while let last = page.last?.household {
                try Task.checkCancellation()
                async let next = read(run, after: last, mandate)
                let scored = ScoredPage(page, by: &scorer)
                tally.add(scored.counts, run.stored.formula)
                // One page after the other, so that the place that is kept is true.
                _ = try await group.next()
                let counted = tally
                group.addTask { try await write(scored, counted, run, after: last, mandate) }
                progress(scored.households.count)
                page = try await next
            }
            try await group.waitForAll()
        }
        work.tally = tally
    }

    private func read(_ work: OpenRun, after: UUID, _ mandate: Mandate) async throws -> [HouseholdAnswers] {
        let rows = try await database.read(
            as: mandate, once: [work.reading.page(work.scope, after: after, limit: Self.pageSize)])
        return try rows.first?.map { try work.reading.read($0) } ?? []
    }

    private func write(
        _ page: ScoredPage, _ tally: ScoreTally, _ work: OpenRun, after: UUID, _ mandate: Mandate
    ) async throws {
        try await database.write(as: mandate) { (tx: borrowing Transaction) async throws -> Void in
            try await page.write(formula: work.stored.id, work.stored.formula, run: work.id, in: tx)
            _ = try await tx.query(
                """
                UPDATE targeting.run
                SET after_id = \(after), scored = \(Int64(tally.scored)), unscorable = \(Int64(tally.unscorable)),
                    tally = \(JSONB(tally.json.serialized()))
                WHERE id = \(work.id)
                """)
        }
    }

    /// Two pages at a time, each in a transaction of its own; the place that is kept moves when both are in force, and a page
    /// that comes again after a kill changes nothing and tells nothing.
    private func publish(_ work: OpenRun, _ mandate: Mandate) async throws {
        var after = work.after
        while true {
            try Task.checkCancellation()
            let from = after
            let half = try await database.read(as: mandate) { (tx: borrowing Transaction) async throws -> UUID? in
                try await publication(work, in: tx).end(of: Self.publishSize, after: from, in: tx)
            }
            async let second: UUID? = publish(work, after: half, mandate)
            let first = try await publish(work, after: from, mandate)
            guard let last = try await second ?? first else { break }
            try await database.write(as: mandate) { (tx: borrowing Transaction) async throws -> Void in
                _ = try await tx.query("UPDATE targeting.run SET after_id = \(last) WHERE id = \(work.id)")
            }
            after = last
        }
        guard work.isWhole else { return }
        try await database.write(as: mandate) { (tx: borrowing Transaction) async throws -> Void in
            try await Publication.drop(work.stored.id, before: work.id, in: tx)
        }
        await database.takeStatistics(of: ["targeting.score", "targeting.current_score"])
    }

    private func publication(_ work: OpenRun, in tx: borrowing Transaction) async throws -> Publication {
        Publication(
            formula: work.stored, run: work.id, command: work.command,
            thresholds: try await Thresholds.inForce(work.stored.id, work.stored.formula.poorer, in: tx),
            tells: work.stored.isInForce(on: formulas.today()))
    }

    /// - Returns: the last household of the page; nil when nobody is left, or when there is no page.
    private func publish(_ work: OpenRun, after id: UUID?, _ mandate: Mandate) async throws -> UUID? {
        guard let id else { return nil }
        return try await database.write(as: mandate) { (tx: borrowing Transaction) async throws -> UUID? in
            guard let step = try await publication(work, in: tx).step(after: id, most: Self.publishSize, in: tx) else {
                return nil
            }
            // Last, since whoever publishes the other page waits for this row.
            _ = try await tx.query(
                "UPDATE targeting.run SET moved = moved + \(Int64(step.moved)) WHERE id = \(work.id)")
            return step.last
        }
    }

    /// All scores are in force; those who sign a formula are told what it would change.
    private func end(_ work: OpenRun, _ mandate: Mandate) async throws {
        // Read before, so that no transaction that writes lasts as long as a country is sorted.
        let trial = try await database.read(as: mandate) { (tx: borrowing Transaction) async throws -> JSON? in
            guard work.isWhole else { return nil }
            let stored = try await formulas.find(id: work.stored.id, in: tx)
            guard stored.state == .submitted else { return nil }
            return try await DryRun.make(
                stored, run: work.id, against: formulas.rivals(of: stored.formula, in: tx), in: tx)
        }
        try await database.write(as: mandate) { (tx: borrowing Transaction) async throws -> Void in
            if let trial {
                _ = try await tx.query(
                    """
                    UPDATE targeting.formula SET dry_run = \(JSONB(trial.serialized()))
                    WHERE id = \(work.stored.id) AND state = 'submitted'
                    """)
            }
            try await end(work, in: tx)
        }
    }

    private func end(_ work: OpenRun, in tx: borrowing Transaction) async throws {
        _ = try await tx.query(
            "UPDATE targeting.run SET state = 'done', finished_at = clock_timestamp() WHERE id = \(work.id)")
        let body: JSONObject = [
            "formula": .string(work.stored.formula.code), "version": .number(JSONNumber(work.stored.formula.version)),
            "run": .number(JSONNumber(Int(work.id))), "scored": .number(JSONNumber(work.tally.scored)),
            "unscorable": .number(JSONNumber(work.tally.unscorable)),
        ]
        try await TargetingEvents.append(
            .formulaScored, of: work.stored, body: body, command: work.command, in: tx)
    }
}

extension ScoreRun {
    /// How a run stands.
    package static func report(_ id: Int64, in tx: borrowing Transaction) async throws(TargetingFault) -> Report {
        do {
            let rows = try await tx.query(
                """
                SELECT formula_id, state, as_of, scored, unscorable, tally, moved, started_at, finished_at, reason
                FROM targeting.run WHERE id = \(id)
                """)
            guard let row = rows.first else { throw TargetingFault.runNotFound }
            let tally: JSONB = try row.get(5)
            return Report(
                id: id, formula: try row.get(0), state: try row.get(1), reason: try row.get(9), asOf: try row.get(2),
                tally: ScoreTally(
                    try JSON.parse(tally.bytes), scored: Int(try row.get(3, as: Int64.self)),
                    unscorable: Int(try row.get(4, as: Int64.self))),
                moved: Int(try row.get(6, as: Int64.self)), startedAt: try row.get(7), finishedAt: try row.get(8))
        } catch {
            throw TargetingFault(any: error)
        }
    }
}
