import Foundation
import Groundwork
import Postgres
import Registry
import TestKit
import Testing

@testable import Intake

/// Reports of programmes that a later file takes from one subject and gives to another.
@Suite(.scratchDatabase, .serialized) struct `A report that a later file gives to somebody else` {
    private static let header = "code,benefit_plan_code,group_code,individual_code,amount,status,date_payment\n"

    /// Two households of which the first has a payment, and files that say it of others.
    private func reported(_ source: String, _ folder: String) async throws -> (ImportFixture, [ImportReport]) {
        let fixture = try await ImportFixture.make()
        var plain = PlainFile()
        plain.head("G1", "I1")
        plain.line("G1", "I2", ["given_name": "Jean", "sex": "male"])
        plain.head("G2", "I3")
        try plain.write(to: folder + "/plain.csv")
        var reports = [try await fixture.run(folder + "/plain.csv", source: source)]
        for (place, line) in ["P1,CASH,G1,", "P1,CASH,,I2", "P1,CASH,,I3"].enumerated() {
            let path = folder + "/\(place).csv"
            // A later report says something else, too.
            try (Self.header + line + ",\(72_000 + place),RECONCILED,2026-03-01\n").write(
                toFile: path, atomically: true, encoding: .utf8)
            reports.append(try await fixture.take(path) { ($0.source, $0.mapping) = (source, "former_payments") })
        }
        return (fixture, reports)
    }

    /// Whom the source's payment is about, by his key, with the amount.
    private func holders(_ fixture: ImportFixture, _ source: String) async throws -> [String] {
        try await fixture.registry.rows(
            """
            SELECT DISTINCT concat_ws(' ', r.source_key, t.amount_minor)
            FROM registry.participation AS t
            JOIN registry.link AS l ON l.subject_id = t.subject_id AND l.recorded_to = 'infinity'
            JOIN registry.source_record AS r ON r.id = l.record_id AND r.source = \(source)
                AND NOT starts_with(r.source_key, 'participation/')
            ORDER BY 1
            """
        ).map { try $0.get(0) }
    }

    @Test func `goes back step by step when the files are undone`() async throws {
        let folder = try ScratchFolder()
        let (fixture, reports) = try await reported("back", folder.path)
        #expect(try await holders(fixture, "back") == ["I3 72002"])

        for (report, expected) in zip(reports.dropFirst().reversed(), [["I2 72001"], ["G1 72000"], []]) {
            let undone = try await fixture.importer.undo(report.batch, as: fixture.mandate)
            #expect(undone.state == "undone")
            #expect(try await holders(fixture, "back") == expected)
            #expect(try await fixture.registry.participationThatDiffers() == [])
            #expect(try await fixture.rowsThatDiffer() == [])
        }

        let events = try await fixture.number(
            """
            SELECT count(*) FROM registry.event AS e JOIN registry.household AS h ON h.id = e.subject_id
            WHERE h.version = e.subject_version AND h.version > 3
            """)
        #expect(events == 1)
        let again = try await fixture.take(folder.path + "/1.csv") {
            ($0.source, $0.mapping) = ("back", "former_payments")
        }
        #expect(again.counts.reportsRegistered == 1)
        #expect(try await holders(fixture, "back") == ["I2 72001"])
    }

    @Test func `is kept by an earlier file until the later ones are undone`() async throws {
        let folder = try ScratchFolder()
        let (fixture, reports) = try await reported("kept", folder.path)

        let early = try await fixture.importer.undo(reports[2].batch, as: fixture.mandate)
        #expect(early.state == "partly_undone")
        #expect(early.keptCount == 1)
        #expect(try await holders(fixture, "kept") == ["I3 72002"])

        _ = try await fixture.importer.undo(reports[3].batch, as: fixture.mandate)
        #expect(try await holders(fixture, "kept") == ["I2 72001"])
        let second = try await fixture.importer.undo(reports[2].batch, as: fixture.mandate)
        #expect(second.state == "undone")
        #expect(try await holders(fixture, "kept") == ["G1 72000"])
        #expect(try await fixture.registry.participationThatDiffers() == [])
    }

    @Test func `goes to the survivor when its first holder was merged meanwhile`() async throws {
        let folder = try ScratchFolder()
        let (fixture, reports) = try await reported("merged", folder.path)
        let rows = try await fixture.registry.rows(
            """
            SELECT l.subject_id FROM registry.source_record AS r
            JOIN registry.link AS l ON l.record_id = r.id AND l.recorded_to = 'infinity'
            WHERE r.source = 'merged' AND r.source_key IN ('G1', 'G2') ORDER BY r.source_key
            """)
        let homes = try rows.map { ID<Household>(try $0.get(0, as: UUID.self)) }
        try await fixture.registry.perform(.mergeHouseholds(survivor: homes[1], absorbed: homes[0]))

        _ = try await fixture.importer.undo(reports[3].batch, as: fixture.mandate)
        _ = try await fixture.importer.undo(reports[2].batch, as: fixture.mandate)

        let held = try await fixture.number(
            "SELECT count(*) FROM registry.participation WHERE subject_id = \(homes[1].rawValue)")
        #expect(held == 1)
        #expect(try await fixture.registry.participationThatDiffers() == [])
    }
}
