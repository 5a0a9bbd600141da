import Foundation
import Groundwork
import Runtime
import Telemetry
import Testing

private struct Trouble: Error {}

@Suite struct `Backing off` {
    private let exact = Backoff(first: .milliseconds(100), factor: 3, ceiling: .seconds(2), jitter: 0, attempts: 6)

    @Test func `grows up to the ceiling and ends`() {
        let waits = (1...6).map { exact.delay(after: $0) }

        #expect(waits == [.milliseconds(100), .milliseconds(300), .milliseconds(900), .seconds(2), .seconds(2), nil])
    }

    @Test func `spreads within its jitter`() throws {
        let backoff = Backoff(first: .seconds(1), jitter: 0.5)

        let waits = try (0..<200).map { _ in try #require(backoff.delay(after: 1)) }
        #expect(waits.allSatisfy { $0 >= .milliseconds(500) && $0 <= .seconds(1) })
        #expect(Set(waits).count > 100)
    }

    @Test func `tries again until it succeeds`() async throws {
        var slept: [Duration] = []

        let attempt = try await exact.run(sleep: { slept.append($0) }) { attempt in
            if attempt < 3 { throw Trouble() }
            return attempt
        }

        #expect(attempt == 3)
        #expect(slept == [.milliseconds(100), .milliseconds(300)])
    }

    @Test func `gives up at once on what is not transient`() async {
        var attempts = 0

        await #expect(throws: Trouble.self) {
            try await exact.run(while: { _ in false }, sleep: { _ in }) { _ in
                attempts += 1
                throw Trouble()
            }
        }
        #expect(attempts == 1)
    }
}

@Suite struct `A clock` {
    @Test func `that is fixed moves only when moved`() throws {
        let day = try #require(CalendarDate("2024-02-28"))
        let clock = FixedClock(day)

        #expect(clock.today == day)
        clock.advance(by: .seconds(13 * 3600))
        #expect(clock.today.description == "2024-02-29")
        clock.advance(days: 1)
        #expect(clock.today.description == "2024-03-01")
        clock.set(Date(timeIntervalSince1970: 0))
        #expect(clock.today.description == "1970-01-01")
    }

    @Test func `of the machine begins its day where the registry is`() throws {
        let east = SystemClock(zone: try #require(TimeZone(secondsFromGMT: 14 * 3600)))
        let west = SystemClock(zone: try #require(TimeZone(secondsFromGMT: -12 * 3600)))

        #expect(west.today < east.today)
        #expect(abs(east.now.timeIntervalSinceNow) < 60)
    }
}

@Suite struct `A progress bar` {
    @Test func `is silent when nobody can be reading`() throws {
        let pipe = Pipe()
        let terminal = Terminal(descriptor: pipe.fileHandleForWriting.fileDescriptor)
        let bar = ProgressBar("importing", total: 10, unit: "rows", on: terminal)
        bar.advance(by: 10)
        bar.finish()
        try pipe.fileHandleForWriting.close()

        #expect(!terminal.isInteractive)
        #expect(try pipe.fileHandleForReading.readToEnd()?.isEmpty ?? true)
    }

    @Test func `shows share, rate and time left`() throws {
        let pipe = Pipe()
        let terminal = Terminal(descriptor: pipe.fileHandleForWriting.fileDescriptor, isInteractive: true)
        let bar = ProgressBar("importing", total: 5000, unit: "households", on: terminal)
        bar.advance(by: 2500)
        bar.advance(by: 2500)
        bar.finish()
        bar.finish()
        try pipe.fileHandleForWriting.close()

        let bytes = try #require(try pipe.fileHandleForReading.readToEnd())
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(text.contains("50 %  2,500/5,000 households"))
        #expect(text.contains("100 %  5,000/5,000 households"))
        #expect(text.hasSuffix("\n"))
        #expect(text.split(separator: "\r").count == 2)
    }

    @Test func `stays within the width of the terminal`() {
        for width in [10, 40, 80, 200] {
            let line = ProgressBar.line(
                title: "importing", done: 1, total: 3, unit: "rows", elapsed: .seconds(90), width: width)
            #expect(line.count <= width)
        }
        let unknown = ProgressBar.line(
            title: "reading", done: 1200, total: nil, unit: "rows", elapsed: .seconds(60), width: 80)
        #expect(unknown == "reading  1,200 rows  20/s  1 min 0 s")
    }
}
