import Foundation
import Groundwork
import Telemetry
import Testing

@Suite struct `A log line` {
    private enum Outcome: String, CaseIterable { case kept, dropped }
    private enum Thing {}

    private func written(_ body: (Logger) -> Void, level: Logger.Level = .trace) throws -> [[String: Any]] {
        let capture = LogCapture()
        body(Logger(level: level, sink: .capture(capture)))
        return try capture.lines.map { line in
            let value = try JSONSerialization.jsonObject(with: Data(line.utf8))
            return try #require(value as? [String: Any])
        }
    }

    @Test func `is one JSON object with typed fields`() throws {
        let id = ID<Thing>()

        let lines = try written { logger in
            logger.info(
                "pair \"decided\"",
                [
                    .person: .id(id), .count: .count(3), .took: .milliseconds(1.23456), .reason: .code(Outcome.kept),
                    .status: .flag(true), .path: .unredacted("a\nb\u{7F}\"\\é"), .service: .number(.infinity),
                ])
        }

        let line = try #require(lines.first)
        #expect(lines.count == 1)
        #expect(line["level"] as? String == "info")
        #expect(line["message"] as? String == "pair \"decided\"")
        #expect(line["person"] as? String == id.description)
        #expect(line["count"] as? Int == 3)
        #expect(line["took_ms"] as? Double == 1.235)
        #expect(line["reason"] as? String == "kept")
        #expect(line["status"] as? Bool == true)
        #expect(line["path"] as? String == "a\nb\u{7F}\"\\é")
        #expect(line["service"] is NSNull)
    }

    @Test func `carries the time in UTC`() throws {
        let line = try #require(try written { $0.info("now") }.first)
        let time = try #require(line["time"] as? String)

        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        let read = try Date(time, strategy: style)
        #expect(abs(read.timeIntervalSinceNow) < 60)
    }

    @Test func `below the level is dropped and its fields are not computed`() throws {
        var computed = 0
        func cost() -> Int {
            computed += 1
            return computed
        }

        let lines = try written(
            { logger in
                logger.debug("dropped", [.count: .count(cost())])
                logger.warning("kept", [.count: .count(cost())])
            }, level: .warning)

        #expect(lines.count == 1)
        #expect(computed == 1)
    }

    @Test func `carries the context and the running trace`() throws {
        let trace = TraceContext()

        let lines = try written { logger in
            let inner = logger.with([.component: .code("web")]).with([.batch: .count(7)])
            TraceContext.$current.withValue(trace) { inner.info("inside", [.count: .count(1)]) }
            inner.info("outside")
        }

        #expect(lines[0]["component"] as? String == "web")
        #expect(lines[0]["batch"] as? Int == 7)
        #expect(lines[0]["trace"] as? String == trace.traceID.description)
        #expect(lines[1]["trace"] == nil)
    }

    @Test func `goes out whole when many threads write`() async throws {
        let file = NSTemporaryDirectory() + "kith-log-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: file) }
        #expect(FileManager.default.createFile(atPath: file, contents: nil))
        let handle = try #require(FileHandle(forWritingAtPath: file))
        let logger = Logger(sink: .descriptor(handle.fileDescriptor))

        await withTaskGroup { group in
            for task in 0..<8 {
                group.addTask {
                    for count in 0..<200 { logger.info("tick", [.batch: .count(task), .count: .count(count)]) }
                }
            }
        }

        let lines = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n")
        #expect(lines.count == 1600)
        #expect(lines.allSatisfy { $0.hasPrefix("{\"time\"") && $0.hasSuffix("}") })
    }
}

@Suite struct `A traceparent` {
    private let example = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    @Test func `is read and written`() throws {
        let context = try #require(TraceContext(traceparent: example))

        #expect(context.traceparent == example)
        #expect(context.traceID.description == "4bf92f3577b34da6a3ce929d0e0e4736")
        #expect(context.isSampled)
    }

    @Test func `keeps its trace in a child with a new span`() throws {
        let context = try #require(TraceContext(traceparent: example))
        let child = context.child()

        #expect(child.traceID == context.traceID)
        #expect(child.spanID != context.spanID)
        #expect(TraceContext(traceparent: child.traceparent) == child)
    }

    @Test(arguments: [
        "", "00", "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
        "00-4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0g",
    ]) func `that breaks the rules is refused`(text: String) {
        #expect(TraceContext(traceparent: text) == nil)
    }

    @Test func `of a later version is read by its first fields`() {
        #expect(TraceContext(traceparent: "01" + example.dropFirst(2) + "-more") != nil)
    }
}
