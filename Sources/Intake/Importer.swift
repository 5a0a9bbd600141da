package import Audit
package import Documents
package import Foundation
package import Groundwork
package import Postgres
package import Registry
import Synchronization

/// A file to be imported.
package struct ImportRequest: Sendable {
    package var path: String
    /// Who states what the file says; source and key together name a person or household for ever.
    package var source: String
    /// Everything but applying.
    package var isDryRun: Bool
    /// Where lines held back are written, to be mended and sent again; nil to write none.
    package var quarantineFile: String?
    /// Name to be shown where it is not the path's, as for an upload.
    package var fileName: String?
    /// Identity of the import, for one that is asked for before it begins; nil to draw one.
    package var id: UUID?
    /// Code of the layout; nil for the plain one.
    package var mapping: String?
    /// What the layout wants to be told beside the file, by name.
    package var parameters: [String: String] = [:]
    /// What the text is in, where the file does not show it rightly.
    package var encoding: TextEncoding?
    /// An ASCII character between cells, where the file does not show it rightly.
    package var separator: UInt8?
    /// Name of the sheet of a workbook that has several.
    package var sheet: String?

    package init(
        path: String, source: String, isDryRun: Bool = false, quarantineFile: String? = nil, fileName: String? = nil,
        id: UUID? = nil, mapping: String? = nil, parameters: [String: String] = [:], encoding: TextEncoding? = nil,
        separator: UInt8? = nil, sheet: String? = nil
    ) {
        (self.path, self.source, self.isDryRun) = (path, source, isDryRun)
        (self.quarantineFile, self.fileName, self.id) = (quarantineFile, fileName, id)
        (self.mapping, self.parameters) = (mapping, parameters)
        (self.encoding, self.separator, self.sheet) = (encoding, separator, sheet)
    }

    var shownName: String { fileName ?? URL(fileURLWithPath: path).lastPathComponent }
}

/// Brings files into the registry: read and understood as a stream, staged by COPY, checked set-based, applied in
/// chunks of whole households.
///
/// The unit is the household: a household with a bad line goes to quarantine whole. Every chunk is one transaction and one
/// command; a batch that was stopped goes on where it stopped when the same file comes again, and what the source had said
/// before with the same content is left alone.
package struct Importer: Sendable {
    let database: Database
    let context: RegistryContext
    /// The layout of a file whose sender names none.
    package let mapping: FileMapping
    /// The profile's layouts by code, checked when they are used.
    let layouts: [String: JSON]
    let today: @Sendable () -> CalendarDate
    /// In bytes: from this size on the first file of an empty registry is loaded without the indexes it does not need.
    let firstLoadSize: Int
    /// Where each chunk is put on record before it is applied; nil where nothing keeps a record.
    let audit: AuditWriter?

    /// - Parameters:
    ///   - today: the day against which dates in the file are held.
    ///   - audit: where each chunk is put on record.
    ///   - firstLoadSize: in bytes; below it the first file of an empty registry is not worth rebuilding indexes.
    package init(
        database: Database, context: RegistryContext, mapping: FileMapping, layouts: [String: JSON] = [:],
        firstLoadSize: Int = 1 << 20, audit: AuditWriter? = nil, today: @escaping @Sendable () -> CalendarDate
    ) {
        (self.database, self.context, self.mapping, self.today) = (database, context, mapping, today)
        (self.layouts, self.firstLoadSize, self.audit) = (layouts, firstLoadSize, audit)
    }

    /// The layout of that code.
    ///
    /// - Throws: `.mappingUnknown`, or `.mapping` with what is wrong with it.
    package func layout(_ code: String?) throws(IntakeFault) -> FileMapping {
        guard let code, code != mapping.code else { return mapping }
        guard let layout = layouts[code] else {
            throw .mappingUnknown(code, known: Set(layouts.keys).union([mapping.code]).sorted())
        }
        return try FileMapping(layout, dictionary: context.dictionary)
    }

    /// The same importer with another layout where a sender names none.
    ///
    /// - Throws: `UploadFault.layoutUnknown`, or `IntakeFault.mapping` with what is wrong with it.
    package func with(layout code: String) throws -> Importer {
        guard code == mapping.code || layouts[code] != nil else { throw UploadFault.layoutUnknown(code) }
        return Importer(
            database: database, context: context, mapping: try layout(code), layouts: layouts,
            firstLoadSize: firstLoadSize, audit: audit, today: today)
    }

    /// Imports a file, or goes on with one that was stopped; two database sessions at most.
    ///
    /// - Parameter progress: called after every piece read and every chunk staged or done, from several tasks.
    /// - Throws: one clear fault for a file that is none of this layout; `.cancelled` when the task is cancelled, after
    ///   which the same call goes on.
    package func run(
        _ request: ImportRequest, as mandate: Mandate,
        progress: @escaping @Sendable (ImportProgress) -> Void = { _ in }
    ) async throws(IntakeFault) -> ImportReport {
        let clock = ContinuousClock()
        let began = clock.now
        let mapping = try layout(request.mapping)
        let parameters = try mapping.parameters(request.parameters)
        let file = try await RowSource(request, mapping: mapping)
        let header = try FileHeader(
            prefix: file.prefix, isWhole: file.isWhole, separator: file.separator, format: file.format,
            mapping: mapping)
        let (batch, isFresh) = try await begin(
            request, file, reading: file.reading(with: parameters), header: header, mapping, mandate)
        let load = FirstLoad(database: database, mandate: mandate)
        let isDeferred = try await load.begin(batch, isWorthIt: isFresh && file.textSize >= firstLoadSize)
        let run = ImportRun(
            importer: self, file: file, header: header, mapping: mapping, parameters: parameters, batch: batch,
            isFresh: isFresh, isDeferred: isDeferred, fileSize: file.textSize, mandate: mandate,
            tally: Tally(size: file.size, start: batch, progress))
        let places: ImportRun.Places
        do {
            places = try await run.stream()
        } catch {
            // The file can come again, or never.
            try? await load.end()
            throw error
        }
        try await load.end()
        let quarantine = request.quarantineFile
        let (done, rules) = try await finish(batch, mandate)
        if !batch.isDryRun { try await refreshStatistics(after: done.counts) }
        var detected = file.detected
        detected.bound = header.names.filter { mapping.knownColumns.contains($0) }
        detected.lacking = mapping.knownColumns.subtracting(header.names).sorted()
        var written: String?
        if let quarantine, done.counts.rowsQuarantined > 0 {
            try await writeQuarantine(batch.id, header: header, to: quarantine, mandate)
            written = quarantine
        }
        return ImportReport(
            batch: batch.id, source: batch.source, fileName: batch.fileName, state: done.state,
            isDryRun: batch.isDryRun, isResumed: batch.start.chunk > 0, counts: done.counts, rules: rules,
            unknownColumns: header.unknown, quarantineFile: written, seconds: (clock.now - began) / .seconds(1),
            mapping: mapping.code, mappingTitle: mapping.title, detected: detected,
            areas: places.counts, formerAreas: places.former)
    }

    /// Finds the batch to go on with or makes one; tells whether the source is new to the registry.
    private func begin(
        _ request: ImportRequest, _ file: RowSource, reading: JSON, header: FileHeader, _ mapping: FileMapping,
        _ mandate: Mandate
    ) async throws(IntakeFault) -> (ImportBatch, isFresh: Bool) {
        do {
            return try await database.write(as: mandate) {
                (tx: borrowing Transaction) async throws -> (ImportBatch, isFresh: Bool) in
                let batch: ImportBatch
                if let id = request.id, let begun = try await BatchStore.batch(id, in: tx) {
                    guard begun.fileHash == file.hash else { throw IntakeFault.fileChanged }
                    guard begun.state == "running" else { throw IntakeFault.batchTaken }
                    batch = begun
                } else if !request.isDryRun, let running = try await BatchStore.running(source: request.source, in: tx)
                {
                    guard running.fileHash == file.hash else {
                        throw IntakeFault.sourceBusy(batch: running.id.lowercased)
                    }
                    batch = running
                } else {
                    batch = try await BatchStore.insert(
                        request, file, reading: reading, header: header, mapping: mapping, in: tx)
                }
                guard batch.mapping == mapping.code, batch.mappingVersion == mapping.version else {
                    throw IntakeFault.otherMapping(batch.mapping, batch: batch.id.lowercased)
                }
                guard batch.reading == nil || batch.reading == reading else {
                    throw IntakeFault.otherReading(batch: batch.id.lowercased)
                }
                for table in Self.stagingTables {
                    _ = try await tx.query(
                        "DELETE FROM intake.\(unchecked: table) WHERE batch_id = \(batch.id)")
                }
                let known = try await tx.query(
                    """
                    SELECT EXISTS (
                        SELECT 1 FROM registry.source_record
                        WHERE source = \(request.source) AND batch_id IS DISTINCT FROM \(batch.id))
                    """)
                try await refreshAreas(in: tx)
                guard !mapping.content.isLinked, !mapping.usesRegistryKeys else { return (batch, isFresh: false) }
                return (batch, isFresh: try known.first.map { try !$0.get(0, as: Bool.self) } ?? true)
            }
        } catch {
            throw IntakeFault(any: error)
        }
    }

    static let stagingTables: [String] = [
        "staged_household", "staged_person", "staged_identifier", "staged_statement",
    ]

    /// Takes over codes of areas that another import brought since the areas were read.
    func refreshAreas(in tx: borrowing Transaction) async throws {
        let mark: String? = try await tx.query(AreaIndex.codeMark).first?.get(0)
        guard mark != context.areas.index.codeMark else { return }
        context.areas.replace(try await AreaIndex.load(in: tx))
    }

    private func finish(
        _ batch: ImportBatch, _ mandate: Mandate
    ) async throws(IntakeFault) -> (ImportBatch, rules: [(code: String, lines: Int)]) {
        do {
            try await database.write(as: mandate) { (tx: borrowing Transaction) async throws -> Void in
                try await BatchStore.finish(batch, in: tx)
                try await refreshAreas(in: tx)
            }
            return try await database.read(as: mandate) {
                (tx: borrowing Transaction) async throws -> (ImportBatch, rules: [(code: String, lines: Int)]) in
                guard let done = try await BatchStore.batch(batch.id, in: tx) else { throw IntakeFault.batchNotFound }
                return (done, rules: try await Quarantine.rules(of: batch.id, in: tx))
            }
        } catch {
            throw IntakeFault(any: error)
        }
    }
}

extension Importer {
    /// One import as stored.
    package func batch(_ id: UUID, as mandate: Mandate) async throws(IntakeFault) -> ImportBatch {
        do {
            let batch = try await database.read(as: mandate) {
                (tx: borrowing Transaction) async throws -> ImportBatch? in
                try await BatchStore.batch(id, in: tx)
            }
            guard let batch else { throw IntakeFault.batchNotFound }
            return batch
        } catch {
            throw IntakeFault(any: error)
        }
    }

    /// The newest imports.
    package func batches(limit: Int = 50, as mandate: Mandate) async throws(IntakeFault) -> [ImportBatch] {
        do {
            return try await database.read(as: mandate) {
                (tx: borrowing Transaction) async throws -> [ImportBatch] in
                try await BatchStore.batches(limit: limit, in: tx)
            }
        } catch {
            throw IntakeFault(any: error)
        }
    }

    /// Gives an unfinished import up, so that another file of the source can come; what was applied stays and can be undone.
    package func abandon(_ id: UUID, as mandate: Mandate) async throws(IntakeFault) {
        do {
            try await database.write(as: mandate) { (tx: borrowing Transaction) async throws -> Void in
                let rows = try await tx.query(
                    """
                    UPDATE intake.import_batch SET state = 'abandoned', updated_at = clock_timestamp()
                    WHERE id = \(id) AND state = 'running'
                    """)
                guard rows.affected == 1 else { throw IntakeFault.batchNotFound }
                // What was staged lies there in clear.
                for table in Self.stagingTables + ["seen_key"] {
                    _ = try await tx.query("DELETE FROM intake.\(unchecked: table) WHERE batch_id = \(id)")
                }
            }
            try await FirstLoad(database: database, mandate: mandate).end()
        } catch {
            throw IntakeFault(any: error)
        }
    }
}

/// Counts of an import under way, told to whoever wants to see them.
final class Tally: Sendable {
    private let progress: Mutex<ImportProgress>
    private let tell: @Sendable (ImportProgress) -> Void

    init(size: Int, start: ImportBatch, _ tell: @escaping @Sendable (ImportProgress) -> Void) {
        var progress = ImportProgress()
        progress.batch = start.id
        progress.bytesTotal = size
        progress.bytesRead = start.start.offset
        progress.rowsRead = start.counts.rowsRead
        progress.rowsStaged = start.counts.rowsRead
        progress.rowsDone = start.counts.rowsRead
        progress.rowsQuarantined = start.counts.rowsQuarantined
        self.progress = Mutex(progress)
        self.tell = tell
    }

    func note(_ change: (inout ImportProgress) -> Void) {
        let now = progress.withLock { progress in
            change(&progress)
            return progress
        }
        tell(now)
    }
}
