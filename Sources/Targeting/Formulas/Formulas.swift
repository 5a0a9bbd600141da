package import Documents
import Foundation
package import Groundwork
package import Postgres
package import Registry
package import Scorecards

/// The formulas on record and their life: draft, submitted, active, retired or rejected.
package struct Formulas: Sendable {
    package let context: RegistryContext
    let today: @Sendable () -> CalendarDate

    /// Signatures of people other than the author that a formula needs.
    package static let signaturesNeeded: Int = 2

    package init(context: RegistryContext, today: @escaping @Sendable () -> CalendarDate) {
        (self.context, self.today) = (context, today)
    }

    // MARK: Reading

    /// All of them, by code and version, each with its signatures.
    package func list(in tx: borrowing Transaction) async throws(TargetingFault) -> [StoredFormula] {
        try await load("ORDER BY f.code, f.version", in: tx)
    }

    /// Those in force today; several when they score different strata.
    package func active(in tx: borrowing Transaction) async throws(TargetingFault) -> [StoredFormula] {
        try await load("WHERE \(fragment: inForce) ORDER BY f.code, f.version", in: tx)
    }

    /// Those in force today or on a day to come, whose scores are kept up to date.
    func kept(in tx: borrowing Transaction) async throws(TargetingFault) -> [StoredFormula] {
        try await load(
            "WHERE f.state = 'active' AND coalesce(f.valid_to >= \(today()), true) ORDER BY f.code, f.version", in: tx)
    }

    private var inForce: SQL {
        let day = today()
        return """
            (f.state = 'active' AND coalesce(f.valid_from <= \(day), true) AND coalesce(f.valid_to >= \(day), true))
            """
    }

    /// - Parameter version: nil for the one in force today, else the newest.
    package func find(
        _ code: String, version: Int? = nil, in tx: borrowing Transaction
    ) async throws(TargetingFault) -> StoredFormula {
        var which: SQL = "WHERE f.code = \(code)"
        if let version {
            guard let version = Int32(exactly: version) else { throw .formulaNotFound }
            which += " AND f.version = \(version)"
        }
        which += " ORDER BY \(fragment: inForce) DESC, f.state = 'active' DESC, f.version DESC LIMIT 1"
        guard let found = try await load(which, in: tx).first else { throw .formulaNotFound }
        return found
    }

    func find(id: Int32, in tx: borrowing Transaction) async throws(TargetingFault) -> StoredFormula {
        guard let found = try await load("WHERE f.id = \(id)", in: tx).first else { throw .formulaNotFound }
        return found
    }

    /// Those in force, on whatever day, that would score the same households as this one.
    func rivals(of formula: Formula, in tx: borrowing Transaction) async throws(TargetingFault) -> [StoredFormula] {
        // Of every day, not of today alone: versions may follow one another.
        try await load("WHERE f.state = 'active' ORDER BY f.code, f.version", in: tx).filter {
            !Formula.overlaps([$0.formula, formula]).isEmpty
        }
    }

    private func load(_ which: SQL, in tx: borrowing Transaction) async throws(TargetingFault) -> [StoredFormula] {
        do {
            let rows = try await tx.query(
                "SELECT \(fragment: StoredFormula.columns) FROM targeting.formula AS f \(fragment: which)")
            var formulas = try rows.map { try StoredFormula($0) }
            let found = try await tx.query(all: [
                """
                SELECT s.formula_id, s.actor_id, a.name, s.decision, s.reason, s.signed_at
                FROM targeting.signature AS s
                LEFT JOIN access.actor AS a ON a.id = s.actor_id
                WHERE s.formula_id = ANY(\(formulas.map(\.id)))
                ORDER BY s.signed_at
                """,
                """
                SELECT DISTINCT ON (r.formula_id) \(fragment: StoredFormula.Retirement.columns)
                FROM targeting.retirement AS r
                LEFT JOIN access.actor AS a ON a.id = r.asked_by
                LEFT JOIN access.actor AS d ON d.id = r.decided_by
                WHERE r.formula_id = ANY(\(formulas.map(\.id)))
                ORDER BY r.formula_id, r.id DESC
                """,
            ])
            for row in found[1] {
                let formula: Int32 = try row.get(0)
                guard let place = formulas.firstIndex(where: { $0.id == formula }) else { continue }
                formulas[place].retirement = try StoredFormula.Retirement(row)
            }
            for row in found[0] {
                let formula: Int32 = try row.get(0)
                guard let place = formulas.firstIndex(where: { $0.id == formula }) else { continue }
                formulas[place].signatures.append(
                    StoredFormula.Signature(
                        actor: ID(try row.get(1, as: UUID.self)), name: try row.get(2), decision: try row.get(3),
                        reason: try row.get(4), at: try row.get(5)))
            }
            return formulas
        } catch {
            throw TargetingFault(any: error)
        }
    }

    // MARK: The way into force

    /// Brings a formula as a draft, or replaces the draft of that version; the caller becomes its author.
    ///
    /// - Throws: `.invalid` with every mistake of the document, `.versionTaken` once the version was submitted.
    package func draft(_ document: JSON, in tx: borrowing Transaction) async throws(TargetingFault) -> StoredFormula {
        do {
            let formula = try Formula(document)
            let rows = try await tx.query(
                """
                INSERT INTO targeting.formula AS f (code, version, sha256, document, strata, valid_from, valid_to, author_id)
                VALUES (
                    \(formula.code), \(Int32(formula.version)), \(Self.bytes(formula.sha256)),
                    \(JSONB(document.serialized())), \(formula.selector == nil ? [] : formula.strata.map(\.code)),
                    \(formula.validFrom), \(formula.validTo), \(tx.mandate.actor))
                ON CONFLICT ON CONSTRAINT formula_version_once DO UPDATE
                SET sha256 = EXCLUDED.sha256, document = EXCLUDED.document, strata = EXCLUDED.strata,
                    valid_from = EXCLUDED.valid_from, valid_to = EXCLUDED.valid_to, author_id = EXCLUDED.author_id,
                    drafted_at = clock_timestamp()
                WHERE f.state = 'draft'
                RETURNING \(fragment: StoredFormula.columns)
                """)
            guard let row = rows.first else { throw TargetingFault.versionTaken }
            try await note("formula.draft", try StoredFormula(row), in: tx)
            return try StoredFormula(row)
        } catch {
            throw TargetingFault(any: error)
        }
    }

    /// Submits a draft for signatures, with the binding by which it will read the registry; only its author does.
    ///
    /// - Throws: `.notAuthor`; `.invalid` with everything that speaks against it: attributes, codes, units, areas, the questionnaire.
    package func submit(
        _ code: String, version: Int, binding document: JSON, in tx: borrowing Transaction
    ) async throws(TargetingFault) -> StoredFormula {
        let held = try await locked(code, version, in: tx)
        guard held.state == .draft else { throw .state(held.state.rawValue) }
        guard tx.mandate.actor == held.author else { throw .notAuthor }
        do {
            let binding = try Binding(document)
            let warnings = try await check(held.formula, binding, in: tx)
            _ = try await tx.query(
                """
                UPDATE targeting.formula
                SET state = 'submitted', submitted_at = clock_timestamp(), binding = \(JSONB(document.serialized())),
                    checked = \(JSONB(warnings.serialized())), submitted_by = \(tx.mandate.actor)
                WHERE id = \(held.id)
                """)
            try await note("formula.submit", held, event: .formulaSubmitted, in: tx)
            return try await find(id: held.id, in: tx)
        } catch {
            throw TargetingFault(any: error)
        }
    }

    /// Signs a submitted formula, or rejects it, which is final.
    package func sign(
        _ code: String, version: Int, approves: Bool, reason: String?, in tx: borrowing Transaction
    ) async throws(TargetingFault) -> StoredFormula {
        let held = try await locked(code, version, in: tx)
        guard held.state == .submitted else { throw .state(held.state.rawValue) }
        let actor = tx.mandate.actor
        guard actor != held.author, actor != held.submittedBy else { throw .ownSignature }
        guard !held.signatures.contains(where: { $0.actor == actor }) else { throw .signedBefore }
        if !approves { try Self.check(reason, of: "A rejection") }
        do {
            _ = try await tx.query(
                """
                INSERT INTO targeting.signature (formula_id, actor_id, author_id, decision, reason)
                VALUES (\(held.id), \(actor), \(held.author), \(approves ? "sign" : "reject"), \(reason))
                """)
            if !approves { try await end(held, as: "rejected", reason: reason, in: tx) }
            try await note(approves ? "formula.sign" : "formula.reject", held, in: tx)
            return try await find(id: held.id, in: tx)
        } catch {
            throw TargetingFault(any: error)
        }
    }

    /// Puts a signed formula into force: checked once more, compared with what is in force, scores and all.
    ///
    /// A run over the registry is noted, which scores again whoever changed since the trial.
    ///
    /// - Parameter replaces: retires earlier versions of the same formula that would score the same households.
    /// - Throws: `.signaturesMissing`, `.noTrial`, `.overlaps`, `.busy` while a run of it or of a rival is open, and `.invalid` when the registry has changed under it.
    package func activate(
        _ code: String, version: Int, replaces: Bool, in tx: borrowing Transaction
    ) async throws(TargetingFault) -> StoredFormula {
        do {
            // Two activations at once would each not see the other.
            _ = try await tx.query("SELECT pg_advisory_xact_lock(\(ScoreLock.activation))")
            let held = try await locked(code, version, in: tx)
            guard held.state == .submitted, let binding = held.binding else {
                throw TargetingFault.state(held.state.rawValue)
            }
            let signed = Set(held.signatures.filter { $0.decision == "sign" }.map(\.actor))
                .subtracting([held.author] + (held.submittedBy.map { [$0] } ?? []))
            guard signed.count >= Self.signaturesNeeded else { throw TargetingFault.signaturesMissing(signed.count) }
            let warnings = try await check(held.formula, binding, in: tx)
            let rivals = try await rivals(of: held.formula, in: tx)
            let replaced = rivals.filter { replaces && $0.formula.code == code }
            let others = rivals.filter { rival in !replaced.contains { $0.id == rival.id } }
            guard others.isEmpty else {
                throw TargetingFault.overlaps(Formula.overlaps(others.map(\.formula) + [held.formula]))
            }
            // Half of the scores that are compared may be those of the run before.
            guard try await !ScoreRun.isOpen(of: [held.id] + rivals.map(\.id), in: tx) else {
                throw TargetingFault.busy
            }
            let trial = try await DryRun.make(held, run: DryRun.trial(of: held, in: tx), against: rivals, in: tx)
            for rival in replaced {
                try await end(rival, as: "retired", reason: "replaced by version \(version)", in: tx)
                try await overtakeRetirement(of: rival, in: tx)
                try await note("formula.retire", rival, event: .formulaRetired, in: tx)
            }
            _ = try await tx.query(
                """
                UPDATE targeting.formula
                SET state = 'active', activated_at = clock_timestamp(), activated_by = \(tx.mandate.actor),
                    checked = \(JSONB(warnings.serialized())), dry_run = \(JSONB(trial.serialized()))
                WHERE id = \(held.id)
                """)
            try await note("formula.activate", held, event: .formulaActivated, in: tx)
            // Until now nobody scored again who changed after the trial run.
            _ = try await ScoreRun.note(held, .registry, asOf: nil, today: today(), joins: false, in: tx)
            return try await find(id: held.id, in: tx)
        } catch {
            throw TargetingFault(any: error)
        }
    }

    /// What a formula with a binding would meet here.
    ///
    /// - Returns: the warnings, as kept with the formula.
    /// - Throws: `.invalid` with everything that forbids it.
    package func check(
        _ formula: Formula, _ binding: Binding, in tx: borrowing Transaction
    ) async throws(TargetingFault) -> JSON {
        do {
            let findings = try await RegistryCheck.run(formula, binding, context: context, in: tx)
            let blocking = findings.filter { $0.severity == .blocking }
            guard blocking.isEmpty else { throw TargetingFault.invalid(blocking) }
            return .array(
                findings.map {
                    ["place": .string($0.path.description), "code": .string($0.code), "summary": .string($0.summary)]
                })
        } catch {
            throw TargetingFault(any: error)
        }
    }
}

extension Formulas {
    /// A reason that somebody else can judge.
    static func check(_ reason: String?, of what: String) throws(TargetingFault) {
        guard (reason ?? "").count < 20 else { return }
        throw .invalid([
            Finding("reason", code: "targeting.reason", "\(what) needs a reason of at least 20 letters.")
        ])
    }

    func locked(
        _ code: String, _ version: Int, in tx: borrowing Transaction
    ) async throws(TargetingFault) -> StoredFormula {
        do {
            _ = try await tx.query(
                """
                SELECT 1 FROM targeting.formula
                WHERE code = \(code) AND version = \(Int32(clamping: version)) FOR UPDATE
                """)
        } catch {
            throw .store(error)
        }
        return try await find(code, version: version, in: tx)
    }

    func end(
        _ formula: StoredFormula, as state: String, reason: String?, in tx: borrowing Transaction
    ) async throws {
        _ = try await tx.query(
            """
            UPDATE targeting.formula
            SET state = \(state), ended_at = clock_timestamp(), ended_by = \(tx.mandate.actor), reason = \(reason)
            WHERE id = \(formula.id)
            """)
    }

    func note(
        _ kind: String, _ formula: StoredFormula, event: EventType? = nil, in tx: borrowing Transaction
    ) async throws {
        let body: JSONObject = [
            "formula": .string(formula.formula.code), "version": .number(JSONNumber(formula.formula.version)),
            "sha256": .string(formula.formula.sha256),
        ]
        let command = try await CommandLog.note(kind, outcome: body, key: nil, hash: [], in: tx)
        if let event { try await TargetingEvents.append(event, of: formula, body: body, command: command, in: tx) }
    }

    private static func bytes(_ hex: String) -> [UInt8] {
        stride(from: 0, to: hex.utf8.count, by: 2).map { place in
            let start = hex.index(hex.startIndex, offsetBy: place)
            return UInt8(hex[start..<hex.index(start, offsetBy: 2)], radix: 16) ?? 0
        }
    }
}

/// Events about formulas; those about households are written with their scores.
enum TargetingEvents {
    static func append(
        _ type: EventType, of formula: StoredFormula, body: JSONObject, command: CommandID, in tx: borrowing Transaction
    ) async throws {
        let event = Event(
            type: type, subjectKind: "formula", subjectID: formula.eventID, subjectVersion: formula.formula.version,
            command: command, recordedAt: Date(), body: body)
        _ = try await tx.query(
            """
            INSERT INTO registry.event (\(unchecked: Event.columns))
            SELECT \(unchecked: Event.columns)
            FROM jsonb_populate_recordset(
                NULL::registry.event, \(JSONB(JSON.array([event.json(tx.mandate)]).serialized())))
            """)
    }
}

/// Keeps runs apart from one another and from the reader of the log.
package enum ScoreLock {
    /// Number of the advisory lock of runs, "score" in letters.
    package static let runs: Int64 = 0x73_636F_7265
    static let activation: Int64 = 0x73_636F_7266
}
