import Documents
import Foundation
import Groundwork
import Postgres
import Profiles
import Registry
import Scorecards
import TestKit

@testable import Rounds

/// A registry with households that have scores, and the desk of rounds over it.
struct RoundFixture: Sendable {
    let registry: RegistryFixture
    let desk: RoundDesk
    let areas: [Area]
    /// Another person than `registry.mandate`.
    let other: Mandate = Mandate(actor: ID<Actor>(), purpose: .operation)

    struct Home: Sendable {
        var id: UUID
        var socialID: String
        var area: Area
        var members: Int
        var registered: CalendarDate
        var score: String?
        var residence: String
    }

    static func make(
        today: CalendarDate = RegistryFixture.today, areas: Int = 4, policy: (inout JSONObject) -> Void = { _ in }
    ) async throws -> RoundFixture {
        let registry = try await RegistryFixture.make()
        var document = registry.profile.programmes["targeting"]?.object ?? [:]
        policy(&document)
        let desk = RoundDesk(
            context: registry.context, policy: try RoundPolicy(.object(document)), today: { today })
        try await formula("pmt", on: registry)
        return RoundFixture(registry: registry, desk: desk, areas: Array(registry.collines.prefix(areas)))
    }

    /// Puts a formula in force, as the life cycle of formulas would.
    static func formula(
        _ code: String, poorer: String = "lower", ties: [String] = ["larger_household", "household"],
        on registry: RegistryFixture
    ) async throws {
        let document: JSON = [
            "poorer": .string(poorer), "tie_break": .array(ties.map { .string($0) }),
            "classes": .array([["code": "poor", "up_to": "20"], ["code": "rest", "up_to": "100"]]),
        ]
        try await registry.database.write(as: registry.mandate) { tx in
            try await tx.execute(
                """
                INSERT INTO targeting.formula (
                    code, version, sha256, document, binding, strata, state, author_id, submitted_at, activated_at,
                    activated_by)
                VALUES (\(code), 1, sha256('x'), \(JSONB(document.serialized())), '{}', '{}', 'active',
                    gen_random_uuid(), now(), now(), gen_random_uuid())
                """)
        }
    }

    /// Writes households straight into the tables, each with its score by the formula `pmt`.
    func add(_ homes: [Home]) async throws {
        try await registry.database.write(as: registry.mandate) { tx in
            for home in homes {
                try await tx.execute(
                    """
                    INSERT INTO registry.household (
                        id, version, status, kind, social_id, size, residence, area_id, area_order, observed_on,
                        registered_at, updated_at)
                    VALUES (
                        \(home.id), 3, 'active', 'household', \(home.socialID), \(Int32(home.members)),
                        \(home.residence), \(Int32(home.area.id)), \(Int32(home.area.preorder)), '2026-01-01',
                        (\(home.registered.description) || ' 12:00+00')::timestamptz, now())
                    """)
            }
        }
        try await score(homes)
    }

    func score(_ homes: [Home]) async throws {
        try await registry.database.write(as: registry.mandate) { tx in
            for home in homes {
                try await tx.execute(
                    """
                    INSERT INTO targeting.current_score (household_id, formula_id, run_id, score, class, since)
                    SELECT \(home.id), f.id, 1, \(home.score)::text::numeric, NULL, now()
                    FROM targeting.formula AS f WHERE f.code = 'pmt'
                    """)
            }
        }
    }

    /// Households at random over the areas: few different scores, so that there are ties; some without one.
    func homes(_ count: Int, seed: UInt64, scored: Bool = true) -> [Home] {
        var random = SeededGenerator(seed: seed)
        return (0..<count).map { number in
            let value = ["9733", "9733.5", "9734", "-1.25", "10000", "9733.50"][Int(random.next() % 6)]
            return Home(
                id: UUIDv7.value(stamp: UInt64(number) << 14, random: random.next()),
                socialID: String(100_000_000_000 + number * 7), area: areas[Int(random.next() % UInt64(areas.count))],
                members: 1 + Int(random.next() % 3),
                registered: CalendarDate("2026-0\(1 + Int(random.next() % 3))-01") ?? .latest,
                score: scored || random.next() % 9 > 0 ? value : nil,
                residence: random.next() % 2 == 0 ? "rural" : "urban")
        }
    }

    /// Carries out one action with a command of its own.
    @discardableResult
    func act<Result>(
        as mandate: Mandate? = nil, _ work: (CommandID, borrowing Transaction) async throws -> Result
    ) async throws -> Result {
        try await registry.database.write(as: mandate ?? registry.mandate) { tx in
            let command = try await CommandLog.note("round.test", outcome: [:], key: nil, hash: [], in: tx)
            return try await work(command, tx)
        }
    }

    func read<Result>(_ work: (borrowing Transaction) async throws -> Result) async throws -> Result {
        try await registry.database.read(as: registry.mandate, work)
    }

    /// A quota file for all areas of the fixture.
    func quotas(places: Int, more: String = "", values: String = "") -> [UInt8] {
        let lines = areas.map { "\($0.code),\(places)\(values)" }
        return Array((["area,places\(more)"] + lines).joined(separator: "\n").utf8)
    }

    /// A round up to its ranking.
    func ranked(
        _ code: String = "r1", csv: [UInt8], parts: [Round.Part] = [], cutOff: String? = nil, rule: String? = nil
    ) async throws {
        let draft = Round.Draft(
            code: code, title: "Première tranche", programme: "cash", formula: "pmt", rule: rule, cutOff: cutOff,
            parts: parts)
        try await act { command, tx in try await desk.create(draft, command: command, in: tx) }
        try await act { _, tx in try await desk.setQuotas(code, csv: csv, in: tx) }
        try await act { command, tx in try await desk.collect(code, command: command, in: tx) }
        try await act { command, tx in try await desk.score(code, command: command, in: tx) }
        try await act { command, tx in try await desk.rank(code, command: command, in: tx) }
    }

    func entries(_ code: String = "r1", state: Standing? = nil) async throws -> [RoundEntry] {
        try await read { tx in
            try await desk.entries(
                try await desk.find(code, in: tx), state: state, area: nil, after: nil, limit: 10_000, in: tx)
        }
    }

    /// The code of the fault that the work ends with; nil when it does not.
    func fault(_ work: () async throws -> Void) async -> String? {
        do {
            try await work()
            return nil
        } catch {
            return (error as? any Fault)?.code ?? "\(error)"
        }
    }

    /// Events about households in the round, as `from → state`, with how many there are of each.
    func events() async throws -> [String: Int] {
        var result: [String: Int] = [:]
        for row in try await registry.rows(
            """
            SELECT COALESCE(body ->> 'from', '') || '→' || (body ->> 'state'), count(*) FROM registry.event
            WHERE type = 'household.targeted.v1' GROUP BY 1
            """)
        {
            result[try row.get(0)] = Int(try row.get(1, as: Int64.self))
        }
        return result
    }
}
