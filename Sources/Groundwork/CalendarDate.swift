public import struct Foundation.Date

/// A day of the Gregorian calendar, without time or zone.
public struct CalendarDate: Hashable, Sendable, Comparable, CustomStringConvertible {
    public let year: Int
    public let month: Int
    public let day: Int

    /// Nil when the day does not exist; years run from 1 to 9999.
    public init?(year: Int, month: Int, day: Int) {
        guard (1...9999).contains(year), (1...12).contains(month) else { return nil }
        guard day >= 1, day <= Self.days(inMonth: month, of: year) else { return nil }
        (self.year, self.month, self.day) = (year, month, day)
    }

    /// Reads `YYYY-MM-DD` and nothing else; nil for other text and for days that do not exist.
    public init?(_ text: some StringProtocol) {
        var digits: [Int] = []
        digits.reserveCapacity(8)
        var index = 0
        for byte in text.utf8 {
            if index == 4 || index == 7 {
                guard byte == 0x2D else { return nil }
            } else {
                guard (0x30...0x39).contains(byte) else { return nil }
                digits.append(Int(byte) - 0x30)
            }
            index += 1
            if index > 10 { return nil }
        }
        guard index == 10 else { return nil }
        let year = digits[0] * 1000 + digits[1] * 100 + digits[2] * 10 + digits[3]
        self.init(year: year, month: digits[4] * 10 + digits[5], day: digits[6] * 10 + digits[7])
    }

    /// The day that lies `days` after 1 January 1970; nil outside the years 1 to 9999.
    public init?(daysSince1970 days: Int) {
        // The civil-from-days method on 400-year eras that begin on 1 March.
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        self.init(year: year, month: month, day: dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    /// The day in Coordinated Universal Time at the instant.
    public init(utc instant: Date) {
        let days = Int((instant.timeIntervalSince1970 / 86_400).rounded(.down))
        self = CalendarDate(daysSince1970: days) ?? CalendarDate.earliest
    }

    public static let earliest: CalendarDate = CalendarDate(unchecked: 1, 1, 1)
    public static let latest: CalendarDate = CalendarDate(unchecked: 9999, 12, 31)

    private init(unchecked year: Int, _ month: Int, _ day: Int) {
        (self.year, self.month, self.day) = (year, month, day)
    }

    public var daysSince1970: Int {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = shiftedYear / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    /// The day `count` days later (earlier when negative), held within the years 1 to 9999.
    public func adding(days count: Int) -> CalendarDate {
        CalendarDate(daysSince1970: daysSince1970 + count) ?? (count < 0 ? .earliest : .latest)
    }

    /// The same day `count` months later; the 29th to 31st fall back to the last day of a shorter month.
    public func adding(months count: Int) -> CalendarDate {
        let months = year * 12 + (month - 1) + count
        let (newYear, newMonth) = (months / 12, months % 12 + 1)
        let newDay = min(day, Self.days(inMonth: newMonth, of: newYear))
        return CalendarDate(year: newYear, month: newMonth, day: newDay) ?? (count < 0 ? .earliest : .latest)
    }

    /// Completed years from this day, a birth, to `other`; zero when `other` is earlier.
    public func completedYears(on other: CalendarDate) -> Int {
        let before = (other.month, other.day) < (month, day)
        return max(0, other.year - year - (before ? 1 : 0))
    }

    /// ISO 8601, `YYYY-MM-DD`.
    public var description: String {
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let digits = String(year)
        return String(repeating: "0", count: 4 - digits.count) + digits + "-" + two(month) + "-" + two(day)
    }

    public static func < (left: CalendarDate, right: CalendarDate) -> Bool {
        (left.year, left.month, left.day) < (right.year, right.month, right.day)
    }

    public static func days(inMonth month: Int, of year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}

/// A date known to a stated precision; birth dates are of this kind.
public struct PartialDate: Hashable, Sendable, CustomStringConvertible {
    public enum Precision: String, Sendable, CaseIterable {
        case day, month, year
        /// Computed from an age told at interview: the year may be off by one or more.
        case estimated
    }

    /// The earliest day that fits: the first of the month or of the year when only those are known.
    public let date: CalendarDate
    public let precision: Precision

    public init(_ date: CalendarDate, precision: Precision = .day) {
        self.precision = precision
        switch precision {
        case .day: self.date = date
        case .month: self.date = CalendarDate(year: date.year, month: date.month, day: 1) ?? date
        case .year, .estimated: self.date = CalendarDate(year: date.year, month: 1, day: 1) ?? date
        }
    }

    /// Reads `YYYY-MM-DD`, `YYYY-MM` or `YYYY`, giving the precision that the text shows.
    public init?(_ text: some StringProtocol) {
        switch text.utf8.count {
        case 10:
            guard let date = CalendarDate(text) else { return nil }
            self.init(date)
        case 7:
            guard let date = CalendarDate(String(text) + "-01") else { return nil }
            self.init(date, precision: .month)
        case 4:
            guard let date = CalendarDate(String(text) + "-01-01") else { return nil }
            self.init(date, precision: .year)
        default: return nil
        }
    }

    /// The birth of somebody who said to be `age` years old on `day`.
    public static func estimated(age: Int, on day: CalendarDate) -> PartialDate? {
        guard (0...130).contains(age), day.year > age else { return nil }
        return CalendarDate(year: day.year - age, month: 1, day: 1).map { PartialDate($0, precision: .estimated) }
    }

    /// `2001-05-17`, `2001-05` or `2001`, by precision.
    public var description: String {
        switch precision {
        case .day: date.description
        case .month: String(date.description.prefix(7))
        case .year, .estimated: String(date.description.prefix(4))
        }
    }
}
