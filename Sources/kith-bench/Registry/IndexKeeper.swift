import Postgres

/// Takes the indexes of big tables away while rows are copied in, and makes them again: much faster than keeping them.
struct IndexKeeper: Sendable {
    private var rebuild: [SQL] = []

    /// Drops what the tables of the schema `registry` have, constraints of uniqueness included.
    static func drop(_ tables: [String], in tx: borrowing Transaction) async throws -> IndexKeeper {
        var keeper = IndexKeeper()
        let constraints = try await tx.query(
            """
            SELECT c.conrelid::regclass::text, c.conname::text, pg_get_constraintdef(c.oid)
            FROM pg_constraint AS c
            WHERE c.contype IN ('p', 'u') AND c.conrelid::regclass::text = ANY(\(tables))
            """)
        for row in constraints {
            let (table, name, definition): (String, String, String) = (try row.get(0), try row.get(1), try row.get(2))
            keeper.rebuild.append(
                "ALTER TABLE \(unchecked: table) ADD CONSTRAINT \(identifier: name) \(unchecked: definition)")
            _ = try await tx.execute("ALTER TABLE \(unchecked: table) DROP CONSTRAINT \(identifier: name)")
        }
        let indexes = try await tx.query(
            """
            SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid)
            FROM pg_index
            WHERE indrelid::regclass::text = ANY(\(tables))
            """)
        for row in indexes {
            keeper.rebuild.append(SQL(unchecked: try row.get(1)))
            _ = try await tx.execute("DROP INDEX \(unchecked: try row.get(0, as: String.self))")
        }
        return keeper
    }

    /// Makes them all again, two at a time.
    func restore(on database: Database) async throws {
        // One table takes one constraint at a time, plain indexes beside each other: constraints first.
        let constraints = rebuild.filter { $0.text.hasPrefix("ALTER") }
        let indexes = rebuild.filter { !$0.text.hasPrefix("ALTER") }
        for statement in constraints { try await Self.run(statement, database) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for half in 0..<2 {
                group.addTask {
                    for (place, statement) in indexes.enumerated() where place % 2 == half {
                        try await Self.run(statement, database)
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    private static func run(_ statement: SQL, _ database: Database) async throws {
        _ = try await database.write(as: BenchGround.mandate) { tx in try await tx.execute(statement) }
    }
}
