import Groundwork
import Runtime
import Telemetry
import Testing
import Web
import WebServer

@Suite struct `Over the wire` {
    private let hello: Route = .get("/hello/{name}", needs: .open, "hello") { .text("hello \($0.parameter("name"))") }
    private let echo: Route = .post("/echo", needs: .open, "echo") { request in
        .bytes(try await request.body.collect(limit: 1 << 20), type: request.contentType ?? "text/plain")
    }

    @Test func `a body comes back with headers in their usual spelling`() async throws {
        try await serving([echo]) { server in
            let answer = try await ask(server, post("/echo", "{\"a\":1}", "content-type: application/json"))

            #expect(answer.status == 200)
            #expect(answer.text == "{\"a\":1}")
            #expect(answer["Content-Type"] == "application/json")
            #expect(answer["Content-Length"] == "7")
            #expect(answer["X-Content-Type-Options"] == "nosniff")
            #expect(answer["Cache-Control"] == "no-store")
            #expect(answer["X-Request-Id"]?.count == 16)
            #expect(answer["Date"] != nil)
        }
    }

    @Test func `a path reaches its route with its escapes`() async throws {
        try await serving([hello]) { server in
            let escaped = try await ask(server, get("/hello/a%2Fb%20%C3%A9?x=%20"))
            let broken = try await ask(server, get("/hello/%zz"))
            let missing = try await ask(server, get("/nowhere"))

            #expect(escaped.text == "hello a/b é")
            #expect(broken.status == 400)
            #expect(missing.status == 404)
        }
    }

    @Test func `one connection serves many requests, also when they are sent all at once`() async throws {
        try await serving([hello, echo]) { server in
            let port = server.boundPort
            let answers = try await offPool {
                let wire = try Wire(port: port)
                try wire.send((0..<20).map { get("/hello/\($0)") + post("/echo", "body \($0)") }.joined())
                return try (0..<40).map { _ in try wire.answer().text }
            }

            #expect(answers == (0..<20).flatMap { ["hello \($0)", "body \($0)"] })
        }
    }

    @Test func `HEAD has the length of GET and no body`() async throws {
        try await serving([hello]) { server in
            let port = server.boundPort
            let (head, next) = try await offPool {
                let wire = try Wire(port: port)
                try wire.send("HEAD /hello/you HTTP/1.1\r\nHost: test\r\n\r\n" + get("/hello/next"))
                return (try wire.answer(toHead: true), try wire.answer())
            }

            #expect(head.status == 200)
            #expect(head["Content-Length"] == "9")
            #expect(next.text == "hello next")
        }
    }

    @Test func `methods are told apart`() async throws {
        try await serving([hello]) { server in
            let refused = try await ask(server, "DELETE /hello/a HTTP/1.1\r\nHost: test\r\n\r\n")
            let asked = try await ask(server, "OPTIONS /hello/a HTTP/1.1\r\nHost: test\r\n\r\n")
            let unknown = try await ask(server, "BREW /hello/a HTTP/1.1\r\nHost: test\r\n\r\n")

            #expect(refused.status == 405)
            #expect(refused["Allow"] == "GET, HEAD, OPTIONS")
            #expect(asked.status == 204)
            #expect(asked["Allow"] == "GET, HEAD, OPTIONS")
            #expect(unknown.status == 501)
        }
    }

    @Test func `HTTP 1-0 gets its answer and a closed connection`() async throws {
        try await serving([hello]) { server in
            let port = server.boundPort
            let (answer, isClosed) = try await offPool {
                let wire = try Wire(port: port)
                try wire.send("GET /hello/old HTTP/1.0\r\n\r\n")
                return (try wire.answer(), wire.isClosedByServer())
            }

            #expect(answer.text == "hello old")
            #expect(isClosed)
        }
    }

    @Test func `a client that sends no more is still answered`() async throws {
        try await serving([hello]) { server in
            let port = server.boundPort
            let answer = try await offPool {
                let wire = try Wire(port: port)
                try wire.send(get("/hello/you"))
                wire.finishSending()
                return try wire.answer()
            }

            #expect(answer.text == "hello you")
        }
    }

    @Test(arguments: [
        "NONSENSE\r\n\r\n", "GET /hello/a HTTP/1.1\r\n\r\n", "GET /hello/a HTTP/1.1\r\nHost: t\r\nno colon\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: x\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        "POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: gzip\r\n\r\nabcd",
        "POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ])
    func `broken messages are refused and their connection closed`(message: String) async throws {
        try await serving([hello, echo]) { server in
            let port = server.boundPort
            let (status, isClosed) = try await offPool {
                let wire = try Wire(port: port)
                try wire.send(message)
                // A request line without a version may be refused by closing alone.
                let status = try? wire.answer().status
                return (status, wire.isClosedByServer())
            }

            #expect(status == 400 || status == nil && message.hasPrefix("NONSENSE"))
            #expect(isClosed)
            let next = try await ask(server, get("/hello/still"))
            #expect(next.status == 200)
        }
    }

    @Test func `a sane request id and trace are kept, others replaced`() async throws {
        let tell: Route = .get("/tell", needs: .open, "tell") { .text("\($0.requestID) \($0.trace.traceID)") }
        try await serving([tell]) { server in
            let trace = "0af7651916cd43dd8448eb211c80319c"
            let kept = try await ask(
                server, get("/tell", "X-Request-Id: import-2025.01", "traceparent: 00-\(trace)-b7ad6b7169203331-01"))
            let replaced = try await ask(server, get("/tell", "X-Request-Id: <no>", "traceparent: 00-nonsense"))

            #expect(kept.text == "import-2025.01 \(trace)")
            #expect(kept["X-Request-Id"] == "import-2025.01")
            #expect(!replaced.text.contains("<no>"))
            #expect(replaced.text.count == 16 + 1 + 32)
        }
    }

    @Test(arguments: [(true, "10.1.2.3 true"), (false, "127.0.0.1 false")])
    func `a proxy is believed only when it is ours`(trusts: Bool, expected: String) async throws {
        let tell: Route = .get("/tell", needs: .open, "tell") { .text("\($0.peer) \($0.isSecure)") }
        try await serving([tell], { $0.trustsProxy = trusts }) { server in
            let answer = try await ask(
                server, get("/tell", "X-Forwarded-For: 6.6.6.6, 10.1.2.3", "X-Forwarded-Proto: https"))

            #expect(answer.text == expected)
        }
    }

    @Test func `random bytes do not stop the server`() async throws {
        try await serving([hello, echo], { $0.headerTime = .milliseconds(300) }) { server in
            let port = server.boundPort
            try await offPool {
                var numbers = Seeded(42)
                let seeds = [get("/hello/you?a=1", "Accept: x"), post("/echo", "some body", "Expect: 100-continue")]
                for turn in 0..<400 {
                    var bytes = Array(seeds[turn % 2].utf8)
                    for _ in 0..<Int.random(in: 1...8, using: &numbers) {
                        let place = Int.random(in: 0..<bytes.count, using: &numbers)
                        switch Int.random(in: 0..<3, using: &numbers) {
                        case 0: bytes[place] = .random(in: 0...255, using: &numbers)
                        case 1: bytes.insert(.random(in: 0...255, using: &numbers), at: place)
                        default: bytes.removeSubrange(place..<min(bytes.count, place + 3))
                        }
                    }
                    let wire = try Wire(port: port)
                    try wire.send(bytes)
                    if turn % 3 == 0 { wire.hangUp() } else { wire.finishSending() }
                    _ = turn % 5 == 0 ? wire.isClosedByServer() : false
                }
            }

            let answer = try await ask(server, get("/hello/still"))
            #expect(answer.text == "hello still")
        }
    }

    @Test func `log and metrics know the template and nothing of the caller's data`() async throws {
        let (capture, metrics) = (LogCapture(), Metrics())
        try await serving([hello, echo], metrics: metrics, logger: Logger(sink: .capture(capture))) { server in
            _ = try await ask(server, get("/hello/Niyonzima?national_id=12345", "X-Request-Id: request-42"))
            _ = try await ask(server, post("/echo", "Niyonzima"))
            _ = try await ask(server, get("/Niyonzima"))
        }

        let lines = capture.lines.filter { $0.contains(#""message":"request""#) }
        #expect(lines.count == 3)
        #expect(lines[0].contains(#""request":"request-42","method":"GET","route":"/hello/{name}","status":200"#))
        #expect(lines[0].contains(#""bytes_in":0,"bytes_out":15"#))
        #expect(lines[1].contains(#""bytes_in":9,"bytes_out":9"#))
        #expect(lines[2].contains(#""route":"-","status":404"#))
        for line in capture.lines { #expect(!line.contains("Niyonzima") && !line.contains("12345")) }
        let text = metrics.prometheusText()
        #expect(text.contains(#"kith_http_request_seconds_count{route="GET /hello/{name}",status="2xx"} 1"#))
        #expect(text.contains(#"kith_http_request_seconds_count{route="other",status="4xx"} 1"#))
        #expect(!text.contains("Niyonzima"))
    }

    @Test func `thousands of requests at once all get their own answer`() async throws {
        try await serving([hello, echo]) { server in
            let port = server.boundPort
            let right = try await withThrowingTaskGroup(of: Int.self) { tasks in
                for client in 0..<32 {
                    tasks.addTask {
                        try await offPool {
                            let wire = try Wire(port: port)
                            return try (0..<100).count { turn in
                                try wire.send(post("/echo", "\(client) \(turn)"))
                                return try wire.answer().text == "\(client) \(turn)"
                            }
                        }
                    }
                }
                return try await tasks.reduce(0, +)
            }

            #expect(right == 3200)
        }
    }
}

@Suite struct `Starting and stopping` {
    private let hello: Route = .get("/", needs: .open, "hello") { _ in .text("hello") }

    @Test func `a taken port is named`() async throws {
        try await serving([hello]) { server in
            var settings = ServerSettings(port: server.boundPort)
            settings.host = "127.0.0.1"
            let second = HTTPServer(site: Site(routes: []), settings: settings)

            #expect(throws: ServerFault.portUnavailable(server.boundPort, reason: "Address already in use")) {
                try second.start()
            }
        }
    }

    @Test func `a host must be an address`() {
        let server = HTTPServer(site: Site(routes: []), settings: ServerSettings(host: "no such host", port: 0))

        #expect(throws: ServerFault.hostUnreadable) { try server.start() }
    }

    @Test func `a group runs and ends it`() async throws {
        let server = HTTPServer(site: Site(routes: [hello]), settings: ServerSettings(port: 0))
        let group = ServiceGroup([server], signals: [], logger: .silent)
        try server.start()

        async let running: Void = group.run()
        let status = try await ask(server, get("/")).status
        group.stop()
        try await running

        #expect(status == 200)
        let port = server.boundPort
        await #expect(throws: WireTrouble.self) { try await offPool { _ = try Wire(port: port) } }
        #expect(throws: ServerFault.alreadyStopped) { try server.start() }
    }

    @Test func `cancelling ends it`() async throws {
        let server = HTTPServer(site: Site(routes: [hello]), settings: ServerSettings(port: 0))
        try server.start()
        let running = Task { try await server.run() }
        _ = try await ask(server, get("/"))

        running.cancel()
        try await running.value
    }

    @Test func `requests in flight end, idle connections close, new ones are refused`() async throws {
        let (arrived, gate) = (Event(), Event())
        let slow: Route = .get("/slow", needs: .open, "slow") { _ in
            arrived.happen()
            await gate.wait()
            return .text("done")
        }
        try await serving([hello, slow]) { server in
            let port = server.boundPort
            let idle = try await offPool {
                let wire = try Wire(port: port)
                try wire.send(get("/"))
                _ = try wire.answer()
                return wire
            }
            async let flying = ask(server, get("/slow"))
            await arrived.wait()

            async let stopping: Void = server.shutdown()
            let isIdleClosed = try await offPool { idle.isClosedByServer() }
            await #expect(throws: WireTrouble.self) { try await offPool { _ = try Wire(port: port) } }
            gate.happen()
            let answer = try await flying
            await stopping

            #expect(isIdleClosed)
            #expect(answer.text == "done")
            #expect(answer["Connection"]?.lowercased() == "close")
        }
    }

    @Test func `what does not end in time is cancelled`() async throws {
        let (arrived, cancelled) = (Event(), Event())
        let stuck: Route = .get("/stuck", needs: .open, "stuck") { _ in
            arrived.happen()
            do { try await Task.sleep(for: .seconds(600)) } catch {
                cancelled.happen()
                throw error
            }
            return .text("never")
        }
        try await serving([stuck], { $0.drainTime = .milliseconds(50) }) { server in
            async let flying = ask(server, get("/stuck"))
            await arrived.wait()

            await server.shutdown()
            await cancelled.wait()

            let answer = try await flying
            #expect(answer.status == 503)
        }
    }

    @Test func `what does not even heed cancellation is left behind`() async throws {
        let (arrived, gate) = (Event(), Event())
        let deaf: Route = .get("/deaf", needs: .open, "deaf") { _ in
            arrived.happen()
            // A task of its own does not hear that its creator was cancelled.
            await Task { await gate.wait() }.value
            return .text("late")
        }
        try await serving([deaf], { $0.drainTime = .milliseconds(10) }) { server in
            let flying = Task { try await ask(server, get("/deaf")) }
            await arrived.wait()

            await server.shutdown()

            await #expect(throws: WireTrouble.self) { try await flying.value }
            gate.happen()
        }
    }
}
