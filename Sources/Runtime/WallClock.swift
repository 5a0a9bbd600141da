public import Foundation
public import Groundwork
import Synchronization

/// What time it is, given to whoever must know it, so that tests can say so.
public protocol WallClock: Sendable {
    var now: Date { get }
    /// The calendar day at the place of the registry.
    var today: CalendarDate { get }
}

/// The clock of the machine, with the calendar of one time zone.
public struct SystemClock: WallClock {
    private let zone: TimeZone

    /// - Parameter zone: decides when a day begins; UTC unless given, e.g. `Africa/Bujumbura`.
    public init(zone: TimeZone = .gmt) {
        self.zone = zone
    }

    public var now: Date { Date() }

    public var today: CalendarDate {
        let now = Date()
        return CalendarDate(utc: now.addingTimeInterval(TimeInterval(zone.secondsFromGMT(for: now))))
    }
}

/// A clock that stands still until it is moved.
public final class FixedClock: WallClock {
    private let instant: Mutex<Date>

    public init(_ instant: Date) {
        self.instant = Mutex(instant)
    }

    /// Noon in UTC on `day`.
    public convenience init(_ day: CalendarDate) {
        self.init(Date(timeIntervalSince1970: Double(day.daysSince1970) * 86_400 + 43_200))
    }

    public var now: Date { instant.withLock { $0 } }
    public var today: CalendarDate { CalendarDate(utc: now) }

    public func set(_ instant: Date) {
        self.instant.withLock { $0 = instant }
    }

    public func advance(by duration: Duration) {
        instant.withLock { $0 += duration / .seconds(1) }
    }

    public func advance(days: Int) {
        instant.withLock { $0 += Double(days) * 86_400 }
    }
}
