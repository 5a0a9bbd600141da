/// One command of the program: what the help says, what the parser accepts and what runs, in one place.
struct Command: Sendable {
    /// An option that only this command has.
    struct Option: Sendable {
        let name: String
        /// What stands for the value in the help; nil for a switch.
        let value: String?
        let summary: String

        init(_ name: String, _ value: String? = nil, _ summary: String) {
            (self.name, self.value, self.summary) = (name, value, summary)
        }

        /// As written in the help: `--source NAME`.
        var usage: String { "--" + name + (value.map { " " + $0 } ?? "") }
    }

    /// A line to copy, with what it does.
    struct Example: Sendable {
        let line: String
        let meaning: String

        init(_ line: String, _ meaning: String) {
            (self.line, self.meaning) = (line, meaning)
        }
    }

    let name: String
    /// One line for the list of commands.
    let summary: String
    /// What follows the name, one line for each form.
    let forms: [String]
    /// A paragraph or two on what it does and leaves behind.
    let explanation: String
    let options: [Option]
    /// The settings most used with this command, by name; all others are accepted too.
    let settings: [String]
    let examples: [Example]
    /// What this command may end with, beside `ok`, `usage` and `defect`.
    let exits: [ExitCode]
    /// How many words may follow the command's name.
    let words: ClosedRange<Int>
    let run: @Sendable (Invocation) async throws -> ExitCode

    init(
        _ name: String, _ summary: String, forms: [String] = [""], words: ClosedRange<Int> = 0...0,
        explanation: String, options: [Option] = [], settings: [String] = [], examples: [Example] = [],
        exits: [ExitCode] = [], run: @escaping @Sendable (Invocation) async throws -> ExitCode
    ) {
        (self.name, self.summary, self.forms, self.words) = (name, summary, forms, words)
        (self.explanation, self.options, self.settings) = (explanation, options, settings)
        (self.examples, self.exits, self.run) = (examples, exits, run)
    }

    /// Options that every command has.
    static let shared: [Option] = [
        Option("json", nil, "print one JSON object for programs instead of text for people"),
        Option("home", "DIR", "the program's own files, where they are not found by themselves"),
        Option("config", "FILE", "the settings file instead of /etc/kith/kith.json"),
        Option("help", nil, "show this help"),
    ]
}
