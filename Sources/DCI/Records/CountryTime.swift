package import struct Foundation.Date
package import struct Foundation.TimeZone
package import Groundwork

/// Writes days and instants as DCI wants them: ISO 8601 with the offset of the country (docs/dci.md, 2 and 8).
package struct CountryTime: Sendable {
    private let zone: TimeZone
    /// The offset in seconds where the zone has had but one since 1970, as in most of Africa; else it is looked up.
    private let fixedOffset: Int?

    package init(zone: TimeZone) {
        self.zone = zone
        let year = 365.25 * 86_400
        let offsets = (0..<120).map { half in
            zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(half) * year / 2))
        }
        fixedOffset = Set(offsets).count == 1 ? offsets.first : nil
    }

    private func offset(at seconds: Int) -> Int {
        fixedOffset ?? zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(seconds)))
    }

    /// The day at the place of the registry.
    package func day(of instant: Date) -> CalendarDate {
        let seconds = Int(instant.timeIntervalSince1970.rounded(.down))
        return CalendarDate(daysSince1970: Self.days(seconds + offset(at: seconds))) ?? .earliest
    }

    /// Midnight at the place of the registry.
    package func start(of day: CalendarDate) -> Date {
        let midnight = day.daysSince1970 * 86_400
        return Date(timeIntervalSince1970: Double(midnight - offset(at: midnight - offset(at: midnight))))
    }

    /// `2026-11-20T09:30:00.420+02:00`
    package func text(_ instant: Date) -> String {
        let milliseconds = Int((instant.timeIntervalSince1970 * 1000).rounded(.down))
        let seconds = Self.floor(milliseconds, 1000)
        let offset = offset(at: seconds)
        let local = seconds + offset
        let days = Self.days(local)
        let date = CalendarDate(daysSince1970: days) ?? .earliest
        return Self.text(date, local - days * 86_400, milliseconds: milliseconds - seconds * 1000, offset)
    }

    /// Midnight at the place of the registry: `1984-07-02T00:00:00+02:00`.
    package func text(_ day: CalendarDate) -> String {
        Self.text(day, 0, milliseconds: nil, offset(at: day.daysSince1970 * 86_400))
    }

    private static func floor(_ value: Int, _ size: Int) -> Int {
        value >= 0 ? value / size : (value - size + 1) / size
    }

    private static func days(_ seconds: Int) -> Int { floor(seconds, 86_400) }

    private static func text(_ date: CalendarDate, _ second: Int, milliseconds: Int?, _ offset: Int) -> String {
        String(unsafeUninitializedCapacity: 29) { buffer in
            var place = 0
            func put(_ byte: UInt8) {
                buffer[place] = byte
                place += 1
            }
            func put(_ value: Int, _ digits: Int) {
                var rest = value
                for position in stride(from: place + digits - 1, through: place, by: -1) {
                    buffer[position] = 0x30 + UInt8(rest % 10)
                    rest /= 10
                }
                place += digits
            }
            put(date.year, 4)
            put(0x2D)
            put(date.month, 2)
            put(0x2D)
            put(date.day, 2)
            put(0x54)
            put(second / 3600, 2)
            put(0x3A)
            put(second / 60 % 60, 2)
            put(0x3A)
            put(second % 60, 2)
            if let milliseconds {
                put(0x2E)
                put(milliseconds, 3)
            }
            // Zones before standard time had offsets with seconds, which ISO 8601 cannot write; minutes are kept.
            put(offset < 0 ? 0x2D : 0x2B)
            put(abs(offset) / 3600, 2)
            put(0x3A)
            put(abs(offset) / 60 % 60, 2)
            return place
        }
    }
}

/// ISO 8601 date-times with offset, as the interface wants them in requests.
package struct Timestamp: Sendable, Equatable {
    package var date: CalendarDate
    /// Seconds since local midnight; 86,400 at a leap second.
    package var second: Int
    /// Offset from UTC in seconds; nil when the text has none.
    package var offset: Int?

    /// Reads `YYYY-MM-DDThh:mm:ss[.f…](Z|±hh:mm)`; with `lenient` also without offset, with a space instead of `T`, and
    /// a day alone.
    package init?(_ text: String, lenient: Bool = false) {
        var bytes = Array(text.utf8)[...]
        guard bytes.count >= 10, let date = CalendarDate(String(decoding: bytes.prefix(10), as: UTF8.self)) else {
            return nil
        }
        self.date = date
        bytes = bytes.dropFirst(10)
        if bytes.isEmpty, lenient {
            (second, offset) = (0, nil)
            return
        }
        guard let separator = bytes.popFirst(),
            separator == 0x54 || separator == 0x74 || (lenient && separator == 0x20)
        else { return nil }
        guard let hour = Self.two(&bytes, 23), Self.take(&bytes, 0x3A), let minute = Self.two(&bytes, 59),
            Self.take(&bytes, 0x3A), let second = Self.two(&bytes, 60)
        else { return nil }
        // 60 is a leap second, which only ends a UTC minute; nobody here needs to know which.
        self.second = hour * 3600 + minute * 60 + second
        if Self.take(&bytes, 0x2E) {
            let digits = bytes.prefix { (0x30...0x39).contains($0) }
            guard !digits.isEmpty else { return nil }
            bytes = bytes.dropFirst(digits.count)
        }
        guard let sign = bytes.popFirst() else {
            guard lenient else { return nil }
            offset = nil
            return
        }
        switch sign {
        case 0x5A, 0x7A: offset = 0
        case 0x2B, 0x2D:
            guard let hours = Self.two(&bytes, 23), Self.take(&bytes, 0x3A) || lenient,
                let minutes = Self.two(&bytes, 59)
            else { return nil }
            offset = (hours * 3600 + minutes * 60) * (sign == 0x2D ? -1 : 1)
        default: return nil
        }
        guard bytes.isEmpty else { return nil }
    }

    private static func take(_ bytes: inout ArraySlice<UInt8>, _ byte: UInt8) -> Bool {
        guard bytes.first == byte else { return false }
        bytes = bytes.dropFirst()
        return true
    }

    private static func two(_ bytes: inout ArraySlice<UInt8>, _ greatest: Int) -> Int? {
        guard bytes.count >= 2, let tens = bytes.popFirst(), let ones = bytes.popFirst(),
            (0x30...0x39).contains(tens), (0x30...0x39).contains(ones)
        else { return nil }
        let value = Int(tens - 0x30) * 10 + Int(ones - 0x30)
        return value <= greatest ? value : nil
    }
}
