import Foundation
import Groundwork
import Postgres
import Registry

/// One kind alone, whole: nobody is left out for having no household, or for being inactive.
extension Exporter {
    /// Rows read at a time.
    private static let page = 2_000

    func exportKind(
        _ request: ExportRequest, _ sql: ExportSQL, as mandate: Mandate, progress: @Sendable (Int) -> Void,
        telling: ([Subject]) -> Void, to write: ([UInt8]) async throws -> Void
    ) async throws -> Int {
        let pages = Pipe<Rows>(capacity: 2)
        async let reading: Void = readKind(request, sql, into: pages, mandate)
        // Whatever happens here, the reader must not wait for ever to hand over its next page.
        defer { pages.abandon() }
        var lines = try Lines(request, self)
        telling([])
        try await lines.flush(to: write)
        while let rows = await pages.next() {
            try lines.add(rows)
            telling(try Self.subjects(rows, request.content))
            try await lines.flush(to: write)
            progress(lines.count)
        }
        try await reading
        return lines.count
    }

    /// Whose rows they are.
    private static func subjects(_ rows: Rows, _ content: ExportRequest.Content) throws -> [Subject] {
        switch content {
        case .people: return try rows.map { Subject(.person, try $0.get(0)) }
        case .households: return try rows.map { Subject(.household, try $0.get(0)) }
        case .participation:
            return try rows.compactMap { row -> Subject? in
                guard let kind = SubjectKind(rawValue: try row.get(0)) else { return nil }
                return Subject(kind, try row.get(1))
            }
        case .history:
            return try rows.compactMap { row -> Subject? in
                guard let kind = SubjectKind(rawValue: try row.get(1)), let id: UUID = try row.get(2) else {
                    return nil
                }
                return Subject(kind, id)
            }
        }
    }

    private func readKind(
        _ request: ExportRequest, _ sql: ExportSQL, into pages: Pipe<Rows>, _ mandate: Mandate
    ) async throws {
        defer { pages.close() }
        try await database.read(as: mandate) { (tx: borrowing Transaction) async throws -> Void in
            var last: KindPlace?
            while true {
                let rows = try await tx.query(sql.kind(request.content, after: last, limit: Self.page))
                guard let end = rows.last else { return }
                last = try KindPlace(end, request.content)
                guard await pages.send(rows), !Task.isCancelled else { throw IntakeFault.cancelled }
            }
        }
    }

    /// The lines of the kind, whichever it is.
    private enum Lines {
        case rows(KindLines)
        case statements(StatementLines)

        init(_ request: ExportRequest, _ exporter: Exporter) throws {
            switch request.content {
            case .people, .households:
                guard let layout = exporter.layouts["registry_" + request.content.rawValue] else {
                    throw IntakeFault.mappingUnknown(
                        "registry_" + request.content.rawValue, known: exporter.layouts.keys.sorted())
                }
                let mapping = try FileMapping(layout, dictionary: exporter.context.dictionary)
                self = .rows(KindLines(mapping, context: exporter.context, isForSpreadsheet: request.isForSpreadsheet))
            case .participation, .history: self = .statements(StatementLines(request, context: exporter.context))
            }
        }

        var count: Int {
            switch self {
            case .rows(let lines): lines.count
            case .statements(let lines): lines.count
            }
        }

        mutating func add(_ rows: Rows) throws {
            switch self {
            case .rows(var lines):
                try lines.add(rows)
                self = .rows(lines)
            case .statements(var lines):
                try lines.add(rows)
                self = .statements(lines)
            }
        }

        mutating func flush(to write: ([UInt8]) async throws -> Void) async throws {
            let bytes: [UInt8]
            switch self {
            case .rows(var lines):
                bytes = lines.take()
                self = .rows(lines)
            case .statements(var lines):
                bytes = lines.take()
                self = .statements(lines)
            }
            if !bytes.isEmpty { try await write(bytes) }
        }
    }
}

/// Where a page of one kind ended.
struct KindPlace {
    var id: UUID
    var programme: String = ""
    var kind: String = ""
    var key: String = ""

    init(_ row: Row, _ content: ExportRequest.Content) throws {
        guard content == .participation else {
            id = try row.get(0)
            return
        }
        id = try row.get(1)
        (programme, kind, key) = (try row.get(2), try row.get(3), try row.get(4))
    }
}

extension ExportSQL {
    func kind(_ content: ExportRequest.Content, after last: KindPlace?, limit: Int) -> SQL {
        switch content {
        case .people: people(after: last?.id, limit: limit)
        case .households: allHouseholds(after: last?.id, limit: limit)
        case .participation: reports(after: last, limit: limit)
        case .history: statements(after: last?.id, limit: limit)
        }
    }

    /// Whether the subject of that kind and id belongs to what is exported.
    private func belongs(_ kind: SQL, _ id: SQL) -> SQL {
        guard isPart else { return "TRUE" }
        return """
            CASE WHEN \(fragment: kind) = 'household' THEN EXISTS (
                SELECT FROM registry.household AS h WHERE h.id = \(fragment: id) AND \(fragment: chosenHousehold))
            ELSE EXISTS (
                SELECT FROM registry.person AS p WHERE p.id = \(fragment: id) AND \(fragment: chosenPerson)) END
            """
    }

    private func reports(after last: KindPlace?, limit: Int) -> SQL {
        """
        SELECT t.subject_kind, t.subject_id, t.programme, t.kind, t.item_key, t.status, t.from_on::text, t.to_on::text,
            t.amount_minor, t.currency, t.detail,
            LEAST(current_date, COALESCE(t.from_on, t.to_on,
                (SELECT o.observed_on FROM registry.person AS o WHERE o.id = t.subject_id),
                (SELECT o.observed_on FROM registry.household AS o WHERE o.id = t.subject_id)))::text
        FROM registry.participation AS t
        WHERE (t.subject_id, t.programme, t.kind, t.item_key)
                > (\(last?.id ?? UUID.zero), \(last?.programme ?? ""), \(last?.kind ?? ""), \(last?.key ?? ""))
            AND \(fragment: belongs("t.subject_kind", "t.subject_id"))
        ORDER BY t.subject_id, t.programme, t.kind, t.item_key
        LIMIT \(limit)
        """
    }

    private func statements(after last: UUID?, limit: Int) -> SQL {
        """
        SELECT r.id, r.subject_kind, l.subject_id, r.source, r.source_key, r.command_id, r.batch_id, r.observed_on::text,
            r.recorded_at, r.actor_id, r.assurance, a.subject_id, r.membership, r.claims, r.sealed
        FROM registry.source_record AS r
        LEFT JOIN registry.link AS l ON l.record_id = r.id AND l.recorded_to = 'infinity'
        LEFT JOIN registry.link AS a ON a.record_id = r.household_record AND a.recorded_to = 'infinity'
        WHERE r.id > \(last ?? UUID.zero) AND \(fragment: belongs("l.subject_kind", "l.subject_id"))
        ORDER BY r.id
        LIMIT \(limit)
        """
    }
}
