import Documents
import Foundation
package import Groundwork
package import Postgres

/// Carries out commands: the one way in which the record changes.
///
/// Each command is one transaction with its statements, links, current rows, past rows and events. A version that the
/// caller saw is checked against the locked row, and an idempotency key is carried out once.
package struct Registrar: Sendable {
    package let context: RegistryContext
    /// The day that counts as today, for dates that must not lie in the future.
    let today: @Sendable () -> CalendarDate
    /// Looks at people before they are registered; nil where nobody does.
    let watch: (any RegistrationWatch)?

    package init(
        context: RegistryContext, today: @escaping @Sendable () -> CalendarDate,
        watch: (any RegistrationWatch)? = nil
    ) {
        (self.context, self.today, self.watch) = (context, today, watch)
    }

    /// Carries out one command in the caller's transaction.
    package func perform(
        _ command: Command, _ terms: CommandTerms, in tx: borrowing Transaction
    ) async throws(RegistryFault) -> Outcome {
        if let earlier = try await repeated(terms, in: tx) { return earlier }
        if terms.observedOn > today() {
            throw .invalid([
                Finding("observed_on", code: "date.future", "The day of observation lies in the future.")
            ])
        }
        var space = Workspace(
            context: context, command: CommandID(), terms: terms, actor: tx.mandate.actor, now: .distantPast,
            today: today(), areas: context.areas.index)
        let newcomers = watch == nil ? [] : command.newcomers
        if let watch, !newcomers.isEmpty {
            do throws(RegistryFault) {
                space.welcome = try await watch.admit(newcomers, others: terms.notDuplicates, in: tx)
            } catch {
                // Whoever repeats a request meets the person whom the first one has just registered.
                if case .suspected = error, let earlier = try await repeated(terms, in: tx) { return earlier }
                throw error
            }
        }
        try await space.readClock(in: tx)
        var undoes: CommandID?
        switch command {
        case .registerHousehold(let draft): try await register(draft, &space, in: tx)
        case .registerPerson(let draft): try register(draft, &space)
        case .updatePerson(let id, let claims, let contacts):
            try await update(id, claims, contacts, &space, in: tx)
        case .updateHousehold(let id, let claims, let contacts):
            try await update(id, claims, contacts, &space, in: tx)
        case .addMember(let household, let draft): try await add(draft, to: household, &space, in: tx)
        case .changeMember(let household, let person, let role, let relationship, let recipient):
            try await change(person, in: household, role, relationship, recipient, &space, in: tx)
        case .memberLeaves(let household, let person, let reason, let successor):
            try await leave(person, household, reason, successor, &space, in: tx)
        case .recordBirth(let draft): try await birth(draft, &space, in: tx)
        case .recordDeath(let person, let successor): try await death(person, successor, &space, in: tx)
        case .recordUnion(let draft): try await union(draft, &space, in: tx)
        case .endUnion(let first, let second, let from, let reason):
            try await endUnion(first, second, from, reason, &space, in: tx)
        case .transferMember(let person, let from, let to, let role, let relationship, let successor):
            try await transfer(person, from, to, role, relationship, successor, &space, in: tx)
        case .moveHousehold(let household, let area, let address):
            try await move(household, area, address, &space, in: tx)
        case .splitHousehold(let household, let members, let claims, let successor):
            try await split(household, members, claims, successor, &space, in: tx)
        case .mergeHouseholds(let survivor, let absorbed):
            try await merge(survivor, absorbed, &space, in: tx)
        case .mergePeople(let survivor, let absorbed, let chosen):
            try await merge(survivor, absorbed, chosen, &space, in: tx)
        case .unmerge(let subject): try await unmerge(subject, &space, in: tx)
        case .deactivate(let subject, let reason): try await setStatus(subject, reason, &space, in: tx)
        case .reactivate(let subject): try await setStatus(subject, nil, &space, in: tx)
        case .recordSurvey(let subject, let code, let version, let answers):
            try await survey(subject, code, version, answers, &space, in: tx)
        case .reportParticipation(let subject, let items):
            try await report(items, of: subject, &space, in: tx)
        case .undo(let id):
            try await undo(id, &space, in: tx)
            undoes = id
        }
        return try await space.commit(kind: command.kind, undoes: undoes, in: tx)
    }

    /// The stored outcome when the key was used before for the same request.
    private func repeated(
        _ terms: CommandTerms, in tx: borrowing Transaction
    ) async throws(RegistryFault) -> Outcome? {
        guard let key = terms.idempotencyKey else { return nil }
        let rows = try await query(
            """
            SELECT request_hash, outcome FROM registry.command
            WHERE actor_id = \(tx.mandate.actor) AND idempotency_key = \(key)
            """, in: tx)
        guard let row = rows.first else { return nil }
        do {
            let hash: [UInt8]? = try row.get(0)
            guard hash == terms.requestHash else { throw RegistryFault.idempotencyMismatch }
            let stored: JSONB = try row.get(1)
            return try Outcome(json: JSON.parse(stored.bytes), isRepeat: true)
        } catch let fault as RegistryFault {
            throw fault
        } catch {
            throw .defect("a stored outcome cannot be read")
        }
    }
}

extension Workspace {
    mutating func readClock(in tx: borrowing Transaction) async throws(RegistryFault) {
        let rows = try await query("SELECT clock_timestamp()", in: tx)
        do {
            now = try rows.first?.get(0) ?? now
        } catch {
            throw .store(error)
        }
    }

    /// Checks claims and contacts, noting what a person can correct.
    mutating func checked(
        _ claims: JSONObject, _ contacts: Contacts, of kind: SubjectKind, at path: FieldPath
    ) -> (JSONObject, Contacts) {
        let clean = context.dictionary.checked(
            claims, of: kind, areas: areas, today: today, at: path, findings: &findings)
        let kept = context.dictionary.checked(contacts, of: kind, at: path, findings: &findings)
        return (clean, kept)
    }
}
