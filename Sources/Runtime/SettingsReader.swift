import Documents
import Foundation
import Groundwork

/// Gathers raw values from all places, highest rank first, and what is wrong with them.
struct SettingsReader {
    private let keys: [SettingKey]
    private var found: [String: (text: String, origin: Settings.Origin)] = [:]
    private(set) var rest: [String] = []
    private(set) var warnings: [String] = []
    private(set) var mistakes: [Finding] = []
    private(set) var configuration: String?

    /// Variables of ours that are no settings of the server.
    private static let otherVariables: Set<String> = ["KITH_CONFIG", "KITH_HOME", "KITH_REQUIRE", "KITH_TEST_POSTGRES"]

    init(keys: [SettingKey]) {
        self.keys = keys
    }

    mutating func readCommandLine(_ arguments: [String]) {
        var options: [String: SettingKey] = [:]
        for key in keys {
            for option in [key.option] + key.shortOptions.map({ "--" + $0 }) { options[option] = key }
        }
        var index = 0
        while index < arguments.count {
            let argument = arguments[index]
            index += 1
            if argument == "--" {
                rest += arguments[index...]
                return
            }
            let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let isConfiguration = parts[0] == "--config"
            guard isConfiguration || options[parts[0]] != nil else {
                rest.append(argument)
                continue
            }
            let key = options[parts[0]]
            var value = parts.count == 2 ? parts[1] : nil
            if value == nil {
                if let key, case .flag = key.kind {
                    value = "true"
                } else if index < arguments.count, !arguments[index].hasPrefix("--") {
                    value = arguments[index]
                    index += 1
                }
            }
            guard let value else {
                mistake(key?.name ?? "config", "missing", "\(parts[0]) needs a value: \(key?.kind.takes ?? "a path").")
                continue
            }
            if let key {
                found[key.name] = (value, .commandLine(parts[0]))
            } else {
                configuration = value
            }
        }
    }

    mutating func readEnvironment(_ environment: [String: String]) {
        var known = Self.otherVariables
        for key in keys {
            known.insert(key.environmentVariable)
            guard found[key.name] == nil, let value = environment[key.environmentVariable] else { continue }
            found[key.name] = (value, .environment(key.environmentVariable))
        }
        for name in environment.keys.sorted() where name.hasPrefix("KITH_") && !known.contains(name) {
            warnings.append("The environment variable \(name) is no setting and is not read.")
        }
    }

    mutating func readFile(_ path: String) {
        guard let bytes = FileManager.default.contents(atPath: path) else {
            return mistake("config", "unreadable", "The settings file \(path) cannot be read.")
        }
        do {
            guard let members = try JSON.parse([UInt8](bytes)).object else {
                return mistake("config", "not_json", "The settings file \(path) is not a JSON object.")
            }
            read(members, under: "", path)
        } catch {
            mistake("config", "not_json", "The settings file \(path) cannot be understood. \(error.summary)")
        }
    }

    private mutating func read(_ members: JSONObject, under prefix: String, _ path: String) {
        for (member, value) in members {
            let name = prefix + member
            let text: String
            switch value {
            case .object(let inner):
                read(inner, under: name + ".", path)
                continue
            case .null: continue
            case .array:
                mistake(name, "type", "A setting is text, a number or true/false, not a list.")
                continue
            case .string(let value): text = value
            case .number(let value): text = value.text
            case .bool(let value): text = value ? "true" : "false"
            }
            guard keys.contains(where: { $0.name == name }) else {
                mistake(name, "unknown", "No such setting; it stands in \(path).")
                continue
            }
            if found[name] == nil { found[name] = (text, .file(path)) }
        }
    }

    /// The values after defaults; what does not fit its key becomes a mistake.
    mutating func checkedValues() -> [String: (text: String, origin: Settings.Origin)] {
        for key in keys {
            if found[key.name] == nil, let standard = key.standard { found[key.name] = (standard, .standard) }
            guard let (text, origin) = found[key.name], !key.kind.accepts(text) else { continue }
            let shown = key.isSecret ? "the value" : "“\(text)”"
            mistake(key.name, "value", "\(shown) from \(origin) is not \(key.kind.takes).")
        }
        return found
    }

    private mutating func mistake(_ name: String, _ code: String, _ summary: String) {
        let path = FieldPath(name.split(separator: ".").map(String.init))
        mistakes.append(Finding(path, code: "runtime.settings.\(code)", summary))
    }
}
