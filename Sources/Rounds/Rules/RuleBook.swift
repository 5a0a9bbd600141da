import Cryptography
package import Foundation
package import Groundwork
package import Postgres
package import Registry
package import Rules
package import Search

/// Eligibility rules: checked, previewed over the registry, proven on a sample, stored by version.
package struct RuleBook: Sendable {
    let context: RegistryContext
    let searcher: Searcher
    let today: @Sendable () -> CalendarDate

    package init(context: RegistryContext, today: @escaping @Sendable () -> CalendarDate) {
        (self.context, self.searcher, self.today) = (context, Searcher(context: context), today)
    }

    /// How many households both ways to run a rule are held to before it is published.
    package static let sample: Int = 400

    // MARK: Reading rules

    /// The compiler with the formulas that are active now.
    func compiler(in tx: borrowing Transaction) async throws -> RuleCompiler {
        var formulas: [String: [String]] = [:]
        let rows = try await tx.query(
            """
            SELECT f.code, COALESCE(array_agg(DISTINCT c.entry ->> 'code') FILTER (WHERE c.entry ? 'code'), '{}')
            FROM targeting.formula AS f
            LEFT JOIN LATERAL jsonb_array_elements(
                CASE WHEN jsonb_typeof(f.document -> 'classes') = 'array' THEN f.document -> 'classes' ELSE '[]' END
            ) AS c (entry) ON TRUE
            WHERE f.state = 'active'
            GROUP BY f.code
            """)
        for row in rows { formulas[try row.get(0)] = try row.get(1) }
        return RuleCompiler(context: context, formulas: formulas)
    }

    /// Reads and compiles a rule.
    ///
    /// - Throws: `RuleFault` with every place that is wrong or cannot be expressed.
    package func read(
        _ text: String, in tx: borrowing Transaction
    ) async throws -> (rule: Rule, query: RegistryQuery) {
        let compiler = try await compiler(in: tx)
        let rule = try Rule(text, compiler.schema)
        let query = try compiler.query(rule)
        // What the tree can hold and the statement cannot is refused here, and not when it is run.
        do {
            _ = try searcher.selection(query, row: "h", today: today())
        } catch {
            throw RuleFault([
                RuleFinding(
                    RulePosition(line: 1, column: 1), "too_large",
                    "the rule is too large for one statement: "
                        + error.summary)
            ])
        }
        return (rule, query)
    }

    /// What a rule's text says wrong, and what its author should know.
    package func findings(_ text: String, in tx: borrowing Transaction) async throws -> [RuleFinding] {
        do {
            return try await read(text, in: tx).rule.warnings
        } catch let fault as RuleFault {
            return fault.findings
        }
    }

    // MARK: How many

    /// Counts whom a rule takes among the active households, and the difference from the published version of that code.
    ///
    /// - Parameter area: only there; nil for the whole registry.
    package func preview(
        _ text: String, code: String?, area: Area? = nil, in tx: borrowing Transaction
    ) async throws -> RulePreview {
        let day = today()
        let query = try await read(text, in: tx).query
        let before = try await published(code, in: tx)
        let former = before == nil ? nil : try await read(before?.text ?? "", in: tx).query
        // Groups are many and small: the planner takes them for fewer, and would leave a processor idle.
        _ = try await tx.query(
            "SELECT set_config('work_mem', '256MB', true), set_config('parallel_tuple_cost', '0.001', true)")
        let row = try await tx.query(try counting(query, former: former, area: area, day: day)).first
        guard let row else { throw RoundsFault.defect("a count gave no row") }
        let hasFormer = former != nil
        return RulePreview(
            asOf: day, households: Int(try row.get(0, as: Int64.self)), takes: Int(try row.get(1, as: Int64.self)),
            gained: hasFormer ? Int(try row.get(2, as: Int64.self)) : nil,
            lost: hasFormer ? Int(try row.get(3, as: Int64.self)) : nil)
    }

    /// One statement with one pass over the members for each version.
    package func counting(
        _ query: RegistryQuery, former: RegistryQuery?, area: Area?, day: CalendarDate
    ) throws -> SQL {
        let place = area.map { RegistryQuery.within([$0.range]) }
        let within = try place.map { try searcher.condition($0, of: .household, row: "h", today: day) }
        let homes: SQL? = try place.map { place in
            let lies = try searcher.condition(place, of: .household, row: "x", today: day)
            return "SELECT x.id FROM registry.household AS x WHERE \(fragment: lies)"
        }
        let now = try searcher.selection(query, row: "h", homes: homes, today: day)
        let then = try former.map {
            try searcher.selection($0, row: "h", table: "former", homes: homes, today: day)
        }
        let tables = [now.table, then?.table].compactMap(\.self)
        let with: SQL = tables.isEmpty ? "" : "WITH \(fragment: SQL.joined(tables, by: ", ")) "
        let taken = now.condition
        let tookBefore = then?.condition ?? "FALSE"
        return """
            \(fragment: with)SELECT count(*), count(*) FILTER (WHERE \(fragment: taken)),
                count(*) FILTER (WHERE \(fragment: taken) AND NOT \(fragment: tookBefore)),
                count(*) FILTER (WHERE \(fragment: tookBefore) AND NOT \(fragment: taken))
            FROM registry.household AS h\(fragment: now.join)\(fragment: then?.join ?? "")
            WHERE h.status = 'active'\(fragment: within.map { " AND \(fragment: $0)" } ?? "")
            """
    }

    // MARK: Stored versions

    /// The newest versions first.
    package func list(code: String? = nil, in tx: borrowing Transaction) async throws -> [StoredRule] {
        try await tx.query(
            """
            SELECT \(fragment: StoredRule.columns) FROM targeting.rule AS r
            WHERE \(code)::text IS NULL OR r.code = \(code)
            ORDER BY r.code, r.version DESC
            LIMIT 1000
            """
        ).map { try StoredRule($0) }
    }

    /// The version in force; nil where none is.
    package func published(_ code: String?, in tx: borrowing Transaction) async throws -> StoredRule? {
        guard let code else { return nil }
        return try await tx.query(
            """
            SELECT \(fragment: StoredRule.columns) FROM targeting.rule AS r
            WHERE r.code = \(code) AND r.state = 'published'
            """
        ).first.map { try StoredRule($0) }
    }

    package func find(_ id: UUID, in tx: borrowing Transaction) async throws -> StoredRule {
        guard
            let row = try await tx.query(
                "SELECT \(fragment: StoredRule.columns) FROM targeting.rule AS r WHERE r.id = \(id)"
            ).first
        else { throw RoundsFault.ruleNotFound }
        return try StoredRule(row)
    }

    /// Writes another version of a rule, for somebody else to publish.
    package func draft(
        code: String, title: String, text: String, in tx: borrowing Transaction
    ) async throws -> StoredRule {
        guard code.wholeMatch(of: /[a-z][a-z0-9_]{0,39}/) != nil else {
            throw RoundsFault.invalid([
                Finding("code", code: "rules.code", "A code is a letter, then up to 39 small letters, digits or _.")
            ])
        }
        _ = try await read(text, in: tx)
        try await Self.lock(code, in: tx)
        let id = UUIDv7.next()
        try await tx.execute(
            """
            INSERT INTO targeting.rule (id, code, version, title, text, sha256, author_id)
            SELECT \(id), \(code), 1 + COALESCE(max(version), 0), \(title), \(text), \(Digest.sha256(Array(text.utf8))),
                \(tx.mandate.actor)
            FROM targeting.rule WHERE code = \(code)
            """)
        return try await find(id, in: tx)
    }

    /// Puts a draft in force: previewed, and proven on a sample.
    ///
    /// - Parameter version: of the draft; nil for the newest.
    /// - Throws: `.ownWork` to its author, `.disagreement` when the two ways to run it differ.
    package func publish(
        code: String, version: Int?, seed: Int, command: CommandID, in tx: borrowing Transaction
    ) async throws -> StoredRule {
        try await Self.lock(code, in: tx)
        let all = try await list(code: code, in: tx)
        guard let draft = version.map({ wanted in all.first { $0.version == wanted } }) ?? all.first else {
            throw RoundsFault.ruleNotFound
        }
        guard draft.state == .draft else { throw RoundsFault.ruleNotDraft(draft.state.rawValue) }
        if let newer = all.first(where: { $0.state == .published && $0.version > draft.version }) {
            throw RoundsFault.ruleOutdated(newer.version)
        }
        guard draft.author != tx.mandate.actor else {
            throw RoundsFault.ownWork("Whoever wrote a version of a rule does not publish it; ask somebody else.")
        }
        let sampled = try await prove(draft.text, seed: seed, in: tx)
        let preview = try await preview(draft.text, code: code, in: tx)
        _ = try await tx.query(all: [
            """
            UPDATE targeting.rule SET state = 'replaced', replaced_at = clock_timestamp()
            WHERE code = \(code) AND state = 'published'
            """,
            """
            UPDATE targeting.rule SET state = 'published', published_by = \(tx.mandate.actor),
                published_at = clock_timestamp(), as_of = \(preview.asOf), households = \(preview.households),
                takes = \(preview.takes), gained = \(preview.gained), lost = \(preview.lost), sampled = \(sampled)
            WHERE id = \(draft.id)
            """,
        ])
        try await tx.execute(
            """
            INSERT INTO registry.event (
                id, type, subject_kind, subject_id, subject_version, actor_id, purpose, trace, command_id, recorded_at, body)
            VALUES (
                gen_random_uuid(), \(EventType.rulePublished.rawValue), 'rule', \(draft.id), \(Int32(draft.version)),
                \(tx.mandate.actor), \(tx.mandate.purpose.rawValue), \(tx.mandate.trace.description), \(command), now(),
                jsonb_build_object('rule', \(code)::text, 'version', \(Int32(draft.version))))
            """)
        return try await find(draft.id, in: tx)
    }

    private static func lock(_ code: String, in tx: borrowing Transaction) async throws {
        let rows = try await tx.query(
            "SELECT pg_try_advisory_xact_lock(hashtextextended('targeting.rule.' || \(code), 0))")
        guard try rows.first?.get(0, as: Bool.self) ?? false else { throw RoundsFault.busy }
    }
}
