import Audit
import Documents
import Foundation
import Groundwork
import Linkage
import Postgres
import Registry

/// One run of an import: three tasks joined by short queues, so that reading and understanding, COPY, and applying overlap.
struct ImportRun: Sendable {
    let importer: Importer
    let file: RowSource
    let header: FileHeader
    let mapping: FileMapping
    let parameters: [String: String]
    let batch: ImportBatch
    let isFresh: Bool
    /// Whether indexes are left out until the end.
    let isDeferred: Bool
    /// In bytes.
    let fileSize: Int
    let mandate: Mandate
    let tally: Tally

    /// After so many chunks the space of staged rows that are done is given back.
    private static let chunksPerVacuum = 8

    /// What reading the file told about areas.
    struct Places: Sendable {
        /// Rows by area, the most rows first.
        var counts: [AreaCounts]
        var former: [FormerArea]
    }

    func stream() async throws(IntakeFault) -> Places {
        let parsed = Pipe<Chunk>(capacity: 1)
        let staged = Pipe<Chunk>(capacity: 1)
        do {
            async let reading = read(into: parsed)
            async let staging: Void = stage(from: parsed, into: staged)
            try await apply(from: staged)
            let places = try await reading
            try await staging
            if Task.isCancelled { throw IntakeFault.cancelled }
            return places
        } catch {
            throw IntakeFault(any: error)
        }
    }

    private func read(into parsed: Pipe<Chunk>) async throws -> Places {
        defer { parsed.close() }
        let context = importer.context
        let areas = context.areas.index
        let today = importer.today()
        let resolver = AreaResolver(index: areas, names: context.names.normaliser)
        let reader = RowReader(
            header: header, mapping: mapping, parameters: parameters, dictionary: context.dictionary, areas: resolver,
            today: today)
        let preparer = UnitPreparer(
            context: context, areas: areas, source: batch.source, batch: batch.id, actor: mandate.actor,
            header: header, mapping: mapping)
        var assembler = ChunkAssembler(
            reader: reader, preparer: preparer, places: AreaTally(areas), from: batch.start)
        var csv = CSVReader(separator: file.separator)
        var offset = batch.start.offset
        try await file.pieces(from: offset) { piece, consumed throws(IntakeFault) in
            csv.feed(piece) { assembler.take($0) }
            offset += piece.count
            return await send(assembler.takeFinished(), into: parsed, bytes: consumed)
        }
        csv.finish { assembler.take($0) }
        assembler.finish(offset: offset)
        _ = await send(assembler.takeFinished(), into: parsed, bytes: 0)
        let former = resolver.kept.sorted { $0.key < $1.key }.map { FormerArea(area: $0.key, finding: $0.value) }
        return Places(counts: assembler.counts, former: former)
    }

    private func send(_ chunks: [Chunk], into parsed: Pipe<Chunk>, bytes: Int) async -> Bool {
        tally.note { progress in
            progress.bytesRead += bytes
            for chunk in chunks { progress.rowsRead += chunk.rowCount }
        }
        for chunk in chunks {
            guard await parsed.send(chunk) else { return false }
        }
        return true
    }

    private func stage(from parsed: Pipe<Chunk>, into staged: Pipe<Chunk>) async throws {
        defer {
            parsed.abandon()
            staged.close()
        }
        let stager = ChunkStager(database: importer.database, mandate: mandate, batch: batch.id)
        while var chunk = await parsed.next() {
            try await stager.stage(chunk)
            // Where nothing can be known from before, the rows are in the staging tables and nowhere else needed.
            if isFresh { chunk.dropContent() }
            tally.note { $0.rowsStaged += chunk.rowCount }
            let number = chunk.number
            guard await staged.send(chunk) else { return }
            if number % Self.chunksPerVacuum == Self.chunksPerVacuum - 1 { try await vacuum() }
        }
    }

    private func vacuum() async throws {
        try await importer.database.withConnection { connection in
            for table in Importer.stagingTables {
                _ = try await connection.query(SQL(unchecked: "VACUUM (TRUNCATE false) intake.\(table)"))
            }
        }
    }

    private func apply(from staged: Pipe<Chunk>) async throws {
        defer { staged.abandon() }
        var seen: SeenKeys?
        if isFresh, !batch.isDryRun {
            seen = SeenKeys(fileSize: fileSize)
            if batch.start.chunk > 0 { try await seen?.recall(batch, from: importer.database, as: mandate) }
        }
        let applier = ChunkApplier(
            database: importer.database, context: importer.context, mandate: mandate, batch: batch.id,
            source: batch.source, content: mapping.content,
            usesRegistryKeys: mapping.usesRegistryKeys, isFresh: isFresh, isDeferred: isDeferred,
            isDryRun: batch.isDryRun,
            today: importer.today(),
            seen: seen)
        while let chunk = await staged.next() {
            try await putOnRecord(chunk)
            let counts = try await applier.apply(chunk)
            tally.note {
                $0.rowsDone += counts.rowsRead
                $0.rowsQuarantined += counts.rowsQuarantined
            }
        }
    }

    /// Before the chunk is applied: a change without an entry must not be, an entry without a change harms nobody.
    private func putOnRecord(_ chunk: Chunk) async throws {
        guard !batch.isDryRun else { return }
        try await importer.audit?.record([
            AuditEntry(
                at: Date(), actor: mandate.actor, operation: "import of \(mapping.content.rawValue)",
                purpose: mandate.purpose, trace: mandate.trace, client: batch.source, command: chunk.command)
        ])
    }
}
