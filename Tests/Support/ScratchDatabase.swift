public import Postgres
public import Testing

/// The database that belongs to the running suite, for suites marked `.scratchDatabase` or `.emptyDatabase`.
public enum Scratch {
    @TaskLocal static var current: Database?

    /// The suite's own database; its pool is small.
    public static var database: Database {
        guard let current else { fatalError("the suite asks for Scratch.database without the trait .scratchDatabase") }
        return current
    }

    /// Lends another database with the whole schema, for what needs two, and drops it afterwards.
    public static func withFresh<Result>(_ body: (Database) async throws -> Result) async throws -> Result {
        let server = try ScratchServer.fromEnvironment()
        let database = Database(try await server.create(from: try await server.template()))
        do {
            let result = try await body(database)
            await server.drop(database)
            return result
        } catch {
            await server.drop(database)
            throw error
        }
    }

    /// The folder of migrations in this checkout.
    public static var migrations: String { ScratchServer.migrations }

    /// How to reach the same database, for programs and pools of a test's own.
    public static var connectionString: String { database.settings.connectionString }
}

/// Gives a suite, or one test, a database of its own and drops it at the end.
public struct ScratchDatabaseTrait: SuiteTrait, TestTrait, TestScoping {
    let isMigrated: Bool

    /// Databases that exist at the same time, at eight connections each.
    private static let turns: Turns = Turns(8)

    public func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        await Self.turns.take()
        do {
            try await run(function)
        } catch {
            await Self.turns.giveBack()
            throw error
        }
        await Self.turns.giveBack()
    }

    private func run(_ function: @concurrent @Sendable () async throws -> Void) async throws {
        let server = try ScratchServer.fromEnvironment()
        let template = isMigrated ? try await server.template() : "template0"
        let settings = try await server.create(from: template)
        let database = Database(settings)
        do {
            try await Scratch.$current.withValue(database) { try await function() }
        } catch {
            await server.drop(database)
            throw error
        }
        await server.drop(database)
    }
}

extension Trait where Self == ScratchDatabaseTrait {
    /// A database with the whole schema, cloned from a template that is migrated once.
    public static var scratchDatabase: Self { ScratchDatabaseTrait(isMigrated: true) }

    /// A database with nothing in it.
    public static var emptyDatabase: Self { ScratchDatabaseTrait(isMigrated: false) }
}

extension DatabaseError: CustomTestStringConvertible {
    /// In a test the data is invented, so the server's own words may be shown.
    public var testDescription: String { debugDescription }
}

extension MigrationFault: CustomTestStringConvertible {
    /// In a test the data is invented, so the server's own words may be shown.
    public var testDescription: String { debugDescription }
}
