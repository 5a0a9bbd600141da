import Documents
import Foundation
import Linkage
import Profiles
import Runtime
import Trials

extension Command {
    static let match: Command = Command(
        "match", "tries how well persons are matched, on plain files whose truth is known",
        forms: ["evaluate DIR"], words: 1...2,
        explanation: """
            Reads the files of a folder, trains on them without their truth, and tells how much of the truth was found: precision,
            recall and F1 by threshold, what blocking brings together, groups, and why pairs were missed. It needs no registry
            and leaves nothing behind. A folder with individuals.csv and truth.csv is known by itself; for other files name the
            columns in a mapping (profiles/trials shows some, profiles/schema/match_trial.schema.json says what is allowed).
            """,
        options: [
            Option("mapping", "FILE", "how the columns are read; or a name of profiles/trials, such as febrl3"),
            Option(
                "labels", "N", "give the truth of N pairs away, as clerks would decide them: half of them unclear ones"),
            Option("model", "FILE", "save the trained model there"),
            Option("workers", "N", "cores to use (all)"),
        ],
        examples: [
            Example("kith match evaluate /data/registry", "how many doubles are found, and how many wrongly"),
            Example("kith match evaluate febrl --mapping febrl4 --json", "a public test file, for a script"),
            Example("kith match evaluate /data/registry --labels 2000", "what two thousand decided pairs would add"),
        ],
        exits: [.file],
        run: { invocation in
            guard invocation.words.first == "evaluate", invocation.words.count == 2 else {
                throw RoofFault.usage("kith match takes: evaluate DIR.")
            }
            return try await MatchTrial(invocation).run()
        })
}

/// One call of `kith match evaluate`.
private struct MatchTrial {
    private let folder: String
    private let home: Home
    private let mapping: TrialMapping
    private let labels: Int
    private let workers: Int
    private let modelFile: String?
    private let console: Console

    init(_ invocation: Invocation) throws {
        console = invocation.console
        home = try Home.find(explicit: invocation.option("home"))
        folder = Ground.absolute(invocation.words[1])
        labels = try invocation.integer("labels", in: 0...1_000_000) ?? 0
        workers =
            try invocation.integer("workers", in: 1...256) ?? ProcessInfo.processInfo.activeProcessorCount
        modelFile = invocation.option("model").map(Ground.absolute)
        mapping = try TrialMapping.find(invocation.option("mapping"), for: folder, in: home.profiles + "/trials")
    }

    func run() async throws -> ExitCode {
        let clock = ContinuousClock()
        let start = clock.now
        let tables = try mapping.profile.map { try TrialTables.load(home.profile($0)) } ?? TrialTables.plain
        let trial = try Trial.read(folder, mapping: mapping, keys: tables.keys)
        let read = clock.now
        console.note("read \(Grouped.number(trial.population.count)) records")
        let result = await trial.run(.init(base: tables.model, labels: labels, workers: workers))
        let matched = clock.now
        let report = trial.report(result)
        if let modelFile {
            try Files.write(report.model.json.serialized(pretty: true) + [0x0A], to: modelFile, mode: 0o644)
        }
        let (reading, matching) = (Self.seconds(read - start), Self.seconds(matched - read))
        var object = report.json
        object["read_seconds"] = TrialReport.number(reading)
        object["match_seconds"] = TrialReport.number(matching)
        object["memory_megabytes"] = TrialReport.number(TrialMemory.peak)
        let times = String(
            format: "read in %.1f s, matched in %.1f s, at most %.0f MB", reading, matching, TrialMemory.peak)
        console.result((report.lines + [times]).joined(separator: "\n"), object)
        return .ok
    }

    private static func seconds(_ duration: Duration) -> Double {
        Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
    }
}
