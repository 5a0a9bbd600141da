import Documents
import Foundation
import Groundwork
import Intake
import Registry
import Web

/// Imports as answered: counts, states and reasons, never a line's content but in the quarantine itself.
enum ImportAnswer {
    static func sight(_ sight: ImportSight) -> JSONObject {
        let (batch, job) = (sight.batch, sight.job)
        let finished = batch == nil || sight.state == "failed" ? job?.finishedAt : batch?.finishedAt
        return [
            "id": .string(sight.id.lowercased), "source": .string(batch?.source ?? job?.source ?? ""),
            "file_name": .string(batch?.fileName ?? job?.fileName ?? ""), "state": .string(sight.state),
            "is_dry_run": .bool(batch?.isDryRun ?? job?.isDryRun ?? false),
            "counts": counts(batch?.counts ?? ImportCounts()),
            "started_at": (batch?.startedAt ?? job?.startedAt).map { .instant($0) } ?? .null,
            "finished_at": finished.map { .instant($0) } ?? .null,
            "upload": job.map { .string($0.upload.lowercased) } ?? .null,
            "progress": sight.standing.map { progress($0) } ?? .null,
            "fault": job?.fault.map { ["code": .string($0.code), "summary": .string($0.summary)] } ?? .null,
        ]
    }

    static func progress(_ standing: ImportStanding) -> JSON {
        [
            "percent": .number(JSONNumber(Decimal(standing.permille) / 10)),
            "bytes_read": .number(standing.bytesRead), "bytes_total": .number(standing.bytesTotal),
            "rows_read": .number(standing.rowsRead), "rows_done": .number(standing.rowsDone),
            "rows_quarantined": .number(standing.rowsQuarantined),
            "rows_per_second": standing.rowsPerSecond.map { .number($0) } ?? .null,
            "seconds_left": standing.secondsLeft.map { .number($0) } ?? .null,
        ]
    }

    static func breakdown(_ found: ImportBreakdown, _ sight: ImportSight) -> JSONObject {
        func lines(_ counts: [String: Int]) -> JSON {
            .array(
                counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map {
                    ["code": .string($0.key), "lines": .number($0.value)]
                })
        }
        return [
            "id": .string(sight.id.lowercased), "state": .string(sight.state),
            "counts": counts(sight.batch?.counts ?? ImportCounts()), "level": .number(found.level),
            "rules": .array(found.rules.map { ["code": .string($0.code), "lines": .number($0.lines)] }),
            "areas": .array(
                found.places.map { place in
                    [
                        "area": place.area.map { .string($0.reference) } ?? .null,
                        "name": place.area.map { .string($0.name) } ?? .null,
                        "households": .number(place.households), "people": .number(place.people),
                        "rules": lines(place.lines), "lines_held": .number(place.linesHeld),
                    ]
                }),
        ]
    }

    static func report(_ report: ImportReport) -> JSONObject {
        [
            "id": .string(report.batch.lowercased), "source": .string(report.source),
            "file_name": .string(report.fileName), "state": .string(report.state),
            "is_dry_run": .bool(report.isDryRun), "counts": counts(report.counts),
            "is_resumed": .bool(report.isResumed),
            "rules": .array(report.rules.map { ["code": .string($0.code), "lines": .number($0.lines)] }),
            "mapping": .string(report.mapping), "detected": report.detected.json,
            "areas": .array(report.areas.prefix(200).map(\.json)),
            "former_areas": .array(report.formerAreas.prefix(200).map(\.json)),
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
            "reports_registered": .number(counts.reportsRegistered),
            "reports_updated": .number(counts.reportsUpdated), "reports_unchanged": .number(counts.reportsUnchanged),
            "codes_registered": .number(counts.codesRegistered), "codes_unchanged": .number(counts.codesUnchanged),
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
