package import Foundation
package import Groundwork
package import Postgres
package import Registry

/// What a household objects to in a round, and what was decided.
package struct Appeal: Sendable {
    package enum State: String, Sendable, CaseIterable { case open, upheld, dismissed }

    package var id: UUID
    package var household: UUID
    package var socialID: String
    package var grounds: String
    package var state: State
    package var lodgedBy: ActorID
    package var lodgedOn: CalendarDate
    package var decidedBy: ActorID?
    package var decidedAt: Date?
    package var reason: String?
}

extension RoundDesk {
    /// Makes the outcome known and opens the window for appeals.
    ///
    /// - Parameter appealDays: how long it is open; nil as the profile says. With 0 it is the day of the publication alone.
    /// - Throws: `.sessionsMissing` while a chosen household was seen by no community, `.ownWork` to whoever had it ranked.
    package func publish(
        _ code: String, appealDays: Int?, command: CommandID, in tx: borrowing Transaction
    ) async throws -> Round {
        let states: [RoundState] = policy.before(.published)
        let round = try await take(code, in: states, tx)
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
        try await tx.execute(
            """
            UPDATE targeting.round SET published_by = \(tx.mandate.actor), published_at = clock_timestamp(),
                appeal_days = \(Int32(days)), appeals_until = \(today().adding(days: days))
            WHERE id = \(round.id)
            """)
        try await advance(round, to: .published, command: command, in: tx)
        return try await find(code, in: tx)
    }

    // MARK: Appeals

    package func appeals(_ round: Round, in tx: borrowing Transaction) async throws -> [Appeal] {
        let rows = try await tx.query(
            """
            SELECT p.id, p.household_id, h.social_id, p.grounds, p.state, p.lodged_by, p.lodged_on, p.decided_by,
                p.decided_at, p.reason
            FROM targeting.appeal AS p
            JOIN registry.household AS h ON h.id = p.household_id
            WHERE p.round_id = \(round.id)
            ORDER BY p.id
            LIMIT 10000
            """)
        return try rows.map { row in
            Appeal(
                id: try row.get(0), household: try row.get(1), socialID: try row.get(2), grounds: try row.get(3),
                state: Appeal.State(rawValue: try row.get(4)) ?? .open, lodgedBy: ID(try row.get(5, as: UUID.self)),
                lodgedOn: try row.get(6), decidedBy: try row.get(7, as: UUID?.self).map { ID($0) },
                decidedAt: try row.get(8), reason: try row.get(9))
        }
    }

    /// - Parameter household: social id or id.
    package func lodge(
        _ code: String, household: String, grounds: String?, command: CommandID, in tx: borrowing Transaction
    ) async throws -> UUID {
        let round = try await take(code, in: [.published, .appeals], tx)
        if let until = round.appealsUntil, today() > until { throw RoundsFault.appealWindow(until) }
        if let finding = RoundPolicy.mistake(grounds, among: policy.grounds, at: "grounds") {
            throw RoundsFault.invalid([finding])
        }
        let word = household.lowercased()
        guard let id = try await entries([word], of: round, in: tx)[word]?.household else {
            throw RoundsFault.noHousehold
        }
        let appeal = UUIDv7.next()
        let added = try await tx.execute(
            """
            INSERT INTO targeting.appeal (id, round_id, household_id, grounds, lodged_by, lodged_on)
            VALUES (\(appeal), \(round.id), \(id), \(grounds), \(tx.mandate.actor), \(today()))
            ON CONFLICT DO NOTHING
            """)
        guard added == 1 else { throw RoundsFault.appealOpen }
        if policy.allows(.published, to: .appeals) {
            try await advance(round, to: .appeals, command: command, in: tx)
        }
        return appeal
    }

    /// Decides on an appeal. One that is upheld puts the household in front of the waiting list of its area, and where a place
    /// is free, into it; nobody who was chosen loses his place by it.
    package func rule(
        _ code: String, appeal id: UUID, upheld: Bool, reason: String?, command: CommandID,
        in tx: borrowing Transaction
    ) async throws {
        let round = try await take(code, in: [.published, .appeals], tx)
        let all = try await appeals(round, in: tx)
        guard let appeal = all.first(where: { $0.id == id }) else { throw RoundsFault.appealNotFound }
        guard appeal.state == .open else { throw RoundsFault.appealDecided }
        guard appeal.lodgedBy != tx.mandate.actor else {
            throw RoundsFault.ownWork("Whoever recorded an appeal does not decide on it; ask somebody else.")
        }
        if let finding = RoundPolicy.mistake(reason, among: policy.rulings, at: "reason") {
            throw RoundsFault.invalid([finding])
        }
        try await tx.execute(
            """
            UPDATE targeting.appeal SET state = \(upheld ? "upheld" : "dismissed"), decided_by = \(tx.mandate.actor),
                decided_at = clock_timestamp(), reason = \(reason)
            WHERE id = \(id)
            """)
        guard upheld else { return }
        let tables: SQL = """
            own AS (
                SELECT e.household_id, e.state, e.area_id FROM targeting.round_household AS e
                WHERE e.round_id = \(round.id) AND e.household_id = \(appeal.household)
            ), new AS MATERIALIZED (
                SELECT own.household_id, own.state AS before, 'waiting' AS state, 'appeal_upheld' AS reason, LEAST(0, (
                    SELECT min(o.turn) FROM targeting.round_household AS o
                    WHERE o.round_id = \(round.id) AND o.area_id = own.area_id) - 1) AS turn
                FROM own WHERE own.state NOT IN ('selected', 'validated', 'candidate')
            )
            """
        let moved = try await tx.execute(
            moving(
                round, tables, setting: ", turn = n.turn, community = 'validated'", command: command, tx.mandate))
        let rows = try await tx.query(
            """
            SELECT area_id FROM targeting.round_household
            WHERE round_id = \(round.id) AND household_id = \(appeal.household) AND state = 'waiting'
            """)
        guard let area = try rows.first?.get(0, as: Int32.self), moved >= 0 else { return }
        _ = try await promote(round, area: Int(area), limit: 1, command: command, in: tx)
    }

    // MARK: The end

    /// Nothing is final while an appeal may come or is open.
    private func requireFinal(_ round: Round, in tx: borrowing Transaction) async throws {
        let rows = try await tx.query(
            "SELECT count(*) FROM targeting.appeal WHERE round_id = \(round.id) AND state = 'open'")
        let open = Int(try rows.first?.get(0, as: Int64.self) ?? 0)
        guard open == 0 else { throw RoundsFault.appealsOpen(open) }
        if let until = round.appealsUntil, today() < until { throw RoundsFault.appealWindow(until) }
    }

    /// Makes candidates for enrolment of those whose place is certain.
    package func candidates(_ code: String, command: CommandID, in tx: borrowing Transaction) async throws -> RoundWork
    {
        let round = try await take(code, in: [.published, .appeals], tx)
        try await requireFinal(round, in: tx)
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
    package func close(_ code: String, command: CommandID, in tx: borrowing Transaction) async throws -> Round {
        let round = try await take(code, in: policy.before(.closed), tx)
        try await requireFinal(round, in: tx)
        try await advance(round, to: .closed, command: command, in: tx)
        return try await find(code, in: tx)
    }
}
