import Groundwork
package import Postgres
package import Registry

extension RoundDesk {
    /// Makes the outcome known and opens the window for appeals.
    ///
    /// - Parameter appealDays: how long it is open; nil as the profile says. With 0 it is the day of the publication alone.
    /// - Throws: `.invalid` for fewer days than the profile lets be, `.sessionsMissing` while a chosen household was seen by no community, `.ownWork` to whoever had it ranked.
    package func publish(
        _ code: String, appealDays: Int?, command: CommandID, in tx: borrowing Transaction
    ) async throws -> Round {
        let states: [RoundState] = policy.before(.published)
        let round = try await take(code, in: states, tx)
        try await release(round, area: nil, command: command, in: tx)
        if round.hasCommunity {
            guard round.state == .communityValidation else {
                throw RoundsFault.outOfOrder(state: round.state.rawValue, possible: ["community_validation"])
            }
            let rows = try await tx.query(
                """
                SELECT DISTINCT a.name || ' (' || a.code || ')' AS name FROM targeting.round_household AS e
                JOIN registry.area AS a ON a.id = e.area_id
                WHERE e.round_id = \(round.id) AND e.state = 'selected'
                ORDER BY 1
                """)
            if !rows.isEmpty {
                throw RoundsFault.sessionsMissing(rows.count, try rows.prefix(5).map { try $0.get(0) })
            }
        }
        guard round.rankedBy != tx.mandate.actor else {
            throw RoundsFault.ownWork("Whoever had the round ranked does not publish it; ask somebody else.")
        }
        let days = appealDays ?? round.appealDays
        guard days >= min(policy.leastAppealDays, round.appealDays) else {
            throw RoundsFault.invalid([
                Finding(
                    "appeal_days", code: "rounds.appeal_days",
                    "Appeals are open for at least \(min(policy.leastAppealDays, round.appealDays)) days; the profile says so."
                )
            ])
        }
        try await tx.execute(
            """
            UPDATE targeting.round SET published_by = \(tx.mandate.actor), published_at = clock_timestamp(),
                appeal_days = \(Int32(days)), appeals_until = \(today().adding(days: days))
            WHERE id = \(round.id)
            """)
        try await advance(round, to: .published, command: command, in: tx)
        return try await find(code, in: tx)
    }

    // MARK: The end

    /// Nothing is final while an appeal may come or is open.
    private func requireFinal(_ round: Round, in tx: borrowing Transaction) async throws {
        let rows = try await tx.query(
            "SELECT count(*) FROM targeting.appeal WHERE round_id = \(round.id) AND state = 'open'")
        let open = Int(try rows.first?.get(0, as: Int64.self) ?? 0)
        guard open == 0 else { throw RoundsFault.appealsOpen(open) }
        if let until = round.appealsUntil, today() <= until, round.appealDays > 0 {
            throw RoundsFault.appealWindow(until)
        }
    }

    /// Makes candidates for enrolment of those whose place is certain; places of households that are no longer active are freed.
    package func candidates(_ code: String, command: CommandID, in tx: borrowing Transaction) async throws -> RoundWork
    {
        let round = try await take(code, in: [.published, .appeals], tx)
        try await requireFinal(round, in: tx)
        try await release(round, area: nil, command: command, in: tx)
        let certain: Standing = round.hasCommunity ? .validated : .selected
        let tables: SQL = """
            new AS MATERIALIZED (
                SELECT e.household_id, e.state AS before, 'candidate' AS state, e.reason
                FROM targeting.round_household AS e
                WHERE e.round_id = \(round.id)
                  AND (e.state = \(certain.rawValue) OR e.state = 'validated')
            )
            """
        let changed = try await tx.execute(moving(round, tables, command: command, tx.mandate))
        return RoundWork(round: round, changed: changed)
    }

    /// Ends the round; what was decided in it stays to be read.
    ///
    /// - Throws: `.candidatesMissing` while a household holds a place and is no candidate yet.
    package func close(_ code: String, command: CommandID, in tx: borrowing Transaction) async throws -> Round {
        let round = try await take(code, in: policy.before(.closed), tx)
        try await requireFinal(round, in: tx)
        let rows = try await tx.query(
            """
            SELECT count(*) FILTER (WHERE state = 'validated' OR \(!round.hasCommunity)),
                count(*) FILTER (WHERE state = 'selected' AND \(round.hasCommunity))
            FROM targeting.round_household
            WHERE round_id = \(round.id) AND state IN ('selected', 'validated')
            """)
        if let row = rows.first {
            let (sure, unseen) = (Int(try row.get(0, as: Int64.self)), Int(try row.get(1, as: Int64.self)))
            guard sure + unseen == 0 else { throw RoundsFault.candidatesMissing(sure, unseen: unseen) }
        }
        try await advance(round, to: .closed, command: command, in: tx)
        return try await find(code, in: tx)
    }
}
