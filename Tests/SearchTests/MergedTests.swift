import Documents
import Foundation
import Groundwork
import Postgres
import Registry
import TestKit
import Testing

@testable import Search

@Suite struct `A merged subject` {
    @Test(.scratchDatabase) func `is answered for by its survivor, however it is asked for`() async throws {
        let fixture = try await RegistryFixture.make()
        var population = Population(fixture, seed: 5)
        population.fill(households: 12, alone: 12)
        try await population.insert()
        let ids = population.personIDs
        let (first, second, last) = (ids[0], ids[1], ids[2])
        try await Population.merge(.person, first, into: second, fixture)
        try await Population.merge(.person, second, into: last, fixture)
        let number = try #require(population.people[0]["social_id"]?.string)
        let searcher = Searcher(context: fixture.context)

        let asked: [RegistryQuery] = [
            .subjects([first]), .subjects([first, second, last]), .compare(.person("social_id"), .eq, .text(number)),
            .identifier(type: "UIN", value: number), .identifier(type: nil, value: number),
            .compare(.person("id"), .eq, .text(first.lowercased)),
            RegistryQuery.subjects([first]).and(.not(.nothing)),
        ]
        for query in asked {
            let request = RegistryRequest(
                subject: .person, filter: query, wantsTotal: true, today: RegistryFixture.today)
            let page = try await searcher.people(request, from: fixture.database, as: fixture.mandate)
            #expect(page.records.map(\.uuid) == [last], "\(query)")
            #expect(page.total == 1)
        }
        let read = try await fixture.database.read(as: fixture.mandate) { tx in
            try await searcher.person(ID(first), in: tx)
        }
        #expect(read?.uuid == last)
    }

    @Test(.scratchDatabase) func `never appears in a list`() async throws {
        let fixture = try await RegistryFixture.make()
        var population = Population(fixture, seed: 6)
        population.fill(households: 10, alone: 10)
        try await population.insert()
        let homes = population.householdIDs
        try await Population.merge(.household, homes[0], into: homes[1], fixture)
        let request = RegistryRequest(
            subject: .household, filter: .everything, wantsTotal: true, today: RegistryFixture.today)

        let page = try await Searcher(context: fixture.context)
            .households(request, from: fixture.database, as: fixture.mandate)

        #expect(Set(page.records.map(\.uuid)) == Set(homes.dropFirst()))
        #expect(page.total == homes.count - 1)
    }

    @Test(.scratchDatabase) func `as a household brings the survivor with its members`() async throws {
        let fixture = try await RegistryFixture.make()
        let area = try #require(fixture.collines.first)
        func register(_ given: String) async throws -> Outcome {
            try await fixture.perform(
                .registerHousehold(
                    RegistryFixture.household(
                        in: area,
                        members: [RegistryFixture.person(given), RegistryFixture.person(given + " Junior")])))
        }
        let (kept, gone) = (try await register("Aline"), try await register("Paul"))
        try await fixture.perform(.mergeHouseholds(survivor: kept.households[0], absorbed: gone.households[0]))
        let searcher = Searcher(context: fixture.context)

        let request = RegistryRequest(
            subject: .household, filter: .subjects([gone.households[0].rawValue]), withMembers: true,
            today: RegistryFixture.today)
        let page = try await searcher.households(request, from: fixture.database, as: fixture.mandate)

        #expect(page.records.map(\.id) == [kept.households[0]])
        #expect(page.records.first?.members?.count == 4)
        #expect(page.records.first?.members?.first?.role == .head)
        #expect(page.records.first?.size == 4)
    }
}
