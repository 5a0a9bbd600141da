import Documents
import Foundation
import Groundwork
import Postgres
import Runtime

/// The whole program: which figures are asked for, the registry they share, and what is printed.
enum Bench {
    static func main(_ arguments: [String]) async -> Int32 {
        let options: BenchOptions
        do {
            options = try BenchOptions(arguments)
        } catch {
            Terminal.standardError.write("kith-bench: \(error.summary)\n\n\(BenchOptions.usage)")
            return 2
        }
        if options.wantsHelp {
            Terminal.standardOutput.write(BenchOptions.usage)
            return 0
        }
        if options.wantsList {
            for measure in Measure.all { Terminal.standardOutput.write("\(measure.name)\n    \(measure.summary)\n") }
            return 0
        }
        do {
            if !options.trialFolders.isEmpty { return try await MatchFigures(options).measure() }
            return try await measure(options)
        } catch {
            complain(error)
            return 3
        }
    }

    private static func complain(_ error: any Error, at measure: String? = nil) {
        let summary = (error as? any Fault)?.summary ?? (error as? DatabaseError)?.description ?? "\(error)"
        Terminal.standardError.write("kith-bench: \(measure.map { $0 + ": " } ?? "")\(summary)\n")
    }

    /// - Returns: the exit code: 0 when every target was met, 1 when one was missed, 3 when one could not be measured.
    private static func measure(_ options: BenchOptions) async throws -> Int32 {
        let ground = try await BenchGround.open(options)
        var allMet = true
        var wasMeasured = true
        for measure in options.measures {
            ground.note("measuring \(measure.name)")
            do {
                for figure in try await measure.run(ground) {
                    allMet = allMet && figure.isMet != false
                    Terminal.standardOutput.write((options.wantsJSON ? figure.json.text : figure.line) + "\n")
                }
            } catch {
                // The others are measured all the same.
                complain(error, at: measure.name)
                wasMeasured = false
            }
        }
        await ground.close()
        return wasMeasured ? (allMet ? 0 : 1) : 3
    }
}
