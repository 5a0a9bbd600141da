/// Attributes of one element, where some depend on a value: `<input\(Attributes(["checked": isChecked]))>`.
public struct Attributes: Sendable, ExpressibleByDictionaryLiteral {
    /// What stands behind the name of an attribute.
    public enum Value: Sendable, ExpressibleByStringLiteral, ExpressibleByBooleanLiteral {
        /// In double quotes, escaped.
        case text(String)
        /// The bare name when true, nothing when false.
        case flag(Bool)

        public init(stringLiteral value: String) { self = .text(value) }
        public init(booleanLiteral value: Bool) { self = .flag(value) }

        /// The text, or no attribute at all when nil.
        public static func optional(_ text: String?) -> Value { text.map(Value.text) ?? .flag(false) }
    }

    let text: String

    /// Attributes in the order written; a name is a literal, so it cannot carry data.
    public init(dictionaryLiteral elements: (StaticString, Value)...) {
        var text = ""
        for (name, value) in elements {
            switch value {
            case .text(let value): text += " \(name)=\"\(Escaping.escape(value))\""
            case .flag(true): text += " \(name)"
            case .flag(false): break
            }
        }
        self.text = text
    }
}
