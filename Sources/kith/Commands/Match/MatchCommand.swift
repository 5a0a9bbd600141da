import Access
import Documents
import Foundation
import Groundwork
import Linkage
import Matching
import Postgres
import Profiles
import Registry
import Search
import Synchronization

extension Command {
    static let match: Command = Command(
        "match", "finds records that may be one person",
        forms: ["train", "run", "explain PERSON PERSON", "evaluate DIR"], words: 1...3,
        explanation: """
            `train` estimates a match model from the registry, without labels, and runs it over everybody; `run` takes the
            newest model. Both keep the keys by which the server looks people up at registrations and after every change, and
            put pairs into the reviewers' queue (GET /api/v1/matches). What reviewers decided stays decided. `explain` tells
            why two people have their score, field by field in bits; the steps sum to the total.

            `evaluate` needs no registry and leaves nothing behind: it reads the files of a folder, trains on them without their
            truth, and tells how much of the truth was found: precision, recall and F1 by threshold, what blocking brings
            together, groups, and why pairs were missed. A folder with individuals.csv and truth.csv is known by itself; for
            other files name the columns in a mapping (profiles/trials shows some, profiles/schema/match_trial.schema.json says
            what is allowed).
            """,
        options: [
            Option(
                "mapping", "FILE", "evaluate: how the columns are read; or a name of profiles/trials, such as febrl3"),
            Option(
                "labels", "N",
                "evaluate: give the truth of N pairs away, as clerks would decide them: half of them unclear ones"),
            Option("model", "FILE", "evaluate: save the trained model there"),
            Option("workers", "N", "cores that take part (all)"),
            Option("as", "NAME", "the actor in whose name, who needs the scope match.decide (reviewer)"),
        ],
        settings: ["database.url", "data", "profile", "key.file"],
        examples: [
            Example("kith match train", "estimate a model and look for duplicates among all"),
            Example("kith match explain 123456789012 210987654321", "why these two, by their social ids"),
            Example("kith match evaluate /data/registry", "how many doubles are found, and how many wrongly"),
            Example("kith match evaluate febrl --mapping febrl4 --json", "a public test file, for a script"),
            Example("kith match evaluate /data/registry --labels 2000", "what two thousand decided pairs would add"),
        ],
        exits: [.refused, .unavailable, .file, .tryAgain],
        run: { invocation in
            if invocation.words.first == "evaluate" {
                guard invocation.words.count == 2 else {
                    throw RoofFault.usage("kith match evaluate takes one folder.")
                }
                return try await MatchTrial(invocation).run()
            }
            let question = try MatchQuestion(invocation)
            let actor = invocation.option("as") ?? "reviewer"
            let ground = try Ground(invocation)
            return try await Store.withHouse(ground, purpose: "kith match") { house in
                let principal = try await house.principal(actor, needs: "match.decide")
                let mandate = Mandate(actor: principal.actor, purpose: .operation)
                return try await question.answer(house, mandate, invocation.console)
            } ?? .tryAgain
        })
}

/// One call of `kith match`.
private struct MatchQuestion: Sendable {
    enum Kind: Sendable {
        case train, run
        case explain(String, String)
    }

    let kind: Kind
    let workers: Int

    init(_ invocation: Invocation) throws {
        let words = Array(invocation.words)
        switch (words.first, words.count) {
        case ("train", 1): kind = .train
        case ("run", 1): kind = .run
        case ("explain", 3): kind = .explain(words[1], words[2])
        default: throw RoofFault.usage("kith match does one of: train, run, explain PERSON PERSON, evaluate DIR.")
        }
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
                trains: trains, base: try house.profile.matchModel(), workers: workers, as: mandate,
                progress: { stages.tell($0) })
            console.result(Self.text(report), Self.object(report))
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
        if report.drift?.isAlarming ?? false {
            lines.append(
                "ALARM: the share of duplicates has changed by more than half since the model before; look before deciding"
            )
        }
        return lines.joined(separator: "\n")
    }

    private static func object(_ report: MatchRun.Report) -> JSONObject {
        var object: JSONObject = [
            "people": .number(JSONNumber(report.people)), "compared": .number(JSONNumber(report.compared)),
            "strong": .number(JSONNumber(report.strong)), "review": .number(JSONNumber(report.review)),
            "groups": .number(JSONNumber(report.groups)), "largest": .number(JSONNumber(report.largest)),
            "model_version": .number(JSONNumber(report.version)),
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
        if told.withLock({ $0.insert(text).inserted }) { console.note(text) }
    }
}
