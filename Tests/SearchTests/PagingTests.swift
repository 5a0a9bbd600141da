import Foundation
import Groundwork
import Postgres
import Registry
import TestKit
import Testing

@testable import Search

@Suite struct `Paging` {
    private func populate(_ fixture: RegistryFixture, seed: UInt64 = 11) async throws -> Population {
        var population = Population(fixture, seed: seed)
        population.fill(households: 40, alone: 80)
        try await population.insert()
        return population
    }

    private func request(
        _ filter: RegistryQuery = .everything, sort: [Sort] = [], page: RegistryRequest.Page, total: Bool = false
    ) -> RegistryRequest {
        RegistryRequest(
            subject: .person, filter: filter, sort: sort, page: page, wantsTotal: total, today: RegistryFixture.today)
    }

    private static let orders: [[Sort]] = [
        [], [Sort(.person("id"), .descending)], [Sort(.person("birth_date"))],
        [Sort(.person("birth_date"), .descending)], [Sort(.person("family_name")), Sort(.person("birth_date"))],
        [Sort(.person("family_name"), .descending), Sort(.person("age"))],
        [Sort(.person("age")), Sort(.person("given_name"), .descending)], [Sort(.person("age"))],
        [Sort(.person("updated_at")), Sort(.person("id"), .descending)], [Sort(.person("is_disabled"))],
        [Sort(.person("area"))], [Sort(.person("due_on"), .descending), Sort(.person("social_id"))],
    ]

    @Test(.scratchDatabase) func `by cursor gives what one long page gives, in every order`() async throws {
        let fixture = try await RegistryFixture.make()
        let population = try await populate(fixture)
        let searcher = Searcher(context: fixture.context)

        for sort in Self.orders {
            let whole = try await searcher.people(
                request(sort: sort, page: .after(cursor: nil, limit: 1000)), from: fixture.database,
                as: fixture.mandate)
            var seen: [UUID] = []
            var cursor: String?
            repeat {
                let page = try await searcher.people(
                    request(sort: sort, page: .after(cursor: cursor, limit: 7)), from: fixture.database,
                    as: fixture.mandate)
                seen += page.records.map(\.uuid)
                cursor = page.next
            } while cursor != nil && seen.count < 1000
            #expect(whole.records.count == population.personIDs.count)
            #expect(seen == whole.records.map(\.uuid), "\(sort)")
        }
    }

    @Test(.scratchDatabase) func `by cursor is not disturbed by newcomers`() async throws {
        let fixture = try await RegistryFixture.make()
        var population = try await populate(fixture)
        let searcher = Searcher(context: fixture.context)
        let sort = [Sort(.person("updated_at"))]
        let first = try await searcher.people(
            request(sort: sort, page: .after(cursor: nil, limit: 50)), from: fixture.database, as: fixture.mandate)
        let before = try await searcher.people(
            request(sort: sort, page: .after(cursor: first.next, limit: 1000)), from: fixture.database,
            as: fixture.mandate)

        let known = Set(population.personIDs)
        population.fill(households: 0, alone: 60)
        try await population.insert()
        let after = try await searcher.people(
            request(sort: sort, page: .after(cursor: first.next, limit: 1000)), from: fixture.database,
            as: fixture.mandate)

        #expect(after.records.map(\.uuid).filter { known.contains($0) } == before.records.map(\.uuid))
    }

    @Test(.scratchDatabase) func `by number counts all that fit`() async throws {
        let fixture = try await RegistryFixture.make()
        let population = try await populate(fixture)
        let searcher = Searcher(context: fixture.context)
        let all = population.personIDs.count

        var seen: [UUID] = []
        var number = 1
        while true {
            let page = try await searcher.people(
                request(page: .numbered(size: 30, number: number), total: true), from: fixture.database,
                as: fixture.mandate)
            #expect(page.total == all)
            seen += page.records.map(\.uuid)
            if page.records.isEmpty { break }
            number += 1
        }

        #expect(seen.count == all)
        #expect(Set(seen).count == all)
        #expect(number == (all + 29) / 30 + 1)
    }

    @Test(.scratchDatabase) func `tells the total in a transaction as well`() async throws {
        let fixture = try await RegistryFixture.make()
        let population = try await populate(fixture)
        let searcher = Searcher(context: fixture.context)

        let totals = try await fixture.database.read(as: fixture.mandate) { tx in
            var totals: [Int?] = []
            for (size, number) in [(10, 1), (10, 3), (1000, 1), (10, 900)] {
                let page = try await searcher.people(
                    request(page: .numbered(size: size, number: number), total: true), in: tx)
                totals.append(page.total)
            }
            totals.append(try await searcher.count(request(page: .numbered(size: 1, number: 1)), in: tx))
            return totals
        }

        #expect(totals == [Int?](repeating: population.personIDs.count, count: 5))
    }

    @Test(arguments: [(0, 1), (1001, 1), (-1, 1), (10, 0), (10, -3), (1000, 5000), (1000, .max)])
    func `refuses pages that cannot be`(size: Int, number: Int) {
        #expect(throws: RegistryFault.self) {
            try request(page: .numbered(size: size, number: number)).checkPage(.standard)
        }
    }

    @Test(.scratchDatabase) func `refuses cursors that are none, and those of another order`() async throws {
        let fixture = try await RegistryFixture.make()
        _ = try await populate(fixture)
        let searcher = Searcher(context: fixture.context)
        let page = try await searcher.people(
            request(sort: [Sort(.person("birth_date"))], page: .after(cursor: nil, limit: 5)), from: fixture.database,
            as: fixture.mandate)
        let cursor = try #require(page.next)

        for wrong in ["", "x", "AAAA", String(cursor.dropLast(3)), cursor + "A", String(repeating: "A", count: 9000)] {
            await #expect(throws: RegistryFault.self, "\(wrong)") {
                try await searcher.people(
                    request(sort: [Sort(.person("birth_date"))], page: .after(cursor: wrong, limit: 5)),
                    from: fixture.database, as: fixture.mandate)
            }
        }
        await #expect(throws: RegistryFault.self) {
            try await searcher.people(
                request(page: .after(cursor: cursor, limit: 5)), from: fixture.database, as: fixture.mandate)
        }
    }
}
