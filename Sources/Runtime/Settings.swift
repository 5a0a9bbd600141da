import Foundation
public import Groundwork

/// The values of all declared settings and where each came from.
///
/// Looked up in this order: command line, environment, settings file, default. The file is `--config`, else
/// `KITH_CONFIG`, else `/etc/kith/kith.json` when it exists.
public struct Settings: Sendable {
    /// Where a value came from.
    public enum Origin: Sendable, Hashable, CustomStringConvertible {
        case commandLine(String)
        case environment(String)
        case file(String)
        case standard

        public var description: String {
            switch self {
            case .commandLine(let option): "command line \(option)"
            case .environment(let name): "environment \(name)"
            case .file(let path): "file \(path)"
            case .standard: "default"
            }
        }
    }

    /// What stood on the command line beside settings, in order: words, and options that no key declares.
    public let rest: [String]
    /// Things that look like mistakes and stop nothing, such as an unknown `KITH_` variable.
    public let warnings: [String]
    private let keys: [SettingKey]
    private let values: [String: (text: String, origin: Origin)]

    /// Reads and checks everything, reporting all mistakes at once.
    ///
    /// - Parameters:
    ///   - arguments: the command line after the program and command names; what no key declares is left in `rest`.
    ///   - systemFile: the file that is read when neither `--config` nor `KITH_CONFIG` names one; it may be absent.
    /// - Throws: every value that is not what its key takes, every name in the file that no key declares.
    public static func load(
        _ keys: [SettingKey], arguments: [String] = [],
        environment: [String: String] = Surroundings.environment,
        systemFile: String = "/etc/kith/kith.json"
    ) throws(SettingsFault) -> Settings {
        var reader = SettingsReader(keys: keys)
        reader.readCommandLine(arguments)
        let named = reader.configuration ?? environment["KITH_CONFIG"]
        reader.readEnvironment(environment)
        if let named {
            reader.readFile(named)
        } else if FileManager.default.fileExists(atPath: systemFile) {
            reader.readFile(systemFile)
        }
        let values = reader.checkedValues()
        guard reader.mistakes.isEmpty else { throw SettingsFault(mistakes: reader.mistakes) }
        return Settings(rest: reader.rest, warnings: reader.warnings, keys: keys, values: values)
    }

    init(
        rest: [String], warnings: [String], keys: [SettingKey], values: [String: (text: String, origin: Origin)]
    ) {
        (self.rest, self.warnings, self.keys, self.values) = (rest, warnings, keys, values)
    }

    /// Nil when nobody chose a value and the key has no default.
    public func origin(of key: SettingKey) -> Origin? { values[key.name]?.origin }
    public func isSet(_ key: SettingKey) -> Bool { values[key.name] != nil }

    public func textIfSet(_ key: SettingKey) -> String? { values[key.name]?.text }
    public func integerIfSet(_ key: SettingKey) -> Int? { values[key.name].flatMap { Int($0.text) } }
    public func durationIfSet(_ key: SettingKey) -> Duration? {
        values[key.name].flatMap { SettingText.duration($0.text) }
    }
    public func sizeIfSet(_ key: SettingKey) -> Int? { values[key.name].flatMap { SettingText.size($0.text) } }
    /// The value of a secret key, wrapped so that nothing prints it.
    public func secretIfSet(_ key: SettingKey) -> Sensitive<String>? { values[key.name].map { Sensitive($0.text) } }

    /// The text, path or choice of a key that has a default.
    public func text(_ key: SettingKey) -> String { known(key, textIfSet(key)) }
    public func integer(_ key: SettingKey) -> Int { known(key, integerIfSet(key)) }
    public func duration(_ key: SettingKey) -> Duration { known(key, durationIfSet(key)) }
    /// In bytes.
    public func size(_ key: SettingKey) -> Int { known(key, sizeIfSet(key)) }
    /// False when unset.
    public func flag(_ key: SettingKey) -> Bool {
        values[key.name].flatMap { SettingText.flag($0.text) } ?? false
    }

    /// One line for each setting: name, value and origin; secrets show only that they are set.
    public func describe() -> String {
        let sorted = keys.sorted { $0.name < $1.name }
        let width = sorted.map(\.name.count).max() ?? 0
        return sorted.map { key in
            let name = key.name + String(repeating: " ", count: width - key.name.count)
            guard let (text, origin) = values[key.name] else { return "\(name)  (not set)\n" }
            return "\(name)  \(key.isSecret ? "••••" : text)  (\(origin))\n"
        }.joined()
    }

    private func known<Value>(_ key: SettingKey, _ value: Value?) -> Value {
        guard let value else {
            fatalError("A setting read without IfSet is declared, of the right kind and has a default: \(key.name)")
        }
        return value
    }
}

/// Everything that is wrong with the settings, at once.
public struct SettingsFault: Fault {
    /// Path: the setting's name, one step a word.
    public let mistakes: [Finding]

    public init(mistakes: [Finding]) {
        self.mistakes = mistakes
    }

    public var code: String { "runtime.settings.invalid" }
    public var kind: FaultKind { .invalid(mistakes) }
    /// One line for each mistake.
    public var summary: String {
        mistakes.map { "\($0.path.steps.joined(separator: ".")): \($0.summary)" }.joined(separator: "\n")
    }
}
