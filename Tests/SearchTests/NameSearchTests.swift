import Foundation
import Groundwork
import Postgres
import Registry
import TestKit
import Testing

@testable import Search

@Suite struct `A search for a name` {
    private let names: [(String, String)] = [
        ("Jean Claude", "Ndayishimiye"), ("Espérance", "Niyonzima"), ("Yohani", "Bukuru"), ("Éric", "Nshimirimana"),
        ("Marie Goreth", "Hakizimana"), ("Aline", "Ndayishimiye"), ("Chantal", "Nkurunziza"), ("Pierre", "Bukuru"),
    ]

    private func register(_ fixture: RegistryFixture, in area: Area? = nil) async throws {
        let home = try #require(area ?? fixture.collines.first)
        let members = names.map { RegistryFixture.person($0.0, $0.1) }
        try await fixture.perform(.registerHousehold(RegistryFixture.household(in: home, members: members)))
    }

    private func search(
        _ text: String, and rest: RegistryQuery = .everything, limits: SearchLimits = .standard,
        _ fixture: RegistryFixture
    ) async throws -> Page<PersonRecord> {
        let request = RegistryRequest(
            subject: .person, filter: RegistryQuery.name(text).and(rest), wantsTotal: true,
            today: RegistryFixture.today)
        return try await Searcher(context: fixture.context, limits: limits)
            .people(request, from: fixture.database, as: fixture.mandate)
    }

    @Test(.scratchDatabase) func `tolerates order, accents and spelling`() async throws {
        let fixture = try await RegistryFixture.make()
        try await register(fixture)
        let variants: [(String, String)] = [
            ("ndayishimiye jean claude", "Jean Claude Ndayishimiye"),
            ("JEANCLAUDE NDAYISHIMIYE", "Jean Claude Ndayishimiye"),
            ("Ndayisimiye Jean", "Jean Claude Ndayishimiye"),
            ("Ndaishimie Claude", "Jean Claude Ndayishimiye"),
            ("esperance niyonzima", "Espérance Niyonzima"), ("Niyonzima, Esperanse", "Espérance Niyonzima"),
            ("John Bukuru", "Yohani Bukuru"), ("bukulu jean", "Yohani Bukuru"),
            ("Petero Bukuru", "Pierre Bukuru"), ("E. Nshimirimana", "Éric Nshimirimana"),
            ("Erik Nshimirimana", "Éric Nshimirimana"), ("hakizimana goreti", "Marie Goreth Hakizimana"),
            ("Nkurunzisa Shantal", "Chantal Nkurunziza"), ("Mzee Nkurunziza Chantal", "Chantal Nkurunziza"),
        ]

        for (asked, expected) in variants {
            let page = try await search(asked, fixture)
            #expect(page.records.first?.fullName == expected, "\(asked)")
        }
    }

    @Test(.scratchDatabase) func `puts the most alike first`() async throws {
        let fixture = try await RegistryFixture.make()
        try await register(fixture)

        let page = try await search("Aline Ndayishimiye", fixture)

        #expect(page.records.map(\.fullName).first == "Aline Ndayishimiye")
        #expect(page.total == page.records.count)
    }

    @Test(.scratchDatabase) func `finds nobody for what is no name`() async throws {
        let fixture = try await RegistryFixture.make()
        try await register(fixture)

        for text in ["", "  ", "'; DROP TABLE registry.person; --", "%", "\\", "Zzyzx Qwerty", "🙂"] {
            let page = try await search(text, fixture)
            #expect(page.records.isEmpty, "\(text)")
            #expect(page.total == 0)
        }
    }

    @Test(.scratchDatabase) func `keeps to the areas and the other conditions`() async throws {
        let fixture = try await RegistryFixture.make()
        let (here, there) = (fixture.collines[2], fixture.collines[20])
        try await register(fixture, in: here)
        try await register(fixture, in: there)

        let everywhere = try await search("Yohani Bukuru", fixture)
        let local = try await search("Yohani Bukuru", and: .within([there.range]), fixture)
        let none = try await search(
            "Yohani Bukuru", and: .compare(.person("sex"), .eq, .text("male")), fixture)

        #expect(everywhere.records.filter { $0.fullName == "Yohani Bukuru" }.count == 2)
        #expect(local.records.first?.area == there)
        #expect(local.records.allSatisfy { $0.area == there })
        #expect(none.records.isEmpty)
    }

    @Test(.scratchDatabase) func `bounds its work for a common name and says so`() async throws {
        let fixture = try await RegistryFixture.make()
        try await LargePopulation.make(fixture)
        let (given, family) = (LargePopulation.given[3], LargePopulation.family[7])

        let common = try await search(given, limits: SearchLimits(candidates: 100), fixture)
        let both = try await search("\(family) \(given)", fixture)

        #expect(common.isTruncated)
        #expect(common.total == 500)
        #expect(both.records.prefix(2).allSatisfy { $0.fullName == "\(given) \(family)" })
        #expect(!both.isTruncated)
    }

    @Test(.scratchDatabase) func `pages by cursor without loss or repetition`() async throws {
        let fixture = try await RegistryFixture.make()
        for area in fixture.collines.prefix(5) { try await register(fixture, in: area) }
        let searcher = Searcher(context: fixture.context)
        var request = RegistryRequest(
            subject: .person, filter: .name("Bukuru"), page: .after(cursor: nil, limit: 3),
            today: RegistryFixture.today)

        var seen: [UUID] = []
        var pages = 0
        while pages < 20 {
            let page = try await searcher.people(request, from: fixture.database, as: fixture.mandate)
            seen += page.records.map(\.uuid)
            pages += 1
            guard let next = page.next else { break }
            request.page = .after(cursor: next, limit: 3)
        }

        #expect(seen.count == 10)
        #expect(Set(seen).count == 10)
        #expect(pages == 4)
    }
}
