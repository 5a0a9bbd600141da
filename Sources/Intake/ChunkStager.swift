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
                try await copyStatements(chunk, in: tx)
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
                guard let content = unit.content, let household = content.household else { continue }
                for entry in content.people {
                    start(&writer, columns.count, chunk, unit.number)
                    writer.append(entry.record.sourceKey)
                    writer.append(entry.record.id)
                    writer.append(household.record.id)
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

    /// People and reports of linked files: what the database must know to find whom they speak of.
    private func copyStatements(_ chunk: Chunk, in tx: borrowing Transaction) async throws {
        guard chunk.units.contains(where: { $0.content.map { $0.household == nil && $0.code == nil } ?? false }) else {
            return
        }
        let columns = [
            "batch_id", "chunk", "unit", "subject_kind", "source_key", "about_kind", "about_key", "record_id",
            "content_hash", "observed_on", "claims", "programme", "kind", "item_key", "status", "from_on", "to_on",
            "amount_minor", "currency", "detail",
        ]
        try await tx.copyIn("intake.staged_statement", columns: columns) { writer in
            for unit in chunk.units {
                guard let content = unit.content, content.household == nil else { continue }
                if let report = content.report {
                    start(&writer, columns.count, chunk, unit.number)
                    append(report.record, report.hash, content.about, &writer)
                    writer.append(JSONB(JSONText.bytes(report.record.claims)))
                    append(report.item, &writer)
                    try await writer.end()
                }
                for person in content.people {
                    start(&writer, columns.count, chunk, unit.number)
                    append(person.record, person.hash, content.about, &writer)
                    writer.append(JSONB(Array("{}".utf8)))
                    for _ in 0..<9 { writer.append(String?.none) }
                    try await writer.end()
                }
            }
        }
    }

    private func append(
        _ record: SourceRecord, _ hash: [UInt8], _ about: PreparedUnit.About?, _ writer: inout CopyWriter
    ) {
        writer.append(record.kind.rawValue)
        writer.append(record.sourceKey)
        writer.append(about?.kind.rawValue)
        writer.append(about?.key)
        writer.append(record.id)
        writer.append(hash)
        writer.append(record.observedOn)
    }

    private func append(_ item: Participation, _ writer: inout CopyWriter) {
        writer.append(item.programme)
        writer.append(item.kind.rawValue)
        writer.append(item.key)
        writer.append(item.status)
        writer.append(item.from)
        writer.append(item.to)
        writer.append(item.amount?.minorUnits)
        writer.append(item.amount?.currency)
        writer.append(JSONB(JSONText.bytes(item.detail)))
    }
}
