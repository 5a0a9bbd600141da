extension JSON {
    /// The document in UTF-8: compact, or with two spaces of indent when `pretty`.
    public func serialized(pretty: Bool = false) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(256)
        if pretty {
            bytes.appendPretty(self, indent: 0)
        } else {
            bytes.appendCompact(self)
        }
        return bytes
    }

    /// The compact document as text.
    public var text: String { String(decoding: serialized(), as: UTF8.self) }

    /// One form for equal documents, for hashes and signatures of our own.
    ///
    /// Compact, members sorted by the UTF-8 bytes of their names, only the necessary escapes, numbers in their shortest plain
    /// text. Texts keep their Unicode normalisation. (RFC 8785 differs in its sort beyond the basic plane and in numbers.)
    public func canonical() -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.appendCanonical(self)
        return bytes
    }

    /// Appends the canonical form.
    public func appendCanonical(to bytes: inout [UInt8]) {
        bytes.appendCanonical(self)
    }
}

extension [UInt8] {
    mutating func appendCompact(_ json: JSON) {
        switch json {
        case .null: appendStatic("null")
        case .bool(let value): appendStatic(value ? "true" : "false")
        case .number(let number): appendText(number.text)
        case .string(let text): appendQuoted(text)
        case .array(let items):
            var mark = UInt8(ascii: "[")
            for item in items {
                append(mark)
                mark = UInt8(ascii: ",")
                appendCompact(item)
            }
            if items.isEmpty { append(mark) }
            append(UInt8(ascii: "]"))
        case .object(let members):
            var mark = UInt8(ascii: "{")
            members.forEachMember { member in
                append(mark)
                mark = UInt8(ascii: ",")
                appendQuoted(member.key)
                append(UInt8(ascii: ":"))
                appendCompact(member.value)
            }
            if members.isEmpty { append(mark) }
            append(UInt8(ascii: "}"))
        }
    }

    mutating func appendPretty(_ json: JSON, indent: Int) {
        switch json {
        case .array(let items) where !items.isEmpty:
            for (index, item) in items.enumerated() {
                append(index == 0 ? UInt8(ascii: "[") : UInt8(ascii: ","))
                appendLine(indent + 1)
                appendPretty(item, indent: indent + 1)
            }
            appendLine(indent)
            append(UInt8(ascii: "]"))
        case .object(let members) where !members.isEmpty:
            var mark = UInt8(ascii: "{")
            members.forEachMember { member in
                append(mark)
                mark = UInt8(ascii: ",")
                appendLine(indent + 1)
                appendQuoted(member.key)
                appendStatic(": ")
                appendPretty(member.value, indent: indent + 1)
            }
            appendLine(indent)
            append(UInt8(ascii: "}"))
        default: appendCompact(json)
        }
    }

    mutating func appendCanonical(_ json: JSON) {
        switch json {
        case .number(let number): appendText(number.canonicalText)
        case .array(let items) where !items.isEmpty:
            for (index, item) in items.enumerated() {
                append(index == 0 ? UInt8(ascii: "[") : UInt8(ascii: ","))
                appendCanonical(item)
            }
            append(UInt8(ascii: "]"))
        case .object(let members) where !members.isEmpty:
            for (index, member) in members.sortedMembers().enumerated() {
                append(index == 0 ? UInt8(ascii: "{") : UInt8(ascii: ","))
                appendQuoted(member.key)
                append(UInt8(ascii: ":"))
                appendCanonical(member.value)
            }
            append(UInt8(ascii: "}"))
        default: appendCompact(json)
        }
    }

    private mutating func appendLine(_ indent: Int) {
        append(0x0A)
        append(contentsOf: repeatElement(0x20, count: indent * 2))
    }

    mutating func appendStatic(_ text: StaticString) {
        append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    mutating func appendText(_ text: String) {
        var text = text
        text.withUTF8 { append(contentsOf: $0) }
    }

    mutating func appendDecimal(_ value: Int) {
        if value >= 0, value < 10 {
            append(0x30 + UInt8(value))
        } else {
            appendText(String(value))
        }
    }

    /// The text in quotes; quotes, backslashes and control characters escaped, everything else as it is.
    mutating func appendQuoted(_ text: String) {
        var text = text
        append(0x22)
        text.withUTF8 { utf8 in
            var run = 0
            var place = JSONEscapes.next(utf8, from: 0)
            while place < utf8.count {
                append(contentsOf: UnsafeBufferPointer(rebasing: utf8[run..<place]))
                appendEscape(utf8[place])
                run = place + 1
                place = JSONEscapes.next(utf8, from: run)
            }
            append(contentsOf: UnsafeBufferPointer(rebasing: utf8[run...]))
        }
        append(0x22)
    }

    private mutating func appendEscape(_ byte: UInt8) {
        append(0x5C)
        switch byte {
        case 0x22, 0x5C: append(byte)
        case 0x08: append(UInt8(ascii: "b"))
        case 0x09: append(UInt8(ascii: "t"))
        case 0x0A: append(UInt8(ascii: "n"))
        case 0x0C: append(UInt8(ascii: "f"))
        case 0x0D: append(UInt8(ascii: "r"))
        default:
            appendStatic(byte < 0x10 ? "u000" : "u001")
            let low = byte & 15
            append(low < 10 ? 0x30 + low : 0x57 + low)
        }
    }
}

enum JSONEscapes {
    /// The place of the next byte that must be escaped, eight bytes at a time; the count when there is none.
    static func next(_ utf8: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let raw = UnsafeRawBufferPointer(utf8)
        var place = start
        while place + 8 <= raw.count {
            let word = UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: place, as: UInt64.self))
            let quote = word ^ (ones &* 0x22)
            let slash = word ^ (ones &* 0x5C)
            let hits = ((word &- ones &* 0x20) & ~word) | ((quote &- ones) & ~quote) | ((slash &- ones) & ~slash)
            let special = hits & 0x8080_8080_8080_8080
            if special != 0 { return place + special.trailingZeroBitCount >> 3 }
            place += 8
        }
        while place < raw.count, raw[place] >= 0x20, raw[place] != 0x22, raw[place] != 0x5C { place += 1 }
        return place
    }
}
