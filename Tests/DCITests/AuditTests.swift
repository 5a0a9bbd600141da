import Audit
import Documents
import Groundwork
import Postgres
import Registry
import TestKit
import Testing

@Suite(.scratchDatabase) struct `The record of what partners asked` {
    @Test func `names who was told of, the sender and the attributes`() async throws {
        let door = try await DoorFixture.make()
        let number = try #require(door.people.numbers["Espérance"])

        let answer = try await door.ask(Sample.identifier("UIN", number, entity: "Member"))
        #expect(answer.total() == 1)
        let rows = try await door.registry.rows(
            """
            SELECT e.client, e.operation, e.purpose, e.fields, e.subjects, p.social_id
            FROM audit.entry AS e
            JOIN audit.subject AS s ON s.seq = e.seq AND s.kind = 'person'
            JOIN registry.person AS p ON p.id = s.subject_id
            WHERE p.social_id = \(number)
            ORDER BY e.seq DESC LIMIT 1
            """)

        let row = try #require(rows.first)
        #expect(try row.get(0, as: String.self) == "spmis.example.org")
        #expect(try row.get(1, as: String.self) == "POST /registry/sync/search")
        #expect(try row.get(2, as: String.self) == "search")
        #expect(try row.get(3, as: String.self).split(separator: ",").contains("given_name"))
        #expect(try row.get(4, as: Int32.self) == 1)
    }

    @Test func `holds messages that found nobody`() async throws {
        let door = try await DoorFixture.make()
        let before = try await count(door)

        let answer = try await door.ask(Sample.identifier("NID", "0000000000000"))

        #expect(answer.records().isEmpty)
        #expect(try await count(door) == before + 1)
    }

    private func count(_ door: DoorFixture) async throws -> Int64 {
        try await door.registry.rows("SELECT count(*) FROM audit.entry WHERE subjects = 0").first?.get(0) ?? 0
    }
}
