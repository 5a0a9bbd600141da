import Foundation
import Groundwork

/// A closed interval of whole numbers; nothing between two of them is lost by it.
struct Bounds: Equatable {
    var low: Int
    var high: Int

    /// Beyond any number that a row can hold.
    static let reach: Int = 1_000_000_000_000

    init(_ low: Int, _ high: Int) {
        (self.low, self.high) = (low, high)
    }

    /// The whole numbers that the comparison accepts; for `ne`, those that it does not. Nil when there is none.
    init?(_ comparison: Comparison, _ number: Int) {
        switch comparison {
        case .eq, .ne: self.init(number, number)
        case .lt: self.init(-Self.reach, number - 1)
        case .le: self.init(-Self.reach, number)
        case .gt: self.init(number + 1, Self.reach)
        case .ge: self.init(number, Self.reach)
        }
    }

    init?(_ comparison: Comparison, _ number: Decimal) {
        let clamped = min(max(number, Decimal(-Self.reach)), Decimal(Self.reach))
        var (source, rounded) = (clamped, Decimal())
        NSDecimalRound(&rounded, &source, 0, .plain)
        let nearest = NSDecimalNumber(decimal: rounded).intValue
        let floor = rounded > clamped ? nearest - 1 : nearest
        let isWhole = rounded == clamped
        switch comparison {
        case .eq, .ne:
            guard isWhole, clamped == number else { return nil }
            self.init(floor, floor)
        case .lt: self.init(.lt, isWhole ? floor : floor + 1)
        case .le: self.init(.le, floor)
        case .gt: self.init(.gt, floor)
        case .ge: self.init(.ge, isWhole ? floor : floor + 1)
        }
    }

    /// The birth dates, in days since 1970, of those whose age on the day lies within.
    func births(on day: CalendarDate) -> Bounds? {
        guard high >= 0 else { return nil }
        // Whoever is born on that day or before has completed so many years.
        func latestBirth(of years: Int) -> Int? {
            guard years < day.year else { return nil }
            return day.adding(months: -12 * years).daysSince1970
        }
        let latest: Int
        if low <= 0 {
            latest = Self.reach
        } else if let day = latestBirth(of: low) {
            latest = day
        } else {
            return nil
        }
        let earliest = latestBirth(of: high + 1).map { $0 + 1 } ?? -Self.reach
        return Bounds(earliest, latest)
    }

    /// The days, since 1970, of the years within.
    var daysOfYears: Bounds? {
        guard high >= 1, low <= 9999 else { return nil }
        let first = CalendarDate(year: max(1, low), month: 1, day: 1) ?? .earliest
        let last = CalendarDate(year: min(9999, high), month: 12, day: 31) ?? .latest
        return Bounds(first.daysSince1970, last.daysSince1970)
    }
}
