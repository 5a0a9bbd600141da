import Documents
import Foundation
import Groundwork
import Linkage
import Matching
import Postgres
import Profiles
import Registry
import Synchronization

/// One call of `kith match`.
struct MatchQuestion: MatchWork {
    enum Kind: Sendable {
        case train, run
        case explain(String, String)
    }

    let kind: Kind
    let workers: Int
    let isAfresh: Bool
    let memory: Int

    init(_ invocation: Invocation) throws {
        let words = Array(invocation.words)
        switch (words.first, words.count) {
        case ("train", 1): kind = .train
        case ("run", 1): kind = .run
        case ("explain", 3): kind = .explain(words[1], words[2])
        default:
            throw RoofFault.usage(
                "kith match does one of: train, run, explain PERSON PERSON, findings, review, evaluate DIR, encode FILE, "
                    + "compare FILE FILE.")
        }
        isAfresh = invocation.has("afresh")
        memory = try invocation.integer("memory", in: 100...1_000_000) ?? 1500
        workers = try invocation.integer("workers", in: 1...256) ?? ProcessInfo.processInfo.activeProcessorCount
    }

    func answer(_ house: House, _ mandate: Mandate, _ console: Console) async throws -> ExitCode {
        let matcher = try house.matcher
        switch kind {
        case .train, .run:
            var trains = false
            if case .train = kind { trains = true }
            let stages = Stages(console)
            let report = try await MatchRun(database: house.database, matcher: matcher).run(
                trains: trains, afresh: isAfresh, base: try house.profile.matchModel(), workers: workers,
                memory: memory, as: mandate,
                progress: { stages.tell($0) })
            stages.tell("looking for findings")
            let findings = try await FindingRun(database: house.database, rules: matcher.findings).run(as: mandate)
            var object = Self.object(report)
            object["findings"] = MatchFindings.object(findings)
            object["findings_failed"] = .array(findings.failed.keys.map(\.rawValue).sorted().map { .string($0) })
            console.result(Self.text(report) + "\n" + MatchFindings.text(findings), object)
            return .ok
        case .explain(let one, let other):
            let (first, second) = (try await id(one, house, mandate), try await id(other, house, mandate))
            let (found, version) = try await house.database.read(as: mandate) { tx in
                try await matcher.explain(first, second, in: tx)
            }
            console.result(
                Self.text(found, version),
                [
                    "bits": .string(found.bitsText), "model_version": .number(JSONNumber(version)),
                    "steps": found.evidence,
                ])
            return .ok
        }
    }

    /// A person by UUID or social id.
    private func id(_ text: String, _ house: House, _ mandate: Mandate) async throws -> UUID {
        let rows = try await house.database.read(
            as: mandate,
            once: [
                UUID(uuidString: text).map { "SELECT id FROM registry.person WHERE id = \($0)" }
                    ?? "SELECT id FROM registry.person WHERE social_id = \(text)"
            ])
        guard let row = rows.first?.first else { throw RegistryFault.personNotFound }
        return try row.get(0)
    }

    private static func text(_ report: MatchRun.Report) -> String {
        var lines = [
            "\(Grouped.count(report.people, "person", "people")), \(Grouped.count(report.compared, "pair")) compared "
                + "in \(report.seconds.formatted(.number.precision(.fractionLength(1)))) s by model \(report.version)",
            "\(Grouped.count(report.strong, "strong pair")), \(Grouped.count(report.review, "pair")) for review",
            "\(Grouped.count(report.groups, "group")) of records that are probably one person, the largest of "
                + "\(report.largest)",
        ]
        if report.memoryRaisedFloor {
            lines.append("memory sufficed for pairs from \(report.floor) bits on only; give more with --memory")
        }
        if report.isResumed { lines.append("a run that had been cut short was gone on with (--afresh begins anew)") }
        if let drift = report.drift { lines += Self.drift(drift) }
        if report.drift?.isAlarming ?? false {
            lines.append(
                "ALARM: the share of duplicates has changed by more than half since the model before; look before deciding"
            )
        }
        return lines.joined(separator: "\n")
    }

    /// The levels that moved most against the model before.
    private static func drift(_ drift: MatchModel.Drift) -> [String] {
        var moves: [(bits: Double, text: String)] = []
        for (name, fields) in [("match", drift.match), ("random", drift.random)] {
            for (field, changes) in fields {
                for (level, bits) in zip(field.levels, changes) where abs(bits) >= 0.5 {
                    let shown = bits.formatted(.number.precision(.fractionLength(2)).sign(strategy: .always()))
                    moves.append((abs(bits), "\(field.name) \(level) among \(name) pairs \(shown)"))
                }
            }
        }
        guard !moves.isEmpty else { return ["no level moved by half a bit against the model before"] }
        moves.sort { ($1.bits, $0.text) < ($0.bits, $1.text) }
        return ["moved against the model before, in bits: " + moves.prefix(5).map(\.text).joined(separator: ", ")]
    }

    private static func object(_ report: MatchRun.Report) -> JSONObject {
        var object: JSONObject = [
            "people": .number(JSONNumber(report.people)), "compared": .number(JSONNumber(report.compared)),
            "strong": .number(JSONNumber(report.strong)), "review": .number(JSONNumber(report.review)),
            "groups": .number(JSONNumber(report.groups)), "largest": .number(JSONNumber(report.largest)),
            "model_version": .number(JSONNumber(report.version)), "resumed": .bool(report.isResumed),
        ]
        if let drift = report.drift { object["drift"] = drift.json }
        return object
    }

    private static func text(_ found: Suspicion, _ version: Int) -> String {
        var lines: [String] = []
        for step in found.evidence.array ?? [] {
            let (field, level) = (step["field"]?.string ?? "", step["level"]?.string ?? "")
            let bits = step["bits"]?.string ?? ""
            lines.append(
                field.padded(14) + level.padded(28) + String(repeating: " ", count: max(0, 8 - bits.count)) + bits)
        }
        let total = found.bitsText
        lines.append(
            "total, by model \(version)".padded(42) + String(repeating: " ", count: max(0, 8 - total.count)) + total)
        return lines.joined(separator: "\n")
    }
}

extension String {
    fileprivate func padded(_ width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }
}

/// Says at which stage a run is, each once.
private final class Stages: Sendable {
    private let console: Console
    private let told: Mutex<Set<String>> = Mutex([])

    init(_ console: Console) { self.console = console }

    func tell(_ progress: MatchRun.Progress) {
        let text: String
        switch progress {
        case .reading: text = "reading the registry"
        case .comparing(let count): text = "comparing \(Grouped.count(count, "person", "people"))"
        case .keying: text = "keeping the keys"
        case .writing: text = "writing the pairs"
        }
        tell(text)
    }

    func tell(_ text: String) {
        if told.withLock({ $0.insert(text).inserted }) { console.note(text) }
    }
}
