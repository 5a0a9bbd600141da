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
            return try await measure(options) ? 0 : 1
        } catch {
            let summary = (error as? any Fault)?.summary ?? (error as? DatabaseError)?.description ?? "\(error)"
            Terminal.standardError.write("kith-bench: \(summary)\n")
            return 3
        }
    }

    /// - Returns: whether every target was met.
    private static func measure(_ options: BenchOptions) async throws -> Bool {
        let ground = try await BenchGround.open(options)
        do {
            var allMet = true
            for measure in options.measures {
                ground.note("measuring \(measure.name)")
                for figure in try await measure.run(ground) {
                    allMet = allMet && figure.isMet != false
                    Terminal.standardOutput.write((options.wantsJSON ? figure.json.text : figure.line) + "\n")
                }
            }
            await ground.close()
            return allMet
        } catch {
            await ground.close()
            throw error
        }
    }
}
