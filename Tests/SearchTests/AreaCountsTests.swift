import Foundation
import Groundwork
import Postgres
import Registry
import TestKit
import Testing

@testable import Search

@Suite struct `Counting by area` {
    private func request(_ subject: SubjectKind, _ filter: RegistryQuery = .everything) -> RegistryRequest {
        RegistryRequest(subject: subject, filter: filter, today: RegistryFixture.today)
    }

    /// Households over the country, two of them on areas of the former division, one person without any.
    private func settle(_ fixture: RegistryFixture) async throws {
        let index = fixture.context.areas.index
        var areas = fixture.collines.enumerated().filter { $0.offset % 12 == 0 }.map(\.element)
        areas += try ["bi-former:BF1101", "bi-former:BF0201", "BI0210", "BI02"].map { try #require(index.area($0)) }
        for (place, area) in areas.enumerated() {
            let members = (0...(place % 3)).map {
                RegistryFixture.person("Given\($0)", sex: $0 == 0 ? "female" : "male")
            }
            try await fixture.perform(.registerHousehold(RegistryFixture.household(in: area, members: members)))
        }
        try await fixture.perform(.registerPerson(RegistryFixture.person("Alone")))
    }

    @Test(.scratchDatabase) func `adds up to the total in either division, at every level and confidence`() async throws
    {
        let fixture = try await RegistryFixture.make()
        try await settle(fixture)
        let searcher = Searcher(context: fixture.context)
        let index = fixture.context.areas.index
        let female = RegistryQuery.compare(.person("sex"), .eq, .text("female"))

        for request in [request(.person), request(.household), request(.person, female)] {
            let total = try await fixture.database.read(as: fixture.mandate) { tx in
                try await searcher.count(request, in: tx)
            }
            for geography in ["bi-2023", "bi-former"] {
                for (level, _) in index.levels(of: geography) {
                    for least in [CrosswalkConfidence.possible, .likely, .certain] {
                        let counts = try await fixture.database.read(as: fixture.mandate) { tx in
                            try await searcher.countsByArea(
                                request, in: geography, level: level, atLeast: least, in: tx)
                        }
                        #expect(counts.total == total, "\(geography) \(level) \(least)")
                        #expect(counts.rows.allSatisfy { $0.area.geography == geography && $0.area.level == level })
                    }
                }
            }
        }
    }

    @Test(.scratchDatabase) func `counts each record where its area reads`() async throws {
        let fixture = try await RegistryFixture.make()
        try await settle(fixture)
        let searcher = Searcher(context: fixture.context)
        let index = fixture.context.areas.index
        var expected: [String: Int] = [:]
        for row in try await fixture.rows("SELECT area_id FROM registry.household WHERE area_id IS NOT NULL") {
            let area = try #require(index[Int(try row.get(0, as: Int32.self))])
            let reading = index.reading(of: area, in: "bi-former", level: 1, atLeast: .likely)
            expected[reading.area?.code ?? "-", default: 0] += 1
        }

        let counts = try await fixture.database.read(as: fixture.mandate) { tx in
            try await searcher.countsByArea(
                request(.household), in: "bi-former", level: 1, atLeast: .likely, in: tx)
        }
        var found = Dictionary(uniqueKeysWithValues: counts.rows.map { ($0.area.code, $0.count) })
        found["-"] = counts.unresolved
        #expect(found == expected)
        #expect(counts.unresolved > 0)

        let people = try await fixture.database.read(as: fixture.mandate) { tx in
            try await searcher.countsByArea(request(.person), in: "bi-former", level: 1, atLeast: .likely, in: tx)
        }
        #expect(people.withoutArea == 1)
    }

    @Test(.scratchDatabase) func `takes the index of areas, and one probe of the readings for each area`() async throws
    {
        let fixture = try await RegistryFixture.make()
        try await LargePopulation.make(fixture)
        let searcher = Searcher(context: fixture.context)
        let index = fixture.context.areas.index
        let province = try #require(index.area("bi-former:BF05"))
        let parts = index.ranges(of: province, atLeast: .likely)
        let within = RegistryQuery.or([.within([parts[0]]), .within(Array(parts.dropFirst()))])

        let counting = try searcher.countingByArea(request(.person, within), in: "bi-former", level: 2)
        for plan in try await LargePopulation.plans(counting, fixture) {
            #expect(plan.contains("person_area"), "\(plan)")
            #expect(!plan.contains("Seq Scan on person "), "\(plan)")
            #expect(plan.contains("area_reading_pk"), "\(plan)")
        }
        let listing = try #require(try searcher.statements(for: request(.person, within)))
        for plan in try await LargePopulation.plans(listing[0], fixture) {
            #expect(!plan.contains("Seq Scan on person "), "\(plan)")
        }
    }

    @Test(.scratchDatabase) func `reports what is open and who stands there`() async throws {
        let fixture = try await RegistryFixture.make()
        try await settle(fixture)
        let searcher = Searcher(context: fixture.context)
        let crosswalk = try #require(fixture.context.areas.index.crosswalks.first)

        let report = try await fixture.database.read(as: fixture.mandate) { tx in
            try await searcher.report(crosswalk, today: RegistryFixture.today, in: tx)
        }

        #expect(report.summary.lines.values.reduce(0, +) == crosswalk.lines.count)
        #expect(Set(report.summary.open.map(\.area.geography)) == ["bi-2023", "bi-former"])
        #expect(report.summary.open.contains { $0.area.code == "BF0201" && $0.candidates.isEmpty })
        let provinces = try #require(report.standings.first { $0.geography == "bi-former" && $0.level == 1 })
        #expect(provinces.households.unresolved >= 2)
        #expect(provinces.people.withoutArea == 1)
    }
}
