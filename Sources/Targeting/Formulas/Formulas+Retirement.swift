import Groundwork
package import Postgres
import Registry

extension Formulas {
    /// Asks that a formula leave force; it stays there until somebody else signs.
    ///
    /// - Parameter reason: at least 20 letters.
    /// - Throws: `.state` when it is not in force, `.retirementAsked` while an earlier wish is open.
    package func retire(
        _ code: String, version: Int, reason: String?, in tx: borrowing Transaction
    ) async throws(TargetingFault) -> StoredFormula {
        let held = try await locked(code, version, in: tx)
        guard held.state == .active else { throw .state(held.state.rawValue) }
        try Self.check(reason, of: "A retirement")
        if let open = held.retirement, open.decision == nil { throw .retirementAsked }
        do {
            _ = try await tx.query(
                """
                INSERT INTO targeting.retirement (formula_id, asked_by, reason)
                VALUES (\(held.id), \(tx.mandate.actor), \(reason))
                """)
            try await note("formula.ask_retirement", held, in: tx)
            return try await find(id: held.id, in: tx)
        } catch {
            throw TargetingFault(any: error)
        }
    }

    /// Signs the retirement that somebody else asked for, which takes the formula out of force, or rejects it.
    ///
    /// - Parameter reason: of a rejection, at least 20 letters.
    /// - Throws: `.noRetirement` when nobody asked, `.ownRetirement` for whoever did.
    package func signRetirement(
        _ code: String, version: Int, approves: Bool, reason: String?, in tx: borrowing Transaction
    ) async throws(TargetingFault) -> StoredFormula {
        let held = try await locked(code, version, in: tx)
        guard held.state == .active else { throw .state(held.state.rawValue) }
        guard let open = held.retirement, open.decision == nil else { throw .noRetirement }
        guard tx.mandate.actor != open.askedBy else { throw .ownRetirement }
        if !approves { try Self.check(reason, of: "A rejection") }
        do {
            try await decideRetirement(of: held, approves ? "sign" : "reject", answer: reason, in: tx)
            if approves {
                try await end(held, as: "retired", reason: open.reason, in: tx)
                try await note("formula.retire", held, event: .formulaRetired, in: tx)
            } else {
                try await note("formula.reject_retirement", held, in: tx)
            }
            return try await find(id: held.id, in: tx)
        } catch {
            throw TargetingFault(any: error)
        }
    }

    /// Closes an open wish whose formula another version has replaced.
    func overtakeRetirement(of formula: StoredFormula, in tx: borrowing Transaction) async throws {
        try await decideRetirement(of: formula, "overtaken", answer: nil, in: tx)
    }

    private func decideRetirement(
        of formula: StoredFormula, _ decision: String, answer: String?, in tx: borrowing Transaction
    ) async throws {
        _ = try await tx.query(
            """
            UPDATE targeting.retirement
            SET decision = \(decision), decided_by = \(tx.mandate.actor), decided_at = clock_timestamp(), answer = \(answer)
            WHERE formula_id = \(formula.id) AND decision IS NULL
            """)
    }
}
