import Documents
package import Foundation
package import Groundwork
package import Postgres
package import Registry

/// A community that met about the list of its area.
package struct CommunitySession: Sendable {
    /// What it said about one household, named by social id or id.
    package struct Decision: Sendable {
        package enum Verdict: String, Sendable, CaseIterable { case validated, objected }

        package var household: String
        package var verdict: Verdict
        package var reason: String?

        package init(household: String, verdict: Verdict, reason: String? = nil) {
            (self.household, self.verdict, self.reason) = (household, verdict, reason)
        }
    }

    package struct Minutes: Sendable {
        package var id: UUID
        package var hash: [UInt8]
        package var mediaType: String
        package var size: Int

        package init(id: UUID, hash: [UInt8], mediaType: String, size: Int) {
            (self.id, self.hash, self.mediaType, self.size) = (id, hash, mediaType, size)
        }
    }

    package var id: UUID
    package var area: Int
    package var heldOn: CalendarDate
    package var attendance: Int?
    package var actor: ActorID
    package var recordedAt: Date
    package var validated: Int
    package var objected: Int
    package var minutes: [Minutes]
}

extension RoundDesk {
    /// Most households that one session may speak about.
    package static let sessionDecisions: Int = 5000

    /// Records what a community said about the list of its area; the first session opens the community's validation.
    ///
    /// After the publication it speaks about those alone whom no community has seen: they were promoted since.
    ///
    /// - Parameters:
    ///   - others: whether everybody else on the list counts as validated.
    /// - Throws: `.invalid` with every household that is not on the list, and every reason that is none; nothing is kept then.
    package func decide(
        _ code: String, area areaCode: String, heldOn: CalendarDate, attendance: Int?,
        decisions: [CommunitySession.Decision], others: Bool, command: CommandID, in tx: borrowing Transaction
    ) async throws -> UUID {
        let open: [RoundState] = [.ranked, .communityValidation, .published, .appeals]
        let round = try await take(code, in: open, tx)
        guard round.hasCommunity else {
            throw RoundsFault.outOfOrder(
                state: round.state.rawValue + " without validation by communities", possible: [])
        }
        let area = try await quotaArea(areaCode, of: round, in: tx)
        guard heldOn <= today() else {
            throw RoundsFault.invalid([
                Finding("held_on", code: "rounds.future", "A session is recorded after it was held.")
            ])
        }
        // What was published, and what an appeal decided, is changed by an appeal alone.
        let isLate = round.state == .published || round.state == .appeals
        let named = try await named(decisions, in: area, of: round, unseenOnly: isLate, tx)
        let session = UUIDv7.next()
        try await tx.execute(
            """
            INSERT INTO targeting.session (id, round_id, area_id, held_on, attendance, actor_id, command_id)
            VALUES (
                \(session), \(round.id), \(Int32(area.id)), \(heldOn), \(attendance.map { Int32($0) }), \(tx.mandate.actor),
                \(command))
            """)
        try await tx.execute(
            """
            INSERT INTO targeting.session_decision (session_id, household_id, decision, reason)
            SELECT \(session), x.household, x.decision, NULLIF(x.reason, '')
            FROM unnest(\(named.map(\.household)), \(named.map(\.verdict)), \(named.map(\.reason)))
                AS x (household, decision, reason)
            UNION ALL
            SELECT \(session), e.household_id, 'validated', NULL
            FROM targeting.round_household AS e
            WHERE \(others) AND e.round_id = \(round.id) AND e.area_id = \(Int32(area.id))
              AND e.state IN ('selected', 'waiting') AND (\(!isLate) OR e.community IS NULL)
              AND e.household_id <> ALL(\(named.map(\.household)))
            """)
        let tables: SQL = """
            new AS MATERIALIZED (
                SELECT e.household_id, e.state AS before, d.decision,
                    CASE WHEN d.decision = 'objected' THEN 'objected' WHEN e.state = 'selected' THEN 'validated' ELSE e.state
                    END AS state,
                    COALESCE(d.reason, CASE WHEN e.state = 'waiting' THEN e.reason END) AS reason,
                    CASE WHEN e.state = 'waiting' AND d.decision = 'validated' THEN e.turn END AS turn
                FROM targeting.session_decision AS d
                JOIN targeting.round_household AS e ON e.round_id = \(round.id) AND e.household_id = d.household_id
                WHERE d.session_id = \(session)
            )
            """
        try await tx.execute(
            moving(
                round, tables, setting: ", turn = n.turn, community = n.decision, session_id = \(session)",
                command: command, tx.mandate))
        try await tx.execute(
            event(
                .sessionRecorded, of: round, ["session": .string(session.lowercased), "area": .string(area.reference)],
                command, tx.mandate))
        if round.state == .ranked, policy.allows(.ranked, to: .communityValidation) {
            try await advance(round, to: .communityValidation, command: command, in: tx)
        }
        return session
    }

    private struct Named {
        var household: UUID
        var verdict: String
        var reason: String
    }

    /// The households of decisions, each on the list of the area.
    private func named(
        _ decisions: [CommunitySession.Decision], in area: Area, of round: Round, unseenOnly: Bool,
        _ tx: borrowing Transaction
    ) async throws -> [Named] {
        let words = decisions.map { $0.household.lowercased() }
        let known = try await entries(words, of: round, in: tx).filter { $0.value.area == area.id }
        var findings: [Finding] = []
        var named: [Named] = []
        var seen: Set<UUID> = []
        for (place, decision) in decisions.enumerated() {
            let path = FieldPath(["decisions", String(place)])
            guard let entry = known[words[place]] else {
                findings.append(
                    Finding(
                        path.appending("household"), code: "rounds.household_not_in_round",
                        "\(decision.household.prefix(40)) is not in the round in this area."))
                continue
            }
            guard [.selected, .waiting, .validated].contains(entry.state) else {
                findings.append(
                    Finding(
                        path.appending("household"), code: "rounds.not_on_list",
                        "\(decision.household.prefix(40)) is \(entry.state.rawValue) and not on the list."))
                continue
            }
            guard !unseenOnly || !entry.wasSeen else {
                findings.append(
                    Finding(
                        path.appending("household"), code: "rounds.not_on_list",
                        "\(decision.household.prefix(40)) was decided on already; after the publication only an appeal changes it."
                    ))
                continue
            }
            guard seen.insert(entry.household).inserted else {
                findings.append(
                    Finding(path.appending("household"), code: "rounds.twice", "The household was named before."))
                continue
            }
            if decision.verdict == .objected,
                let finding = RoundPolicy.mistake(
                    decision.reason, among: policy.objections, at: path.appending("reason"))
            {
                findings.append(finding)
            }
            named.append(
                Named(
                    household: entry.household, verdict: decision.verdict.rawValue,
                    reason: decision.verdict == .objected ? decision.reason ?? "" : ""))
        }
        guard findings.isEmpty else { throw RoundsFault.invalid(Array(findings.prefix(100))) }
        return named
    }

    struct Entry {
        var household: UUID
        var state: Standing
        var area: Int
        /// Whether a community, or an appeal that was upheld, has spoken about it.
        var wasSeen: Bool
    }

    /// Where households of the round stand, by the social ids or ids that name them.
    func entries(
        _ words: [String], of round: Round, in tx: borrowing Transaction
    ) async throws -> [String: Entry] {
        let ids = words.compactMap { UUID(uuidString: $0) }
        let rows = try await tx.query(
            """
            SELECT h.social_id, h.id, e.state, e.area_id, e.community IS NOT NULL
            FROM (
                SELECT s.id, s.social_id FROM registry.household AS s WHERE s.social_id = ANY(\(words))
                UNION
                SELECT s.id, s.social_id FROM registry.household AS s WHERE s.id = ANY(\(ids))
            ) AS h
            JOIN targeting.round_household AS e ON e.round_id = \(round.id) AND e.household_id = h.id
            """)
        var known: [String: Entry] = [:]
        for row in rows {
            let entry = Entry(
                household: try row.get(1), state: Standing(rawValue: try row.get(2)) ?? .surveyed,
                area: Int(try row.get(3, as: Int32.self)), wasSeen: try row.get(4))
            known[try row.get(0)] = entry
            known[entry.household.lowercased] = entry
        }
        return known
    }

    /// Sessions of a round in the order in which they were recorded, a page at a time.
    ///
    /// - Parameter after: the last session of the page before.
    package func sessions(
        _ round: Round, after: UUID?, limit: Int, in tx: borrowing Transaction
    ) async throws -> [CommunitySession] {
        try await sessions(
            "s.round_id = \(round.id) AND (\(after)::uuid IS NULL OR s.id > \(after))", limit: limit, in: tx)
    }

    package func session(_ id: UUID, of round: Round, in tx: borrowing Transaction) async throws -> CommunitySession {
        let found = try await sessions("s.round_id = \(round.id) AND s.id = \(id)", limit: 1, in: tx)
        guard let session = found.first else { throw RoundsFault.sessionNotFound }
        return session
    }

    private func sessions(
        _ condition: SQL, limit: Int, in tx: borrowing Transaction
    ) async throws -> [CommunitySession] {
        let rows = try await tx.query(
            """
            SELECT s.id, s.area_id, s.held_on, s.attendance, s.actor_id, s.recorded_at,
                (SELECT count(*) FROM targeting.session_decision AS d
                 WHERE d.session_id = s.id AND d.decision = 'validated'),
                (SELECT count(*) FROM targeting.session_decision AS d
                 WHERE d.session_id = s.id AND d.decision = 'objected')
            FROM targeting.session AS s
            WHERE \(fragment: condition)
            ORDER BY s.id
            LIMIT \(limit)
            """)
        let ids = try rows.map { try $0.get(0, as: UUID.self) }
        var minutes: [UUID: [CommunitySession.Minutes]] = [:]
        for row in try await tx.query(
            """
            SELECT m.session_id, m.id, m.hash, m.media_type, m.size FROM targeting.minutes AS m
            WHERE m.session_id = ANY(\(ids)) ORDER BY m.added_at
            """)
        {
            minutes[try row.get(0), default: []].append(
                CommunitySession.Minutes(
                    id: try row.get(1), hash: try row.get(2), mediaType: try row.get(3),
                    size: Int(try row.get(4, as: Int64.self))))
        }
        return try rows.map { row in
            let id: UUID = try row.get(0)
            return CommunitySession(
                id: id, area: Int(try row.get(1, as: Int32.self)), heldOn: try row.get(2),
                attendance: try row.get(3, as: Int32?.self).map { Int($0) },
                actor: ID(try row.get(4, as: UUID.self)), recordedAt: try row.get(5),
                validated: Int(try row.get(6, as: Int64.self)), objected: Int(try row.get(7, as: Int64.self)),
                minutes: minutes[id] ?? [])
        }
    }

    /// Notes minutes whose content was stored already.
    package func addMinutes(
        _ minutes: CommunitySession.Minutes, to session: UUID, of code: String, in tx: borrowing Transaction
    ) async throws {
        let round = try await find(code, in: tx)
        let added = try await tx.execute(
            """
            INSERT INTO targeting.minutes (id, session_id, hash, media_type, size, actor_id)
            SELECT \(minutes.id), s.id, \(minutes.hash), \(minutes.mediaType), \(Int64(minutes.size)), \(tx.mandate.actor)
            FROM targeting.session AS s WHERE s.id = \(session) AND s.round_id = \(round.id)
            """)
        guard added == 1 else { throw RoundsFault.sessionNotFound }
    }
}
