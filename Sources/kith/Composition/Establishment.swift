import Access
import Groundwork
import Postgres
import Profiles

/// The actors of the profile, and the tokens of this installation.
enum Establishment {
    /// Another system, as the demo's DCI client; a person's role would say too much or too little.
    static let partner: String = "partner"

    /// Makes the actors that are missing and their tokens, and keeps the tokens in the credentials file.
    ///
    /// - Parameter reissues: whether actors whose token is not in the file get another one, because an earlier start was
    ///   killed between the database and the file.
    static func establish(_ profile: Profile, on store: Store, reissues: Bool) async throws -> Credentials {
        let wanted =
            profile.actors.map { Actors.Wanted(name: $0.name, scopes: $0.scopes) }
            + [Actors.Wanted(name: partner, kind: "system", scopes: ["dci.search"])]
        var credentials = try Credentials.load(store.ground.data)
        let held = Set(credentials.entries.map(\.name))
        let mandate = Mandate(actor: Actors.system, purpose: .operation)
        let fresh = try await store.database.write(as: mandate) { tx in
            var fresh = try await Actors.establish(wanted, in: tx)
            let made = Set(fresh.map(\.name))
            guard reissues else { return fresh }
            for name in wanted.map(\.name) where !held.contains(name) && !made.contains(name) {
                let rows = try await tx.query("SELECT id FROM access.actor WHERE name = \(name)")
                guard let row = rows.first else { continue }
                fresh.append((name: name, token: try await Actors.issue(for: row.get(0), in: tx)))
            }
            return fresh
        }
        guard !fresh.isEmpty else { return credentials }
        credentials.add(fresh.map { Credentials.Entry(name: $0.name, token: $0.token) })
        try credentials.save(store.ground.data)
        return credentials
    }
}
