import Documents
import Foundation
import Groundwork
import Postgres
import Profiles
import Registry
import Search
import TestKit
import Testing

@testable import Intake

/// Everything written out kind by kind, and read again.
@Suite(.serialized) struct `What is exported kind by kind` {
    private static let kinds: [ExportRequest.Content] = [.households, .people, .participation]

    private func write(
        _ fixture: ImportFixture, _ request: ExportRequest, to path: String
    ) async throws -> [String] {
        let exporter = Exporter(
            database: fixture.registry.database, context: fixture.registry.context, mapping: fixture.importer.mapping,
            layouts: fixture.registry.profile.mappings)
        let gathered = Gathered<UInt8>()
        let count = try await exporter.export(request, as: fixture.mandate) { gathered.add($0) }
        try Data(gathered.all).write(to: URL(fileURLWithPath: path))
        let lines = String(decoding: gathered.all, as: UTF8.self).split(separator: "\n").map(String.init)
        #expect(lines.count == count + (request.form == .csv ? 1 : 0))
        return lines
    }

    private func files(_ fixture: ImportFixture, in folder: String) async throws {
        for kind in Self.kinds {
            _ = try await write(
                fixture, ExportRequest(form: .csv, content: kind), to: folder + "/\(kind.rawValue).csv")
        }
    }

    private func takeBack(_ fixture: ImportFixture, from folder: String) async throws -> [ImportReport] {
        var reports: [ImportReport] = []
        for kind in Self.kinds {
            reports.append(
                try await fixture.take("\(folder)/\(kind.rawValue).csv") {
                    ($0.source, $0.mapping) = ("export", "registry_" + kind.rawValue)
                })
        }
        return reports
    }

    /// A registry with somebody alone, an inactive household, verified identifiers and reports of programmes.
    private func fill(_ fixture: ImportFixture, _ folder: String) async throws {
        _ = try Samples.demo(40, broken: 0, in: folder)
        try await fixture.run(folder + "/registry.csv", source: "first")
        let registry = fixture.registry
        let alone = try await registry.perform(.registerPerson(RegistryFixture.person()))
        let person = try #require(alone.people.first)
        let area = try #require(registry.collines.first)
        try await registry.perform(
            .updatePerson(
                person,
                claims: ["area": .string(area.reference), "education": "none", "consent_on": "2026-01-31"],
                contacts: Contacts(
                    identifiers: [
                        Identifier(
                            type: "NID", value: "55501010299", verifiedOn: RegistryFixture.today,
                            verifiedHow: "document_seen")
                    ], phones: ["+25779111222"])))
        let homes = try await registry.rows("SELECT id FROM registry.household ORDER BY id LIMIT 3")
        let ids = try homes.map { ID<Household>(try $0.get(0, as: UUID.self)) }
        try await registry.perform(
            .updateHousehold(
                ids[2], claims: ["flags": ["batwa", "albinism"], "consent_on": "2026-01-30"], contacts: Contacts()))
        try await registry.perform(.deactivate(.household(ids[0]), reason: "withdrawn"))
        let items = (1...3).map { round in
            Participation(
                programme: "CASH", kind: round == 1 ? .enrolment : .benefit, key: "K\(round)", status: "active",
                from: RegistryFixture.today.adding(days: -40 * round),
                amount: round == 1 ? nil : Money(minorUnits: 72_000, currency: "BIF"),
                detail: ["round": .string(String(round))])
        }
        try await registry.perform(.reportParticipation(.household(ids[1]), items))
        try await registry.perform(.reportParticipation(.person(person), items))
    }

    @Test(.scratchDatabase) func `comes back to the same registry without a trace`() async throws {
        let fixture = try await ImportFixture.make()
        let folder = try ScratchFolder()
        try await fill(fixture, folder.path)
        try await files(fixture, in: folder.path)
        let before = try await state(fixture)

        let reports = try await takeBack(fixture, from: folder.path)

        #expect(reports.flatMap(\.rules).map(\.code) == [])
        #expect(reports.map(\.counts.rowsQuarantined) == [0, 0, 0])
        #expect(reports[0].counts.householdsUnchanged == 40)
        #expect(reports[1].counts.peopleUnchanged == (try await fixture.number("SELECT count(*) FROM registry.person")))
        #expect(reports[2].counts.reportsUnchanged == 6)
        #expect(try await state(fixture) == before)
    }

    /// Rows of every table of views and statements, versions included.
    private func state(_ fixture: ImportFixture) async throws -> [String] {
        let rows = try await fixture.registry.rows(
            """
            SELECT to_jsonb(t)::text FROM registry.person AS t
            UNION ALL SELECT to_jsonb(t)::text FROM registry.household AS t
            UNION ALL SELECT to_jsonb(t)::text FROM registry.membership AS t
            UNION ALL SELECT to_jsonb(t)::text FROM registry.identifier AS t
            UNION ALL SELECT to_jsonb(t)::text FROM registry.participation AS t
            UNION ALL SELECT t.id::text FROM registry.source_record AS t
            ORDER BY 1
            """)
        return try rows.map { try $0.get(0) }
    }

    @Test(.scratchDatabase) func `changes what was edited, once, and nothing when it is sent again`() async throws {
        let fixture = try await ImportFixture.make()
        let folder = try ScratchFolder()
        try await fill(fixture, folder.path)
        try await files(fixture, in: folder.path)
        let path = folder.path + "/people.csv"
        var rows = CSVReader.rows(of: Array(try Data(contentsOf: URL(fileURLWithPath: path)))).map(\.texts)
        let header = rows[0]
        func place(_ column: String) throws -> Int { try #require(header.firstIndex(of: column)) }
        let (name, key, home, due) = (
            try place("given_name"), try place("person_key"), try place("household_key"), try place("due_on")
        )
        #expect(rows.dropFirst().allSatisfy { $0[due].hasPrefix("202") })
        let (edited, renewed) = (
            try #require(rows.indices.dropFirst().first { !rows[$0][home].isEmpty }),
            try #require(rows.indices.last { !rows[$0][home].isEmpty })
        )
        rows[edited][name] = "Otherwise"
        rows[renewed][due] = "2031-05-31"
        var writer = CSVWriter(lineEnd: .lf)
        for row in rows { writer.row(row) }
        try Data(writer.take()).write(to: URL(fileURLWithPath: path))
        let records = try await fixture.number("SELECT count(*) FROM registry.source_record")

        let first = try await fixture.take(path) { ($0.source, $0.mapping) = ("export", "registry_people") }

        #expect(first.unknownColumns == [])
        #expect(first.counts.peopleUpdated == 2)
        let stated = try await fixture.registry.rows(
            """
            SELECT source_key, claims::text FROM registry.source_record
            WHERE batch_id = \(first.batch) AND household_record IS NULL AND membership IS NULL
            """)
        var claims: [String: String] = [:]
        for row in stated { claims[try row.get(0)] = try row.get(1) }
        #expect(
            claims == [
                rows[edited][key]: #"{"given_name": "Otherwise"}"#,
                rows[renewed][key]: #"{"recertified_on": "2028-05-31"}"#,
            ])
        let before = try await state(fixture)
        let second = try await fixture.take(path) { ($0.source, $0.mapping) = ("export", "registry_people") }
        #expect(second.counts.peopleUpdated == 0)
        #expect(try await state(fixture) == before)
        #expect(try await fixture.number("SELECT count(*) FROM registry.source_record") == records + 2)
        #expect(
            try await fixture.number("SELECT count(*) FROM registry.person WHERE due_on = '2031-05-31'") == 1)
    }

    @Test(.scratchDatabase) func `makes the same registry in a fresh database`() async throws {
        let fixture = try await ImportFixture.make()
        let folder = try ScratchFolder()
        try await fill(fixture, folder.path)
        try await files(fixture, in: folder.path)
        let sums: SQL = """
            SELECT concat_ws(' ', count(*), count(household_id), count(*) FILTER (WHERE status = 'inactive'),
                (SELECT count(*) FROM registry.household), (SELECT sum(size) FROM registry.household),
                (SELECT count(head_id) FROM registry.household),
                (SELECT count(*) FROM registry.household WHERE status = 'inactive'),
                (SELECT count(*) FROM registry.identifier), (SELECT sum(amount_minor) FROM registry.participation),
                (SELECT count(*) FROM registry.participation), (SELECT count(*) FROM registry.name_key),
                sum(area_order), count(education), count(consent_on), count(due_on),
                sum(due_on - date '2020-01-01'),
                (SELECT concat_ws(' ', count(consent_on), count(due_on), sum(due_on - date '2020-01-01'),
                    count(*) FILTER (WHERE extras -> 'flags' = '["batwa", "albinism"]')) FROM registry.household))
            FROM registry.person
            """
        let before: String = try #require(try await fixture.registry.rows(sums).first?.get(0))

        let after: String? = try await Scratch.withFresh { database in
            let fresh = try await ImportFixture.make(on: database)
            let reports = try await takeBack(fresh, from: folder.path)
            #expect(reports.flatMap(\.rules).map(\.code) == [])
            return try await fresh.registry.rows(sums).first?.get(0)
        }

        #expect(after == before)
    }

    @Test(.scratchDatabase) func `holds everybody, and history every statement`() async throws {
        let fixture = try await ImportFixture.make()
        let folder = try ScratchFolder()
        try await fill(fixture, folder.path)
        let path = folder.path + "/out"
        let people = try await fixture.number("SELECT count(*) FROM registry.person")
        let records = try await fixture.number("SELECT count(*) FROM registry.source_record")

        #expect(try await write(fixture, ExportRequest(form: .ndjson), to: path).count == people)
        let homes = try await write(fixture, ExportRequest(form: .ndjson, content: .households), to: path)
        #expect(homes.count == 40)
        #expect(homes.count { $0.contains("\"status\":\"inactive\"") } == 1)
        let reports = try await write(fixture, ExportRequest(form: .ndjson, content: .participation), to: path)
        #expect(reports.count == 6)
        #expect(reports.count { $0.contains("\"amount_minor\":72000,\"currency\":\"BIF\"") } == 4)
        let history = try await write(fixture, ExportRequest(form: .ndjson, content: .history), to: path)
        #expect(history.count == records)
        #expect(history.contains { $0.contains("55501010299") })
        #expect(try await write(fixture, ExportRequest(form: .csv, content: .history), to: path).count == records + 1)
        let area = try #require(fixture.registry.context.areas.index.area("BI01"))
        let there = try await write(
            fixture, ExportRequest(form: .csv, content: .people, area: area), to: path)
        let living = try await fixture.number(
            "SELECT count(*) FROM registry.person WHERE area_order BETWEEN \(area.preorder) AND \(area.lastPreorder)")
        #expect(there.count == living + 1)
        let men = ExportRequest.Chosen(
            .person, .compare(.person("sex"), .eq, .text("male")), today: RegistryFixture.today)
        let chosen = try await write(fixture, ExportRequest(form: .csv, content: .people, chosen: men), to: path)
        #expect(
            chosen.count == (try await fixture.number("SELECT count(*) FROM registry.person WHERE sex = 'male'")) + 1)
        let own = try await write(
            fixture, ExportRequest(form: .csv, content: .participation, chosen: men), to: path)
        #expect(own.count >= 1)
    }
}
