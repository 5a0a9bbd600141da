import Groundwork
import Runtime
import Synchronization
import Telemetry
import Testing

@Suite struct `A loop of background work` {
    private struct Away: Error {}

    @Test func `goes on at once while there is work, and stops when told`() async {
        let steps = Mutex(0)
        let loop = WorkLoop(every: .seconds(3600), logger: .silent, waiting: "tests must wait")
        // With an hour between two looks only steps that follow one another end this test.
        await loop.run(until: { steps.withLock { $0 >= 5 } }) {
            steps.withLock { $0 += 1 }
            return true
        }
        #expect(steps.withLock { $0 } == 5)
    }

    @Test func `says once that what it needs is away, and again after it was back`() async {
        let capture = LogCapture()
        let steps = Mutex(0)
        let loop = WorkLoop(
            every: .milliseconds(1), logger: Logger(sink: .capture(capture)), waiting: "tests must wait")
        await loop.run(until: { steps.withLock { $0 >= 7 } }) {
            let step = steps.withLock { steps in
                steps += 1
                return steps
            }
            if step != 4 { throw Away() }
            return false
        }
        #expect(capture.lines.count == 2)
        #expect(capture.lines.allSatisfy { $0.contains("tests must wait") && $0.contains("Away") })
    }

    @Test func `ends quietly when its task is cancelled`() async {
        let capture = LogCapture()
        let loop = WorkLoop(
            every: .seconds(3600), logger: Logger(sink: .capture(capture)), waiting: "tests must wait")
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await loop.run { throw CancellationError() } }
            group.addTask { try? await Task.sleep(for: .milliseconds(20)) }
            await group.next()
            group.cancelAll()
        }
        #expect(capture.lines.count <= 1)
    }
}
