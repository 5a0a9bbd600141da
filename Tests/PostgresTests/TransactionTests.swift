import Foundation
import Groundwork
import Postgres
import TestKit
import Testing

enum SampleFault: StoreFault {
    case taken, store(DatabaseError)

    init(_ error: DatabaseError) {
        self = error.constraint == "account_name_key" ? .taken : .store(error)
    }

    var code: String { "sample" }
    var kind: FaultKind { .conflict }
    var summary: String { "sample" }
}

struct Refusal: Error {}

@Suite(.emptyDatabase) struct `Transactions` {
    let database = Scratch.database

    func prepare() async throws {
        try await database.withConnection { session in
            try await session.script(
                """
                SELECT pg_advisory_xact_lock(1);
                CREATE TABLE IF NOT EXISTS account (
                    id bigint PRIMARY KEY,
                    name text NOT NULL CONSTRAINT account_name_key UNIQUE,
                    amount bigint NOT NULL DEFAULT 0 CONSTRAINT account_amount_check CHECK (amount >= 0)
                )
                """)
        }
    }

    @Test func `a write is kept and an error undoes it`() async throws {
        try await database.write(as: tester) { tx in
            try await tx.script("CREATE TABLE kept (a int)")
            try await tx.execute("INSERT INTO kept VALUES (1)")
        }
        await #expect(throws: Refusal.self) {
            try await database.write(as: tester) { tx in
                try await tx.execute("INSERT INTO kept VALUES (2)")
                throw Refusal()
            }
        }

        let rows = try await database.read(as: tester, once: ["SELECT a FROM kept"])
        #expect(try rows[0].map { try $0.get(0, as: Int.self) } == [1])
    }

    @Test func `a write carries its mandate`() async throws {
        let settings = try await database.write(as: tester) { tx in
            let row = try await tx.query(
                """
                SELECT current_setting('kith.actor'), current_setting('kith.purpose'), current_setting('kith.trace'),
                       current_setting('transaction_isolation')
                """)[0]
            return try (0..<4).map { try row.get($0, as: String.self) }
        }

        #expect(
            settings == [
                tester.actor.description, tester.purpose.rawValue, tester.trace.description, "read committed",
            ])
    }

    @Test func `a read sees one snapshot and cannot write`() async throws {
        try await prepare()
        try await database.read(as: tester) { tx in
            let before = try await tx.query("SELECT count(*) FROM account")[0].get(0, as: Int.self)
            try await database.write(as: tester) { other in
                try await other.execute(
                    "INSERT INTO account VALUES (\(Int.random(in: 1_000_000 ... .max)), \(UUID().lowercased))")
            }
            #expect(try await tx.query("SELECT count(*) FROM account")[0].get(0, as: Int.self) == before)
        }
        await #expect(throws: DatabaseError.self) {
            try await database.read(as: tester) { tx in try await tx.execute("CREATE TABLE forbidden (a int)") }
        }
    }

    @Test(arguments: ConnectionSettings.Prepared.allCases)
    func `a read in one round trip is read-only and on one snapshot`(mode: ConnectionSettings.Prepared) async throws {
        var settings = database.settings
        settings.prepared = mode
        let database = Database(settings)

        let rows = try await database.read(
            as: tester,
            once: [
                "SELECT current_setting('transaction_isolation'), current_setting('transaction_read_only')",
                "SELECT pg_current_snapshot()::text, statement_timestamp()::text, pg_sleep(0.01)::text",
                "SELECT pg_current_snapshot()::text",
            ])
        #expect(try rows[0][0].get(0, as: String.self) == "repeatable read")
        #expect(try rows[0][0].get(1, as: String.self) == "on")
        #expect(rows.count == 3)
        let error = await #expect(throws: DatabaseError.self) {
            try await database.read(as: tester, once: ["SELECT 1", "CREATE TABLE forbidden (a int)", "SELECT 2"])
        }
        #expect(error?.sqlState == "25006")
        // The connection is as good as before, for reads and for writes.
        #expect(try await database.read(as: tester, once: ["SELECT 7"])[0][0].get(0, as: Int.self) == 7)
        try await database.write(as: tester) { tx in try await tx.execute("CREATE TEMPORARY TABLE fine (a int)") }
        try await database.withConnection { session in _ = try await session.query("VACUUM pg_class") }
        await database.close()
    }

    @Test func `the snapshot of a read in one round trip does not move`() async throws {
        try await prepare()
        try await database.write(as: tester) { tx in
            try await tx.execute("INSERT INTO account VALUES (77, 'moving', 0) ON CONFLICT DO NOTHING")
        }
        async let rows = database.read(
            as: tester,
            once: [
                "SELECT amount FROM account WHERE id = 77", "SELECT pg_sleep(0.4)::text",
                "SELECT amount FROM account WHERE id = 77",
            ])
        try await Task.sleep(for: .milliseconds(150))
        try await database.write(as: tester) { tx in
            try await tx.execute("UPDATE account SET amount = amount + 1 WHERE id = 77")
        }
        let seen = try await rows
        #expect(try seen[0][0].get(0, as: Int.self) == seen[2][0].get(0, as: Int.self))
    }

    @Test func `several statements run in one round trip and in order`() async throws {
        try await prepare()
        let rows = try await database.write(as: tester) { tx in
            try await tx.query(all: [
                "INSERT INTO account VALUES (9001, 'in order') RETURNING id",
                "SELECT name FROM account WHERE id = 9001",
                "DELETE FROM account WHERE id = 9001",
            ])
        }

        #expect(try rows[0][0].get(0, as: Int.self) == 9001)
        #expect(try rows[1][0].get(0, as: String.self) == "in order")
        #expect(rows[2].affected == 1)
    }

    @Test func `the first error of a pipeline is the one reported`() async throws {
        let error = await #expect(throws: DatabaseError.self) {
            try await database.write(as: tester) { tx in
                _ = try await tx.query(all: ["SELECT 1", "SELECT 1/0", "SELECT no_such_column"])
            }
        }

        #expect(error?.kind == .server(sqlState: "22012"))
    }

    @Test func `an error caught and dropped still fails the transaction`() async throws {
        try await prepare()
        let error = await #expect(throws: DatabaseError.self) {
            try await database.write(as: tester) { tx in
                try await tx.execute("INSERT INTO account VALUES (8001, 'lost')")
                do { try await tx.execute("SELECT 1/0") } catch {}
            }
        }

        #expect(error?.sqlState == "22012")
        let rows = try await database.read(as: tester, once: ["SELECT 1 FROM account WHERE id = 8001"])
        #expect(rows[0].isEmpty)
    }

    @Test func `a savepoint undoes only its own work`() async throws {
        try await prepare()
        try await database.write(as: tester) { tx in
            try await tx.execute("INSERT INTO account VALUES (7001, 'outer')")
            await #expect(throws: DatabaseError.self) {
                try await tx.savepoint { inner in
                    try await inner.execute("INSERT INTO account VALUES (7002, 'inner')")
                    try await inner.execute("INSERT INTO account VALUES (7003, 'outer')")
                }
            }
            try await tx.savepoint { inner in try await inner.execute("INSERT INTO account VALUES (7004, 'later')") }
        }

        let rows = try await database.read(
            as: tester, once: ["SELECT id FROM account WHERE id BETWEEN 7001 AND 7004 ORDER BY id"])
        #expect(try rows[0].map { try $0.get(0, as: Int.self) } == [7001, 7004])
    }

    @Test func `constraints are named, with their kind`() async throws {
        try await prepare()
        func violate(_ sql: SQL) async -> DatabaseError.Kind? {
            do {
                try await database.write(as: tester) { tx in _ = try await tx.execute(sql) }
                return nil
            } catch {
                return (error as? DatabaseError)?.kind
            }
        }
        try await database.write(as: tester) { tx in
            try await tx.execute("INSERT INTO account VALUES (6001, 'unique one')")
        }

        #expect(
            await violate("INSERT INTO account VALUES (6002, 'unique one')")
                == .constraint(name: "account_name_key", kind: .unique))
        #expect(
            await violate("INSERT INTO account VALUES (6003, 'negative', -1)")
                == .constraint(name: "account_amount_check", kind: .check))
        #expect(
            await violate("INSERT INTO account VALUES (6004, NULL)")
                == .constraint(name: "account.name", kind: .notNull))
    }

    @Test func `an error shows no data`() async throws {
        try await prepare()
        let error = await #expect(throws: DatabaseError.self) {
            try await database.write(as: tester) { tx in _ = try await tx.query("SELECT 'Ndayishimiye'::int") }
        }

        #expect(error?.description.contains("Ndayishimiye") == false)
        #expect(error?.debugDescription.contains("Ndayishimiye") == true)
    }

    @Test func `a room's closure throws the room's fault`() async throws {
        try await prepare()
        let fault = await #expect(throws: SampleFault.self) {
            try await database.write(as: tester) { tx throws(SampleFault) in
                do throws(DatabaseError) {
                    try await tx.execute("INSERT INTO account VALUES (5001, 'room')")
                    try await tx.execute("INSERT INTO account VALUES (5002, 'room')")
                } catch {
                    throw SampleFault(error)
                }
            }
        }

        guard case .taken? = fault else {
            Issue.record("another fault")
            return
        }
    }

    @Test(arguments: [Isolation.repeatableRead, .serializable])
    func `conflicting writes are run again until all succeed`(isolation: Isolation) async throws {
        try await prepare()
        let id = isolation == .serializable ? 4001 : 4002
        try await database.write(as: tester) { tx in
            try await tx.execute("INSERT INTO account VALUES (\(id), \("counter \(id)"))")
        }
        var settings = database.settings
        settings.writeAttempts = 100
        let database = Database(settings)
        let runs = Counter()

        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    try await database.write(as: tester, isolation: isolation) { tx in
                        runs.increment()
                        let row = try await tx.query("SELECT amount FROM account WHERE id = \(id)")[0]
                        let next = try row.get(0, as: Int.self) + 1
                        try await tx.execute("UPDATE account SET amount = \(next) WHERE id = \(id)")
                    }
                }
            }
            try await group.waitForAll()
        }

        let rows = try await database.read(as: tester, once: ["SELECT amount FROM account WHERE id = \(id)"])
        #expect(try rows[0][0].get(0, as: Int.self) == 20)
        #expect(runs.value >= 20)
        await database.close()
    }

    @Test func `a deadlock is run again`() async throws {
        try await prepare()
        try await database.write(as: tester) { tx in
            try await tx.execute("INSERT INTO account VALUES (3001, 'left'), (3002, 'right')")
        }
        @Sendable func swap(_ first: Int, _ second: Int) async throws {
            try await database.write(as: tester) { tx in
                try await tx.execute("UPDATE account SET amount = amount + 1 WHERE id = \(first)")
                _ = try await tx.query("SELECT pg_sleep(0.2)::text")
                try await tx.execute("UPDATE account SET amount = amount + 1 WHERE id = \(second)")
            }
        }

        async let one: Void = swap(3001, 3002)
        async let other: Void = swap(3002, 3001)
        _ = try await (one, other)

        let rows = try await database.read(
            as: tester, once: ["SELECT sum(amount)::int8 FROM account WHERE id IN (3001, 3002)"])
        #expect(try rows[0][0].get(0, as: Int.self) == 4)
    }

    @Test func `a cursor gives all rows in batches`() async throws {
        var sizes: [Int] = []
        var sum = 0
        try await database.read(as: tester) { tx in
            try await tx.forEachBatch("SELECT n FROM generate_series(1, \(1050)) AS n", size: 100) { rows in
                sizes.append(rows.count)
                for row in rows { sum += try row.get(0, as: Int.self) }
            }
        }

        #expect(sizes == Array(repeating: 100, count: 10) + [50])
        #expect(sum == 1050 * 1051 / 2)
    }

    @Test func `a plan gone stale is prepared anew`() async throws {
        try await database.withConnection { session in
            try await session.script("CREATE TABLE shape (a int); INSERT INTO shape VALUES (1)")
        }
        var settings = database.settings
        settings.poolSize = 1
        let database = Database(settings)
        _ = try await database.read(
            as: tester, once: ["SELECT s FROM (SELECT * FROM shape) AS s", "SELECT * FROM shape"])

        try await self.database.withConnection { session in
            try await session.script("ALTER TABLE shape ADD b text DEFAULT 'new'")
        }

        let rows = try await database.read(as: tester, once: ["SELECT * FROM shape"])
        #expect(try rows[0][0].get("b", as: String.self) == "new")
        await database.close()
    }

    @Test func `more statements than the cache holds do no harm`() async throws {
        var settings = database.settings
        settings.statementCacheSize = 4
        settings.poolSize = 1
        let database = Database(settings)
        for round in 0..<3 {
            for index in 0..<12 {
                let rows = try await database.read(as: tester, once: ["SELECT \(round) + \(unchecked: "\(index)")"])
                #expect(try rows[0][0].get(0, as: Int.self) == round + index)
            }
        }
        let held = try await database.read(as: tester, once: ["SELECT count(*) FROM pg_prepared_statements"])
        #expect(try held[0][0].get(0, as: Int.self) <= 6)
        await database.close()
    }

    @Test func `a batch of many statements passes`() async throws {
        let rows = try await database.read(as: tester) { tx in
            try await tx.query(all: (0..<5000).map { "SELECT \($0), repeat('x', 200)" })
        }

        #expect(rows.count == 5000)
        #expect(try rows[4999][0].get(0, as: Int.self) == 4999)
    }

    @Test func `COPY by the wrong door is refused and costs only its connection`() async throws {
        let error = await #expect(throws: DatabaseError.self) {
            try await database.read(as: tester, once: ["COPY pg_class TO STDOUT"])
        }

        #expect(error?.kind == .misuse)
        #expect(try await database.read(as: tester, once: ["SELECT 1"]).count == 1)
    }

    @Test func `a statement with too many values is refused before it is sent`() async throws {
        let many = SQL.joined((0..<70_000).map { "\($0)" }, by: ", ")
        let error = await #expect(throws: DatabaseError.self) {
            try await database.read(as: tester, once: ["SELECT \(fragment: many)"])
        }

        #expect(error?.kind == .misuse)
    }
}
