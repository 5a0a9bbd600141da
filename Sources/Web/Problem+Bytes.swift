extension Problem {
    /// The JSON document, compact, in UTF-8.
    public var bytes: [UInt8] {
        var members = [
            Self.member("type", type), Self.member("title", title), "\"status\":\(status.code)",
        ]
        if let detail { members.append(Self.member("detail", detail)) }
        if let instance { members.append(Self.member("instance", instance)) }
        members.append(Self.member("code", code))
        if !errors.isEmpty {
            let entries = errors.map { entry in
                let fields = [("pointer", entry.pointer), ("code", entry.code), ("detail", entry.detail)]
                return "{" + fields.map { Self.member($0.0, $0.1) }.joined(separator: ",") + "}"
            }
            members.append("\"errors\":[" + entries.joined(separator: ",") + "]")
        }
        return Array(("{" + members.joined(separator: ",") + "}").utf8)
    }

    private static func member(_ name: String, _ value: String) -> String { "\"\(name)\":\(quoted(value))" }

    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\u{0}"..<" ":
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
