import Foundation
import Groundwork
import Runtime
import Synchronization
import Telemetry
import Testing

/// What happened, in order.
private final class Diary: Sendable {
    private let entries = Mutex<[String]>([])
    var all: [String] { entries.withLock { $0 } }
    func note(_ entry: String) { entries.withLock { $0.append(entry) } }
}

private struct Trouble: Error {}

/// Runs until it is told to stop, and then finishes its work in hand.
private struct Polite: Service {
    let name: String
    let diary: Diary
    let started: AsyncStream<Void>.Continuation?
    private let gate: AsyncStream<Void>
    private let key: AsyncStream<Void>.Continuation

    init(_ name: String, _ diary: Diary, started: AsyncStream<Void>.Continuation? = nil) {
        (self.name, self.diary, self.started) = (name, diary, started)
        (gate, key) = AsyncStream.makeStream()
    }

    func run() async throws {
        started?.yield()
        for await _ in gate {}
        diary.note("\(name) ended\(Task.isCancelled ? " by force" : "")")
    }

    func shutdown() async {
        diary.note("\(name) drains")
        key.finish()
    }
}

@Suite struct `A group of services` {
    private let diary = Diary()

    /// Waits for ever; only cancellation ends it.
    private func sleeper(_ name: String, _ started: AsyncStream<Void>.Continuation? = nil) -> ClosureService {
        ClosureService(name) { [diary] in
            started?.yield()
            do {
                try await Task.sleep(for: .seconds(3600))
            } catch {
                diary.note("\(name) cancelled")
                throw error
            }
        }
    }

    private func waitForOne(_ stream: AsyncStream<Void>) async {
        for await _ in stream { return }
    }

    @Test func `stops in reverse order when asked`() async throws {
        let (stream, started) = AsyncStream<Void>.makeStream()
        let group = ServiceGroup(
            [sleeper("base"), Polite("server", diary, started: started)], signals: [], logger: .silent)

        async let running: Void = group.run()
        await waitForOne(stream)
        group.stop()
        try await running

        #expect(diary.all.prefix(2) == ["server drains", "server ended"])
        #expect(diary.all.last == "base cancelled")
    }

    @Test func `ends with the first failure and tells it`() async {
        let group = ServiceGroup(
            [sleeper("base"), ClosureService("broken") { throw Trouble() }], signals: [], logger: .silent)

        await #expect(throws: Trouble.self) { try await group.run() }
        #expect(diary.all == ["base cancelled"] || diary.all.isEmpty)
    }

    @Test func `returns when all services have returned`() async throws {
        let group = ServiceGroup(
            [ClosureService("a") {}, ClosureService("b") { await Task.yield() }], signals: [], logger: .silent)

        try await group.run()
        try await ServiceGroup([], signals: [], logger: .silent).run()
    }

    @Test func `stops gracefully on a signal`() async throws {
        let (stream, started) = AsyncStream<Void>.makeStream()
        let group = ServiceGroup([Polite("server", diary, started: started)], signals: [SIGUSR1], logger: .silent)

        async let running: Void = group.run()
        await waitForOne(stream)
        kill(getpid(), SIGUSR1)
        try await running

        #expect(diary.all == ["server drains", "server ended"])
    }

    @Test func `stops when its caller is cancelled`() async throws {
        let (stream, started) = AsyncStream<Void>.makeStream()
        let group = ServiceGroup([Polite("server", diary, started: started)], signals: [], logger: .silent)

        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            await waitForOne(stream)
            tasks.cancelAll()
            try await tasks.waitForAll()
        }

        #expect(diary.all == ["server drains", "server ended"])
    }

    @Test func `names a service that does not stop in time`() async {
        let (stream, started) = AsyncStream<Void>.makeStream()
        let (gate, key) = AsyncStream<Void>.makeStream()
        let stubborn = ClosureService("stubborn") {
            started.yield()
            // Reads on in a task of its own, so that cancellation does not reach it.
            await Task.detached { for await _ in gate {} }.value
        }
        let group = ServiceGroup([stubborn], signals: [], grace: .milliseconds(50), logger: .silent)

        let fault = await #expect(throws: RuntimeFault.self) {
            async let running: Void = group.run()
            await waitForOne(stream)
            group.stop()
            try await running
        }

        #expect(fault?.summary.contains("stubborn") == true)
        key.finish()
    }

    @Test func `logs a failure by its code and never by its words`() async {
        let capture = LogCapture()
        let fault = InvalidInput([Finding("name", code: "x", "Jean Ndayishimiye")], code: "input.odd")
        let group = ServiceGroup(
            [ClosureService("broken") { throw fault }], signals: [], logger: Logger(sink: .capture(capture)))

        await #expect(throws: InvalidInput.self) { try await group.run() }

        #expect(capture.lines.count == 1)
        #expect(capture.lines.first?.contains("\"reason\":\"input.odd\"") == true)
        #expect(capture.lines.first?.contains("Jean") == false)
    }
}
