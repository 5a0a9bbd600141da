import Documents
import Foundation
package import Groundwork
package import Postgres
package import Registry
import Scorecards
import Rules
import Search

/// Carries out what is asked of rounds, each action within the transaction of its command.
///
/// Everything that changes many households is one statement; a kill in the middle leaves nothing behind, because the transaction
/// never ended. One action at a time works on a round: another one is told so at once.
package struct RoundDesk: Sendable {
    package let context: RegistryContext
    package let policy: RoundPolicy
    package let book: RuleBook
    let searcher: Searcher
    let today: @Sendable () -> CalendarDate

    package init(context: RegistryContext, policy: RoundPolicy, today: @escaping @Sendable () -> CalendarDate) {
        (self.context, self.policy, self.today) = (context, policy, today)
        book = RuleBook(context: context, today: today)
        searcher = Searcher(context: context)
    }

    // MARK: Reading

    package func list(in tx: borrowing Transaction) async throws -> [Round] {
        try await tx.query(
            "SELECT \(fragment: Round.columns) FROM targeting.round AS r ORDER BY r.created_at DESC LIMIT 500"
        ).map { try Round($0) }
    }

    package func find(_ code: String, in tx: borrowing Transaction) async throws -> Round {
        let rows = try await tx.query(
            "SELECT \(fragment: Round.columns) FROM targeting.round AS r WHERE r.code = \(code)")
        guard let row = rows.first else { throw RoundsFault.roundNotFound }
        return try Round(row)
    }

    /// How many households stand where, in the whole round and by area in the order of the country.
    package func counts(_ round: Round, in tx: borrowing Transaction) async throws -> [RoundCount] {
        let rows = try await tx.query(
            """
            SELECT q.area_id, q.places, q.reserve, ceil(q.places * q.multiplier)::integer,
                COALESCE(e.counts, '{}'::jsonb), (
                    SELECT count(*) FROM targeting.session AS s
                    WHERE s.round_id = q.round_id AND s.area_id = q.area_id)
            FROM targeting.quota AS q
            LEFT JOIN (
                SELECT area_id, jsonb_object_agg(state, n) AS counts
                FROM (SELECT area_id, state, count(*) AS n FROM targeting.round_household
                      WHERE round_id = \(round.id) GROUP BY area_id, state) AS x
                GROUP BY area_id) AS e ON e.area_id = q.area_id
            WHERE q.round_id = \(round.id)
            ORDER BY q.area_order
            """)
        var total = RoundCount(area: nil, places: 0, reserve: nil, wanted: 0, households: [:], sessions: 0)
        var all: [RoundCount] = []
        for row in rows {
            let stored: JSONB = try row.get(4)
            var households: [Standing: Int] = [:]
            for (name, number) in try JSON.parse(stored.bytes).object ?? [:] {
                if let state = Standing(rawValue: name) { households[state] = number.int ?? 0 }
            }
            let line = RoundCount(
                area: Int(try row.get(0, as: Int32.self)), places: Int(try row.get(1, as: Int32.self)),
                reserve: try row.get(2, as: Int32?.self).map { Int($0) }, wanted: Int(try row.get(3, as: Int32.self)),
                households: households, sessions: Int(try row.get(5, as: Int64.self)))
            total.places += line.places
            total.wanted += line.wanted
            total.sessions += line.sessions
            if let reserve = line.reserve { total.reserve = (total.reserve ?? 0) + reserve }
            total.households.merge(households) { $0 + $1 }
            all.append(line)
        }
        return [total] + all
    }

    // MARK: Beginning

    /// Begins a round as a draft.
    package func create(_ draft: Round.Draft, command: CommandID, in tx: borrowing Transaction) async throws -> Round {
        try await check(draft, in: tx)
        // Rules of parts are published by nobody; the round that holds them proves them.
        if !draft.parts.isEmpty { try await prepare(tx) }
        for (place, part) in draft.parts.enumerated() { _ = try await book.prove(part.rule, seed: place, in: tx) }
        let rule = draft.rule == nil ? nil : try await book.published(draft.rule, in: tx)
        let parts = JSON.array(
            draft.parts.map { part in
                [
                    "group": .string(part.group), "percent": .number(JSONNumber(part.percent)),
                    "rule": .string(part.rule),
                ]
            })
        let id = UUIDv7.next()
        let made = try await tx.execute(
            """
            INSERT INTO targeting.round (
                id, code, title, programme, formula, cut_off, rule_id, parts, has_community, appeal_days, created_by)
            VALUES (
                \(id), \(draft.code), \(draft.title), \(draft.programme), \(draft.formula), \(draft.cutOff)::text::numeric,
                \(rule?.id), \(JSONB(parts.serialized())), \(policy.allows(.ranked, to: .communityValidation)),
                \(Int32(policy.appealDays)), \(tx.mandate.actor))
            ON CONFLICT (code) DO NOTHING
            """)
        guard made == 1 else { throw RoundsFault.roundExists }
        let round = try await find(draft.code, in: tx)
        try await tx.execute(event(of: round, .roundCreated, from: nil, command, tx.mandate))
        return round
    }

    private func check(_ draft: Round.Draft, in tx: borrowing Transaction) async throws {
        var findings: [Finding] = []
        func note(_ place: FieldPath, _ code: String, _ summary: String) {
            findings.append(Finding(place, code: code, summary))
        }
        if draft.code.wholeMatch(of: /[a-z0-9][a-z0-9_-]{0,39}/) == nil {
            note("code", "rounds.code", "A code is up to 40 small letters, digits, - or _.")
        }
        let formulas = try await book.compiler(in: tx).formulas
        if formulas[draft.formula] == nil {
            let known = formulas.keys.sorted().joined(separator: ", ")
            note(
                "formula", "rounds.formula",
                "No active formula has this code" + (known.isEmpty ? "; activate one first." : "; active are \(known).")
            )
        }
        if let rule = draft.rule, try await book.published(rule, in: tx) == nil {
            note("rule", "rounds.rule", "No rule of this code is published; publish it first.")
        }
        if let text = draft.cutOff, ExactDecimal(text) == nil {
            note("cut_off", "rounds.cut_off", "A score as a decimal is expected, such as \"9733.5\".")
        }
        let groups = draft.parts.map(\.group)
        if !draft.parts.isEmpty {
            if draft.parts.reduce(0, { $0 + $1.percent }) != 100 || draft.parts.contains(where: { $0.percent < 0 }) {
                note("parts", "rounds.parts", "The percents of the parts sum to 100.")
            }
            for (place, group) in groups.enumerated() where group.wholeMatch(of: /[a-z0-9_]{1,40}/) == nil {
                note(
                    FieldPath(["parts", String(place), "group"]), "rounds.group",
                    "A group is up to 40 small letters, digits or _; a column of the quotas is named after it.")
            }
            if Set(groups).count != groups.count { note("parts", "rounds.parts", "Each group stands once.") }
        }
        for (place, part) in draft.parts.enumerated() {
            let path = FieldPath(["parts", String(place), "rule"])
            for finding in try await book.findings(part.rule, in: tx) where finding.severity == .blocking {
                note(path, finding.code, "At \(finding.position.words): \(finding.summary)")
            }
        }
        guard findings.isEmpty else { throw RoundsFault.invalid(findings) }
    }

    // MARK: One after the other

    /// The round, taken for this transaction.
    ///
    /// - Throws: `.busy` while somebody else has it, `.outOfOrder` when it stands elsewhere.
    func take(_ code: String, in states: [RoundState], _ tx: borrowing Transaction) async throws -> Round {
        let rows = try await tx.query(
            "SELECT pg_try_advisory_xact_lock(hashtextextended('targeting.round.' || \(code), 0))")
        guard try rows.first?.get(0, as: Bool.self) ?? false else { throw RoundsFault.busy }
        let round = try await find(code, in: tx)
        guard states.contains(round.state) else {
            throw RoundsFault.outOfOrder(state: round.state.rawValue, possible: states.map(\.rawValue))
        }
        return round
    }

    /// Long statements get the time and the memory that they need, in this transaction alone.
    func prepare(_ tx: borrowing Transaction) async throws {
        _ = try await tx.query(
            "SELECT set_config('work_mem', '256MB', true), set_config('statement_timeout', '900000', true)")
    }

    /// Moves the round on, with its event; staying is no move.
    func advance(
        _ round: Round, to state: RoundState, command: CommandID, in tx: borrowing Transaction
    ) async throws {
        guard round.state != state else { return }
        try await tx.execute(
            """
            UPDATE targeting.round SET state = \(state.rawValue), state_since = clock_timestamp() WHERE id = \(round.id)
            """)
        var moved = round
        moved.state = state
        try await tx.execute(event(of: moved, .roundAdvanced, from: round.state, command, tx.mandate))
    }

    private func event(
        of round: Round, _ type: EventType, from: RoundState?, _ command: CommandID, _ mandate: Mandate
    ) -> SQL {
        """
        INSERT INTO registry.event (
            id, type, subject_kind, subject_id, subject_version, actor_id, purpose, trace, command_id, recorded_at, body)
        VALUES (
            gen_random_uuid(), \(type.rawValue), 'round', \(round.id), 1, \(mandate.actor), \(mandate.purpose.rawValue),
            \(mandate.trace.description), \(command), now(), jsonb_strip_nulls(jsonb_build_object(
                'round', \(round.code)::text, 'programme', \(round.programme)::text, 'state', \(round.state.rawValue)::text,
                'from', \(from?.rawValue)::text)))
        """
    }

    /// An event that is no step of the round: about the round, or about a household in it.
    func event(
        _ type: EventType, of round: Round, household: UUID? = nil, _ more: JSONObject, _ command: CommandID,
        _ mandate: Mandate
    ) -> SQL {
        var body: JSONObject = ["round": .string(round.code), "programme": .string(round.programme)]
        for (name, value) in more { body[name] = value }
        return """
            INSERT INTO registry.event (
                id, type, subject_kind, subject_id, subject_version, area_before, area_after, actor_id, purpose, trace,
                command_id, recorded_at, body)
            SELECT gen_random_uuid(), \(type.rawValue), CASE WHEN e.household_id IS NULL THEN 'round' ELSE 'household' END,
                COALESCE(e.household_id, r.id), COALESCE(e.household_version, 1), e.area_order, e.area_order,
                \(mandate.actor), \(mandate.purpose.rawValue), \(mandate.trace.description), \(command), now(),
                \(JSONB(JSON.object(body).serialized()))
            FROM targeting.round AS r
            LEFT JOIN targeting.round_household AS e ON e.round_id = r.id AND e.household_id = \(household)::uuid
            WHERE r.id = \(round.id)
            """
    }

    /// Gives households of a round another state, with one event for each whose state changes: one statement.
    ///
    /// - Parameters:
    ///   - tables: common table expressions, the last of them `new` with `household_id`, `before`, `state` and `reason`.
    ///   - more: further columns that are set from `new`, called `n`; each begins with a comma.
    func moving(
        _ round: Round, _ tables: SQL, setting more: SQL = "", command: CommandID, _ mandate: Mandate
    ) -> SQL {
        """
        WITH \(fragment: tables), changed AS (
            UPDATE targeting.round_household AS e
            SET state = n.state, reason = n.reason, command_id = \(command),
                state_since = CASE WHEN n.before = n.state THEN e.state_since ELSE now() END\(fragment: more)
            FROM new AS n
            WHERE e.round_id = \(round.id) AND e.household_id = n.household_id
            RETURNING e.household_id, e.household_version, e.area_order, n.before, e.state, e.reason
        )
        \(fragment: Self.events(of: round, command, mandate)) WHERE c.before <> c.state
        """
    }

    /// Events of the rows of `changed`, called `c`.
    static func events(of round: Round, _ command: CommandID, _ mandate: Mandate) -> SQL {
        """
        INSERT INTO registry.event (
            id, type, subject_kind, subject_id, subject_version, area_before, area_after, actor_id, purpose, trace,
            command_id, recorded_at, body)
        SELECT gen_random_uuid(), \(EventType.householdTargeted.rawValue), 'household', c.household_id, c.household_version,
            c.area_order, c.area_order, \(mandate.actor), \(mandate.purpose.rawValue), \(mandate.trace.description),
            \(command), now(), jsonb_strip_nulls(jsonb_build_object(
                'round', \(round.code)::text, 'programme', \(round.programme)::text, 'state', c.state, 'from', c.before,
                'reason', c.reason))
        FROM changed AS c
        """
    }
}
