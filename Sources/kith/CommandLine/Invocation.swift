import Runtime

/// One call of a command, parsed: its words, its options, the settings, and where it talks.
struct Invocation: Sendable {
    let command: String
    let words: [String]
    let options: [String: String]
    let switches: Set<String>
    let settings: Settings
    let console: Console

    /// The value of an option, as typed.
    func option(_ name: String) -> String? { options[name] }
    /// Whether a switch was given.
    func has(_ name: String) -> Bool { switches.contains(name) }

    /// The value of an option that takes a whole number.
    /// - Throws: `.usage` when it is none, or lies outside `range`.
    func integer(_ name: String, in range: ClosedRange<Int>) throws(RoofFault) -> Int? {
        guard let text = options[name] else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw .usage(
                "--\(name) takes a whole number from \(range.lowerBound) to \(range.upperBound), not “\(text)”.")
        }
        return number
    }

    /// The value of an option that must be there.
    func required(_ name: String, _ what: String) throws(RoofFault) -> String {
        guard let text = options[name] else { throw .usage("--\(name) is missing: \(what).") }
        return text
    }
}

extension Invocation {
    /// Reads what the settings left over of the command line.
    ///
    /// - Throws: `.usage` naming the first thing that this command does not take, with the option that was probably meant.
    static func parse(
        _ settings: Settings, for command: Command, console: (_ wantsJSON: Bool) -> Console
    ) throws(RoofFault) -> Invocation {
        let known = command.options + Command.shared
        var words: [String] = []
        var options: [String: String] = [:]
        var switches: Set<String> = []
        var index = 0
        while index < settings.rest.count {
            let argument = settings.rest[index]
            index += 1
            guard argument.hasPrefix("-"), argument.count > 1, Int(argument) == nil else {
                words.append(argument)
                continue
            }
            let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let name = String(parts[0].drop { $0 == "-" })
            guard argument.hasPrefix("--"), let option = known.first(where: { $0.name == name }) else {
                throw .usage(unknown(parts[0], known.map(\.name) + SettingsTable.optionNames))
            }
            guard option.value != nil else {
                if parts.count == 2 { throw .usage("--\(name) is a switch and takes no value.") }
                switches.insert(name)
                continue
            }
            if parts.count == 2 {
                options[name] = parts[1]
            } else if index < settings.rest.count {
                options[name] = settings.rest[index]
                index += 1
            } else {
                throw .usage("--\(name) needs a value: \(option.value ?? "").")
            }
        }
        if words.count < command.words.lowerBound {
            throw .usage("Something is missing: kith \(command.name) \(command.forms[0])")
        }
        if words.count > command.words.upperBound {
            throw .usage("“\(words[command.words.upperBound])” is one word too many.")
        }
        return Invocation(
            command: command.name, words: words, options: options, switches: switches, settings: settings,
            console: console(switches.contains("json")))
    }

    /// Names the unknown option, and the nearest known one when it is near.
    private static func unknown(_ option: String, _ known: [String]) -> String {
        let name = String(option.drop { $0 == "-" })
        let near = known.map { (name: $0, distance: Spelling.distance($0, name)) }.min { $0.distance < $1.distance }
        guard let near, near.distance <= max(1, name.count / 3) else { return "The option \(option) is not known." }
        return "The option \(option) is not known; did you mean --\(near.name)?"
    }
}

/// How far two spellings are apart.
enum Spelling {
    /// The least number of letters to add, drop or change (Levenshtein).
    static func distance(_ left: String, _ right: String) -> Int {
        let (left, right) = (Array(left.utf8), Array(right.utf8))
        var row = Array(0...right.count)
        for (place, letter) in left.enumerated() {
            var diagonal = row[0]
            row[0] = place + 1
            for (column, other) in right.enumerated() {
                let changed = diagonal + (letter == other ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(changed, min(row[column], diagonal) + 1)
            }
        }
        return row[right.count]
    }
}
