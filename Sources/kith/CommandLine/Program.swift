import Documents
import Groundwork
import Runtime

/// The program: finds the command, parses, runs, and tells the outcome in words and as a number.
enum Program {
    static let version: String = "0.1.0"

    /// Runs one call of the program.
    ///
    /// - Parameters:
    ///   - arguments: what followed the program's name.
    ///   - output: standard output; tests give their own.
    ///   - notes: standard error.
    static func run(
        _ arguments: [String], commands: [Command] = Command.all,
        environment: [String: String] = Surroundings.environment,
        output: Terminal = .standardOutput, notes: Terminal = .standardError
    ) async -> ExitCode {
        let isHelp = arguments.contains { $0 == "--help" || $0 == "-h" }
        guard let name = arguments.first(where: { !$0.hasPrefix("-") }) else {
            if arguments.contains("--version") {
                output.write("kith \(version)\n")
                return .ok
            }
            (isHelp ? output : notes).write(Help.overview(commands))
            return isHelp ? .ok : .usage
        }
        guard let command = commands.first(where: { $0.name == name }) else {
            return other(name, arguments, commands, output, notes)
        }
        if isHelp {
            output.write(Help.text(for: command))
            return .ok
        }
        let wantsJSON = arguments.contains("--json")
        let plain = Console(wantsJSON: wantsJSON, output: output, notes: notes)
        do {
            let rest = without(name, arguments)
            let settings = try Settings.load(SettingsTable.all, arguments: rest, environment: environment)
            let mistakes = SettingsTable.mistakes(in: settings)
            guard mistakes.isEmpty else { throw RoofFault.usage(mistakes.joined(separator: "\n")) }
            for warning in settings.warnings { plain.note(warning) }
            let invocation = try Invocation.parse(settings, for: command) { _ in plain }
            return try await command.run(invocation)
        } catch {
            return Outcome.tell(error, command: command.name, on: plain)
        }
    }

    /// `kith help`, `kith help import`, and names that are none.
    private static func other(
        _ name: String, _ arguments: [String], _ commands: [Command], _ output: Terminal, _ notes: Terminal
    ) -> ExitCode {
        if name == "help" {
            let asked = without(name, arguments).first
            guard let command = commands.first(where: { $0.name == asked }) else {
                output.write(Help.overview(commands))
                return .ok
            }
            output.write(Help.text(for: command))
            return .ok
        }
        if name == "version" {
            output.write("kith \(version)\n")
            return .ok
        }
        let near = commands.map { (name: $0.name, distance: Spelling.distance($0.name, name)) }
            .min { $0.distance < $1.distance }
        let hint = near.flatMap { $0.distance <= max(1, name.count / 3) ? "; did you mean \($0.name)?" : nil }
        notes.write("kith: There is no command \(name)\(hint ?? "; kith --help lists them.")\n")
        return .usage
    }

    /// The arguments after the command's name was taken out.
    private static func without(_ name: String, _ arguments: [String]) -> [String] {
        var rest = arguments
        if let place = rest.firstIndex(of: name) { rest.remove(at: place) }
        return rest
    }
}
