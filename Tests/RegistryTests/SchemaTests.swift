import Groundwork
import Postgres
import Registry
import TestKit
import Testing

@Suite struct `The schema` {
    @Test(.scratchDatabase) func `has a comment on every table and column`() async throws {
        let rows = try await silent(
            """
            SELECT n.nspname || '.' || c.relname || coalesce('.' || a.attname, '')
            FROM pg_class AS c
            JOIN pg_namespace AS n ON n.oid = c.relnamespace
            LEFT JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
            WHERE n.nspname IN ('registry', 'access', 'intake', 'dci', 'targeting', 'audit') AND c.relkind IN ('r', 'p')
                AND NOT c.relispartition
                AND (obj_description(c.oid) IS NULL OR col_description(c.oid, a.attnum) IS NULL)
            ORDER BY 1
            """)
        #expect(rows.isEmpty, "without comment: \(rows)")
    }

    @Test(.scratchDatabase) func `names every constraint itself`() async throws {
        let rows = try await silent(
            """
            SELECT c.conrelid::regclass::text || ' ' || c.conname
            FROM pg_constraint AS c
            JOIN pg_namespace AS n ON n.oid = c.connamespace
            JOIN pg_class AS t ON t.oid = c.conrelid
            WHERE n.nspname IN ('registry', 'access', 'intake', 'dci', 'targeting', 'audit') AND NOT t.relispartition
                AND c.conname ~ '_(check|fkey|pkey|key|excl)[0-9]*$'
            ORDER BY 1
            """)
        #expect(rows.isEmpty, "named by PostgreSQL: \(rows)")
    }

    @Test(
        .scratchDatabase,
        arguments: ["source_record", "command", "event", "event_order", "survey"])
    func `refuses changes of what is append-only`(table: String) async throws {
        let fixture = try await RegistryFixture.make()
        try await fixture.perform(.registerPerson(RegistryFixture.person()))
        let column = table == "event_order" ? "pos" : table == "event" ? "type" : "id"
        let hasRows = table != "event_order" && table != "survey"

        for change in ["UPDATE registry.\(table) SET \(column) = \(column)", "DELETE FROM registry.\(table)"] {
            if !hasRows, table == "event" { continue }
            await #expect(throws: (any Error).self, "\(change)") {
                try await fixture.database.write(as: fixture.mandate) { tx in
                    _ = try await tx.query(SQL(unchecked: change))
                }
            }
        }
    }

    private func silent(_ sql: SQL) async throws -> [String] {
        let mandate = Mandate(actor: ID<Actor>(), purpose: .operation)
        return try await Scratch.database.read(as: mandate) { tx in
            var names: [String] = []
            for row in try await tx.query(sql) { names.append(try row.get(0)) }
            return names
        }
    }
}
