public import Foundation
import Groundwork

/// Instants as RFC 3339 writes them: `2026-03-01T08:30:00.250Z`.
public enum RFC3339 {
    /// Reads a date-time with its offset; nil for other text and for times that do not exist.
    ///
    /// A leap second counts as the second after it. Digits beyond microseconds are dropped.
    public static func instant(_ text: some StringProtocol) -> Date? {
        var scanner = Scanner(text)
        guard let date = scanner.date(), scanner.takes("T"), let time = scanner.time(), let offset = scanner.offset(),
            scanner.isAtEnd
        else { return nil }
        let seconds = date.daysSince1970 * 86_400 + time.seconds - offset
        if time.isLeap, (seconds - 1) % 86_400 != 86_399 { return nil }
        return Date(timeIntervalSince1970: Double(seconds) + Double(time.microseconds) / 1_000_000)
    }

    /// True for `hh:mm:ss` with optional fraction and an offset: a full-time of the RFC.
    public static func isTime(_ text: some StringProtocol) -> Bool {
        var scanner = Scanner(text)
        return scanner.time() != nil && scanner.offset() != nil && scanner.isAtEnd
    }

    /// Writes an instant in UTC to the millisecond; whole seconds without a fraction.
    public static func text(_ instant: Date) -> String {
        let milliseconds = Int((instant.timeIntervalSince1970 * 1000).rounded())
        let (days, rest) = floorDivide(milliseconds, 86_400_000)
        let date = CalendarDate(daysSince1970: days) ?? (days < 0 ? .earliest : .latest)
        func padded(_ value: Int, _ width: Int) -> String {
            let digits = String(value)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        let seconds = rest / 1000
        let clock = "\(padded(seconds / 3600, 2)):\(padded(seconds / 60 % 60, 2)):\(padded(seconds % 60, 2))"
        let fraction = rest % 1000 == 0 ? "" : "." + padded(rest % 1000, 3)
        return "\(date)T\(clock)\(fraction)Z"
    }

    private static func floorDivide(_ value: Int, _ divisor: Int) -> (Int, Int) {
        let (quotient, rest) = value.quotientAndRemainder(dividingBy: divisor)
        return rest < 0 ? (quotient - 1, rest + divisor) : (quotient, rest)
    }
}

extension RFC3339 {
    private struct Scanner {
        private let bytes: [UInt8]
        private var place = 0

        init(_ text: some StringProtocol) { bytes = Array(text.utf8) }

        var isAtEnd: Bool { place == bytes.count }

        /// Letters of either case.
        mutating func takes(_ letter: Unicode.Scalar) -> Bool {
            guard place < bytes.count else { return false }
            let wanted = UInt8(truncatingIfNeeded: letter.value)
            let found = bytes[place]
            let isLetter = wanted >= 0x41 && wanted <= 0x5A
            guard found == wanted || (isLetter && found == wanted | 0x20) else { return false }
            place += 1
            return true
        }

        mutating func number(_ width: Int) -> Int? {
            guard place + width <= bytes.count else { return nil }
            var value = 0
            for byte in bytes[place..<place + width] {
                guard byte &- 0x30 < 10 else { return nil }
                value = value * 10 + Int(byte - 0x30)
            }
            place += width
            return value
        }

        mutating func date() -> CalendarDate? {
            guard let year = number(4), takes("-"), let month = number(2), takes("-"), let day = number(2) else {
                return nil
            }
            return CalendarDate(year: year, month: month, day: day)
        }

        mutating func time() -> (seconds: Int, microseconds: Int, isLeap: Bool)? {
            guard let hour = number(2), takes(":"), let minute = number(2), takes(":"), let second = number(2),
                hour < 24, minute < 60, second <= 60
            else { return nil }
            var microseconds = 0
            if takes(".") {
                var unit = 100_000
                let start = place
                while let digit = number(1) {
                    microseconds += digit * unit
                    unit /= 10
                }
                if place == start { return nil }
            }
            return (hour * 3600 + minute * 60 + second, microseconds, second == 60)
        }

        /// Seconds east of Greenwich.
        mutating func offset() -> Int? {
            if takes("Z") { return 0 }
            let sign = takes("+") ? 1 : takes("-") ? -1 : 0
            guard sign != 0, let hour = number(2), takes(":"), let minute = number(2), hour < 24, minute < 60 else {
                return nil
            }
            return sign * (hour * 3600 + minute * 60)
        }
    }
}
