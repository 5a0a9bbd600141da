import Glibc

/// The state machine of `CSVReader`: finds rows in a buffer that always begins at the first unfinished row.
struct CSVScanner: Sendable {
    private enum Mode: Sendable { case fieldStart, plain, quoted }

    private enum Outcome {
        case needsMore
        /// The row's content ends before `end`; the next row begins at `next`.
        case row(end: Int, next: Int)
        case broken(CSVFault.Reason)
    }

    private let separator: UInt8
    private let limits: CSVReader.Limits
    private let separators: UInt64

    // Of the buffer: where the current row begins in it, and how many bytes came before it.
    private var rowStart = 0
    private var bytesBefore = 0
    // Of the current row, relative to its start.
    private var mode: Mode = .fieldStart
    private var cursor = 0
    private var fieldStart = 0
    private var hasDoubled = false
    private var fields: [CSVRow.Field] = []
    private var quotedLines = 0
    private var firstLine: (end: Int, next: Int)?
    /// A broken row whose line end has not come yet, with the bytes kept of it.
    private var skipping: (row: CSVFault.Reason, raw: [UInt8], offset: Int)?

    private var lineNumber = 1
    private var rowNumber = 1
    private var isAtBeginning = true

    init(separator: UInt8, limits: CSVReader.Limits) {
        (self.separator, self.limits) = (separator, limits)
        separators = CSVScanner.ones &* UInt64(separator)
    }

    /// Tells how many bytes of the buffer are done with; the next buffer begins after them.
    mutating func consume() -> Int {
        defer {
            bytesBefore += rowStart
            rowStart = 0
        }
        return rowStart
    }

    mutating func scan<E: Error>(
        _ buffer: UnsafeRawBufferPointer, isLast: Bool, _ emit: (CSVRow) throws(E) -> Void
    ) throws(E) {
        guard skipByteOrderMark(buffer, isLast) else { return }
        while rowStart < buffer.count || skipping != nil {
            if skipping != nil {
                guard let row = skip(buffer, isLast) else { return }
                try emit(row)
                continue
            }
            switch row(buffer, isLast) {
            case .needsMore: return
            case .row(let end, let next):
                if let row = accept(buffer, end, next) { try emit(row) }
            case .broken(let reason):
                if let row = reject(buffer, reason) { try emit(row) }
            }
        }
    }

    /// False while the first three bytes are not all there.
    private mutating func skipByteOrderMark(_ buffer: UnsafeRawBufferPointer, _ isLast: Bool) -> Bool {
        guard isAtBeginning else { return true }
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        if buffer.starts(with: mark) {
            rowStart = 3
        } else if buffer.count < 3, !isLast, mark.starts(with: buffer) {
            return false
        }
        isAtBeginning = false
        return true
    }
}

extension CSVScanner {
    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let highs: UInt64 = 0x8080_8080_8080_8080

    /// Goes on with the current row from where the last buffer left it.
    private mutating func row(_ buffer: UnsafeRawBufferPointer, _ isLast: Bool) -> Outcome {
        guard let base = buffer.baseAddress else { return .needsMore }
        let row = base + rowStart
        let count = buffer.count - rowStart
        // One byte past the limit is enough to know.
        let stop = min(count, limits.rowBytes + 1)
        while true {
            switch mode {
            case .fieldStart:
                fieldStart = cursor
                guard cursor < stop else { return end(of: row, count, stop, isLast) }
                if row.load(fromByteOffset: cursor, as: UInt8.self) == 0x22 {
                    (mode, hasDoubled) = (.quoted, false)
                    cursor += 1
                    fieldStart = cursor
                } else {
                    mode = .plain
                }
            case .plain:
                cursor = plainEnd(row, cursor, stop)
                guard cursor < stop else { return end(of: row, count, stop, isLast) }
                let byte = row.load(fromByteOffset: cursor, as: UInt8.self)
                if byte == 0x22 { return .broken(.strayQuote) }
                if let outcome = close(row, count, cursor, isLast, isQuoted: false) { return outcome }
            case .quoted:
                if let outcome = quoted(row, count, stop, isLast) { return outcome }
            }
        }
    }

    /// The next separator, quote or line end at or after `start`.
    @inline(__always)
    private func plainEnd(_ row: UnsafeRawPointer, _ start: Int, _ stop: Int) -> Int {
        var place = start
        while place + 8 <= stop {
            let word = UInt64(littleEndian: row.loadUnaligned(fromByteOffset: place, as: UInt64.self))
            let (a, b) = (word ^ separators, word ^ (Self.ones &* 0x22))
            let (c, d) = (word ^ (Self.ones &* 0x0A), word ^ (Self.ones &* 0x0D))
            let first = ((a &- Self.ones) & ~a) | ((b &- Self.ones) & ~b)
            let second = ((c &- Self.ones) & ~c) | ((d &- Self.ones) & ~d)
            let hits = (first | second) & Self.highs
            if hits != 0 { return place + hits.trailingZeroBitCount >> 3 }
            place += 8
        }
        while place < stop {
            let byte = row.load(fromByteOffset: place, as: UInt8.self)
            if byte == separator || byte == 0x22 || byte == 0x0A || byte == 0x0D { return place }
            place += 1
        }
        return place
    }

    /// Inside quotes, up to the closing one and the byte after it; nil to go on with the next field.
    private mutating func quoted(_ row: UnsafeRawPointer, _ count: Int, _ stop: Int, _ isLast: Bool) -> Outcome? {
        while cursor < stop {
            let byte = row.load(fromByteOffset: cursor, as: UInt8.self)
            switch byte {
            case 0x22:
                guard cursor + 1 < count || isLast else { return .needsMore }
                guard cursor + 1 < count else {
                    cursor += 1
                    return finishRow(end: cursor, next: cursor, fieldEnd: cursor - 1, isQuoted: true)
                }
                if row.load(fromByteOffset: cursor + 1, as: UInt8.self) == 0x22 {
                    hasDoubled = true
                    cursor += 2
                } else {
                    return close(row, count, cursor + 1, isLast, isQuoted: true)
                }
            case 0x0A, 0x0D:
                guard let next = lineEnd(row, count, cursor, isLast) else { return .needsMore }
                if firstLine == nil { firstLine = (cursor, next) }
                quotedLines += 1
                cursor = next
            default: cursor += 1
            }
        }
        if count > limits.rowBytes { return .broken(firstLine == nil ? .tooLong : .unterminatedQuote) }
        return isLast ? .broken(.unterminatedQuote) : .needsMore
    }

    /// Ends a field before the byte at `place`, which must be a separator or a line end.
    @inline(__always)
    private mutating func close(
        _ row: UnsafeRawPointer, _ count: Int, _ place: Int, _ isLast: Bool, isQuoted: Bool
    ) -> Outcome? {
        let byte = row.load(fromByteOffset: place, as: UInt8.self)
        let fieldEnd = isQuoted ? place - 1 : place
        if byte == separator {
            fields.append(CSVRow.Field(fieldStart, fieldEnd, isQuoted: isQuoted, hasDoubled: isQuoted && hasDoubled))
            (cursor, mode) = (place + 1, .fieldStart)
            return fields.count >= limits.fields ? .broken(.tooManyFields) : nil
        }
        guard byte == 0x0A || byte == 0x0D else { return .broken(.textAfterQuote) }
        guard let next = lineEnd(row, count, place, isLast) else { return .needsMore }
        return finishRow(end: place, next: next, fieldEnd: fieldEnd, isQuoted: isQuoted)
    }

    /// The input, or the room for a row, ends inside an unquoted field.
    private mutating func end(of row: UnsafeRawPointer, _ count: Int, _ stop: Int, _ isLast: Bool) -> Outcome {
        if count > limits.rowBytes { return .broken(.tooLong) }
        return isLast ? finishRow(end: count, next: count, fieldEnd: count, isQuoted: false) : .needsMore
    }

    private mutating func finishRow(end: Int, next: Int, fieldEnd: Int, isQuoted: Bool) -> Outcome {
        fields.append(CSVRow.Field(fieldStart, fieldEnd, isQuoted: isQuoted, hasDoubled: isQuoted && hasDoubled))
        return .row(end: end, next: next)
    }

    /// Where the line after the line end at `place` begins; nil when the byte after a CR is still to come.
    @inline(__always)
    private func lineEnd(_ row: UnsafeRawPointer, _ count: Int, _ place: Int, _ isLast: Bool) -> Int? {
        if row.load(fromByteOffset: place, as: UInt8.self) == 0x0A { return place + 1 }
        guard place + 1 < count else { return isLast ? place + 1 : nil }
        return row.load(fromByteOffset: place + 1, as: UInt8.self) == 0x0A ? place + 2 : place + 1
    }
}

extension CSVScanner {
    /// Makes the row and goes to the next; nil for a blank line.
    private mutating func accept(_ buffer: UnsafeRawBufferPointer, _ end: Int, _ next: Int) -> CSVRow? {
        if end == 0 {
            advance(by: next, lines: 1)
            return nil
        }
        let row = CSVRow(
            lineNumber: lineNumber, rowNumber: rowNumber, offset: bytesBefore + rowStart,
            raw: Array(buffer[rowStart..<rowStart + end]), fault: nil, fields: fields, separator: separator)
        rowNumber += 1
        advance(by: next, lines: quotedLines + 1)
        return row
    }

    /// Gives a broken row up: its first line when that is known, else everything to the next line end, which `skip` finds.
    private mutating func reject(_ buffer: UnsafeRawBufferPointer, _ reason: CSVFault.Reason) -> CSVRow? {
        if let line = firstLine {
            let row = broken(reason, Array(buffer[rowStart..<rowStart + line.end]), bytesBefore + rowStart)
            advance(by: line.next, lines: 1)
            return row
        }
        skipping = (reason, [], bytesBefore + rowStart)
        return nil
    }

    /// Looks for the end of a broken row's line; nil when it is not there yet.
    private mutating func skip(_ buffer: UnsafeRawBufferPointer, _ isLast: Bool) -> CSVRow? {
        guard case (let reason, var raw, let offset)? = skipping else { return nil }
        // Given up while it grows: a second holder would have the kept bytes copied for every piece of an endless line.
        skipping = nil
        let rest = UnsafeRawBufferPointer(rebasing: buffer[rowStart...])
        let end = Self.firstLineEnd(rest)
        if raw.count < limits.rowBytes { raw += rest[..<end].prefix(limits.rowBytes - raw.count) }
        guard end < rest.count, let base = rest.baseAddress, let next = lineEnd(base, rest.count, end, isLast) else {
            skipping = (reason, raw, offset)
            advance(by: end, lines: 0)
            guard isLast else { return nil }
            skipping = nil
            return broken(reason, raw, offset)
        }
        let row = broken(reason, raw, offset)
        advance(by: next, lines: 1)
        return row
    }

    /// The first LF or CR; the count where there is none.
    private static func firstLineEnd(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard let base = bytes.baseAddress else { return 0 }
        var end = bytes.count
        for byte: Int32 in [0x0A, 0x0D] {
            if let found = memchr(base, byte, end) { end = UnsafeRawPointer(found) - base }
        }
        return end
    }

    private mutating func broken(_ reason: CSVFault.Reason, _ raw: [UInt8], _ offset: Int) -> CSVRow {
        defer { rowNumber += 1 }
        return CSVRow(
            lineNumber: lineNumber, rowNumber: rowNumber, offset: offset, raw: raw,
            fault: CSVFault(reason, line: lineNumber), fields: [], separator: separator)
    }

    private mutating func advance(by bytes: Int, lines: Int) {
        rowStart += bytes
        lineNumber += lines
        (mode, cursor, fieldStart, hasDoubled, quotedLines, firstLine) = (.fieldStart, 0, 0, false, 0, nil)
        let likely = fields.count
        fields = []
        fields.reserveCapacity(likely)
    }
}
