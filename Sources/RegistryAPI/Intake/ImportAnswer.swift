import Documents
import Foundation
import Groundwork
import Intake
import Registry
import Web

/// Imports as answered: counts, states and reasons, never a line's content but in the quarantine itself.
enum ImportAnswer {
    static func batch(_ batch: ImportBatch) -> JSONObject {
        [
            "id": .string(batch.id.lowercased), "source": .string(batch.source), "file_name": .string(batch.fileName),
            "state": .string(batch.state), "is_dry_run": .bool(batch.isDryRun), "counts": counts(batch.counts),
            "started_at": .instant(batch.startedAt), "finished_at": batch.finishedAt.map { .instant($0) } ?? .null,
        ]
    }

    static func report(_ report: ImportReport) -> JSONObject {
        [
            "id": .string(report.batch.lowercased), "source": .string(report.source),
            "file_name": .string(report.fileName), "state": .string(report.state),
            "is_dry_run": .bool(report.isDryRun), "counts": counts(report.counts),
            "is_resumed": .bool(report.isResumed),
            "rules": .array(report.rules.map { ["code": .string($0.code), "lines": .number($0.lines)] }),
            "unknown_columns": .array(report.unknownColumns.prefix(100).map { .string($0) }),
            "seconds": .number(JSONNumber(milliseconds(report.seconds))), "repeated": false,
        ]
    }

    private static func milliseconds(_ seconds: Double) -> Decimal {
        Decimal(Int((seconds * 1000).rounded())) / 1000
    }

    private static func counts(_ counts: ImportCounts) -> JSON {
        [
            "rows_read": .number(counts.rowsRead), "rows_accepted": .number(counts.rowsAccepted),
            "rows_bad": .number(counts.rowsBad), "rows_held": .number(counts.rowsHeld),
            "households_registered": .number(counts.householdsRegistered),
            "households_updated": .number(counts.householdsUpdated),
            "households_unchanged": .number(counts.householdsUnchanged),
            "people_registered": .number(counts.peopleRegistered), "people_updated": .number(counts.peopleUpdated),
            "people_unchanged": .number(counts.peopleUnchanged),
        ]
    }

    static func undone(_ report: UndoReport) -> JSONObject {
        [
            "id": .string(report.batch.lowercased), "state": .string(report.state),
            "households_withdrawn": .number(report.householdsWithdrawn),
            "people_withdrawn": .number(report.peopleWithdrawn),
            "households_restored": .number(report.householdsRestored),
            "people_restored": .number(report.peopleRestored), "kept_count": .number(report.keptCount),
            "kept": .array(
                report.kept.map { ["kind": .string($0.kind.rawValue), "id": .string($0.id.lowercased)] }),
            "repeated": false,
        ]
    }

    /// One line held back, as one line of JSON.
    static func line(_ line: QuarantinedLine) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("line", line.line)
            writer.member("is_bad", line.isBad)
            writer.member("findings", .array(line.findings.map(\.json)))
            writer.member("raw", String(decoding: line.raw, as: UTF8.self))
        }
        writer.endLine()
        return writer.bytes
    }

    static func created(_ answer: JSONObject) -> Response {
        let response = Response.json(JSON.object(answer), status: .created)
        return response.with("Location", "/api/v1/imports/\(answer["id"]?.string ?? "")")
    }
}
