import Telemetry
import Testing
import Web

@Suite struct `Header fields` {
    @Test func `are found whatever their case`() {
        var headers: Headers = ["Content-Type": "text/plain", "Accept": "a"]
        headers.add("ACCEPT", "b")

        #expect(headers["content-type"] == "text/plain")
        #expect(headers.all("accept") == ["a", "b"])
    }

    @Test func `are replaced all at once`() {
        var headers: Headers = ["A": "1", "B": "2", "a": "3"]

        headers["a"] = "4"

        #expect(headers.map { "\($0.name)=\($0.value)" } == ["A=4", "B=2"])
    }

    @Test func `cannot be forged through a value`() {
        let headers: Headers = ["Location": "/a\r\nSet-Cookie: x=1\0"]

        #expect(headers["Location"] == "/a  Set-Cookie: x=1 ")
    }

    @Test(arguments: [
        ("content-type", "Content-Type"), ("X-REQUEST-ID", "X-Request-Id"), ("etag", "Etag"), ("Allow", "Allow"),
    ])
    func `have one usual spelling`(name: String, expected: String) {
        #expect(Headers.canonical(name) == expected)
    }
}

@Suite struct `Queries and forms` {
    @Test func `keep order and repetition`() throws {
        let query = try #require(Query(parsing: "b=2&a=1&b=3&flag&empty=&=x"))

        #expect(query.map { "\($0.name):\($0.value)" } == ["b:2", "a:1", "b:3", "flag:", "empty:", ":x"])
        #expect(query["b"] == "2")
        #expect(query.all("b") == ["2", "3"])
        #expect(query.unknown(besides: ["a", "b"]) == ["flag", "empty", ""])
    }

    @Test func `decode escapes and plus signs`() throws {
        let query = try #require(Query(parsing: "name=Jean+Bosco%2B%26%C3%A9"))

        #expect(query["name"] == "Jean Bosco+&é")
    }

    @Test func `come back from their own encoding`() throws {
        var numbers = Seeded(20_251)
        for _ in 0..<500 {
            let text = String(
                (0..<8).map { _ in
                    Character(
                        ["a", "é", "&", "=", "+", "%", " ", "ȷ", "😀", "\n"].randomElement(using: &numbers) ?? "a")
                })

            let back = try #require(Query(parsing: Query([("k" + text, text)]).encoded))

            #expect(back.map(\.value) == [text])
            #expect(PercentCoding.decode(PercentCoding.encode(text)) == text)
        }
    }

    @Test func `are read from a body of their type`() async throws {
        let right = Request(
            .post, "/", headers: ["Content-Type": "application/x-www-form-urlencoded; charset=utf-8"],
            body: RequestBody("a=1&b=x+y"))
        let wrong = Request(.post, "/", headers: ["Content-Type": "application/json"], body: RequestBody("{}"))

        #expect(try await right.form()["b"] == "x y")
        await #expect(throws: WebFault.unsupportedMediaType(expected: "application/x-www-form-urlencoded")) {
            try await wrong.form()
        }
    }

    @Test func `carry cookies`() {
        let request = Request(.get, "/", headers: ["Cookie": "session=abc=; lang=fr; session=other"])
        let cookie = Cookie("session", "a b", maxAge: 60, isSecure: true)

        #expect(request.cookies == ["session": "abc=", "lang": "fr"])
        #expect(cookie.header == "session=a%20b; Path=/; HttpOnly; SameSite=Lax; Max-Age=60; Secure")
    }
}

@Suite struct `A request` {
    @Test func `refuses a body above the limit before and while it is read`() async throws {
        let body = RequestBody([UInt8](repeating: 1, count: 10))

        #expect(try await body.collect(limit: 10).count == 10)
        await #expect(throws: WebFault.bodyTooLarge(limit: 9)) { try await body.collect(limit: 9) }
    }

    @Test(arguments: [
        ("0af7651916cd43dd", true), ("short", false), ("with space and more", false), ("line\nbreak-here", false),
        (String(repeating: "a", count: 65), false),
    ])
    func `takes the caller's id when it is sane`(id: String, isSane: Bool) {
        #expect((RequestID.accepted(id) == id) == isSane)
    }

    @Test func `names its bearer token`() {
        #expect(Request(.get, "/", headers: ["Authorization": "bearer  abc"]).bearerToken == "abc")
        #expect(Request(.get, "/", headers: ["Authorization": "Basic abc"]).bearerToken == nil)
        #expect(Request(.get, "/", headers: ["Authorization": "Bearer "]).bearerToken == nil)
    }
}
