import Documents
import Foundation
import Groundwork
import Postgres
import Registry
import TestKit
import Testing

@testable import Search

@Suite struct `Checking what is asked for` {
    private func day(_ text: String) -> Value { .date(CalendarDate(text) ?? .latest) }

    @Test(.scratchDatabase) func `turns known words and literals into conditions`() async throws {
        let checker = QueryChecker(context: try await RegistryFixture.make().context)
        let cases: [(String, QueryChecker.Operator, JSON, SubjectKind, RegistryQuery)] = [
            ("sex", .eq, "female", .person, .compare(.person("sex"), .eq, .text("female"))),
            ("demographic_info.sex", .eq, "F", .person, .compare(.person("sex"), .eq, .text("female"))),
            ("age", .ge, "25", .person, .compare(.person("age"), .ge, .number(25))),
            ("age", .lt, 5, .person, .compare(.person("age"), .lt, .number(5))),
            ("YOB", .eq, 1984, .person, .compare(.person("birth_year"), .eq, .number(1984))),
            ("DOB", .eq, "1984-07-02", .person, .compare(.person("birth_date"), .eq, day("1984-07-02"))),
            (
                "birth_date", .eq, "1984", .person,
                .and([
                    .compare(.person("birth_date"), .ge, day("1984-01-01")),
                    .compare(.person("birth_date"), .le, day("1984-12-31")),
                ])
            ),
            ("birth_date", .gt, "1984-02", .person, .compare(.person("birth_date"), .gt, day("1984-02-29"))),
            ("sex", .isIn, "male, female", .person, .oneOf(.person("sex"), [.text("male"), .text("female")])),
            ("sex", .isIn, ["male"], .person, .compare(.person("sex"), .eq, .text("male"))),
            ("sex", .isNotIn, ["male"], .person, .not(.compare(.person("sex"), .eq, .text("male")))),
            ("is_disabled", .eq, "true", .person, .compare(.person("is_disabled"), .eq, .boolean(true))),
            ("wg_seeing", .ge, "3", .person, .compare(.person("wg_seeing"), .ge, .text("a_lot"))),
            ("sex", .eq, .null, .person, .isMissing(.person("sex"))),
            ("sex", .ne, .null, .person, .not(.isMissing(.person("sex")))),
            ("full_name", .eq, "Jean Bukuru", .person, .name("Jean Bukuru")),
            ("poverty_score", .lt, 5, .household, .compare(.household("poverty_score"), .lt, .number(5))),
            ("group_size", .lt, 5, .household, .compare(.household("size"), .lt, .number(5))),
            ("group_size", .lt, 5, .person, .household(.compare(.household("size"), .lt, .number(5)))),
            (
                "demographic_info.person.sex", .eq, "female", .household,
                .member(.compare(.person("sex"), .eq, .text("female")))
            ),
            ("UIN", .eq, "1234 5678-9012", .person, .identifier(type: "UIN", value: "123456789012")),
            ("mobile", .eq, "79000001", .person, .identifier(type: "PHONE", value: "+25779000001")),
            ("NIN", .eq, "1234-5678", .person, .identifier(type: "NID", value: "12345678")),
            (
                "HOUSEHOLD_ID", .eq, "123456789012", .person,
                .household(.compare(.household("social_id"), .eq, .text("123456789012")))
            ),
            (
                "household_id", .eq, "123456789012", .person,
                .household(.compare(.household("social_id"), .eq, .text("123456789012")))
            ),
            (
                "last_updated", .ge, "2026-01-31T08:00:00.25+02:00", .person,
                .compare(.person("updated_at"), .ge, .instant(Date(timeIntervalSince1970: 1_769_839_200.25)))
            ),
            (
                "registration_date", .le, "2026-01-31", .household,
                .compare(.household("registered_at"), .le, day("2026-01-31"))
            ),
        ]

        for (name, asked, literal, subject, expected) in cases {
            var findings: [Finding] = []
            let query = checker.condition(name, asked, literal, of: subject, at: "value", findings: &findings)
            #expect(query == expected, "\(name) \(asked) \(literal.text)")
            #expect(findings == [], "\(name) \(asked) \(literal.text)")
        }
    }

    @Test(.scratchDatabase) func `answers with a finding what cannot be asked`() async throws {
        let checker = QueryChecker(context: try await RegistryFixture.make().context)
        let long = String(repeating: "x", count: 5000)
        let cases: [(String, QueryChecker.Operator, JSON, SubjectKind, String)] = [
            ("shoe_size", .eq, 42, .person, "attribute.unknown"),
            ("sex; DROP TABLE registry.person", .eq, "x", .person, "attribute.unknown"),
            ("", .eq, "x", .person, "attribute.unknown"),
            ("members", .eq, "x", .household, "attribute.unknown"),
            ("sex", .eq, "blue", .person, "code.unknown"), ("sex", .eq, true, .person, "type.code"),
            ("sex", .lt, "male", .person, "comparison.order"), ("age", .ge, "old", .person, "type.number"),
            ("age", .ge, [1], .person, "type.number"), ("age", .ge, .null, .person, "value.null"),
            ("birth_date", .eq, "2001-02-30", .person, "date.invalid"),
            ("birth_date", .eq, 12, .person, "date.invalid"), ("is_disabled", .eq, "perhaps", .person, "type.boolean"),
            ("is_disabled", .gt, true, .person, "comparison.unsuited"),
            ("area", .eq, "Atlantis", .household, "area.unknown"),
            ("area", .gt, "Atlantis", .household, "area.unknown"), ("sex", .isIn, [], .person, "value.list"),
            ("id", .eq, "12", .person, "type.id"), ("NID", .eq, "12", .person, "identifier.malformed"),
            ("NID", .gt, "12345678", .person, "comparison.unsuited"),
            ("NID", .eq, .string(long), .person, "identifier.malformed"),
            ("given_name", .eq, .string(long), .person, "type.text"),
            ("given_name", .eq, "a\u{0}b", .person, "type.text"), ("full_name", .eq, "...", .person, "name.empty"),
            ("full_name", .lt, "Jean", .person, "comparison.unsuited"),
            ("updated_at", .ge, "yesterday", .person, "instant.invalid"),
            ("updated_at", .ge, "2026-01-31T25:00:00Z", .person, "instant.invalid"),
        ]

        for (name, asked, literal, subject, code) in cases {
            var findings: [Finding] = []
            let query = checker.condition(name, asked, literal, of: subject, at: "value", findings: &findings)
            #expect(query == nil, "\(name) \(asked)")
            #expect(findings.map(\.code) == [code], "\(name) \(asked) \(literal.text.prefix(40))")
            #expect(findings.allSatisfy { $0.path.steps.first == "value" })
        }
    }

    @Test(.scratchDatabase) func `knows areas by code, by name and by set`() async throws {
        let fixture = try await RegistryFixture.make()
        let checker = QueryChecker(context: fixture.context)
        let area = try #require(fixture.context.areas.index.areas.first { $0.level == 2 })
        var findings: [Finding] = []

        let byCode = checker.condition(
            "location", .eq, .string(area.code), of: .household, at: "v", findings: &findings)
        let byReference = checker.condition(
            "area", .eq, .string(area.reference), of: .person, at: "v", findings: &findings)
        let byName = checker.condition(
            "district", .eq, .string(area.name.uppercased()), of: .household, at: "v", findings: &findings)

        #expect(byCode == .within([area.range]))
        #expect(byReference == .within([area.range]))
        guard case .within(let ranges)? = byName else {
            Issue.record("no area by that name: \(findings)")
            return
        }
        #expect(ranges.contains(area.range))
        #expect(findings == [])
    }

    @Test(.scratchDatabase) func `names sort keys and refuses others`() async throws {
        let checker = QueryChecker(context: try await RegistryFixture.make().context)
        var findings: [Finding] = []

        #expect(
            checker.sort("DOB", .descending, of: .person, at: "sort", findings: &findings)
                == Sort(.person("birth_date"), .descending))
        #expect(findings == [])
        #expect(checker.sort("languages", .ascending, of: .person, at: "sort", findings: &findings) == nil)
        #expect(checker.sort("NID", .ascending, of: .person, at: "sort", findings: &findings) == nil)
        #expect(checker.sort("group_size", .ascending, of: .person, at: "sort", findings: &findings) == nil)
        #expect(findings.map(\.code) == ["sort.unsuited", "attribute.unknown", "attribute.unknown"])
    }
}

@Suite struct `Compiling a query` {
    private func statement(_ filter: RegistryQuery, _ fixture: RegistryFixture, of subject: SubjectKind = .person)
        throws
    {
        _ = try Searcher(context: fixture.context).statements(
            for: RegistryRequest(subject: subject, filter: filter, today: RegistryFixture.today))
    }

    @Test(.scratchDatabase) func `refuses what the dictionary does not know, and values of another type`() async throws
    {
        let fixture = try await RegistryFixture.make()
        let refused: [RegistryQuery] = [
            .compare(.person("shoe_size"), .eq, .number(42)), .isMissing(.person("x' OR '1'='1")),
            .oneOf(.person("nothing"), []), .compare(.household("size"), .eq, .number(1)),
            .compare(.person("age"), .eq, .text("5")), .compare(.person("sex"), .lt, .text("male")),
            .compare(.person("sex"), .eq, .text("a\u{0}")), .compare(.person("id"), .eq, .text("1")),
            .compare(.person("area"), .eq, .text("nowhere")), .compare(.person("is_disabled"), .gt, .boolean(true)),
            .compare(.person("age"), .eq, .number(.nan)), .member(.everything), .identifier(type: "XYZ", value: "1"),
            .name(String(repeating: "x", count: 9000)), .name("a\u{0}"),
            .oneOf(.person("sex"), [Value](repeating: .text("male"), count: 1001)),
            .and([RegistryQuery](repeating: .everything, count: 301)),
            (0..<40).reduce(RegistryQuery.everything) { inner, _ in .not(inner) },
        ]

        for query in refused {
            #expect(throws: RegistryFault.self, "\(String(describing: query).prefix(80))") {
                try statement(query, fixture)
            }
        }
    }

    @Test(.scratchDatabase) func `binds every text and writes none into the statement`() async throws {
        let fixture = try await RegistryFixture.make()
        let hostile = "x'; DROP TABLE registry.person; --"
        let query = RegistryQuery.and([
            .compare(.person("given_name"), .eq, .text(hostile)), .oneOf(.person("family_name"), [.text(hostile)]),
            .compare(.person("emails"), .eq, .text(hostile)), .participates(programme: hostile, status: hostile),
            .name(hostile), .identifier(type: nil, value: hostile), .compare(.person("social_id"), .eq, .text(hostile)),
            .household(.compare(.household("postal_code"), .ge, .text(hostile))),
        ])
        let request = RegistryRequest(subject: .person, filter: query, today: RegistryFixture.today)
        let searcher = Searcher(context: fixture.context)

        let page = try await searcher.people(request, from: fixture.database, as: fixture.mandate)
        let statement = try searcher.counting(request)

        #expect(page.records.isEmpty)
        #expect(!statement.text.contains("DROP"))
    }

    @Test(.scratchDatabase) func `keeps one text for all values, so that the server prepares it once`() async throws {
        let fixture = try await RegistryFixture.make()
        let searcher = Searcher(context: fixture.context)
        func text(_ value: String) throws -> [String] {
            let request = RegistryRequest(
                subject: .person, filter: .identifier(type: "NID", value: value), wantsTotal: true,
                today: RegistryFixture.today)
            return try searcher.statements(for: request)?.map(\.text) ?? []
        }

        #expect(try text("12345678") == text("87654321"))
        #expect(try text("12345678").count == 1)
    }
}
