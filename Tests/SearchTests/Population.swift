import Cryptography
import Documents
import Foundation
import Groundwork
import Postgres
import Registry
import Rules
import TestKit

@testable import Search

/// Invented people and households, some of them odd, written straight into the tables.
struct Population {
    let fixture: RegistryFixture
    var random: SeededGenerator
    private(set) var people: [JSON] = []
    private(set) var households: [JSON] = []
    private var memberships: [JSON] = []
    private var identifiers: [JSON] = []
    private var participations: [JSON] = []
    private var keys: (h: [Int64], order: [Int32], person: [UUID]) = ([], [], [])
    private(set) var personIDs: [UUID] = []
    private(set) var householdIDs: [UUID] = []
    /// What is known of identifiers, for queries about them: type and value in normal form.
    private(set) var contacts: [UUID: Contacts] = [:]
    private var nextNumber = 100_000_000_000

    static let given = [
        "Jean", "Jean Claude", "Marie", "Espérance", "Aline", "Éric", "Yohani", "Goreth", "E\u{301}ric",
    ]
    static let family = ["Niyonzima", "Nyonzima", "Ndayishimiye", "Hakizimana", "Bukuru", "Nshimirimana", "Nkurunziza"]

    init(_ fixture: RegistryFixture, seed: UInt64) {
        (self.fixture, random) = (fixture, SeededGenerator(seed: seed))
    }

    mutating func pick<Element>(_ list: [Element]) -> Element {
        list[Int(random.next() % UInt64(list.count))]
    }

    mutating func chance(_ percent: Int) -> Bool { random.next() % 100 < UInt64(percent) }

    mutating func id() -> UUID {
        UUIDv7.value(
            stamp: 1_790_000_000_000 << 12 + UInt64(personIDs.count + householdIDs.count), random: random.next())
    }

    mutating func number() -> String {
        nextNumber += 7
        return String(nextNumber)
    }

    mutating func instant() -> String {
        "2026-\(pick(["01", "02", "10"]))-\(pick(["01", "02", "28"]))T\(pick(["00", "23"])):00:00.\(pick(["000000", "123456"]))Z"
    }

    mutating func household() -> UUID {
        let id = id()
        let area = chance(90) ? pick(fixture.collines) : nil
        var extras: JSONObject = [:]
        if chance(60) { extras["rooms"] = .number(JSONNumber(Int(random.next() % 6))) }
        if chance(10) { extras["rooms"] = pick(["three", .null, .bool(true), .array([])]) }
        if chance(50) { extras["land_hectares"] = .number(pick(Self.decimals)) }
        if chance(40) { extras["land_owned"] = .bool(chance(50)) }
        if chance(40) { extras["postal_code"] = .string(pick(["BI-01", "bi-01", "é", "e\u{301}", "Z'; --"])) }
        if chance(40) { extras["tenure"] = .string(pick(["owner", "tenant"])) }
        if chance(40) { extras["flags"] = .array(chance(20) ? [] : [.string(pick(["refugee_camp", "at_risk"]))]) }
        var row: JSONObject = [
            "id": .string(id.lowercased), "version": 1, "status": .string(pick(["active", "active", "inactive"])),
            "kind": .string(pick(["household", "household", "institution"])), "social_id": .string(number()),
            "size": 0, "extras": .object(extras), "origins": [:], "observed_on": .string(day()),
            "registered_at": .string(instant()), "updated_at": .string(instant()),
            "residence": .string(pick(["rural", "urban"])),
        ]
        if let area {
            row["area_id"] = .number(JSONNumber(area.id))
            row["area_order"] = .number(JSONNumber(area.preorder))
        }
        if chance(60) { row["poverty_score"] = .number(pick(Self.decimals)) }
        if chance(50) { row["due_on"] = .string(day()) }
        households.append(.object(row))
        householdIDs.append(id)
        note(id, .household)
        return id
    }

    static let decimals: [JSONNumber] = ["0", "1", "1.5", "1.50", "-3.25", "12.3456", "99"].compactMap {
        JSONNumber(text: $0)
    }

    mutating func day() -> String {
        pick(["2020-02-29", "2021-01-01", "2025-10-31", "2025-11-01", "2025-11-02", "2026-06-15"])
    }

    mutating func birthday() -> (String, String)? {
        if chance(10) { return nil }
        if chance(20) { return ("\(1940 + Int(random.next() % 80))-01-01", pick(["year", "estimated"])) }
        return (
            pick(["2000-02-29", "2008-11-01", "2008-11-02", "2008-10-31", "1961-11-01", "2026-10-31", "1984-07-02"]),
            "day"
        )
    }

    mutating func person(in household: UUID?, role: String = "member", open: Bool = true) -> UUID {
        let id = id()
        var row: JSONObject = [
            "id": .string(id.lowercased), "version": 1,
            "status": .string(pick(["active", "active", "active", "deceased", "inactive"])),
            "social_id": .string(number()), "origins": [:], "observed_on": .string(day()),
            "registered_at": .string(instant()), "updated_at": .string(instant()),
            "sex": .string(pick(["female", "male"])),
            "languages": .array(chance(50) ? [] : [.string(pick(["fra", "run"])), "swa"]),
            "flags": .array(chance(70) ? [] : [.string(pick(["pregnant", "chronic_illness"]))]),
        ]
        if chance(95) { row["given_name"] = .string(pick(Self.given)) }
        if chance(95) { row["family_name"] = .string(pick(Self.family)) }
        if let (date, precision) = birthday() {
            row["birth_date"] = .string(date)
            row["birth_precision"] = .string(precision)
        }
        if chance(60) { row["wg_seeing"] = .string(pick(["none", "some", "a_lot", "cannot"])) }
        if chance(60) { row["is_disabled"] = .bool(chance(30)) }
        if chance(50) { row["civil_status"] = .string(pick(["single", "married"])) }
        if chance(40) { row["due_on"] = .string(day()) }
        row["extras"] = chance(30) ? ["emails": .array([.string(pick(["a@x.org", "b@x.org"]))])] : [:]
        if let household, open {
            row["household_id"] = .string(household.lowercased)
            row["role"] = .string(role)
            row["relationship"] = .string(role == "head" ? "self" : pick(["spouse", "child"]))
        }
        place(&row, household)
        if let household { join(id, household, role, open: open) }
        names(id, row)
        people.append(.object(row))
        personIDs.append(id)
        note(id, .person)
        return id
    }

    private mutating func place(_ row: inout JSONObject, _ household: UUID?) {
        let home = households.first { $0["id"]?.string == household?.lowercased }
        if let area = home?["area_id"], let order = home?["area_order"] {
            row["area_id"] = area
            row["area_order"] = order
        } else if household == nil, chance(50) {
            let area = pick(fixture.collines)
            row["area_id"] = .number(JSONNumber(area.id))
            row["area_order"] = .number(JSONNumber(area.preorder))
        }
    }

    private mutating func join(_ person: UUID, _ household: UUID, _ role: String, open: Bool) {
        memberships.append([
            "household_id": .string(household.lowercased), "person_id": .string(person.lowercased),
            "valid_from": "2020-01-01", "valid_to": open ? .null : "2024-01-01", "role": .string(role),
            "is_primary": .bool(open),
        ])
    }

    private mutating func names(_ id: UUID, _ row: JSONObject) {
        for key in PersonRow.nameKeys(row, context: fixture.context) {
            keys.h.append(key)
            keys.order.append(Int32(row["area_order"]?.int ?? 0))
            keys.person.append(id)
        }
    }

    private mutating func note(_ id: UUID, _ kind: SubjectKind) {
        var held = Contacts()
        if chance(40) {
            held.identifiers.append(Identifier(type: "NID", value: String(10_000_000 + Int(random.next() % 40))))
        }
        if chance(20) { held.phones = ["+2577900000\(random.next() % 10)"] }
        contacts[id] = held
        for row in held.rows(of: Subject(kind, id), context: fixture.context) { identifiers.append(row) }
        for ordinal in 0..<Int(random.next() % 3) {
            participations.append([
                "subject_kind": .string(kind.rawValue), "subject_id": .string(id.lowercased),
                "ordinal": 0, "item_key": .string("E\(ordinal)"), "programme": .string(pick(["cash", "school"])),
                "kind": "enrolment", "status": chance(20) ? .null : .string(pick(["active", "ended"])),
                "detail": [:],
            ])
        }
    }

    /// Makes the rows: households with their people, people alone, and a few merged into others.
    mutating func fill(households count: Int, alone: Int) {
        for _ in 0..<count {
            let home = household()
            for place in 0..<Int(random.next() % 5) {
                _ = person(in: home, role: place == 0 ? "head" : "member", open: place == 0 || chance(85))
            }
        }
        for _ in 0..<alone { _ = person(in: nil) }
        // A second, secondary membership for some.
        for _ in 0..<(count / 8) { join2(pick(personIDs), pick(householdIDs)) }
    }

    private mutating func join2(_ person: UUID, _ household: UUID) {
        memberships.append([
            "household_id": .string(household.lowercased), "person_id": .string(person.lowercased),
            "valid_from": "2021-01-01", "role": "member", "is_primary": .bool(false),
        ])
    }

    func insert() async throws {
        let batch = self
        try await fixture.database.write(as: fixture.mandate) { tx in
            for (table, rows) in [
                ("household", batch.households), ("person", batch.people), ("membership", batch.memberships),
                ("identifier", batch.identifiers), ("participation", batch.participations),
            ] {
                try await tx.execute(Self.insertion(table, rows))
            }
            try await tx.execute(
                """
                UPDATE registry.household AS h SET size = n.size
                FROM (SELECT household_id, count(*) AS size FROM registry.membership WHERE valid_to IS NULL
                      GROUP BY household_id) AS n
                WHERE n.household_id = h.id
                """)
            try await tx.execute(
                """
                INSERT INTO registry.name_key (h, area_order, person_id)
                SELECT h, area_order, person_id
                FROM unnest(\(batch.keys.h), \(batch.keys.order), \(batch.keys.person)) AS k (h, area_order, person_id)
                ON CONFLICT DO NOTHING
                """)
        }
    }

    private static func insertion(_ table: String, _ rows: [JSON]) -> SQL {
        let all = JSON.array(rows)
        let columns = Set(rows.flatMap { $0.object?.keys ?? [] }).sorted().map { "\"\($0)\"" }.joined(separator: ", ")
        return """
            INSERT INTO registry.\(unchecked: table) (\(unchecked: columns))
            SELECT \(unchecked: columns)
            FROM jsonb_populate_recordset(NULL::registry.\(unchecked: table), \(JSONB(all.serialized())))
            ON CONFLICT DO NOTHING
            """
    }
}

extension Population {
    /// Marks one subject as merged into another, without moving anything.
    static func merge(_ kind: SubjectKind, _ id: UUID, into survivor: UUID, _ fixture: RegistryFixture) async throws {
        try await fixture.database.write(as: fixture.mandate) { tx in
            try await tx.execute(
                """
                UPDATE registry.\(unchecked: kind.rawValue) SET status = 'merged', merged_into = \(survivor)
                WHERE id = \(id)
                """)
            try await tx.execute("DELETE FROM registry.name_key WHERE person_id = \(id)")
        }
    }

    /// Everything in the tables, merged rows too.
    func cohort(scores: [UUID: [String: RuleRecord.Score]] = [:]) async throws -> Cohort {
        let areas = fixture.context.areas.index
        func all<Record: SearchedRecord>(_ type: Record.Type) async throws -> [Record] {
            let rows = try await fixture.rows(
                """
                SELECT \(fragment: Record.columns(of: "x"))
                FROM \(unchecked: QueryCompiler.table(Record.subject)) AS x
                """)
            return try rows.map { try Record($0, from: 0, areas: areas) }
        }
        var participation: [UUID: [Cohort.Participates]] = [:]
        for row in try await fixture.rows("SELECT subject_id, programme, status FROM registry.participation") {
            participation[try row.get(0), default: []].append(.init(programme: try row.get(1), status: try row.get(2)))
        }
        let open = try await fixture.rows(
            "SELECT household_id, person_id FROM registry.membership WHERE valid_to IS NULL")
        func entry<Record: SearchedRecord>(_ record: Record) -> Cohort.Entry<Record> {
            .init(
                record, contacts: contacts[record.uuid] ?? Contacts(),
                participation: participation[record.uuid] ?? [])
        }
        return Cohort(
            people: try await all(PersonRecord.self).map(entry),
            households: try await all(HouseholdRecord.self).map(entry),
            members: try open.map {
                (ID<Household>(try $0.get(0, as: UUID.self)), ID<Person>(try $0.get(1, as: UUID.self)))
            }, scores: scores)
    }
}
