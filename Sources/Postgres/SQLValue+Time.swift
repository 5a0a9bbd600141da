public import struct Foundation.Date
public import Groundwork

/// PostgreSQL counts days and microseconds from 1 January 2000, Unix from 1970, Foundation from 2001.
private let daysFrom1970To2000 = 10_957
private let secondsFrom2000To2001: Double = 31_622_400

extension CalendarDate: SQLValue {
    public static var sqlType: SQLType { .date }

    public func encode(into buffer: inout SQLBuffer) {
        buffer.append(Int32(truncatingIfNeeded: daysSince1970 - daysFrom1970To2000))
    }

    /// - Throws: `.decode` for `infinity` and for years outside 1 to 9999.
    public static func decode(_ cell: SQLCell) throws(DatabaseError) -> CalendarDate {
        guard cell.oid == SQLType.date.oid else { throw cell.failure("not a date") }
        let days = Int(try cell.integer(Int32.self))
        guard let date = CalendarDate(daysSince1970: days + daysFrom1970To2000) else {
            throw cell.failure("date out of range")
        }
        return date
    }
}

/// An instant in whole microseconds; `.distantFuture` and `.distantPast` stand for `infinity` and `-infinity`.
extension Date: SQLValue {
    public static var sqlType: SQLType { .timestamptz }

    public func encode(into buffer: inout SQLBuffer) {
        if self == .distantFuture { return buffer.append(Int64.max) }
        if self == .distantPast { return buffer.append(Int64.min) }
        // Whole seconds and the rest apart: a Double holds microseconds of this age, but their product loses them.
        let seconds = timeIntervalSinceReferenceDate.rounded(.down)
        let rest = ((timeIntervalSinceReferenceDate - seconds) * 1_000_000).rounded()
        let whole = Int64(exactly: seconds + secondsFrom2000To2001) ?? 0
        buffer.append(whole * 1_000_000 + Int64(rest))
    }

    /// Reads `timestamptz`, and `timestamp` as Coordinated Universal Time.
    public static func decode(_ cell: SQLCell) throws(DatabaseError) -> Date {
        guard cell.oid == SQLType.timestamptz.oid || cell.oid == SQLType.timestamp.oid else {
            throw cell.failure("not a timestamp")
        }
        let value = try cell.integer(Int64.self)
        if value == .max { return .distantFuture }
        if value == .min { return .distantPast }
        let (seconds, rest) = value.quotientAndRemainder(dividingBy: 1_000_000)
        return Date(
            timeIntervalSinceReferenceDate: Double(seconds) - secondsFrom2000To2001 + Double(rest) / 1_000_000)
    }
}
