import Documents
import Foundation
import Groundwork
import Postgres
import Registry

/// Puts a chunk into the staging tables by COPY, in a transaction of its own.
struct ChunkStager: Sendable {
    let database: Database
    let mandate: Mandate
    let batch: UUID

    func stage(_ chunk: Chunk) async throws(IntakeFault) {
        do {
            try await database.write(as: mandate) { (tx: borrowing Transaction) async throws -> Void in
                try await copyHouseholds(chunk, in: tx)
                try await copyPeople(chunk, in: tx)
                try await copyIdentifiers(chunk, in: tx)
            }
        } catch {
            throw IntakeFault(any: error)
        }
    }

    private func start(_ writer: inout CopyWriter, _ count: Int, _ chunk: Chunk, _ unit: Int) {
        writer.row(count)
        writer.append(batch)
        writer.append(Int32(truncatingIfNeeded: chunk.number))
        writer.append(Int32(truncatingIfNeeded: unit))
    }

    private func copyHouseholds(_ chunk: Chunk, in tx: borrowing Transaction) async throws {
        let own = ["batch_id", "chunk", "unit", "source_key", "record_id", "content_hash", "claims"]
        let columns = own + UnitPreparer.householdShape.columns
        try await tx.copyIn("intake.staged_household", columns: columns) { writer in
            for unit in chunk.units {
                guard let entry = unit.content?.household else { continue }
                start(&writer, columns.count, chunk, unit.number)
                writer.append(entry.record.sourceKey)
                writer.append(entry.record.id)
                writer.append(entry.hash)
                writer.append(JSONB(JSONText.bytes(entry.record.claims)))
                for cell in entry.cells { writer.append(cell) }
                try await writer.end()
            }
        }
    }

    private func copyPeople(_ chunk: Chunk, in tx: borrowing Transaction) async throws {
        let own = [
            "batch_id", "chunk", "unit", "source_key", "record_id", "household_record", "content_hash", "membership",
            "claims", "name_keys",
        ]
        let columns = own + UnitPreparer.personShape.columns
        try await tx.copyIn("intake.staged_person", columns: columns) { writer in
            for unit in chunk.units {
                guard let content = unit.content else { continue }
                for entry in content.people {
                    start(&writer, columns.count, chunk, unit.number)
                    writer.append(entry.record.sourceKey)
                    writer.append(entry.record.id)
                    writer.append(content.household.record.id)
                    writer.append(entry.hash)
                    writer.append(entry.record.membership.map { JSONB($0.json.serialized()) })
                    writer.append(JSONB(JSONText.bytes(entry.record.claims)))
                    writer.append(entry.nameKeys)
                    for cell in entry.cells { writer.append(cell) }
                    try await writer.end()
                }
            }
        }
    }

    private func copyIdentifiers(_ chunk: Chunk, in tx: borrowing Transaction) async throws {
        let columns = ["batch_id", "chunk", "unit"] + UnitPreparer.identifierShape.columns
        try await tx.copyIn("intake.staged_identifier", columns: columns) { writer in
            for unit in chunk.units {
                for cells in unit.content?.identifiers ?? [] {
                    start(&writer, columns.count, chunk, unit.number)
                    for cell in cells { writer.append(cell) }
                    try await writer.end()
                }
            }
        }
    }
}
