import Documents

/// A JSON Schema as people read it.
indirect enum Shape: Sendable {
    /// One of the document's own.
    case named(String)
    /// A plain value: its type, with its format and bounds in words.
    case plain(String)
    case list(Shape)
    case object(Object)
    case oneOf([Shape])

    struct Object: Sendable {
        var description: String?
        var members: [Member]
        var isOpen: Bool
    }

    struct Member: Sendable {
        var name: String
        var shape: Shape
        var isRequired: Bool
        var description: String?
    }

    init(_ schema: JSON) {
        if let reference = schema["$ref"]?.string {
            self = .named(String(reference.split(separator: "/").last ?? ""))
        } else if let choices = schema["anyOf"]?.array ?? schema["oneOf"]?.array {
            self = .oneOf(choices.map { Shape($0) })
        } else if schema["properties"] != nil {
            self = .object(Object(schema))
        } else if let items = schema["items"] {
            self = .list(Shape(items))
        } else {
            self = .plain(Self.words(schema))
        }
    }

    /// `text (uuid) or null`, `whole number, 1 to 200`, `one of head, member`.
    private static func words(_ schema: JSON) -> String {
        if let value = schema["const"] { return "always " + (value.string ?? value.text) }
        if let choices = schema["enum"]?.array {
            return "one of " + choices.map { $0.string ?? $0.text }.joined(separator: ", ")
        }
        let types = schema["type"]?.array?.compactMap(\.string) ?? [schema["type"]?.string].compactMap(\.self)
        var words = types.isEmpty ? "anything" : types.map(word).joined(separator: " or ")
        if let format = schema["format"]?.string { words += " (\(format))" }
        if let bounds = bounds(schema) { words += ", \(bounds)" }
        return words
    }

    private static func word(_ type: String) -> String {
        switch type {
        case "string": "text"
        case "integer": "whole number"
        case "boolean": "true or false"
        case "array": "list"
        default: type
        }
    }

    private static func bounds(_ schema: JSON) -> String? {
        if let longest = schema["maxLength"]?.int { return "at most \(longest) characters" }
        switch (schema["minimum"]?.int, schema["maximum"]?.int) {
        case (let least?, let most?): return "\(least) to \(most)"
        case (let least?, nil): return "from \(least)"
        case (nil, let most?): return "up to \(most)"
        case (nil, nil): return nil
        }
    }
}

extension Shape.Object {
    init(_ schema: JSON) {
        let required = Set((schema["required"]?.array ?? []).compactMap(\.string))
        self.init(
            description: schema["description"]?.string,
            members: (schema["properties"]?.object ?? [:]).map { name, member in
                Shape.Member(
                    name: name, shape: Shape(member), isRequired: required.contains(name),
                    description: member["description"]?.string)
            }, isOpen: schema["additionalProperties"]?.bool ?? true)
    }
}
