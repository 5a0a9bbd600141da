import DCI
import Documents
import Foundation
import Groundwork
import TestKit
import Testing

@Suite(.scratchDatabase) struct `Dialects` {
    static let samples: [String] = [
        "processflow1-1req", "processflow1-2req", "processflow1-3req", "processflow2req", "processflow3areq",
        "processflow4req",
    ]

    private func sample(_ name: String, sender: String? = nil) throws -> [UInt8] {
        var text = String(decoding: try Sample.bytes("Tests/Fixtures/dci/samples/\(name).json"), as: UTF8.self)
        if let sender {
            for known in ["SP-System", "sp-system"] { text = text.replacing("\"\(known)\"", with: "\"\(sender)\"") }
        }
        return Array(text.utf8)
    }

    @Test(arguments: samples)
    func `every published sample is answered when its lenient sender sends it`(name: String) async throws {
        let door = try await DoorFixture.make()
        // The samples share one message id, which a real sender may not; here each comes with its own.
        let body = String(decoding: try sample(name), as: UTF8.self)
            .replacing("0c96614c-7255-4774-b109-cd53ee851769", with: UUID().uuidString)

        let answer = try await door.send(bytes: Array(body.utf8))

        #expect(answer.status == 200)
        #expect(answer.items.count == 1)
        #expect(["succ", "rjct"].contains(answer.items[0]["status"]?.string))
        #expect(try breaches(answer.json, of: \.answer) == [])
    }

    @Test func `what the samples ask is answered by its meaning`() async throws {
        let door = try await DoorFixture.make()
        func ask(_ name: String) async throws -> DoorFixture.Answer {
            let body = String(decoding: try sample(name), as: UTF8.self)
                .replacing("0c96614c-7255-4774-b109-cd53ee851769", with: UUID().uuidString)
            return try await door.send(bytes: Array(body.utf8))
        }

        #expect(door.names(try await ask("processflow1-1req")) == ["Niyonzima"])
        #expect(door.names(try await ask("processflow1-2req")) == ["Hakizimana", "Niyonzima", "Ndayizeye"])
        // People have no poverty score to be ordered by.
        #expect(try await ask("processflow1-3req").reason() == "rjct.sort.invalid")
        #expect(try await ask("processflow2req").total() == 0)
        #expect(door.names(try await ask("processflow3areq")).sorted() == ["Claude"])
        // It asks for a sex less than "m".
        #expect(try await ask("processflow4req").reason() == "rjct.filter.invalid")
    }

    @Test(arguments: samples)
    func `the same message from another sender fails and says why`(name: String) async throws {
        let door = try await DoorFixture.make()

        let answer = try await door.send(bytes: try sample(name, sender: "elsewhere"))

        #expect(answer.status == 400)
        #expect(!answer.errorTexts.isEmpty)
        #expect(answer.errorTexts.allSatisfy { !$0.isEmpty })
        #expect(try breaches(answer.json, of: \.errors) == [])
    }

    @Test func `the samples sent as they are, one after the other, are each answered`() async throws {
        let door = try await DoorFixture.make()

        for name in Self.samples {
            let answer = try await door.send(bytes: try sample(name))
            #expect(answer.status == 200)
            #expect(["succ", "rjct"].contains(answer.items[0]["status"]?.string))
            #expect(try breaches(answer.json, of: \.answer) == [])
        }
    }

    @Test func `a path can be lenient for everybody`() async throws {
        let door = try await DoorFixture.make { settings, facts in
            settings.prefixes = ["", "/sandbox"]
            facts.partners = PartnerBook(prefixes: [(path: "/sandbox", dialect: .lenient)])
        }
        let body = Sample.message([Sample.identifier("NID", SeededPeople.nid)]).setting(
            "header", "total_count", to: "1")

        #expect(try await door.send(body).status == 400)
        #expect(try await door.send(body, path: "/sandbox/registry/sync/search").status == 200)
    }

    @Test(arguments: ["/registry/sync/search", "/dci/v1.0.0/registry/sync/search", "/sr/sync/search"])
    func `every path answers alike`(path: String) async throws {
        let door = try await DoorFixture.make()

        let answer = try await door.send(Sample.message([Sample.identifier("NID", SeededPeople.nid)]), path: path)

        #expect(door.names(answer) == ["Espérance"])
    }

    @Test func `partners are read from the profile and mistakes in them are told`() throws {
        let book = try PartnerBook(Sample.json("profiles/burundi/registry/partners.json"))
        #expect(book.dialect(of: "SP-System", path: "/registry/sync/search") == .lenient)
        #expect(book.dialect(of: "nobody", path: "/registry/sync/search") == .strict)

        let wrong: JSON = ["default_dialect": "lax", "senders": [["sender_id": "a", "dialect": "x"]], "prefixes": []]
        #expect(throws: InvalidInput.self) { try PartnerBook(wrong) }
        #expect(try PartnerBook(["unknown_senders": "refuse"]).dialect(of: "a", path: "/") == nil)
    }
}
