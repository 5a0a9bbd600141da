/// A statement and the values bound to it; text from outside can become a value and nothing else.
///
/// `"SELECT name FROM area WHERE id = \(id)"` sends `$1` and the value beside it. Values are encoded when the literal is
/// made, so a statement is a plain value that crosses tasks.
public struct SQL: Sendable, ExpressibleByStringInterpolation, CustomStringConvertible {
    /// One bound value: its type, where its placeholder stands in the text, and where its bytes lie.
    struct Slot: Sendable {
        var type: UInt32
        var mark: Int
        var start: Int
        /// Negative for NULL.
        var length: Int
    }

    /// The statement with `$1`, `$2`, … in place of the values.
    public private(set) var text: String
    private(set) var slots: [Slot] = []
    private(set) var values: SQLBuffer = SQLBuffer()

    public init(stringLiteral value: String) {
        text = value
    }

    public init(stringInterpolation: StringInterpolation) {
        self = stringInterpolation.sql
    }

    /// A statement from text that the program itself wrote; never pass text from outside.
    public init(unchecked text: String) {
        self.text = text
    }

    /// The number of bound values.
    public var parameterCount: Int { slots.count }

    /// The text alone; the values are not shown.
    public var description: String { text }

    /// The parts one after the other with `separator` between them, placeholders renumbered.
    public static func joined(_ parts: [SQL], by separator: SQL) -> SQL {
        var whole = SQL(unchecked: "")
        for (index, part) in parts.enumerated() {
            if index > 0 { whole += separator }
            whole += part
        }
        return whole
    }

    public static func + (left: SQL, right: SQL) -> SQL {
        var whole = left
        whole += right
        return whole
    }

    public static func += (left: inout SQL, right: SQL) {
        left.append(right)
    }

    mutating func append(text more: String) {
        text += more
    }

    mutating func bind<Value: SQLValue>(_ value: Value) {
        let mark = text.utf8.count
        let start = values.bytes.count
        let isNull = value.isSQLNull
        if !isNull { value.encode(into: &values) }
        let length = isNull ? -1 : values.bytes.count - start
        slots.append(Slot(type: Value.sqlType.oid, mark: mark, start: start, length: length))
        text += "$"
        text += String(slots.count)
    }

    private mutating func append(_ fragment: SQL) {
        guard !fragment.slots.isEmpty else {
            text += fragment.text
            return
        }
        let shift = values.bytes.count
        values.append(fragment.values.bytes)
        if slots.isEmpty {
            let base = text.utf8.count
            text += fragment.text
            slots = fragment.slots
            for index in slots.indices {
                slots[index].mark += base
                slots[index].start += shift
            }
            return
        }
        appendRenumbered(fragment, shift: shift)
    }

    private mutating func appendRenumbered(_ fragment: SQL, shift: Int) {
        let source = fragment.text.utf8
        var place = source.startIndex
        var offset = 0
        for (index, slot) in fragment.slots.enumerated() {
            let mark = source.index(place, offsetBy: slot.mark - offset)
            text += fragment.text[place..<mark]
            let placeholder = 1 + String(index + 1).utf8.count
            place = source.index(mark, offsetBy: placeholder)
            offset = slot.mark + placeholder
            var moved = slot
            moved.start += shift
            moved.mark = text.utf8.count
            slots.append(moved)
            text += "$"
            text += String(slots.count)
        }
        text += fragment.text[place...]
    }

    /// The form `"a"`, quotes inside doubled, that PostgreSQL reads as one name.
    static func quoted(_ name: String) -> String {
        "\"" + name.replacing("\"", with: "\"\"") + "\""
    }
}
