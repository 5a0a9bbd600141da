import Documents
import Foundation
import Groundwork
import Postgres
import Registry

/// Undoes one chunk of an import in one transaction.
struct ChunkUndo {
    struct Result: Sendable {
        var householdsWithdrawn = 0
        var peopleWithdrawn = 0
        var householdsRestored = 0
        var peopleRestored = 0
        var kept: [Subject] = []
    }

    let context: RegistryContext
    let batch: UUID
    let chunk: Int
    /// The command that applied the chunk.
    let command: CommandID
    let today: CalendarDate

    func run(in tx: borrowing Transaction) async throws -> Result {
        let groups = try await groups(in: tx)
        let free = groups.filter { !$0.isKept }
        let taken = try await taken(in: tx)
        let (alone, shared) = (free.filter(\.standsAlone), free.filter { !$0.standsAlone })
        var result = Result()
        result.kept = groups.filter(\.isKept).flatMap { $0.items.map(\.subject) } + taken.byOthers
        let undoing = CommandID()
        guard let now: Date = try await tx.query("SELECT clock_timestamp()").first?.get(0) else {
            throw IntakeFault.defect("the database has no clock")
        }
        var statements: [SQL] = [
            commandRow(undoing, now: now, tx.mandate), "DELETE FROM registry.area_code WHERE command_id = \(command)",
        ]
        if !alone.isEmpty {
            let withdrawal = Withdrawal(
                command: undoing, undone: command, now: now, today: today, mandate: tx.mandate, context: context,
                items: alone.flatMap(\.items))
            result.householdsWithdrawn += withdrawal.households.count
            result.peopleWithdrawn += withdrawal.people.count
            statements += try await withdrawal.statements(in: tx)
        }
        if !shared.isEmpty {
            statements += try await restore(shared, taken, undoing, now: now, &result, in: tx)
        }
        if result.kept.isEmpty {
            statements.append(
                """
                UPDATE intake.import_chunk SET undone_by = \(undoing)
                WHERE batch_id = \(batch) AND number = \(chunk)
                """)
        }
        _ = try await tx.query(all: statements)
        return result
    }

    /// Subjects whom others spoke of too: their other statements are folded anew.
    private func restore(
        _ groups: [Group], _ taken: Taken, _ undoing: CommandID, now: Date, _ result: inout Result,
        in tx: borrowing Transaction
    ) async throws -> [SQL] {
        var fold = Fold(context: context, command: undoing, now: now)
        let items = groups.flatMap(\.items)
        let undone = Set(items.map(\.record))
        let returning = taken.fromOthers.filter { undone.contains($0.inFavourOf) }
        let subjects = Set(items.map(\.subject)).union(returning.map(\.home))
        try await fold.load(
            people: subjects.filter { $0.kind == .person }.map { ID($0.id) },
            households: subjects.filter { $0.kind == .household }.map { ID($0.id) } + groups.map { ID($0.home) }, in: tx
        )
        for item in items { fold.remove(item.record, from: item.subject) }
        for item in returning { fold.giveBack(item.record, to: item.home) }
        for subject in subjects.sorted() {
            fold.state(
                Note.record(of: command, about: subject, by: undoing, now: now, today, tx.mandate), about: subject)
        }
        try await fold.derive(in: tx)
        try await fold.number(in: tx)
        for id in fold.changedPeople where subjects.contains(.person(id)) {
            if fold.people[id]?.after == nil { result.peopleWithdrawn += 1 } else { result.peopleRestored += 1 }
        }
        for id in fold.changedHouseholds where subjects.contains(.household(id)) {
            if fold.households[id]?.after == nil {
                result.householdsWithdrawn += 1
            } else {
                result.householdsRestored += 1
            }
        }
        return fold.statements(tx.mandate)
    }

    private func commandRow(_ undoing: CommandID, now: Date, _ mandate: Mandate) -> SQL {
        let outcome: JSON = [
            "command": .string(undoing.description), "main": .string(batch.lowercased),
            "chunk": JSON(integerLiteral: chunk),
        ]
        // A command is undone once; what was kept and undone later has no second mark.
        return """
            INSERT INTO registry.command (id, kind, actor_id, purpose, trace, recorded_at, undoes, outcome)
            SELECT \(undoing), 'import.undo', \(mandate.actor), \(mandate.purpose.rawValue),
                \(mandate.trace.description), \(now),
                CASE WHEN NOT EXISTS (SELECT 1 FROM registry.command WHERE undoes = \(command)) THEN \(command)::uuid END,
                \(JSONB(outcome.serialized()))
            """
    }
}

/// The note by which an undone statement leaves a trace with its subject.
enum Note {
    static func record(
        of undone: CommandID, about subject: Subject, by command: CommandID, now: Date, _ today: CalendarDate,
        _ mandate: Mandate
    ) -> SourceRecord {
        SourceRecord(
            kind: subject.kind, source: "desk", sourceKey: subject.id.lowercased, command: command, observedOn: today,
            recordedAt: now, actor: mandate.actor, claims: ["undoes": .string(undone.description)])
    }
}
