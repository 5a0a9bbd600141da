import Documents
import Groundwork
import Testing
import Web

@Suite struct `The OpenAPI document` {
    private let schemas: JSON = [
        "Person": ["type": "object", "properties": ["household": ["$ref": "#/components/schemas/Household"]]],
        "Household": ["type": "object"],
    ]
    private let routes: [Route] = [
        .get(
            "/api/v1/people/{id}", needs: .needs("registry.read"), "One person",
            operation: .init(
                id: "person", tags: ["people"],
                parameters: [
                    .path("id", .uuid, "The person."), .query("as_of", .date, "As it was valid on this day."),
                    .header("If-None-Match", "A version already known."),
                ],
                responses: [
                    .init(.ok, "The person.", .json(.ref("Person")), headers: [("ETag", "The version.")]),
                    .init(.notModified, "Nothing changed."),
                ])
        ) { _ in .text("") },
        .post(
            "/api/v1/people/{id}", needs: .needs("registry.write"), "Change a person",
            operation: .init(
                body: .json(.ref("Person")),
                responses: [.init(.ok, "Done.", .json(.array(.inline(["type": "null"]))))])
        ) { _ in .text("") },
        .get(
            "/assets/{path...}", needs: .open, "Files",
            operation: .init(
                responses: [.init(.ok, "A file.", .type("application/octet-stream"))], refusesWithProblems: false)
        ) { _ in .text("") },
        .get("/admin", needs: .needs("admin"), "A page", operation: .hidden) { _ in .text("") },
    ]

    private var document: JSON {
        OpenAPIDocument.build(
            info: .init(title: "Kith", version: "1", tags: [("people", "Everybody")]), routes: routes, schemas: schemas)
    }

    @Test func `shows every route that is not hidden, by path and method`() {
        #expect(document["openapi"]?.string == "3.1.0")
        #expect(document["paths"]?.object?.keys == ["/api/v1/people/{id}", "/assets/{path}"])
        #expect(document["paths"]?["/api/v1/people/{id}"]?.object?.keys == ["get", "post"])
    }

    @Test func `describes parameters, bodies and answers`() throws {
        let get = try #require(document["paths"]?["/api/v1/people/{id}"]?["get"])
        let post = try #require(document["paths"]?["/api/v1/people/{id}"]?["post"])

        #expect(get["operationId"]?.string == "person")
        #expect(post["operationId"]?.string == "postApiV1PeopleId")
        #expect(
            get["parameters"]?[0] == [
                "name": "id", "in": "path", "required": true, "schema": ["type": "string", "format": "uuid"],
                "description": "The person.",
            ])
        #expect(get["parameters"]?[1]?["required"] == false)
        #expect(get["parameters"]?[2]?["in"] == "header")
        #expect(
            get["responses"]?["200"]?["content"]
                == ["application/json": ["schema": ["$ref": "#/components/schemas/Person"]]])
        #expect(get["responses"]?["200"]?["headers"]?["ETag"]?["description"] == "The version.")
        #expect(get["responses"]?["default"] == ["$ref": "#/components/responses/Problem"])
        #expect(post["parameters"]?[0]?["name"] == "id")
        #expect(post["requestBody"]?["required"] == true)
    }

    @Test func `derives security from scopes`() {
        #expect(document["paths"]?["/api/v1/people/{id}"]?["post"]?["security"] == [["bearer": ["registry.write"]]])
        #expect(document["paths"]?["/assets/{path}"]?["get"]?["security"] == [])
        #expect(document["components"]?["securitySchemes"]?["bearer"]?["scheme"] == "bearer")
    }

    @Test func `leaves bytes without a schema and problems out where a route has none`() {
        let get = document["paths"]?["/assets/{path}"]?["get"]

        #expect(get?["responses"]?["200"]?["content"] == ["application/octet-stream": [:]])
        #expect(get?["responses"]?["default"] == nil)
    }

    @Test func `comes with the schema of problems, which problems obey`() async throws {
        let findings = [Finding("a/b", code: "x", "Y.")]
        let problem = try JSON.parse(Problem(fault: InvalidInput(findings), requestID: "request-1").bytes)

        #expect(document["components"]?["schemas"]?["Problem"] == Problem.schema)
        let required = Problem.schema["required"]?.array?.compactMap { $0.string } ?? []
        #expect(required.count == 4)
        for name in required { #expect(problem[name] != nil) }
        let known = try #require(Problem.schema["properties"]?.object?.keys)
        for name in problem.object?.keys ?? [] { #expect(known.contains(name)) }
    }

    @Test func `is told what it gets wrong`() {
        let wrong: [Route] = [
            .get("/a", needs: .open, "", operation: .init(id: "same", parameters: [.path("id", "Nowhere.")])) { _ in
                .text("")
            },
            .get(
                "/b", needs: .open, "b",
                operation: .init(id: "same", responses: [.init(.ok, "x", .json(.array(.ref("Nobody"))))])
            ) { _ in .text("") },
        ]

        #expect(OpenAPIDocument.mistakes(routes: routes, schemas: schemas).isEmpty)
        #expect(
            OpenAPIDocument.mistakes(routes: wrong, schemas: ["A": ["items": ["$ref": "#/components/schemas/B"]]]) == [
                "GET /a: it has no summary.", "GET /a: it describes no successful answer.",
                "GET /a: its path has no {id}.",
                "GET /b: its operation id stands twice.", "GET /b: there is no schema Nobody.",
                "Schema A: there is no schema B.",
            ])
    }
}

@Suite struct `A JSON body` {
    private let site = Site(routes: [
        .post("/echo", needs: .open, "echo") { .json(try await $0.json(limit: 100)) }
    ])

    private func answer(_ body: String, type: String = "application/json", _ coding: String? = nil) async throws -> (
        Int, JSON
    ) {
        var headers: Headers = ["Content-Type": type]
        headers["Content-Encoding"] = coding
        let response = await site.respond(to: Request(.post, "/echo", headers: headers, body: RequestBody(body)))
        return (response.status.code, try await response.json())
    }

    @Test func `comes as a document`() async throws {
        let (status, body) = try await answer(#"{"a":[1.50]}"#, type: "Application/JSON; charset=utf-8")

        #expect(status == 200)
        #expect(body["a"]?[0]?.number?.text == "1.50")
        #expect(try await answer("{}", type: "application/dci+json").0 == 200)
    }

    @Test func `is refused with line and column when it is none`() async throws {
        let (status, problem) = try await answer("{\n  \"a\": x}")

        #expect(status == 400)
        #expect(problem["code"]?.string?.hasPrefix("json.") == true)
        #expect(problem["detail"]?.string?.hasPrefix("Line 2, column 8") == true)
    }

    @Test func `must say what it is and stay within its limit`() async throws {
        #expect(try await answer("{}", type: "text/plain").0 == 415)
        #expect(try await answer("{}", "gzip").0 == 415)
        #expect(try await answer("[" + String(repeating: "1,", count: 60) + "1]").0 == 413)
    }
}

@Suite struct `A query reader` {
    private enum Order: String, CaseIterable { case name, date }
    private enum Thing {}

    @Test func `reads values of every kind`() throws {
        let id = ID<Thing>()
        var reader = QueryReader(
            Request(.get, "/?q=Aline&page=3&order=date&day=2024-02-29&id=\(id)&all=true&tag=a&tag=b&empty="))

        let (text, empty, tags) = (reader.text("q"), reader.text("empty"), reader.texts("tag"))
        let (page, size) = (reader.int("page", in: 1...10, default: 1), reader.int("size", in: 1...10, default: 5))
        let (order, day) = (reader.choice("order", Order.self), reader.date("day"))
        let (thing, all) = (reader.id("id", of: Thing.self), reader.flag("all"))
        try reader.finish()

        #expect(text == "Aline" && empty == nil && tags == ["a", "b"])
        #expect(page == 3 && size == 5 && order == .date)
        #expect(day == CalendarDate(year: 2024, month: 2, day: 29))
        #expect(thing == id && all)
    }

    @Test func `collects all that is wrong, and what nobody knows`() throws {
        var reader = QueryReader(
            Request(
                .get,
                "/?page=-1&order=size&day=2023-02-29&id=7&all=yes&q=\(String(repeating: "x", count: 201))&odd=1&page=2")
        )
        _ = reader.int("page", in: 1...10)
        _ = reader.choice("order", Order.self)
        _ = reader.date("day")
        _ = reader.id("id", of: Thing.self)
        _ = reader.flag("all")
        _ = reader.text("q")

        var findings: [Finding] = []
        do {
            try reader.finish()
        } catch {
            findings = error.findings
        }

        #expect(
            findings.map { "\($0.path) \($0.code)" } == [
                "/query/page query.repeated", "/query/page query.number", "/query/order query.choice",
                "/query/day query.date", "/query/id query.id", "/query/all query.flag", "/query/q query.too_long",
                "/query/odd query.unknown",
            ])
    }

    @Test func `reads identities of the path`() throws {
        let id = ID<Thing>()
        var request = Request(.get, "/")
        request.parameters = ["id": id.description, "bad": "7"]

        #expect(try request.id("id", of: Thing.self) == id)
        #expect(throws: InvalidInput.self) { try request.id("bad", of: Thing.self) }
    }
}
