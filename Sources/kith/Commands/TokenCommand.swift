import Access
import Documents
import Groundwork
import Postgres
import Runtime

extension Command {
    static let token: Command = Command(
        "token", "issues and revokes the tokens by which people and systems are known",
        forms: ["issue NAME", "revoke NAME", "list"], words: 1...2,
        explanation: """
            An actor is made by the profile (roles/actors.json). `issue` makes one more token for it and prints it once: only
            its digest is kept. `revoke` takes back every token of the actor; running servers notice within five seconds.
            """,
        settings: ["database.url", "data"],
        examples: [
            Example("kith token issue clerk", "a new token, on standard output alone"),
            Example("kith token revoke partner", "nobody is the partner any more"),
        ],
        exits: [.refused, .unavailable, .file, .tryAgain],
        run: { invocation in
            guard let verb = invocation.words.first, ["issue", "revoke", "list"].contains(verb) else {
                throw RoofFault.usage("kith token does one of: issue NAME, revoke NAME, list.")
            }
            let name = invocation.words.dropFirst().first
            if verb != "list", name == nil { throw RoofFault.usage("kith token \(verb) NAME: whose?") }
            if verb == "list", name != nil { throw RoofFault.usage("kith token list takes no name.") }
            let ground = try Ground(invocation)
            return try await Store.with(ground, .visiting, purpose: "kith token") { store in
                try await store.requireSchema()
                switch (verb, name) {
                case ("issue", let name?): try await issue(name, store, invocation.console)
                case ("revoke", let name?): try await revoke(name, store, invocation.console)
                default: try await list(store, invocation.console)
                }
                return ExitCode.ok
            } ?? .tryAgain
        })

    private static let mandate: Mandate = Mandate(actor: Actors.system, purpose: .operation)

    private static func issue(_ name: String, _ store: Store, _ console: Console) async throws {
        let token = try await store.database.write(as: mandate) { tx in
            let actor = try await actor(name, in: tx)
            return try await Actors.issue(for: actor, in: tx)
        }
        console.result(token.reveal(), ["name": .string(name), "token": .string(token.reveal())])
    }

    private static func revoke(_ name: String, _ store: Store, _ console: Console) async throws {
        try await store.database.write(as: mandate) { tx in
            _ = try await actor(name, in: tx)
            try await Actors.revokeTokens(of: name, in: tx)
        }
        console.result("revoked", ["name": .string(name), "revoked": .bool(true)])
    }

    private static func list(_ store: Store, _ console: Console) async throws {
        let rows = try await store.database.read(
            as: mandate,
            once: [
                """
                SELECT a.name, a.kind, a.scopes,
                    count(t.hash) FILTER (
                        WHERE t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > now()))
                FROM access.actor AS a
                LEFT JOIN access.token AS t ON t.actor_id = a.id
                WHERE a.disabled_at IS NULL
                GROUP BY a.id
                ORDER BY a.name
                """
            ])
        var actors: [JSON] = []
        var lines: [String] = []
        for row in rows[0] {
            let (name, kind): (String, String) = (try row.get(0), try row.get(1))
            let scopes: [String] = try row.get(2)
            let tokens: Int64 = try row.get(3)
            actors.append([
                "name": .string(name), "kind": .string(kind), "tokens": .number(JSONNumber(Int(tokens))),
                "scopes": .array(scopes.map(JSON.string)),
            ])
            lines.append("\(name)  \(kind)  \(Grouped.count(Int(tokens), "token"))  \(scopes.joined(separator: " "))")
        }
        console.result(lines.joined(separator: "\n"), ["actors": .array(actors)])
    }

    private static func actor(_ name: String, in tx: borrowing Transaction) async throws -> ActorID {
        let rows = try await tx.query(
            "SELECT id FROM access.actor WHERE name = \(name) AND disabled_at IS NULL FOR UPDATE")
        guard let row = rows.first else { throw RoofFault.actorNotFound(name) }
        return try row.get(0)
    }
}
