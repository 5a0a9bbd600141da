/// Writes CSV (RFC 4180) into bytes, quoting a field only where it must be.
public struct CSVWriter: Sendable {
    /// What ends a row.
    public enum LineEnd: Sendable { case lf, crlf }

    /// Everything written so far, in UTF-8.
    public private(set) var bytes: [UInt8] = []

    private let separator: UInt8
    private let lineEnd: LineEnd
    private let guardsFormulas: Bool
    private let keepsGuards: Bool
    private var fieldCount = 0
    private var rowStart = 0

    /// - Parameters:
    ///   - lineEnd: CRLF as the RFC says, or LF.
    ///   - guardsFormulas: puts an apostrophe before a field that a spreadsheet would run as a formula.
    ///   - keepsGuards: puts one also before a field that looks guarded by itself, so that `FormulaGuard.removed` gives back
    ///     every field as it was, whether formulas are guarded or not.
    ///   - hasByteOrderMark: begins with the mark by which Excel knows UTF-8.
    public init(
        separator: UInt8 = UInt8(ascii: ","), lineEnd: LineEnd = .crlf, guardsFormulas: Bool = false,
        keepsGuards: Bool = false, hasByteOrderMark: Bool = false
    ) {
        (self.separator, self.lineEnd) = (separator, lineEnd)
        (self.guardsFormulas, self.keepsGuards) = (guardsFormulas, keepsGuards)
        if hasByteOrderMark { bytes = [0xEF, 0xBB, 0xBF] }
        rowStart = bytes.count
    }

    /// The next field of the row.
    public mutating func field(_ text: String) {
        var text = text
        text.withUTF8 { field($0) }
    }

    /// The next field of the row, in UTF-8.
    public mutating func field(_ text: [UInt8]) {
        text.withUnsafeBufferPointer { field($0) }
    }

    /// The next field of the row, in UTF-8 that somebody else owns.
    public mutating func field(_ text: UnsafeRawBufferPointer) {
        field(text.assumingMemoryBound(to: UInt8.self))
    }

    /// The next field of the row, as decimal digits.
    public mutating func field(_ number: Int) {
        separate()
        bytes.appendDecimal(number)
    }

    /// A field without a value: nothing between two separators.
    public mutating func emptyField() { separate() }

    /// Ends the row.
    public mutating func endRow() {
        // A row of one empty field would read as a blank line.
        if fieldCount == 1, bytes.count == rowStart { bytes += [0x22, 0x22] }
        if lineEnd == .crlf { bytes.append(0x0D) }
        bytes.append(0x0A)
        (fieldCount, rowStart) = (0, bytes.count)
    }

    /// A whole row.
    public mutating func row(_ fields: [String]) {
        for text in fields { field(text) }
        endRow()
    }

    /// Hands over what was written, whole rows or not, and goes on with nothing.
    public mutating func take() -> [UInt8] {
        var fresh: [UInt8] = []
        fresh.reserveCapacity(bytes.count)
        swap(&fresh, &bytes)
        // Below zero when the row's beginning was handed over: it is then not an empty one.
        rowStart -= fresh.count
        return fresh
    }

    private mutating func separate() {
        if fieldCount > 0 { bytes.append(separator) }
        fieldCount += 1
    }

    private mutating func field(_ text: UnsafeBufferPointer<UInt8>) {
        separate()
        let isGuarded =
            guardsFormulas && FormulaGuard.isFormula(text) || keepsGuards && FormulaGuard.isGuarded(text)
        guard isGuarded || mustQuote(text) else {
            bytes.append(contentsOf: text)
            return
        }
        bytes.append(0x22)
        if isGuarded { bytes.append(UInt8(ascii: "'")) }
        for byte in text {
            if byte == 0x22 { bytes.append(0x22) }
            bytes.append(byte)
        }
        bytes.append(0x22)
    }

    private func mustQuote(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        // Outer spaces are data, but many readers trim them unless quoted; a byte order mark would be skipped.
        if let first = text.first, first == 0x20 || first == 0xEF || text.last == 0x20 { return true }
        return text.contains { $0 == separator || $0 == 0x22 || $0 == 0x0A || $0 == 0x0D }
    }
}
