import Foundation
import Groundwork
import Postgres
import Registry
import TestKit
import Testing

@testable import Intake

/// A household whose head changes by two lines of a file of people.
@Suite(.scratchDatabase, .serialized) struct `A household that changes its head` {
    private static let header = "individual_code,group_code,first_name,last_name,sex,dob,role,date_created\n"
    private static let former = "A1,G1,Jean,Niyonkuru,M,1980-02-03,SPOUSE,2026-03-01\n"
    private static let next = "A2,G1,Aline,Niyonkuru,F,1982-02-03,HEAD,2026-03-01\n"
    private static let stranger = "A9,G9,Odile,Niyonkuru,F,1990-02-03,SON,2026-03-01\n"

    /// A household of three, A1 its head, and one that A2 could be the head of instead.
    private func household(_ source: String, _ folder: String) async throws -> ImportFixture {
        let fixture = try await ImportFixture.make()
        var plain = PlainFile()
        plain.head("G1", "A1", ["given_name": "Jean", "sex": "male"])
        plain.line("G1", "A2", ["relationship": "spouse"])
        plain.line("G1", "A3", ["relationship": "daughter"])
        plain.head("G2", "B1")
        try plain.write(to: folder + "/plain.csv")
        try await fixture.run(folder + "/plain.csv", source: source)
        return fixture
    }

    @discardableResult
    private func take(
        _ fixture: ImportFixture, _ source: String, _ lines: String, _ folder: String, isDryRun: Bool = false
    ) async throws -> ImportReport {
        let path = folder + "/people.csv"
        try (Self.header + lines).write(toFile: path, atomically: true, encoding: .utf8)
        return try await fixture.take(path) {
            ($0.source, $0.mapping, $0.isDryRun) = (source, "former_people", isDryRun)
        }
    }

    /// Roles of the household's members by the source's keys.
    private func roles(_ fixture: ImportFixture, _ source: String) async throws -> [String] {
        try await fixture.registry.rows(
            """
            SELECT DISTINCT concat_ws(' ', r.source_key, m.role,
                CASE WHEN h.head_id = m.person_id THEN 'heads' END)
            FROM registry.source_record AS r
            JOIN registry.link AS l ON l.record_id = r.id AND l.recorded_to = 'infinity'
            JOIN registry.membership AS m ON m.person_id = l.subject_id AND m.valid_to IS NULL
            JOIN registry.household AS h ON h.id = m.household_id
            WHERE r.source = \(source) AND starts_with(r.source_key, 'A')
            ORDER BY 1
            """
        ).map { try $0.get(0) }
    }

    @Test(arguments: [true, false]) func `does so whichever line stands first`(isFormerFirst: Bool) async throws {
        let folder = try ScratchFolder()
        let source = "order \(isFormerFirst)"
        let fixture = try await household(source, folder.path)
        let lines = isFormerFirst ? Self.former + Self.next : Self.next + Self.former

        let dry = try await take(fixture, source, lines, folder.path, isDryRun: true)
        #expect(dry.rules.map(\.code) == [])
        let report = try await take(fixture, source, lines, folder.path)

        #expect(report.rules.map(\.code) == [])
        #expect(report.counts.peopleUpdated == 2)
        #expect(try await roles(fixture, source) == ["A1 member", "A2 head heads", "A3 member"])
        _ = try await fixture.importer.undo(report.batch, as: fixture.mandate)
        #expect(try await roles(fixture, source) == ["A1 head heads", "A2 member", "A3 member"])
    }

    @Test func `does so over two chunks when the former head comes first`() async throws {
        let folder = try ScratchFolder()
        let fixture = try await household("far", folder.path)
        let between = (0..<ChunkAssembler.chunkRows).map { Self.stranger.replacing("A9", with: "X\($0)") }.joined()

        for isDryRun in [true, false] {
            let report = try await take(
                fixture, "far", Self.former + between + Self.next, folder.path, isDryRun: isDryRun)
            #expect(report.rules.map(\.code) == ["household.unknown"])
        }

        #expect(try await roles(fixture, "far") == ["A1 member", "A2 head heads", "A3 member"])
    }

    @Test func `is held back with both lines named when the next head comes a chunk too early`() async throws {
        let folder = try ScratchFolder()
        let fixture = try await household("early", folder.path)
        let between = (0..<ChunkAssembler.chunkRows).map { Self.stranger.replacing("A9", with: "X\($0)") }.joined()

        let report = try await take(fixture, "early", Self.next + between + Self.former, folder.path)

        #expect(try await roles(fixture, "early") == ["A1 head heads", "A2 member", "A3 member"])
        let held = try await fixture.quarantined(report.batch)
        let last = ChunkAssembler.chunkRows + 3
        let pair = held.filter { $0.line == 2 || $0.line == last }
        #expect(pair.map { $0.findings.map(\.code) } == [["members.head_apart"], ["members.head_apart"]])
        #expect(pair.first?.findings.first?.reason.contains("line \(last)") ?? false)
        #expect(pair.last?.findings.first?.reason.contains("line 2 ") ?? false)
        // What was held back is mended by standing together.
        let mended = pair.map { String(decoding: $0.raw, as: UTF8.self) + "\n" }.joined()
        let second = try await take(fixture, "early", mended, folder.path)
        #expect(second.rules.map(\.code) == [])
        #expect(try await roles(fixture, "early") == ["A1 member", "A2 head heads", "A3 member"])
    }

    @Test func `keeps its head when nobody says that he is so no more, or his own line is held back`() async throws {
        let folder = try ScratchFolder()
        let fixture = try await household("alone", folder.path)

        let report = try await take(fixture, "alone", Self.next, folder.path)
        #expect(report.rules.map(\.code) == ["members.head_count"])
        // The head wants to be the head of another household, which has one.
        let chained = Self.next + "A1,G2,Jean,Niyonkuru,M,1980-02-03,HEAD,2026-03-01\n"
        let second = try await take(fixture, "alone", chained, folder.path)

        #expect(second.counts.rowsQuarantined == 2)
        #expect(try await roles(fixture, "alone") == ["A1 head heads", "A2 member", "A3 member"])
        let both = try await take(
            fixture, "alone", Self.next + Self.next.replacing("A2,", with: "A7,") + Self.former, folder.path)
        let held = try await fixture.quarantined(both.batch)
        #expect(held.map(\.line) == [3])
        #expect(held.first?.findings.first?.reason.contains("Line 2 ") ?? false)
        #expect(try await roles(fixture, "alone") == ["A1 member", "A2 head heads", "A3 member"])
    }

    @Test func `stays as the desk left it when the same file comes again`() async throws {
        let folder = try ScratchFolder()
        let fixture = try await household("again", folder.path)
        let lines = Self.former + Self.next
        try await take(fixture, "again", lines, folder.path)
        let ids = try await fixture.registry.rows(
            """
            SELECT h.id, p.id FROM registry.source_record AS r
            JOIN registry.link AS l ON l.record_id = r.id AND l.recorded_to = 'infinity'
            JOIN registry.person AS p ON p.id = l.subject_id
            JOIN registry.household AS h ON h.id = p.household_id
            WHERE r.source = 'again' AND r.source_key = 'A3'
            """)
        let row = try #require(ids.first)
        let (home, third): (UUID, UUID) = (try row.get(0), try row.get(1))
        try await fixture.registry.perform(
            .changeMember(ID(home), ID(third), role: .head, relationship: nil, recipient: nil))
        let before = try await roles(fixture, "again")
        #expect(before == ["A1 member", "A2 member", "A3 head heads"])

        let again = try await take(fixture, "again", lines, folder.path)

        #expect(again.rules.map(\.code) == [])
        #expect(again.counts.rowsQuarantined == 0)
        #expect(again.counts.peopleUnchanged == 2)
        #expect(try await roles(fixture, "again") == before)
    }

    @Test func `keeps the head of whom is said the same again, whoever stands before him`() async throws {
        let folder = try ScratchFolder()
        let fixture = try await household("same", folder.path)
        try await take(fixture, "same", Self.former + Self.next, folder.path)

        let third = "A3,G1,Marie,Niyonkuru,F,1999-02-03,HEAD,2026-03-01\n"
        let report = try await take(fixture, "same", third + Self.next, folder.path)

        let held = try await fixture.quarantined(report.batch)
        #expect(held.map(\.line) == [2])
        #expect(held.first?.findings.first?.reason.contains("Line 3 ") ?? false)
        #expect(report.counts.peopleUnchanged == 1)
        #expect(try await roles(fixture, "same") == ["A1 member", "A2 head heads", "A3 member"])
    }
}

@Suite struct `Heads of many households` {
    /// Every head goes to the next household to be its head there.
    private func chain(_ count: Int, lastIsFree: Bool) -> Heads {
        let (homes, people) = ((0...count).map { _ in UUID() }, (0...count).map { _ in UUID() })
        return Heads(
            (0..<count).map { place in
                Heads.Line(
                    unit: PreparedUnit(
                        number: place, lines: [PreparedUnit.Line(line: place + 2, raw: [], findings: [])], content: nil),
                    home: homes[place + 1], person: people[place],
                    present: lastIsFree && place == count - 1 ? nil : people[place + 1], isHead: true,
                    leaves: homes[place], isOld: false)
            })
    }

    @Test(.timeLimit(.minutes(1))) func `are settled in a time that grows with the lines`() {
        var broken = chain(20_000, lastIsFree: false)
        broken.settle()
        #expect(broken.refused.count == 20_000)
        #expect(broken.left.isEmpty)
        var whole = chain(20_000, lastIsFree: true)
        whole.settle()
        #expect(whole.refused.isEmpty)
        #expect(whole.left.count == 20_000)
    }
}
