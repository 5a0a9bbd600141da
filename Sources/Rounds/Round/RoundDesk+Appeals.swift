import Documents
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
    /// Appeals of a round in the order in which they were lodged, a page at a time.
    ///
    /// - Parameters:
    ///   - household: social id or id.
    ///   - after: the last appeal of the page before.
    package func appeals(
        _ round: Round, state: Appeal.State?, household: String?, after: UUID?, limit: Int,
        in tx: borrowing Transaction
    ) async throws -> [Appeal] {
        let word = household?.lowercased()
        let id = word.flatMap { UUID(uuidString: $0) }
        return try await tx.query(
            """
            \(fragment: Self.appealColumns)
            WHERE p.round_id = \(round.id) AND (\(after)::uuid IS NULL OR p.id > \(after))
              AND (\(state?.rawValue)::text IS NULL OR p.state = \(state?.rawValue))
              AND (\(word)::text IS NULL OR h.social_id = \(word) OR h.id = \(id)::uuid)
            ORDER BY p.id
            LIMIT \(limit)
            """
        ).map(Self.appeal)
    }

    package func appeal(_ id: UUID, of round: Round, in tx: borrowing Transaction) async throws -> Appeal {
        let rows = try await tx.query(
            "\(fragment: Self.appealColumns) WHERE p.id = \(id) AND p.round_id = \(round.id)")
        guard let row = rows.first else { throw RoundsFault.appealNotFound }
        return try Self.appeal(row)
    }

    private static let appealColumns: SQL = """
        SELECT p.id, p.household_id, h.social_id, p.grounds, p.state, p.lodged_by, p.lodged_on, p.decided_by, p.decided_at,
            p.reason
        FROM targeting.appeal AS p
        JOIN registry.household AS h ON h.id = p.household_id
        """

    private static func appeal(_ row: Row) throws -> Appeal {
        Appeal(
            id: try row.get(0), household: try row.get(1), socialID: try row.get(2), grounds: try row.get(3),
            state: Appeal.State(rawValue: try row.get(4)) ?? .open, lodgedBy: ID(try row.get(5, as: UUID.self)),
            lodgedOn: try row.get(6), decidedBy: try row.get(7, as: UUID?.self).map { ID($0) },
            decidedAt: try row.get(8), reason: try row.get(9))
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
        try await tx.execute(
            event(
                .appealLodged, of: round, household: id,
                ["appeal": .string(appeal.lowercased), "grounds": grounds.map { .string($0) } ?? .null], command,
                tx.mandate))
        if policy.allows(.published, to: .appeals) {
            try await advance(round, to: .appeals, command: command, in: tx)
        }
        return appeal
    }

    /// Decides on an appeal. One that is upheld puts the household in front of the waiting list of its area, behind those whose
    /// appeals were upheld before, and where a place is free, into it; nobody who was chosen loses his place by it.
    package func rule(
        _ code: String, appeal id: UUID, upheld: Bool, reason: String?, command: CommandID,
        in tx: borrowing Transaction
    ) async throws {
        let round = try await take(code, in: [.published, .appeals], tx)
        let appeal = try await appeal(id, of: round, in: tx)
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
        try await tx.execute(
            event(
                .appealDecided, of: round, household: appeal.household,
                [
                    "appeal": .string(id.lowercased), "state": .string(upheld ? "upheld" : "dismissed"),
                    "reason": reason.map { .string($0) } ?? .null,
                ], command, tx.mandate))
        guard upheld else { return }
        let tables: SQL = """
            own AS (
                SELECT e.household_id, e.state, e.area_id FROM targeting.round_household AS e
                WHERE e.round_id = \(round.id) AND e.household_id = \(appeal.household)
            ), new AS MATERIALIZED (
                SELECT own.household_id, own.state AS before, 'waiting' AS state, 'appeal_upheld' AS reason, (
                    SELECT 1 + COALESCE(max(o.turn) FILTER (WHERE o.turn < 1), -1000000)
                    FROM targeting.round_household AS o
                    WHERE o.round_id = \(round.id) AND o.area_id = own.area_id) AS turn
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
}
