/// Reads CSV (RFC 4180) that arrives in pieces, row by row.
///
/// Lines end with CRLF, LF or CR; a byte order mark is skipped, and so are blank lines. A row with broken quoting is handed on
/// as a fault with its raw first line, and reading resumes on the line after that.
public struct CSVReader: Sendable {
    /// How large a row may be before it is handed on as a fault.
    public struct Limits: Sendable {
        /// In bytes, quoted line ends included; at most 2³⁰.
        public var rowBytes: Int
        /// How many fields; one row of a wide survey has some hundreds.
        public var fields: Int

        /// - Parameters:
        ///   - rowBytes: 1 to 2³⁰.
        ///   - fields: 1 or more.
        public init(rowBytes: Int = 1 << 20, fields: Int = 4096) {
            precondition((1...1 << 30).contains(rowBytes) && fields >= 1, "a row has room for a field")
            (self.rowBytes, self.fields) = (rowBytes, fields)
        }

        /// One megabyte and 4,096 fields.
        public static let standard: Limits = Limits()
    }

    private var scanner: CSVScanner
    private var converter: TextConverter?
    private var carry: [UInt8] = []

    /// - Parameters:
    ///   - separator: between fields: a comma, a semicolon, a tab or any other ASCII character but quote and line end.
    ///   - encoding: what the bytes are in; anything but UTF-8 is converted on the way.
    public init(
        separator: UInt8 = UInt8(ascii: ","), limits: Limits = .standard, encoding: TextEncoding = .utf8
    ) {
        precondition(separator < 0x80 && ![0x22, 0x0A, 0x0D].contains(separator), "a separator is an ASCII character")
        scanner = CSVScanner(separator: separator, limits: limits)
        converter = encoding == .utf8 ? nil : TextConverter(encoding)
    }

    /// Takes the next piece and hands on every row that it completes; pieces may end anywhere.
    public mutating func feed<E: Error>(_ chunk: [UInt8], _ row: (CSVRow) throws(E) -> Void) throws(E) {
        try chunk.withUnsafeBufferPointer { bytes throws(E) in try feed(UnsafeRawBufferPointer(bytes), row) }
    }

    /// Takes the next piece and hands on every row that it completes; the memory is not kept.
    public mutating func feed<E: Error>(
        _ chunk: UnsafeRawBufferPointer, _ row: (CSVRow) throws(E) -> Void
    ) throws(E) {
        if let converted = converter?.feed(chunk) {
            try converted.withUnsafeBufferPointer { bytes throws(E) in
                try take(UnsafeRawBufferPointer(bytes), isLast: false, row)
            }
        } else {
            try take(chunk, isLast: false, row)
        }
    }

    /// Ends the input and hands on what is left of it.
    public mutating func finish<E: Error>(_ row: (CSVRow) throws(E) -> Void) throws(E) {
        let rest = converter?.finish() ?? []
        try rest.withUnsafeBufferPointer { bytes throws(E) in
            try take(UnsafeRawBufferPointer(bytes), isLast: true, row)
        }
    }

    /// Reads a whole file that is in memory.
    public static func rows(
        of bytes: [UInt8], separator: UInt8 = UInt8(ascii: ","), encoding: TextEncoding = .utf8
    ) -> [CSVRow] {
        var reader = CSVReader(separator: separator, encoding: encoding)
        var rows: [CSVRow] = []
        reader.feed(bytes) { rows.append($0) }
        reader.finish { rows.append($0) }
        return rows
    }

    private mutating func take<E: Error>(
        _ chunk: UnsafeRawBufferPointer, isLast: Bool, _ row: (CSVRow) throws(E) -> Void
    ) throws(E) {
        if carry.isEmpty {
            // An error of the caller leaves the rows behind it unread, not the reader broken.
            defer { carry.append(contentsOf: chunk[scanner.consume()...]) }
            try scanner.scan(chunk, isLast: isLast, row)
        } else {
            var work: [UInt8] = []
            swap(&work, &carry)
            work.append(contentsOf: chunk)
            defer {
                work.removeFirst(scanner.consume())
                swap(&work, &carry)
            }
            try work.withUnsafeBufferPointer { bytes throws(E) in
                try scanner.scan(UnsafeRawBufferPointer(bytes), isLast: isLast, row)
            }
        }
    }
}
