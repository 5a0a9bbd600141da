import Documents
import Postgres
import Runtime

extension Command {
    static let migrate: Command = Command(
        "migrate", "brings the database's schema up to this program",
        explanation: """
            Applies the migrations that the database has not taken yet, each in one transaction, and tells them. A database
            that is newer than the program is left alone and refused. Back up first: there is no way back but the backup.
            """,
        options: [Option("pending", nil, "only tell what would be applied; ends with 1 when there is something")],
        settings: ["database.url", "data"],
        examples: [
            Example("kith migrate", "apply what is missing"),
            Example("kith migrate --pending --json", "ask, for a script that upgrades"),
        ],
        exits: [.refused, .unavailable, .file, .tryAgain],
        run: { invocation in
            let ground = try Ground(invocation)
            let migrator = Migrator(folder: ground.home.migrations)
            if invocation.has("pending") {
                return try await Store.with(ground, .visiting, purpose: "kith migrate") { store in
                    let names = try await migrator.pending(store.database).map(\.name)
                    invocation.console.result(
                        names.isEmpty ? "nothing to apply" : names.joined(separator: "\n"),
                        ["pending": .array(names.map(JSON.string))])
                    return names.isEmpty ? ExitCode.ok : .refused
                } ?? .tryAgain
            }
            return try await Store.with(ground, .making, purpose: "kith migrate") { store in
                let applied = try await migrator.migrate(store.database)
                invocation.console.result(
                    applied.isEmpty
                        ? "nothing to apply"
                        : applied.map { "\($0.name)  \($0.duration.inMilliseconds) ms" }.joined(separator: "\n"),
                    ["applied": .array(applied.map { JSON.string($0.name) })])
                return ExitCode.ok
            } ?? .tryAgain
        })
}

extension Duration {
    /// Rounded to whole milliseconds.
    var inMilliseconds: Int { Int((self / .milliseconds(1)).rounded()) }
}
