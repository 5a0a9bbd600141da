import Documents
package import Foundation
package import Groundwork
import Postgres
package import Registry

/// What undoing an import did.
package struct UndoReport: Sendable {
    package var batch: UUID
    /// undone, or partly_undone when subjects with later changes were kept.
    package var state: String
    /// Subjects that have no statement left.
    package var householdsWithdrawn: Int = 0
    package var peopleWithdrawn: Int = 0
    /// Subjects that are again what they were before the import.
    package var householdsRestored: Int = 0
    package var peopleRestored: Int = 0
    /// Subjects kept, with their whole households, because somebody changed them later; at most 1,000 are named.
    package var kept: [Subject] = []
    package var keptCount: Int = 0
}

extension Importer {
    /// Undoes an import chunk by chunk, the last first: its statements lose their links, and what followed from them is
    /// derived anew.
    ///
    /// A household in which anybody was changed later is kept whole and reported; undo the later change and call again.
    /// Calling again after a stop goes on.
    /// - Throws: `.batchNotFinished` for one that is running, `.alreadyUndone`.
    package func undo(
        _ batch: UUID, as mandate: Mandate, progress: @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) async throws(IntakeFault) -> UndoReport {
        try await FirstLoad(database: database, mandate: mandate).end()
        do {
            let chunks = try await undoable(batch, mandate)
            var report = UndoReport(batch: batch, state: "undone")
            for (done, chunk) in chunks.enumerated() {
                progress(done, chunks.count)
                if Task.isCancelled { throw IntakeFault.cancelled }
                let part = try await database.write(as: mandate) {
                    (tx: borrowing Transaction) async throws -> ChunkUndo.Result in
                    try await ChunkUndo(
                        context: context, batch: batch, chunk: chunk.number, command: chunk.command, today: today()
                    ).run(in: tx)
                }
                report.add(part)
            }
            report.state = report.keptCount == 0 ? "undone" : "partly_undone"
            let state = report.state
            try await database.write(as: mandate) { (tx: borrowing Transaction) async throws -> Void in
                try await Self.close(batch, state: state, in: tx)
                try await refreshAreas(in: tx)
            }
            progress(chunks.count, chunks.count)
            return report
        } catch {
            throw IntakeFault(any: error)
        }
    }

    private func undoable(_ id: UUID, _ mandate: Mandate) async throws -> [(number: Int, command: CommandID)] {
        try await database.read(as: mandate) {
            (tx: borrowing Transaction) async throws -> [(number: Int, command: CommandID)] in
            guard let batch = try await BatchStore.batch(id, in: tx) else { throw IntakeFault.batchNotFound }
            guard batch.state != "undone" else { throw IntakeFault.alreadyUndone }
            guard batch.state != "running" else { throw IntakeFault.batchNotFinished }
            let rows = try await tx.query(
                """
                SELECT number, command_id FROM intake.import_chunk
                WHERE batch_id = \(id) AND command_id IS NOT NULL AND undone_by IS NULL
                ORDER BY number DESC
                """)
            return try rows.map { (try $0.get(0), ID(try $0.get(1, as: UUID.self))) }
        }
    }

    private static func close(_ id: UUID, state: String, in tx: borrowing Transaction) async throws {
        guard let batch = try await BatchStore.batch(id, in: tx),
            let now: Date = try await tx.query("SELECT clock_timestamp()").first?.get(0)
        else { throw IntakeFault.batchNotFound }
        let change: SQL = """
            UPDATE intake.import_batch SET state = \(state), undone_at = \(now), updated_at = \(now)
            WHERE id = \(id)
            """
        _ = try await tx.query(
            all: [change] + BatchStore.announcement(.importUndone, of: batch, now: now, tx.mandate))
    }
}

extension UndoReport {
    mutating func add(_ part: ChunkUndo.Result) {
        householdsWithdrawn += part.householdsWithdrawn
        peopleWithdrawn += part.peopleWithdrawn
        householdsRestored += part.householdsRestored
        peopleRestored += part.peopleRestored
        keptCount += part.kept.count
        kept += part.kept.prefix(max(0, 1000 - kept.count))
    }
}
