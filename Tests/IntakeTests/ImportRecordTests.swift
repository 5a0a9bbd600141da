import Audit
import Documents
import Foundation
import Groundwork
import Postgres
import Registry
import TestKit
import Testing

@testable import Demo
@testable import Intake

@Suite(.serialized) struct `Imports on record` {
    @Test(.scratchDatabase) func `each chunk leaves an entry that refers to its command, a dry run none`() async throws
    {
        let fixture = try await ImportFixture.make()
        let folder = try ScratchFolder()
        _ = try Samples.demo(60, broken: 0, in: folder.path)

        _ = try await fixture.run(folder.path + "/registry.csv", isDryRun: true)
        #expect(try await fixture.number("SELECT count(*) FROM audit.entry") == 0)
        _ = try await fixture.run(folder.path + "/registry.csv", source: "survey-7")

        let commands = try await fixture.number("SELECT count(*) FROM registry.command WHERE kind = 'import.apply'")
        #expect(commands > 0)
        #expect(
            try await fixture.number(
                """
                SELECT count(*) FROM audit.entry AS e
                JOIN registry.command AS c ON c.id = e.command_id AND c.kind = 'import.apply'
                WHERE e.actor_id = c.actor_id AND e.trace = c.trace AND e.client = 'survey-7' AND e.purpose = c.purpose
                    AND e.operation = 'import of registry'
                """) == commands)
        let report = try await AuditVerifier(
            database: fixture.registry.database, keys: fixture.registry.context.keys
        ).verify()
        #expect(report.isWhole)
    }

    @Test(.scratchDatabase) func `a chunk that cannot be put on record is not applied`() async throws {
        let fixture = try await ImportFixture.make()
        let folder = try ScratchFolder()
        _ = try Samples.demo(20, broken: 0, in: folder.path)
        try await fixture.registry.database.write(as: fixture.mandate) { tx in
            _ = try await tx.query("ALTER TABLE audit.entry ADD CONSTRAINT entry_none CHECK (operation = '') NOT VALID")
        }

        await #expect(throws: IntakeFault.self) { _ = try await fixture.run(folder.path + "/registry.csv") }

        #expect(try await fixture.number("SELECT count(*) FROM registry.person") == 0)
    }
}
