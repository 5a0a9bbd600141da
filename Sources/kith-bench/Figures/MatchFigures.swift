import Documents
import Foundation
import Linkage
import Runtime
import Trials

/// How well and how fast persons are matched on plain files, beside what Splink reached on the same data.
struct MatchFigures {
    private let options: BenchOptions
    private let home: Home

    init(_ options: BenchOptions) throws {
        self.options = options
        home = try Home.find()
    }

    /// Splink 5.0, tuned by an expert, on registries of the same generator with two cores; docs/matching.md tells how.
    private struct Splink {
        var seconds: Double
        var f1: Double
        var groups: Double
        var blocking: Double

        static func tuned(records: Int) -> Splink? {
            switch records {
            case 9000..<11_000: Splink(seconds: 173, f1: 0.801, groups: 0.763, blocking: 0.819)
            case 90_000..<110_000: Splink(seconds: 139, f1: 0.781, groups: 0.772, blocking: 0.819)
            case 900_000..<1_100_000: Splink(seconds: 931, f1: 0.716, groups: 0.675, blocking: 0.810)
            default: nil
            }
        }
    }

    /// - Returns: the exit code: 0 when every target was met, 1 when one was missed.
    func measure() async throws -> Int32 {
        var allMet = true
        for folder in options.trialFolders {
            for figure in try await figures(folder) {
                allMet = allMet && figure.isMet != false
                Terminal.standardOutput.write((options.wantsJSON ? figure.json.text : figure.line) + "\n")
            }
        }
        return allMet ? 0 : 1
    }

    private func figures(_ folder: String) async throws -> [Figure] {
        let mapping = try TrialMapping.find(options.mapping, for: folder, in: home.profiles + "/trials")
        let tables = try mapping.profile.map { try TrialTables.load(home.profile($0)) } ?? TrialTables.plain
        let clock = ContinuousClock()
        let start = clock.now
        let trial = try Trial.read(folder, mapping: mapping, keys: tables.keys)
        let cores = ProcessInfo.processInfo.activeProcessorCount
        let result = await trial.run(.init(base: tables.model, labels: options.labels ?? 0, workers: cores))
        let duration = (clock.now - start).components
        let seconds = Double(duration.seconds) + Double(duration.attoseconds) / 1e18
        let memory = TrialMemory.peak
        let report = trial.report(result)
        return figures(report, seconds: seconds, memory: memory, isRegistry: mapping.profile != nil)
    }

    private func figures(_ report: TrialReport, seconds: Double, memory: Double, isRegistry: Bool) -> [Figure] {
        let records = report.measures.records
        let splink = isRegistry && options.labels == nil ? Splink.tuned(records: records) : nil
        let isMillion = records > 900_000
        let isLarge = isRegistry && records > 90_000
        let bound = isMillion ? 0.80 : options.labels == nil ? 0.86 : 0.88
        let name = "match-\(records)" + (options.labels.map { "-labels-\($0)" } ?? "")
        func target(_ value: Double) -> Figure.Target { isLarge ? .atLeast(value) : .none }
        return [
            Figure(
                name: name + "-time", value: seconds, unit: "s",
                target: isLarge ? .atMost(isMillion ? 120 : 12) : .none, limit: splink?.seconds),
            Figure(
                name: name + "-memory", value: memory, unit: "MB", target: isMillion ? .atMost(1500) : .none),
            Figure(
                name: name + "-pair-f1", value: report.measures.best.f1, unit: "", target: target(bound),
                limit: splink?.f1),
            Figure(
                name: name + "-pair-f1-at-0-bits", value: report.atZero?.f1 ?? 0, unit: ""),
            Figure(
                name: name + "-group-f1", value: report.measures.bestGroups?.f1 ?? 0, unit: "",
                target: isMillion ? .none : target(0.88), limit: splink?.groups),
            Figure(
                name: name + "-recall-at-0.95", value: report.measures.recallAt95, unit: "",
                target: isMillion || options.labels != nil ? .none : target(0.74)),
            Figure(name: name + "-recall-at-0.99", value: report.measures.recallAt99, unit: ""),
            Figure(
                name: name + "-blocking-recall", value: report.blockingRecall, unit: "",
                target: isMillion ? .atLeast(0.92) : .none, limit: splink?.blocking),
        ]
    }
}
