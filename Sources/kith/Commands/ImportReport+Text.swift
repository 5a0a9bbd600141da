import Documents
import Foundation
import Groundwork
import Intake
import Runtime
import Synchronization

extension Importer {
    /// Imports a file and shows on a terminal how far it has come.
    func run(_ request: ImportRequest, as mandate: Mandate, showing console: Console) async throws -> ImportReport {
        let bar = Mutex<(bar: ProgressBar, done: Int)?>(nil)
        defer { bar.withLock { $0?.bar.finish() } }
        return try await run(request, as: mandate) { progress in
            bar.withLock { state in
                // Rows are not known beforehand; bytes are, and both run at the same pace.
                var (shown, done) =
                    state ?? (console.progress("importing", total: progress.bytesTotal / 1000, unit: "kB"), 0)
                let share = progress.rowsRead == 0 ? 0 : Double(progress.rowsDone) / Double(progress.rowsRead)
                let now = Int(Double(progress.bytesRead) * share / 1000)
                if now > done {
                    shown.advance(by: now - done)
                    done = now
                }
                state = (shown, done)
            }
        }
    }
}

extension ImportReport {
    /// What happened, for people.
    var text: String {
        var lines = [
            "\(isDryRun ? "checked" : "imported") \(Grouped.count(counts.rowsRead, "row")) of \(fileName)"
                + " in \(String(format: "%.1f", seconds)) s" + (isResumed ? ", going on with an earlier start" : "")
        ]
        lines += changes
        lines.insert("  \(detected.text); layout \(mapping): \(mappingTitle)", at: 1)
        if isDryRun {
            lines.append("  columns read: \(detected.bound.joined(separator: ", "))")
            if !detected.lacking.isEmpty {
                lines.append("  columns of the layout not in the file: \(detected.lacking.joined(separator: ", "))")
            }
        }
        if counts.rowsQuarantined > 0 {
            lines.append(
                "  quarantine: \(Grouped.count(counts.rowsBad, "bad row")), "
                    + "\(Grouped.number(counts.rowsHeld)) held back with them"
                    + (quarantineFile.map { ", in \($0)" } ?? ""))
            lines += rules.map { "    \($0.code): \(Grouped.number($0.lines))" }
        }
        if isDryRun { lines += areaLines }
        if !formerAreas.isEmpty {
            lines.append("  areas of a former division, kept as stated: \(Grouped.number(formerAreas.count))")
            lines += formerAreas.prefix(20).map { "    \($0.area): \($0.finding.remedy)" }
        }
        if !unknownColumns.isEmpty { lines.append("  columns passed over: \(unknownColumns.joined(separator: ", "))") }
        lines.append("  batch \(batch.lowercased)")
        return lines.joined(separator: "\n")
    }

    /// What was registered, updated and left alone, or would be; a kind of which the file does not speak is left out.
    private var changes: [String] {
        let (new, other) = isDryRun ? ("to register", "to update") : ("registered", "updated")
        func line(_ name: String, _ numbers: (new: Int, other: Int?, same: Int)) -> String? {
            guard numbers.new + (numbers.other ?? 0) + numbers.same > 0 else { return nil }
            let middle = numbers.other.map { ", \(Grouped.number($0)) \(other)" } ?? ""
            return
                "  \(name): \(Grouped.number(numbers.new)) \(new)\(middle), \(Grouped.number(numbers.same)) unchanged"
        }
        let lines = [
            line(
                "households", (counts.householdsRegistered, counts.householdsUpdated, counts.householdsUnchanged)),
            line("people", (counts.peopleRegistered, counts.peopleUpdated, counts.peopleUnchanged)),
            line(
                "enrolments and benefits", (counts.reportsRegistered, counts.reportsUpdated, counts.reportsUnchanged)),
            line("codes of areas", (counts.codesRegistered, nil, counts.codesUnchanged)),
        ].compactMap { $0 }
        return lines.isEmpty ? ["  nothing \(isDryRun ? "to apply" : "was applied")"] : lines
    }

    /// Rows by area, with the reasons for which some are held back.
    private var areaLines: [String] {
        areas.prefix(40).map { area in
            let name = area.area.isEmpty ? "area unknown" : area.area
            let rules = area.rules.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
                .map { "\($0.key) \(Grouped.number($0.value))" }.joined(separator: ", ")
            return "  \(name): \(Grouped.count(area.rows, "row")), \(Grouped.number(area.held)) held back"
                + (rules.isEmpty ? "" : " (\(rules))")
        }
    }

    /// The same for programs.
    var object: JSONObject {
        func number(_ value: Int) -> JSON { .number(JSONNumber(value)) }
        var rules: JSONObject = [:]
        for rule in self.rules { rules[rule.code] = number(rule.lines) }
        return [
            "batch": .string(batch.lowercased), "source": .string(source), "state": .string(state),
            "dry_run": .bool(isDryRun), "resumed": .bool(isResumed), "rows": number(counts.rowsRead),
            "accepted": number(counts.rowsAccepted), "quarantined": number(counts.rowsQuarantined),
            "bad": number(counts.rowsBad), "held": number(counts.rowsHeld),
            "households_registered": number(counts.householdsRegistered),
            "households_updated": number(counts.householdsUpdated),
            "households_unchanged": number(counts.householdsUnchanged),
            "people_registered": number(counts.peopleRegistered), "people_updated": number(counts.peopleUpdated),
            "reports_registered": number(counts.reportsRegistered), "reports_updated": number(counts.reportsUpdated),
            "reports_unchanged": number(counts.reportsUnchanged),
            "codes_registered": number(counts.codesRegistered), "codes_unchanged": number(counts.codesUnchanged),
            "people_unchanged": number(counts.peopleUnchanged), "rules": .object(rules),
            "quarantine_file": quarantineFile.map(JSON.string) ?? .null,
            "columns_passed_over": .array(unknownColumns.map(JSON.string)), "mapping": .string(mapping),
            "detected": detected.json, "areas": .array(areas.map(\.json)),
            "former_areas": .array(formerAreas.map(\.json)),
        ]
    }
}
