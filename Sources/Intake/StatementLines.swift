import Documents
import Foundation
import Groundwork
import Postgres
import Registry

/// Lines of what programmes reported, and of the statements from which everything follows, as CSV or as objects.
struct StatementLines {
    private let isOfHistory: Bool
    private let context: RegistryContext
    private var csv: CSVWriter?
    private var json = JSONWriter(capacity: 1 << 19)
    private(set) var count = 0

    static let participation: [String] = [
        "household_key", "person_key", "programme", "kind", "key", "status", "from", "to", "amount_minor", "currency",
        "detail", "observed_on",
    ]
    static let history: [String] = [
        "id", "subject_kind", "subject", "source", "source_key", "command", "batch", "observed_on", "recorded_at",
        "actor", "assurance", "household", "membership", "claims", "contacts",
    ]

    init(_ request: ExportRequest, context: RegistryContext) {
        self.context = context
        isOfHistory = request.content == .history
        guard request.form == .csv else { return }
        var writer = CSVWriter.export(isForSpreadsheet: request.isForSpreadsheet)
        writer.row(isOfHistory ? Self.history : Self.participation)
        csv = writer
    }

    mutating func take() -> [UInt8] { csv?.take() ?? json.take() }

    mutating func add(_ rows: Rows) throws {
        for row in rows {
            count += 1
            let cells = try isOfHistory ? statement(row) : report(row)
            let names = isOfHistory ? Self.history : Self.participation
            if csv != nil {
                for cell in cells { csv?.field(cell.isNull ? "" : cell.cell) }
                csv?.endRow()
                continue
            }
            json.beginObject()
            for (name, cell) in zip(names, cells) where !cell.isNull { json.member(name, cell) }
            json.endObject()
            json.endLine()
        }
    }

    private func text(_ value: String?) -> JSON { value.map { .string($0) } ?? .null }

    private func report(_ row: Row) throws -> [JSON] {
        let isOfPerson = try row.get(0, as: String.self) == SubjectKind.person.rawValue
        let subject = JSON.string(try row.get(1, as: UUID.self).lowercased)
        let minor: Int64? = try row.get(8)
        let detail = try JSON.parse(try row.get(10, as: JSONB.self).bytes)
        return [
            isOfPerson ? .null : subject, isOfPerson ? subject : .null, text(try row.get(2)), text(try row.get(3)),
            text(try row.get(4)), text(try row.get(5)), text(try row.get(6)), text(try row.get(7)),
            minor.map { .number(JSONNumber(Int($0))) } ?? .null, text(try row.get(9)),
            detail.object?.count == 0 ? .null : detail, text(try row.get(11)),
        ]
    }

    private func statement(_ row: Row) throws -> [JSON] {
        let (subject, batch, household): (UUID?, UUID?, UUID?) = (try row.get(2), try row.get(6), try row.get(11))
        let membership: JSONB? = try row.get(12)
        let contacts = try ExportedHousehold.opened(try row.get(14), context)
        return [
            .string(try row.get(0, as: UUID.self).lowercased), text(try row.get(1)), text(subject?.lowercased),
            text(try row.get(3)), text(try row.get(4)), .string(try row.get(5, as: UUID.self).lowercased),
            text(batch?.lowercased), text(try row.get(7)), .instant(try row.get(8)),
            .string(try row.get(9, as: UUID.self).lowercased), text(try row.get(10)), text(household?.lowercased),
            try membership.map { try JSON.parse($0.bytes) } ?? .null,
            try JSON.parse(try row.get(13, as: JSONB.self).bytes), contacts.isEmpty ? .null : contacts.json,
        ]
    }
}
