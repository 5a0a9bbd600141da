import Access
import Documents
import Foundation
import Groundwork
import Postgres
import Registry
import Scorecards
import Targeting
import TestKit

/// A registry of invented households that a formula can score.
struct TargetingFixture: Sendable {
    let registry: RegistryFixture
    let formulas: Formulas
    let author: Mandate
    let signers: [Mandate]
    var households: [UUID] = []

    static let folder = RegistryFixture.root + "/profiles/burundi/"

    static func json(_ path: String) throws -> JSON {
        try JSON.parse([UInt8](try Data(contentsOf: URL(fileURLWithPath: folder + path))), limits: .file)
    }

    static func formula(version: Int = 1) throws -> JSON {
        var json = try json("demo/pmt/demonstration.json").object ?? [:]
        json["version"] = .number(JSONNumber(version))
        return .object(json)
    }

    static func binding() throws -> JSON { try json("demo/pmt/bindings/demonstration_registry.json") }

    static func make(households wanted: Int = 30) async throws -> TargetingFixture {
        let registry = try await RegistryFixture.make()
        func mandate() -> Mandate { Mandate(actor: ID<Actor>(), purpose: .maintenance) }
        var fixture = TargetingFixture(
            registry: registry, formulas: Formulas(context: registry.context, today: { RegistryFixture.today }),
            author: mandate(), signers: [mandate(), mandate(), mandate()])
        var random = SeededGenerator(seed: 11)
        for number in 0..<wanted {
            fixture.households.append(try await fixture.register(number, &random))
        }
        return fixture
    }

    /// Every tenth household does not say how many rooms it has.
    private func register(_ number: Int, _ random: inout SeededGenerator) async throws -> UUID {
        func any(_ codes: [JSON]) -> JSON { codes.randomElement(using: &random) ?? .null }
        var claims: JSONObject = [
            "residence": any(["urban", "rural", "rural"]), "lighting": any(["grid", "torch", "wood", "other"]),
            "cooking_fuel": any(["charcoal", "wood_collected", "gas"]),
            "roof": any(["tiles", "iron_sheets", "straw", "none"]),
            "floor": any(["earth", "cement", "stone_brick"]), "toilet": any(["pit", "none", "flush"]),
            "asset_radio": any([0, 1]), "asset_mobile_phone": any([0, 1, 2]), "asset_hoe": any([0, 1, 2]),
        ]
        if number % 10 != 9 { claims["rooms"] = .number(JSONNumber(Int.random(in: 1...5, using: &random))) }
        var members: [PersonDraft] = []
        for place in 0..<Int.random(in: 1...6, using: &random) {
            let year =
                place == 0 ? Int.random(in: 1940...1995, using: &random) : Int.random(in: 1935...2025, using: &random)
            members.append(
                RegistryFixture.person(
                    "Jean\(number)", "Ciza\(place)", sex: Bool.random(using: &random) ? "female" : "male",
                    born: "\(year)-03-1\(Int.random(in: 0...9, using: &random))",
                    claims: place == 0 ? ["education": any(["none", "primary", "bachelor"])] : [:]))
        }
        let area = registry.collines[number % 40]
        let outcome = try await registry.perform(
            .registerHousehold(RegistryFixture.household(in: area, members: members, claims: claims)))
        return outcome.households[0].rawValue
    }

    // MARK: Formulas

    func write<Result>(
        as mandate: Mandate, _ body: (borrowing Transaction) async throws(TargetingFault) -> Result
    ) async throws -> Result {
        try await registry.database.write(as: mandate) { tx throws(TargetingFault) in try await body(tx) }
    }

    @discardableResult
    func submit(_ document: JSON? = nil, binding: JSON? = nil) async throws -> StoredFormula {
        let (document, binding) = (try document ?? Self.formula(), try binding ?? Self.binding())
        return try await write(as: author) { tx throws(TargetingFault) in
            let draft = try await formulas.draft(document, in: tx)
            return try await formulas.submit(
                draft.formula.code, version: draft.formula.version, binding: binding, in: tx)
        }
    }

    @discardableResult
    func sign(_ signer: Int, version: Int = 1, approves: Bool = true, reason: String? = nil) async throws
        -> StoredFormula
    {
        try await write(as: signers[signer]) { tx throws(TargetingFault) in
            try await formulas.sign("demonstration", version: version, approves: approves, reason: reason, in: tx)
        }
    }

    @discardableResult
    func activate(version: Int = 1, replaces: Bool = false) async throws -> StoredFormula {
        try await write(as: author) { tx throws(TargetingFault) in
            try await formulas.activate("demonstration", version: version, replaces: replaces, in: tx)
        }
    }

    var runs: ScoreRun { ScoreRun(database: registry.database, formulas: formulas) }

    @discardableResult
    func run(_ scope: ScoreRun.Scope = .registry, version: Int = 1) async throws -> ScoreRun.Report {
        try await runs.run("demonstration", version: version, scope, as: author)
    }

    /// The formula in force, signed and scored.
    func inForce() async throws {
        try await submit()
        try await sign(0)
        try await sign(1)
        try await run()
        try await activate()
    }

    // MARK: What became of it

    func formula(version: Int = 1) async throws -> StoredFormula {
        try await registry.database.read(as: author) { tx in
            try await formulas.find("demonstration", version: version, in: tx)
        }
    }

    /// - Parameter code: of the formula; without, of those that are or were in force.
    func scores(of household: UUID, code: String? = nil, most: Int = 1) async throws -> [StoredScore] {
        try await registry.database.read(as: author) { tx in
            try await formulas.scores(of: household, code: code, most: most, in: tx)
        }
    }

    func explain(_ score: StoredScore, language: String = "eng") async throws -> Explainer {
        try await registry.database.read(as: author) { tx in
            try await formulas.explainer(score, language: language, in: tx)
        }
    }

    func events(_ type: String) async throws -> [(household: UUID, body: JSON)] {
        try await registry.rows("SELECT subject_id, body FROM registry.event WHERE type = \(type) ORDER BY seq").map {
            let body: JSONB = try $0.get(1)
            return (try $0.get(0), try JSON.parse(body.bytes))
        }
    }

    /// Lets the sequencer and the service do what a server's would.
    func follow() async throws {
        let service = ScoringService(database: registry.database, formulas: formulas, worker: author.actor)
        _ = try await registry.database.write(as: registry.mandate) { tx in try await EventLog.sequence(in: tx) }
        while try await service.step() {}
    }

    func change(_ household: UUID, _ claims: JSONObject) async throws {
        try await registry.perform(.updateHousehold(ID(household), claims: claims, contacts: Contacts()))
    }
}
