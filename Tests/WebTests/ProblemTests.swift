import Groundwork
import Synchronization
import Telemetry
import Testing
import Web

private struct Refusal: Fault {
    var code: String = "test.refused"
    var kind: FaultKind
    var summary: String = "Told to the caller."
}

private struct Gone: StatusFault {
    let status: Status = .gone
    let code: String = "test.gone"
    let kind: FaultKind = .conflict
    let summary: String = "Take a new snapshot."
}

private struct Unknown: Error {
    var secret: String
}

@Suite struct `A failing handler` {
    private func answer(_ error: any Error, logger: Logger = .silent) async throws -> (Response, String) {
        let site = Site(
            routes: [.get("/people/{id}", needs: .open, "x") { _ in throw error }], logger: logger)
        let response = await site.respond(to: Request(.get, "/people/secret-id", requestID: "request-1"))
        return (response, String(decoding: try await response.bytes(), as: UTF8.self))
    }

    @Test(arguments: [
        (FaultKind.invalid([]), 422), (.unauthenticated, 401), (.forbidden, 403), (.missing, 404), (.conflict, 409),
        (.limited(retryAfter: 7), 429), (.unavailable(retryAfter: 7), 503), (.defect, 500),
    ])
    func `is told by the kind of its fault`(kind: FaultKind, status: Int) async throws {
        let (response, text) = try await answer(Refusal(kind: kind))

        #expect(response.status.code == status)
        #expect(response.headers["Content-Type"] == "application/problem+json")
        #expect(text.contains(#""code":"test.refused""#))
        #expect(text.contains(#""type":"urn:kith:problem:test.refused""#))
        #expect(text.contains(#""instance":"urn:kith:request:request-1""#))
        #expect(text.contains("Told to the caller.") == (status != 500))
        #expect((response.headers["Retry-After"] == "7") == (status == 429 || status == 503))
        #expect((response.headers["WWW-Authenticate"] == "Bearer") == (status == 401))
    }

    @Test func `may name its own status`() async throws {
        #expect(try await answer(Gone()).0.status == .gone)
    }

    @Test func `lists every finding with its place`() async throws {
        let findings = [
            Finding("members/0/birth_date", code: "date.impossible", "There is no 30 February."),
            Finding("head~/x", code: "text.\"odd\"", "Line\nbreak."),
        ]
        let (response, text) = try await answer(InvalidInput(findings))

        #expect(response.status == .unprocessableContent)
        #expect(text.contains(#"{"pointer":"/members/0/birth_date","code":"date.impossible""#))
        #expect(
            text.contains(#""pointer":"/head~0/x","code":"text.\"odd\"","detail":"Line\n"#)
                || text.contains(#"Line\u000abreak."#))
    }

    @Test func `shows nothing of an unknown error but the request id`() async throws {
        let capture = LogCapture()
        let (response, text) = try await answer(
            Unknown(secret: "Aline Niyonzima"), logger: Logger(sink: .capture(capture)))

        #expect(response.status == .internalServerError)
        #expect(text.contains("web.unexpected") && text.contains("request-1"))
        #expect(!text.contains("Aline") && !text.contains("Unknown"))
        let line = try #require(capture.lines.first)
        #expect(line.contains("Unknown") && line.contains("GET /people/{id}") && line.contains("request-1"))
        #expect(!line.contains("Aline") && !line.contains("secret-id"))
    }

    @Test func `is no defect when it was cancelled`() async throws {
        let capture = LogCapture()
        let (response, _) = try await answer(CancellationError(), logger: Logger(sink: .capture(capture)))

        #expect(response.status == .serviceUnavailable)
        #expect(capture.lines.isEmpty)
    }
}

@Suite struct `A site` {
    @Test func `runs the first middleware outermost`() async throws {
        let order = Mutex<[String]>([])
        func layer(_ name: String) -> Middleware {
            { request, route, next in
                order.withLock { $0.append("\(name) in \(route.path)") }
                let response = try await next(request)
                order.withLock { $0.append("\(name) out") }
                return response
            }
        }
        let site = Site(
            routes: [.get("/a", needs: .open, "a") { _ in .text("a") }], middleware: [layer("one"), layer("two")])

        _ = await site.respond(to: Request(.get, "/a"))

        #expect(order.withLock { $0 } == ["one in /a", "two in /a", "two out", "one out"])
    }

    @Test func `hands on what middleware found out`() async throws {
        let site = Site(
            routes: [.get("/a", needs: .needs("x"), "a") { .text($0.principal as? String ?? "nobody") }],
            middleware: [
                { request, route, next in
                    var request = request
                    request.principal = route.scope.name
                    return try await next(request)
                }
            ])

        #expect(try await site.respond(to: Request(.get, "/a")).bytes() == Array("x".utf8))
    }

    @Test func `protects every answer`() async {
        let site = Site(routes: [
            .get("/page", needs: .open, "a") { _ in .html("<p>") },
            .get("/asset", needs: .open, "b") { _ in Response.text("x").with("Cache-Control", "max-age=60") },
        ])

        let page = await site.respond(to: Request(.get, "/page", requestID: "request-9"))
        let asset = await site.respond(to: Request(.get, "/asset"))
        let missing = await site.respond(to: Request(.get, "/missing"))

        #expect(page.headers["Content-Security-Policy"]?.hasPrefix("default-src 'self'") == true)
        #expect(page.headers["X-Request-Id"] == "request-9")
        #expect(asset.headers["Cache-Control"] == "max-age=60")
        for response in [page, asset, missing] { #expect(response.headers["X-Content-Type-Options"] == "nosniff") }
        #expect(missing.headers["Cache-Control"] == "no-store")
    }

    @Test func `lets a door present refusals in its own shape`() async throws {
        let site = Site(routes: []) { problem, request in
            .text("\(request.path) \(problem.code)", status: problem.status)
        }

        let response = await site.respond(to: Request(.get, "/registry"))

        #expect(response.status == .notFound)
        #expect(try await response.bytes() == Array("/registry web.route.not_found".utf8))
    }

    @Test func `runs handlers inside their trace`() async throws {
        let trace = TraceContext()
        let site = Site(routes: [
            .get("/a", needs: .open, "a") { _ in .text(TraceContext.current?.traceID.description ?? "none") }
        ])

        let response = await site.respond(to: Request(.get, "/a", trace: trace))

        #expect(try await response.bytes() == Array(trace.traceID.description.utf8))
    }
}
