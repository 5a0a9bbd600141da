import Cryptography
import Documents
package import Foundation
package import Groundwork
import Postgres
import Registry

/// Lines held back, sealed in the database and written out as a file that can be mended and sent again.
enum Quarantine {
    static let context = "quarantine"

    /// Lines by code of the finding, the most frequent first.
    static func rules(of batch: UUID, in tx: borrowing Transaction) async throws -> [(code: String, lines: Int)] {
        let rows = try await tx.query(
            """
            SELECT f->>'code' AS code, count(DISTINCT q.line)
            FROM intake.quarantine AS q
            CROSS JOIN LATERAL jsonb_array_elements(q.findings) AS f
            WHERE q.batch_id = \(batch)
            GROUP BY code
            ORDER BY count(DISTINCT q.line) DESC, code
            """)
        return try rows.map { (code: try $0.get(0), lines: try $0.get(1, as: Int.self)) }
    }
}

/// One line held back.
package struct QuarantinedLine: Sendable {
    /// Line of the file, the header being 1.
    package var line: Int
    /// False for a sound line whose household holds a bad one.
    package var isBad: Bool
    package var findings: [RowFinding]
    /// The line as it was.
    package var raw: [UInt8]
}

extension Importer {
    /// Lends the lines held back, in the order of the file, some hundred at a time.
    package func quarantined(
        _ batch: UUID, as mandate: Mandate, _ body: ([QuarantinedLine]) async throws -> Void
    ) async throws(IntakeFault) {
        do {
            try await database.read(as: mandate) { (tx: borrowing Transaction) async throws -> Void in
                try await tx.forEachBatch(
                    """
                    SELECT line, is_bad, findings, raw FROM intake.quarantine WHERE batch_id = \(batch) ORDER BY line
                    """, size: 500
                ) { rows in
                    try await body(try rows.map(line))
                }
            }
        } catch {
            throw IntakeFault(any: error)
        }
    }

    /// Lends the lines held back as the file to be mended and sent again, in pieces.
    ///
    /// - Throws: `.headerUnknown` for imports of versions that did not keep the names of the columns.
    package func quarantineFile(
        of batch: ImportBatch, as mandate: Mandate, _ body: ([UInt8]) async throws -> Void
    ) async throws(IntakeFault) {
        guard !batch.columns.isEmpty else { throw .headerUnknown }
        let form = QuarantineForm(columns: batch.columns, separator: batch.separator ?? mapping.separator)
        do { try await body(form.header) } catch { throw IntakeFault(any: error) }
        try await quarantined(batch.id, as: mandate) { lines in
            try await body(lines.flatMap { form.line($0) })
        }
    }

    private func line(_ row: Row) throws -> QuarantinedLine {
        let findings: JSONB = try row.get(2)
        return QuarantinedLine(
            line: try row.get(0), isBad: try row.get(1),
            findings: (try JSON.parse(findings.bytes).array ?? []).compactMap(RowFinding.init(json:)),
            raw: try context.keys.open(try row.get(3), context: Quarantine.context))
    }

    /// Writes the quarantine file: each line as it was, then its number, field, code, reason and remedy.
    func writeQuarantine(
        _ batch: UUID, header: FileHeader, to path: String, _ mandate: Mandate
    ) async throws(IntakeFault) {
        let name = URL(fileURLWithPath: path).lastPathComponent
        // Personal data lies in the file, so only its owner may read it.
        guard FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600]),
            let handle = FileHandle(forWritingAtPath: path)
        else { throw .writing(file: name) }
        defer { try? handle.close() }
        let form = QuarantineForm(header: header, separator: header.separator)
        do {
            try handle.write(contentsOf: Data(form.header))
        } catch {
            throw .writing(file: name)
        }
        try await quarantined(batch, as: mandate) { lines in
            var bytes: [UInt8] = []
            for line in lines { bytes += form.line(line) }
            try handle.write(contentsOf: Data(bytes))
        }
    }
}

/// How a line of the quarantine file is laid out.
struct QuarantineForm {
    let own: Int
    let width: Int
    let names: [String]
    let separator: UInt8

    init(header: FileHeader, separator: UInt8) {
        self.init(columns: header.names, separator: separator)
    }

    /// - Parameter columns: those of the file, in order; those that an earlier quarantine added stay out.
    init(columns: [String], separator: UInt8) {
        let own = columns.firstIndex { FileHeader.added.contains($0) } ?? columns.count
        (self.own, width, names, self.separator) = (own, columns.count, columns, separator)
    }

    var header: [UInt8] {
        var writer = CSVWriter(separator: separator, lineEnd: .lf)
        writer.row(Array(names.prefix(own)) + FileHeader.added)
        return writer.take()
    }

    func line(_ line: QuarantinedLine) -> [UInt8] {
        func joined(_ part: (RowFinding) -> String) -> String {
            line.findings.map(part).joined(separator: " | ")
        }
        var bytes = original(line.raw)
        bytes.append(separator)
        var writer = CSVWriter(separator: separator, lineEnd: .lf)
        writer.row([
            String(line.line), joined(\.field), joined(\.code), joined(\.reason), joined(\.remedy),
        ])
        bytes += writer.take()
        return bytes
    }

    /// The line as it was; without the columns of an earlier quarantine where it came from one.
    private func original(_ raw: [UInt8]) -> [UInt8] {
        guard own < width, let row = CSVReader.rows(of: raw, separator: separator).first, row.fault == nil,
            row.count == width
        else { return raw }
        var writer = CSVWriter(separator: separator, lineEnd: .lf)
        for place in 0..<own { writer.field(row.bytes(place)) }
        writer.endRow()
        return writer.take().dropLast()
    }
}
