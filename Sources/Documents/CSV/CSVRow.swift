/// One row as it stands in a file; texts are made only when asked for.
public struct CSVRow: Sendable {
    /// The line on which the row begins, counted from 1; quoted line ends count.
    public let lineNumber: Int
    /// The place among the rows, counted from 1; blank lines do not count, broken rows do.
    public let rowNumber: Int
    /// Where the row begins, in bytes from the start of the input (after its conversion to UTF-8).
    public let offset: Int
    /// The bytes of the whole row without its line end; of a broken row only its first line, up to the size limit.
    public let raw: [UInt8]
    /// What is wrong with the row's quoting or size; such a row has no fields.
    public let fault: CSVFault?

    let fields: [Field]
    let separator: UInt8

    /// A field's place in `raw`, without the quotes around it.
    struct Field: Sendable {
        private let startAndQuoted: UInt32
        private let endAndDoubled: UInt32

        private static let flag: UInt32 = 1 << 31

        init(_ start: Int, _ end: Int, isQuoted: Bool, hasDoubled: Bool) {
            startAndQuoted = UInt32(truncatingIfNeeded: start) | (isQuoted ? Self.flag : 0)
            endAndDoubled = UInt32(truncatingIfNeeded: end) | (hasDoubled ? Self.flag : 0)
        }

        var range: Range<Int> {
            Int(startAndQuoted & ~Self.flag)..<Int(endAndDoubled & ~Self.flag)
        }
        var isQuoted: Bool { startAndQuoted & Self.flag != 0 }
        var hasDoubled: Bool { endAndDoubled & Self.flag != 0 }
    }

    /// The number of fields; zero for a broken row.
    public var count: Int { fields.count }

    /// The text of a field; empty when the row is shorter, with U+FFFD where the bytes are not UTF-8.
    public subscript(_ index: Int) -> String {
        guard fields.indices.contains(index) else { return "" }
        return withBytes(index) { String(decoding: $0, as: UTF8.self) }
    }

    /// The text of a field; nil when the row is shorter or the bytes are not UTF-8.
    public func text(_ index: Int) -> String? {
        guard fields.indices.contains(index) else { return nil }
        return withBytes(index) { String(validating: $0, as: UTF8.self) }
    }

    /// The bytes of a field with doubled quotes made single; empty when the row is shorter.
    public func bytes(_ index: Int) -> [UInt8] {
        guard fields.indices.contains(index) else { return [] }
        let field = fields[index]
        guard field.hasDoubled else { return Array(raw[field.range]) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(field.range.count)
        var isSecond = false
        for byte in raw[field.range] {
            isSecond = byte == 0x22 && !isSecond
            if !isSecond { bytes.append(byte) }
        }
        return bytes
    }

    /// Lends the bytes of a field without copying them where that is possible; none when the row is shorter.
    public func withBytes<Result>(_ index: Int, _ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        guard fields.indices.contains(index) else { return body(UnsafeBufferPointer(start: nil, count: 0)) }
        let field = fields[index]
        if field.hasDoubled { return bytes(index).withUnsafeBufferPointer(body) }
        return raw.withUnsafeBufferPointer { body(UnsafeBufferPointer(rebasing: $0[field.range])) }
    }

    /// True when the field stands in quotes, which some programs use to tell an empty text from no value.
    public func isQuoted(_ index: Int) -> Bool {
        fields.indices.contains(index) && fields[index].isQuoted
    }

    /// Every field as text, as the subscript gives it.
    public var texts: [String] { fields.indices.map { self[$0] } }

    /// The fields whose bytes are not UTF-8; none in a row that is well.
    public var fieldsNotUTF8: [Int] {
        let isClean = raw.withUnsafeBufferPointer { UTF8Check.firstInvalid(in: $0) == nil }
        guard !isClean else { return [] }
        return fields.indices.filter { index in
            withBytes(index) { UTF8Check.firstInvalid(in: $0) != nil }
        }
    }
}
