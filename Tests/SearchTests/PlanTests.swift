import Foundation
import Groundwork
import Linkage
import Postgres
import Registry
import TestKit
import Testing

@testable import Search

/// Hot queries at 20,000 people: by index for these values and for any.
@Suite struct `The plan of a search` {
    private static let tables = ["person", "household", "identifier", "name_key", "membership"]

    private func expectIndexes(
        _ statements: [SQL], _ fixture: RegistryFixture, _ what: String
    ) async throws {
        for statement in statements {
            for plan in try await LargePopulation.plans(statement, fixture) {
                let scans = Self.tables.filter { plan.contains("Seq Scan on \($0) ") }
                #expect(scans == [], "\(what):\n\(statement.text)\n\(plan)")
            }
        }
    }

    private func person(_ filter: RegistryQuery, sort: [Sort] = [], total: Bool = false) -> RegistryRequest {
        RegistryRequest(
            subject: .person, filter: filter, sort: sort, page: .numbered(size: 20, number: 1), wantsTotal: total,
            today: RegistryFixture.today)
    }

    private func household(_ filter: RegistryQuery, members: Bool = false) -> RegistryRequest {
        RegistryRequest(
            subject: .household, filter: filter, page: .numbered(size: 20, number: 1), wantsTotal: true,
            withMembers: members, today: RegistryFixture.today)
    }

    @Test(.scratchDatabase) func `takes the indexes on every hot path`() async throws {
        let fixture = try await RegistryFixture.make()
        try await LargePopulation.make(fixture)
        let searcher = Searcher(context: fixture.context)
        let id = UUID(uuidString: "00000000-0000-7000-8000-000000000077") ?? UUID()
        let number = Value.text(LargePopulation.socialID(77))
        let day = Value.date(CalendarDate("1990-01-05") ?? .latest)
        let area = try #require(fixture.collines.first)
        let nid = RegistryQuery.identifier(type: "NID", value: LargePopulation.nid(77))

        let requests: [(String, RegistryRequest)] = [
            ("identifier", person(nid, total: true)),
            ("any identifier", person(.identifier(type: nil, value: LargePopulation.nid(77)))),
            ("identifier and more", person(nid.and(.compare(.person("sex"), .eq, .text("male"))))),
            ("social id", person(.compare(.person("social_id"), .eq, number), total: true)),
            ("ids", person(.subjects([id, UUID(), UUID()]), total: true)),
            ("birth date", person(.compare(.person("birth_date"), .eq, day), total: true)),
            ("age", person(.compare(.person("age"), .eq, .number(30)))),
            ("area", person(.within([area.range]))),
            ("areas", person(.within((0..<6).map { fixture.collines[$0 * 9].range }))),
            ("name as a condition", person(.name("Givenbabobe Familydabobe"), sort: [Sort(.person("id"))])),
            ("family name", person(.compare(.person("family_name"), .eq, .text("Familydabobe")))),
            ("people of a household", person(.compare(.person("household_id"), .eq, .text(id.uuidString)))),
            ("people of a household by number", person(.household(.compare(.household("social_id"), .eq, number)))),
            ("household", household(.compare(.household("social_id"), .eq, number), members: true)),
            ("household of a person", household(.member(nid))),
            ("household of a person by number", household(.member(.compare(.person("social_id"), .eq, number)))),
            ("household or its member", household(.or([nid, .member(nid)]))),
            ("households in an area", household(.within([area.range]))),
        ]
        for (what, request) in requests {
            let statements = try searcher.statements(for: request) ?? []
            #expect(!statements.isEmpty, "\(what)")
            try await expectIndexes(statements, fixture, what)
        }
    }

    @Test(.scratchDatabase) func `of a name goes by its keys, word by word and within areas`() async throws {
        let fixture = try await RegistryFixture.make()
        try await LargePopulation.make(fixture)
        let searcher = Searcher(context: fixture.context)
        let name = "\(LargePopulation.given[1]) \(LargePopulation.family[2])"
        let keys = fixture.context.names.query(name)
        let filters: [RegistryQuery] = [
            .name(name), .and([.name(name), .within([fixture.collines[3].range])]),
            .and([.name(name), .compare(.person("sex"), .eq, .text("male"))]),
        ]

        for filter in filters {
            let request = person(filter)
            let search = try #require(NameSearch(request))
            for words in [keys.strong, keys.weak] {
                let among = try searcher.bearers(words, search, limit: 501, "c.person_id")
                let statements = [
                    try searcher.named(search, request, among: among), Searcher.largest(words, upTo: 501), among,
                ]
                try await expectIndexes(statements, fixture, "\(filter)")
            }
        }
    }

    @Test(.scratchDatabase) func `of the second page starts at the cursor`() async throws {
        let fixture = try await RegistryFixture.make()
        try await LargePopulation.make(fixture)
        let searcher = Searcher(context: fixture.context)

        for sort in [[], [Sort(.person("birth_date"))], [Sort(.person("updated_at"), .descending)]] as [[Sort]] {
            var request = RegistryRequest(
                subject: .person, filter: .everything, sort: sort, page: .after(cursor: nil, limit: 100),
                today: RegistryFixture.today)
            let first = try await searcher.people(request, from: fixture.database, as: fixture.mandate)
            let next: String = try #require(first.next)
            request.page = .after(cursor: next, limit: 100)
            let statements = try #require(try searcher.statements(for: request))
            for plan in try await LargePopulation.plans(statements[0], fixture) {
                #expect(plan.contains("Index Cond"), "\(sort)\n\(plan)")
                #expect(!plan.contains("Seq Scan") && !plan.contains("Sort  "), "\(sort)\n\(plan)")
            }
        }
    }

    @Test(.scratchDatabase) func `of an identifier needs two look-ups`() async throws {
        let fixture = try await RegistryFixture.make()
        try await LargePopulation.make(fixture)
        let searcher = Searcher(context: fixture.context)
        let request = person(.identifier(type: "NID", value: LargePopulation.nid(4711)), total: true)

        let statements = try #require(try searcher.statements(for: request))
        let plan = try await LargePopulation.plans(statements[0], fixture)[1]
        let page = try await searcher.people(request, from: fixture.database, as: fixture.mandate)

        #expect(statements.count == 1)
        #expect(plan.split(separator: "Index").count == 3 || plan.contains("Index Scan using person_pk"), "\(plan)")
        #expect(page.total == 1)
        #expect(page.records.first?.socialID == LargePopulation.socialID(4711))
    }
}
