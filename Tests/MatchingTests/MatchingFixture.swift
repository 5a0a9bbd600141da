import Documents
import Foundation
import Groundwork
import Linkage
import Matching
import Postgres
import Profiles
import Registry
import TestKit

/// A registry of invented households, some of whose members are on record twice.
struct MatchingFixture: Sendable {
    let registry: RegistryFixture
    let matcher: Matcher
    let reader: MatchingReader
    /// People registered twice: the first and the second record.
    var twins: [(first: UUID, second: UUID)] = []
    var drafts: [UUID: PersonDraft] = [:]

    static let given = [
        "Jean", "Aline", "Éric", "Goreth", "Désiré", "Spès", "Pascal", "Odette", "Fabrice", "Béatrice", "Salvator",
        "Léa",
        "Gervais", "Ornella", "Médard", "Yvette", "Nestor", "Judith", "Prosper", "Clarisse",
    ]
    static let families = [
        "Niyonzima", "Hakizimana", "Ndayishimiye", "Bukuru", "Nkurunziza", "Manirakiza", "Irakoze", "Nahimana",
        "Habonimana", "Ntakirutimana", "Sindayigaya", "Barutwanayo", "Ciza", "Minani", "Nzeyimana", "Kabura",
        "Gahungu", "Mpawenimana", "Rukundo", "Tuyisenge",
    ]

    static func make(households: Int = 120, twins wanted: Int = 16, seed: UInt64 = 3) async throws -> MatchingFixture {
        let registry = try await RegistryFixture.make()
        let policy = try MatchPolicy(registry.profile.match["policy"])
        let matcher = Matcher(
            context: registry.context, policy: policy, models: MatchModels(),
            findings: try FindingRules(registry.profile.match["findings"]))
        var fixture = MatchingFixture(
            registry: registry, matcher: matcher,
            reader: MatchingReader(database: registry.database, matcher: matcher, worker: registry.mandate.actor))
        var random = SeededGenerator(seed: seed)
        for number in 0..<households {
            let family = families.randomElement(using: &random) ?? "Ciza"
            let area = registry.collines[Int.random(in: 0..<40, using: &random)]
            var members: [PersonDraft] = []
            for place in 0..<Int.random(in: 2...4, using: &random) {
                let year =
                    place < 2
                    ? Int.random(in: 1950...1995, using: &random) : Int.random(in: 2005...2022, using: &random)
                let day = "\(year)-0\(Int.random(in: 1...9, using: &random))-1\(Int.random(in: 0...9, using: &random))"
                let names = [
                    given.randomElement(using: &random) ?? "Jean", given.randomElement(using: &random) ?? "Léa",
                ]
                members.append(
                    RegistryFixture.person(
                        names.joined(separator: " "),
                        place == 0 ? family : families.randomElement(using: &random) ?? "Ciza",
                        sex: Bool.random(using: &random) ? "female" : "male", born: day,
                        nid: place < 2 ? String(10_000_000 + number * 10 + place) : nil,
                        phone: place == 0 ? "+2577\(1_000_000 + number * 37)" : nil))
            }
            try await fixture.register(members, in: area)
        }
        for number in 0..<wanted {
            let all = fixture.drafts.keys.sorted { $0.lowercased < $1.lowercased }
            guard let first = all.randomElement(using: &random), let draft = fixture.drafts[first] else { continue }
            let area = registry.collines[Int.random(in: 0..<40, using: &random)]
            let second = try await fixture.register([Self.again(draft, keepsNumber: number % 2 == 0)], in: area)[0]
            fixture.twins.append((first, second))
        }
        return fixture
    }

    /// The same person at another counter: a letter more, one given name less, sometimes no number.
    static func again(_ draft: PersonDraft, keepsNumber: Bool) -> PersonDraft {
        var copy = draft
        let names = draft.claims["given_name"]?.string?.split(separator: " ").map(String.init) ?? []
        copy.claims["given_name"] = .string(names.first ?? "")
        copy.claims["family_name"] = .string((draft.claims["family_name"]?.string ?? "").replacing("iz", with: "is"))
        if !keepsNumber { copy.contacts.identifiers = [] }
        return copy
    }

    @discardableResult
    mutating func register(_ members: [PersonDraft], in area: Area) async throws -> [UUID] {
        let outcome = try await registry.perform(
            .registerHousehold(RegistryFixture.household(in: area, members: members)))
        let household = outcome.households[0]
        let rows = try await registry.rows(
            "SELECT p.id, p.given_name, p.birth_date FROM registry.person AS p WHERE p.household_id = \(household)")
        var ids: [UUID] = []
        for member in members {
            for row in rows where !ids.contains(try row.get(0)) {
                guard try row.get(1, as: String?.self) == member.claims["given_name"]?.string,
                    try row.get(2, as: CalendarDate?.self)?.description == member.claims["birth_date"]?.string
                else { continue }
                let id: UUID = try row.get(0)
                ids.append(id)
                drafts[id] = member
                break
            }
        }
        return ids
    }

    func train() async throws -> MatchRun.Report {
        try await sequence()
        return try await MatchRun(database: registry.database, matcher: matcher).run(
            trains: true, base: nil, workers: 2, as: registry.mandate)
    }

    private func sequence() async throws {
        _ = try await registry.database.write(as: registry.mandate) { tx in try await EventLog.sequence(in: tx) }
    }

    /// Lets the sequencer and the reader do what a server's would.
    func follow() async throws {
        try await sequence()
        while try await reader.step() {}
    }

    func pair(_ one: UUID, _ other: UUID) async throws -> QueuedPair? {
        let (low, high) = one.lowercased < other.lowercased ? (one, other) : (other, one)
        let rows = try await registry.rows("SELECT id FROM matching.pair WHERE low_id = \(low) AND high_id = \(high)")
        guard let row = rows.first else { return nil }
        let id: UUID = try row.get(0)
        return try await registry.database.read(as: registry.mandate) { tx in
            try await MatchQueue(registrar: registry.registrar).find(id, in: tx).pair
        }
    }

    func decide(_ id: UUID, _ verdict: MatchVerdict, as actor: ActorID? = nil) async throws -> ID<Proposal>? {
        let mandate = Mandate(actor: actor ?? registry.mandate.actor, purpose: .maintenance)
        return try await registry.database.write(as: mandate) { tx throws(MatchingFault) in
            try await MatchQueue(registrar: registry.registrar).decide(
                id, verdict, reason: "seen", on: RegistryFixture.today, in: tx)
        }
    }
}
