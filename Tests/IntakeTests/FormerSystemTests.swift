import Cryptography
import Demo
import Documents
import Foundation
import Groundwork
import Postgres
import Profiles
import Registry
import TestKit
import Testing

@testable import Intake

/// The five files of a former system, as the demo writes them.
struct FormerSystem {
    static let steps: [(file: String, mapping: String)] = [
        ("1-areas.csv", "former_areas"), ("2-households.csv", "former_households"), ("3-people.csv", "former_people"),
        ("4-beneficiaries.csv", "former_beneficiaries"), ("5-payments.csv", "former_payments"),
    ]

    let folder: String
    let manifest: DemoManifest

    init(_ households: Int, in folder: String) throws {
        self.folder = folder
        let profile = RegistryFixture.root + "/profiles/burundi"
        let generator = try DemoGenerator(
            source: DemoSource.load(folder: profile), seed: 5, households: households, today: RegistryFixture.today)
        manifest = try generator.write(to: folder, form: DemoForm.load("former", folder: profile))
    }

    func lines(_ file: String) throws -> Int {
        try String(contentsOfFile: folder + "/" + file, encoding: .utf8).split(separator: "\n").count - 1
    }

    /// Imports one step after the other.
    @discardableResult
    func takeAll(_ fixture: ImportFixture) async throws -> [ImportReport] {
        var reports: [ImportReport] = []
        for step in Self.steps {
            reports.append(try await take(step.file, step.mapping, fixture))
        }
        return reports
    }

    func take(_ file: String, _ mapping: String, _ fixture: ImportFixture) async throws -> ImportReport {
        try await fixture.take(folder + "/" + file) { ($0.source, $0.mapping) = ("former", mapping) }
    }
}

@Suite(.serialized) struct `A former system` {
    @Test(.scratchDatabase) func `comes in file by file in its order, again without change, and goes out in reverse`()
        async throws
    {
        let fixture = try await ImportFixture.make()
        let folder = try ScratchFolder()
        let former = try FormerSystem(120, in: folder.path)

        let reports = try await former.takeAll(fixture)

        #expect(reports.flatMap(\.rules).map(\.code) == [])
        #expect(reports[0].counts.codesRegistered == (try former.lines("1-areas.csv")))
        #expect(reports[1].counts.householdsRegistered == 120)
        #expect(reports[2].counts.peopleRegistered == former.manifest.people)
        #expect(reports[3].counts.reportsRegistered == (try former.lines("4-beneficiaries.csv")))
        #expect(reports[4].counts.reportsRegistered == (try former.lines("5-payments.csv")))
        #expect(try await fixture.rowsThatDiffer() == [])
        #expect(try await fixture.registry.participationThatDiffers() == [])
        try await check(fixture, reports)

        let before = try await fixture.content()
        let records = try await fixture.number("SELECT count(*) FROM registry.source_record")
        let again = try await former.takeAll(fixture)
        #expect(again.map(\.counts.peopleRegistered) == [0, 0, 0, 0, 0])
        #expect(again[2].counts.peopleUnchanged == reports[2].counts.peopleRegistered)
        #expect(again[4].counts.reportsUnchanged == reports[4].counts.reportsRegistered)
        #expect(again[0].counts.codesUnchanged == reports[0].counts.codesRegistered)
        #expect(try await fixture.number("SELECT count(*) FROM registry.source_record") == records)
        #expect(try await fixture.content() == before)

        try await undo(reports, fixture)
    }

    /// Households with head, size and area, legacy keys, amounts in whole francs, one event for each chunk and subject.
    private func check(_ fixture: ImportFixture, _ reports: [ImportReport]) async throws {
        #expect(
            try await fixture.number("SELECT count(*) FROM registry.household WHERE head_id IS NULL OR size = 0") == 0)
        #expect(
            try await fixture.number(
                """
                SELECT count(*) FROM registry.person AS p JOIN registry.household AS h ON h.id = p.household_id
                WHERE p.area_order = h.area_order
                """) == reports[2].counts.peopleRegistered)
        #expect(
            try await fixture.number("SELECT count(*) FROM registry.identifier WHERE type = 'LEGACY'")
                == reports[2].counts.peopleRegistered)
        #expect(
            try await fixture.number("SELECT count(*) FROM registry.identifier WHERE type = 'LEGACY_HOUSEHOLD'")
                == reports[1].counts.householdsRegistered)
        #expect(
            try await fixture.number(
                """
                SELECT count(*) FROM registry.participation
                WHERE kind = 'benefit' AND amount_minor = 72000 AND currency = 'BIF' AND from_on IS NOT NULL
                    AND status IN ('paid', 'failed') AND detail ? 'round'
                """) == reports[4].counts.reportsRegistered)
        #expect(
            try await fixture.number(
                "SELECT count(*) FROM registry.event WHERE type = 'participation.reported.v1' AND subject_kind = 'household'"
            ) > 60)
        #expect(
            try await fixture.number(
                "SELECT count(DISTINCT (subject_id, subject_version)) - count(*) FROM registry.event WHERE subject_kind <> 'import'"
            ) == 0)
        #expect(
            try await fixture.number(
                "SELECT count(*) FROM registry.household WHERE version <> 1 + (SELECT count(*) FROM registry.household_past AS p WHERE p.id = household.id)"
            ) == 0)
    }

    private func undo(_ reports: [ImportReport], _ fixture: ImportFixture) async throws {
        let early = try await fixture.importer.undo(reports[1].batch, as: fixture.mandate)
        #expect(early.state == "partly_undone")
        #expect(early.householdsWithdrawn == 0)

        for report in reports.reversed() {
            let undone = try await fixture.importer.undo(report.batch, as: fixture.mandate)
            #expect(undone.state == "undone", "\(report.fileName)")
        }

        for table in ["person", "household", "membership", "identifier", "participation", "name_key"] {
            #expect(try await fixture.number("SELECT count(*) FROM registry.\(unchecked: table)") == 0, "\(table)")
        }
        #expect(
            try await fixture.number("SELECT count(*) FROM registry.area_code WHERE command_id IS NOT NULL") == 0)
        #expect(fixture.registry.context.areas.index.area("former:L100000") == nil)
    }
}

@Suite(.scratchDatabase, .serialized) struct `Rows about whom earlier files brought` {
    private func file(_ folder: String, _ name: String, _ text: String) throws -> String {
        let path = folder + "/" + name
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    private func households(_ fixture: ImportFixture, _ folder: String, source: String) async throws {
        var plain = PlainFile()
        plain.head("G1", "I1")
        plain.line("G1", "I2", ["given_name": "Jean", "sex": "male"])
        plain.head("G2", "I3")
        try plain.write(to: folder + "/plain.csv")
        try await fixture.run(folder + "/plain.csv", source: source)
    }

    @Test func `join a household whatever file brought it, and are held back where there is none`() async throws {
        let fixture = try await ImportFixture.make()
        let folder = try ScratchFolder()
        try await households(fixture, folder.path, source: "s1")
        let path = try file(
            folder.path, "people.csv",
            """
            individual_code,group_code,first_name,last_name,sex,dob,role,date_created
            I9,G1,Aimable,Niyonkuru,M,2020-02-03,SON,2026-03-01
            I10,G9,Odile,Niyonkuru,F,2020-02-03,DAUGHTER,2026-03-01
            I11,G1,Odile,Niyonkuru,F,1990-02-03,HEAD,2026-03-01
            I12,,Alone,Niyonkuru,F,1990-02-03,NOT RELATED,2026-03-01
            I9,G2,Aimable,Niyonkuru,M,2020-02-03,SON,2026-03-01

            """)

        let report = try await fixture.take(path) { ($0.source, $0.mapping) = ("s1", "former_people") }

        #expect(report.counts.peopleRegistered == 2)
        let held = try await fixture.quarantined(report.batch)
        #expect(held.map(\.line) == [3, 4, 6])
        #expect(held.flatMap(\.findings).map(\.code) == ["household.unknown", "members.head_count", "key.repeated"])
        #expect(held.allSatisfy { !($0.findings.first?.remedy ?? "").isEmpty })
        let rows = try await fixture.registry.rows(
            """
            SELECT h.size, h.version, (SELECT count(*) FROM registry.household_past AS p WHERE p.id = h.id)
            FROM registry.household AS h JOIN registry.link AS l ON l.subject_id = h.id
            JOIN registry.source_record AS r ON r.id = l.record_id AND r.source = 's1' AND r.source_key = 'G1'
            """)
        #expect(try rows[0].get(0, as: Int.self) == 3)
        #expect(try rows[0].get(1, as: Int.self) == 2)
        #expect(try rows[0].get(2, as: Int.self) == 1)

        let undone = try await fixture.importer.undo(report.batch, as: fixture.mandate)
        #expect(undone.peopleWithdrawn == 2)
        #expect(try await fixture.number("SELECT max(size) FROM registry.household") == 2)
    }

    @Test(.scratchDatabase) func `take a report from a household that turns out to be about a person`() async throws {
        let fixture = try await ImportFixture.make()
        let folder = try ScratchFolder()
        try await households(fixture, folder.path, source: "s2")
        let header = "code,benefit_plan_code,group_code,individual_code,amount,status,date_payment\n"
        for line in ["P1,CASH,G1,,72000,RECONCILED,2026-03-01", "P1,CASH,,I3,72000,RECONCILED,2026-03-01"] {
            let name = line.contains("G1") ? "one.csv" : "two.csv"
            let path = try file(folder.path, name, header + line + "\n")
            _ = try await fixture.take(path) { ($0.source, $0.mapping) = ("s2", "former_payments") }
        }

        let held = try await fixture.number("SELECT count(*) FROM registry.participation")
        let people = try await fixture.number(
            "SELECT count(*) FROM registry.participation WHERE subject_kind = 'person'")
        #expect(held == 1 && people == 1)
        #expect(try await fixture.registry.participationThatDiffers() == [])
    }

    @Test(.scratchDatabase) func `are not held back when another run took the staged rows away`() async throws {
        let fixture = try await ImportFixture.make()
        let folder = try ScratchFolder()
        try await households(fixture, folder.path, source: "s2")
        for statement: SQL in [
            """
            CREATE FUNCTION intake.lose() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN DELETE FROM intake.staged_statement; RETURN NULL; END $$
            """,
            """
            CREATE TRIGGER lose AFTER INSERT ON intake.staged_statement
            FOR EACH STATEMENT EXECUTE FUNCTION intake.lose()
            """,
        ] {
            try await fixture.registry.database.write(as: fixture.mandate) { tx in _ = try await tx.query(statement) }
        }
        let path = try file(
            folder.path, "lost.csv",
            """
            code,benefit_plan_code,group_code,individual_code,amount,status,date_payment
            P1,CASH,G1,,72000,CREATED,2026-03-01

            """)
        let fault = await #expect(throws: IntakeFault.self) {
            try await fixture.take(path) { ($0.source, $0.mapping) = ("s2", "former_payments") }
        }
        guard case .batchTaken? = fault else { return #expect(Bool(false), "\(String(describing: fault))") }
        #expect(try await fixture.number("SELECT count(*) FROM intake.quarantine") == 0)
        #expect(try await fixture.number("SELECT count(*) FROM registry.participation") == 0)
    }

    @Test func `change an earlier report of the same key, and say why a row cannot be taken`() async throws {
        let fixture = try await ImportFixture.make()
        let folder = try ScratchFolder()
        try await households(fixture, folder.path, source: "s2")
        let header = "code,benefit_plan_code,group_code,individual_code,amount,status,date_payment\n"
        let one = try file(
            folder.path, "one.csv",
            header + """
                P1,CASH,G1,,72000,CREATED,2026-03-01
                P2,CASH,,I3,36000.00,RECONCILED,2026-03-02
                P3,CASH,G1,I1,36000,RECONCILED,2026-03-02
                P4,CASH,G7,,36000,RECONCILED,2026-03-02
                P5,CASH,G2,,36000.5,RECONCILED,2026-03-02
                P9,CASH,G2,,36.000,RECONCILED,2026-03-02
                P6,CASH,G2,,36000,PERHAPS,2026-03-02
                P7,CASH,G2,,,RECONCILED,31/31/2026
                P1,CASH,G2,,36000,RECONCILED,2026-03-02

                """)
        let first = try await fixture.take(one) { ($0.source, $0.mapping) = ("s2", "former_payments") }
        #expect(first.counts.reportsRegistered == 2)
        let held = try await fixture.quarantined(first.batch)
        #expect(
            held.map { $0.findings.map(\.code) } == [
                ["participation.subject"], ["participation.unknown_household"], ["money.fraction"],
                ["money.ambiguous"], ["code.unknown"],
                ["value.missing", "date.invalid", "date.invalid"], ["key.repeated"],
            ])

        let two = try file(
            folder.path, "two.csv",
            header + """
                P1,CASH,G1,,72000,RECONCILED,2026-03-01
                P2,CASH,,I3,36000.00,RECONCILED,2026-03-02
                P8,CASH,G1,,72000,RECONCILED,2026-05-01

                """)
        let second = try await fixture.take(two) { ($0.source, $0.mapping) = ("s2", "former_payments") }

        #expect(second.counts.reportsUpdated == 1)
        #expect(second.counts.reportsUnchanged == 1)
        #expect(second.counts.reportsRegistered == 1)
        #expect(try await statuses(fixture) == ["P1 paid 72000", "P2 paid 36000", "P8 paid 72000"])
        #expect(try await fixture.registry.participationThatDiffers() == [])
        // A later change of the household keeps nobody from taking back what a programme reported.
        try await fixture.run(folder.path + "/plain.csv", source: "s3")
        let undone = try await fixture.importer.undo(second.batch, as: fixture.mandate)
        #expect(undone.state == "undone")
        #expect(try await statuses(fixture) == ["P1 due 72000", "P2 paid 36000"])
        #expect(try await fixture.registry.participationThatDiffers() == [])
    }

    private func statuses(_ fixture: ImportFixture) async throws -> [String] {
        try await fixture.registry.rows(
            """
            SELECT concat_ws(' ', item_key, status, amount_minor) FROM registry.participation
            WHERE programme = 'CASH' ORDER BY 1
            """
        ).map { try $0.get(0) }
    }

    @Test func `keep codes of areas only where there is no doubt`() async throws {
        let fixture = try await ImportFixture.make()
        let folder = try ScratchFolder()
        let areas = fixture.registry.context.areas.index
        let colline = try #require(areas.area("BI01010101"))
        let names = areas.path(to: colline).dropFirst().map(\.name).joined(separator: ",")
        let path = try file(
            folder.path, "areas.csv",
            """
            location_code,province,commune,zone,colline
            77,\(names)
            78,Gitega,Gitega,Nowhere,Nowhere at all
            77,\(names)

            """)

        let report = try await fixture.take(path) {
            ($0.source, $0.mapping, $0.parameters) = ("s4", "former_areas", ["system": "old"])
        }

        #expect(report.counts.codesRegistered == 1)
        let held = try await fixture.quarantined(report.batch)
        #expect(held.flatMap(\.findings).map(\.code) == ["area.unknown", "key.repeated"])
        #expect(fixture.registry.context.areas.index.area("old:77")?.code == "BI01010101")
        let other = try file(folder.path, "other.csv", "location_code,province\n77,Buhumuza\n")
        let taken = try await fixture.take(other) {
            ($0.source, $0.mapping, $0.parameters) = ("s4", "former_areas", ["system": "old"])
        }
        #expect(taken.rules.map(\.code) == ["area_code.taken"])
        // Installing the profile anew leaves codes alone that a file brought.
        try await fixture.registry.database.write(as: fixture.mandate) { tx in
            _ = try await ProfileInstaller(profile: fixture.registry.profile).install(in: tx)
        }
        #expect(try await fixture.number("SELECT count(*) FROM registry.area_code WHERE system = 'old'") == 1)
    }
}
