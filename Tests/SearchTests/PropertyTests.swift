import Foundation
import Groundwork
import Postgres
import Registry
import TestKit
import Testing

@testable import Search

@Suite struct `A query tree` {
    @Test(.scratchDatabase) func `means the same in SQL and in memory`() async throws {
        let fixture = try await RegistryFixture.make()
        let seed = UInt64.random(in: 0...999_999)
        var population = Population(fixture, seed: seed)
        population.fill(households: 90, alone: 60)
        try await population.insert()
        let (people, homes) = (population.personIDs, population.householdIDs)
        try await Population.merge(.person, people[5], into: people[9], fixture)
        try await Population.merge(.person, people[9], into: people[30], fixture)
        try await Population.merge(.person, people[40], into: people[41], fixture)
        try await Population.merge(.household, homes[3], into: homes[4], fixture)
        // Two merged into each other: nobody answers for them, and nothing runs for ever.
        try await Population.merge(.person, people[60], into: people[61], fixture)
        try await Population.merge(.person, people[61], into: people[60], fixture)
        let interpreter = QueryInterpreter(
            context: fixture.context, cohort: try await population.cohort(), today: RegistryFixture.today)
        var queries = RandomQueries(seed: seed, population: population)
        let searcher = Searcher(context: fixture.context)

        var sizes: [Int: Int] = [:]
        for round in 0..<1500 {
            let subject: SubjectKind = round % 3 == 0 ? .household : .person
            let query = queries.query(subject)
            let request = RegistryRequest(
                subject: subject, filter: .and([query, .everything]),
                sort: [Sort(Field(subject, "id"))], page: .after(cursor: nil, limit: 1000), wantsTotal: round % 5 == 0,
                today: RegistryFixture.today)

            let (found, expected): (Set<UUID>, Set<UUID>)
            if subject == .person {
                let page = try await searcher.people(request, from: fixture.database, as: fixture.mandate)
                found = Set(page.records.map(\.uuid))
                expected = Set(try people.filter { try interpreter.fits(query, person: ID($0)) })
                if let total = page.total { #expect(total == expected.count) }
            } else {
                let page = try await searcher.households(request, from: fixture.database, as: fixture.mandate)
                found = Set(page.records.map(\.uuid))
                expected = Set(try homes.filter { try interpreter.fits(query, household: ID($0)) })
                if let total = page.total { #expect(total == expected.count) }
            }
            #expect(found == expected, "seed \(seed), round \(round): \(query)")
            if found != expected { break }
            sizes[min(found.count, 3), default: 0] += 1
        }
        // Queries that find nothing, or all, prove little: many must find some.
        #expect(sizes[3] ?? 0 > 300)
    }
}
