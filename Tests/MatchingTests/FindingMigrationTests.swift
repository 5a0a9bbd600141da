import Documents
import Foundation
import Postgres
import TestKit
import Testing

@Suite struct `Findings from before they remembered what was closed` {
    @Test(.emptyDatabase) func `of an implausible household one is left, which knows all that was closed`() async throws
    {
        let database = Scratch.database
        let folder = FileManager.default.temporaryDirectory.appending(path: "kith-findings-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        for name in try FileManager.default.contentsOfDirectory(atPath: Scratch.migrations) where name < "0037" {
            try FileManager.default.copyItem(
                atPath: Scratch.migrations + "/" + name, toPath: folder.path + "/" + name)
        }
        try await Migrator(folder: folder.path).migrate(database)
        let session = try await Connection.open(database.settings)
        let home = "018f0000-0000-7000-8000-000000000001"
        let one = "018f0000-0000-7000-8000-000000000002"
        for (kind, key, state, codes) in [
            ("household_implausible", home + " head_age", "closed", ["head_age"]),
            ("household_implausible", home + " head_age oldest", "open", ["head_age", "oldest"]),
            ("household_implausible", home + " heads", "closed", ["heads"]),
            ("identifier_shared", "NID x", "closed", []),
        ] {
            let evidence: JSON = ["reasons": .array(codes.map { ["code": .string($0)] })]
            _ = try await session.query(
                """
                INSERT INTO matching.finding (id, kind, key, state, size, closed_size, people, households, evidence, run_id)
                VALUES (
                    gen_random_uuid(), \(kind), \(key), \(state), 2,
                    CASE WHEN \(state == "closed") THEN 2 END, ARRAY[\(one)::uuid], ARRAY[\(home)::uuid],
                    \(JSONB(evidence.serialized())), gen_random_uuid())
                """)
        }

        try await Migrator(folder: Scratch.migrations).migrate(database)

        let rows = try await session.query(
            "SELECT key, state, closed_about FROM matching.finding ORDER BY kind, state DESC, key"
        ).map { row in
            (
                key: try row.get(0, as: String.self), state: try row.get(1, as: String.self),
                about: try row.get(2, as: [String]?.self)
            )
        }
        await session.close()
        #expect(rows.map(\.key) == [home, home + " head_age", home + " heads", "NID x"])
        #expect(rows[0].state == "open" && rows[0].about == ["head_age", "heads"])
        #expect(rows[3].about == [one])
    }
}
