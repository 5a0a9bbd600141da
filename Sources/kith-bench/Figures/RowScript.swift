import Cryptography
import Foundation
import Postgres

/// A pgbench script that inserts, in one transaction, copies of the rows that a command wrote.
///
/// Ids, numbers and hashes are made anew by an expression of one random number; everything else is as it was written.
struct RowScript {
    private let command: UUID
    private var statements: [String] = []
    /// Ids met so far and their place; the same id is the same expression everywhere.
    private var places: [String: Int] = [:]
    private var hashes = 0

    init(command: UUID) {
        self.command = command
    }

    var text: String {
        (["\\set r random(1, 9000000000000000)", "BEGIN;"] + statements + ["COMMIT;"]).joined(separator: "\n") + "\n"
    }

    /// Adds the rows of a table that belong to the command.
    mutating func add(_ table: String, in tx: borrowing Transaction) async throws {
        let name = "registry." + table
        let columns = try await tx.query(
            """
            SELECT attname::text, format_type(atttypid, atttypmod)
            FROM pg_attribute
            WHERE attrelid = to_regclass(\(name)) AND attnum > 0 AND NOT attisdropped AND attidentity = ''
                AND attname <> 'xid'
            ORDER BY attnum
            """
        ).map { row in (name: try row.get(0, as: String.self), type: try row.get(1, as: String.self)) }
        let list = columns.map { "t.\($0.name)::text" }.joined(separator: ", ")
        let rows = try await tx.query(
            "SELECT \(unchecked: list) FROM \(unchecked: name) AS t WHERE \(fragment: condition(table))")
        guard !rows.isEmpty else { throw BenchFault.answer("the registration wrote nothing to \(table)") }
        var values: [String] = []
        for row in rows {
            var cells: [String] = []
            for (place, column) in columns.enumerated() {
                let text: String? = try row.get(place)
                cells.append(cell(text, column.name, column.type))
            }
            values.append("(" + cells.joined(separator: ", ") + ")")
        }
        let names = columns.map(\.name).joined(separator: ", ")
        statements.append("INSERT INTO \(name) (\(names)) VALUES \(values.joined(separator: ", "));")
    }

    private func condition(_ table: String) -> SQL {
        let subjects: SQL = "SELECT l.subject_id FROM registry.link AS l WHERE l.opened_by = \(command)"
        return switch table {
        case "command": "t.id = \(command)"
        case "link": "t.opened_by = \(command)"
        case "household", "person": "t.id IN (\(fragment: subjects))"
        case "membership", "name_key": "t.person_id IN (\(fragment: subjects))"
        case "identifier": "t.subject_id IN (\(fragment: subjects))"
        default: "t.command_id = \(command)"
        }
    }

    private mutating func cell(_ text: String?, _ column: String, _ type: String) -> String {
        guard let text else { return "NULL" }
        if type == "uuid", column != "actor_id" { return id(text) }
        switch column {
        case "social_id":
            hashes += 1
            // With a letter, so that it is nobody's number.
            return "'B' || lpad((((:r)::bigint + \(hashes)) % 100000000000)::text, 11, '9')"
        case "hash", "content_hash", "request_hash":
            hashes += 1
            return "sha256(((:r)::text || '/\(hashes)')::bytea)"
        case "idempotency_key": return "(:r)::text"
        default: return "CAST(\(Self.literal(text)) AS \(type))"
        }
    }

    /// In the order of time, as version 7 is: random ones would cost PostgreSQL more than the server's do.
    private mutating func id(_ text: String) -> String {
        let place = places[text] ?? places.count
        places[text] = place
        return """
            (lpad(to_hex((extract(epoch FROM now()) * 1000)::bigint), 12, '0') || '7' \
            || substr(md5((:r)::text || '/\(place)'), 1, 19))::uuid
            """
    }

    /// pgbench takes a colon for the beginning of a variable, wherever it stands.
    private static func literal(_ text: String) -> String {
        "E'"
            + text.replacing("\\", with: "\\\\").replacing("'", with: "''").replacing(":", with: "\\x3a")
            .replacing("\n", with: "\\n") + "'"
    }
}
