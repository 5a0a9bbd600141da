import Foundation
import Groundwork
import Linkage
import Registry
import TestKit

@testable import Postgres
@testable import Search

/// 20,000 people in 4,000 households, made by the server itself, for looking at plans.
enum LargePopulation {
    static let given = (0..<40).map { "Given" + word($0) }
    static let family = (0..<250).map { "Family" + word($0) }
    static let people = 20_000

    /// Letters only, so that every name sounds different.
    static func word(_ number: Int) -> String {
        let letters = Array("bdfgkmnprstz")
        return String([
            letters[number % 12], "a", letters[number / 12 % 12], "o", letters[number / 144 % 12], "e",
        ])
    }

    static func nid(_ person: Int) -> String { String(10_000_000 + person) }
    static func socialID(_ person: Int) -> String { String(500_000_000_000 + person) }

    static func make(_ fixture: RegistryFixture) async throws {
        let areas = fixture.collines.prefix(500)
        let numbers = Array(1...people)
        let hashes = numbers.map { fixture.context.identifierHash(type: "NID", value: nid($0)) }
        var keys: (given: [Int32], family: [Int32], h: [Int64]) = ([], [], [])
        for (g, first) in given.enumerated() {
            for (f, last) in family.enumerated() {
                for h in fixture.context.names.keys(given: first, family: last) {
                    keys.given.append(Int32(g))
                    keys.family.append(Int32(f))
                    keys.h.append(h)
                }
            }
        }
        let rows = keys
        try await fixture.database.write(as: fixture.mandate) { tx in
            try await tx.execute(
                """
                CREATE TEMPORARY TABLE place ON COMMIT DROP AS
                SELECT ordinality::int - 1 AS place, id, preorder
                FROM unnest(\(areas.map { Int32($0.id) }), \(areas.map { Int32($0.preorder) }))
                    WITH ORDINALITY AS a (id, preorder, ordinality)
                """)
            try await tx.execute(
                """
                INSERT INTO registry.household (
                    id, version, status, kind, social_id, size, area_id, area_order, poverty_score, observed_on,
                    registered_at, updated_at)
                SELECT ('00000000-0000-7000-9000-' || lpad(g.n::text, 12, '0'))::uuid, 1, 'active', 'household',
                    (600000000000 + g.n)::text, 5, place.id, place.preorder, (g.n % 1000) / 10.0, '2026-01-01',
                    timestamptz '2026-01-01' + g.n * interval '1 minute', timestamptz '2026-01-01' + g.n * interval '1 minute'
                FROM generate_series(1, \(people / 5)::int) AS g (n) JOIN place ON place.place = g.n % \(areas.count)::int
                """)
            try await tx.execute(
                """
                INSERT INTO registry.person (
                    id, version, status, social_id, given_name, family_name, sex, birth_date, birth_precision,
                    household_id, role, area_id, area_order, observed_on, registered_at, updated_at)
                SELECT ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 1, 'active',
                    (500000000000 + n)::text, (\(given))[n % 40 + 1], (\(family))[n / 40 % 250 + 1],
                    CASE n % 2 WHEN 0 THEN 'female' ELSE 'male' END, date '1940-01-01' + n, 'day',
                    h.id, CASE n % 5 WHEN 0 THEN 'head' ELSE 'member' END, h.area_id, h.area_order, '2026-01-01',
                    h.registered_at, h.updated_at
                FROM generate_series(1, \(people)::int) AS n
                JOIN registry.household AS h
                    ON h.id = ('00000000-0000-7000-9000-' || lpad(((n - 1) / 5 + 1)::text, 12, '0'))::uuid
                """)
            try await tx.execute(
                """
                INSERT INTO registry.membership (household_id, person_id, valid_from, role, is_primary)
                SELECT household_id, id, '2020-01-01', role, true FROM registry.person
                """)
            try await tx.execute(
                """
                INSERT INTO registry.identifier (type, hash, subject_kind, subject_id, last4, sealed)
                SELECT 'NID', hash, 'person', ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, '', ''
                FROM unnest(\(hashes)) WITH ORDINALITY AS a (hash, n)
                """)
            try await tx.execute(
                """
                INSERT INTO registry.name_key (h, area_order, person_id)
                SELECT k.h, p.area_order, p.id
                FROM unnest(\(rows.given), \(rows.family), \(rows.h)) AS k (g, f, h)
                JOIN registry.person AS p
                    ON p.given_name = (\(given))[k.g + 1] AND p.family_name = (\(family))[k.f + 1]
                """)
            for table in ["person", "household", "membership", "identifier", "name_key"] {
                try await tx.execute("ANALYZE registry.\(unchecked: table)")
            }
        }
    }

    /// The plan for these values, and the plan that serves all values.
    static func plans(_ statement: SQL, _ fixture: RegistryFixture) async throws -> [String] {
        let types = statement.slots.map { "\($0.type)::oid::regtype::text" }.joined(separator: ", ")
        let nulls = statement.slots.map { _ in "NULL" }.joined(separator: ", ")
        var names = ""
        if !types.isEmpty {
            names = try await fixture.rows(SQL(unchecked: "SELECT concat_ws(', ', \(types))")).first?.get(0) ?? ""
        }
        let declared = names.isEmpty ? "" : " (\(names))"
        let prepared = SQL(unchecked: "PREPARE hot\(declared) AS \(statement.text)")
        let execute = SQL(unchecked: "EXPLAIN EXECUTE hot" + (nulls.isEmpty ? "" : " (\(nulls))"))
        return try await fixture.database.withConnection { connection in
            let custom = try await connection.query("EXPLAIN \(fragment: statement)")
            _ = try await connection.query("SET plan_cache_mode = force_generic_plan")
            _ = try await connection.query(prepared)
            let generic = try await connection.query(execute)
            _ = try await connection.query("DEALLOCATE hot")
            _ = try await connection.query("RESET plan_cache_mode")
            return try [custom, generic].map { rows in
                try rows.map { row in try row.get(0, as: String.self) }.joined(separator: "\n")
            }
        }
    }
}
