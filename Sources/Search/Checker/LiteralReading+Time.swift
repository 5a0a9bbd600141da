import Documents
import Foundation
import Groundwork
import Registry

extension LiteralReading {
    /// A day, or a month or a year, which compare as the interval that they are.
    mutating func date(
        _ field: Field, _ comparison: Comparison, _ literal: JSON, _ path: FieldPath
    ) -> RegistryQuery? {
        guard let text = literal.string ?? literal.number?.text, let span = Self.span(text) else {
            return refused(
                path, "date.invalid", "A day that exists is expected, written YYYY-MM-DD, YYYY-MM or YYYY.")
        }
        let (first, last) = (Value.date(span.first), Value.date(span.last))
        if span.first == span.last { return .compare(field, comparison, first) }
        switch comparison {
        case .eq: return .and([.compare(field, .ge, first), .compare(field, .le, last)])
        case .ne: return .or([.compare(field, .lt, first), .compare(field, .gt, last)])
        case .lt, .ge: return .compare(field, comparison, first)
        case .le, .gt: return .compare(field, comparison, last)
        }
    }

    mutating func instant(
        _ field: Field, _ comparison: Comparison, _ literal: JSON, _ path: FieldPath
    ) -> RegistryQuery? {
        if let text = literal.string, let instant = Self.instant(text) {
            return .compare(field, comparison, .instant(instant))
        }
        guard let text = literal.string, text.utf8.count <= 10, Self.span(text) != nil else {
            return refused(
                path, "instant.invalid", "A day or an instant is expected, e.g. 2026-01-31 or 2026-01-31T08:00:00Z.")
        }
        return date(field, comparison, literal, path)
    }

    private mutating func refused(_ path: FieldPath, _ code: String, _ summary: String) -> RegistryQuery? {
        add(Finding(path, code: code, summary))
        return nil
    }

    /// First and last day of what the text names; an instant names its day.
    private static func span(_ text: String) -> (first: CalendarDate, last: CalendarDate)? {
        let day = text.utf8.count > 10 && text.dropFirst(10).first == "T" ? String(text.prefix(10)) : text
        guard let partial = PartialDate(day) else { return nil }
        switch partial.precision {
        case .month: return (partial.date, partial.date.adding(months: 1).adding(days: -1))
        case .year: return (partial.date, CalendarDate(year: partial.date.year, month: 12, day: 31) ?? partial.date)
        case .day, .estimated: return (partial.date, partial.date)
        }
    }

    /// RFC 3339 with a zone: `2026-01-31T08:00:00.25+02:00`.
    static func instant(_ text: String) -> Date? {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, bytes.count <= 40, bytes[10] | 0x20 == UInt8(ascii: "t"),
            let day = CalendarDate(String(decoding: bytes[0..<10], as: UTF8.self)),
            bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":"),
            let hour = number(bytes[11..<13], below: 24), let minute = number(bytes[14..<16], below: 60),
            let second = number(bytes[17..<19], below: 61)
        else { return nil }
        var place = 19
        var micros = 0
        if bytes[place] == UInt8(ascii: ".") {
            place += 1
            var weight = 100_000
            let start = place
            while place < bytes.count, (0x30...0x39).contains(bytes[place]) {
                micros += Int(bytes[place] - 0x30) * weight
                weight /= 10
                place += 1
            }
            guard place > start else { return nil }
        }
        guard let offset = zone(bytes[place...]) else { return nil }
        let seconds = day.daysSince1970 * 86_400 + hour * 3600 + minute * 60 + second - offset
        return Date(microseconds: seconds * 1_000_000 + micros)
    }

    private static func zone(_ bytes: ArraySlice<UInt8>) -> Int? {
        guard let sign = bytes.first else { return nil }
        if sign | 0x20 == UInt8(ascii: "z") { return bytes.count == 1 ? 0 : nil }
        let start = bytes.startIndex
        guard sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-"), bytes.count == 6,
            bytes[start + 3] == UInt8(ascii: ":"), let hours = number(bytes[(start + 1)..<(start + 3)], below: 24),
            let minutes = number(bytes[(start + 4)...], below: 60)
        else { return nil }
        return (sign == UInt8(ascii: "+") ? 1 : -1) * (hours * 3600 + minutes * 60)
    }

    private static func number(_ digits: ArraySlice<UInt8>, below limit: Int) -> Int? {
        var value = 0
        for digit in digits {
            guard (0x30...0x39).contains(digit) else { return nil }
            value = value * 10 + Int(digit - 0x30)
        }
        return value < limit ? value : nil
    }
}
