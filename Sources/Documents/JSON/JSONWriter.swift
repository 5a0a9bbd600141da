public import struct Foundation.Decimal

/// Writes a JSON document piece by piece into bytes, placing the commas itself.
///
/// The caller keeps brackets and keys in balance; a debug build checks that every bracket closed.
public struct JSONWriter: Sendable {
    /// Everything written so far, in UTF-8.
    public private(set) var bytes: [UInt8] = []
    private var needsComma = false
    private var depth = 0

    /// - Parameter capacity: bytes to set aside at the start.
    public init(capacity: Int = 256) {
        bytes.reserveCapacity(capacity)
    }

    /// `{`
    public mutating func beginObject() { open(UInt8(ascii: "{")) }
    /// `}`
    public mutating func endObject() { close(UInt8(ascii: "}")) }
    /// `[`
    public mutating func beginArray() { open(UInt8(ascii: "[")) }
    /// `]`
    public mutating func endArray() { close(UInt8(ascii: "]")) }

    /// The name of the member whose value comes next.
    public mutating func key(_ name: String) {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        bytes.appendQuoted(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// The name of the member whose value comes next.
    public mutating func key(_ name: StaticString) {
        key(name.description)
    }

    /// A text, in quotes and escaped.
    public mutating func string(_ value: String) {
        separate()
        bytes.appendQuoted(value)
    }

    /// A whole number.
    public mutating func int(_ value: Int) {
        separate()
        bytes.appendDecimal(value)
    }

    /// True or false.
    public mutating func bool(_ value: Bool) {
        separate()
        bytes.appendStatic(value ? "true" : "false")
    }

    /// The value null.
    public mutating func null() {
        separate()
        bytes.appendStatic("null")
    }

    /// A number in the grammar of RFC 8259, taken as it is.
    public mutating func number(_ text: String) {
        assert(JSONNumber.isNumber(text), "a number is written as RFC 8259 section 6 says")
        separate()
        bytes.appendText(text)
    }

    /// A number with its exact text.
    public mutating func number(_ value: JSONNumber) {
        separate()
        bytes.appendText(value.text)
    }

    /// An exact decimal, without exponent.
    public mutating func decimal(_ value: Decimal) { number(JSONNumber(value)) }

    /// A whole value that is already JSON, taken as it is.
    public mutating func raw(_ json: [UInt8]) {
        separate()
        bytes.append(contentsOf: json)
    }

    /// A whole value that is already JSON, taken as it is.
    public mutating func raw(_ json: ArraySlice<UInt8>) {
        separate()
        bytes.append(contentsOf: json)
    }

    /// Any value, compact.
    public mutating func value(_ json: JSON) {
        separate()
        bytes.appendCompact(json)
    }

    /// Ends one document of a newline-delimited stream; the next value starts a new one.
    public mutating func endLine() {
        assert(depth == 0, "every bracket is closed")
        bytes.append(0x0A)
        needsComma = false
    }

    /// Hands over what was written and starts anew with the same storage size; brackets may still be open.
    public mutating func take() -> [UInt8] {
        var fresh: [UInt8] = []
        fresh.reserveCapacity(bytes.count)
        swap(&fresh, &bytes)
        return fresh
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    private mutating func open(_ bracket: UInt8) {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        bytes.append(bracket)
        needsComma = false
        depth += 1
    }

    private mutating func close(_ bracket: UInt8) {
        assert(depth > 0, "every bracket was opened")
        bytes.append(bracket)
        needsComma = true
        depth -= 1
    }
}

extension JSONWriter {
    /// A member with a text.
    public mutating func member(_ name: String, _ value: String) {
        key(name)
        string(value)
    }

    /// A member with a whole number.
    public mutating func member(_ name: String, _ value: Int) {
        key(name)
        int(value)
    }

    /// A member with true or false.
    public mutating func member(_ name: String, _ value: Bool) {
        key(name)
        bool(value)
    }

    /// A member with any value.
    public mutating func member(_ name: String, _ value: JSON) {
        key(name)
        self.value(value)
    }

    /// Brackets around whatever the body writes.
    public mutating func object<E: Error>(_ body: (inout JSONWriter) throws(E) -> Void) throws(E) {
        beginObject()
        try body(&self)
        endObject()
    }

    /// Brackets around whatever the body writes.
    public mutating func array<E: Error>(_ body: (inout JSONWriter) throws(E) -> Void) throws(E) {
        beginArray()
        try body(&self)
        endArray()
    }
}
