package import Documents
package import Foundation
package import Groundwork
package import Postgres
package import Registry

/// Something odd, as stored.
package struct StoredFinding: Sendable {
    package enum State: String, Sendable, CaseIterable { case open, closed, gone }

    package var id: UUID
    package var number: Int64
    package var kind: FindingRules.Kind
    package var state: State
    package var size: Int
    package var people: [UUID]
    package var households: [UUID]
    package var evidence: JSON
    package var foundAt: Date
    package var updatedAt: Date
}

/// Who closed a finding or opened it again.
package struct FindingDecision: Sendable {
    package enum Verdict: String, Sendable, CaseIterable { case closed, reopened }

    package var verdict: Verdict
    package var reason: String?
    package var actor: ActorID
    package var decidedAt: Date
}

/// Findings as people work through them.
package enum FindingList {
    private static let columns: SQL = """
        f.id, f.number, f.kind, f.state, f.size, f.people, f.households, f.evidence, f.found_at, f.updated_at
        """

    /// The newest first.
    ///
    /// - Parameter before: the number of the last of the page before.
    package static func page(
        kind: FindingRules.Kind?, state: StoredFinding.State, area: Area?, before: Int64?, limit: Int,
        in tx: borrowing Transaction
    ) async throws(MatchingFault) -> [StoredFinding] {
        var filter: SQL = "f.state = \(state.rawValue)"
        if let kind { filter += " AND f.kind = \(kind.rawValue)" }
        if let area { filter += " AND f.area_order BETWEEN \(Int32(area.preorder)) AND \(Int32(area.lastPreorder))" }
        if let before { filter += " AND f.number < \(before)" }
        do {
            return try await tx.query(
                """
                SELECT \(fragment: columns)
                FROM matching.finding AS f
                WHERE \(fragment: filter)
                ORDER BY f.number DESC
                LIMIT \(limit)
                """
            ).map(read)
        } catch {
            throw MatchingFault(any: error)
        }
    }

    /// One finding with what was decided about it, the oldest first.
    package static func find(
        _ id: UUID, locks: Bool = false, in tx: borrowing Transaction
    ) async throws(MatchingFault) -> (finding: StoredFinding, decisions: [FindingDecision]) {
        do {
            let lock: SQL = locks ? "FOR UPDATE" : ""
            let found = try await tx.query(all: [
                "SELECT \(fragment: columns) FROM matching.finding AS f WHERE f.id = \(id) \(fragment: lock)",
                """
                SELECT verdict, reason, actor_id, decided_at FROM matching.finding_decision
                WHERE finding_id = \(id) ORDER BY decided_at, id
                """,
            ])
            guard let row = found[0].first else { throw MatchingFault.findingNotFound }
            let decisions = try found[1].map { row in
                FindingDecision(
                    verdict: FindingDecision.Verdict(rawValue: try row.get(0)) ?? .closed, reason: try row.get(1),
                    actor: ID(try row.get(2, as: UUID.self)), decidedAt: try row.get(3))
            }
            return (try read(row), decisions)
        } catch {
            throw MatchingFault(any: error)
        }
    }

    /// Closes a finding, or opens a closed one again; remembered with who and why.
    ///
    /// - Throws: `.findingDecided` when it is so already.
    package static func decide(
        _ id: UUID, _ verdict: FindingDecision.Verdict, reason: String?, in tx: borrowing Transaction
    ) async throws(MatchingFault) {
        let finding = try await find(id, locks: true, in: tx).finding
        guard (finding.state == .closed) == (verdict == .reopened) else {
            throw .findingDecided(finding.state.rawValue)
        }
        do {
            _ = try await tx.query(all: [
                """
                UPDATE matching.finding SET state = \(verdict == .closed ? "closed" : "open"),
                    closed_size = CASE WHEN \(verdict == .closed) THEN size END,
                    closed_about = CASE WHEN \(verdict == .closed) THEN ARRAY(
                        SELECT DISTINCT a FROM unnest(
                            closed_about || matching.finding_about(kind, people, households, evidence)) AS u (a)) END,
                    updated_at = clock_timestamp()
                WHERE id = \(id)
                """,
                """
                INSERT INTO matching.finding_decision (id, finding_id, verdict, reason, size, actor_id)
                VALUES (
                    \(UUIDv7.next()), \(id), \(verdict.rawValue), \(reason), \(Int32(clamping: finding.size)),
                    \(tx.mandate.actor))
                """,
            ])
        } catch {
            throw MatchingFault(any: error)
        }
    }

    private static func read(_ row: Row) throws -> StoredFinding {
        let evidence: JSONB = try row.get(7)
        guard let kind = FindingRules.Kind(rawValue: try row.get(2)) else {
            throw MatchingFault.defect("a finding is of a kind that is not known")
        }
        return StoredFinding(
            id: try row.get(0), number: try row.get(1), kind: kind,
            state: StoredFinding.State(rawValue: try row.get(3)) ?? .open, size: Int(try row.get(4, as: Int32.self)),
            people: try row.get(5), households: try row.get(6), evidence: try JSON.parse(evidence.bytes),
            foundAt: try row.get(8), updatedAt: try row.get(9))
    }
}

extension StoredFinding {
    /// With its reason in words, by language.
    package func json(_ rules: FindingRules) -> JSON {
        var reason: JSONObject = [:]
        for (language, text) in (rules.labels[kind] ?? [:]).sorted(by: { $0.key < $1.key }) {
            reason[language] = .string(text)
        }
        return [
            "id": .string(id.lowercased), "kind": .string(kind.rawValue), "state": .string(state.rawValue),
            "size": .number(JSONNumber(size)), "reason": .object(reason), "evidence": evidence,
            "people": .array(people.map { .string($0.lowercased) }),
            "households": .array(households.map { .string($0.lowercased) }),
            "found_at": .string(Instant.text(foundAt)), "updated_at": .string(Instant.text(updatedAt)),
        ]
    }
}
