import Audit
import Documents
import Foundation
import Groundwork
import Postgres
import Profiles
import Registry
import TestKit
import Testing

@testable import Demo
@testable import Intake

/// An importer on the suite's own database, with what tests ask of the tables.
struct ImportFixture: Sendable {
    let registry: RegistryFixture
    let importer: Importer

    static func make(on database: Database = Scratch.database) async throws -> ImportFixture {
        let registry = try await RegistryFixture.make(on: database)
        let mapping = try FileMapping(
            try #require(registry.profile.mappings["plain"]), dictionary: registry.context.dictionary)
        return ImportFixture(
            registry: registry,
            importer: Importer(
                database: database, context: registry.context, mapping: mapping, layouts: registry.profile.mappings,
                audit: AuditWriter(database: database, keys: registry.context.keys), today: { RegistryFixture.today }))
    }

    var mandate: Mandate { registry.mandate }

    @discardableResult
    func run(
        _ path: String, source: String = "survey", isDryRun: Bool = false, quarantine: String? = nil,
        progress: @escaping @Sendable (ImportProgress) -> Void = { _ in }
    ) async throws -> ImportReport {
        try await importer.run(
            ImportRequest(path: path, source: source, isDryRun: isDryRun, quarantineFile: quarantine), as: mandate,
            progress: progress)
    }

    /// Imports by another layout, or as told.
    @discardableResult
    func take(_ path: String, _ change: (inout ImportRequest) -> Void) async throws -> ImportReport {
        var request = ImportRequest(path: path, source: "survey")
        change(&request)
        return try await importer.run(request, as: mandate)
    }

    /// What builds every index of the registry.
    func indexes() async throws -> [String] {
        try await registry.rows("SELECT indexdef FROM pg_indexes WHERE schemaname = 'registry' ORDER BY 1")
            .map { try $0.get(0) }
    }

    func number(_ sql: SQL) async throws -> Int {
        try await registry.rows(sql).first?.get(0) ?? -1
    }

    func quarantined(_ batch: UUID) async throws -> [QuarantinedLine] {
        let gathered = Gathered<QuarantinedLine>()
        try await importer.quarantined(batch, as: mandate) { gathered.add($0) }
        return gathered.all
    }

    /// What the registry holds, without ids, numbers and times: one text per household with its members, sorted.
    func content() async throws -> [String] {
        let rows = try await registry.rows(
            """
            SELECT concat_ws(
                ' ', h.status, h.kind, h.residence, h.size, h.area_order, h.address, h.consent_basis, h.observed_on, h.due_on,
                h.extras,
                (SELECT string_agg(concat_ws(
                        ' ', p.status, p.given_name, p.further_names, p.family_name, p.maiden_name, p.name_normalised,
                        p.sex, p.birth_date, p.birth_precision, p.civil_status, p.languages, p.education, p.occupation,
                        p.employment, p.displacement, p.wg_seeing, p.wg_walking, p.is_disabled, p.flags, p.role,
                        p.relationship, p.recipient, p.area_order, p.consent_basis, p.extras, p.observed_on, p.due_on,
                        m.valid_from, m.valid_to, m.role, m.relationship, m.recipient, m.is_primary, m.end_reason,
                        (SELECT string_agg(i.type || encode(i.hash, 'hex'), ',' ORDER BY i.type, i.hash)
                            FROM registry.identifier AS i WHERE i.subject_id = p.id),
                        (SELECT string_agg(k.h::text || '@' || k.area_order, ',' ORDER BY k.h)
                            FROM registry.name_key AS k WHERE k.person_id = p.id)),
                    ' + ' ORDER BY m.role, p.name_normalised, p.birth_date, p.sex, p.id IS NULL)
                 FROM registry.membership AS m JOIN registry.person AS p ON p.id = m.person_id
                 WHERE m.household_id = h.id)) AS line
            FROM registry.household AS h
            ORDER BY line
            """)
        return try rows.map { try $0.get(0) }
    }
}

/// Collects from a sending closure.
final class Gathered<Element: Sendable>: @unchecked Sendable {
    // Filled by one task after the other, never by two at once.
    private(set) var all: [Element] = []
    func add(_ more: [Element]) { all += more }
}

/// A small file in the plain layout, written column by column.
struct PlainFile {
    static let columns: [String] = [
        "household_key", "person_key", "given_name", "further_names", "family_name", "maiden_name", "sex", "birth_date",
        "birth_precision", "age", "relationship", "role", "recipient", "identifiers", "phones", "languages",
        "civil_status", "wg_seeing", "area_code", "residence", "consent_basis", "observed_on", "rooms", "walls",
        "land_owned", "land_hectares",
    ]
    var lines: [[String: String]] = []

    mutating func head(_ household: String, _ person: String, _ cells: [String: String] = [:]) {
        line(
            household, person,
            [
                "role": "head", "relationship": "head", "area_code": "BI01010101", "residence": "rural",
                "consent_basis": "consent", "observed_on": "2026-02-01",
            ].merging(cells) { $1 })
    }

    mutating func line(_ household: String, _ person: String, _ cells: [String: String] = [:]) {
        lines.append(
            [
                "household_key": household, "person_key": person, "given_name": "Aline", "family_name": "Niyonkuru",
                "sex": "female", "birth_date": "1990-05-17", "role": "member",
            ].merging(cells) { $1 })
    }

    func write(to path: String) throws {
        var writer = CSVWriter(lineEnd: .lf)
        writer.row(Self.columns)
        for line in lines { writer.row(Self.columns.map { line[$0] ?? "" }) }
        try Data(writer.take()).write(to: URL(fileURLWithPath: path))
    }
}

extension ImportFixture {
    var mappingJSON: JSON? { registry.profile.mappings["plain"] }

    /// Subjects whose stored row is not what their statements give; sealed columns carry a nonce and are left out.
    func rowsThatDiffer() async throws -> [String] {
        let context = registry.context
        return try await registry.database.read(as: mandate) { tx in
            var differing: [String] = []
            let people = try await tx.query(
                """
                SELECT id, version, social_id, registered_at, updated_at, area_id, to_jsonb(p) - 'sealed'
                FROM registry.person AS p
                """)
            let loaded = try await context.records.load(
                people.map { Subject(.person, try $0.get(0, as: UUID.self)) }, in: tx)
            for row in people {
                let id = ID<Person>(try row.get(0, as: UUID.self))
                let view = context.survivorship.person(
                    id, records: loaded.records[.person(id)] ?? [], householdOf: { loaded.households[$0] })
                let area: Int32? = try row.get(5)
                let state = PersonState(
                    view: try #require(view), area: area.flatMap { context.areas.index[Int($0)] })
                let json = PersonRow.json(state, head: try head(row), context: context)
                let same = try await tx.query(
                    """
                    SELECT to_jsonb(jsonb_populate_record(NULL::registry.person, \(JSONB(json.serialized())))) - 'sealed'
                        = \(try row.get(6, as: JSONB.self))
                    """)
                if try !(same.first?.get(0, as: Bool.self) ?? false) { differing.append("person \(id)") }
            }
            return differing
        }
    }

    private func head(_ row: Row) throws -> RowHead {
        RowHead(
            version: try row.get(1), socialID: try row.get(2), registeredAt: Instant.text(try row.get(3)),
            updatedAt: Instant.text(try row.get(4)))
    }
}
