/// A recursive-descent parser over borrowed UTF-8 bytes.
struct JSONParser {
    private let base: UnsafeRawPointer
    private let end: Int
    private let limits: JSON.Limits
    private var place = 0
    private var scratch: [UInt8] = []

    init(_ base: UnsafeRawPointer, count: Int, limits: JSON.Limits) {
        (self.base, end, self.limits) = (base, count, limits)
    }

    mutating func document() throws(JSONFault) -> JSON {
        if end > limits.bytes { throw fault(.size, at: 0) }
        if end >= 3, byte(0) == 0xEF, byte(1) == 0xBB, byte(2) == 0xBF { throw fault(.byteOrderMark, at: 0) }
        skipSpace()
        if place == end { throw fault(.empty) }
        let value = try value(depth: 0)
        skipSpace()
        if place < end { throw fault(.trailing) }
        return value
    }

    private mutating func value(depth: Int) throws(JSONFault) -> JSON {
        guard place < end else { throw fault(.unfinished) }
        switch byte(place) {
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "{"): return .object(try object(depth: depth + 1))
        case UInt8(ascii: "["): return .array(try array(depth: depth + 1))
        case UInt8(ascii: "-"), 0x30...0x39: return .number(try number())
        case UInt8(ascii: "t"): return try literal("true", .bool(true))
        case UInt8(ascii: "f"): return try literal("false", .bool(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): throw fault(.literal)
        case 0x80...: throw fault(isUTF8(from: place) ? .value : .encoding)
        default: throw fault(.value)
        }
    }

    private mutating func object(depth: Int) throws(JSONFault) -> JSONObject {
        if depth > limits.depth { throw fault(.depth) }
        var members = JSONObject()
        place += 1
        skipSpace()
        if try take(UInt8(ascii: "}")) { return members }
        members.reserve(4)
        while true {
            guard place < end else { throw fault(.unfinished) }
            guard byte(place) == UInt8(ascii: "\"") else { throw fault(.memberName) }
            let start = place
            let key = try string()
            let isRepeated = members.contains(key)
            if isRepeated, !limits.takesLastDuplicate { throw fault(.duplicateMember, at: start) }
            skipSpace()
            guard try take(UInt8(ascii: ":")) else { throw fault(.memberName) }
            skipSpace()
            let value = try value(depth: depth)
            if isRepeated { members[key] = value } else { members.append(key, value) }
            skipSpace()
            if try take(UInt8(ascii: ",")) {
                skipSpace()
            } else if try take(UInt8(ascii: "}")) {
                return members
            } else {
                throw fault(.separator)
            }
        }
    }

    private mutating func array(depth: Int) throws(JSONFault) -> [JSON] {
        if depth > limits.depth { throw fault(.depth) }
        var items: [JSON] = []
        place += 1
        skipSpace()
        if try take(UInt8(ascii: "]")) { return items }
        while true {
            items.append(try value(depth: depth))
            skipSpace()
            if try take(UInt8(ascii: ",")) {
                skipSpace()
            } else if try take(UInt8(ascii: "]")) {
                return items
            } else {
                throw fault(.separator)
            }
        }
    }

    private mutating func literal(_ word: StaticString, _ value: JSON) throws(JSONFault) -> JSON {
        let count = word.utf8CodeUnitCount
        for index in 0..<count {
            guard place + index < end else { throw fault(.unfinished, at: end) }
            guard byte(place + index) == word.utf8Start[index] else { throw fault(.literal) }
        }
        place += count
        return value
    }

    private mutating func number() throws(JSONFault) -> JSONNumber {
        let start = place
        if byte(place) == UInt8(ascii: "-") { place += 1 }
        if place < end, byte(place) == 0x30 {
            place += 1
            if place < end, isDigit(byte(place)) { throw fault(.number, at: start) }
        } else {
            try digits(start)
        }
        if place < end, byte(place) == UInt8(ascii: ".") {
            place += 1
            try digits(start)
        }
        if place < end, byte(place) | 0x20 == UInt8(ascii: "e") {
            place += 1
            if place < end, byte(place) == UInt8(ascii: "+") || byte(place) == UInt8(ascii: "-") { place += 1 }
            try digits(start)
        }
        return JSONNumber(checked: ascii(start, place))
    }

    private mutating func digits(_ start: Int) throws(JSONFault) {
        guard place < end else { throw fault(.unfinished) }
        guard isDigit(byte(place)) else { throw fault(.number, at: start) }
        while place < end, isDigit(byte(place)) { place += 1 }
    }
}

extension JSONParser {
    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let highs: UInt64 = 0x8080_8080_8080_8080

    /// Eight bytes at a time up to the first quote, backslash or control character.
    private mutating func string() throws(JSONFault) -> String {
        place += 1
        let start = place
        var seen: UInt64 = 0
        while place + 8 <= end {
            let word = UInt64(littleEndian: base.loadUnaligned(fromByteOffset: place, as: UInt64.self))
            let quote = word ^ (Self.ones &* 0x22)
            let slash = word ^ (Self.ones &* 0x5C)
            let hits =
                ((word &- Self.ones &* 0x20) & ~word) | ((quote &- Self.ones) & ~quote)
                | ((slash &- Self.ones) & ~slash)
            let special = hits & Self.highs
            if special == 0 {
                seen |= word
                place += 8
                continue
            }
            // A borrow can only raise false hits above a true one, so the lowest is exact.
            let skipped = special.trailingZeroBitCount & ~7
            seen |= word & ((1 << UInt64(skipped)) &- 1)
            place += skipped >> 3
            return try finishString(start, seen)
        }
        while place < end, byte(place) >= 0x20, byte(place) != 0x22, byte(place) != 0x5C {
            seen |= UInt64(byte(place))
            place += 1
        }
        return try finishString(start, seen)
    }

    /// Stands at a quote, a backslash, a control character or the end.
    private mutating func finishString(_ start: Int, _ seen: UInt64) throws(JSONFault) -> String {
        guard place < end else { throw fault(.unfinished) }
        switch byte(place) {
        case 0x22:
            let stop = place
            place += 1
            return seen & Self.highs == 0 ? ascii(start, stop) : try utf8(start, stop)
        case 0x5C: return try escapedString(start)
        default: throw fault(.control)
        }
    }

    private mutating func escapedString(_ start: Int) throws(JSONFault) -> String {
        scratch.removeAll(keepingCapacity: true)
        var run = start
        while place < end {
            switch byte(place) {
            case 0x22:
                copy(run, place)
                place += 1
                guard let text = String(validating: scratch, as: UTF8.self) else {
                    throw fault(.encoding, at: firstInvalid(start, place))
                }
                return text
            case 0x5C:
                copy(run, place)
                try escape()
                run = place
            case 0..<0x20: throw fault(.control)
            default: place += 1
            }
        }
        throw fault(.unfinished)
    }

    private mutating func escape() throws(JSONFault) {
        let start = place
        guard place + 1 < end else { throw fault(.unfinished, at: end) }
        let letter = byte(place + 1)
        place += 2
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): scratch.append(letter)
        case UInt8(ascii: "b"): scratch.append(0x08)
        case UInt8(ascii: "f"): scratch.append(0x0C)
        case UInt8(ascii: "n"): scratch.append(0x0A)
        case UInt8(ascii: "r"): scratch.append(0x0D)
        case UInt8(ascii: "t"): scratch.append(0x09)
        case UInt8(ascii: "u"):
            let scalar = try escapedScalar(start)
            scratch.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        default: throw fault(.escape, at: start)
        }
    }

    /// The four digits after `\u`, and the second half of a pair where the first one asks for it.
    private mutating func escapedScalar(_ start: Int) throws(JSONFault) -> Unicode.Scalar {
        let first = try hexadecimal(start)
        guard (0xD800..<0xE000).contains(first) else {
            guard let scalar = Unicode.Scalar(first) else { throw fault(.surrogate, at: start) }
            return scalar
        }
        guard first < 0xDC00, place + 1 < end, byte(place) == 0x5C, byte(place + 1) == UInt8(ascii: "u") else {
            throw fault(.surrogate, at: start)
        }
        place += 2
        let second = try hexadecimal(place - 2)
        guard (0xDC00..<0xE000).contains(second),
            let scalar = Unicode.Scalar(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00))
        else { throw fault(.surrogate, at: start) }
        return scalar
    }

    private mutating func hexadecimal(_ start: Int) throws(JSONFault) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard place < end else { throw fault(.unfinished) }
            let digit = byte(place)
            switch digit {
            case 0x30...0x39: value = value << 4 | UInt32(digit - 0x30)
            case 0x41...0x46: value = value << 4 | UInt32(digit - 0x37)
            case 0x61...0x66: value = value << 4 | UInt32(digit - 0x57)
            default: throw fault(.escape, at: start)
            }
            place += 1
        }
        return value
    }
}

extension JSONParser {
    @inline(__always)
    private func byte(_ index: Int) -> UInt8 { base.load(fromByteOffset: index, as: UInt8.self) }

    @inline(__always)
    private func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

    @inline(__always)
    private mutating func skipSpace() {
        while place < end {
            let next = byte(place)
            guard next <= 0x20, next == 0x20 || next == 0x0A || next == 0x0D || next == 0x09 else { return }
            place += 1
        }
    }

    /// Steps over the byte if it stands here; at the end of the document something is missing for certain.
    @inline(__always)
    private mutating func take(_ wanted: UInt8) throws(JSONFault) -> Bool {
        guard place < end else { throw fault(.unfinished) }
        guard byte(place) == wanted else { return false }
        place += 1
        return true
    }

    private func bytes(_ start: Int, _ stop: Int) -> UnsafeBufferPointer<UInt8> {
        UnsafeRawBufferPointer(start: base + start, count: stop - start).assumingMemoryBound(to: UInt8.self)
    }

    private func ascii(_ start: Int, _ stop: Int) -> String {
        String(decoding: bytes(start, stop), as: UTF8.self)
    }

    private func utf8(_ start: Int, _ stop: Int) throws(JSONFault) -> String {
        guard let text = String(validating: bytes(start, stop), as: UTF8.self) else {
            throw fault(.encoding, at: firstInvalid(start, stop))
        }
        return text
    }

    private mutating func copy(_ start: Int, _ stop: Int) {
        if start < stop { scratch.append(contentsOf: bytes(start, stop)) }
    }

    private func isUTF8(from start: Int) -> Bool {
        firstInvalid(start, min(end, start + 4)) > start
    }

    private func firstInvalid(_ start: Int, _ stop: Int) -> Int {
        UTF8Check.firstInvalid(in: bytes(start, stop)).map { start + $0 } ?? stop
    }

    private func fault(_ reason: JSONFault.Reason) -> JSONFault { fault(reason, at: place) }

    /// Lines and columns are counted only now: a document that is well has no need of them.
    private func fault(_ reason: JSONFault.Reason, at offset: Int) -> JSONFault {
        var (line, column) = (1, 1)
        for index in 0..<min(offset, end) {
            let next = byte(index)
            if next == 0x0A {
                (line, column) = (line + 1, 1)
            } else if next & 0xC0 != 0x80 {
                column += 1
            }
        }
        return JSONFault(reason, line: line, column: column, offset: offset)
    }
}
