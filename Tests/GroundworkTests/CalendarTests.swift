import Groundwork
import Testing

import struct Foundation.Date

@Suite struct `A calendar date` {
    @Test func `survives the way over days since 1970`() throws {
        let first = CalendarDate.earliest.daysSince1970
        let last = CalendarDate.latest.daysSince1970

        // Every 37th day meets all months, leap days and century ends of the years 1 to 9999.
        for days in stride(from: first, through: last, by: 37) {
            let date = try #require(CalendarDate(daysSince1970: days))
            #expect(date.daysSince1970 == days)
            #expect(CalendarDate(date.description) == date)
        }
        #expect(CalendarDate(daysSince1970: first - 1) == nil)
        #expect(CalendarDate(daysSince1970: last + 1) == nil)
    }

    @Test(arguments: [("1970-01-01", 0), ("1969-12-31", -1), ("2000-02-29", 11_016), ("2024-03-01", 19_783)])
    func `counts days as the rest of the world`(text: String, days: Int) {
        #expect(CalendarDate(text)?.daysSince1970 == days)
    }

    @Test(arguments: ["2023-02-29", "1900-02-29", "2024-13-01", "2024-00-10", "2024-04-31", "0000-01-01"])
    func `that does not exist is refused`(text: String) {
        #expect(CalendarDate(text) == nil)
    }

    @Test(arguments: ["2024-1-01", "2024/01/01", "2024-01-01T00:00", " 2024-01-01", "٢٠٢٤-01-01", "", "20240101"])
    func `in another spelling is refused`(text: String) {
        #expect(CalendarDate(text) == nil)
    }

    @Test(arguments: [
        ("2000-02-29", "2001-02-28", 0), ("2000-02-29", "2001-03-01", 1), ("1980-06-15", "2020-06-14", 39),
        ("1980-06-15", "2020-06-15", 40), ("2020-06-15", "1980-06-15", 0),
    ])
    func `gives completed years`(birth: String, day: String, years: Int) throws {
        let birth = try #require(CalendarDate(birth))
        let day = try #require(CalendarDate(day))

        #expect(birth.completedYears(on: day) == years)
    }

    @Test func `moves by months and stays within the month`() throws {
        let date = try #require(CalendarDate("2024-01-31"))

        #expect(date.adding(months: 1).description == "2024-02-29")
        #expect(date.adding(months: 13).description == "2025-02-28")
        #expect(date.adding(months: -2).description == "2023-11-30")
        #expect(date.adding(days: 30).description == "2024-03-01")
    }

    @Test func `is cut from an instant at midnight in UTC`() {
        #expect(CalendarDate(utc: Date(timeIntervalSince1970: 86_399.9)).description == "1970-01-01")
        #expect(CalendarDate(utc: Date(timeIntervalSince1970: -0.5)).description == "1969-12-31")
    }
}

@Suite struct `A partial date` {
    @Test(arguments: [
        ("2001-05-17", PartialDate.Precision.day, "2001-05-17"), ("2001-05", .month, "2001-05-01"),
        ("2001", .year, "2001-01-01"),
    ])
    func `is read with the precision it shows`(
        text: String, precision: PartialDate.Precision, date: String
    ) throws {
        let partial = try #require(PartialDate(text))

        #expect(partial.precision == precision)
        #expect(partial.date.description == date)
        #expect(partial.description == text)
    }

    @Test(arguments: ["2001-13", "2001-5", "201", "2001-05-32", "", "May 2001", "0000"])
    func `that cannot be is refused`(text: String) {
        #expect(PartialDate(text) == nil)
    }

    @Test func `forgets what its precision does not know`() throws {
        let day = try #require(CalendarDate("2001-05-17"))

        #expect(PartialDate(day, precision: .month) == PartialDate("2001-05"))
        #expect(PartialDate(day, precision: .year) == PartialDate("2001"))
    }

    @Test func `is estimated from an age at interview`() throws {
        let interview = try #require(CalendarDate("2024-06-30"))
        let birth = try #require(PartialDate.estimated(age: 40, on: interview))

        #expect(birth.description == "1984")
        #expect(birth.precision == .estimated)
        #expect(PartialDate.estimated(age: 131, on: interview) == nil)
        #expect(PartialDate.estimated(age: -1, on: interview) == nil)
    }
}
