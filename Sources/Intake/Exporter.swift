package import Documents
import Foundation
package import Groundwork
package import Postgres
package import Registry
package import Search

/// What is to be exported, and how.
package struct ExportRequest: Sendable {
    package enum Form: String, Sendable, CaseIterable {
        /// The plain layout: one line per person, lines of a household together; it can be imported again.
        case csv
        /// One JSON object per line.
        case ndjson
    }

    package enum Content: String, Sendable, CaseIterable {
        case people, households
        /// What programmes reported.
        case participation
        /// The statements from which everything follows, as they were made.
        case history
    }

    package var form: Form
    /// An object or line per person, per household (in NDJSON with its members), per enrolment or benefit, or per
    /// statement.
    package var content: Content
    /// Whether it is the plain layout, which holds active households with their members.
    package let isPlain: Bool
    /// The areas to export, with all below them; nil for the whole registry.
    package var area: Area?
    /// Who is meant; nil for everybody.
    package var chosen: Chosen?
    /// In the plain layout, write the keys of this source where it stated something, so that the file can come back as the
    /// source's own; nil for the registry's ids.
    package var source: String?
    /// In CSV, guard cells that a spreadsheet would run as formulas, and begin with the mark by which it knows UTF-8; the
    /// reader of imports takes both off again.
    package var isForSpreadsheet: Bool = false

    /// A cohort: people or households that fit.
    ///
    /// The plain layout and households hold whole households, those that fit or of which a member does. Lines of people
    /// hold the people who fit, or who live in a household that does.
    package struct Chosen: Sendable {
        package var subject: SubjectKind
        package var query: RegistryQuery
        /// The day on which ages are told.
        package var today: CalendarDate

        package init(_ subject: SubjectKind, _ query: RegistryQuery, today: CalendarDate) {
            (self.subject, self.query, self.today) = (subject, query, today)
        }
    }

    package init(
        form: Form, content: Content? = nil, area: Area? = nil, chosen: Chosen? = nil, source: String? = nil
    ) {
        (self.form, self.content, isPlain) = (form, content ?? .people, form == .csv && content == nil)
        (self.area, self.chosen, self.source) = (area, chosen, source)
    }

    /// Whether whole households are written.
    var isOfHouseholds: Bool { isPlain || form == .ndjson && content == .households }
    /// Whether it is one kind alone, row by row.
    var isOfKind: Bool { !isPlain && (form == .csv || content == .participation || content == .history) }
}

extension CSVWriter {
    /// For files that come back cell by cell as they were.
    static func export(separator: UInt8 = UInt8(ascii: ","), isForSpreadsheet: Bool) -> CSVWriter {
        CSVWriter(
            separator: separator, lineEnd: .lf, guardsFormulas: isForSpreadsheet, keepsGuards: true,
            hasByteOrderMark: isForSpreadsheet)
    }
}

/// Rows on their way from the database to the writer.
private enum ExportBatch: Sendable {
    case households(Rows, members: Rows, keys: Rows?)
    /// People without a household.
    case single(Rows)

    /// Whose rows they are.
    var subjects: [Subject] {
        get throws {
            switch self {
            case .households(let rows, let members, _):
                try rows.map { Subject(.household, try $0.get(0)) } + members.map { Subject(.person, try $0.get(0)) }
            case .single(let rows): try rows.map { Subject(.person, try $0.get(0)) }
            }
        }
    }
}

/// Writes the registry, or a part of it, in open formats: the way out of any lock-in.
///
/// Everything is read on one snapshot, some thousand households at a time; while some are written the next are read.
package struct Exporter: Sendable {
    let database: Database
    let context: RegistryContext
    let mapping: FileMapping
    /// The profile's layouts by code; those of single kinds are among them.
    let layouts: [String: JSON]

    package init(
        database: Database, context: RegistryContext, mapping: FileMapping, layouts: [String: JSON] = [:]
    ) {
        (self.database, self.context, self.mapping, self.layouts) = (database, context, mapping, layouts)
    }

    /// Households read at a time.
    private static let batchSize = 1_000
    /// Batches that may wait for the writer.
    private static let ahead = 2

    /// Exports in the plain layout active households with their members; in NDJSON also what is inactive, and people
    /// without a household; and kinds alone, whole.
    ///
    /// - Parameters:
    ///   - telling: gets, before each piece, the people and households whose data is in it.
    ///   - write: gets pieces of some hundred kB; the next piece is made when it returns.
    ///   - progress: gets the number of lines written so far.
    /// - Returns: the number of lines, the header not counted.
    package func export(
        _ request: ExportRequest, as mandate: Mandate, progress: @Sendable (Int) -> Void = { _ in },
        telling: @Sendable ([Subject]) -> Void = { _ in }, to write: ([UInt8]) async throws -> Void
    ) async throws(IntakeFault) -> Int {
        do {
            let sql = try ExportSQL(request, Searcher(context: context))
            if request.isOfKind {
                return try await exportKind(request, sql, as: mandate, progress: progress, telling: telling, to: write)
            }
            let batches = Pipe<ExportBatch>(capacity: Self.ahead)
            async let reading: Void = read(request, sql, into: batches, mandate)
            // Whatever happens here, the reader must not wait for ever to hand over its next batch.
            defer { batches.abandon() }
            var page = ExportPage(request: request, context: context, mapping: mapping)
            telling([])
            try await page.flush(to: write)
            while let batch = await batches.next() {
                switch batch {
                case .households(let rows, let members, let keys):
                    try page.add(households: rows, members: members, keys: keys)
                case .single(let rows): try page.add(single: rows)
                }
                telling(try batch.subjects)
                try await page.flush(to: write)
                progress(page.lines)
            }
            try await reading
            return page.lines
        } catch {
            throw IntakeFault(any: error)
        }
    }

    private func read(
        _ request: ExportRequest, _ sql: ExportSQL, into batches: Pipe<ExportBatch>, _ mandate: Mandate
    ) async throws {
        defer { batches.close() }
        try await database.read(as: mandate) { (tx: borrowing Transaction) async throws -> Void in
            try await households(sql, into: batches, in: tx)
            if !request.isOfHouseholds { try await single(sql, into: batches, in: tx) }
        }
    }

    private func households(
        _ sql: ExportSQL, into batches: Pipe<ExportBatch>, in tx: borrowing Transaction
    ) async throws {
        var next = try await tx.query(sql.households(after: nil, limit: Self.batchSize))
        while !next.isEmpty {
            let batch = next
            let ids = try batch.map { try $0.get(0, as: UUID.self) }
            let last = try ExportSQL.Place(batch[batch.count - 1])
            var questions = [sql.members(of: ids), sql.households(after: last, limit: Self.batchSize)]
            if let keys = sql.keys(of: ids) { questions.append(keys) }
            let results = try await tx.query(all: questions)
            try await send(
                .households(batch, members: results[0], keys: results.count > 2 ? results[2] : nil), into: batches)
            next = results[1]
        }
    }

    /// People without a household.
    private func single(
        _ sql: ExportSQL, into batches: Pipe<ExportBatch>, in tx: borrowing Transaction
    ) async throws {
        var last: UUID?
        while true {
            let rows = try await tx.query(sql.single(after: last, limit: Self.batchSize))
            guard let end = rows.last else { return }
            last = try end.get(0)
            try await send(.single(rows), into: batches)
        }
    }

    private func send(_ batch: ExportBatch, into batches: Pipe<ExportBatch>) async throws {
        guard await batches.send(batch), !Task.isCancelled else { throw IntakeFault.cancelled }
    }
}
