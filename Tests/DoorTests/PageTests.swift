import AdminSite
import Documents
import Foundation
import Groundwork
import TestKit
import Testing
import Web

@Suite(.scratchDatabase, .serialized) struct `The open pages` {
    @Test(arguments: ["/", "/reference"]) func `are well formed, and lead where something is served`(
        path: String
    ) async throws {
        let door = try await DoorFixture.make()

        let page = try await door.get(path, as: nil)

        let balance = TagBalance(page.text)
        #expect(page.status == 200)
        #expect(balance.mistakes == [])
        #expect(balance.isOrdered, "\(balance.headings)")
        #expect(page.headers["Content-Security-Policy"]?.hasPrefix("default-src 'self'") == true)
        for link in balance.links {
            if link.hasPrefix("#") {
                #expect(balance.ids.contains(String(link.dropFirst())), "nothing is called \(link)")
            } else {
                #expect(try await door.get(link, as: nil).status == 200, "\(link)")
            }
        }
    }

    @Test func `the front page counts, and names nobody`() async throws {
        let door = try await DoorFixture.make()
        _ = try await door.registered(DoorFixture.person("Scholastique", "Ntahomvukiye"))

        let page = try await door.get("/", as: nil)

        #expect(page.text.contains("<dt>People</dt><dd>1</dd>"))
        #expect(page.text.contains("registry/attributes.json"))
        #expect(page.text.contains("ready"))
        #expect(!page.text.contains("Ntahomvukiye"))
    }

    @Test func `the reference shows every operation and every schema`() async throws {
        let door = try await DoorFixture.make()

        let page = try await door.get("/reference", as: nil)

        let ids = TagBalance(page.text).ids
        let operations = (door.openAPI["paths"]?.object ?? [:]).flatMap { _, item in
            (item.object ?? [:]).compactMap { $0.value["operationId"]?.string }
        }
        #expect(operations.count > 50)
        #expect(operations.filter { !ids.contains($0) } == [])
        let schemas = (door.openAPI["components"]?["schemas"]?.object ?? [:]).keys
        #expect(schemas.filter { !ids.contains("schema-" + $0) } == [])
    }

    @Test func `the stylesheet is kept by browsers until it changes`() async throws {
        let door = try await DoorFixture.make()
        let first = try await door.get("/assets/kith.css", as: nil)
        let tag = try #require(first.headers["ETag"])

        let second = try await door.get("/assets/kith.css", as: nil, headers: ["If-None-Match": tag])

        #expect(first.headers["Content-Type"] == "text/css; charset=utf-8")
        #expect(second.status == 304)
    }

    @Test func `health, readiness and numbers are told to machines`() async throws {
        let door = try await DoorFixture.make()

        let alive = try await door.get("/healthz", as: nil)
        let ready = try await door.get("/readyz", as: nil)
        let numbers = try await door.get("/metrics", as: nil)

        #expect(alive.text == "alive\n")
        #expect(ready["ready"] == true)
        #expect(ready["checks"]?.array?.count == 3)
        #expect(numbers.headers["Content-Type"]?.hasPrefix("text/plain; version=0.0.4") == true)
    }

    static let installation: FrontDoor.Installation = FrontDoor.Installation(
        version: "0.0.1", title: "Burundi: national unified social registry", profile: "burundi",
        startedAt: Date(timeIntervalSince1970: 1_790_000_000), address: "http://127.0.0.1:8080")
}

typealias PageTests = `The open pages`
