extension SQL {
    /// What may stand inside `\(…)` of a statement: a value, a name, another statement, or text marked `unchecked`.
    public struct StringInterpolation: StringInterpolationProtocol, Sendable {
        var sql: SQL

        public init(literalCapacity: Int, interpolationCount: Int) {
            var text = ""
            text.reserveCapacity(literalCapacity + interpolationCount * 3)
            sql = SQL(unchecked: text)
        }

        public mutating func appendLiteral(_ literal: String) {
            sql.append(text: literal)
        }

        /// Binds the value.
        public mutating func appendInterpolation<Value: SQLValue>(_ value: Value) {
            sql.bind(value)
        }

        /// Binds the value, or NULL of its type. A method of its own, else the compiler warns of every Optional here.
        public mutating func appendInterpolation<Value: SQLValue>(_ value: Value?) {
            sql.bind(value)
        }

        /// A name, quoted; several are joined by dots: `\(identifier: "registry", "person")`.
        public mutating func appendInterpolation(identifier names: String...) {
            sql.append(text: names.map(SQL.quoted).joined(separator: "."))
        }

        /// Text that becomes part of the statement as it is; only for text written by the program itself.
        public mutating func appendInterpolation(unchecked text: String) {
            sql.append(text: text)
        }

        /// Another statement, its placeholders renumbered.
        public mutating func appendInterpolation(fragment: SQL) {
            sql += fragment
        }
    }
}
