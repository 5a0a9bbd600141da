import Testing
import Web

@Suite struct `Finding a route` {
    private static func echo(_ name: String) -> Route.Handler {
        { request in
            let values = request.parameters.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            return .text(([name] + values).joined(separator: " "))
        }
    }

    private let site = Site(routes: [
        .get("/", needs: .open, "front", echo("front")),
        .get("/people/{id}", needs: .open, "one", echo("one")),
        .get("/people/search", needs: .open, "search", echo("search")),
        .post("/people", needs: .open, "add", echo("add")),
        .get("/people/{id}/history", needs: .open, "history", echo("history")),
        .get("/{kind}/search/deep", needs: .open, "deep", echo("deep")),
        .delete("/people/{person}", needs: .open, "remove", echo("remove")),
        .get("/assets/{path...}", needs: .open, "assets", echo("assets")),
    ])

    private func answer(_ method: Method, _ target: String) async throws -> (Int, String) {
        let response = await site.respond(to: Request(method, target))
        return (response.status.code, String(decoding: try await response.bytes(), as: UTF8.self))
    }

    @Test(arguments: [
        ("/", "front"), ("/people/7", "one id=7"), ("/people/search", "search"),
        ("/people/7/history", "history id=7"), ("/people/search/deep", "deep kind=people"),
        ("/people/search/history", "history id=search"), ("/assets/css/a.css", "assets path=css/a.css"),
        ("/people/7?x=1", "one id=7"), ("http://kith.example/people/7", "one id=7"), ("http://kith.example", "front"),
    ])
    func `by path`(target: String, expected: String) async throws {
        let (status, text) = try await answer(.get, target)

        #expect(status == 200)
        #expect(text == expected)
    }

    @Test(arguments: [
        ("/people/a%2Fb", "one id=a/b"), ("/people/%C3%A9t%C3%A9", "one id=été"), ("/people/a+b", "one id=a+b"),
        ("/p%65ople/7", "one id=7"), ("/people/100%25", "one id=100%"),
    ])
    func `with escapes decoded after splitting`(target: String, expected: String) async throws {
        #expect(try await answer(.get, target) == (200, expected))
    }

    @Test(arguments: ["/people/%zz", "/people/%4", "/people/%", "/people/%ff", "/people/%00", "/people/7?a=%g1"])
    func `refuses what is not percent-encoded UTF-8`(target: String) async throws {
        let (status, text) = try await answer(.get, target)

        #expect(status == 400)
        #expect(text.contains("web.target.malformed"))
    }

    @Test(arguments: ["/nothing", "/people/", "/people/7/", "//people/7", "/people", "/people/../people/7", "people"])
    func `finds nothing elsewhere`(target: String) async throws {
        let (status, _) = try await answer(.get, target)

        #expect(status == (target == "/people" ? 405 : 404))
    }

    @Test func `names parameters by the route that answers`() async throws {
        #expect(try await answer(.delete, "/people/9") == (200, "remove person=9"))
    }

    @Test func `says which methods a path knows`() async {
        let refused = await site.respond(to: Request(.put, "/people/7"))
        let asked = await site.respond(to: Request(.options, "/people/7"))
        let star = await site.respond(to: Request(.options, "*"))

        #expect(refused.status == .methodNotAllowed)
        #expect(refused.headers["Allow"] == "GET, HEAD, DELETE, OPTIONS")
        #expect(asked.status == .noContent)
        #expect(asked.headers["allow"] == "GET, HEAD, DELETE, OPTIONS")
        #expect(star.status == .noContent)
    }

    @Test func `answers HEAD as GET without the body`() async throws {
        let response = await site.respond(to: Request(.head, "/people/7"))

        #expect(response.status == .ok)
        #expect(response.headers["Content-Length"] == "8")
        #expect(try await response.bytes().isEmpty)
    }
}
