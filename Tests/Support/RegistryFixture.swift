import Cryptography
package import Documents
import Foundation
package import Groundwork
package import Postgres
package import Profiles
package import Registry

/// A registry on the suite's own database, with a real profile, fixed keys and a fixed day.
package struct RegistryFixture: Sendable {
    package let database: Database
    package let profile: Profile
    package let context: RegistryContext
    package let registrar: Registrar
    package let mandate: Mandate
    package static let today: CalendarDate = CalendarDate("2026-11-01") ?? .latest

    /// Root of the package that holds this file.
    package static var root: String {
        var root = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { root.deleteLastPathComponent() }
        return root.path
    }

    /// Installs the profile into the database and makes everything that stands on it.
    package static func make(
        on database: Database = Scratch.database, profile name: String = "burundi"
    ) async throws -> RegistryFixture {
        let profile = try Profile.load(root + "/profiles/" + name)
        let keys = try KeyRing(masterKey: [UInt8](repeating: 7, count: 32))
        let mandate = Mandate(actor: ID<Actor>(), purpose: .registration)
        try await database.write(as: mandate) { tx in
            _ = try await ProfileInstaller(profile: profile).install(in: tx)
        }
        let areas = try await database.read(as: mandate) { tx in try await AreaIndex.load(in: tx) }
        let context = profile.registryContext(keys: keys, areas: AreaBook(areas))
        return RegistryFixture(
            database: database, profile: profile, context: context,
            registrar: Registrar(context: context, today: { today }), mandate: mandate)
    }

    /// Carries out one command in a transaction of its own.
    @discardableResult
    package func perform(
        _ command: Command, on day: CalendarDate = today, expected: [Subject: Int] = [:], key: String? = nil,
        as mandate: Mandate? = nil
    ) async throws -> Outcome {
        let terms = CommandTerms(
            observedOn: day, expected: expected, idempotencyKey: key,
            requestHash: key.map { _ in Digest.sha256(command.json.canonical()) })
        return try await database.write(as: mandate ?? self.mandate) { tx in
            try await registrar.perform(command, terms, in: tx)
        }
    }

    /// Runs one statement outside any command, for what a test wants to see.
    package func rows(_ sql: SQL) async throws -> Rows {
        try await database.read(as: mandate) { tx in try await tx.query(sql) }
    }

    /// Codes of some real collines, spread over the country.
    package var collines: [Area] {
        context.areas.index.areas.filter { $0.level == 4 && $0.preorder % 7 == 0 }
    }

    /// A person draft with the claims given, a legal basis and a name.
    package static func person(
        _ given: String = "Espérance", _ family: String = "Niyonzima", sex: String = "female",
        born: String = "1984-07-02", nid: String? = nil, phone: String? = nil, claims: JSONObject = [:]
    ) -> PersonDraft {
        var all: JSONObject = [
            "given_name": .string(given), "family_name": .string(family), "sex": .string(sex),
            "birth_date": .string(born), "consent_basis": "consent",
        ]
        for (key, value) in claims { all[key] = value }
        return PersonDraft(
            claims: all,
            contacts: Contacts(
                identifiers: nid.map { [Identifier(type: "NID", value: $0)] } ?? [], phones: phone.map { [$0] }))
    }

    /// A household of the people given, the first its head, in the area.
    package static func household(
        in area: Area, members: [PersonDraft], claims: JSONObject = [:]
    ) -> HouseholdDraft {
        var all: JSONObject = ["area": .string(area.reference), "consent_basis": "consent", "residence": "rural"]
        for (key, value) in claims { all[key] = value }
        return HouseholdDraft(
            claims: all,
            members: members.enumerated().map { index, draft in
                MemberDraft(.new(draft), role: index == 0 ? .head : .member, recipient: index == 0 ? .first : nil)
            })
    }
}

extension Outcome {
    package var people: [ID<Person>] { touched.filter { $0.subject.kind == .person }.map { ID($0.subject.id) } }
    package var households: [ID<Household>] {
        touched.filter { $0.subject.kind == .household }.map { ID($0.subject.id) }
    }
}

/// Random numbers that a seed makes again (SplitMix64).
package struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(seed: UInt64) {
        state = seed
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
