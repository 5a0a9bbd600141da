import Foundation
package import Groundwork
package import Postgres

/// Looks for what is odd over the whole registry, one statement for each rule. It excludes nobody from anything.
package struct FindingRun: Sendable {
    let database: Database
    let rules: FindingRules

    package init(database: Database, rules: FindingRules) {
        (self.database, self.rules) = (database, rules)
    }

    package struct Report: Sendable {
        /// Open findings by kind, of those that were looked for.
        package var open: [FindingRules.Kind: Int] = [:]
        /// Kinds that could not be looked for; what was found of them before stands.
        package var failed: [FindingRules.Kind: MatchingFault] = [:]
    }

    /// - Throws: `.busy` while another run is under way.
    package func run(as mandate: Mandate) async throws(MatchingFault) -> Report {
        do {
            return try await database.withConnection { connection in
                let taken = try await connection.query("SELECT pg_try_advisory_lock(\(Self.lock))")
                guard try taken.first?.get(0, as: Bool.self) ?? false else { throw MatchingFault.busy }
                do {
                    let report = try await work(mandate)
                    _ = try await connection.query("SELECT pg_advisory_unlock(\(Self.lock))")
                    return report
                } catch {
                    _ = try? await connection.query("SELECT pg_advisory_unlock(\(Self.lock))")
                    throw error
                }
            }
        } catch {
            throw MatchingFault(any: error)
        }
    }

    /// "finding" in letters.
    private static let lock: Int64 = 0x66_696E_6469_6E67

    private func work(_ mandate: Mandate) async throws -> Report {
        let run = UUIDv7.next()
        try await database.write(as: mandate) { (tx: borrowing Transaction) async throws -> Void in
            _ = try await tx.query(
                "INSERT INTO matching.finding_run (id, actor_id) VALUES (\(run), \(tx.mandate.actor))")
        }
        var report = Report()
        for kind in rules.kinds {
            try Task.checkCancellation()
            do {
                report.open[kind] = try await database.write(as: mandate) {
                    (tx: borrowing Transaction) async throws -> Int in
                    try await find(kind, run, in: tx)
                }
            } catch {
                // One rule that fails takes nothing from the others.
                try Task.checkCancellation()
                report.failed[kind] = MatchingFault(any: error)
            }
        }
        // A run without an end is begun again sooner.
        guard report.failed.isEmpty else { return report }
        let total = report.open.values.reduce(0, +)
        try await database.write(as: mandate) { (tx: borrowing Transaction) async throws -> Void in
            _ = try await tx.query(
                """
                UPDATE matching.finding_run SET ended_at = clock_timestamp(), found = \(Int32(total)) WHERE id = \(run)
                """)
        }
        return report
    }

    /// People or households that a finding names; of more, only the number is known.
    private static let named: Int32 = 200

    /// What is closed stays so until there is a reason, somebody or a household that was not known then; what only grows, and
    /// what has more people than are named, until it has grown.
    private static func state(_ rules: FindingRules) -> SQL {
        let about: SQL =
            "matching.finding_about(EXCLUDED.kind, EXCLUDED.people, EXCLUDED.households, EXCLUDED.evidence)"
        return """
            CASE
                WHEN f.closed_size IS NOT NULL
                    AND COALESCE(\(fragment: about) <@ f.closed_about, true)
                    AND (\(fragment: about) IS NOT NULL AND EXCLUDED.size <= \(named)
                        OR EXCLUDED.size * 100::bigint < f.closed_size * \(Int64(rules.reopenPercent))::bigint)
                THEN 'closed' ELSE 'open' END
            """
    }

    private func find(_ kind: FindingRules.Kind, _ run: UUID, in tx: borrowing Transaction) async throws -> Int {
        let name = kind.rawValue
        let results = try await tx.query(all: [
            // What a long list sorts and hashes goes to memory first; the statement stands alone in its transaction.
            "SET LOCAL work_mem = '64MB'",
            // A whole country takes longer than any request may.
            "SET LOCAL statement_timeout = '30min'",
            """
            INSERT INTO matching.finding AS f (
                id, kind, key, size, people, households, evidence, area_order, run_id)
            SELECT gen_random_uuid(), \(name), n.key, n.size, n.people, n.households, n.evidence,
                COALESCE(n.area_order, 0), \(run)
            FROM (\(fragment: FindingSQL(rules: rules).statement(kind)))
                AS n (key, size, people, households, evidence, area_order)
            ON CONFLICT ON CONSTRAINT finding_once
            DO UPDATE SET run_id = EXCLUDED.run_id, size = EXCLUDED.size, people = EXCLUDED.people,
                households = EXCLUDED.households, evidence = EXCLUDED.evidence, area_order = EXCLUDED.area_order,
                state = \(fragment: Self.state(rules)),
                updated_at = CASE
                    WHEN (f.size, f.people, f.households) IS DISTINCT FROM
                        (EXCLUDED.size, EXCLUDED.people, EXCLUDED.households) OR f.state = 'gone'
                    THEN clock_timestamp() ELSE f.updated_at END
            """,
            """
            UPDATE matching.finding SET state = 'gone', updated_at = clock_timestamp()
            WHERE kind = \(name) AND state = 'open' AND run_id <> \(run)
            """,
            "SELECT count(*) FROM matching.finding WHERE kind = \(name) AND state = 'open'",
        ])
        return Int(try results[4].first?.get(0, as: Int64.self) ?? 0)
    }
}
