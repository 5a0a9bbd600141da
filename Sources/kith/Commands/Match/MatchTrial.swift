import Documents
import Foundation
import Linkage
import Profiles
import Runtime
import Trials

/// One call of `kith match evaluate`.
struct MatchTrial {
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
