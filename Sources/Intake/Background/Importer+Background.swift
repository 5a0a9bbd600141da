package import Foundation
package import Groundwork
import Postgres

/// What can be known of an import: its job, its batch, or both.
package struct ImportSight: Sendable {
    package var job: ImportJob?
    package var batch: ImportBatch?
}

extension ImportSight {
    package var id: UUID { batch?.id ?? job?.id ?? UUID.zero }

    /// queued, running, finished, failed, abandoned, undone or partly_undone.
    package var state: String {
        guard let batch else { return job?.state.rawValue ?? "queued" }
        // A batch that nobody works on can be gone on with, and is only told to fail when its job did.
        if batch.state == "running", job?.state == .failed { return ImportJob.State.failed.rawValue }
        return batch.state
    }

    package var isOver: Bool { state != "queued" && state != "running" }

    package var standing: ImportStanding? {
        if let job, batch == nil || batch?.state == "running" || job.state == .finished { return ImportStanding(job) }
        return batch.map { ImportStanding($0) } ?? job.map { ImportStanding($0) }
    }
}

extension Importer {
    /// The import of that id, whether it waits, runs or is over.
    package func sight(_ id: UUID, as mandate: Mandate) async throws(IntakeFault) -> ImportSight {
        do {
            let sight = try await database.read(as: mandate) {
                (tx: borrowing Transaction) async throws -> ImportSight in
                let job = try await ImportQueue.find(id, in: tx)
                return ImportSight(job: job, batch: try await BatchStore.batch(job?.batch ?? id, in: tx))
            }
            guard sight.job != nil || sight.batch != nil else { throw IntakeFault.batchNotFound }
            return sight
        } catch {
            throw IntakeFault(any: error)
        }
    }

    /// The newest imports, those that wait among them.
    package func sights(limit: Int, as mandate: Mandate) async throws(IntakeFault) -> [ImportSight] {
        do {
            return try await database.read(as: mandate) { (tx: borrowing Transaction) async throws -> [ImportSight] in
                let batches = try await BatchStore.batches(limit: limit, in: tx)
                let waiting = try await ImportQueue.withoutBatch(limit: limit, in: tx)
                let all = batches.map { ImportSight(job: nil, batch: $0) } + waiting.map { ImportSight(job: $0) }
                func begun(_ sight: ImportSight) -> Date {
                    sight.batch?.startedAt ?? sight.job?.createdAt ?? .distantPast
                }
                return Array(all.sorted { begun($0) > begun($1) }.prefix(limit))
            }
        } catch {
            throw IntakeFault(any: error)
        }
    }

    /// Gives up an import that waits, runs or was stopped; what was applied stays and can be undone.
    package func giveUp(_ id: UUID, as mandate: Mandate) async throws(IntakeFault) {
        do {
            let (wasQueued, batch) = try await database.write(as: mandate) {
                (tx: borrowing Transaction) async throws -> (Bool, UUID) in
                let job = try await ImportQueue.find(id, in: tx)
                return (try await ImportQueue.abandon(id, in: tx), job?.batch ?? id)
            }
            do {
                try await abandon(batch, as: mandate)
            } catch IntakeFault.batchNotFound {
                guard wasQueued else { throw IntakeFault.batchNotFound }
            }
        } catch {
            throw IntakeFault(any: error)
        }
    }
}
