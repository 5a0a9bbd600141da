import Synchronization
import Telemetry
import Testing
import Web
import WebServer

@Suite struct `Limits` {
    private let take: Route = .post("/take", needs: .open, "take") { request in
        .text("\(try await request.body.collect(limit: 100_000).count)")
    }

    @Test func `a body above the limit gets 413 and keeps its connection`() async throws {
        try await serving([take], { $0.bodyLimit = 1000 }) { server in
            let port = server.boundPort
            let (refused, next) = try await offPool {
                let wire = try Wire(port: port)
                try wire.send(post("/take", String(repeating: "x", count: 200_000)) + post("/take", "abc"))
                return (try wire.answer(), try wire.answer())
            }

            #expect(refused.status == 413)
            #expect(refused.text.contains("web.body.too_large") && refused.text.contains("1000 bytes"))
            #expect(next.text == "3")
        }
    }

    @Test func `a body far above the limit is not read at all`() async throws {
        try await serving([take]) { server in
            let answer = try await ask(
                server, "POST /take HTTP/1.1\r\nHost: t\r\nContent-Length: 999999999999\r\n\r\n")

            #expect(answer.status == 413)
            #expect(answer["Connection"]?.lowercased() == "close")
        }
    }

    @Test func `a chunked body is counted as it comes`() async throws {
        try await serving([take], { $0.bodyLimit = 50_000 }) { server in
            let chunk = "2710\r\n" + String(repeating: "x", count: 10_000) + "\r\n"
            let head = "POST /take HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n"
            let fits = try await ask(server, head + String(repeating: chunk, count: 5) + "0\r\n\r\n")
            let tooLong = try await ask(server, head + String(repeating: chunk, count: 60) + "0\r\n\r\n")

            #expect(fits.text == "50000")
            #expect(tooLong.status == 413)
        }
    }

    @Test func `a route may take more than the others`() async throws {
        let big: Route = .post("/big", needs: .open, "big", bodyLimit: 300_000) { request in
            var count = 0
            for try await chunk in request.body { count += chunk.count }
            return .text("\(count)")
        }
        try await serving([big, take], { $0.bodyLimit = 1000 }) { server in
            let fits = try await ask(server, post("/big", String(repeating: "x", count: 300_000)))
            let tooLong = try await ask(server, post("/big", String(repeating: "x", count: 300_001)))

            #expect(fits.text == "300000")
            #expect(tooLong.status == 413)
        }
    }

    @Test func `a client that asks first is told before it sends`() async throws {
        let closed: Route = .post("/closed", needs: .open, "closed", bodyLimit: 1 << 30) { _ in
            .text("no", status: .forbidden)
        }
        let open: Route = .post("/open", needs: .open, "open", bodyLimit: 1 << 30) { request in
            .text("\(try await request.body.collect(limit: 1 << 30).count)")
        }
        try await serving([closed, open]) { server in
            let port = server.boundPort
            let fields = "Host: t\r\nContent-Length: 100000\r\nExpect: 100-continue\r\n\r\n"
            let refused = try await ask(server, "POST /closed HTTP/1.1\r\n" + fields)
            let (go, answer) = try await offPool {
                let wire = try Wire(port: port)
                try wire.send("POST /open HTTP/1.1\r\n" + fields)
                let go = try wire.answer()
                try wire.send(String(repeating: "x", count: 100_000))
                return (go, try wire.answer())
            }

            #expect(refused.status == 403)
            #expect(go.status == 100)
            #expect(answer.text == "100000")
        }
    }

    @Test func `headers above the limit are refused`() async throws {
        try await serving([take]) { server in
            let answer = try await ask(server, get("/take", "X-Long: " + String(repeating: "x", count: 40_000)))

            #expect(answer.status == 431 || answer.status == 413)
        }
    }

    @Test(arguments: [
        "", "POST /take HT", "POST /take HTTP/1.1\r\nHost: t\r\nX-Slow: ",
        "POST /take HTTP/1.1\r\nHost: t\r\nContent-Length: 100\r\n\r\nabc",
        "POST /take HTTP/1.1\r\nHost: t\r\nContent-Length: 90000\r\n\r\nabc",
        "POST /take HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
    ])
    func `slow clients are cut off`(beginning: String) async throws {
        let metrics = Metrics()
        try await serving(
            [take], metrics: metrics,
            { settings in
                settings.headerTime = .milliseconds(200)
                settings.stallTime = .milliseconds(200)
                settings.minimumRate = 1_000_000
            }
        ) { server in
            let port = server.boundPort
            let isClosed = try await offPool {
                let wire = try Wire(port: port)
                try wire.send(beginning)
                return wire.isClosedByServer()
            }

            #expect(isClosed)
        }
        #expect(metrics.counter("kith_http_slow_clients_total", "").value == 1)
    }

    @Test func `a drip of bytes does not help a slow client`() async throws {
        try await serving([take], { $0.headerTime = .milliseconds(300) }) { server in
            let port = server.boundPort
            let isCutOff = try await offPool {
                let wire = try Wire(port: port)
                try wire.send("GET /take HTTP/1.1\r\nHost: t\r\nX-Drip: ")
                for _ in 0..<1500 {
                    guard (try? wire.send("x")) != nil else { return true }
                    if wire.isHungUp(within: 20) { return true }
                }
                return false
            }

            #expect(isCutOff)
        }
    }

    @Test(arguments: ["POST /take HT", post("/take", "abc").replacing("Length: 3", with: "Length: 9"), ""])
    func `a client that ends in the middle is not waited for`(beginning: String) async throws {
        // Far longer than the client's patience: only its end can have closed the connection.
        try await serving(
            [take],
            { settings in
                settings.headerTime = .seconds(120)
                settings.stallTime = .seconds(120)
                settings.idleTime = .seconds(120)
            }
        ) { server in
            let port = server.boundPort
            let isClosed = try await offPool {
                let wire = try Wire(port: port, patience: 30)
                try wire.send(beginning)
                wire.finishSending()
                return wire.isClosedByServer()
            }

            #expect(isClosed)
        }
    }

    @Test func `an idle connection is closed`() async throws {
        try await serving([take], { $0.idleTime = .milliseconds(100) }) { server in
            let port = server.boundPort
            let isClosed = try await offPool {
                let wire = try Wire(port: port)
                try wire.send(post("/take", "abc"))
                _ = try wire.answer()
                return wire.isClosedByServer()
            }

            #expect(isClosed)
        }
    }

    @Test func `a handler that takes too long is cancelled`() async throws {
        let slow: Route = .get("/slow", needs: .open, "slow") { _ in
            try await Task.sleep(for: .seconds(600))
            return .text("never")
        }
        try await serving([slow], { $0.answerTime = .milliseconds(100) }) { server in
            let answer = try await ask(server, get("/slow"))

            #expect(answer.status == 503)
            #expect(answer["Retry-After"] == "1")
        }
    }

    @Test func `more requests than there are places get 503, health still answers`() async throws {
        let (arrived, gate) = (Event(), Event())
        let slow: Route = .get("/slow", needs: .open, "slow") { _ in
            arrived.happen()
            await gate.wait()
            return .text("done")
        }
        let health: Route = .get("/healthz", needs: .open, "health", answersWhenBusy: true) { _ in .text("well") }
        try await serving([slow, take, health], { $0.maximumRequests = 1 }) { server in
            async let first = ask(server, get("/slow"))
            await arrived.wait()
            let busy = try await ask(server, post("/take", "abc"))
            let busyLong = try await ask(server, post("/take", String(repeating: "x", count: 80_000)))
            let healthy = try await ask(server, get("/healthz"))
            gate.happen()
            let done = try await first
            let after = try await ask(server, post("/take", "abc"))

            #expect(busy.status == 503)
            #expect(busy["Retry-After"] == "1")
            #expect(busyLong.status == 503)
            #expect(healthy.text == "well")
            #expect(done.text == "done")
            #expect(after.text == "3")
        }
    }
}
