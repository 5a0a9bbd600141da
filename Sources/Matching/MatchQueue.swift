package import Documents
package import Foundation
package import Groundwork
import Linkage
package import Postgres
package import Registry

/// A pair of the review queue as stored.
package struct QueuedPair: Sendable {
    package enum State: String, Sendable, CaseIterable { case open, same, different, unsure }

    package var id: UUID
    package var low: ID<Person>
    package var high: ID<Person>
    package var state: State
    /// With two decimals.
    package var bits: String
    package var band: String
    package var evidence: JSON
    package var modelVersion: Int
    package var origin: String
    package var foundAt: Date
    package var updatedAt: Date
}

/// What a reviewer says of a pair.
package enum MatchVerdict: String, Sendable, CaseIterable {
    case same, different, unsure
    /// Takes the last verdict back.
    case reopened
}

/// One decision as remembered.
package struct RememberedDecision: Sendable {
    package var verdict: MatchVerdict
    package var reason: String?
    package var proposal: ID<Proposal>?
    package var actor: ActorID
    package var decidedAt: Date
}

/// The reviewers' queue: pairs with their evidence, decisions, and the merges that follow from them as proposals.
package struct MatchQueue: Sendable {
    let registrar: Registrar

    package init(registrar: Registrar) {
        self.registrar = registrar
    }

    private static let columns: SQL = """
        p.id, p.low_id, p.high_id, p.state, p.bits::text, p.band, p.evidence, p.model_version, p.origin, p.found_at,
        p.updated_at
        """

    /// Pairs to be looked at, the likeliest first.
    ///
    /// - Parameters:
    ///   - area: only pairs whose first person lives there or below.
    ///   - after: the last pair of the page before.
    package func open(
        band: MatchPolicy.Band?, area: Area?, after: (bits: String, id: UUID)?, limit: Int, in tx: borrowing Transaction
    ) async throws(MatchingFault) -> [QueuedPair] {
        var filter: SQL = "p.state IN ('open', 'unsure')"
        if let band { filter += " AND p.band = \(band.rawValue)" }
        if let area { filter += " AND p.area_order BETWEEN \(Int32(area.preorder)) AND \(Int32(area.lastPreorder))" }
        if let after {
            // The first condition is the index's, which the second alone would not be.
            filter += " AND p.bits <= \(after.bits)::numeric"
            filter += " AND (p.bits < \(after.bits)::numeric OR p.id > \(after.id))"
        }
        do {
            let rows = try await tx.query(
                """
                SELECT \(fragment: Self.columns)
                FROM matching.pair AS p
                WHERE \(fragment: filter)
                ORDER BY p.bits DESC, p.id
                LIMIT \(limit)
                """)
            return try rows.map(Self.pair)
        } catch {
            throw MatchingFault(any: error)
        }
    }

    /// One pair, with what was decided about it, the oldest first.
    package func find(
        _ id: UUID, locks: Bool = false, in tx: borrowing Transaction
    ) async throws(MatchingFault) -> (pair: QueuedPair, decisions: [RememberedDecision]) {
        do {
            let lock: SQL = locks ? "FOR UPDATE" : ""
            let found = try await tx.query(all: [
                "SELECT \(fragment: Self.columns) FROM matching.pair AS p WHERE p.id = \(id) \(fragment: lock)",
                """
                SELECT verdict, reason, proposal_id, actor_id, decided_at
                FROM matching.decision
                WHERE (low_id, high_id) = (SELECT p.low_id, p.high_id FROM matching.pair AS p WHERE p.id = \(id))
                ORDER BY decided_at, id
                """,
            ])
            guard let row = found[0].first else { throw MatchingFault.pairNotFound }
            let decisions = try found[1].map { row in
                RememberedDecision(
                    verdict: MatchVerdict(rawValue: try row.get(0)) ?? .unsure, reason: try row.get(1),
                    proposal: (try row.get(2, as: UUID?.self)).map { ID($0) },
                    actor: ID(try row.get(3, as: UUID.self)), decidedAt: try row.get(4))
            }
            return (try Self.pair(row), decisions)
        } catch {
            throw MatchingFault(any: error)
        }
    }

    private static func pair(_ row: Row) throws -> QueuedPair {
        let evidence: JSONB = try row.get(6)
        return QueuedPair(
            id: try row.get(0), low: ID(try row.get(1, as: UUID.self)), high: ID(try row.get(2, as: UUID.self)),
            state: QueuedPair.State(rawValue: try row.get(3)) ?? .open, bits: try row.get(4), band: try row.get(5),
            evidence: try JSON.parse(evidence.bytes), modelVersion: Int(try row.get(7, as: Int32.self)),
            origin: try row.get(8), foundAt: try row.get(9), updatedAt: try row.get(10))
    }

    /// Decides on a pair; one that is the same is proposed for merging.
    ///
    /// Two reviewers at once: the second finds the pair decided.
    ///
    /// - Parameters:
    ///   - survivor: for `same`, who of the two answers for both; the one on record for longer when not given.
    ///   - chosen: for `same`, values chosen by hand.
    /// - Returns: the proposal, for `same`.
    package func decide(
        _ id: UUID, _ verdict: MatchVerdict, reason: String?, survivor: ID<Person>? = nil, chosen: JSONObject = [:],
        on today: CalendarDate, in tx: borrowing Transaction
    ) async throws(MatchingFault) -> ID<Proposal>? {
        let pair = try await find(id, locks: true, in: tx).pair
        switch (pair.state, verdict) {
        case (.same, .reopened), (.different, .reopened), (.open, _), (.unsure, _): break
        case (let state, _): throw .decided(state.rawValue)
        }
        if verdict == .reopened, pair.state == .open || pair.state == .unsure {
            throw .invalid([Finding("verdict", code: "match.open", "The pair is open already.")])
        }
        do {
            var proposal: ID<Proposal>?
            if verdict == .reopened, pair.state == .same { try await takeBack(pair, in: tx) }
            if verdict == .same { proposal = try await propose(pair, survivor, chosen, reason, today, in: tx) }
            let state = verdict == .reopened ? QueuedPair.State.open.rawValue : verdict.rawValue
            _ = try await tx.query(all: [
                """
                UPDATE matching.pair SET state = \(state), updated_at = clock_timestamp() WHERE id = \(id)
                """,
                """
                INSERT INTO matching.decision (
                    id, pair_id, low_id, high_id, verdict, bits, reason, proposal_id, actor_id)
                VALUES (
                    \(UUIDv7.next()), \(id), \(pair.low), \(pair.high), \(verdict.rawValue), \(pair.bits)::numeric,
                    \(reason), \(proposal), \(tx.mandate.actor))
                """,
            ])
            return proposal
        } catch {
            throw MatchingFault(any: error)
        }
    }

    /// Withdraws the merge that was proposed of a pair.
    ///
    /// - Throws: `.merged` when it was carried out.
    private func takeBack(_ pair: QueuedPair, in tx: borrowing Transaction) async throws {
        let both = [pair.low.rawValue, pair.high.rawValue]
        let rows = try await tx.query(
            """
            SELECT q.id, q.state
            FROM registry.proposal AS q
            WHERE q.id = (
                SELECT d.proposal_id FROM matching.decision AS d
                WHERE d.low_id = \(pair.low) AND d.high_id = \(pair.high) AND d.proposal_id IS NOT NULL
                ORDER BY d.decided_at DESC, d.id DESC LIMIT 1)
            FOR UPDATE
            """)
        guard let row = rows.first else { return }
        switch try row.get(1, as: String.self) {
        case "executed":
            let merged = try await tx.query(
                "SELECT FROM registry.person WHERE id = ANY(\(both)) AND status = 'merged'")
            if !merged.isEmpty { throw MatchingFault.merged }
        case "open":
            _ = try await tx.query(
                """
                UPDATE registry.proposal SET state = 'withdrawn', closed_at = clock_timestamp()
                WHERE id = \(try row.get(0, as: UUID.self))
                """)
        default: break
        }
    }

    /// Opens pairs again whose merge was refused or withdrawn, so that none is forgotten.
    ///
    /// - Returns: how many.
    package func revive(in tx: borrowing Transaction) async throws(MatchingFault) -> Int {
        do {
            return try await tx.query(
                """
                WITH refused AS (
                    SELECT p.id, p.low_id, p.high_id
                    FROM matching.pair AS p
                    CROSS JOIN LATERAL (
                        SELECT d.proposal_id FROM matching.decision AS d
                        WHERE d.low_id = p.low_id AND d.high_id = p.high_id
                        ORDER BY d.decided_at DESC, d.id DESC LIMIT 1) AS d
                    JOIN registry.proposal AS q ON q.id = d.proposal_id
                    WHERE p.state = 'same' AND q.state IN ('rejected', 'withdrawn')
                    LIMIT 500
                ), opened AS (
                    UPDATE matching.pair AS p SET state = 'open', updated_at = clock_timestamp()
                    FROM refused AS r WHERE p.id = r.id)
                INSERT INTO matching.decision (id, pair_id, low_id, high_id, verdict, reason, actor_id)
                SELECT gen_random_uuid(), id, low_id, high_id, 'reopened', 'the merge was refused', \(tx.mandate.actor)
                FROM refused
                """
            ).affected
        } catch {
            throw MatchingFault(any: error)
        }
    }

    private func propose(
        _ pair: QueuedPair, _ survivor: ID<Person>?, _ chosen: JSONObject, _ reason: String?, _ today: CalendarDate,
        in tx: borrowing Transaction
    ) async throws -> ID<Proposal> {
        // Ids tell time: the smaller was registered first.
        let kept = survivor ?? pair.low
        guard kept == pair.low || kept == pair.high else {
            throw MatchingFault.invalid([
                Finding("survivor", code: "match.survivor", "The survivor is one of the two people of the pair.")
            ])
        }
        try check(chosen, today)
        let command = Command.mergePeople(
            survivor: kept, absorbed: kept == pair.low ? pair.high : pair.low, chosen: chosen)
        return try await Proposals(registrar: registrar).propose(
            command, observedOn: today, assurance: .declared, reason: reason ?? "match.same",
            evidence: [
                "bits": .string(pair.bits), "model": .number(JSONNumber(pair.modelVersion)), "steps": pair.evidence,
            ],
            in: tx)
    }

    /// Values chosen by hand are looked at before others are asked to approve them.
    private func check(_ chosen: JSONObject, _ today: CalendarDate) throws(MatchingFault) {
        guard !chosen.isEmpty else { return }
        var findings: [Finding] = []
        _ = registrar.context.dictionary.checked(
            chosen, of: .person, areas: registrar.context.areas.index, today: today, at: "attributes",
            findings: &findings)
        guard findings.isEmpty else { throw .invalid(findings) }
    }

    /// Decisions that contradict one another: two people held to be the same through others, and to be different.
    package func contradictions(
        limit: Int, in tx: borrowing Transaction
    ) async throws(MatchingFault) -> [(pair: UUID, low: ID<Person>, high: ID<Person>)] {
        do {
            let rows = try await tx.query(
                """
                SELECT d.id, d.low_id, d.high_id
                FROM matching.pair AS d
                WHERE d.state = 'different' AND EXISTS (
                    WITH RECURSIVE reach (id, depth) AS (
                        SELECT d.low_id, 0
                        UNION
                        SELECT CASE WHEN s.low_id = r.id THEN s.high_id ELSE s.low_id END, r.depth + 1
                        FROM reach AS r
                        CROSS JOIN LATERAL (
                            SELECT low_id, high_id FROM matching.pair WHERE low_id = r.id AND state = 'same'
                            UNION ALL
                            SELECT low_id, high_id FROM matching.pair WHERE high_id = r.id AND state = 'same') AS s
                        WHERE r.depth < 8)
                    SELECT FROM reach WHERE id = d.high_id)
                ORDER BY d.updated_at DESC
                LIMIT \(limit)
                """)
            return try rows.map { row in
                (try row.get(0), ID(try row.get(1, as: UUID.self)), ID(try row.get(2, as: UUID.self)))
            }
        } catch {
            throw MatchingFault(any: error)
        }
    }
}
