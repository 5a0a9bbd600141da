import CZlib
import Synchronization
import Telemetry
import Testing
import Web
@testable import WebServer

private struct Broken: Error {}

/// What gzip made, undone as far as it goes, and whether it goes to the end.
private func gunzip(_ bytes: [UInt8], room: Int = 4 << 20) -> (text: String, isWhole: Bool) {
    var stream = z_stream()
    guard kith_gunzip_begin(&stream) == Z_OK else { return ("", false) }
    defer { inflateEnd(&stream) }
    var input = bytes
    var output = [UInt8](repeating: 0, count: room)
    let status = input.withUnsafeMutableBufferPointer { source in
        output.withUnsafeMutableBufferPointer { target in
            stream.next_in = source.baseAddress
            stream.avail_in = UInt32(source.count)
            stream.next_out = target.baseAddress
            stream.avail_out = UInt32(room)
            return inflate(&stream, Z_SYNC_FLUSH)
        }
    }
    let text = String(decoding: output.prefix(room - Int(stream.avail_out)), as: UTF8.self)
    return (text, status == Z_STREAM_END)
}

@Suite struct `Streaming` {
    @Test func `a long body reaches the handler piece by piece`() async throws {
        let take: Route = .post("/take", needs: .open, "take", bodyLimit: 64 << 20) { request in
            var (sum, count, pieces) = (0, 0, 0)
            for try await chunk in request.body {
                for byte in chunk { sum &+= Int(byte) }
                count += chunk.count
                pieces += 1
            }
            return .text("\(count) \(sum) \(pieces > 10)")
        }
        try await serving([take]) { server in
            let body = String(repeating: "abcdefgh", count: 1_000_000)
            let answer = try await ask(server, post("/take", body))

            #expect(answer.text == "8000000 \(body.utf8.reduce(0) { $0 + Int($1) }) true")
        }
    }

    @Test func `a handler that does not read stops the client from sending`() async throws {
        let (gate, limit) = (Event(), 256 << 20)
        let take: Route = .post("/take", needs: .open, "take", bodyLimit: limit) { request in
            var count = 0
            for try await chunk in request.body {
                if count == 0 { await gate.wait() }
                count += chunk.count
            }
            return .text("\(count)")
        }
        try await serving([take]) { server in
            let port = server.boundPort
            let wire = try await offPool { try Wire(port: port) }
            let sent = try await offPool {
                try wire.send("POST /take HTTP/1.1\r\nHost: t\r\nContent-Length: \(limit)\r\n\r\n")
                return wire.flood(atMost: limit)
            }
            // Socket buffers hold some megabytes; the server itself holds a quarter of one.
            #expect(sent < 64 << 20)

            gate.happen()
            let text = try await offPool {
                _ = wire.flood(atMost: limit - sent, quiet: 20_000)
                return try wire.answer().text
            }

            #expect(text == "\(limit)")
        }
    }

    @Test func `a handler may answer without reading`() async throws {
        let refuse: Route = .post("/refuse", needs: .open, "refuse", bodyLimit: 1 << 30) { _ in
            .text("no", status: .forbidden)
        }
        try await serving([refuse]) { server in
            let port = server.boundPort
            let body = String(repeating: "x", count: 1_000_000)
            let (first, second) = try await offPool {
                let wire = try Wire(port: port)
                try wire.send(post("/refuse", body) + post("/refuse", body))
                return (try wire.answer(), try wire.answer())
            }

            #expect(first.status == 403 && first.text == "no")
            #expect(second.status == 403 && second.text == "no")
        }
    }

    @Test func `a handler may give a long body up half-way and still be heard`() async throws {
        let refuse: Route = .post("/refuse", needs: .open, "refuse", bodyLimit: 1 << 30) { request in
            for try await _ in request.body { return .text("row 1 is wrong", status: .unprocessableContent) }
            return .text("empty")
        }
        try await serving([refuse]) { server in
            let answer = try await ask(server, post("/refuse", String(repeating: "x", count: 12 << 20)))

            #expect(answer.status == 422 && answer.text == "row 1 is wrong")
        }
    }

    @Test func `what a handler writes arrives at once and whole`() async throws {
        let gate = Event()
        let tell: Route = .get("/tell", needs: .open, "tell") { _ in
            .stream(type: "text/plain") { writer in
                try await writer.write("first")
                await gate.wait()
                try await writer.write("")
                try await writer.write("second")
            }
        }
        try await serving([tell]) { server in
            let port = server.boundPort
            let wire = try await offPool { try Wire(port: port) }
            let first = try await offPool {
                try wire.send(get("/tell"))
                _ = try wire.headers()
                return wire.chunk()
            }
            gate.happen()
            let rest = try await offPool { [wire.chunk(), wire.chunk()] }

            #expect(first == Array("first".utf8))
            #expect(rest == [Array("second".utf8), nil])
        }
    }

    @Test func `a long answer comes whole, and the connection serves on`() async throws {
        let block = Array("0123456789abcdef".utf8)
        let pour: Route = .get("/pour/{count}", needs: .open, "pour") { request in
            let count = Int(request.parameter("count")) ?? 0
            return .stream(type: "application/octet-stream") { writer in
                for _ in 0..<count { try await writer.write([UInt8](repeatElement(block, count: 1000).joined())) }
            }
        }
        try await serving([pour]) { server in
            let port = server.boundPort
            let answers = try await offPool {
                let wire = try Wire(port: port)
                try wire.send(get("/pour/500") + get("/pour/0") + get("/pour/3"))
                return try (0..<3).map { _ in try wire.answer() }
            }

            #expect(answers.map(\.body.count) == [8_000_000, 0, 48_000])
            #expect(answers.allSatisfy { $0.isWhole && $0["Transfer-Encoding"] == "chunked" })
            #expect(answers[0].body.suffix(16) == block[...])
        }
    }

    @Test func `a client that does not read stops the handler, and one that leaves ends it`() async throws {
        let (written, ended) = (Tally(), Event())
        let pour: Route = .get("/pour", needs: .open, "pour") { _ in
            .stream(type: "application/octet-stream") { writer in
                defer { ended.happen() }
                while true {
                    try await writer.write([UInt8](repeating: 0, count: 100_000))
                    written.add(100_000)
                }
            }
        }
        try await serving([pour]) { server in
            let port = server.boundPort
            let wire = try await offPool { try Wire(port: port) }
            try await offPool {
                try wire.send(get("/pour"))
                _ = try wire.headers()
                _ = wire.chunk()
            }
            // The handler is stopped when a whole round of reading elsewhere does not see it move.
            var before = -1
            while written.value != before {
                before = written.value
                try await offPool { _ = try Wire(port: port).isHungUp(within: 300) }
            }
            #expect(before < 64 << 20)

            wire.hangUp()
            await ended.wait()
        }
    }

    @Test func `an answer that fails half-way is seen to be cut short`() async throws {
        let capture = LogCapture()
        let fail: Route = .get("/fail", needs: .open, "fail") { _ in
            .stream(type: "text/plain") { writer in
                try await writer.write("half")
                throw Broken()
            }
        }
        try await serving([fail], logger: Logger(sink: .capture(capture))) { server in
            let answer = try await ask(server, get("/fail"))

            #expect(answer.text == "half")
            #expect(!answer.isWhole)
        }
        #expect(capture.lines.contains { $0.contains("answer cut short") && $0.contains("Broken") })
    }

    @Test func `a client that leaves cancels its handler`() async throws {
        let (arrived, cancelled) = (Event(), Event())
        let wait: Route = .post("/wait", needs: .open, "wait") { request in
            _ = try await request.body.collect(limit: 100)
            arrived.happen()
            do { try await Task.sleep(for: .seconds(600)) } catch { cancelled.happen() }
            return .text("never")
        }
        try await serving([wait]) { server in
            let port = server.boundPort
            let wire = try await offPool {
                let wire = try Wire(port: port)
                try wire.send(post("/wait", "abc"))
                return wire
            }
            await arrived.wait()

            wire.hangUp()
            await cancelled.wait()
        }
    }

    @Test func `a client that leaves in the middle of its body is told to the handler`() async throws {
        let (arrived, finished) = (Event(), Event())
        let told = Mutex<WebFault?>(nil)
        let take: Route = .post("/take", needs: .open, "take") { request in
            do {
                for try await _ in request.body { arrived.happen() }
            } catch let fault as WebFault {
                told.withLock { $0 = fault }
            }
            finished.happen()
            return .text("never")
        }
        try await serving([take]) { server in
            let port = server.boundPort
            let wire = try await offPool {
                let wire = try Wire(port: port)
                try wire.send("POST /take HTTP/1.1\r\nHost: t\r\nContent-Length: 900000\r\n\r\nabc")
                return wire
            }
            await arrived.wait()

            wire.hangUp()
            await finished.wait()

            #expect(told.withLock { $0 } == .bodyInterrupted || told.withLock { $0 } == .cancelled)
        }
    }

    @Test func `nothing of a server is left when it has stopped`() async throws {
        final class Resource: Sendable {}
        weak var left: Resource?
        do {
            let resource = Resource()
            left = resource
            let hold: Route = .post("/hold", needs: .open, "hold") { request in
                withExtendedLifetime(resource) {}
                return .text("\(try await request.body.collect(limit: 1 << 20).count)")
            }
            try await serving([hold]) { server in
                let port = server.boundPort
                _ = try await ask(server, post("/hold", "abc"))
                try await offPool {
                    let wire = try Wire(port: port)
                    try wire.send("POST /hold HTTP/1.1\r\nHost: t\r\nContent-Length: 900000\r\n\r\nabc")
                    wire.hangUp()
                }
            }
        }

        #expect(left == nil)
    }
}

@Suite struct `Bytes that wait to be sent` {
    @Test func `come out in order and are let go, also when their writer stays ahead`() {
        var (waiting, numbers) = (OutgoingBytes(), Seeded(3))
        var (written, read, held) = (0, 0, 0)
        var isInOrder = true
        for _ in 0..<2000 {
            while waiting.count < 20_000 {
                let count = Int.random(in: 1...5000, using: &numbers)
                waiting.add((written..<written + count).map { UInt8(truncatingIfNeeded: $0) })
                written += count
            }
            held = max(held, waiting.held)
            withUnsafeTemporaryAllocation(byteCount: Int.random(in: 1...8000, using: &numbers), alignment: 1) {
                buffer in
                let count = waiting.take(into: buffer)
                isInOrder = isInOrder && (0..<count).allSatisfy { buffer[$0] == UInt8(truncatingIfNeeded: read + $0) }
                read += count
            }
        }

        #expect(isInOrder)
        #expect(written - read == waiting.count)
        #expect(held <= 50_000)
    }
}

@Suite struct `Compression` {
    private static let text = String(repeating: "Ménage de Bujumbura, ", count: 500)
    private let routes: [Route] = [
        .get("/text", needs: .open, "text") { _ in .text(Self.text) },
        .get("/short", needs: .open, "short") { _ in .text("short") },
        .get("/image", needs: .open, "image") { _ in .bytes(Array(Self.text.utf8), type: "image/png") },
        .get("/secret", needs: .open, "secret") { _ in
            var response = Response.text(Self.text)
            response.isCompressible = false
            return response
        },
        .get("/stream", needs: .open, "stream") { _ in
            .stream(type: "application/x-ndjson") { writer in
                for _ in 0..<100 { try await writer.write(Self.text) }
            }
        },
    ]

    @Test(arguments: ["gzip", "deflate, GZIP;q=0.5, br", "*"])
    func `an answer comes back from gzip`(accepted: String) async throws {
        try await serving(routes) { server in
            let answer = try await ask(server, get("/text", "Accept-Encoding: \(accepted)"))

            #expect(answer["Content-Encoding"] == "gzip")
            #expect(answer["Vary"] == "Accept-Encoding")
            #expect(answer.body.count < Self.text.utf8.count / 10)
            let (text, isWhole) = gunzip(answer.body)
            #expect(isWhole)
            #expect(text == Self.text)
        }
    }

    @Test func `a stream comes back from gzip`() async throws {
        try await serving(routes) { server in
            let answer = try await ask(server, get("/stream", "Accept-Encoding: gzip"))

            #expect(answer["Content-Encoding"] == "gzip")
            #expect(answer.isWhole)
            let (text, isWhole) = gunzip(answer.body)
            let isRight = text == String(repeating: Self.text, count: 100)
            #expect(isWhole && isRight)
        }
    }

    @Test func `a flush makes compressed text visible`() async throws {
        let gate = Event()
        let tell: Route = .get("/tell", needs: .open, "tell") { _ in
            .stream(type: "text/plain") { writer in
                try await writer.write("first")
                try await writer.flush()
                await gate.wait()
            }
        }
        try await serving([tell]) { server in
            let port = server.boundPort
            let wire = try await offPool { try Wire(port: port) }
            let first = try await offPool {
                try wire.send(get("/tell", "Accept-Encoding: gzip"))
                _ = try wire.headers()
                var bytes: [UInt8] = []
                while gunzip(bytes).text.isEmpty, let chunk = wire.chunk() { bytes += chunk }
                return gunzip(bytes).text
            }
            gate.happen()

            #expect(first == "first")
        }
    }

    @Test(arguments: [
        ("/text", "identity"), ("/text", "gzip;q=0"), ("/text", "gzip; q=0.0, *"), ("/text", "br"), ("/short", "gzip"),
        ("/image", "gzip"), ("/secret", "gzip"),
    ])
    func `nothing is compressed that should not be`(path: String, accepted: String) async throws {
        try await serving(routes) { server in
            let answer = try await ask(server, get(path, "Accept-Encoding: \(accepted)"))

            #expect(answer["Content-Encoding"] == nil)
            #expect(answer.text == (path == "/short" ? "short" : Self.text))
        }
    }
}
