import Documents
import Foundation
import Groundwork
import Matching
import Postgres

/// One call of `kith match findings`.
struct MatchFindings: MatchWork {
    private let kind: FindingRules.Kind?
    private let state: StoredFinding.State
    private let limit: Int
    private let refreshes: Bool
    private let decision: (id: UUID, verdict: FindingDecision.Verdict, reason: String)?

    init(_ invocation: Invocation) throws {
        kind = try invocation.option("kind").map { text in
            guard let kind = FindingRules.Kind(rawValue: text) else {
                let known = FindingRules.Kind.allCases.map(\.rawValue).joined(separator: ", ")
                throw RoofFault.usage("--kind takes one of \(known).")
            }
            return kind
        }
        state =
            try invocation.option("state").map { text in
                guard let state = StoredFinding.State(rawValue: text) else {
                    throw RoofFault.usage("--state takes open, closed or gone.")
                }
                return state
            } ?? .open
        limit = try invocation.integer("limit", in: 1...100_000) ?? 100
        refreshes = invocation.has("refresh")
        let (close, reopen) = (invocation.option("close"), invocation.option("reopen"))
        guard let text = close ?? reopen else {
            decision = nil
            return
        }
        guard close == nil || reopen == nil, let id = UUID(uuidString: text) else {
            throw RoofFault.usage("Give the id of one finding, to --close or to --reopen.")
        }
        decision = (id, close == nil ? .reopened : .closed, try invocation.required("reason", "why it is decided so"))
    }

    func answer(_ house: House, _ mandate: Mandate, _ console: Console) async throws -> ExitCode {
        let rules = try house.matcher.findings
        if let decision {
            try await house.database.write(as: mandate) { tx throws(MatchingFault) in
                try await FindingList.decide(decision.id, decision.verdict, reason: decision.reason, in: tx)
            }
            console.result(
                "the finding is \(decision.verdict.rawValue)",
                ["id": .string(decision.id.lowercased), "verdict": .string(decision.verdict.rawValue)])
            return .ok
        }
        var isWhole = true
        if refreshes {
            let report = try await FindingRun(database: house.database, rules: rules).run(as: mandate)
            console.note(Self.text(report))
            isWhole = report.failed.isEmpty
        }
        let (kind, state, limit) = (kind, state, limit)
        var found: [StoredFinding] = []
        var last: Int64?
        while found.count < limit {
            let before = last
            let wanted = min(500, limit - found.count)
            let page = try await house.database.read(as: mandate) { tx in
                try await FindingList.page(kind: kind, state: state, area: nil, before: before, limit: wanted, in: tx)
            }
            found += page
            last = page.last?.number
            if page.count < wanted { break }
        }
        let list = found
        console.result(
            list.isEmpty ? "no findings" : list.map { Self.line($0) }.joined(separator: "\n"),
            ["findings": .array(list.map { $0.json(rules) })])
        return isWhole ? .ok : .tryAgain
    }

    private static func line(_ finding: StoredFinding) -> String {
        let name = finding.kind.rawValue
        return finding.id.lowercased + "  " + name + String(repeating: " ", count: max(1, 26 - name.count))
            + "\(finding.size)  \(finding.evidence.text)"
    }

    /// `3 household_twice, 1 burst`.
    static func text(_ report: FindingRun.Report) -> String {
        let parts = report.open.sorted { $0.key.rawValue < $1.key.rawValue }.filter { $0.value > 0 }
        let found =
            parts.isEmpty
            ? "no findings are open"
            : "findings: " + parts.map { "\(Grouped.number($0.value)) \($0.key.rawValue)" }.joined(separator: ", ")
        let failed = report.failed.sorted { $0.key.rawValue < $1.key.rawValue }
        return ([found] + failed.map { "could not look for \($0.key.rawValue): \($0.value.summary)" })
            .joined(separator: "\n")
    }

    static func object(_ report: FindingRun.Report) -> JSON {
        var object: JSONObject = [:]
        for (kind, count) in report.open.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            object[kind.rawValue] = .number(JSONNumber(count))
        }
        return .object(object)
    }
}
