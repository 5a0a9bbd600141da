import Groundwork

#if canImport(Glibc)
    import Glibc
#endif

/// One JSON line under construction, ended by a line feed.
struct LogLine {
    private var bytes: [UInt8] = []

    init(level: Logger.Level, message: StaticString) {
        bytes.reserveCapacity(256)
        add("{\"time\":\"")
        addTime()
        add("\",\"level\":\"")
        bytes.append(contentsOf: level.rawValue.utf8)
        add("\",\"message\":\"")
        addEscaped(message)
        add("\"")
    }

    mutating func append(_ key: LogKey, _ value: LogValue) {
        add(",\"")
        addEscaped(key.name)
        add("\":")
        switch value.content {
        case .integer(let integer): bytes.append(contentsOf: String(integer).utf8)
        case .number(let number):
            // JSON has no infinity and no NaN.
            bytes.append(contentsOf: (number.isFinite ? String(number) : "null").utf8)
        case .flag(let flag): add(flag ? "true" : "false")
        case .literal(let literal):
            add("\"")
            addEscaped(literal)
            add("\"")
        case .text(let text):
            add("\"")
            for byte in text.utf8 { addEscaped(byte) }
            add("\"")
        }
    }

    consuming func finished() -> [UInt8] {
        add("}\n")
        return bytes
    }

    private mutating func add(_ literal: StaticString) {
        literal.withUTF8Buffer { bytes.append(contentsOf: $0) }
    }

    private mutating func addEscaped(_ literal: StaticString) {
        literal.withUTF8Buffer { buffer in
            for byte in buffer { addEscaped(byte) }
        }
    }

    // A line feed inside a value would let it forge a second line, so every control character is escaped.
    private mutating func addEscaped(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): add("\\\"")
        case UInt8(ascii: "\\"): add("\\\\")
        case 0x0A: add("\\n")
        case 0..<0x20, 0x7F:
            add("\\u00")
            bytes.append(HexDigit.hexadecimal(byte >> 4))
            bytes.append(HexDigit.hexadecimal(byte & 15))
        default: bytes.append(byte)
        }
    }

    /// RFC 3339 in UTC with milliseconds.
    private mutating func addTime() {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        let seconds = Int(now.tv_sec)
        let day = CalendarDate(daysSince1970: seconds / 86_400) ?? .earliest
        let second = seconds % 86_400
        bytes.append(contentsOf: day.description.utf8)
        add("T")
        addDigits(second / 3600, 2)
        add(":")
        addDigits(second / 60 % 60, 2)
        add(":")
        addDigits(second % 60, 2)
        add(".")
        addDigits(Int(now.tv_nsec) / 1_000_000, 3)
        add("Z")
    }

    private mutating func addDigits(_ value: Int, _ width: Int) {
        if width == 3 { bytes.append(0x30 + UInt8(value / 100)) }
        bytes.append(0x30 + UInt8(value / 10 % 10))
        bytes.append(0x30 + UInt8(value % 10))
    }
}

enum HexDigit {
    static func hexadecimal(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x57 + value }
}
