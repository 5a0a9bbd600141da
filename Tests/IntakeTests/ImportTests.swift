import Demo
import Documents
import Foundation
import Groundwork
import Intake
import Postgres
import Registry
import TestKit
import Testing

@Suite(.serialized) struct `Importing a demo registry` {
    @Test(.scratchDatabase) func `accepts what the manifest counts and quarantines exactly the rows broken on purpose`()
        async throws
    {
        let fixture = try await ImportFixture.make()
        let folder = try ScratchFolder()
        let manifest = try Samples.demo(400, broken: 0.15, in: folder.path)

        let report = try await fixture.run(folder.path + "/registry.csv")

        #expect(report.state == "finished")
        #expect(report.counts.householdsRegistered == manifest.households)
        #expect(report.counts.peopleRegistered == manifest.people)
        #expect(report.counts.rowsRead == manifest.rows)
        #expect(try await fixture.number("SELECT count(*) FROM registry.person") == manifest.people)
        #expect(try await fixture.number("SELECT count(*) FROM registry.household") == manifest.households)
        #expect(try await fixture.number("SELECT count(*) FROM registry.membership") == manifest.people)
        let held = try await fixture.quarantined(report.batch)
        let bad = Set(held.filter(\.isBad).map(\.line))
        #expect(bad == Set(manifest.broken.flatMap(\.lines)))
        #expect(Set(held.filter { !$0.isBad }.map(\.line)) == Set(manifest.broken.flatMap(\.companions)))
        for broken in manifest.broken {
            for line in broken.lines {
                let codes = held.first { $0.line == line }?.findings.map(\.code) ?? []
                #expect(codes.contains(broken.kind.code), "\(broken.kind.rawValue) in line \(line): \(codes)")
            }
        }
    }
}

@Suite(.serialized) struct `Importing again` {
    @Test(.scratchDatabase) func `the same file changes nothing`() async throws {
        let fixture = try await ImportFixture.make()
        let folder = try ScratchFolder()
        let manifest = try Samples.demo(120, in: folder.path)
        try await fixture.run(folder.path + "/registry.csv")
        let before = try await fixture.content()
        let records = try await fixture.number("SELECT count(*) FROM registry.source_record")

        let report = try await fixture.run(folder.path + "/registry.csv")

        #expect(report.counts.peopleUnchanged == manifest.people)
        #expect(report.counts.householdsUnchanged == manifest.households)
        #expect(report.counts.peopleRegistered == 0)
        #expect(report.counts.peopleUpdated == 0)
        #expect(try await fixture.number("SELECT count(*) FROM registry.source_record") == records)
        #expect(try await fixture.number("SELECT count(*) FROM registry.person_past") == 0)
        #expect(try await fixture.content() == before)
    }

    @Test(.scratchDatabase) func `a changed line updates that person and nobody else`() async throws {
        let fixture = try await ImportFixture.make()
        let folder = try ScratchFolder()
        var file = PlainFile()
        file.head("H1", "P1", ["identifiers": "NID:5310102-998", "phones": "79123456"])
        file.line("H1", "P2", ["given_name": "Jean", "sex": "male"])
        file.head("H2", "P3")
        try file.write(to: folder.path + "/one.csv")
        try await fixture.run(folder.path + "/one.csv", source: "changes")
        file.lines[1]["given_name"] = "Jean Claude"
        file.lines[1]["civil_status"] = "married"
        try file.write(to: folder.path + "/two.csv")

        let report = try await fixture.run(folder.path + "/two.csv", source: "changes")

        #expect(report.counts.peopleUpdated == 1)
        #expect(report.counts.peopleUnchanged == 2)
        #expect(report.counts.householdsUnchanged == 2)
        let rows = try await fixture.registry.rows(
            """
            SELECT p.given_name, p.version, p.civil_status FROM registry.person AS p
            JOIN registry.link AS l ON l.subject_id = p.id AND l.recorded_to = 'infinity'
            JOIN registry.source_record AS r ON r.id = l.record_id
            WHERE r.source = 'changes' AND r.source_key = 'P2'
            """)
        #expect(rows.count == 2)
        #expect(try rows[0].get(0, as: String.self) == "Jean Claude")
        #expect(try rows[0].get(1, as: Int.self) == 2)
        #expect(try rows[0].get(2, as: String.self) == "married")
        #expect(
            try await fixture.number("SELECT count(*) FROM registry.event WHERE type = 'person.updated.v1'") == 1)
    }

    @Test(.scratchDatabase) func `an area of the former division is kept, and the report suggests another`()
        async throws
    {
        let fixture = try await ImportFixture.make()
        let folder = try ScratchFolder()
        var file = PlainFile()
        file.head("H1", "P1", ["area_code": "bi-former / Ruyigi / Butezi"])
        try file.write(to: folder.path + "/old.csv")

        let report = try await fixture.run(folder.path + "/old.csv")

        #expect(report.counts.peopleRegistered == 1)
        #expect(report.formerAreas.map(\.area) == ["bi-former:BF1802"])
        #expect(report.formerAreas.first?.finding.code == "area.former")
        #expect(report.formerAreas.first?.finding.remedy.isEmpty == false)
    }

    @Test(.scratchDatabase) func `somebody listed in another household leaves the former one`() async throws {
        let fixture = try await ImportFixture.make()
        let folder = try ScratchFolder()
        var file = PlainFile()
        file.head("M1", "Q1")
        file.line("M1", "Q2", ["given_name": "Jean"])
        file.head("M2", "Q3")
        try file.write(to: folder.path + "/one.csv")
        try await fixture.run(folder.path + "/one.csv", source: "moves")
        var later = PlainFile()
        later.head("M2", "Q3", ["observed_on": "2026-06-01"])
        later.line("M2", "Q2", ["given_name": "Jean"])
        try later.write(to: folder.path + "/two.csv")

        try await fixture.run(folder.path + "/two.csv", source: "moves")
        let again = try await fixture.run(folder.path + "/two.csv", source: "moves")

        #expect(again.counts.peopleUnchanged == 2)
        let sizes = try await fixture.registry.rows(
            """
            SELECT h.size FROM registry.household AS h
            JOIN registry.link AS l ON l.subject_id = h.id AND l.recorded_to = 'infinity'
            JOIN registry.source_record AS r ON r.id = l.record_id AND r.source = 'moves'
            GROUP BY h.id ORDER BY min(r.source_key)
            """)
        #expect(try sizes.map { try $0.get(0, as: Int.self) } == [1, 2])
        let spells = try await fixture.number(
            """
            SELECT count(*) FROM registry.membership AS m
            JOIN registry.person AS p ON p.id = m.person_id
            WHERE p.given_name = 'Jean' AND m.valid_to = '2026-06-01' AND NOT m.is_primary
            """)
        #expect(spells == 1)
    }

    @Test(.scratchDatabase) func `an import stopped in the middle goes on and ends in the same state`() async throws {
        let fixture = try await ImportFixture.make()
        let folder = try ScratchFolder()
        let manifest = try Samples.demo(3_000, broken: 0.02, in: folder.path)
        let path = folder.path + "/registry.csv"
        let indexes = try await fixture.indexes()
        var (stops, leftOut, unkept) = (0, 0, 0)

        for limit in [1, 6_000, 9_000] {
            let run = Task {
                try await fixture.run(path, source: "stopped") {
                    if $0.rowsDone > limit { withUnsafeCurrentTask { $0?.cancel() } }
                }
            }
            do {
                _ = try await run.value
            } catch {
                stops += 1
                leftOut = max(leftOut, try await fixture.number("SELECT count(*) FROM intake.deferred_index"))
                unkept = max(unkept, try await fixture.number(Self.unkept))
            }
        }
        let report = try await fixture.run(path, source: "stopped")

        #expect(stops > 0)
        #expect(leftOut > 10)
        #expect(unkept > 7)
        #expect(try await fixture.number(Self.unkept) == 0)
        #expect(try await fixture.indexes() == indexes)
        #expect(report.isResumed)
        #expect(report.counts.peopleRegistered == manifest.people)
        #expect(report.counts.rowsQuarantined == manifest.quarantined)
        let records = try await fixture.number(
            "SELECT count(*) FROM registry.source_record WHERE source = 'stopped'")
        #expect(records == manifest.people + manifest.households)
    }

    private static let unkept: SQL =
        """
        SELECT count(*) FROM pg_class
        WHERE 'autovacuum_enabled=false' = ANY(reloptions) AND relnamespace = 'registry'::regnamespace
        """

    @Test(.scratchDatabase) func `no table stays without upkeep after a load that was killed at its very end`()
        async throws
    {
        let fixture = try await ImportFixture.make()
        let folder = try ScratchFolder()
        try await fixture.registry.database.write(as: fixture.mandate) { tx in
            _ = try await tx.query("ALTER TABLE registry.person SET (autovacuum_enabled = false)")
        }
        #expect(try await fixture.number(Self.unkept) == 1)
        _ = try Samples.demo(5, in: folder.path)
        try await fixture.run(folder.path + "/registry.csv", source: "second")
        #expect(try await fixture.number(Self.unkept) == 0)
    }

    @Test(.scratchDatabase) func `what a first load left out is there before anything else begins`() async throws {
        let fixture = try await ImportFixture.make()
        let folder = try ScratchFolder()
        let indexes = try await fixture.indexes()
        let person = try await fixture.registry.perform(.registerPerson(RegistryFixture.person()))
        #expect(person.main != nil)
        let isDeferred = try await fixture.registry.rows("SELECT intake.defer_indexes()").first?.get(0, as: Bool.self)
        #expect(isDeferred == false)
        #expect(try await fixture.indexes() == indexes)

        // As a kill leaves it, with a key of a name that came twice meanwhile.
        for statement: SQL in [
            "DELETE FROM intake.deferred_index",
            """
            INSERT INTO intake.deferred_index
            SELECT 'registry.' || name, statement FROM (VALUES
                ('person_birth', 'CREATE INDEX person_birth ON registry.person USING btree (birth_date, id)'),
                ('name_key_pk', 'CREATE UNIQUE INDEX name_key_pk ON registry.name_key (h, area_order, person_id)')
            ) AS d (name, statement)
            """,
            """
            UPDATE intake.deferred_index SET attachment =
                'ALTER TABLE registry.name_key ADD CONSTRAINT name_key_pk PRIMARY KEY USING INDEX name_key_pk'
            WHERE name = 'registry.name_key_pk'
            """,
            "DROP INDEX registry.person_birth", "ALTER TABLE registry.name_key DROP CONSTRAINT name_key_pk",
            "INSERT INTO registry.name_key SELECT * FROM registry.name_key",
        ] {
            try await fixture.registry.database.write(as: fixture.mandate) { tx in _ = try await tx.query(statement) }
        }
        _ = try Samples.demo(20, in: folder.path)
        // A session whose client is dead still builds one of them, and will not come to its end.
        let dying = Task {
            try await fixture.registry.database.write(as: fixture.mandate) {
                (tx: borrowing Transaction) async throws -> Void in
                _ = try await tx.query("SELECT FROM intake.deferred_index WHERE name ~ 'birth' FOR UPDATE")
                _ = try await tx.query("SELECT pg_sleep(1)")
                throw IntakeFault.cancelled
            }
        }
        try await Task.sleep(for: .milliseconds(300))
        try await fixture.run(folder.path + "/registry.csv", source: "second")
        #expect(try await fixture.indexes() == indexes)
        _ = await dying.result
    }
}

@Suite(.serialized) struct `Undoing an import` {
    @Test(.scratchDatabase) func `gives back the views from before`() async throws {
        let fixture = try await ImportFixture.make()
        let folder = try ScratchFolder()
        _ = try Samples.demo(60, in: folder.path)
        try await fixture.run(folder.path + "/registry.csv", source: "base")
        let before = try await fixture.content()
        let second = try ScratchFolder()
        let manifest = try Samples.demo(80, seed: 9, in: second.path)
        // The same keys under the same source: most are updates, the rest are new.
        let report = try await fixture.run(second.path + "/registry.csv", source: "base")
        #expect(try await fixture.content() != before)
        #expect(report.counts.peopleUpdated > 0)
        #expect(report.counts.peopleRegistered > 0)

        let undone = try await fixture.importer.undo(report.batch, as: fixture.mandate)

        #expect(undone.state == "undone")
        #expect(undone.keptCount == 0)
        #expect(try await fixture.content() == before)
        #expect(manifest.people == report.counts.rowsAccepted)
        await #expect(throws: IntakeFault.self) {
            try await fixture.importer.undo(report.batch, as: fixture.mandate)
        }
    }

    @Test(.scratchDatabase) func `keeps households that somebody changed later and says which`() async throws {
        let fixture = try await ImportFixture.make()
        let folder = try ScratchFolder()
        var file = PlainFile()
        for number in 0..<5 {
            file.head("K\(number)", "K\(number)-1")
            file.line("K\(number)", "K\(number)-2", ["given_name": "Odette"])
        }
        try file.write(to: folder.path + "/one.csv")
        let report = try await fixture.run(folder.path + "/one.csv", source: "kept")
        let row = try await fixture.registry.rows(
            """
            SELECT l.subject_id FROM registry.source_record AS r JOIN registry.link AS l ON l.record_id = r.id
            WHERE r.source = 'kept' AND r.source_key = 'K3-2'
            """)
        let person = ID<Person>(try #require(row.first).get(0, as: UUID.self))
        try await fixture.registry.perform(
            .updatePerson(person, claims: ["civil_status": "married"], contacts: Contacts()))

        let undone = try await fixture.importer.undo(report.batch, as: fixture.mandate)

        #expect(undone.state == "partly_undone")
        #expect(undone.householdsWithdrawn == 4)
        #expect(undone.kept.contains(.person(person)))
        #expect(undone.keptCount == 3)
        #expect(
            try await fixture.number("SELECT count(*) FROM registry.person WHERE given_name = 'Odette'") == 1)
    }
}
