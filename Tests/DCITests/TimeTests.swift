import DCI
import Foundation
import Groundwork
import Testing

@Suite struct `Times of the country` {
    @Test func `an instant carries the offset and milliseconds`() throws {
        let time = CountryTime(zone: try #require(TimeZone(identifier: "Africa/Bujumbura")))

        let text = time.text(Date(timeIntervalSince1970: 1_795_160_000.5))

        #expect(text == "2026-11-20T09:33:20.500+02:00")
    }

    @Test func `a day is midnight where the registry is`() throws {
        let time = CountryTime(zone: try #require(TimeZone(identifier: "Africa/Bujumbura")))

        #expect(time.text(try #require(CalendarDate("1984-07-02"))) == "1984-07-02T00:00:00+02:00")
    }

    @Test func `an instant before 1970 and a western zone are written right`() throws {
        let time = CountryTime(zone: try #require(TimeZone(secondsFromGMT: -12_600)))

        #expect(time.text(Date(timeIntervalSince1970: -1)) == "1969-12-31T20:29:59.000-03:30")
    }

    @Test func `a zone with summer time gets the offset of the day`() throws {
        let time = CountryTime(zone: try #require(TimeZone(identifier: "Europe/Paris")))

        #expect(time.text(try #require(CalendarDate("2024-01-15"))) == "2024-01-15T00:00:00+01:00")
        #expect(time.text(try #require(CalendarDate("2024-07-15"))) == "2024-07-15T00:00:00+02:00")
    }

    @Test(arguments: [
        "2026-11-20T09:30:00+02:00", "2026-11-20T09:30:00.1Z", "2026-11-20t09:30:60z", "2022-12-04T17:20:07-04:00",
    ])
    func `a date-time with offset is read`(text: String) {
        #expect(Timestamp(text)?.offset != nil)
    }

    @Test(arguments: [
        "", "2026-11-20", "2026-11-20T09:30:00", "2026-02-30T09:30:00Z", "2026-11-20T24:00:00Z", "2026-11-20T09:30Z",
        "2026-11-20T09:30:00.Z", "2026-11-20T09:30:00+0200", "2026-11-20T09:30:00+02:00x", "yesterday",
    ])
    func `anything else is not a date-time`(text: String) {
        #expect(Timestamp(text) == nil)
    }

    @Test func `leniently the offset may be missing`() {
        #expect(Timestamp("2026-11-20 09:30:00", lenient: true)?.second == 34_200)
        #expect(Timestamp("2026-11-20", lenient: true)?.offset == nil)
    }
}
