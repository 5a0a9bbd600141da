import Runtime

/// The help texts, made from the command table, so that they say what the parser does.
enum Help {
    /// The list of commands.
    static func overview(_ commands: [Command]) -> String {
        let width = commands.map(\.name.count).max() ?? 0
        let lines = commands.map { "  \(padded($0.name, width))  \($0.summary)" }
        return """
            kith, the social registry

            usage: kith COMMAND [WORDS] [OPTIONS]
                   kith COMMAND --help
                   kith --version

            \(lines.joined(separator: "\n"))

            Every command takes the settings that `kith settings` lists, as options, as KITH_… variables, or in
            /etc/kith/kith.json, and --json for output that programs read.

            """
    }

    /// The whole help of one command.
    static func text(for command: Command) -> String {
        var text = "kith \(command.name): \(command.summary)\n\n"
        for (place, form) in command.forms.enumerated() {
            text += place == 0 ? "usage: " : "       "
            text += ["kith", command.name, form, "[OPTIONS]"].filter { !$0.isEmpty }.joined(separator: " ") + "\n"
        }
        text += "\n\(command.explanation)\n"
        text += section("options", command.options.map { ($0.usage, $0.summary) })
        text += section("settings used most", rows(ofSettings: command.settings))
        text += section("for every command", Command.shared.map { ($0.usage, $0.summary) })
        text += section("examples", command.examples.map { ($0.line, "") }, below: command.examples.map(\.meaning))
        let exits = Set(command.exits + [.ok, .usage, .defect])
        text += section("ends with", ExitCode.allCases.filter(exits.contains).map { ("\($0.rawValue)", $0.meaning) })
        return text
    }

    private static func rows(ofSettings names: [String]) -> [(String, String)] {
        names.compactMap { name in
            guard let key = SettingsTable.all.first(where: { $0.name == name }) else { return nil }
            let option = key.shortOptions.first.map { "--" + $0 } ?? key.option
            let standard = key.standard.map { " (\($0))" } ?? ""
            return ("\(option), \(key.environmentVariable)", key.summary + standard)
        }
    }

    /// Two columns; a long left cell gets a line of its own.
    private static func section(_ title: String, _ rows: [(String, String)], below: [String] = []) -> String {
        guard !rows.isEmpty else { return "" }
        var text = "\n\(title):\n"
        let width = min(28, rows.map(\.0.count).max() ?? 0)
        for (place, row) in rows.enumerated() {
            if row.1.isEmpty {
                text += "  \(row.0)\n"
            } else if row.0.count > width {
                text += "  \(row.0)\n  \(padded("", width))  \(row.1)\n"
            } else {
                text += "  \(padded(row.0, width))  \(row.1)\n"
            }
            if place < below.count { text += "      \(below[place])\n" }
        }
        return text
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
