import Documents
import Foundation
import Groundwork
import Scorecards
import Targeting

/// Formulas and runs in words and as JSON.
enum FormulaReport {
    static func line(_ stored: StoredFormula) -> String {
        let formula = stored.formula
        let days = [formula.validFrom?.description ?? "", formula.validTo?.description ?? ""]
        return "\(formula.code) \(formula.version)  \(stored.state.rawValue)  "
            + "\(days.joined(separator: "…"))  \(formula.sha256.prefix(12))  "
            + (formula.title["eng"] ?? formula.title.values.sorted().first ?? "")
    }

    static func text(_ stored: StoredFormula) -> String {
        var lines = [line(stored)]
        for signature in stored.signatures {
            lines.append(
                "  \(signature.decision == "sign" ? "signed" : "rejected") by \(signature.name ?? signature.actor.description)"
                    + (signature.reason.map { ": \($0)" } ?? ""))
        }
        if let wish = stored.retirement { lines.append("  " + text(wish)) }
        for warning in stored.checked?.array ?? [] {
            lines.append("  warning: \(warning["place"]?.string ?? ""): \(warning["summary"]?.string ?? "")")
        }
        if let dryRun = stored.dryRun { lines += text(dryRun: dryRun).map { "  " + $0 } }
        return lines.joined(separator: "\n")
    }

    private static func text(_ wish: StoredFormula.Retirement) -> String {
        let asked = "retirement asked for by \(wish.askedByName ?? wish.askedBy.description): \(wish.reason)"
        let by = wish.decidedByName ?? wish.decidedBy?.description ?? ""
        switch wish.decision {
        case "sign": return "\(asked); signed by \(by)"
        case "reject": return "\(asked); rejected by \(by)" + (wish.answer.map { ": \($0)" } ?? "")
        case nil: return "\(asked); in force until somebody else signs it (kith pmt sign … --retirement)"
        case _?: return "\(asked); replaced by another version meanwhile"
        }
    }

    /// What a run over the registry found, or what came into force with it.
    private static func text(dryRun: JSON) -> [String] {
        var lines = [
            "run \(dryRun["run"]?.int ?? 0): \(Grouped.number(dryRun["scored"]?.int ?? 0)) scored, "
                + "\(Grouped.number(dryRun["unscorable"]?.int ?? 0)) unscorable",
            "tenths of the scores: "
                + (dryRun["distribution"]?.array ?? []).compactMap(\.string).joined(separator: " "),
        ]
        for (name, count) in dryRun["classes"]?.object ?? [:] {
            lines.append("class \(name): \(Grouped.number(count.int ?? 0))")
        }
        for term in dryRun["terms"]?.array ?? [] {
            lines.append(
                "\(term["stratum"]?.string ?? "") \(term["term"]?.string ?? ""): gives points to a share of "
                    + "\(term["share_nonzero"]?.string ?? "")" + (term["warning"]?.string.map { " (\($0))" } ?? ""))
        }
        for rival in dryRun["movers"]?.array ?? [] {
            lines.append(
                "against \(rival["against"]?["code"]?.string ?? "") \(rival["against"]?["version"]?.int ?? 0): "
                    + "\(Grouped.number(rival["moved"]?.int ?? 0)) change the \(rival["by"] == "share" ? "side of a cut-off" : "class"), "
                    + "\(Grouped.number(rival["same"]?.int ?? 0)) do not")
            for share in rival["shares"]?.array ?? [] {
                lines.append(
                    "  the poorest \(share["percentile"]?.string ?? "") %, up to \(share["cut_off"]?.string ?? "nobody"), before up to "
                        + "\(share["cut_off_before"]?.string ?? "nobody"): \(Grouped.number(share["entering"]?.int ?? 0)) enter, "
                        + "\(Grouped.number(share["leaving"]?.int ?? 0)) leave")
            }
        }
        return lines
    }

    static func object(_ stored: StoredFormula, isShort: Bool = false) -> JSONObject {
        let formula = stored.formula
        var object: JSONObject = [
            "code": .string(formula.code), "version": .number(JSONNumber(formula.version)),
            "sha256": .string(formula.sha256), "state": .string(stored.state.rawValue),
            "signatures": .array(
                stored.signatures.map { signature in
                    [
                        "name": signature.name.map { .string($0) } ?? .null, "decision": .string(signature.decision),
                        "reason": signature.reason.map { .string($0) } ?? .null,
                    ]
                }),
        ]
        if let wish = stored.retirement {
            object["retirement"] = [
                "asked_by": wish.askedByName.map { .string($0) } ?? .null, "reason": .string(wish.reason),
                "decision": wish.decision.map { .string($0) } ?? .null,
                "decided_by": wish.decidedByName.map { .string($0) } ?? .null,
                "answer": wish.answer.map { .string($0) } ?? .null,
            ]
        }
        guard !isShort else { return object }
        object["checked"] = stored.checked ?? .null
        object["dry_run"] = stored.dryRun ?? .null
        return object
    }

    static func text(_ report: ScoreRun.Report) -> String {
        var lines = [
            "run \(report.id), \(report.state): \(Grouped.count(report.tally.scored, "household")) scored, "
                + "\(Grouped.number(report.tally.unscorable)) unscorable, \(Grouped.number(report.moved)) changed score or class"
        ]
        for (reason, inputs) in report.tally.reasons.sorted(by: { $0.key < $1.key }) {
            for (input, count) in inputs.sorted(by: { $0.value == $1.value ? $0.key < $1.key : $0.value > $1.value }) {
                lines.append("  \(reason) \(input): \(Grouped.number(count))")
            }
        }
        return lines.joined(separator: "\n")
    }

    static func object(_ report: ScoreRun.Report) -> JSONObject {
        [
            "run": .number(JSONNumber(Int(report.id))), "state": .string(report.state),
            "reason": report.reason.map { .string($0) } ?? .null,
            "as_of": .string(report.asOf.description), "scored": .number(JSONNumber(report.tally.scored)),
            "unscorable": .number(JSONNumber(report.tally.unscorable)), "moved": .number(JSONNumber(report.moved)),
            "tally": report.tally.json,
        ]
    }
}

/// A simulation in words.
enum SimulationReport {
    static func text(_ answer: JSONObject) -> String {
        var lines = ["all: " + line(answer["total"] ?? .null)]
        if let last = answer["total"]?["last_score"]?.string { lines.append("the last score that is in: \(last)") }
        for (list, key) in [("areas", "name"), ("strata", "stratum"), ("household_sizes", "members")] {
            for item in answer[list]?.array ?? [] {
                let name = item[key]?.string ?? "elsewhere"
                lines.append("\(list == "household_sizes" ? "households of " : "")\(name): " + line(item))
            }
        }
        return lines.joined(separator: "\n")
    }

    private static func line(_ item: JSON) -> String {
        var text =
            "\(Grouped.number(item["chosen"]?.int ?? 0)) of \(Grouped.count(item["households"]?.int ?? 0, "household")) "
            + "(\(item["coverage"]?.string ?? "0")), \(Grouped.number(item["chosen_people"]?.int ?? 0)) of "
            + "\(Grouped.count(item["people"]?.int ?? 0, "person", "people"))"
        if let cost = item["cost_minor"]?.int { text += ", cost \(Grouped.number(cost))" }
        if let entering = item["entering"]?.int {
            text += ", \(Grouped.number(entering)) enter, \(Grouped.number(item["leaving"]?.int ?? 0)) leave"
        }
        return text
    }
}
