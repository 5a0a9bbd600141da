/// One thing that an operator can choose, declared once with its documentation.
///
/// The name `database.url` is written `--database-url` on the command line, `KITH_DATABASE_URL` in the environment and
/// `{"database": {"url": …}}` in the settings file.
public struct SettingKey: Sendable {
    /// What text a setting takes.
    public enum Kind: Sendable {
        case text
        case integer(ClosedRange<Int>)
        /// `true`/`false`, `yes`/`no`, `on`/`off`, `1`/`0`; on the command line the bare option means true.
        case flag
        /// `250ms`, `30s`, `5m`, `2h`, `1d`; a bare number counts seconds.
        case duration
        /// Bytes: `512`, `16kB`, `64MB`, `2GB` (powers of ten) or `KiB`, `MiB`, `GiB` (powers of two).
        case size
        case path
        case choice([String])
    }

    public let name: String
    public let kind: Kind
    /// The value when nobody chooses, in the same text form; nil when the setting then stays unset.
    public let standard: String?
    /// One sentence for the operator.
    public let summary: String
    /// Whether the value is never printed.
    public let isSecret: Bool
    /// Further names on the command line, without dashes.
    public let shortOptions: [String]

    /// Declares a setting; `name` is lower-case words joined by dots.
    public init(
        _ name: String, _ kind: Kind, default standard: String? = nil, _ summary: String, isSecret: Bool = false,
        shortOptions: [String] = []
    ) {
        (self.name, self.kind, self.standard, self.summary) = (name, kind, standard, summary)
        (self.isSecret, self.shortOptions) = (isSecret, shortOptions)
    }

    /// The name of the environment variable.
    public var environmentVariable: String {
        "KITH_" + name.replacing(".", with: "_").replacing("-", with: "_").uppercased()
    }

    /// The long option, with its dashes.
    public var option: String { "--" + name.replacing(".", with: "-") }

    /// A Markdown table of all keys, for the operator's manual.
    public static func reference(_ keys: [SettingKey]) -> String {
        let head = "| setting | environment | takes | default | what it does |\n|---|---|---|---|---|\n"
        let rows = keys.sorted { $0.name < $1.name }.map { key in
            let standard = key.standard.map { "`\($0)`" } ?? "–"
            return
                "| `\(key.name)` | `\(key.environmentVariable)` | \(key.kind.takes) | \(standard) | \(key.summary) |\n"
        }
        return head + rows.joined()
    }
}

extension SettingKey.Kind {
    /// What a value must look like, for error messages and the manual.
    public var takes: String {
        switch self {
        case .text: "text"
        case .integer(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
        case .flag: "true or false"
        case .duration: "a duration such as 250ms, 30s or 5m"
        case .size: "a size such as 16kB or 64MB"
        case .path: "a path"
        case .choice(let values): "one of " + values.joined(separator: ", ")
        }
    }

    func accepts(_ text: String) -> Bool {
        switch self {
        case .text: true
        case .integer(let range): Int(text).map(range.contains) ?? false
        case .flag: SettingText.flag(text) != nil
        case .duration: SettingText.duration(text) != nil
        case .size: SettingText.size(text) != nil
        case .path: !text.isEmpty
        case .choice(let values): values.contains(text)
        }
    }
}

/// The text forms of setting values.
enum SettingText {
    static func flag(_ text: String) -> Bool? {
        switch text.lowercased() {
        case "true", "yes", "on", "1": true
        case "false", "no", "off", "0": false
        default: nil
        }
    }

    static func duration(_ text: String) -> Duration? {
        guard let (number, unit) = split(text) else { return nil }
        let milliseconds: Int? =
            switch unit {
            case "ms": 1
            case "", "s": 1000
            case "m", "min": 60_000
            case "h": 3_600_000
            case "d": 86_400_000
            default: nil
            }
        return milliseconds.flatMap { product(number, $0) }.map { .milliseconds($0) }
    }

    static func size(_ text: String) -> Int? {
        guard let (number, unit) = split(text) else { return nil }
        let bytes: Int? =
            switch unit {
            case "", "B": 1
            case "kB", "KB": 1000
            case "MB": 1_000_000
            case "GB": 1_000_000_000
            case "KiB": 1 << 10
            case "MiB": 1 << 20
            case "GiB": 1 << 30
            default: nil
            }
        return bytes.flatMap { product(number, $0) }
    }

    private static func split(_ text: String) -> (number: Int, unit: String)? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int(digits) else { return nil }
        return (number, text.dropFirst(digits.count).trimmingPrefix(" ").description)
    }

    private static func product(_ left: Int, _ right: Int) -> Int? {
        let (value, overflow) = left.multipliedReportingOverflow(by: right)
        return overflow ? nil : value
    }
}
