import Documents
import Foundation
import Groundwork
import Linkage
import Postgres
import Profiles
import Registry
import TestKit
import Testing

@testable import Demo
@testable import Intake

@Suite(.scratchDatabase) struct `A mapping` {
    /// Whatever an expression makes of a row of cells, and the codes of what it refuses.
    private func value(
        _ expression: JSON, _ cells: [String: String], type: String = "text", list: String? = nil
    ) async throws -> (text: String?, codes: [String]) {
        let context = try await RegistryFixture.make().context
        var reader = ExpressionReader(
            dictionary: context.dictionary, tables: ["sex": WordTable([("1", "male"), ("Féminin", "female")])],
            parameters: ["day"])
        let found = reader.read(expression, at: .root)
        let read = try #require(found)
        #expect(reader.findings.isEmpty)
        let names = cells.keys.sorted()
        let mapping = try FileMapping(Self.plain, dictionary: context.dictionary)
        var csv = CSVWriter(lineEnd: .lf)
        csv.row(names)
        csv.row(names.map { cells[$0] ?? "" })
        let bytes = csv.take()
        let header = try FileHeader(
            prefix: bytes, isWhole: true, separator: UInt8(ascii: ","), format: .text, mapping: mapping)
        let compiler = ExpressionCompiler(
            header: header, dictionary: context.dictionary,
            areas: AreaResolver(index: context.areas.index, names: context.names.normaliser),
            parameters: ["day": "2026-01-31"])
        var row = ReadRow(line: 2, offset: 0, raw: [])
        let text = compiler.feed(read, field: "x")(CSVReader.rows(of: bytes)[1], &row)
        return (text, row.findings.map(\.code))
    }

    /// A layout without required columns.
    private static let plain: JSON = [
        "code": "test",
        "columns": [
            ["column": "h", "subject": "household", "attribute": "source_key", "type": "text"],
            ["column": "p", "subject": "person", "attribute": "source_key", "type": "text"],
            ["column": "r", "subject": "membership", "attribute": "role", "type": "code"],
        ],
    ]

    private struct Case: Sendable {
        var expression: JSON
        var cells: [String: String]
        var text: String?
        var codes: [String] = []
    }

    private static let cases: [Case] = [
        Case(expression: "a", cells: ["a": " Jean "], text: "Jean"),
        Case(expression: "b", cells: ["a": "x"], text: nil),
        Case(expression: ["column": ["b", "a"]], cells: ["a": "x"], text: "x"),
        Case(expression: ["constant": "c"], cells: ["a": "x"], text: "c"),
        Case(expression: ["parameter": "day"], cells: ["a": "x"], text: "2026-01-31"),
        Case(expression: ["join": ["a", "b", "c"]], cells: ["a": "x", "b": "", "c": "z"], text: "x z"),
        Case(expression: ["join": ["a", "b"], "with": "|"], cells: ["a": "", "b": ""], text: nil),
        Case(expression: ["coalesce": ["a", "b"]], cells: ["a": "", "b": "y"], text: "y"),
        Case(expression: ["squeeze": "a"], cells: ["a": " x   y\u{A0}z "], text: "x y z"),
        Case(expression: ["case": "title", "of": "a"], cells: ["a": "N'DAYI jean-paul"], text: "N'dayi Jean-Paul"),
        Case(expression: ["case": "upper", "of": "a"], cells: ["a": "é"], text: "É"),
        Case(expression: ["replace": [["o", "0"], ["-", ""]], "in": "a"], cells: ["a": "1o-2"], text: "102"),
        Case(expression: ["part": "a", "take": "first"], cells: ["a": "Jean Paul"], text: "Jean"),
        Case(expression: ["part": "a", "take": "all_but_first"], cells: ["a": "Jean Paul II"], text: "Paul II"),
        Case(expression: ["part": "a", "at": "/", "take": 2], cells: ["a": "x/y/z"], text: "y"),
        Case(expression: ["part": "a", "at": "/", "take": 5], cells: ["a": "x/y/z"], text: nil),
        Case(expression: ["keep": "digits", "of": "a"], cells: ["a": "No 12-3"], text: "123"),
        Case(expression: ["pad": "a", "to": 6], cells: ["a": "123"], text: "000123"),
        Case(expression: ["table": "sex", "of": "a"], cells: ["a": "FEMININ"], text: "female"),
        Case(expression: ["table": "sex", "of": "a"], cells: ["a": "9"], text: nil, codes: ["code.unknown"]),
        Case(expression: ["table": ["x": "y"], "of": "a", "else": "keep"], cells: ["a": "9"], text: "9"),
        Case(expression: ["table": ["x": "y"], "of": "a", "else": "nothing"], cells: ["a": "9"], text: nil),
        Case(expression: ["date": "a", "forms": ["DD/MM/YYYY"]], cells: ["a": "5/3/1990"], text: "1990-03-05"),
        Case(
            expression: ["date": "a", "forms": ["YYYY-MM-DD*"]], cells: ["a": "1990-03-05T10:00"], text: "1990-03-05"),
        Case(expression: ["date": "a", "forms": ["MM/YYYY", "YYYY"]], cells: ["a": "03/1990"], text: "1990-03"),
        Case(expression: ["date": "a", "forms": ["MM/YYYY", "YYYY"]], cells: ["a": "1990"], text: "1990"),
        Case(expression: ["date": "a", "forms": ["YYYYMMDD"]], cells: ["a": "19900305"], text: "1990-03-05"),
        Case(expression: ["date": "a", "forms": ["serial"]], cells: ["a": "36526"], text: "2000-01-01"),
        Case(expression: ["date": "a", "forms": ["serial"]], cells: ["a": "1"], text: "1900-01-01"),
        Case(expression: ["date": "a", "forms": ["serial1904"]], cells: ["a": "36526"], text: "2004-01-02"),
        Case(
            expression: ["date": "a", "forms": ["DD/MM/YYYY"]], cells: ["a": "31/02/1990"], text: nil,
            codes: ["date.invalid"]),
        Case(expression: ["date": "a", "forms": ["YYYY"], "else": "nothing"], cells: ["a": "?"], text: nil),
        Case(expression: ["phone": "a"], cells: ["a": "79 12 34 56"], text: "+25779123456"),
        Case(expression: ["phone": "a"], cells: ["a": "12"], text: nil, codes: ["phone.malformed"]),
        Case(expression: ["number": "a", "decimal": ","], cells: ["a": "1 234,50"], text: "1234.50"),
        Case(expression: ["number": "a", "whole": true], cells: ["a": "3.0"], text: "3"),
        Case(expression: ["number": "a", "decimal": ",", "whole": true], cells: ["a": "3.0"], text: "3"),
        Case(expression: ["number": "a", "decimal": ","], cells: ["a": "1.234"], text: "1234"),
        Case(expression: ["number": "a"], cells: ["a": "1,234.5"], text: "1234.5"),
        Case(expression: ["identifier": ["type": "NID", "of": "a"]], cells: ["a": "12/34"], text: "NID:12/34"),
        Case(
            expression: ["if": ["is": "a", "in": ["Oui"]], "then": ["constant": "x"], "else": "b"],
            cells: ["a": "OUI", "b": "y"], text: "x"),
        Case(
            expression: [
                "if": ["all": [["filled": "a"], ["not": ["matches": "b", "pattern": "^[0-9]+$"]]]], "then": "a",
            ],
            cells: ["a": "x", "b": "7"], text: nil),
        Case(
            expression: ["if": ["any": [["empty": "a"], ["is": "b", "in": ["7"]]]], "then": "b"],
            cells: ["a": "x", "b": "7"], text: "7"),
        Case(expression: ["area": ["code": "a"]], cells: ["a": "BI01010101"], text: "bi-2023:BI01010101"),
        Case(
            expression: ["area": ["code": "a", "system": "tburundigeo"]], cells: ["a": "BI-PR-01"], text: "bi-2023:BI01"
        ),
        Case(
            expression: ["area": ["path": ["p", "c"], "geography": "bi-former"]],
            cells: ["p": "BUBANZA", "c": "Gihanga"], text: "bi-former:BF0102"),
        Case(expression: ["area": ["code": "a"]], cells: ["a": "?"], text: nil, codes: ["area.unknown"]),
        Case(expression: ["area": ["code": "a"], "else": "nothing"], cells: ["a": "?"], text: nil),
    ]

    @Test(arguments: cases.indices) func `makes values of cells`(index: Int) async throws {
        let test = Self.cases[index]

        let (text, codes) = try await value(test.expression, test.cells)

        #expect(text == test.text)
        #expect(codes == test.codes)
    }

    @Test func `makes the same key of the same cells, whatever their case`() async throws {
        let digest: JSON = ["digest": ["a", "b"]]
        let one = try await value(digest, ["a": "Jean", "b": "1990"]).text
        #expect(one?.count == 32)
        #expect(try await value(digest, ["a": "JEAN", "b": "1990"]).text == one)
        #expect(try await value(digest, ["a": "Jean1", "b": "990"]).text != one)
    }

    /// A mistake and the place that its finding names.
    private static let mistakes: [(value: JSON, attribute: String, type: String, place: String, code: String)] = [
        (["uppercase": "a"], "given_name", "text", "columns/3/value", "mapping.expression"),
        (["join": ["a", ["nope": 1]]], "given_name", "text", "columns/3/value/join/1", "mapping.expression"),
        (["date": "a", "forms": ["DD/MM/YY"]], "birth_date", "date", "columns/3/value/forms/0", "mapping.expression"),
        (["table": "none", "of": "a"], "sex", "code", "columns/3/value/table", "mapping.expression"),
        (["parameter": "none"], "given_name", "text", "columns/3/value/parameter", "mapping.expression"),
        (
            ["identifier": ["type": "XX", "of": "a"]], "identifiers", "identifiers", "columns/3/value/identifier/type",
            "mapping.expression"
        ),
        (["if": ["is": "a"], "then": "a"], "given_name", "text", "columns/3/value/if/in", "mapping.expression"),
        (["case": "loud", "of": "a"], "given_name", "text", "columns/3/value/case", "mapping.expression"),
        (["phone": "a", "mode": "x"], "phones", "phones", "columns/3/value/mode", "mapping.expression"),
        (["table": ["1": "malle"], "of": "a"], "sex", "code", "columns/3/value", "mapping.code"),
        (["constant": "q"], "sex", "code", "columns/3/value", "mapping.code"),
        (["date": "a", "forms": ["YYYY"]], "sex", "code", "columns/3/value", "mapping.type"),
        ("a", "shoe_size", "text", "columns/3/attribute", "mapping.attribute"),
        ("a", "sex", "text", "columns/3/type", "mapping.type"),
        ("a", "birth_year", "integer", "columns/3/type", "mapping.type"),
    ]

    @Test(arguments: mistakes.indices) func `with a mistake names the place in the document`(index: Int) async throws {
        let mistake = Self.mistakes[index]
        let dictionary = try await RegistryFixture.make().context.dictionary
        var columns = Self.plain["columns"]?.array ?? []
        columns.append([
            "subject": "person", "attribute": .string(mistake.attribute), "type": .string(mistake.type),
            "value": mistake.value, "list": mistake.attribute == "sex" ? "sex" : "language",
        ])

        let findings = Self.findings(["code": "test", "columns": .array(columns)], dictionary)

        #expect(findings.map(\.code) == [mistake.code])
        #expect(findings.first?.path.steps.joined(separator: "/") == mistake.place)
    }

    private static func findings(_ json: JSON, _ dictionary: AttributeDictionary) -> [Finding] {
        do {
            _ = try FileMapping(json, dictionary: dictionary)
            return []
        } catch {
            switch error {
            case .mapping(let findings): return findings
            default: return []
            }
        }
    }

    @Test(arguments: ["\"", "é", "x", "7", "\n"]) func `whose separator cannot part cells is refused`(sign: String)
        async throws
    {
        let context = try await RegistryFixture.make().context
        var document = Self.plain.object ?? [:]
        document["separator"] = .string(sign)
        let fault = #expect(throws: IntakeFault.self) {
            try FileMapping(.object(document), dictionary: context.dictionary)
        }
        guard case .mapping(let findings)? = fault else { return #expect(Bool(false)) }
        #expect(findings.map(\.path.dotted) == ["separator"])
    }

    @Test(arguments: [
        (["minimum": 9, "maximum": 3] as JSONObject, "columns/0/minimum"),
        (["digits": 40] as JSONObject, "columns/0/digits"),
    ])
    func `whose numbers contradict one another is refused`(change: JSONObject, place: String) async throws {
        let dictionary = try await RegistryFixture.make().context.dictionary
        var columns = Self.plain["columns"]?.array ?? []
        var column = columns.first?.object ?? [:]
        for (name, value) in change { column[name] = value }
        columns[0] = .object(column)

        let findings = Self.findings(["code": "test", "columns": .array(columns)], dictionary)

        #expect(findings.map { $0.path.steps.joined(separator: "/") } == [place])
        #expect(findings.map(\.code) == ["mapping.range"])
    }

    @Test func `of the profile is sound`() async throws {
        let fixture = try await RegistryFixture.make()
        for (code, json) in fixture.profile.mappings {
            #expect(throws: Never.self, "\(code)") { try FileMapping(json, dictionary: fixture.context.dictionary) }
        }
        #expect(Set(fixture.profile.mappings.keys).isSuperset(of: ["plain", "openimis", "merankabandi"]))
    }
}

@Suite(.scratchDatabase, .serialized) struct `A file of another layout` {
    @Test func `of openIMIS is read with what the file does not say`() async throws {
        let fixture = try await ImportFixture.make()
        let folder = try ScratchFolder()
        let path = folder.path + "/groups.csv"
        try """
        first_name,last_name,dob,location_name,location_code,individual_role,recipient_info,group_code
        Odette,Niyonzima,1984-03-09,,BI01010101,HEAD,1,G7
        Pascal,Bukuru,1980-11-30,,BI01010101,SPOUSE,1,G7
        Divine,Bukuru,2016-06-02,,somewhere else,DAUGHTER,1,G7
        Eric,Nduwimana,12/05/1971,,BI01010102,HEAD,0,G8
        Sonia,Irakoze,1999-01-20,,BI01010102,,,
        Yves,Kwizera,2001-07-07,,BI01010101,CHIEF,0,G9

        """.write(toFile: path, atomically: true, encoding: .utf8)

        await #expect(throws: IntakeFault.self) {
            try await fixture.take(path) { ($0.source, $0.mapping) = ("mis", "openimis") }
        }
        let report = try await fixture.take(path) {
            ($0.source, $0.mapping, $0.parameters) = ("mis", "openimis", ["observed_on": "2026-01-31"])
        }

        let held = try await fixture.quarantined(report.batch)
        #expect(held.map(\.line) == [7])
        #expect(held.flatMap(\.findings).map(\.code).contains("code.unknown"))
        #expect(report.counts.householdsRegistered == 3)
        #expect(report.counts.peopleRegistered == 5)
        let rows = try await fixture.registry.rows(
            """
            SELECT concat_ws(' ', p.given_name, p.sex, p.birth_date, p.role, p.relationship, p.recipient, p.consent_basis,
                p.observed_on)
            FROM registry.person AS p JOIN registry.link AS l ON l.subject_id = p.id
            JOIN registry.source_record AS r ON r.id = l.record_id AND r.batch_id = \(report.batch)
            ORDER BY p.given_name
            """)
        #expect(
            try rows.map { try $0.get(0, as: String.self) } == [
                "Divine female 2016-06-02 member daughter public_task 2026-01-31",
                "Eric unknown 1971-05-12 head head public_task 2026-01-31",
                "Odette unknown 1984-03-09 head head first public_task 2026-01-31",
                "Pascal unknown 1980-11-30 member spouse alternate public_task 2026-01-31",
                "Sonia unknown 1999-01-20 head public_task 2026-01-31",
            ])
        let again = try await fixture.take(path) {
            ($0.source, $0.mapping, $0.parameters) = ("mis", "openimis", ["observed_on": "2026-01-31"])
        }
        #expect(again.counts.peopleUnchanged == 5)
    }

    @Test func `of Merankabandi takes the household from its first row and keeps the former keys`() async throws {
        let fixture = try await ImportFixture.make()
        let folder = try ScratchFolder()
        let path = folder.path + "/menages.csv"
        let areas = fixture.registry.context.areas.index
        let colline = try #require(areas.area("BI01010101"))
        let names = areas.path(to: colline).dropFirst().map(\.name)
        try """
        social_id;individu_id;nom;prenom;sexe;naissance_date;age;ci;telephone;head;responsable;lien;etat_civil;maladie_chro;hhd_menage_id;hhd_province;hhd_commune;hhd_zone;hhd_colline;hhd_date_creation;hhd_milieu_residence;hhd_logement_toit;hhd_a_terres;hhd_possessions_radio;hhd_elevage_caprins;hhd_latitude;hhd_longitude;score_pmt_initial
        1020304050607;I-1;BUKURU;alain;M;;35;;;0;0;fils;1;0;M-9;\(names.joined(separator: ";"));2024-02-03 10:15;MILIEU_RESIDENCE_RURAL;LOGEMENT_TOIT_TUILES;1;oui;3.0;-3,25;30,5;11
        1020304050607;I-2;NIYONZIMA;Odette;F;09/03/1984;;1234/567.890;79 12 34 56;1;1;;2;1;;;;;;;;;;;;;;

        """.write(toFile: path, atomically: true, encoding: .utf8)

        let report = try await fixture.take(path) { ($0.source, $0.mapping) = ("merankabandi", "merankabandi") }

        #expect(try await fixture.quarantined(report.batch).flatMap(\.findings) == [])
        #expect(report.counts.householdsRegistered == 1)
        #expect(report.counts.peopleRegistered == 2)
        #expect(report.unknownColumns == ["score_pmt_initial"])
        let household = try await fixture.registry.rows(
            """
            SELECT concat_ws(' ', r.source_key, c->>'residence', c->>'roof', c->>'land_owned', c->>'asset_radio',
                c->>'livestock_goats', c->>'latitude', c->>'area', r.observed_on,
                (SELECT count(*) FROM registry.identifier AS i JOIN registry.link AS l ON l.subject_id = i.subject_id
                    WHERE l.record_id = r.id AND i.type = 'LEGACY_HOUSEHOLD'))
            FROM registry.source_record AS r, LATERAL (SELECT r.claims AS c) AS x
            WHERE r.batch_id = \(report.batch) AND r.subject_kind = 'household'
            """)
        let said: String? = try household.first?.get(0)
        #expect(said == "01020304050607 rural tiles true 1 3 -3.25 bi-2023:BI01010101 2024-02-03 2")
        let people = try await fixture.registry.rows(
            """
            SELECT concat_ws(' ', p.given_name, p.family_name, p.birth_date, p.birth_precision, p.role, p.relationship,
                p.recipient, p.civil_status, p.flags,
                (SELECT string_agg(i.type || i.last4, ',' ORDER BY i.type) FROM registry.identifier AS i
                    WHERE i.subject_id = p.id))
            FROM registry.person AS p JOIN registry.link AS l ON l.subject_id = p.id
            JOIN registry.source_record AS r ON r.id = l.record_id AND r.batch_id = \(report.batch)
            ORDER BY p.given_name
            """)
        let texts = try people.map { try $0.get(0, as: String.self) }
        #expect(texts.first?.hasPrefix("Alain Bukuru 1989-01-01 estimated member son never_married") ?? false)
        #expect(
            texts.last?.hasPrefix("Odette Niyonzima 1984-03-09 day head head first married {chronic_illness}") ?? false)
        #expect(texts.last?.contains("LEGACY") ?? false)
        #expect(texts.last?.contains("PHONE3456") ?? false)
    }

    @Test func `of Merankabandi holds the demo's whole population`() async throws {
        let fixture = try await ImportFixture.make()
        let folder = try ScratchFolder()
        let profile = RegistryFixture.root + "/profiles/burundi"
        let generator = try DemoGenerator(
            source: DemoSource.load(folder: profile), seed: 11, households: 400, today: RegistryFixture.today)
        let manifest = try generator.write(
            to: folder.path, form: DemoForm.load("merankabandi", folder: profile))
        let path = folder.path + "/registry.csv"

        let report = try await fixture.take(path) { ($0.source, $0.mapping) = ("former", "merankabandi") }

        #expect(report.rules.map(\.code) == [])
        #expect(report.counts.peopleRegistered == manifest.people)
        #expect(report.counts.householdsRegistered == manifest.households)
        #expect(manifest.households == 400)
        #expect(report.unknownColumns == [])
        #expect(report.areas.allSatisfy { !$0.area.isEmpty && $0.held == 0 })
        let again = try await fixture.take(path) { ($0.source, $0.mapping) = ("former", "merankabandi") }
        #expect(again.counts.peopleUnchanged == manifest.people)
    }

    @Test func `that the profile lacks is refused with those it has`() async throws {
        let fixture = try await ImportFixture.make()
        do {
            try await fixture.take("/nowhere") { $0.mapping = "nothing" }
            Issue.record("the layout is not there")
        } catch let fault as IntakeFault {
            #expect(fault.code == "intake.mapping.unknown")
            #expect(fault.summary.contains("openimis"))
        }
    }
}
